"""The table ``[permits]`` of a study: what states ask for, agreements as a person keeps them, protection zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from transcaspian.core.second_crs import second_crs
from transcaspian.study.base import Cited, Model, Text, check_unique
from transcaspian.study.schema import AnalysisTable, Study
from transcaspian.study.source_ref import SourceRef

AgreementState = Literal["not asked", "asked", "negotiating", "signed", "refused", "not needed"]
HalfWidth = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]


class CrossingAgreement(Cited):
    """What is known of a cable, pipeline, licence block or field that a route crosses or passes.

    What is not given is "insufficient information" in the register. It stands in the study, so that every run has it.

    Attributes
    ----------
    with_id
        Id of the asset in the layer `cables`, `hazards` or `constraints`, or that of a system.
    state
        How far the agreement is.
    reference
        Of the agreement.
    owner, operator
        Of the asset.
    inspected_by
        Who inspects the crossing.
    """

    with_id: Text
    state: AgreementState | None = None
    reference: Text | None = None
    owner: Text | None = None
    operator: Text | None = None
    inspected_by: Text | None = None


class StateWidth(Cited):
    """Half of the width of the zone in the waters of a state, by its ISO 3166-1 alpha-2 code.

    Attributes
    ----------
    state
        ISO 3166-1 alpha-2 code.
    half_width_m
        To either side of the cable, m.
    """

    state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    half_width_m: HalfWidth


class ProtectionZone(Cited):
    """The zone to either side of each cable.

    Attributes
    ----------
    half_width_m
        To either side of the cable, m, where ``states`` gives none.
    states
        Other widths, by state.
    second_crs
        Reference system of the second coordinates of each vertex; EPSG:4284 is Pulkovo 1942.
    """

    half_width_m: HalfWidth
    states: tuple[StateWidth, ...] = ()
    second_crs: Text = "EPSG:4284"

    @field_validator("states")
    @classmethod
    def _states_differ(cls, states: tuple[StateWidth, ...]) -> tuple[StateWidth, ...]:
        check_unique("permits.protection_zone.states", [item.state for item in states])
        return states

    def rule_of(self, state: str) -> ProtectionZone | StateWidth:
        """The rule that says how wide it is in the waters of a state."""
        return next((item for item in self.states if item.state == state), self)


class Requirements(Model):
    """The table of what states ask for: a CSV file with a row for each permit, see ``docs/how-to/permits.md``.

    Attributes
    ----------
    data
        The file.
    """

    data: SourceRef


class Permits(AnalysisTable):
    """What states ask for, agreements with those whose assets are met, and the protection zone of each cable.

    Attributes
    ----------
    requirements
        What states ask for.
    agreements
        Of cables, pipelines, blocks and fields that are met.
    protection_zone
        How wide it is.
    """

    requirements: Requirements | None = None
    agreements: tuple[CrossingAgreement, ...] = ()
    protection_zone: ProtectionZone | None = None

    @field_validator("agreements")
    @classmethod
    def _one_of_each(cls, agreements: tuple[CrossingAgreement, ...]) -> tuple[CrossingAgreement, ...]:
        check_unique("permits.agreements", [item.with_id for item in agreements])
        return agreements

    def agreement_with(self, met_id: str) -> CrossingAgreement | None:
        """What a person says of an asset; None: nothing."""
        return next((item for item in self.agreements if item.with_id == met_id), None)

    def check_study(self, study: Study) -> None:
        """Refuse a study without the rules that say what is near, and a reference system that is not for its area."""
        if study.engineering is None or study.engineering.neighbours is None:
            raise ValueError("permits needs [engineering.neighbours]: without it nothing says how near is near")
        if self.protection_zone is not None:
            try:
                second_crs(self.protection_zone.second_crs, study.area.bounds)
            except ValueError as exc:
                raise ValueError(f"permits.protection_zone: {exc}") from exc

    @property
    def data_sets(self) -> Mapping[str, SourceRef]:
        """The table of what states ask for."""
        return {} if self.requirements is None else {"requirements": self.requirements.data}

    @property
    def summary(self) -> str:
        """How much a person keeps there."""
        return f"{len(self.agreements)} agreements kept"
