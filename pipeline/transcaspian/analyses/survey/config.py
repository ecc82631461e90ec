"""The table ``[survey]`` of a study: how wide, with what, by which lines, and where samples are taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from transcaspian.analyses.installation.config import Share, Speed, Spread
from transcaspian.study.base import Cited, Identifier, NotNegative, Positive, check_bands, check_unique
from transcaspian.study.schema import AnalysisTable, Study
from transcaspian.study.source_ref import SourceRef

SampleWork = Literal["survey", "geotechnical"]
SAMPLE_WORKS: tuple[SampleWork, ...] = get_args(SampleWork)


class Sensor(Cited):
    """What is run along the lines.

    It sees a swath of ``swath_depths`` times the water depth, no less than ``min_swath_m`` and no more than
    ``max_swath_m``. Swaths of neighbouring lines overlap by ``overlap_percent`` of one.
    """

    id: Identifier
    swath_depths: Positive | None = None
    min_swath_m: Positive = 1.0
    max_swath_m: Positive = 100_000.0
    overlap_percent: Annotated[float, Field(ge=0, lt=100, allow_inf_nan=False)] = 0.0

    @model_validator(mode="after")
    def _sees_something(self) -> Self:
        if self.min_swath_m > self.max_swath_m:
            raise ValueError(f"min_swath_m {self.min_swath_m:g} is more than max_swath_m {self.max_swath_m:g}")
        if self.swath_depths is None and self.min_swath_m == 1.0:
            raise ValueError("give swath_depths (by the water depth) or min_swath_m (of a towed sensor), or both")
        return self


class CorridorBand(Cited):
    """The corridor from ``from_m`` (included) to ``to_m`` of water, and the sensors that are run in it."""

    from_m: NotNegative
    to_m: Positive
    width_m: Annotated[float, Field(gt=0, le=20_000, allow_inf_nan=False)]
    sensors: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Samples(Cited):
    """Sampling stations at equal spacing along the route, where the water is from ``from_m`` to ``to_m`` deep.

    ``work``: by which kind of vessel.
    """

    id: Identifier
    work: SampleWork = "geotechnical"
    spacing_km: Annotated[float, Field(ge=0.05, allow_inf_nan=False)]
    per_day: Speed
    from_m: NotNegative = 0.0
    to_m: Positive | None = None


class ShoreSurvey(Cited):
    """At each landing: topography of a beach ``width_m`` wide, and divers or probes to ``to_m`` of water."""

    width_m: Positive
    to_m: Positive
    days: Spread


class Survey(AnalysisTable, Cited):
    """How the route is surveyed before it is laid.

    ``vessels``: the table of `transcaspian.analyses.installation.vessels`. ``speed_kn``: along the lines, for
    ``hours_per_day``; each line ends with a turn of ``turn_h``. A block of lines is no shorter than ``min_block_km``.
    ``crossings_per_day``: crossings that are inspected.
    """

    vessels: SourceRef
    under_keel_m: NotNegative
    speed_kn: Speed
    hours_per_day: Annotated[float, Field(gt=0, le=24, allow_inf_nan=False)]
    turn_h: NotNegative
    min_block_km: Positive
    crossings_per_day: Speed
    weather_percent: Share
    sensors: Annotated[tuple[Sensor, ...], Field(min_length=1)]
    corridor: Annotated[tuple[CorridorBand, ...], Field(min_length=1)]
    samples: tuple[Samples, ...] = ()
    shore: ShoreSurvey

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        check_bands([(band.from_m, band.to_m) for band in self.corridor])
        check_unique("survey.sensors", [sensor.id for sensor in self.sensors])
        check_unique("survey.samples", [item.id for item in self.samples])
        known = {sensor.id for sensor in self.sensors}
        for band in self.corridor:
            if unknown := [name for name in band.sensors if name not in known]:
                raise ValueError(
                    f"survey.corridor from {band.from_m:g} m names the sensor `{unknown[0]}`: survey.sensors has "
                    f"{', '.join(sorted(known))}"
                )
        return self

    @property
    def data_sets(self) -> Mapping[str, SourceRef]:
        """Its table of vessels."""
        return {"vessels": self.vessels}

    @property
    def summary(self) -> str:
        """How much there is."""
        return f"{len(self.corridor)} bands of depth, {len(self.samples)} kinds of samples"

    def check_study(self, study: Study) -> None:
        """Refuse a study without routes, and bands that leave out some of its water."""
        if study.engineering is None:
            raise ValueError("survey needs [engineering]: it follows the engineered route")
        first, last = self.corridor[0].from_m, self.corridor[-1].to_m
        if first > 0 or last <= study.max_depth_m:
            raise ValueError(
                f"survey.corridor reaches from {first:g} to {last:g} m, and the water of the study from 0 to "
                f"{study.max_depth_m:g} m: add the bands that are missing"
            )
