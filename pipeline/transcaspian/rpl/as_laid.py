"""A cable as it was laid against its design: burial, slack and position along the design's KP, and what is out of
tolerance. What a list does not state is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError, StudyError
from transcaspian.core.linear_reference import KpRange, line_length_km, positions_at_km, runs, vertices_km
from transcaspian.core.vocabulary import NOT_KNOWN, STATUSES, Status
from transcaspian.rpl.alignment import offsets_m
from transcaspian.rpl.model import Rpl, Span
from transcaspian.rpl.practice import BODIES
from transcaspian.rpl.side_by_side import SideBySide, side_by_side
from transcaspian.study.toml import read_toml

Floats = NDArray[np.float64]

SAMPLE_KM = 0.05
"""Between places of the laid route at which its offset is measured, besides its positions."""
SHORTEST_KM = 0.001
"""Stretches between cuts of the two lists that are shorter come from their rounding."""
NO_SOURCE = "engineering default: no source was found; give the contract's"
FAR_KM = 10.0
"""A laid route that comes nowhere nearer to the design is that of another cable."""
EXACT = 1e-9
SHORT, LESS, MORE = "burial is short of its target", "slack is less than designed", "slack is more than designed"


@dataclass(frozen=True)
class Tolerance:
    """A figure with where it comes from."""

    value: float
    unit: str
    source: str = NO_SOURCE
    status: Status = "ASSUMED"


@dataclass(frozen=True)
class AsLaidTolerances:
    """What the laid cable may differ by.

    Attributes
    ----------
    burial_short
        How much less than the target it may be buried.
    slack_less, slack_more
        How much less and more slack than the design's it may have, in percent of the route.
    offset
        How far aside of the design it may lie.
    body_offset
        How far from its designed place a repeater, joint or branching unit may lie.
    """

    burial_short: Tolerance = Tolerance(0.1, "m")
    slack_less: Tolerance = Tolerance(0.5, "%")
    slack_more: Tolerance = Tolerance(1.0, "%")
    offset: Tolerance = Tolerance(50.0, "m")
    body_offset: Tolerance = Tolerance(100.0, "m")


DEFAULTS = AsLaidTolerances()


@dataclass(frozen=True)
class LaidStretch(KpRange):
    """A stretch of the design between KPs, and how the cable was laid there; None where it is not stated."""

    target_burial_m: float | None
    burial_m: float | None
    design_slack_percent: float | None
    slack_percent: float | None


@dataclass(frozen=True)
class LaidPosition:
    """A position of the laid list: its KP on the design, and how far it lies aside, positive to starboard."""

    pos_no: str
    event: str
    kp_km: float
    offset_m: float


@dataclass(frozen=True)
class LaidBody:
    """A repeater, joint or branching unit: where it was to lie, where it lies, and how far apart that is."""

    name: str
    design_kp_km: float
    kp_km: float
    apart_m: float


@dataclass(frozen=True)
class OutOfTolerance(KpRange):
    """What is not as it was to be: ``worst`` in ``unit`` against ``allowed``, at the KP ``worst_kp_km``."""

    what: str
    worst: float
    allowed: float
    unit: str
    worst_kp_km: float

    def __str__(self) -> str:
        where = f"KP {self.from_km:.3f}" + (f" to {self.to_km:.3f}" if self.length_km > EXACT else "")
        worst = f", worst at KP {self.worst_kp_km:.3f}" if self.length_km > EXACT else ""
        return f"{where}: {self.what} by {self.worst:.2f} {self.unit}, {self.allowed:g} allowed{worst}"


@dataclass(frozen=True)
class AsLaid:
    """The comparison. KPs are those of the design, as it states them.

    Attributes
    ----------
    length_km, cable_km
        Of the common stretch, designed and laid; cable None where a list does not state it.
    judged_km
        How much of the common stretch could be judged, by ``burial`` and ``slack``.
    offsets
        KP on the design and offset of the places that were measured, shape ``(2, n)``.
    """

    design: str
    as_laid: str
    length_km: tuple[float, float]
    cable_km: tuple[float | None, float | None]
    is_reversed: bool
    stretches: tuple[LaidStretch, ...]
    positions: tuple[LaidPosition, ...]
    bodies: tuple[LaidBody, ...]
    not_found: tuple[str, ...]
    findings: tuple[OutOfTolerance, ...]
    judged_km: dict[str, float]
    tolerances: AsLaidTolerances
    offsets: Floats = field(repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON, but for the offsets between the positions."""
        return {name: value for name, value in asdict(self).items() if name != "offsets"}

    def as_text(self) -> str:
        """For people."""
        return "\n".join([*self.summary(), *map(str, self.findings)])

    def summary(self) -> Iterator[str]:
        """What was compared, and how much of it is out of tolerance."""
        yield f"{self.as_laid} as laid, against the design {self.design}"
        if self.is_reversed:
            yield "the laid list runs against the design, and was turned"
        yield f"route {self.length_km[1]:.3f} km laid, {self.length_km[0]:.3f} km designed"
        laid_km, design_km = self.cable_km[1], self.cable_km[0]
        if laid_km is not None and design_km is not None:
            yield f"cable {laid_km:.3f} km laid, {design_km:.3f} km designed: {laid_km - design_km:+.3f} km"
        for name, km in self.judged_km.items():
            short_km = sum(item.length_km for item in self.findings if item.what.startswith(name))
            said = f"{km:.3f} km judged, {short_km:.3f} km out of tolerance" if km else NOT_KNOWN
            yield f"{name}: {said}"
        if self.offsets.size:
            at = int(np.abs(self.offsets[1]).argmax())
            yield f"offset: {abs(self.offsets[1][at]):.1f} m at most, at KP {self.offsets[0][at]:.3f}"
        if self.not_found:
            yield f"designed and not in the laid list by name: {', '.join(self.not_found)}"
        yield f"{len(self.findings)} out of tolerance"


