"""Soil along a cable, from maps and logs, with what contradicts itself and what says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.analyses.burial.config import Burial, Soil, SoilLogs, SoilMap
from transcaspian.core.constraint_data import ConstraintData, ConstraintRaster
from transcaspian.core.geodesy import distance_to_points_m

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOTHING, CONTRADICTS = -1, -2


@dataclass(frozen=True)
class SoilAt:
    """Soil at places; arrays of shape ``(n,)``.

    Attributes
    ----------
    soil
        Index among the soils of the study; -1: nothing says; -2: what is surest says two things.
    strength_kpa
        Undrained shear strength by a log; NaN where none says.
    confidence
        Of what says it, 0…1; NaN where nothing does.
    source
        Index of that among maps and then logs; -1: nothing.
    """

    soil: Ints
    strength_kpa: Floats
    confidence: Floats
    source: Ints

    @property
    def known(self) -> Ints:
        """Index of the soil, -1 where it is not known for whatever reason."""
        return np.maximum(self.soil, NOTHING)


def soil_at(
    rules: Burial,
    constraints: Mapping[str, ConstraintData],
    logs: Mapping[str, Mapping[str, Any]],
    lon_deg: Floats,
    lat_deg: Floats,
) -> SoilAt:
    """The soil at places, by what is surest there; of equally sure the first in the study.

    Parameters
    ----------
    constraints
        Data of those that map soil, by their ids.
    logs
        What was read of each file of ``burial.soil_logs``, by its id.
    lon_deg, lat_deg
        Shape ``(n,)``.
    """
    count = len(lon_deg)
    soil, source = np.full(count, NOTHING), np.full(count, -1)
    strength_kpa, confidence = np.full(count, np.nan), np.full(count, np.nan)
    for index, (sure, found, strength) in enumerate(_said(rules, constraints, logs, lon_deg, lat_deg)):
        better = (found != NOTHING) & ~(confidence >= sure)
        soil[better], source[better], confidence[better] = found[better], index, sure
        strength_kpa = np.where(np.isnan(strength_kpa), strength, strength_kpa)
    return SoilAt(soil, strength_kpa, confidence, source)


def _said(
    rules: Burial,
    constraints: Mapping[str, ConstraintData],
    logs: Mapping[str, Mapping[str, Any]],
    lon_deg: Floats,
    lat_deg: Floats,
) -> Iterator[tuple[float, Ints, Floats]]:
    """What each map and log says: how sure it is, soils and strengths."""
    unknown = np.full(len(lon_deg), np.nan)
    for item in rules.soil_maps:
        yield item.confidence, _mapped(item, constraints[item.constraint], rules.soils, lon_deg, lat_deg), unknown
    for log in rules.soil_logs:
        yield (log.confidence, *_logged(log, logs[log.id], rules.soils, lon_deg, lat_deg))


def index_of(soils: Sequence[Soil], name: str) -> int:
    """Index of the soil that a class of a map or log is of; -1: of none."""
    wanted = name.strip().casefold()
    return next(
        (
            index
            for index, soil in enumerate(soils)
            if wanted in {one.strip().casefold() for one in (soil.id, *soil.names)}
        ),
        NOTHING,
    )


def _mapped(item: SoilMap, data: ConstraintData, soils: Sequence[Soil], lon_deg: Floats, lat_deg: Floats) -> Ints:
    """What a map says at places: that of the areas that hold them, or of the nearest node of a raster."""
    if isinstance(data, ConstraintRaster):
        return _of_raster(data, soils, lon_deg, lat_deg)
    found = np.full(len(lon_deg), NOTHING)
    classes = np.array([index_of(soils, text) for text in data.layer["text"]], np.int64)
    places, areas = shapely.STRtree(shapely.points(lon_deg, lat_deg)), data.layer.geometry.to_numpy()
    area, place = places.query(areas, predicate="intersects")
    for at, of in zip(place.tolist(), classes[area].tolist(), strict=True):
        found[at] = of if found[at] in (NOTHING, of) else CONTRADICTS if of != NOTHING else found[at]
    return found


def _of_raster(data: ConstraintRaster, soils: Sequence[Soil], lon_deg: Floats, lat_deg: Floats) -> Ints:
    """What the nearest node of a raster of codes says."""
    values, inverse = np.unique(data.values, return_inverse=True)
    classes = np.array(
        [index_of(soils, f"{value:.9g}") if np.isfinite(value) else NOTHING for value in values.tolist()]
    )
    inside, rows, cols = nodes_at(data.lon_deg, data.lat_deg, lon_deg, lat_deg)
    return np.where(inside, classes[inverse.reshape(data.values.shape)[rows, cols]], NOTHING)


def nodes_at(
    axis_lon: Floats, axis_lat: Floats, lon_deg: Floats, lat_deg: Floats
) -> tuple[NDArray[np.bool_], Ints, Ints]:
    """The node of a raster nearest to each place: whether it is within half a step of it, row, column.

    Parameters
    ----------
    axis_lon, axis_lat
        Of its nodes: longitudes ascend, latitudes descend.
    """
    inside, found = np.ones(len(lon_deg), bool), []
    for axis, at in ((-axis_lat, -lat_deg), (axis_lon, lon_deg)):
        nearest = np.rint(np.interp(at, axis, np.arange(len(axis)))).astype(np.int64)
        step = np.diff(axis).max() if len(axis) > 1 else np.inf
        inside &= np.abs(axis[nearest] - at) <= step / 2 * (1 + 1e-9)
        found.append(nearest)
    return inside, found[0], found[1]


def _logged(
    log: SoilLogs, found: Mapping[str, Any], soils: Sequence[Soil], lon_deg: Floats, lat_deg: Floats
) -> tuple[Ints, Floats]:
    """What the nearest log within reach says: its soil, and the greatest strength of its uppermost metres, kPa."""
    names = np.array(found["log"])
    each, first = np.unique(names, return_index=True)
    soil, strength = np.full(len(each), NOTHING), np.full(len(each), np.nan)
    for index, name in enumerate(each.tolist()):
        soil[index], strength[index] = _in_window(found, names == name, soils, log.window_m)
    places = np.column_stack([found["lon_deg"], found["lat_deg"]])[first]
    reach_m = 1000.0 * log.within_km
    nearest, away_m = np.full(len(lon_deg), -1), np.full(len(lon_deg), np.inf)
    for index, place in enumerate(places):
        here_m = distance_to_points_m(lon_deg, lat_deg, place[np.newaxis], reach_m)
        nearer = here_m < away_m
        nearest[nearer], away_m[nearer] = index, here_m[nearer]
    reached = nearest >= 0
    if not len(each):
        return np.full(len(lon_deg), NOTHING), np.full(len(lon_deg), np.nan)
    return np.where(reached, soil[nearest], NOTHING), np.where(reached, strength[nearest], np.nan)


def _in_window(
    found: Mapping[str, Any], rows: NDArray[np.bool_], soils: Sequence[Soil], window_m: float
) -> tuple[int, float]:
    """The soil of most of the uppermost metres of a log, and the greatest strength in them."""
    from_m, to_m = found["from_m"][rows], np.minimum(found["to_m"][rows], window_m)
    thick_m, strengths = to_m - from_m, found["strength_kpa"][rows]
    by_soil: dict[int, float] = {}
    for name, strength, metres in zip(np.array(found["soil"])[rows].tolist(), strengths, thick_m.tolist(), strict=True):
        soil = index_of(soils, name) if name else of_strength(soils, strength)
        if metres > 0:
            by_soil[soil] = by_soil.get(soil, 0.0) + metres
    inside = strengths[(thick_m > 0) & np.isfinite(strengths)]
    return max(by_soil, key=lambda soil: by_soil[soil], default=NOTHING), float(inside.max(initial=-np.inf)) if len(
        inside
    ) else np.nan


def of_strength(soils: Sequence[Soil], strength_kpa: float) -> int:
    """The soil whose range of strength holds one."""
    return next(
        (
            index
            for index, soil in enumerate(soils)
            if soil.strength_kpa is not None and soil.strength_kpa[0] <= strength_kpa < soil.strength_kpa[1]
        ),
        NOTHING,
    )


def unnamed_classes(rules: Burial, constraints: Mapping[str, ConstraintData]) -> Iterator[tuple[str, list[str]]]:
    """Of each map the classes that are of no soil of the study."""
    for item in rules.soil_maps:
        data = constraints[item.constraint]
        if isinstance(data, ConstraintRaster):
            texts = {f"{value:.9g}" for value in np.unique(data.values[np.isfinite(data.values)]).tolist()}
        else:
            texts = {str(text) for text in data.layer["text"]}
        if missing := sorted(text for text in texts if index_of(rules.soils, text) == NOTHING):
            yield item.id, missing
