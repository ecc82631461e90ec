"""The seabed under a route: depth, slope along and across it, and where it bends more than a cable follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.frames import known
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.linear_reference import KpRange, line_length_km, positions_at_km, runs
from transcaspian.core.vocabulary import BendKind
from transcaspian.seabed import DepthModel, SeabedAt, sample, seabed_at

Floats = NDArray[np.float64]


SAMPLE_STEP_KM = 0.25


@dataclass(frozen=True)
class Profile:
    """Samples at equal steps from KP 0 to the end of the route; arrays of shape ``(n,)``, NaN where not known.

    Attributes
    ----------
    kp_km, lon_deg, lat_deg, bearing_deg
        Where the sample lies, and the direction of travel there.
    depth_m, depth_error_m
        Below the declared water level, positive down, and one standard error of it.
    resolution_m
        Spacing of the seabed data under the sample: slopes and bends are taken over no less.
    source
        Index of the seabed among those of the study, in their order.
    in_line_slope_deg
        Along the route, positive where the seabed falls away in the direction of travel.
    side_slope_deg
        Across it, positive where the seabed falls away to starboard.
    bend_deg_per_km
        Change of the in-line slope, positive on a crest and negative in a hollow.
    resolution_deg
        What the coarsest of the seabed data resolve.
    ashore_km
        How much of it lies on land before the shoreline and after it, from beach manholes; no seabed is known there.
    drying_m
        Height of the seabed above the level where it lies dry, 0 elsewhere; None where nothing is known of it.
    """

    kp_km: Floats
    lon_deg: Floats
    lat_deg: Floats
    bearing_deg: Floats
    depth_m: Floats
    depth_error_m: Floats
    resolution_m: Floats
    source: Floats
    in_line_slope_deg: Floats
    side_slope_deg: Floats
    bend_deg_per_km: Floats
    resolution_deg: float
    ashore_km: tuple[float, float] = (0.0, 0.0)
    drying_m: Floats | None = None

    @property
    def length_km(self) -> float:
        """Length over ground, on the ellipsoid."""
        return float(self.kp_km[-1])

    @property
    def step_km(self) -> float:
        """Distance between samples."""
        return float(self.kp_km[-1] - self.kp_km[0]) / (len(self.kp_km) - 1)

    @property
    def max_depth_m(self) -> float | None:
        """Greatest depth; None when no sample has one."""
        return known(np.fmax.reduce(self.depth_m))

    @property
    def max_depth_error_m(self) -> float | None:
        """One standard error of the greatest depth."""
        return None if self.max_depth_m is None else known(self.depth_error_m[np.nanargmax(self.depth_m)])

    @property
    def at_sea(self) -> NDArray[np.bool_]:
        """Which samples do not lie ashore, shape ``(n,)``."""
        before_km, after_km = self.ashore_km
        return (self.kp_km >= before_km) & (self.kp_km <= self.length_km - after_km)

    @property
    def signed_depth_m(self) -> Floats:
        """Depth, and where the seabed lies dry its height above the level, negative; shape ``(n,)``."""
        return self.depth_m if self.drying_m is None else self.depth_m - self.drying_m

    @property
    def is_unknown(self) -> NDArray[np.bool_]:
        """Which samples at sea have no depth, shape ``(n,)``."""
        return np.isnan(self.depth_m) & self.at_sea

    @property
    def unknown_km(self) -> float:
        """Length at sea without a depth."""
        return float(self.is_unknown.mean()) * self.length_km

    def as_shallow_ashore(self) -> Profile:
        """The same, with depth 0 ashore: a beach is the shallowest water, not unknown seabed."""
        return replace(self, depth_m=np.where(self.at_sea, self.depth_m, 0.0))

    def sea_part(self) -> Profile:
        """The samples that do not lie ashore, with their KPs."""
        return replace(self.part(self.at_sea), ashore_km=(0.0, 0.0))

    def part(self, kept: slice | NDArray[np.bool_]) -> Profile:
        """Some of the samples, with their KPs."""
        arrays: dict[str, Any] = {
            name: value[kept] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        return replace(self, **arrays)

    def with_ashore(self, ashore_km: tuple[float, float]) -> Profile:
        """The same, where so much at the ends lies ashore: no depth or slope of the sea is one of land."""
        sea = replace(self, ashore_km=ashore_km).at_sea
        return replace(
            self,
            ashore_km=ashore_km,
            depth_m=np.where(sea, self.depth_m, np.nan),
            depth_error_m=np.where(sea, self.depth_error_m, np.nan),
            resolution_m=np.where(sea, self.resolution_m, np.nan),
            in_line_slope_deg=np.where(sea, self.in_line_slope_deg, np.nan),
            side_slope_deg=np.where(sea, self.side_slope_deg, np.nan),
            bend_deg_per_km=np.where(sea, self.bend_deg_per_km, np.nan),
        )

    @property
    def steepest_deg(self) -> Floats:
        """The steeper of in-line and side slope, without sign."""
        return np.fmax(np.abs(self.in_line_slope_deg), np.abs(self.side_slope_deg))

    @property
    def seabed_length_km(self) -> float:
        """Length along the seabed, up and down; level where a depth is not known."""
        fall_km = np.nan_to_num(np.diff(self.depth_m)) / 1000.0
        return float(np.hypot(np.diff(self.kp_km), fall_km).sum())

    def depth_at(self, kp_km: ArrayLike) -> Floats:
        """Depth at any KP, between the samples around it; NaN where one of them has none."""
        return np.interp(np.asarray(kp_km, float), self.kp_km, self.depth_m)

    def error_at(self, kp_km: ArrayLike) -> Floats:
        """One standard error of the depth at any KP, as `depth_at`."""
        return np.interp(np.asarray(kp_km, float), self.kp_km, self.depth_error_m)

    def resolution_at(self, kp_km: ArrayLike) -> Floats:
        """Spacing of the seabed data at any KP, metres: that of the nearest sample."""
        nearest = np.rint(np.asarray(kp_km, float) / max(self.step_km, 1e-9)).astype(int)
        return self.resolution_m[np.clip(nearest, 0, len(self.kp_km) - 1)]


@dataclass(frozen=True)
class SeabedBend(KpRange):
    """A stretch whose profile bends more than the limit: over a hollow a cable may hang, on a crest it may chafe."""

    kind: BendKind
    worst_deg_per_km: float


def seabed_profile(
    grid: Grid,
    seabed: DepthModel | ArrayLike,
    lonlat: ArrayLike,
    resolution_deg: float,
    sample_step_km: float = SAMPLE_STEP_KM,
) -> Profile:
    """Sample the seabed along a line of geodesic legs.

    Slopes are differences to points ahead and behind, to port and to starboard: a step away, or half the spacing of the
    data where that is farther, because a slope over less is none that the data hold. They are one-sided beside unknown
    depths and at the ends. Bends are changes of slope over the same distances.

    Parameters
    ----------
    grid, seabed
        Depth below the declared water level with what is known of it; of an array of depths alone, shape
        ``grid.shape``, NaN where unknown, neither error nor resolution is known.
    lonlat
        Vertices, shape ``(n, 2)``, degrees.
    resolution_deg
        Spacing of the data, where the seabed does not tell: slopes are taken over no less.
    sample_step_km
        Greatest distance between samples; they divide the length equally.

    Returns
    -------
    Profile
        Samples from KP 0 to the end; depths in m, positive down, NaN where they are unknown.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> depth_m = np.tile(np.linspace(10.0, 100.0, 10), (4, 1))
    >>> profile = seabed_profile(grid, depth_m, [(50.05, 41.2), (50.95, 41.2)], 0.1, sample_step_km=20.0)
    >>> print(profile.kp_km.round(1), profile.depth_m.round(1), profile.in_line_slope_deg[1:3].round(3))
    [ 0.  18.9 37.7 56.6 75.5] [ 10.   32.5  55.   77.5 100. ] [0.068 0.068]
    """
    length_km = line_length_km(lonlat)
    count = max(3, int(np.ceil(length_km / sample_step_km)) + 1)
    places = positions_at_km(lonlat, np.linspace(0.0, length_km, count))
    step_m = 1000.0 * length_km / (count - 1)
    here, error_m, resolution_m, source = _seabed_at(grid, seabed, places.lon_deg, places.lat_deg)
    over_m = np.fmax(step_m, resolution_m / 2)

    def depth_beside(side_deg: float) -> Floats:
        lon, lat, _ = GEOD.fwd(places.lon_deg, places.lat_deg, places.bearing_deg + side_deg, over_m)
        return _seabed_at(grid, seabed, lon, lat).depth_m

    behind, ahead = (_along(places.kp_km, here, sign * over_m / 1000.0) for sign in (-1, 1))
    falls_deg = [np.degrees(np.arctan(fall_m / over_m)) for fall_m in (here - behind, ahead - here)]
    return Profile(
        kp_km=places.kp_km,
        lon_deg=places.lon_deg,
        lat_deg=places.lat_deg,
        bearing_deg=places.bearing_deg,
        depth_m=here,
        depth_error_m=error_m,
        resolution_m=resolution_m,
        source=source,
        in_line_slope_deg=_slope_deg(behind, here, ahead, over_m),
        side_slope_deg=_slope_deg(depth_beside(-90.0), here, depth_beside(90.0), over_m),
        bend_deg_per_km=(falls_deg[1] - falls_deg[0]) / (over_m / 1000.0),
        resolution_deg=resolution_deg,
    )


def _seabed_at(grid: Grid, seabed: DepthModel | ArrayLike, lon_deg: Floats, lat_deg: Floats) -> SeabedAt:
    """The finest seabed at places; of depths alone no more is known."""
    if isinstance(seabed, DepthModel):
        return seabed_at(grid, seabed, lon_deg, lat_deg)
    not_known = np.full(len(lon_deg), np.nan)
    return SeabedAt(sample(grid, seabed, lon_deg, lat_deg), not_known, not_known, not_known)


def _along(kp_km: Floats, depth_m: Floats, by_km: Floats) -> Floats:
    """Depth so far ahead of each sample; NaN beyond the ends and where a sample beside it has none."""
    at_km = kp_km + by_km
    slack_km = 1e-6 * kp_km[-1]
    inside = (at_km >= -slack_km) & (at_km <= kp_km[-1] + slack_km)
    return np.where(inside, np.interp(at_km, kp_km, depth_m), np.nan)


def seabed_bends(profile: Profile, limit_deg_per_km: float) -> tuple[SeabedBend, ...]:
    """Stretches that bend more than the limit, in the order of their KP."""
    found: list[SeabedBend] = []
    kinds: tuple[tuple[BendKind, float], ...] = (("hollow", -1.0), ("crest", 1.0))
    for kind, sign in kinds:
        bend = sign * np.nan_to_num(profile.bend_deg_per_km)
        found += [
            SeabedBend(from_km, to_km, kind, float(bend[part].max()))
            for from_km, to_km, part in runs(profile.kp_km, bend > limit_deg_per_km)
        ]
    return tuple(sorted(found, key=lambda bend: bend.from_km))


def _slope_deg(before: Floats, here: Floats, after: Floats, step_m: Floats) -> Floats:
    """Angle of the fall from ``before`` to ``after``, so far to either side, by what is known of the three."""
    per_m = (after - before) / (2 * step_m)
    per_m = np.where(np.isnan(per_m), (after - here) / step_m, per_m)
    per_m = np.where(np.isnan(per_m), (here - before) / step_m, per_m)
    return np.degrees(np.arctan(np.where(np.isnan(here), np.nan, per_m)))
