"""Two Route Position Lists beside each other: where the route moved, what became of its positions, KP to KP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import kp_series_km, line_length_km, runs
from transcaspian.core.old_names import old_to_new, with_old_attributes
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
from transcaspian.rpl.matching import Along, EventChange, Shift, event_changes
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.side_by_side import Moved, SideBySide, StatedKp, Translation, side_by_side

__all__ = ["Comparison", "compare_rpl", "translated"]

Floats = NDArray[np.float64]

DENSE_KM = 0.1
"""Between points of the old route at which it is looked whether the new one lies aside."""
SHOWN = 12
SHIFT_FIGURES = ("distance_m", "bearing_deg", "scatter_m", "datum")
WITHOUT_ANGLE = re.compile(r"^(.*\([^()]+\)), \d.*$")


@with_old_attributes
@dataclass(frozen=True)
class Comparison:
    """What is different in the new list; all lengths new less old. KPs are those that each list has.

    Attributes
    ----------
    old, new
        What the lists are called.
    length_km
        Of the stretch that both have, on the geodesics.
    cable_km
        Of the lengths that the lists state; None where one states none.
    max_depth_m
        Of the depths of the deepest positions, positive down; None where a list states no depth.
    max_offset
        Where the new route lies farthest from the old one; its ``offset_m`` is positive to starboard of the old one.
    table
        At equal steps of the old route: old KP and new KP in km, offset in m. New KPs never go backwards, also where
        the new route turns back on itself.
    moved_ranges
        Stretches of the old route, from KP to KP, where the new one lies farther than the stated distance.
    positions_kept
        How many positions stand in both lists, in the same place.
    positions_moved
        Those that lie in different places, and how far apart, m.
    positions_added, positions_removed
        Numbers of the positions that only the new list, or only the old one, has.
    crossings_added, crossings_removed
        By what the lists remark of them.
    event_changes
        Events added, lost, moved along the route and renamed.
    position_changes, cable_changes, span_changes
        Columns of the positions; of the spans the type of the cable, and the others; by column, along the new route.
    not_compared
        Columns that only one of the lists has.
    level_change
        The levels that depths are below, where both lists name one and they differ.
    notes
        How the lists were read.
    is_reversed
        Whether the new list runs the other way; it was turned, and its KPs run down.
    is_renumbered
        Whether positions were paired by where they lie, as their numbers do not name them.
    old_segment, new_segment
        From KP to KP, the stretch of each list that the other one covers; None where it is all of it.
    shift
        By which all positions of the new list are shifted; whatever is told as moved has moved besides.
    cable_cost
        Difference of the cost at the price given; None without one.

    Examples
    --------
    >>> from transcaspian.rpl.model import Position, Span
    >>> places = Position("1", "BMH", 50.0, 40.0, 0.0), Position("2", "BMH", 50.1, 40.0, 8.542)
    >>> rpl = Rpl("a", "", "", places, (Span("1", "2", 89.97, 8.542),))
    >>> compare_rpl(rpl, rpl).as_text()
    'old and new: the same route, positions and cable, in every column that was compared'
    """

    old: str
    new: str
    length_km: float
    cable_km: float | None
    max_depth_m: float | None
    max_offset: Translation
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
    event_changes: tuple[EventChange, ...] = ()
    is_reversed: bool = False
    is_renumbered: bool = False
    old_segment: tuple[float, float] | None = None
    new_segment: tuple[float, float] | None = None
    shift: Shift | None = None

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
            or self.event_changes
            or self.is_reversed
            or self.old_segment
            or self.new_segment
            or self.shift
            or self.position_changes
            or self.cable_changes
            or self.span_changes
            or self.level_change
            or abs(self.length_km) > KM
            or abs(self.cable_km or 0.0) > KM * (self.positions_kept + 2)  # a sum of rounded spans beside a cumulative
        )

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        found = asdict(replace(self, shift=None))
        if self.shift is not None:
            found["shift"] = {name: getattr(self.shift, name) for name in SHIFT_FIGURES}
        return found | {old: found[new] for old, new in old_to_new("attribute", "Comparison").items()}

    def as_text(self) -> str:
        """All of it in words, for people."""
        same = [f"{self.old} and {self.new}: the same route, positions and cable, in every column that was compared"]
        lines = (
            same if self.is_same else [f"{self.old} → {self.new}", *self._relation(), *self._moves(), *self._changes()]
        )
        lines += self._remarks()
        if self._is_line_other:
            lines += ["", f"{'old KP':>10} {'new KP':>10} {'offset m':>10}"]
            lines += [
                f"{row.old_kp_km:10.3f} {row.new_kp_km:10.3f} {round(row.offset_m, 1) + 0.0:+10.1f}"
                for row in self.table
            ]
        return "\n".join(lines)

    @property
    def _is_line_other(self) -> bool:
        """Whether a KP of the old list need not be that of the new one."""
        return bool(self.moved_ranges or self.is_reversed or self.old_segment or self.new_segment or self.shift)

    def _relation(self) -> Iterator[str]:
        """How the lists lie to each other as wholes."""
        if self.is_reversed:
            yield f"{self.new} runs the other way: it was compared from its end"
        for name, other, stretch in ((self.new, self.old, self.old_segment), (self.old, self.new, self.new_segment)):
            if stretch:
                yield f"{name} runs beside {other} from KP {stretch[0]:.3f} to {stretch[1]:.3f} alone: a segment of it"
        if self.shift:
            yield f"{self.shift}: the rest is told without it"
        if self.is_renumbered:
            yield "positions are paired by where they lie, as their numbers do not name them"

    def _moves(self) -> Iterator[str]:
        """Lengths, and what moved."""
        moved_km = sum(abs(to_km - from_km) for from_km, to_km in self.moved_ranges)
        at = self.max_offset
        yield (
            f"length {self.length_km:+.3f} km{_stated(', cable {:+.3f} km', self.cable_km)}"
            f"{_stated(', deepest position {:+.1f} m', self.max_depth_m)}{_stated(', cost {:+,.0f}', self.cable_cost)}"
        )
        if not self.moved_ranges:
            yield "the line lies where it was"
        else:
            yield (
                f"moved over {moved_km:.3f} km; greatest offset {abs(at.offset_m):,.1f} m to {_side(at.offset_m)} at "
                f"KP {at.old_kp_km:.3f} (new KP {at.new_kp_km:.3f})"
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
        yield from _some([str(change) for change in self.event_changes])
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
    """Compare two lists of one cable: KP to KP, what moved, lengths, events, crossings, every column.

    A list that runs the other way is turned; of a list that is a segment of the other, that stretch is compared; a
    shift that all positions share is told once, and taken off before anything else is looked for.

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

    Returns
    -------
    Comparison
        Lengths are those of the new list less those of the old one; offsets in m, positive to starboard of the old
        route.

    Raises
    ------
    IngestError
        When the lists have no stretch in common.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp(), "list.csv")
    >>> rows = ["Pos,Latitude,Longitude,Event", "1,40.0,50.0,BMH", "2,40.1,50.5,A/C", "3,40.0,51.0,BMH"]
    >>> _ = file.write_text("\\n".join(rows))
    >>> from transcaspian.rpl.boundary import read_rpl
    >>> old = read_rpl(file)
    >>> _ = file.write_text("\\n".join(rows).replace("40.1", "40.11"))
    >>> found = compare_rpl(old, read_rpl(file))
    >>> found.is_same, f"{abs(found.max_offset.offset_m):,.0f} m at KP {found.max_offset.old_kp_km:.1f}"
    (False, '1,068 m at KP 44.1')
    """
    sides = side_by_side(old, new, names, moved_m)
    table_km = sides.alignment.old_range_km[0] + kp_series_km(sides.length_km[0], step_km)
    return Comparison(
        old=names[0],
        new=names[1],
        **_lengths(sides, cost_per_cable_km),
        **_line(sides, moved_m),
        **sides.positions(moved_m),
        **_columns(sides, moved_m),
        table=sides.in_stated_kps(sides.translated(table_km)),
        is_reversed=sides.is_reversed,
        is_renumbered=not sides.matched.are_numbers_kept,
        old_segment=sides.segment(0),
        new_segment=sides.segment(1),
        shift=sides.shift,
    )


def _lengths(sides: SideBySide, cost_per_cable_km: float | None) -> dict[str, Any]:
    """Differences of length, cable, cost and depth, for `Comparison`."""
    was_km, is_km = sides.length_km
    cable_km = _difference(*(sides.stated_km(which, "cable_km") for which in (0, 1)))
    paid_km = is_km - was_km if cable_km is None else cable_km
    return {
        "length_km": is_km - was_km,
        "cable_km": cable_km,
        "cable_cost": None if cost_per_cable_km is None else paid_km * cost_per_cable_km,
        "max_depth_m": _difference(*(sides.deepest_m(which) for which in (0, 1))),
    }


def _line(sides: SideBySide, moved_m: float) -> dict[str, Any]:
    """Where the line lies aside, at the KPs that the old list states, for `Comparison`."""
    fine_km = kp_series_km(line_length_km(sides.old.lonlat), DENSE_KM)
    fine_km = fine_km[sides.alignment.inside(fine_km)]
    fine = sides.translated(fine_km)
    offsets_m = np.abs([row.offset_m for row in fine])
    stated, moved = sides.kps[0], runs(fine_km, offsets_m > moved_m)
    return {
        "max_offset": sides.in_stated_kps([fine[int(offsets_m.argmax())]])[0],
        "moved_ranges": tuple((stated.figure_km(a), stated.figure_km(b)) for a, b, _ in moved),
    }


def _columns(sides: SideBySide, moved_m: float) -> dict[str, Any]:
    """What the columns say otherwise, for `Comparison`."""
    old, new, beside = sides.old, sides.new, sides.beside
    changes = [_in_kp(change, sides.kps[1]) for change in span_changes(old, new, beside, moved_m / 1000.0)]
    have_events = "Event" in {*old.columns} & {*new.columns}
    return {
        **_crossings(old, new, sides),
        "event_changes": event_changes(*sides.along, beside.pairs) if have_events else (),
        "position_changes": position_changes(old, new, beside.pairs),
        "cable_changes": tuple(change for change in changes if change.column == "CableType"),
        "span_changes": tuple(change for change in changes if change.column != "CableType"),
        "not_compared": not_compared(old, new),
        "level_change": _levels(old, new),
    }


def translated(old: Rpl, new: Rpl, kp_km: Floats) -> tuple[Translation, ...]:
    """KPs of the old route on the new one: never behind that of the KP before.

    Parameters
    ----------
    old, new
        The lists, as of `read_rpl`.
    kp_km
        Distances along the old route from its first position, km, shape ``(n,)``, in any order.

    Returns
    -------
    tuple of Translation
        One for each KP, in the order given: both KPs in km from the first position of each list, offset of the new
        route in m, positive to starboard of the old one.

    Raises
    ------
    IngestError
        When the lists have no stretch in common.

    Examples
    --------
    >>> from transcaspian.rpl.model import Position
    >>> def line(middle_deg):
    ...     places = ((50.0, 40.0), (50.1, middle_deg), (50.2, 40.0))
    ...     return Rpl("a", "", "", tuple(Position(str(i), "", *at, None) for i, at in enumerate(places)), ())
    >>> found = translated(line(40.0), line(40.01), np.array([4.0, 8.0]))
    >>> [f"{row.old_kp_km:.0f} → {row.new_kp_km:.3f}, {row.offset_m:+.0f} m" for row in found]
    ['4 → 3.967, -516 m', '8 → 7.933, -1032 m']
    """
    sides = side_by_side(old, new)
    rising = np.argsort(kp_km, kind="stable")
    found = sides.translated(np.asarray(kp_km)[rising])
    return tuple(found[int(at)] for at in np.argsort(rising, kind="stable"))


def _crossings(old: Rpl, new: Rpl, sides: SideBySide) -> dict[str, Any]:
    """Crossings that only one of the lists has, for `Comparison`; none where a list does not have the columns."""
    stated = {"Event", "Remarks"} <= {*old.columns} & {*new.columns}
    before, now = (_crossed(one) if stated else set() for one in sides.along)
    return {"crossings_added": tuple(sorted(now - before)), "crossings_removed": tuple(sorted(before - now))}


def _in_kp(change: Change, new: StatedKp) -> Change:
    """A stretch at the KPs of the new list."""
    return replace(change, from_km=new.figure_km(change.from_km), to_km=new.figure_km(change.to_km))


def _levels(old: Rpl, new: Rpl) -> tuple[str, str] | None:
    """The levels that depths are below, where both are named and differ."""
    levels = old.water_level.strip(), new.water_level.strip()
    return levels if all(levels) and levels[0] != levels[1] else None


def _some(lines: list[str]) -> list[str]:
    """The first lines, and how many more there are."""
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"  and {len(lines) - SHOWN} more: --json names them all"]


def _crossed(one: Along) -> set[str]:
    """What a list crosses, by its remarks; of ours the asset without the angle, which may change a little."""
    there = [at for at, km in zip(one.rpl.positions, one.at_km, strict=True) if np.isfinite(km)]
    remarks = [at.remarks or at.event for at in there if "Xing" in at.event.split(" / ")]
    return {WITHOUT_ANGLE.sub(r"\1", text) for text in remarks}


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _stated(form: str, value: float | None) -> str:
    return "" if value is None else form.format(value)


def _side(offset_m: float) -> str:
    return "starboard" if offset_m >= 0 else "port"