def compare_as_laid(
    design: Rpl,
    as_laid: Rpl,
    names: tuple[str, str] = ("design", "as laid"),
    tolerances: AsLaidTolerances = DEFAULTS,
) -> AsLaid:
    """Compare the list of a cable as it was laid with that of its design.

    Parameters
    ----------
    design, as_laid
        The lists; a laid list that runs the other way is turned, and one of a segment is compared on that stretch.
    names
        What they are called.
    tolerances
        What is out of tolerance.

    Raises
    ------
    IngestError
        When the lists have no stretch in common.
    """
    sides = side_by_side(as_laid, design, (names[1], names[0]), moved_m=math.inf)  # a shift is an offset here
    kp, design = sides.kps[1], sides.new
    stretches = tuple(_merged(_stretches(sides)))
    offsets = _offsets(sides)
    _check_near(offsets, names)
    bodies, not_found = _bodies(sides)
    findings = [
        *_of_stretches(stretches, tolerances),
        *_of_offsets(offsets, tolerances.offset),
        *_of_bodies(bodies, tolerances.body_offset),
    ]
    return AsLaid(
        design=names[0],
        as_laid=names[1],
        length_km=(sides.length_km[1], sides.length_km[0]),
        cable_km=(sides.stated_km(1, "cable_km"), sides.stated_km(0, "cable_km")),
        is_reversed=sides.is_reversed,
        stretches=tuple(_at_kp(item, sides) for item in stretches),
        positions=tuple(_positions(sides)),
        bodies=tuple(
            replace(b, design_kp_km=kp.figure_km(b.design_kp_km), kp_km=kp.figure_km(b.kp_km)) for b in bodies
        ),
        not_found=not_found,
        findings=tuple(replace(_at_kp(f, sides), worst_kp_km=kp.figure_km(f.worst_kp_km)) for f in findings),
        judged_km=_judged_km(stretches),
        tolerances=tolerances,
        offsets=np.vstack([kp.figures_at(offsets[0]), offsets[1]]),
    )


def _judged_km(stretches: Sequence[LaidStretch]) -> dict[str, float]:
    """How much of the common stretch has both figures."""
    pairs = {
        "burial": [(item.length_km, item.burial_m, item.target_burial_m) for item in stretches],
        "slack": [(item.length_km, item.slack_percent, item.design_slack_percent) for item in stretches],
    }
    return {
        name: sum(km for km, laid, wanted in items if laid is not None and wanted is not None)
        for name, items in pairs.items()
    }


def _check_near(offsets: Floats, names: tuple[str, str]) -> None:
    """Two lists of the same shape in other places are not of one cable."""
    nearest_km = float(np.abs(offsets[1]).min()) / 1000.0
    if nearest_km > FAR_KM:
        raise IngestError(
            f"{names[0]} and {names[1]} lie {nearest_km:.1f} km apart or more everywhere: expected the design of a "
            "cable, and how it was laid"
        )


def _at_kp(item: Any, sides: SideBySide) -> Any:
    """A stretch at the KPs that the design states; from the lower to the higher."""
    ends = sorted(sides.kps[1].figure_km(km) for km in (item.from_km, item.to_km))
    return replace(item, from_km=ends[0], to_km=ends[1])


