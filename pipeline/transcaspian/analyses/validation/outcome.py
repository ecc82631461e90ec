"""What a validation came to: every section with the lines beside it, what all say together, fitted weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.validation.fit import Search, Split
from transcaspian.analyses.validation.follow import FollowedSection, FollowGroup
from transcaspian.analyses.validation.lines import Cable
from transcaspian.analyses.validation.preference import Preference
from transcaspian.analyses.validation.sections import CableSection, CutRules
from transcaspian.analyses.validation.summary import MIN_UNITS, Contest, by_unit, contest, nearer
from transcaspian.core.line_distance import LineDistances, read_off
from transcaspian.core.system_figures import percent
from transcaspian.rpl.drawn import Drawn, Refused
from transcaspian.study import Study

Floats = NDArray[np.float64]
Objective = Literal["distance", "share"]
Side = Literal["port", "starboard", "mirror"]

STRAIGHT_KM = 0.1
"""A line that lies no farther from the geodesic between its ends was drawn, not surveyed: its position says nothing."""
MAX_OFF_WATER = 0.05
"""A control that leaves the water for more of its way is beaten by any line that stays in it: it is no control."""
COARSE_KM = 20.0
"""Lines with fewer vertices are schematic: what is found of them is about the drawing."""


@dataclass(frozen=True)
class FitRules:
    """How weights are fitted; ``share`` of the cables is held out, ``evaluations`` is what each search may try."""

    share: float = 0.3
    seed: int = 1
    evaluations: int = 60
    objective: Objective = "distance"


@dataclass(frozen=True)
class ValidationSettings:
    """What is asked for.

    Attributes
    ----------
    status
        Of lines of which the file does not say it.
    step_km, within_km
        Between samples on lines; what counts as near.
    twins_km
        A cable so near to more than half of the middle of another is its twin: both are one unit.
    aside_km, copies
        How far the middle of a control is moved; how many copies on each side rank the cost, at every half of that.
    fit
        None: weights are not fitted.
    """

    cables_path: Path
    study_path: Path
    overrides: Mapping[str, Any] = field(default_factory=dict)
    raw_dir: Path | None = None
    layer: str | None = None
    name_column: str | None = None
    columns: Path | None = None
    status: str = ""
    cut: CutRules = field(default_factory=CutRules)
    step_km: float = 1.0
    within_km: float = 5.0
    aside_km: float = 10.0
    copies: int = 10
    twins_km: float = 5.0
    fit: FitRules | None = None


@dataclass(frozen=True)
class MeasuredLine:
    """A line with its reading against the as-laid one."""

    lonlat: Floats
    reading: LineDistances


@dataclass(frozen=True)
class Control:
    """The as-laid line elsewhere, with its own ends, and the routed line read against it as if it lay there.

    ``offset_km``: how far its middle was moved aside, to starboard where positive; None: the mirror image across the
    great circle.
    """

    side: Side
    offset_km: float | None
    lonlat: Floats
    reading: LineDistances
    off_water_share: float


@dataclass(frozen=True)
class ComparedSection:
    """A section with the lines that stand beside it.

    Attributes
    ----------
    unit
        What groups cables that are one witness (`units_of`).
    in_water
        Whether the great circle stays in water.
    routed, shortest, great_circle
        By the study's weights; the shortest way over the same water; the geodesic between the ends.
    controls
        To port, to starboard, and mirrored.
    straight
        Whether the line was drawn straight from end to end: it decides nothing then.
    closed_share
        Of the as-laid line: what lies in closed areas of the study, where no route can follow it.
    followed
        Lines on other networks of cables, where the study follows any.
    """

    section: CableSection
    unit: str
    in_water: bool
    laid_km: float
    routed: MeasuredLine
    shortest: MeasuredLine
    great_circle: MeasuredLine
    controls: tuple[Control, ...]
    preference: Preference
    straight: bool
    closed_share: float
    followed: FollowedSection | None = None

    @property
    def mirror_km(self) -> float:
        """Mean distance of the routed line to the mirror image of the cable; NaN where that leaves the water."""
        image = next(control for control in self.controls if control.side == "mirror")
        return image.reading.mean_km if image.off_water_share <= MAX_OFF_WATER else float("nan")


@dataclass(frozen=True)
class FitReading:
    """Mean distances of one unit, km, by who drew the line."""

    unit: str
    held_out: bool
    fitted_km: float
    study_km: float
    shortest_km: float
    great_circle_km: float
    near_training: float


@dataclass(frozen=True)
class FittedWeights:
    """Weights found on training cables.

    Attributes
    ----------
    weights, study_weights
        By the name of the criterion.
    ranges
        Least and greatest weight of the trials about as good.
    splits
        One, or as many as there are folds; with folds the weights are fitted on all cables and ``readings`` of held-out
        cables are by the weights that were fitted without them.
    """

    rules: FitRules
    weights: Mapping[str, float]
    study_weights: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
    search: Search
    splits: tuple[Split, ...]
    readings: tuple[FitReading, ...]

    def of(self, held_out: bool) -> tuple[FitReading, ...]:
        """The readings of the held-out cables, or of those that were trained on."""
        return tuple(item for item in self.readings if item.held_out is held_out)

    @property
    def held_out_beats_study(self) -> Contest:
        """Mean distance by the study's own weights less that by the fitted ones, of held-out cables."""
        return contest(item.study_km - item.fitted_km for item in self.of(held_out=True))

    @property
    def held_out_beats_great_circle(self) -> Contest:
        """Mean distance of the great circle less that by the fitted weights, of held-out cables."""
        return contest(item.great_circle_km - item.fitted_km for item in self.of(held_out=True))


