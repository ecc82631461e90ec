"""What of a study is uncertain, and how much: rules of the samples that show how sure its routes are."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from transcaspian.study.base import Cited, Identifier, NotNegative, Positive
from transcaspian.study.schema import AnalysisTable, Study


class WeightUncertainty(Cited):
    """Every weight by itself, log-uniform between ``1 / factor`` and ``factor`` times that of the study.

    Attributes
    ----------
    factor
        Of the range.
    """

    factor: Annotated[float, Field(gt=1, le=1000, allow_inf_nan=False)]


class LevelUncertainty(Cited):
    """The water level, normal around the declared one.

    Attributes
    ----------
    sd_m
        One standard deviation, m.
    """

    sd_m: Positive


class SeabedUncertainty(Cited):
    """The error of the depth: a normal field with the standard error of the depth model at each place.

    Errors are alike as ``depth_model.source_error`` says. What is given here stands instead.

    Attributes
    ----------
    sd_m, sd_share_of_depth
        Standard error: the greater of metres and a share of the depth.
    alike_share
        Share of the error that is the same everywhere, 0 to 1.
    correlation_km
        Distance over which the rest becomes independent.
    """

    sd_m: NotNegative | None = None
    sd_share_of_depth: Annotated[float, Field(ge=0, le=1)] | None = None
    alike_share: Annotated[float, Field(ge=0, le=1)] | None = None
    correlation_km: Positive | None = None


class PositionUncertainty(Cited):
    """Where hazards and epicentres are: anywhere within the accuracy that their source states.

    Attributes
    ----------
    default_accuracy_m
        Of a hazard whose source states none, m.
    epicentre_accuracy_km
        Of every epicentre.
    """

    default_accuracy_m: NotNegative
    epicentre_accuracy_km: NotNegative


class Robustness(AnalysisTable, Cited):
    """How many samples are drawn, and what is asked of them; what has no table of its own is taken for certain.

    Attributes
    ----------
    samples
        How many are drawn.
    seed
        Of the random numbers: the same gives the same samples.
    near_km
        A sampled route that stays within it of the recommended one says the same.
    grid_step_arcsec
        Of the grid that samples are routed on, seconds of arc.
    heat_cell_arcsec
        Side of the cells whose visits are counted, seconds of arc.
    flip_factor
        How far each single weight is turned up and down to see where the route leaves ``near_km``.
    systems
        Ids; empty: all.
    weights, water_level, seabed, positions
        What is uncertain of each; not given, it is taken for certain.
    """

    samples: Annotated[int, Field(ge=1, le=100_000)] = 200
    seed: Annotated[int, Field(ge=0)]
    near_km: Positive
    grid_step_arcsec: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)]
    heat_cell_arcsec: Annotated[float, Field(ge=1, le=36_000, allow_inf_nan=False)]
    flip_factor: Annotated[float, Field(gt=1, le=1000, allow_inf_nan=False)]
    systems: tuple[Identifier, ...] = ()
    weights: WeightUncertainty | None = None
    water_level: LevelUncertainty | None = None
    seabed: SeabedUncertainty | None = None
    positions: PositionUncertainty | None = None

    @model_validator(mode="after")
    def _varies_something(self) -> Self:
        if not (self.weights or self.water_level or self.seabed or self.positions):
            raise ValueError(
                "nothing is uncertain: give at least one of `weights`, `water_level`, `seabed`, `positions`"
            )
        return self

    def check_study(self, study: Study) -> None:
        """Check the table against the rest of the study: the cells that are counted are whole cells of its grid.

        Raises
        ------
        ValueError
            When they are not, or a system is not there.
        """
        step = study.area.grid_step_arcsec
        ratio = self.heat_cell_arcsec / step
        if ratio < 1 or abs(ratio - round(ratio)) > 1e-9:
            raise ValueError(
                f"robustness.heat_cell_arcsec is {self.heat_cell_arcsec:g}: expected a multiple of "
                f"area.grid_step_arcsec, {step:g}"
            )
        for wanted in self.systems:
            if wanted not in {system.id for system in study.systems}:
                raise ValueError(f"robustness.systems names `{wanted}`, which is no system of the study")