def _stretches(sides: SideBySide) -> Iterator[LaidStretch]:
    """Pieces of the design, cut where either list has a position, by distance along it."""
    laid_km, design_km = sides.on_new_km[0], vertices_km(sides.new.lonlat)
    from_km, to_km = sides.alignment.new_range_km
    known_km = laid_km[np.isfinite(laid_km)]
    cuts_km = np.unique(np.clip(np.concatenate([[from_km, to_km], design_km, known_km]), from_km, to_km))
    filled_km = np.where(np.isnan(laid_km) & (np.arange(len(laid_km)) < len(laid_km) / 2), -np.inf, laid_km)
    filled_km = np.nan_to_num(filled_km, nan=np.inf, neginf=-np.inf, posinf=np.inf)
    for a_km, b_km in pairwise(cuts_km.tolist()):
        if b_km - a_km < SHORTEST_KM:
            continue
        middle_km = (a_km + b_km) / 2
        was = sides.new.spans[_index(design_km, middle_km)]
        now = sides.old.spans[_index(filled_km, middle_km)]
        yield LaidStretch(a_km, b_km, was.target_burial_m, now.burial_m, slack_of(was), slack_of(now))


def _index(at_km: Floats, km: float) -> int:
    return int(np.clip(np.searchsorted(at_km, km) - 1, 0, len(at_km) - 2))


def slack_of(span: Span) -> float | None:
    """Slack as stated, else by cable and route; None where neither is stated."""
    if span.slack_percent is not None:
        return span.slack_percent
    if span.cable_km is None or not span.route_km:
        return None
    return 100.0 * (span.cable_km / span.route_km - 1.0)


def _merged(stretches: Iterator[LaidStretch]) -> Iterator[LaidStretch]:
    """Pieces that follow each other and say the same as one."""
    last: LaidStretch | None = None
    for item in stretches:
        if last and replace(last, from_km=item.from_km, to_km=item.to_km) == item:
            last = replace(last, to_km=item.to_km)
            continue
        if last:
            yield last
        last = item
    if last:
        yield last


def _offsets(sides: SideBySide) -> Floats:
    """Distance along the design, and offset, of places of the laid route as they stand; shape ``(2, n)``."""
    lonlat = sides.old.lonlat
    length_km = line_length_km(lonlat)
    at_km = np.union1d(np.linspace(0.0, length_km, int(length_km / SAMPLE_KM) + 2), vertices_km(lonlat))
    at_km = at_km[sides.alignment.inside(at_km)]
    on_design_km = sides.alignment.to_new_km(at_km)
    return np.vstack([on_design_km, _aside_m(sides, on_design_km, at_km)])


def _aside_m(sides: SideBySide, on_design_km: Floats, laid_km: Floats) -> Floats:
    places = positions_at_km(sides.new.lonlat, on_design_km)
    aside_m = offsets_m(places, positions_at_km(sides.old.lonlat, laid_km))
    return -aside_m if sides.is_reversed else aside_m  # of the design as it runs


def _positions(sides: SideBySide) -> Iterator[LaidPosition]:
    """Every position of the laid list on the common stretch."""
    at_km = sides.ends_km[0]
    inside = sides.alignment.inside(at_km)
    on_design_km = sides.alignment.to_new_km(at_km[inside])
    aside_m = _aside_m(sides, on_design_km, at_km[inside])
    places = [at for at, ok in zip(sides.old.positions, inside, strict=True) if ok]
    for at, km, metres in zip(places, on_design_km.tolist(), aside_m.tolist(), strict=True):
        yield LaidPosition(at.pos_no, at.event, sides.kps[1].figure_km(km), metres)


def _bodies(sides: SideBySide) -> tuple[tuple[LaidBody, ...], tuple[str, ...]]:
    """Repeaters, joints and branching units that both lists name, and the designed ones that the laid list does not."""
    laid, designed = _named(sides.old), _named(sides.new)
    at_km = sides.ends_km[1]
    found = []
    for name, index in designed.items():
        if name not in laid:
            continue
        here, there = sides.new.lonlat[index], sides.old.lonlat[laid[name]]
        pair = np.array([here, there])
        on_design_km = sides.on_new_km[0][laid[name]]
        laid_kp_km = at_km[index] if np.isnan(on_design_km) else float(on_design_km)
        found.append(LaidBody(name, float(at_km[index]), float(laid_kp_km), 1000.0 * line_length_km(pair)))
    from_km, to_km = sides.alignment.new_range_km
    lost = [name for name, index in designed.items() if name not in laid and from_km <= at_km[index] <= to_km]
    return tuple(found), tuple(lost)


