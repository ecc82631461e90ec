"""Published figures beside ours: each compared once, like with like, and what the stated uncertainties say of it.

A published figure is compared with what it counts. Where its source does not say what that is, it is compared with the
first of ours of that quantity, and if that does not hold with each other that it may mean. Nothing is fitted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from transcaspian.core.findings import Finding
from transcaspian.core.reconciled import COUNTS, UNITS, Quantity, Reading, Subject, amount, said, signed
from transcaspian.study.published import PublishedFigure

CONSISTENT, INCONSISTENT, UNKNOWN = "consistent", "not consistent", "cannot be told"
VERDICTS = (CONSISTENT, UNKNOWN, INCONSISTENT)
EXACT = 1e-9
"""Of decimal figures that are equal as written."""
MS_PER_US = 1e-3


@dataclass(frozen=True)
class Reconciled:
    """A published figure beside ours.

    Attributes
    ----------
    figure
        As the study has it.
    subject
        What it is said of here; None where the run has nothing that it may speak of.
    ours
        What it is compared with; None where there is nothing.
    difference
        Ours less the published, from the nearest end of a range, in the unit of the figure.
    verdict
        `CONSISTENT` or `INCONSISTENT` by the rounding of the figure and our uncertainty, or `UNKNOWN`.
    holds_as
        Our figures that it would agree with.
    explanation
        Sentences.
    """

    figure: PublishedFigure
    subject: Subject | None
    ours: Reading | None
    verdict: str
    holds_as: tuple[Reading, ...]
    explanation: str

    @property
    def unit(self) -> str:
        """Of the figure."""
        return UNITS[self.figure.quantity]

    @property
    def difference(self) -> float | None:
        """Ours less the published."""
        return None if self.ours is None else self.figure.off(self.ours.value)


def reconcile(figures: Sequence[PublishedFigure], subjects: Iterable[Subject]) -> tuple[Reconciled, ...]:
    """Every published figure, a row for each subject that it may be said of.

    Parameters
    ----------
    figures
        As the study has them.
    subjects
        Systems and paths of the run; of the same id, their figures are put together.

    Returns
    -------
    tuple of Reconciled
        In the order of the figures; differences in the unit of the figure, ours less the published.

    Examples
    --------
    >>> length = {"id": "length", "what": "length", "quantity": "length_km", "value": 340.0, "of": ("main",)}
    >>> figure = PublishedFigure(**length, source="made for this example", status="ASSUMED")
    >>> ours = Subject("main", "main", 300.0, {"length_km": (Reading("cable", 343.5, 2.0),)})
    >>> [(row.verdict, row.difference) for row in reconcile([figure], [ours])]
    [('consistent', 3.5)]
    """
    known = {figure.id: figure for figure in figures}
    by_id = merged(subjects)
    rows = []
    for figure in figures:
        found: list[Subject | None] = [by_id[name] for name in figure.of if name in by_id]
        rows += [compared(figure, one, known) for one in (found[:1] if figure.former else found) or [None]]
    return tuple(rows)


def merged(subjects: Iterable[Subject]) -> dict[str, Subject]:
    """Subjects by their ids, with the readings of all that have the same."""
    found: dict[str, Subject] = {}
    for one in subjects:
        before = found.get(one.id)
        if before is not None:
            quantities = {*before.readings, *one.readings}
            readings = {name: (*before.readings.get(name, ()), *one.readings.get(name, ())) for name in quantities}
            one = replace(before, readings=readings, remarks=(*before.remarks, *one.remarks))
        found[one.id] = one
    return found


def compared(figure: PublishedFigure, subject: Subject | None, known: Mapping[str, PublishedFigure]) -> Reconciled:
    """One row; ``known``: all published figures by their ids."""
    readings = () if subject is None or figure.former else subject.readings.get(figure.quantity, ())
    meant = [one for one in readings if one.counts == figure.counts] if figure.counts else list(readings)
    ours = meant[0] if meant else None
    holds_as = tuple(one for one in meant if holds(figure, one))
    verdict = verdict_of(figure, subject, meant, holds_as)
    if figure.quantity == "delay_ratio":
        former, new = related_to(figure, known)
        verdict = CONSISTENT if abs(figure.off(former.value / new.value)) <= figure.rounding else INCONSISTENT
    sentences = [
        *unmatched(figure, subject, ours),
        *(_own_sentences(figure, subject, ours, readings) if subject is not None and ours is not None else ()),
        *_doubts(figure, meant, holds_as, verdict),
        *related_sentences(figure, subject, known),
        *((f"The source says: {figure.scope}.",) if figure.scope else ()),
    ]
    return Reconciled(figure, subject, ours, verdict, holds_as, " ".join(sentences))


def related_to(figure: PublishedFigure, known: Mapping[str, PublishedFigure]) -> list[PublishedFigure]:
    """The figures that one is related to."""
    return [known[name] for name in figure.related]


def holds(figure: PublishedFigure, reading: Reading) -> bool:
    """Whether a figure of ours agrees with a published one within what both may be off.

    A capacity agrees with any that is less: a line need not be equipped for all that it can carry.
    """
    off = figure.off(reading.value)
    if figure.quantity == "capacity_tbit_s" and off > 0:
        return True
    return abs(off) <= figure.rounding + reading.uncertainty + EXACT * figure.value


def verdict_of(
    figure: PublishedFigure, subject: Subject | None, meant: Sequence[Reading], holds_as: Sequence[Reading]
) -> str:
    """What the stated uncertainties say.

    Parameters
    ----------
    meant
        Ours that the figure may mean, the likeliest first.
    holds_as
        Those that it agrees with.
    """
    if not meant or subject is None:
        return UNKNOWN
    if is_too_short(figure, subject):
        return INCONSISTENT
    if figure.quantity == "cost_usd" and figure.counts is None:
        return UNKNOWN
    if meant[0] in holds_as:
        is_clear = figure.counts != "line_on_land" or holds(figure, clipped(meant[0], subject))
        return CONSISTENT if is_clear else UNKNOWN
    return UNKNOWN if holds_as or is_between(figure, subject, meant) else INCONSISTENT


def is_between(figure: PublishedFigure, subject: Subject, meant: Sequence[Reading]) -> bool:
    """Whether the length of a system lies between the cable that is laid and that with all that may be added to it."""
    if figure.quantity != "length_km" or subject.branch or len(meant) < 2:
        return False
    values = [one.value for one in meant]
    low, high = figure.ends
    return min(values) <= high + figure.rounding and low - figure.rounding <= max(values)


def is_too_short(figure: PublishedFigure, subject: Subject) -> bool:
    """Whether no cable of a published length joins the ends of a system."""
    is_system = figure.quantity == "length_km" and not subject.branch
    return is_system and figure.ends[1] + figure.rounding < subject.geodesic_km


def too_short(figure: PublishedFigure, subject: Subject) -> str:
    """By how much a published length is too short for its places."""
    towns = "" if subject.stations_km is None else f" ({subject.stations_km:,.0f} km between their places on land)"
    return (
        f"It is {subject.geodesic_km - figure.ends[1]:,.0f} km shorter than the geodesic of {subject.geodesic_km:,.0f} "
        f"km between the shore ends{towns}"
    )


def clipped(reading: Reading, subject: Subject) -> Reading:
    """A length without what of it lies in other states."""
    return replace(reading, value=reading.value - subject.abroad_km)


def unmatched(figure: PublishedFigure, subject: Subject | None, ours: Reading | None) -> Iterator[str]:
    """Why nothing of ours stands beside a figure."""
    if figure.former:
        yield "It is said of the lines as they were, which the study does not describe."
    elif subject is None and figure.of:
        yield "What it is said of is not part of this run."
    elif figure.quantity == "capacity_tbit_s" and ours is None:
        yield "No figure of this run says what a line can carry: that needs [link]."
    elif figure.quantity == "capacity_tbit_s":
        yield "Ours is what the line can carry, which agrees with any capacity that is less."
    elif ours is None and subject is not None and figure.quantity not in ("reduction_km", "delay_ratio"):
        what = COUNTS[figure.counts] if figure.counts else figure.quantity
        yield f"This run has no such figure of {subject.name}: {what}."


def _own_sentences(
    figure: PublishedFigure, subject: Subject, ours: Reading, readings: Sequence[Reading]
) -> Iterator[str]:
    """Ours, what else it may mean, and what a reader must know of both."""
    unit = UNITS[figure.quantity]
    if is_too_short(figure, subject):
        yield f"{too_short(figure, subject)}: no cable of that length joins them."
    yield f"Ours, {COUNTS[ours.counts]}, is {said(ours, unit)}: {signed(figure.off(ours.value), unit)} beside it."
    others = [f"{COUNTS[one.counts]} {said(one, unit)}" for one in readings if one is not ours]
    if others:
        yield f"Of ours also: {'; '.join(others)}."
    if figure.quantity == "length_km":
        yield from subject.remarks
        if ours.counts == "line_on_land" and subject.abroad_km:
            yield f"Clipped at the borders it is {amount(clipped(ours, subject).value, unit)}."


def _doubts(
    figure: PublishedFigure, meant: Sequence[Reading], holds_as: Sequence[Reading], verdict: str
) -> Iterator[str]:
    """What a verdict turns on."""
    if verdict != UNKNOWN or not meant:
        return
    if figure.quantity == "cost_usd":
        yield "The two do not count the same: a difference between them is no finding about either."
    elif meant[0] in holds_as:
        yield "It holds only with the stretches in other states."
    else:
        rests = " and ".join(dict.fromkeys(one.rests_on for one in holds_as or meant if one.rests_on))
        begin = f"It would hold as {' or '.join(COUNTS[one.counts] for one in holds_as)}"
        yield (
            f"{begin if holds_as else 'It lies between these'}; the source does not say what it counts"
            + (f", and ours rests on {rests}: that explains nothing." if rests else ".")
        )


def related_sentences(
    figure: PublishedFigure, subject: Subject | None, known: Mapping[str, PublishedFigure]
) -> Iterator[str]:
    """What a figure says beside those of the same publication."""
    related = related_to(figure, known)
    us_per_km = subject.us_per_km if subject is not None else None
    if figure.quantity == "delay_ms" and us_per_km:
        reach_km = figure.value / MS_PER_US / us_per_km
        both = f"{reach_km:,.0f} km of fibre one way, {reach_km / 2:,.0f} km there and back"
        yield f"At {us_per_km:.3f} µs/km it is {both}."
        yield from (beside_length(figure, length, us_per_km) for length in related)
    elif figure.quantity == "reduction_km":
        former_km = related[0].value + figure.value
        yield (
            f"With the {related[0].value:,.0f} km that are left the line was {former_km:,.0f} km and becomes "
            f"{figure.value / former_km:.1%} shorter"
            + (f", which saves {figure.value * us_per_km * MS_PER_US:.2f} ms of fibre one way." if us_per_km else ".")
        )
    elif figure.quantity == "delay_ratio":
        former, new = related
        fall = 1.0 - new.value / former.value
        yield f"{former.value:g} / {new.value:g} = {former.value / new.value:.2f}; the delay falls by {fall:.1%}."
        lengths = [known[one.related[0]].value for one in related if one.related]
        if len(lengths) == 2 and (shorter := 1.0 - lengths[1] / lengths[0]) < fall:
            yield f"The line becomes {shorter:.1%} shorter, {shorter / fall:.0%} of that: no source names the rest."
    elif figure.quantity == "cost_usd":
        for one in related:
            yield f"Over its {one.value:,.0f} km it is {figure.value / one.value:,.0f} USD per km."


def delay_per_km(figure: PublishedFigure, length: PublishedFigure) -> tuple[float, float]:
    """Least and greatest delay of a km one way that a delay and a length allow with their rounding, µs."""
    low = (figure.value - figure.rounding) / (length.value + length.rounding)
    high = (figure.ends[1] + figure.rounding) / (length.value - length.rounding)
    return low / MS_PER_US, high / MS_PER_US


def beside_length(figure: PublishedFigure, length: PublishedFigure, us_per_km: float) -> str:
    """Whether a delay fits the length that was published with it."""
    low, high = delay_per_km(figure, length)
    begin = f"Over the published {length.value:,.0f} km it is {low:.2f} to {high:.2f} µs/km one way"
    if high < us_per_km:
        return f"{begin}, less than the fibre alone: the two figures do not fit each other."
    if low <= us_per_km:
        return f"{begin}, which the fibre alone takes: nothing is left for equipment."
    rest_ms = figure.value - length.value * us_per_km * MS_PER_US
    return f"{begin}, more than the fibre: {rest_ms:.1f} ms come from what no source names."


def published_figures(rows: Sequence[Reconciled]) -> dict[str, list[dict[str, Any]]]:
    """What the manifest, the tables and the reports say of published figures: each, and the branches of the network.

    Parameters
    ----------
    rows
        From `reconcile`.

    Returns
    -------
    dict
        Plain values for JSON under ``figures`` and ``branches``.

    Examples
    --------
    >>> length = {"id": "length", "what": "length", "quantity": "length_km", "value": 340.0, "of": ("main",)}
    >>> figure = PublishedFigure(**length, source="made for this example", status="ASSUMED")
    >>> [(row["published"], row["ours"]) for row in published_figures(reconcile([figure], []))["figures"]]
    [(340.0, None)]
    """
    return {"figures": records(rows), "branches": branches(rows)}


def published_findings(rows: Sequence[Reconciled]) -> Iterator[Finding]:
    """A finding for each published length and delay that nothing of ours agrees with, and one for costs.

    Parameters
    ----------
    rows
        From `reconcile`, those of one figure beside each other.

    Yields
    ------
    Finding
        About the system that the figure is said of, or about the run.

    Examples
    --------
    >>> length = {"id": "length", "what": "length", "quantity": "length_km", "value": 340.0, "of": ("main",)}
    >>> figure = PublishedFigure(**length, source="made for this example", status="ASSUMED")
    >>> ours = Subject("main", "main", 300.0, {"length_km": (Reading("cable", 400.0, 2.0),)})
    >>> [finding.severity for finding in published_findings(reconcile([figure], [ours]))]
    ['minor']
    """
    for _, same in groupby(rows, key=lambda row: row.figure.id):
        best = min(same, key=rank)
        if best.verdict != CONSISTENT and best.ours and best.subject and best.figure.quantity != "cost_usd":
            yield figure_finding(best, best.subject, best.ours)
    costs = [row for row in rows if row.figure.quantity == "cost_usd" and row.ours and row.verdict != CONSISTENT]
    yield from cost_finding([row for row in costs if row.subject == costs[0].subject])


def figure_finding(row: Reconciled, subject: Subject, ours: Reading) -> Finding:
    """What a reader must know of a published length or delay."""
    figure, is_wrong = row.figure, row.verdict == INCONSISTENT
    name = f"the published {figure.what}, {amount(figure.value, row.unit)},"
    verdict = f"{name} is {row.verdict} with ours" if is_wrong else f"it cannot be told whether {name} agrees with ours"
    why = f"{COUNTS[ours.counts]} {said(ours, row.unit)}"
    if is_too_short(figure, subject):
        why = too_short(figure, subject).replace("It is", "it is")
    return Finding(
        kind="published figure",
        severity="minor" if is_wrong else "information",
        subject="" if subject.branch else subject.id,
        sentence=f"{verdict[0].upper()}{verdict[1:]}: {why}",
        action="Ask its publisher what it counts and between which places; plan by none of the two before.",
        source=f"published.{figure.id}: {figure.source}",
    )


def cost_finding(rows: Sequence[Reconciled]) -> Iterator[Finding]:
    """Published costs of a system beside ours; it is about the prices of the study, not about the route."""
    for row in rows[:1]:
        if row.ours is None or row.subject is None:
            continue
        published = " and ".join(f"{one.figure.value / 1e6:,.1f}" for one in rows)
        times = " and ".join(f"{one.figure.value / row.ours.value:.1f}" for one in rows)
        yield Finding(
            kind="cost against published",
            severity="major",
            sentence=(
                f"Published costs of {row.subject.id} are {published} million USD, {times} times ours of "
                f"{row.ours.value / 1e6:,.2f} million USD, which counts {COUNTS[row.ours.counts]}"
            ),
            action="Budget by a list of what is counted, stations, survey and land lines too; not by a price per km.",
            source="; ".join(f"published.{one.figure.id}: {one.figure.source}" for one in rows),
        )


def rank(row: Reconciled) -> tuple[int, float]:
    """Of the rows of a figure the best one is first: by its verdict, then by its difference."""
    return VERDICTS.index(row.verdict), round(abs(row.difference or 0.0), 3)


def published_csv(found: Sequence[Mapping[str, Any]]) -> str:
    """Records with the names of their columns; lines end in CRLF.

    Parameters
    ----------
    found
        Records with the same keys, which are the columns.

    Returns
    -------
    str
        Text with a heading; a blank heading where there is no record.

    Examples
    --------
    >>> published_csv([{"figure_id": "length", "published": 340.0}]).splitlines()
    ['figure_id,published', 'length,340.0']
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(found[0]) if found else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()


