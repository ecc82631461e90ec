"""Positions in the reference system that an authority asks for, beside WGS84: by which transformation, and how well."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import ArrayLike
from pyproj.transformer import TransformerGroup

Bounds = tuple[float, float, float, float]
CODE = re.compile(r"\s*([A-Za-z]+):(\d+)\s*")
_AXES = "axis order change (2D)"


@dataclass(frozen=True)
class SecondCoordinates:
    """Positions in another reference system, in the order of a list.

    Attributes
    ----------
    crs, operation
        Names of the system and of the transformation from WGS84.
    accuracy_m
        Of the transformation; None where its authors do not state it.
    is_geographic
        Longitude and latitude in degrees, else easting and northing in metres.
    xy
        Easting (longitude) first; None outside the area that the system is made for.
    """

    crs: str
    operation: str
    accuracy_m: float | None
    is_geographic: bool
    xy: tuple[tuple[float, float] | None, ...]

    def __str__(self) -> str:
        accuracy = "accuracy not stated" if self.accuracy_m is None else f"good to {self.accuracy_m:g} m"
        outside = sum(pair is None for pair in self.xy)
        lacking = f"; {outside} positions lie outside its area" if outside else ""
        return f"{self.crs}, from WGS 84 by {self.operation} ({accuracy}){lacking}"


def second_crs(name: str, bounds: Bounds) -> tuple[pyproj.CRS, pyproj.Transformer]:
    """The system and the best transformation from WGS84 for an area.

    Parameters
    ----------
    name
        As ``EPSG:28409`` (Pulkovo 1942 / Gauss-Krüger zone 9) or ``EPSG:32639`` (WGS 84 / UTM zone 39N).
    bounds
        West, south, east, north of the area, degrees.

    Raises
    ------
    ValueError
        When it is no horizontal system in degrees or metres, is not for this area, or no transformation to it is known.

    Examples
    --------
    >>> crs, _ = second_crs("EPSG:32639", (49.0, 40.0, 52.0, 44.0))
    >>> crs.name
    'WGS 84 / UTM zone 39N'
    """
    try:
        crs = pyproj.CRS.from_authority(*CODE.fullmatch(name).groups())  # type: ignore[union-attr]
    except (AttributeError, pyproj.exceptions.CRSError) as exc:  # a name would be guessed at
        raise ValueError(f"second_crs {name!r} is no reference system that PROJ knows: expected as EPSG:28409") from exc
    unit = crs.axis_info[0].unit_name if crs.axis_info else ""
    if len(crs.axis_info) != 2 or not (crs.is_geographic or (crs.is_projected and unit == "metre")):
        raise ValueError(f"second_crs {name!r} is {crs.name!r}: expected degrees, or eastings and northings in metres")
    west, south, east, north = bounds
    of = _area(crs)
    if of[0] > east or of[2] < west or of[1] > north or of[3] < south:
        raise ValueError(
            f"second_crs {name!r} is for {of[0]:g}…{of[2]:g}° E, {of[1]:g}…{of[3]:g}° N, "
            f"and the study lies in {west:g}…{east:g}° E, {south:g}…{north:g}° N"
        )
    group = TransformerGroup(
        "EPSG:4326",
        crs,
        always_xy=True,
        area_of_interest=pyproj.transformer.AreaOfInterest(*bounds),
        allow_ballpark=False,
    )
    if not group.transformers:
        raise ValueError(f"PROJ knows no transformation from WGS 84 to second_crs {name!r} for this area")
    return crs, group.transformers[0]


def second_coordinates(lonlat: ArrayLike, name: str, bounds: Bounds) -> SecondCoordinates:
    """Positions ``(n, 2)``, lon/lat on WGS84, in another system; ``name`` and ``bounds`` as for `second_crs`."""
    crs, transformer = second_crs(name, bounds)
    lonlat = np.asarray(lonlat, float)
    x, y = transformer.transform(lonlat[:, 0], lonlat[:, 1])
    west, south, east, north = _area(crs)
    inside = np.isfinite(x) & np.isfinite(y) & (lonlat >= (west, south)).all(axis=1)
    inside &= (lonlat <= (east, north)).all(axis=1)
    return SecondCoordinates(
        crs=f"{crs.name} ({name})",
        operation=transformer.description.replace(f"{_AXES} + ", "").replace(f" + {_AXES}", ""),
        accuracy_m=transformer.accuracy if transformer.accuracy >= 0 else None,
        is_geographic=crs.is_geographic,
        xy=tuple((float(a), float(b)) if ok else None for a, b, ok in zip(x, y, inside, strict=True)),
    )


def _area(crs: pyproj.CRS) -> Bounds:
    """West, south, east, north of what a system is made for; an east beyond 180° lies across the antimeridian."""
    of = crs.area_of_use
    if of is None:
        return -180.0, -90.0, 180.0, 90.0
    return of.west, of.south, of.east + 360.0 * (of.east < of.west), of.north
