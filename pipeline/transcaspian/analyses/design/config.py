"""The table ``[design]`` of a study: systems that are planned together, what they must not share, and a branch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Self

from pydantic import Field, model_validator

from transcaspian.study.base import Cited, Identifier, Model, NotNegative, Positive
from transcaspian.study.schema import AnalysisTable, Study, System


class AnchorRules(Cited):
    """An anchor that is dragged: over what distance, and in how deep water at most it reaches the seabed.

    Attributes
    ----------
    drag_km
        How far it is dragged.
    max_depth_m
        Deepest water that it reaches the seabed in, m; not given, any.
    """

    drag_km: Positive
    max_depth_m: Positive | None = None


class EarthquakeRules(Cited):
    """Which earthquakes of ``sources.earthquakes`` break a cable, and how far from the epicentre.

    Attributes
    ----------
    min_magnitude_mw
        Weaker ones break none.
    within_km
        Of the epicentre.
    """

    min_magnitude_mw: NotNegative
    within_km: Positive


class MudVolcanoRules(Cited):
    """How far a mud volcano of ``sources.hazards`` reaches.

    Attributes
    ----------
    within_km
        Of its position.
    """

    within_km: Positive


class SharedHazards(Model):
    """Events that could hit two systems at once; one that is left out is not looked at.

    Attributes
    ----------
    anchor
        One that is dragged.
    earthquake
        One that breaks cables.
    mud_volcano
        One that erupts.
    """

    anchor: AnchorRules | None = None
    earthquake: EarthquakeRules | None = None
    mud_volcano: MudVolcanoRules | None = None


class BranchingRules(Cited):
    """A third landing, joined by a branching unit to the trunk of a system or between two landings.

    Attributes
    ----------
    system
        The system whose line is the trunk; or give ``trunk_landings``.
    trunk_landings
        Ids of the two landings of the trunk.
    third_landing
        Id of the landing that is joined.
    min_depth_m
        The unit lies in known water so deep or deeper, m.
    price_km
        Of the unit, as km of clear seabed.
    spur_factor
        What a metre of the leg to the third landing costs over a metre of trunk.
    """

    system: Identifier | None = None
    trunk_landings: tuple[Identifier, Identifier] | None = None
    third_landing: Identifier
    min_depth_m: NotNegative
    price_km: NotNegative
    spur_factor: Positive = 1.0

    @property
    def trunk(self) -> str:
        """By its system, or by its two landings."""
        return self.system or "-".join(self.trunk_landings or ())

    @model_validator(mode="after")
    def _has_one_trunk(self) -> Self:
        if (self.system is None) == (self.trunk_landings is None):
            raise ValueError("give one of `system` and `trunk_landings` (two landings), and only one")
        if self.trunk_landings is not None and self.trunk_landings[0] == self.trunk_landings[1]:
            raise ValueError(f"trunk_landings names `{self.trunk_landings[0]}` twice: expected two landings")
        return self


class Design(AnalysisTable, Cited):
    """Systems planned together.

    Attributes
    ----------
    systems
        Ids of two to four.
    landing_zone_km
        Radius around each of their landings inside which they may come close.
    min_separation_km
        Distance that they keep elsewhere.
    separations_km
        Further distances, of the curve of cost against separation.
    shared_hazards
        Events that could hit two of them at once.
    branching
        A third landing.
    """

    systems: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=4)]
    landing_zone_km: Positive
    min_separation_km: Positive
    separations_km: Annotated[tuple[Positive, ...], Field(max_length=20)] = ()
    shared_hazards: SharedHazards = SharedHazards()
    branching: BranchingRules | None = None

    @model_validator(mode="after")
    def _names_each_system_once(self) -> Self:
        twice = sorted({name for name in self.systems if self.systems.count(name) > 1})
        if twice:
            raise ValueError(f"systems names `{twice[0]}` more than once: a system cannot be its own reserve")
        return self

    def check_study(self, study: Study) -> None:
        """Check what the table names of the rest of the study.

        Raises
        ------
        ValueError
            When something is not there, or systems are planned together that are alternatives.
        """
        systems = {system.id: system for system in study.systems}
        branch = self.branching
        for named in (*self.systems, *([branch.system] if branch and branch.system else [])):
            if named not in systems:
                raise ValueError(f"design names the system `{named}`, which is not among {', '.join(systems)}")
        for one, other in combinations(self.systems, 2):
            if systems[other] not in study.built_with(systems[one]):
                raise ValueError(
                    f"design plans `{one}` and `{other}` together, which are alternatives: neither names the other in "
                    "coexists_with"
                )
        if branch is not None:
            _check_branch(branch, study)


def _check_branch(branch: BranchingRules, study: Study) -> None:
    ends = trunk_ends(branch, study.systems)
    known = [landing.id for landing in study.landings]
    for end in (*ends, branch.third_landing):
        if end not in known:
            raise ValueError(f"design.branching names the landing `{end}`, which is not among {', '.join(known)}")
    if branch.third_landing in ends:
        raise ValueError(
            f"design.branching joins `{branch.third_landing}` to a trunk that lands there already: give another "
            "third_landing"
        )


def trunk_ends(rules: BranchingRules, systems: Sequence[System]) -> tuple[str, str]:
    """Ids of the landings of the trunk that a third one is joined to."""
    if rules.trunk_landings is not None:
        return rules.trunk_landings
    trunk = next(system for system in systems if system.id == rules.system)
    return trunk.from_landing, trunk.to_landing
