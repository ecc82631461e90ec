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
from transcaspian.analyses.validation.summary import Contest, by_system, contest
from transcaspian.core.line_distance import LineDistances, read_off
from transcaspian.core.system_figures import percent
from transcaspian.rpl.drawn import Drawn, Refused
from transcaspian.study import Study

Floats = NDArray[np.float64]
Objective = Literal["distance", "share"]

STRAIGHT_KM = 0.1
"""A line that lies no farther from the geodesic between its ends was drawn, not surveyed: its position says nothing."""
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
        A cable so near to more than half of the middle of another is its twin, where the study follows cables.
    aside_km, copies
        How far the control is moved; how many copies on each side rank the cost, at every half of that distance.
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
    """The as-laid line moved aside, and the routed line read against it as if it lay there."""

    offset_km: float
    lonlat: Floats
    reading: LineDistances
    off_water_share: float


@dataclass(frozen=True)
class ComparedSection:
    """A section with the lines that stand beside it.

    Attributes
    ----------
    routed, shortest, great_circle
        By the study's weights; the shortest way over the same water; the geodesic between the ends.
    controls
        To port and to starboard.
    straight
        Whether the line was drawn straight from end to end: it decides nothing then.
    closed_share
        Of the as-laid line: what lies in closed areas of the study, where no route can follow it.
    followed
        Lines on other networks of cables, where the study follows any.
    """

    section: CableSection
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
    def nearer_control_km(self) -> float:
        """Mean distance of the routed line to the copy on the side that is nearer to it."""
        return min(control.reading.mean_km for control in self.controls)


@dataclass(frozen=True)
class FitReading:
    """Mean distances of one cable system, km, by who drew the line."""

    system: str
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
class Summary:
    """What all cables say together, a value per cable system.

    Attributes
    ----------
    beats_great_circle, beats_shortest, beats_control
        Mean distance of the other less that of the routed line; of the control the nearer side counts.
    prefers_cheap
        One half less the percentile of the cost.
    """

    systems: int
    sections: int
    medians: Mapping[str, float | None]
    beats_great_circle: Contest
    beats_shortest: Contest
    beats_control: Contest
    prefers_cheap: Contest


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
    summary: Summary
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


def summarise(compared: Sequence[ComparedSection]) -> Summary:
    """Medians over sections; contests over cable systems, straight lines left out of both."""
    told = [item for item in compared if not item.straight]

    def differences(of: Callable[[ComparedSection], float]) -> Contest:
        return contest(per_system(told, of).values())

    columns = {
        f"{name}_{figure}": [getattr(getattr(item, name).reading, figure) for item in told]
        for name in ("routed", "shortest", "great_circle")
        for figure in ("length_ratio", "mean_km", "hausdorff_km", "within_share", "off_water_share")
    }
    columns["control_mean_km"] = [item.nearer_control_km for item in told]
    columns["cost_percentile"] = [item.preference.percentile for item in told if item.preference.percentile is not None]
    return Summary(
        systems=len({item.section.cable.system for item in told}),
        sections=len(told),
        medians={name: float(np.median(column)) if column else None for name, column in columns.items()},
        beats_great_circle=differences(lambda item: item.great_circle.reading.mean_km - item.routed.reading.mean_km),
        beats_shortest=differences(lambda item: item.shortest.reading.mean_km - item.routed.reading.mean_km),
        beats_control=differences(lambda item: item.nearer_control_km - item.routed.reading.mean_km),
        prefers_cheap=differences(
            lambda item: np.nan if item.preference.percentile is None else 0.5 - item.preference.percentile
        ),
    )


def per_system(compared: Sequence[ComparedSection], of: Callable[[ComparedSection], float]) -> dict[str, float]:
    """A figure per cable system, its sections weighed by length."""
    return by_system(
        [item.section.cable.system for item in compared],
        [of(item) for item in compared],
        [item.laid_km for item in compared],
    )
