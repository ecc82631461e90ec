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

    Swaths of neighbouring lines overlap by ``overlap_percent`` of one.

    Attributes
    ----------
    id
        Short name, unique among the sensors.
    swath_depths
        Width of the swath, as a multiple of the water depth.
    min_swath_m, max_swath_m
        Limits of that width, m.
    overlap_percent
        Of the width of one swath.
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
    """The corridor in a range of depths, and the sensors that are run in it.

    Attributes
    ----------
    from_m, to_m
        Water depth, m; the first is included.
    width_m
        Of the corridor, m.
    sensors
        Ids.
    """

    from_m: NotNegative
    to_m: Positive
    width_m: Annotated[float, Field(gt=0, le=20_000, allow_inf_nan=False)]
    sensors: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Samples(Cited):
    """Sampling stations at equal spacing along the route.

    Attributes
    ----------
    id
        Short name, unique among them.
    work
        By which kind of vessel.
    spacing_km
        Between two stations along the route.
    per_day
        Stations a day.
    from_m, to_m
        Water depth, m; the first is included.
    """

    id: Identifier
    work: SampleWork = "geotechnical"
    spacing_km: Annotated[float, Field(ge=0.05, allow_inf_nan=False)]
    per_day: Speed
    from_m: NotNegative = 0.0
    to_m: Positive | None = None


class ShoreSurvey(Cited):
    """At each landing: topography of the beach, and divers or probes in shallow water.

    Attributes
    ----------
    width_m
        Of the beach that is surveyed, m.
    to_m
        Water depth to which divers or probes go, m.
    days
        For each landing.
    """

    width_m: Positive
    to_m: Positive
    days: Spread


class Survey(AnalysisTable, Cited):
    """How the route is surveyed before it is laid.

    Attributes
    ----------
    vessels
        The table of `transcaspian.analyses.installation.vessels`.
    under_keel_m
        What a vessel keeps under its keel, m.
    speed_kn
        Along the lines.
    hours_per_day
        Of work along the lines.
    turn_h
        Turn at the end of each line, hours.
    min_block_km
        Shortest block of lines.
    crossings_per_day
        Crossings that are inspected.
    weather_percent
        Days lost, percent of all days.
    sensors
        What is run.
    corridor
        How wide, by depth.
    samples
        Where samples are taken.
    shore
        What is done at each landing.
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
