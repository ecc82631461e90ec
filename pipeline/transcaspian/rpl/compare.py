"""Two Route Position Lists beside each other: where the route moved, what became of its positions, KP to KP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from transcaspian.core.geodesy import to_ecef_m
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import kp_series_km, line_length_km, positions_at_km, runs, vertices_km
from transcaspian.rpl.columns import (
    FOLLOW,
    KM,
    Change,
    Lacking,
    PositionChange,
    not_compared,
    position_changes,
    span_changes,
)
from transcaspian.rpl.model import Cumulative, Rpl, cumulative, stated_length_km

Floats = NDArray[np.float64]

DENSE_KM = 0.1
"""Between points of the new route among which the nearest is sought; it is then found between them."""
SHOWN = 12
WITHOUT_ANGLE = re.compile(r"^(.*\([^()]+\)), \d.*$")


@dataclass(frozen=True)
class Translation:
    """A KP of the old route, the KP of the new one nearest to it, and how far the new route lies to starboard."""

    old_kp_km: float
    new_kp_km: float
    offset_m: float


@dataclass(frozen=True)
class Moved:
    """A position that both lists have, in different places."""

    pos_no: str
    distance_m: float


@dataclass(frozen=True)
class Comparison:
    """What is different in the new list; all lengths new less old. KPs are those that each list has.

    Attributes
    ----------
    old, new
        What the lists are called.
    cable_km
        Of the lengths that the lists state; None where one states none.
    table
        At equal steps of the old route. New KPs never go backwards, also where the new route turns back on itself.
    moved_ranges
        Stretches of the old route, from KP to KP, where the new one lies farther than the stated distance.
    crossings_added, crossings_removed
        By what the lists remark of them.
    position_changes, cable_changes, span_changes
        Columns of the positions; of the spans the type of the cable, and the others; by column, along the new route.
    not_compared
        Columns that only one of the lists has.
    level_change
        The levels that depths are below, where both lists name one and they differ.
    notes
        How the lists were read.
    cable_cost
        Difference of the cost at the price given; None without one.
    """

    old: str
    new: str
    length_km: float
    cable_km: float | None
    max_depth_m: float | None
    greatest_offset: Translation
    table: tuple[Translation, ...]
    moved_ranges: tuple[tuple[float, float], ...]
    positions_kept: int
    positions_moved: tuple[Moved, ...]
    positions_added: tuple[str, ...]
    positions_removed: tuple[str, ...]
    crossings_added: tuple[str, ...]
    crossings_removed: tuple[str, ...]
    position_changes: tuple[PositionChange, ...]
    cable_changes: tuple[Change, ...]
    span_changes: tuple[Change, ...]
    not_compared: tuple[Lacking, ...]
    level_change: tuple[str, str] | None
    notes: tuple[str, ...] = ()
    cable_cost: float | None = None

    @property
    def is_same(self) -> bool:
        """Whether nothing is different in what was compared."""
        return not (
            self.moved_ranges
            or self.positions_moved
            or self.positions_added
            or self.positions_removed
            or self.crossings_added
            or self.crossings_removed
            or self.position_changes
            or self.cable_changes
            or self.span_changes
            or self.level_change
            or abs(self.length_km) > KM
            or abs(self.cable_km or 0.0) > KM * (self.positions_kept + 2)  # a sum of rounded spans beside a cumulative
        )

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """All of it in words, for people."""
        same = [f"{self.old} and {self.new}: the same route, positions and cable, in every column that was compared"]
        lines = same if self.is_same else [f"{self.old} → {self.new}", *self._moves(), *self._changes()]
        lines += self._remarks()
        if not self.is_same:
            lines += ["", f"{'old KP':>10} {'new KP':>10} {'offset m':>10}"]
            lines += [f"{row.old_kp_km:10.3f} {row.new_kp_km:10.3f} {row.offset_m:+10.1f}" for row in self.table]
        return "\n".join(lines)

    def _moves(self) -> Iterator[str]:
        """Lengths, and what moved."""
        moved_km = sum(abs(to_km - from_km) for from_km, to_km in self.moved_ranges)
        at = self.greatest_offset
        yield (
            f"length {self.length_km:+.3f} km{_stated(', cable {:+.3f} km', self.cable_km)}"
            f"{_stated(', deepest position {:+.1f} m', self.max_depth_m)}{_stated(', cost {:+,.0f}', self.cable_cost)}"
        )
        yield (
            f"moved over {moved_km:.3f} km; greatest offset {abs(at.offset_m):,.1f} m to {_side(at.offset_m)} at KP "
            f"{at.old_kp_km:.3f} (new KP {at.new_kp_km:.3f})"
        )
        yield from _some([f"  moved: KP {a:.3f} to {b:.3f}" for a, b in self.moved_ranges])
        yield (
            f"positions: {self.positions_kept} kept, {len(self.positions_moved)} moved, {len(self.positions_added)} "
            f"added, {len(self.positions_removed)} removed"
        )
        yield from _some([f"  {item.pos_no} moved {item.distance_m:,.1f} m" for item in self.positions_moved])
        yield from _some([f"  added: {number}" for number in self.positions_added])
        yield from _some([f"  removed: {number}" for number in self.positions_removed])

    def _changes(self) -> Iterator[str]:
        """What the columns say otherwise; figures that follow from positions that moved are counted only."""
        yield from (f"crossing added: {text}" for text in self.crossings_added)
        yield from (f"crossing removed: {text}" for text in self.crossings_removed)
        if self.level_change:
            yield f"depths are below `{self.level_change[0]}` → `{self.level_change[1]}`"
        line_moved = self.moved_ranges or self.positions_moved or self.positions_added or self.positions_removed
        by_column: dict[str, list[str]] = {}
        changes: list[PositionChange | Change] = [*self.position_changes, *self.cable_changes, *self.span_changes]
        for change in changes:
            by_column.setdefault(change.column, []).append(f"{change.column}, {change}")
        for column, told in by_column.items():
            if line_moved and column in FOLLOW:
                yield f"{column}: other figures at {len(told)} places"
            else:
                yield from _some(told)

    def _remarks(self) -> Iterator[str]:
        """What was not compared, and how the lists were read."""
        for which, name in (("old", self.old), ("new", self.new)):
            columns = ", ".join(item.column for item in self.not_compared if item.lacks == which)
            if columns:
                yield f"not compared, as {name} lacks it: {columns}"
        yield from (f"note: {text}" for text in self.notes)


def compare_rpl(
    old: Rpl,
    new: Rpl,
    names: tuple[str, str] = ("old", "new"),
    *,
    step_km: float = 10.0,
    moved_m: float = 5.0,
    cost_per_cable_km: float | None = None,
) -> Comparison:
    """Compare two lists of one system: KP to KP, what moved, lengths, crossings, every column.

    Parameters
    ----------
    old, new
        The lists, as of `read_rpl`.
    names
        What they are called in the comparison.
    step_km
        Between the rows of the table; what has moved is looked for at a tenth of a kilometre.
    moved_m
        A stretch or a position that lies no farther than that from where it was has not moved.
    cost_per_cable_km
        Prices the difference in cable (in route, where a list states no cable).
    """
    counts = cumulative(old, "route_km"), cumulative(new, "route_km")
    old_km, new_km = line_length_km(old.lonlat), line_length_km(new.lonlat)
    fine_km = kp_series_km(old_km, DENSE_KM)
    fine = translated(old, new, fine_km)
    offsets_m = np.array([row.offset_m for row in fine])
    cable_km = _difference(stated_length_km(old, "cable_km"), stated_length_km(new, "cable_km"))
    old_on_new_km = np.array([row.new_kp_km for row in translated(old, new, vertices_km(old.lonlat))])
    changes = [_in_kp(change, counts[1]) for change in span_changes(old, new, old_on_new_km, moved_m / 1000.0)]
    paid_km = cable_km if cable_km is not None else new_km - old_km
    moved = runs(fine_km, np.abs(offsets_m) > moved_m)
    return Comparison(
        old=names[0],
        new=names[1],
        length_km=new_km - old_km,
        cable_km=cable_km,
        max_depth_m=_difference(_deepest_m(old), _deepest_m(new)),
        greatest_offset=_in_kps(fine[int(np.abs(offsets_m).argmax())], counts),
        table=tuple(_in_kps(row, counts) for row in translated(old, new, kp_series_km(old_km, step_km))),
        moved_ranges=tuple((counts[0].figure_km(a), counts[0].figure_km(b)) for a, b, _ in moved),
        **_positions(old, new, moved_m),
        **_crossings(old, new),
        position_changes=position_changes(old, new),
        cable_changes=tuple(change for change in changes if change.column == "CableType"),
        span_changes=tuple(change for change in changes if change.column != "CableType"),
        not_compared=not_compared(old, new),
        level_change=_levels(old, new),
        cable_cost=None if cost_per_cable_km is None else paid_km * cost_per_cable_km,
    )


def _positions(old: Rpl, new: Rpl, moved_m: float) -> dict[str, Any]:
    """Positions by what became of them, for `Comparison`."""
    before, now = ({at.pos_no: (at.lon_deg, at.lat_deg) for at in rpl.positions} for rpl in (old, new))
    apart_m = {number: float(GEOD.inv(*before[number], *now[number])[2]) for number in before if number in now}
    moved = {number: distance_m for number, distance_m in apart_m.items() if distance_m > moved_m}
    return {
        "positions_kept": len(apart_m) - len(moved),
        "positions_moved": tuple(Moved(number, distance_m) for number, distance_m in moved.items()),
        "positions_added": tuple(number for number in now if number not in before),
        "positions_removed": tuple(number for number in before if number not in now),
    }


def _crossings(old: Rpl, new: Rpl) -> dict[str, Any]:
    """Crossings that only one of the lists has, for `Comparison`; none where a list does not have the columns."""
    stated = {"Event", "Remarks"} <= {*old.columns} & {*new.columns}
    before, now = (_crossed(rpl) if stated else set() for rpl in (old, new))
    return {"crossings_added": tuple(sorted(now - before)), "crossings_removed": tuple(sorted(before - now))}


def translated(old: Rpl, new: Rpl, kp_km: Floats) -> tuple[Translation, ...]:
    """KPs of the old route on the new one: of the nearest point, never behind that of the KP before."""
    places = positions_at_km(old.lonlat, kp_km)
    along_km = kp_series_km(line_length_km(new.lonlat), DENSE_KM)
    others = positions_at_km(new.lonlat, along_km)
    tree = cKDTree(to_ecef_m(others.lon_deg, others.lat_deg))
    _, nearest = tree.query(to_ecef_m(places.lon_deg, places.lat_deg))
    around_km = _refined(new, places.lon_deg, places.lat_deg, along_km[nearest])
    new_km = np.maximum.accumulate(around_km)
    feet = positions_at_km(new.lonlat, new_km)
    bearing_deg, _, away_m = GEOD.inv(places.lon_deg, places.lat_deg, feet.lon_deg, feet.lat_deg)
    # to starboard where the way over lies clockwise from the direction of travel
    side = np.where(np.mod(np.asarray(bearing_deg) - places.bearing_deg, 360.0) < 180.0, 1.0, -1.0)
    return tuple(
        Translation(float(a), float(b), float(offset))
        for a, b, offset in zip(kp_km, new_km, side * np.asarray(away_m), strict=True)
    )


def _refined(new: Rpl, lon_deg: Floats, lat_deg: Floats, near_km: Floats) -> Floats:
    """The foot of the perpendicular near a point of the route, by thirds of the span around it.

    By a sharp bend the span holds two feet, and thirds may lead to the farther one: then the point itself is nearer.
    """

    def away_m(at_km: Floats) -> Floats:
        there = positions_at_km(new.lonlat, at_km)
        return np.asarray(GEOD.inv(lon_deg, lat_deg, there.lon_deg, there.lat_deg)[2])

    low, high = np.maximum(near_km - DENSE_KM, 0.0), np.minimum(near_km + DENSE_KM, line_length_km(new.lonlat))
    for _ in range(30):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        nearer_a = away_m(a) < away_m(b)
        low, high = np.where(nearer_a, low, a), np.where(nearer_a, b, high)
    foot_km = (low + high) / 2
    return np.where(away_m(near_km) < away_m(foot_km), near_km, foot_km)


def _in_kp(change: Change, new: Cumulative) -> Change:
    """A stretch at the KPs of the new list."""
    return replace(change, from_km=new.figure_km(change.from_km), to_km=new.figure_km(change.to_km))


def _in_kps(row: Translation, counts: tuple[Cumulative, Cumulative]) -> Translation:
    """A translation at the KPs of both lists."""
    return replace(row, old_kp_km=counts[0].figure_km(row.old_kp_km), new_kp_km=counts[1].figure_km(row.new_kp_km))


def _levels(old: Rpl, new: Rpl) -> tuple[str, str] | None:
    """The levels that depths are below, where both are named and differ."""
    levels = old.water_level.strip(), new.water_level.strip()
    return levels if all(levels) and levels[0] != levels[1] else None


def _some(lines: list[str]) -> list[str]:
    """The first lines, and how many more there are."""
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"  and {len(lines) - SHOWN} more: --json names them all"]


def _crossed(rpl: Rpl) -> set[str]:
    """What a list crosses, by its remarks; of ours the asset without the angle, which may change a little."""
    remarks = [at.remarks or at.event for at in rpl.positions if "Xing" in at.event.split(" / ")]
    return {WITHOUT_ANGLE.sub(r"\1", text) for text in remarks}


def _deepest_m(rpl: Rpl) -> float | None:
    return max((at.depth_m for at in rpl.positions if at.depth_m is not None), default=None)


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _stated(form: str, value: float | None) -> str:
    return "" if value is None else form.format(value)


def _side(offset_m: float) -> str:
    return "starboard" if offset_m >= 0 else "port"