@dataclass(frozen=True)
class Stratum:
    """What cables say together whose great circles stay in water, or whose great circles cross land.

    Attributes
    ----------
    medians
        Over sections. No ratio of two of them says anything: it reaches 11 % by chance.
    beats_great_circle, beats_shortest, beats_mirror
        Whether the routed line lies nearer to the cable than the other line does, or than it lies to the mirror image
        of the cable.
    prefers_cheap
        One half less the percentile of the cost.
    """

    in_water: bool
    units: int
    systems: int
    sections: int
    medians: Mapping[str, float | None]
    beats_great_circle: Contest
    beats_shortest: Contest
    beats_mirror: Contest
    prefers_cheap: Contest

    @property
    def verdict(self) -> str:
        """What the routed line is shown to know here, in words."""
        if self.units < MIN_UNITS:
            return f"insufficient information: at least {MIN_UNITS} independent cables are needed"
        if not self.beats_great_circle.is_shown:
            return "no gain over the great circle is shown"
        if not self.beats_shortest.is_shown:
            return "nearer than the great circle, and not shown nearer than the shortest way over water: it avoids land"
        if not self.beats_mirror.is_shown:
            return "nearer than both, and not shown nearer to the cable than to its mirror image"
        return "a gain over the great circle, the shortest way and the mirror image"


@dataclass(frozen=True)
class Validation:
    """All of it, to be written and shown.

    ``sources``: role, id, version and hash of what the study read. ``follow``: what following cables brings, where the
    study does.
    """

    settings: ValidationSettings
    study: Study
    study_sha256: str
    sources: tuple[Mapping[str, str], ...]
    drawn: Drawn
    compared: tuple[ComparedSection, ...]
    refused: tuple[Refused, ...]
    strata: tuple[Stratum, ...]
    fit: FittedWeights | None
    notes: tuple[str, ...]
    follow: tuple[FollowGroup, ...] = ()


def drawn_straight(cable: Cable) -> bool:
    """Whether a line is the geodesic between its ends, or a single leg."""
    if len(cable.lonlat) == 2:
        return True
    return read_off(cable.lonlat, cable.lonlat[[0, -1]], step_km=2.0, within_km=1.0).hausdorff_km < STRAIGHT_KM


def notes_on(compared: Sequence[ComparedSection]) -> Iterable[str]:
    """What a person should know before reading the figures."""
    straight = sum(item.straight for item in compared)
    if straight:
        yield (
            f"{straight} of {len(compared)} lines are drawn straight from end to end: they say nothing of where the "
            "cable lies, and are left out of medians and tests"
        )
    coarse = [item for item in compared if item.section.cable.spacing_km > COARSE_KM and not item.straight]
    if coarse:
        yield (
            f"{len(coarse)} of {len(compared)} lines have a vertex every {COARSE_KM:g} km or less often: they are "
            "schematic, and distances of some kilometres are of the drawing"
        )
    closed = [item.closed_share for item in compared if item.closed_share > 0]
    if closed:
        yield (
            f"{len(closed)} of {len(compared)} lines run through closed areas of the study, over up to "
            f"{percent(max(closed))} of their length: no route can follow them there"
        )
    assumed = sum(item.section.cable.status != "REAL" for item in compared)
    if assumed:
        yield f"{assumed} of {len(compared)} lines are published as ASSUMED: drawn, not as laid"


def summarise(compared: Sequence[ComparedSection]) -> tuple[Stratum, ...]:
    """The strata that have cables, with the circle in water first; lines drawn straight are left out of all."""
    told = [item for item in compared if not item.straight]
    return tuple(
        stratum_of(those, in_water)
        for in_water in (True, False)
        if (those := [i for i in told if i.in_water is in_water])
    )


def stratum_of(those: Sequence[ComparedSection], in_water: bool) -> Stratum:
    """What these cables say together: a value per unit."""

    def of(figure: Callable[[ComparedSection], float]) -> list[float]:
        values = per_unit(those, figure)
        return [values.get(unit, float("nan")) for unit in units]

    units = list(dict.fromkeys(item.unit for item in those))
    routed = of(lambda item: item.routed.reading.mean_km)
    columns = {
        f"{name}_{figure}": [getattr(getattr(item, name).reading, figure) for item in those]
        for name in ("routed", "shortest", "great_circle")
        for figure in ("length_ratio", "mean_km", "hausdorff_km", "within_share", "off_water_share")
    }
    columns["mirror_mean_km"] = [item.mirror_km for item in those if np.isfinite(item.mirror_km)]
    ranks = [item.preference.percentile for item in those]
    columns["cost_percentile"] = [rank for rank in ranks if rank is not None]
    return Stratum(
        in_water=in_water,
        units=len(units),
        systems=len({item.section.cable.system for item in those}),
        sections=len(those),
        medians={name: float(np.median(column)) if column else None for name, column in columns.items()},
        beats_great_circle=nearer(routed, of(lambda item: item.great_circle.reading.mean_km)),
        beats_shortest=nearer(routed, of(lambda item: item.shortest.reading.mean_km)),
        beats_mirror=nearer(routed, of(lambda item: item.mirror_km)),
        prefers_cheap=contest(
            of(lambda item: np.nan if item.preference.percentile is None else 0.5 - item.preference.percentile)
        ),
    )


def per_unit(compared: Sequence[ComparedSection], of: Callable[[ComparedSection], float]) -> dict[str, float]:
    """A figure per unit, its sections weighed by length."""
    return by_unit(
        [item.unit for item in compared], [of(item) for item in compared], [item.laid_km for item in compared]
    )
