"""From a batch file to its members: every pair under every weighting in every scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby, product
from pathlib import Path
from typing import Any

from transcaspian.analyses.batch.config import Batch, Pairs, Sweep, Variant
from transcaspian.core.errors import StudyError
from transcaspian.rpl.boundary import read_pairs
from transcaspian.study import Study

CHUNK = 8
"""Members handed over together: few enough that none waits long, enough that the handing over costs nothing."""


@dataclass(frozen=True)
class RouteEnd:
    """An end of a route before it is brought to the shore.

    ``is_landing``: the study knows it, and its cost already has the approach to it.
    """

    name: str
    lon_deg: float
    lat_deg: float
    max_snap_km: float
    is_landing: bool


@dataclass(frozen=True)
class Pair:
    """Two ends to route between."""

    id: str
    start: RouteEnd
    end: RouteEnd


@dataclass(frozen=True)
class BatchGround:
    """What the routes of some members lie on: the study with these of its keys otherwise."""

    weights_id: str
    scenario_id: str
    overrides: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Member:
    """One route of the batch."""

    pair: Pair
    ground: BatchGround

    @property
    def id(self) -> str:
        """Pair, weighting and scenario."""
        return f"{self.pair.id}/{self.ground.weights_id}/{self.ground.scenario_id}"


Chunk = tuple[Member, ...]
"""Members on one ground, routed one after another."""


def plan_members(batch: Batch, path: Path, study: Study) -> tuple[Member, ...]:
    """All members, those on the same ground together.

    Parameters
    ----------
    path
        Of the batch file: the table of pairs counts from its folder.

    Raises
    ------
    StudyError
        When a pair names what the study has not, two pairs have one name, or there are more members than allowed.
    IngestError
        When the table of pairs cannot be read.
    """
    pairs = tuple(_pairs(batch.pairs, path, study))
    ids = [pair.id for pair in pairs]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise StudyError(f"batch file {path}: two pairs are named `{twice}`: name one of them otherwise")
    grounds = tuple(_grounds(batch))
    count = len(pairs) * len(grounds)
    if count > batch.limits.max_members:
        raise StudyError(
            f"batch file {path} asks for {len(pairs):,} pairs on {len(grounds):,} grounds, {count:,} routes, more than "
            f"limits.max_members {batch.limits.max_members:,}: raise it where that is right"
        )
    return tuple(Member(pair, ground) for ground in grounds for pair in pairs)


def chunks_of(members: Sequence[Member]) -> Iterator[Chunk]:
    """The members in their order, in chunks of one ground each."""
    for _, group in groupby(members, key=lambda member: (member.ground.weights_id, member.ground.scenario_id)):
        together = tuple(group)
        yield from (together[first : first + CHUNK] for first in range(0, len(together), CHUNK))


def _pairs(wanted: Pairs, path: Path, study: Study) -> Iterator[Pair]:
    def at(landing_id: str, why: str) -> RouteEnd:
        known = {landing.id: landing for landing in study.landings}
        if landing_id not in known:
            raise StudyError(
                f"batch file {path}: {why} names the landing `{landing_id}`, which is not among {', '.join(known)}"
            )
        place = known[landing_id]
        return RouteEnd(place.name, place.lon_deg, place.lat_deg, place.max_snap_km, is_landing=True)

    ids = [] if wanted.systems == ("*",) else list(wanted.systems)
    for system in study.select(ids) if wanted.systems else ():
        yield Pair(system.id, at(system.from_landing, system.id), at(system.to_landing, system.id))
    for pair in wanted.landings:
        if pair.from_landing == pair.to_landing:
            raise StudyError(f"batch file {path}: pair `{pair.id}` begins and ends at `{pair.from_landing}`")
        yield Pair(pair.id, at(pair.from_landing, pair.id), at(pair.to_landing, pair.id))
    if wanted.every_two_landings:
        for one, other in combinations(study.landings, 2):
            yield Pair(f"{one.id}--{other.id}", at(one.id, one.id), at(other.id, other.id))
    if wanted.file is not None:
        snap_km = wanted.file.max_snap_km
        for row in read_pairs(path.parent / wanted.file.path):
            yield Pair(
                row.pair_id,
                RouteEnd(row.from_name, row.from_lon_deg, row.from_lat_deg, snap_km, is_landing=False),
                RouteEnd(row.to_name, row.to_lon_deg, row.to_lat_deg, snap_km, is_landing=False),
            )


def _grounds(batch: Batch) -> Iterator[BatchGround]:
    weights = batch.weights or (Variant(id="as-given"),)
    scenarios = batch.scenarios or (Variant(id="as-given"),)
    for scenario in scenarios:
        for weighting in weights:
            for values in product(*(sweep.values for sweep in batch.sweeps)):
                swept = {sweep.key: value for sweep, value in zip(batch.sweeps, values, strict=True)}
                yield BatchGround(
                    _named(weighting, batch.sweeps, swept),
                    scenario.id,
                    {**scenario.set, **weighting.set, **swept},
                )


def _named(weighting: Variant, sweeps: Sequence[Sweep], swept: Mapping[str, Any]) -> str:
    """The name of a weighting with the values of the sweeps."""
    values = [f"{sweep.key}={swept[sweep.key]}" for sweep in sweeps]
    return ",".join([weighting.id, *values] if weighting.id != "as-given" or not values else values)
