"""The register: whom a route crosses or passes nearer than the rules allow, and what is agreed with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.analyses.permits.config import Permits
from transcaspian.core.cost_range import CostRange
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.core.linear_reference import positions_at_km, runs
from transcaspian.core.vocabulary import NOT_KNOWN, POST_LAY_METHODS, AssetVerdict
from transcaspian.engineering import EngineeredRoute
from transcaspian.engineering.crossings import SAMPLE_KM, Asset, Crossing, ParallelRun, asset_kp_km
from transcaspian.study import NeighbourRules
from transcaspian.study.price_tables import Prices

Floats = NDArray[np.float64]
Relation = Literal["crossed", "near", "may be near"]
OPERATOR = "(operator)"
"""After a name in a column of owners: it operates the asset, and may own it or not."""
PASSED = "passed, not crossed"


@dataclass(frozen=True)
class Passed:
    """Something that a route may pass: an asset, or a licence block or field as an area."""

    met_id: str
    name: str
    kind: str
    owner: str
    position_accuracy_m: float | None
    geometry: BaseGeometry

    @classmethod
    def of(cls, asset: Asset) -> Passed:
        """A cable, a pipeline, or a system of the study."""
        return cls(asset.asset_id, asset.name, asset.kind, asset.owner, asset.position_accuracy_m, asset.geometry)

    @property
    def is_area(self) -> bool:
        """Whether it has an inside."""
        return self.geometry.geom_type.endswith("Polygon")


@dataclass(frozen=True)
class Entry:
    """A row of the register.

    Attributes
    ----------
    kp_km, to_kp_km
        On the route: of the crossing, or of the stretch that is near.
    asset_kp_km
        On the asset, from its first vertex; None for an area.
    angle_deg
        Between the two; None where they do not cross.
    separation_m, required_m
        Least distance, 0 where they cross, and what the rule asks for there.
    """

    system_id: str
    met: Passed
    relation: Relation
    lonlat: tuple[float, float]
    kp_km: float
    to_kp_km: float
    asset_kp_km: float | None
    angle_deg: float | None
    separation_m: float
    required_m: float
    verdict: AssetVerdict
    crossing_method: str
    cost: CostRange | None = None


def entries_of(
    system_id: str, route: EngineeredRoute, others: Sequence[Passed], rules: NeighbourRules, prices: Prices | None
) -> list[Entry]:
    """All that a route crosses or passes, in the order of KP.

    Parameters
    ----------
    others
        All assets and areas of the study: those that the route has no crossing of, and no parallel run beside, are
        looked for here, and listed where their position does not tell that they keep the distance.
    """
    runs_of: dict[str, ParallelRun] = {}
    for run in route.parallel_runs:
        if run.asset.asset_id not in runs_of or run.min_distance_m < runs_of[run.asset.asset_id].min_distance_m:
            runs_of[run.asset.asset_id] = run
    met = {crossing.asset.asset_id for crossing, _ in route.crossings} | runs_of.keys()
    found = [crossed(system_id, route, crossing, rules, prices) for crossing, _ in route.crossings]
    found += [beside(system_id, route, run) for run in runs_of.values()]
    for other in others:
        if other.met_id not in met:
            found += _passing(system_id, route, other, rules)
    return sorted(found, key=lambda item: (item.kp_km, item.met.met_id))


def crossed(
    system_id: str, route: EngineeredRoute, crossing: Crossing, rules: NeighbourRules, prices: Prices | None
) -> Entry:
    """A crossing of the route."""
    asset = crossing.asset
    price = prices.crossing[asset.kind] if prices else None  # type: ignore[index]
    return Entry(
        system_id=system_id,
        met=Passed.of(asset),
        relation="crossed",
        lonlat=(crossing.lon_deg, crossing.lat_deg),
        kp_km=crossing.kp_km,
        to_kp_km=crossing.kp_km,
        asset_kp_km=crossing.asset_kp_km,
        angle_deg=crossing.angle_deg,
        separation_m=0.0,
        required_m=max(rules.min_distance_m, rules.depth_factor * (crossing.depth_m or 0.0)),
        verdict=crossing.verdict,
        crossing_method=method_at(route, crossing.kp_km),
        cost=None if price is None else CostRange(price.low, price.base, price.high, price.status),
    )


def beside(system_id: str, route: EngineeredRoute, run: ParallelRun) -> Entry:
    """A stretch beside an asset, with the place where they are nearest."""
    asset, at = run.asset, place_of(route, run.min_distance_kp_km)
    return Entry(
        system_id=system_id,
        met=Passed.of(asset),
        relation="near",
        lonlat=at,
        kp_km=run.from_km,
        to_kp_km=run.to_km,
        asset_kp_km=asset_kp_km(asset.geometry, at),
        angle_deg=None,
        separation_m=run.min_distance_m,
        required_m=run.required_m,
        verdict=run.verdict,
        crossing_method=PASSED,
    )


def _passing(system_id: str, route: EngineeredRoute, other: Passed, rules: NeighbourRules) -> Iterator[Entry]:
    """Something nearer than the rule asks for, or that may be: where its position does not exclude it."""
    profile = route.profile
    kp_km = np.linspace(0.0, profile.length_km, max(2, int(np.ceil(profile.length_km / SAMPLE_KM)) + 1))
    required_m = np.fmax(rules.min_distance_m, rules.depth_factor * profile.depth_at(kp_km))
    unsure_m = other.position_accuracy_m or 0.0
    places = positions_at_km(route.course.lonlat, kp_km)
    reach_m = float(required_m.max()) * 1.01 + unsure_m
    away_m = distance_to_geometries_m(places.lon_deg, places.lat_deg, [other.geometry], reach_m, step_m=20.0)
    stretches = runs(kp_km, away_m < required_m + unsure_m)
    if not stretches:
        return
    nearest = int(away_m.argmin())
    at = float(places.lon_deg[nearest]), float(places.lat_deg[nearest])
    is_sure = unsure_m <= rules.trusted_accuracy_m and other.position_accuracy_m is not None
    inside = other.is_area and away_m[nearest] == 0.0
    yield Entry(
        system_id=system_id,
        met=other,
        relation="crossed" if inside else "near" if away_m[nearest] < required_m[nearest] else "may be near",
        lonlat=at,
        kp_km=stretches[0][0],
        to_kp_km=stretches[-1][1],
        asset_kp_km=None if other.is_area else asset_kp_km(other.geometry, at),
        angle_deg=None,
        separation_m=float(away_m[nearest]),
        required_m=float(required_m[nearest]),
        verdict="fail" if is_sure else NOT_KNOWN,
        crossing_method="through the area: as the route is laid there" if inside else PASSED,
    )


def place_of(route: EngineeredRoute, kp_km: float) -> tuple[float, float]:
    """Longitude and latitude of a KP."""
    lon_deg, lat_deg = positions_at_km(route.course.lonlat, [kp_km]).lonlat[0].tolist()
    return lon_deg, lat_deg


def method_at(route: EngineeredRoute, kp_km: float) -> str:
    """How the cable is laid and protected at a crossing: the sections around it as far as no plough or jet goes.

    They are those of the list: the crossing in the middle, and what lies beside it.
    """
    burial = route.cable.burial
    middle = next(place for place, item in enumerate(burial) if kp_km <= item.to_km)
    first = last = middle
    while first and burial[first].rule.method in POST_LAY_METHODS and burial[first - 1].rule.method in POST_LAY_METHODS:
        first -= 1
    while last + 1 < len(burial) and {burial[last].rule.method, burial[last + 1].rule.method} <= {*POST_LAY_METHODS}:
        last += 1
    told = [
        f"{item.rule.method}{f' to {item.rule.target_m:g} m' if item.rule.target_m else ''} KP {item.from_km:.3f} to "
        f"{item.to_km:.3f}"
        for item in burial[first : last + 1]
    ]
    return f"laid over it: {', '.join(told)}"


def owner_and_operator(entry: Entry, permits: Permits) -> tuple[str, str]:
    """Owner and operator as a person says, or the data; else "insufficient information".

    >>> from transcaspian.analyses.permits.register import named
    >>> named("bp (operator); SOCAR")
    ('SOCAR', 'bp')
    """
    kept, (owner, operator) = permits.agreement_with(entry.met.met_id), named(entry.met.owner)
    return (kept and kept.owner) or owner or NOT_KNOWN, (kept and kept.operator) or operator or NOT_KNOWN


def named(owners: str) -> tuple[str, str]:
    """Owners and operators of a column that names both."""
    names = [name.strip() for name in owners.split(";") if name.strip()]
    operators = [name.removesuffix(OPERATOR).strip() for name in names if name.endswith(OPERATOR)]
    return "; ".join(name for name in names if not name.endswith(OPERATOR)), "; ".join(operators)