def _named(rpl: Rpl) -> dict[str, int]:
    """Index of the position of each body that a list names once, with its number where it has one."""
    names = [
        (str(event), index) for index, at in enumerate(rpl.positions) for event in at.events if event.name in BODIES
    ]
    once = [name for name, _ in names]
    return {name: index for name, index in names if once.count(name) == 1}


# -- what is out of tolerance


def _of_stretches(stretches: Sequence[LaidStretch], tolerances: AsLaidTolerances) -> Iterator[OutOfTolerance]:
    """Stretches that are buried too little, and that have too little or too much slack; those that touch are one."""
    kinds: tuple[tuple[str, Tolerance, Callable[[LaidStretch], float]], ...] = (
        (SHORT, tolerances.burial_short, lambda item: _less(item.burial_m, item.target_burial_m)),
        (LESS, tolerances.slack_less, lambda item: _less(item.slack_percent, item.design_slack_percent)),
        (MORE, tolerances.slack_more, lambda item: _less(item.design_slack_percent, item.slack_percent)),
    )
    for what, allowed, beyond in kinds:
        beyond_by = [(item, beyond(item)) for item in stretches]
        bad = [(item, worst) for item, worst in beyond_by if worst > allowed.value + EXACT]
        for group in _touching(bad):
            at, worst = max(group, key=lambda pair: pair[1])
            middle_km = (at.from_km + at.to_km) / 2
            ends_km = group[0][0].from_km, group[-1][0].to_km
            yield OutOfTolerance(*ends_km, what, worst, allowed.value, allowed.unit, middle_km)


def _touching(found: Sequence[tuple[LaidStretch, float]]) -> list[list[tuple[LaidStretch, float]]]:
    """Stretches that follow each other without a gap, together."""
    groups: list[list[tuple[LaidStretch, float]]] = []
    for item in found:
        if groups and item[0].from_km - groups[-1][-1][0].to_km < SHORTEST_KM:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _less(value: float | None, than: float | None) -> float:
    return than - value if value is not None and than is not None else -math.inf


def _of_offsets(offsets: Floats, allowed: Tolerance) -> Iterator[OutOfTolerance]:
    """Stretches of the laid route that lie too far aside."""
    kp_km, aside_m = offsets[0], np.abs(offsets[1])
    for from_km, to_km, part in runs(kp_km, aside_m > allowed.value):
        at = part.start + int(aside_m[part].argmax())
        what = f"the cable lies to {'starboard' if offsets[1][at] > 0 else 'port'} of the design"
        yield OutOfTolerance(from_km, to_km, what, float(aside_m[at]), allowed.value, "m", float(kp_km[at]))


def _of_bodies(bodies: Sequence[LaidBody], allowed: Tolerance) -> Iterator[OutOfTolerance]:
    """Bodies that lie too far from where they were to lie."""
    for body in bodies:
        if body.apart_m > allowed.value:
            kp_km = body.kp_km
            yield OutOfTolerance(
                kp_km, kp_km, f"{body.name} lies off its place", body.apart_m, allowed.value, "m", kp_km
            )


# -- tolerances of a contract


def read_tolerances(path: Path) -> AsLaidTolerances:
    """Tolerances from a TOML file: a table of each that is other than the default, with value, source and status.

    Raises
    ------
    IngestError
        When the file cannot be read, names another table or key, or lacks a value, a source or a status.
    """
    try:
        tables = read_toml(path, "file of tolerances")
    except StudyError as exc:
        raise IngestError(str(exc)) from exc
    defaults = {item.name: getattr(AsLaidTolerances(), item.name) for item in fields(AsLaidTolerances)}
    if unknown := sorted(set(tables) - set(defaults)):
        raise IngestError(f"{path} has the table [{unknown[0]}]: expected some of {', '.join(defaults)}")
    return AsLaidTolerances(**{name: _tolerance(path, name, tables[name], defaults[name]) for name in tables})


def _tolerance(path: Path, name: str, table: Any, default: Tolerance) -> Tolerance:
    keys = ("value", "source", "status")
    if not isinstance(table, dict) or set(table) != set(keys):
        raise IngestError(f"{path}, [{name}]: expected the keys {', '.join(keys)}, the value in {default.unit}")
    value, source, status = (table[key] for key in keys)
    if isinstance(value, bool) or not isinstance(value, int | float) or not (0 <= value < math.inf):
        raise IngestError(f"{path}, [{name}].value is {value!r}: expected {default.unit} as a number from 0")
    if status not in STATUSES or not isinstance(source, str) or not source.strip():
        raise IngestError(f"{path}, [{name}]: expected a source in words and a status of {', '.join(STATUSES)}")
    return Tolerance(float(value), default.unit, source, status)
