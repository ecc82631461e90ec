"""What can bury a cable where: each tool against depth, slope, soil, bends and crossings, with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.burial.config import Burial, BurialTool, Soil, value_of
from transcaspian.core.linear_reference import geodesic_legs, signed_deg, vertices_km

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """What tools meet along a cable; arrays of shape ``(n,)``, NaN where not known.

    Attributes
    ----------
    soil
        Index among the soils of the study, -1 where it is not known.
    radius_m
        The widest curve that the legs beside a bend leave room for; infinite away from bends.
    crossing_km
        Along the route to the nearest crossing of a cable or pipeline.
    """

    depth_m: Floats
    slope_deg: Floats
    soil: Ints
    strength_kpa: Floats
    radius_m: Floats
    crossing_km: Floats


@dataclass(frozen=True)
class Limit:
    """What one limit of a tool does at places; arrays of shape ``(n,)``.

    Attributes
    ----------
    reason
        In words, with the figure and how it is known.
    """

    reason: str
    excludes: Bools
    is_unknown: Bools


def limits_of(tool: BurialTool, soils: Sequence[Soil], ground: Ground) -> Iterator[Limit]:
    """Every limit of a tool: where it excludes it, and where that cannot be told."""
    own = np.isin(ground.soil, [index for index, soil in enumerate(soils) if soil.id in tool.soils])
    yield Limit(f"soil is none of {', '.join(tool.soils)} ({tool.status})", ~own & (ground.soil >= 0), ground.soil < 0)
    for name, values, sign, word, unit in (
        ("min_depth_m", ground.depth_m, 1.0, "water shallower than", "m"),
        ("max_depth_m", ground.depth_m, -1.0, "water deeper than", "m"),
        ("max_slope_deg", ground.slope_deg, -1.0, "slope over", "°"),
        ("min_turning_radius_m", ground.radius_m, 1.0, "bend tighter than a radius of", "m"),
        ("crossing_m", 1000.0 * ground.crossing_km, 1.0, "crossing within", "m"),
    ):
        limit = value_of(getattr(tool, name))
        if limit is not None:
            told = f"{word} {limit:g} {unit} ({tool.status_of(name)})"
            yield Limit(told, sign * values < sign * limit, np.isnan(values))
    for name, is_most in (("min_strength_kpa", False), ("max_strength_kpa", True)):
        limit = value_of(getattr(tool, name))
        if limit is not None:
            word = "over" if is_most else "under"
            excludes, unknown = _strength_beyond(soils, ground, limit, is_most=is_most)
            yield Limit(f"shear strength {word} {limit:g} kPa ({tool.status_of(name)})", excludes, unknown)


def _strength_beyond(soils: Sequence[Soil], ground: Ground, limit_kpa: float, *, is_most: bool) -> tuple[Bools, Bools]:
    """Where the soil is stronger (or weaker) than a limit, and where that is not known.

    By a log where there is one, else by the range of the soil. A soil without a range, as sand, has no undrained
    strength: no limit of it acts.
    """
    unbound = (np.inf, -np.inf)  # of unknown soil, or one without a range: never beyond
    ranges = np.array([soil.strength_kpa or unbound for soil in soils] + [unbound])
    low, high = ranges[ground.soil].T
    logged = np.isfinite(ground.strength_kpa)
    low, high = (np.where(logged, ground.strength_kpa, end) for end in (low, high))
    has_range = low <= high
    if is_most:
        beyond, within = low > limit_kpa, high <= limit_kpa
    else:
        beyond, within = high < limit_kpa, low >= limit_kpa
    return has_range & beyond, has_range & ~beyond & ~within


@dataclass(frozen=True)
class Fitness:
    """How a tool does along a cable.

    Attributes
    ----------
    soil
        As of `Ground`.
    excluded, is_unknown
        By limit and place, shape ``(limits, n)``.
    """

    tool: BurialTool
    soil: Ints
    reasons: tuple[str, ...]
    excluded: Bools
    is_unknown: Bools

    @property
    def works(self) -> Bools:
        """Where it buries for certain, shape ``(n,)``."""
        return np.asarray(~(self.excluded | self.is_unknown).any(axis=0))

    @property
    def may_work(self) -> Bools:
        """Where it is not excluded, and something is not known, shape ``(n,)``."""
        return np.asarray(~self.excluded.any(axis=0) & self.is_unknown.any(axis=0))

    def reasons_at(self, at: int) -> tuple[str, ...]:
        """Why it cannot work at a place."""
        return tuple(reason for reason, holds in zip(self.reasons, self.excluded[:, at], strict=True) if holds)


def fitness(rules: Burial, ground: Ground) -> tuple[Fitness, ...]:
    """Every tool of the study along a cable."""
    found = []
    for tool in rules.tools:
        limits = list(limits_of(tool, rules.soils, ground))
        excluded, unknown = (np.stack([getattr(one, name) for one in limits]) for name in ("excludes", "is_unknown"))
        found.append(Fitness(tool, ground.soil, tuple(one.reason for one in limits), excluded, unknown))
    return tuple(found)


def bend_radius_m(lonlat: Floats, kp_km: Floats, radii_m: Sequence[float]) -> Floats:
    """The widest curve that the legs leave room for at each sample: infinite away from bends.

    A curve takes no more than half of the leg on either side of its bend.

    Parameters
    ----------
    lonlat
        Vertices of the legs, shape ``(n, 2)``.
    kp_km
        Of the samples.
    radii_m
        Turning radii of tools: a bend counts as far as the widest of them would cut its corner.
    """
    found = np.full(len(kp_km), np.inf)
    azimuth_deg, leg_km = geodesic_legs(lonlat)
    at_km = vertices_km(lonlat)
    for vertex, turn_deg in enumerate(np.abs(signed_deg(np.diff(azimuth_deg))).tolist(), start=1):
        tangent = np.tan(np.radians(turn_deg) / 2)
        room_km = min(leg_km[vertex - 1], leg_km[vertex]) / 2
        if tangent <= 0 or not len(radii_m):
            continue
        reach_km = min(room_km, max(radii_m) * tangent / 1000.0)
        near = np.abs(kp_km - at_km[vertex]) <= max(reach_km, np.abs(kp_km - at_km[vertex]).min())
        found[near] = np.minimum(found[near], 1000.0 * room_km / tangent)
    return found