def records(rows: Sequence[Reconciled]) -> list[dict[str, Any]]:
    """The rows as the manifest and the table of published figures hold them."""
    return [
        {
            "figure_id": row.figure.id,
            "what": row.figure.what,
            "quantity": row.figure.quantity,
            "unit": row.unit,
            "of": row.subject.id if row.subject else None,
            "name": row.subject.name if row.subject else None,
            "published": row.figure.value,
            "published_to": row.figure.to_value,
            "tolerance": row.figure.rounding,
            "counts": row.figure.counts,
            "former": row.figure.former,
            "ours": None if row.ours is None else round(row.ours.value, 6),
            "ours_counts": None if row.ours is None else row.ours.counts,
            "uncertainty": None if row.ours is None else round(row.ours.uncertainty, 6),
            "difference": None if row.difference is None else round(row.difference, 6),
            "verdict": row.verdict,
            "holds_as": ", ".join(one.counts for one in row.holds_as) or None,
            "explanation": row.explanation,
            "remarks": row.figure.remarks or None,
            "source": row.figure.source,
            "status": row.figure.status,
            "ours_status": None if row.ours is None else "DERIVED",
        }
        for row in rows
    ]


def branches(rows: Sequence[Reconciled]) -> list[dict[str, Any]]:
    """A row per branch that figures speak of: old and new lengths and delays, ours, and how each would hold."""
    of_paths = sorted((row for row in rows if row.subject and row.subject.branch), key=branch_of)
    return [branch_record(name, list(own)) for name, own in groupby(of_paths, key=branch_of)]


