"""What others published beside what is computed here: how far apart, and which assumption would explain it.

Nothing is fitted. Every sentence is derived from the numbers of the study and of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transcaspian.analyses.network.config import Network, PublishedFigure
from transcaspian.analyses.network.delay import LIGHT_KM_PER_S, MS_PER_US, Delay, fibre_us_per_km

UNITS = {
    "length_km": "km",
    "reduction_km": "km",
    "delay_ms": "ms",
    "delay_ratio": "1",
    "capacity_tbit_s": "Tbit/s",
    "cost_usd": "USD",
}
AGREES, NEARLY, DIFFERS, ALONE = "agrees", "agrees within our uncertainty", "differs", "no counterpart"
ROUNDING = 1e-9


@dataclass(frozen=True)
class Subject:
    """A system or a path that a figure may be said of.

    Attributes
    ----------
    subsea_km
        Of its length, under the sea.
    land_geodesic_km
        Straight lines between the nodes of its other legs.
    made_km
        Cable with slack, and with spare where that is known.
    delay
        Of a path; None of a system.
    cost_usd
        Of a system; None of a path.
    """

    id: str
    name: str
    length_km: float
    cable_km: float
    made_km: float
    geodesic_km: float
    subsea_km: float
    land_geodesic_km: float
    uncertainty_km: float
    delay: Delay | None = None
    cost_usd: float | None = None


@dataclass(frozen=True)
class ComparedFigure:
    """A published figure beside ours.

    Attributes
    ----------
    ours, difference
        In the unit of the figure; ours less the published, from the nearest end of a range; None without a counterpart.
    verdict
        One of `AGREES` (within the figure's rounding), `NEARLY` (with our uncertainty too), `DIFFERS`, `ALONE`.
    explanation
        Which assumption would explain the difference, or that none does.
    """

    figure: PublishedFigure
    subject: Subject | None
    ours: float | None
    difference: float | None
    verdict: str
    explanation: str

    @property
    def unit(self) -> str:
        """Of the figure."""
        return UNITS[self.figure.quantity]


def compare(rules: Network, subjects: Mapping[str, Subject], base_cost_usd_per_km: float) -> list[ComparedFigure]:
    """Every published figure of the study, a row for each subject it may be said of.

    A subject that is not there (a system that this run was not asked for) has no row but the figure keeps one.
    """
    figures = {figure.id: figure for figure in rules.published}
    rows = []
    for figure in rules.published:
        found: list[Subject | None] = [subjects[name] for name in figure.of if name in subjects]
        rows += [compared(figure, one, figures, rules, base_cost_usd_per_km) for one in found or [None]]
    return rows


def compared(
    figure: PublishedFigure,
    subject: Subject | None,
    figures: Mapping[str, PublishedFigure],
    rules: Network,
    base_cost_usd_per_km: float,
) -> ComparedFigure:
    """One row."""
    ours, uncertainty = ours_of(figure, subject, rules)
    related = [figures[name] for name in figure.related]
    sentences = {
        "length_km": lambda: length_sentences(figure, subject),
        "delay_ms": lambda: [*own_delay(subject), *delay_sentences(figure, related, rules)],
        "reduction_km": lambda: reduction_sentences(figure, related[0], rules),
        "delay_ratio": lambda: ratio_sentences(figure, related, figures),
        "cost_usd": lambda: cost_sentences(figure, related, base_cost_usd_per_km),
        "capacity_tbit_s": lambda: ["Nothing here computes what a line can carry."],
    }[figure.quantity]()
    if figure.former:
        sentences.insert(0, "Said of the lines as they were, which the study does not describe.")
    elif subject is None and figure.of:
        sentences.insert(0, "What it is said of is not part of this run.")
    if ours is None:
        return ComparedFigure(figure, subject, None, None, ALONE, " ".join(sentences))
    difference = off(figure, ours)
    verdict = verdict_of(abs(difference), figure.tolerance, uncertainty)
    return ComparedFigure(figure, subject, ours, difference, verdict, " ".join(sentences))


def ours_of(figure: PublishedFigure, subject: Subject | None, rules: Network) -> tuple[float | None, float]:
    """What is computed here of the same quantity, and how far that may be off."""
    if subject is None or figure.former:
        return None, 0.0
    if figure.quantity == "length_km":
        return subject.length_km, subject.uncertainty_km
    if figure.quantity == "delay_ms" and subject.delay is not None:
        per_km = fibre_us_per_km(rules.fibre.group_index) * MS_PER_US
        return subject.delay.one_way_ms, subject.uncertainty_km * per_km
    if figure.quantity == "cost_usd":
        return subject.cost_usd, 0.0
    return None, 0.0


def verdict_of(off_by: float, tolerance: float, uncertainty: float) -> str:
    """Whether a difference is within the rounding of the figure, or with our uncertainty, or beyond both."""
    if off_by <= tolerance + ROUNDING:
        return AGREES
    return NEARLY if off_by <= tolerance + uncertainty + ROUNDING else DIFFERS


def off(figure: PublishedFigure, value: float) -> float:
    """How far a value is from a figure or from the nearest end of a range; 0 inside the range."""
    low, high = ends_of(figure)
    return value - min(max(value, low), high)


def ends_of(figure: PublishedFigure) -> tuple[float, float]:
    """First and last of a range; both the same of a single figure."""
    return figure.value, figure.value if figure.to_value is None else figure.to_value


def fits(figure: PublishedFigure, value: float, uncertainty: float = 0.0) -> bool:
    """Whether a value is the figure, within its rounding and an uncertainty."""
    return abs(off(figure, value)) <= figure.tolerance + uncertainty + ROUNDING


def length_sentences(figure: PublishedFigure, subject: Subject | None) -> list[str]:
    """Why a length is not ours."""
    if subject is None:
        return []
    low, high = ends_of(figure)
    if high + figure.tolerance < subject.geodesic_km:
        return [
            f"It is {subject.geodesic_km - high:,.0f} km shorter than the straight line of "
            f"{subject.geodesic_km:,.0f} km from end to end: no cable of that length joins them, the figure is "
            "inconsistent."
        ]
    sentences = [
        f"The straight line from end to end is {subject.geodesic_km:,.0f} km: the figure is "
        f"{low / subject.geodesic_km:.2f} of it, ours {subject.length_km / subject.geodesic_km:.2f}."
    ]
    if fits(figure, subject.length_km):
        return sentences
    if subject.delay is None:
        return [*sentences, system_sentence(figure, subject)]
    return [*sentences, path_sentence(figure, subject)]


def system_sentence(figure: PublishedFigure, subject: Subject) -> str:
    """Which of our lengths of a system is the published one."""
    lengths = f"our route is {subject.length_km:.1f} km, our cable with slack {subject.cable_km:.1f} km"
    spare = f"with spare cable {subject.made_km:.1f} km"
    if fits(figure, subject.cable_km):
        return f"It fits the length of cable rather than of route: {lengths}."
    if fits(figure, subject.made_km):
        return f"It fits the cable to be made rather than the route: {lengths}, {spare}."
    short = off(figure, subject.cable_km)
    if short > 0:
        return f"No length of ours is it: {lengths}; the published way is {short:.0f} km shorter than our cable."
    allowance = ends_of(figure)[0] / subject.length_km - 1.0
    return (
        f"No length of ours is it: {lengths}, {spare}. It would be our route with an allowance of {allowance:.1%}, for "
        "slack, spare, the way to the stations and a longer way around what is not known here; or the route is another."
    )


def path_sentence(figure: PublishedFigure, subject: Subject) -> str:
    """What would have to be otherwise for a path to have the published length."""
    land_km = subject.length_km - subject.subsea_km
    if subject.subsea_km and fits(figure, land_km, subject.uncertainty_km):
        return (
            f"Without the {subject.subsea_km:,.0f} km under the sea ours is {land_km:,.0f} ± "
            f"{subject.uncertainty_km:,.0f} km: within that it fits, if the figure counts the land alone."
        )
    if fits(figure, subject.cable_km, subject.uncertainty_km):
        return (
            f"With slack on land our cable is {subject.cable_km:,.0f} ± {subject.uncertainty_km:,.0f} km, which fits."
        )
    if fits(figure, subject.length_km, subject.uncertainty_km):
        return f"Ours may be off by {subject.uncertainty_km:,.0f} km."
    wanted_km = ends_of(figure)[0] - subject.subsea_km
    return (
        f"To fit, the legs on land would have to be {wanted_km:,.0f} km instead of {land_km:,.0f} ± "
        f"{subject.uncertainty_km:,.0f} km; the straight lines between their nodes are "
        f"{subject.land_geodesic_km:,.0f} km, "
        + (
            "longer than that: the published line does not pass these nodes, or does not begin or end here."
            if wanted_km < subject.land_geodesic_km
            else f"so they would wind by {wanted_km / subject.land_geodesic_km - 1:.0%} instead of "
            f"{land_km / subject.land_geodesic_km - 1:.0%}; or the published line passes other nodes, or begins and "
            "ends elsewhere."
        )
    )


def own_delay(subject: Subject | None) -> list[str]:
    """The parts of our delay of a path."""
    if subject is None or subject.delay is None:
        return []
    delay = subject.delay
    return [
        f"Ours is {delay.fibre_ms:.2f} ms in {subject.cable_km:,.0f} km of fibre, {delay.amplifiers_ms:.3f} ms in "
        f"amplifiers and {delay.equipment_ms:.2f} ms in equipment one way, {delay.round_trip_ms:.1f} ms as a round "
        "trip."
    ]


def delay_sentences(figure: PublishedFigure, related: Sequence[PublishedFigure], rules: Network) -> list[str]:
    """What a delay implies: a length, or with the published length a group delay; as one way and as a round trip."""
    index = rules.fibre.group_index
    us_per_km = fibre_us_per_km(index)
    reach_km = figure.value / MS_PER_US / us_per_km
    sentences = [
        f"At {us_per_km:.3f} µs/km (group index {index:g}) it is {reach_km:,.0f} km of fibre one way or "
        f"{reach_km / 2:,.0f} km as a round trip."
    ]
    for length in related:
        sentences += [one_way_sentence(figure, length, rules), round_trip_sentence(figure, length, rules)]
    return sentences


def delay_per_km(figure: PublishedFigure, length: PublishedFigure, trips: int = 1) -> tuple[float, float]:
    """Least and greatest delay of a km one way that a delay and a length allow with their rounding, µs."""
    least = (figure.value - figure.tolerance) / trips / (length.value + length.tolerance)
    greatest = (figure.value + figure.tolerance) / trips / (length.value - length.tolerance)
    return least / MS_PER_US, greatest / MS_PER_US


def one_way_sentence(figure: PublishedFigure, length: PublishedFigure, rules: Network) -> str:
    """Whether a delay fits a length one way."""
    us_per_km = fibre_us_per_km(rules.fibre.group_index)
    least, greatest = delay_per_km(figure, length)
    begin = (
        f"With the published {length.value:,.0f} km, one way is {least:.2f} to {greatest:.2f} µs/km, rounding of both "
        f"figures included:"
    )
    if greatest < us_per_km:
        return f"{begin} less than the fibre alone, it does not fit."
    if least <= us_per_km:
        return f"{begin} it fits the fibre alone, with little left for equipment."
    rest_ms = figure.value - length.value * us_per_km * MS_PER_US
    sentence = f"{begin} more than the fibre, {rest_ms:.1f} ms must come from elsewhere"
    if rules.compensation is None:
        return f"{sentence}."
    added = rules.compensation.us_per_km
    verb = "fits" if least <= us_per_km + added <= greatest else "does not fit"
    return (
        f"{sentence}; fibre that compensates dispersion ({added:g} µs/km) would add "
        f"{length.value * added * MS_PER_US:.1f} ms, which {verb}."
    )


def round_trip_sentence(figure: PublishedFigure, length: PublishedFigure, rules: Network) -> str:
    """Whether a delay fits a length as a round trip."""
    us_per_km = fibre_us_per_km(rules.fibre.group_index)
    least, greatest = delay_per_km(figure, length, trips=2)
    if least <= us_per_km <= greatest:
        return "As a round trip it fits the fibre too."
    if least > us_per_km:
        return f"As a round trip it is {least:.2f} µs/km at least, more than the fibre."
    if greatest < 1e6 / LIGHT_KM_PER_S:
        return "As a round trip it would be faster than light in vacuum."
    return f"As a round trip it is {greatest:.2f} µs/km at most, less than the fibre: it does not fit."


def reduction_sentences(figure: PublishedFigure, left: PublishedFigure, rules: Network) -> list[str]:
    """What a reduction says of the former length, and what it saves."""
    former_km = left.value + figure.value
    saved_ms = figure.value * fibre_us_per_km(rules.fibre.group_index) * MS_PER_US
    return [
        f"With the {left.value:,.0f} km that are left the line was {former_km:,.0f} km and becomes "
        f"{figure.value / former_km:.1%} shorter, which saves {saved_ms:.2f} ms of fibre one way. The former line "
        "is not described anywhere, so nothing here can be its counterpart."
    ]


def ratio_sentences(
    figure: PublishedFigure, delays: Sequence[PublishedFigure], figures: Mapping[str, PublishedFigure]
) -> list[str]:
    """Whether a ratio is that of its two delays, and whether lengths explain it."""
    former, new = delays
    ratio = former.value / new.value
    holds = "which is the figure within its rounding" if fits(figure, ratio) else "which is not the figure"
    shares = [
        1.0 - figures[item.related[0]].value / (figures[item.related[0]].value + item.value)
        for item in figures.values()
        if item.quantity == "reduction_km"
    ]
    fall = 1.0 - new.value / former.value
    sentences = [f"{former.value:g} / {new.value:g} = {ratio:.2f}, {holds}; the delay falls by {fall:.1%}."]
    if shares:
        sentences.append(
            f"The lines become shorter by {' and '.join(f'{share:.1%}' for share in shares)}: length alone explains "
            + (
                "all of it."
                if max(shares) >= fall
                else f"{max(shares) / fall:.0%} of that at most; the rest is equipment, or the delays are of other "
                "lines."
            )
        )
    return sentences


def cost_sentences(
    figure: PublishedFigure, related: Sequence[PublishedFigure], base_cost_usd_per_km: float
) -> list[str]:
    """What a cost is per km, beside the base cost."""
    sentences = [f"The study's cost is its base cost of {base_cost_usd_per_km:,.0f} USD per km of route alone."]
    for length in related:
        per_km = figure.value / length.value
        sentences.append(
            f"Over the published {length.value:,.0f} km the figure is {per_km:,.0f} USD per km, "
            f"{per_km / base_cost_usd_per_km:.1f} times that; the study states no cost that would explain it."
        )
    return sentences