def branch_of(row: Reconciled) -> str:
    """The branch that a row speaks of."""
    return row.subject.branch if row.subject else ""


def branch_record(name: str, rows: Sequence[Reconciled]) -> dict[str, Any]:
    """The figures of a branch; of its paths, that which comes nearest to each published figure."""

    def published(quantity: Quantity, *, former: bool) -> PublishedFigure | None:
        found = (row.figure for row in rows if row.figure.quantity == quantity and row.figure.former is former)
        return next(found, None)

    def nearest(quantity: Quantity) -> Reconciled | None:
        found = [row for row in rows if row.figure.quantity == quantity and row.difference is not None]
        return min(found, key=rank, default=None)

    record: dict[str, Any] = {"branch": name}
    quantities: tuple[Quantity, ...] = ("length_km", "delay_ms")
    for short in quantities:
        former, new, best = published(short, former=True), published(short, former=False), nearest(short)
        record |= {f"former_{short}": former.value if former else None, short: new.value if new else None}
        ours = best.ours if best else None
        record |= {
            f"ours_{short}": round(ours.value, 6) if ours else None,
            f"uncertainty_{short}": round(ours.uncertainty, 6) if ours else None,
            f"{short}_of": best.subject.name if best and best.subject else None,
            f"{short}_verdict": best.verdict if best else UNKNOWN,
            f"{short}_holds_if": holds_if(best) if best else None,
        }
    reduction = published("reduction_km", former=False)
    return record | {
        "reduction_km": reduction.value if reduction else None,
        "former_delay_fit": delay_fit(rows, former=True),
        "delay_fit": delay_fit(rows, former=False),
    }


def delay_fit(rows: Sequence[Reconciled], *, former: bool) -> str | None:
    """How a delay of a branch fits the length that was published of it at the same time, in a few words."""
    figures = {row.figure.quantity: row.figure for row in rows if row.figure.former is former}
    us_per_km = next((row.subject.us_per_km for row in rows if row.subject and row.subject.us_per_km), None)
    if us_per_km is None or not {"delay_ms", "length_km"} <= set(figures):
        return None
    low, high = delay_per_km(figures["delay_ms"], figures["length_km"])
    fit = "less than" if high < us_per_km else "more than" if low > us_per_km else "as"
    return f"{low:.2f} to {high:.2f} µs/km, {fit} the fibre alone ({us_per_km:.2f})"


def holds_if(row: Reconciled) -> str:
    """The reading under which a figure holds, in words."""
    found = " or ".join(COUNTS[one.counts] for one in row.holds_as)
    return f"it counts the {found}" if found else "no reading of ours holds"
