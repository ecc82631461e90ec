"""The table ``[link]`` of a study: what a line loses, and what each of both designs can bridge and carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from transcaspian.study.agreement import Contradiction
from transcaspian.study.base import Cited, NotNegative, Positive
from transcaspian.study.schema import AnalysisTable, Study

FIBRE_DB_PER_KM = (0.1, 0.5)
"""What fibre of any kind loses at 1,550 nm, new or old."""
PairCount = Annotated[int, Field(ge=1, le=1000)]


class FibreRules(Cited):
    """Fibre pairs of the cable, and what one of them carries one way.

    Attributes
    ----------
    fibre_pairs
        Of the cable.
    pair_tbit_s
        What one pair carries one way, Tbit/s.
    """

    fibre_pairs: PairCount
    pair_tbit_s: Positive

    @property
    def capacity_tbit_s(self) -> float:
        """Of the whole cable."""
        return self.fibre_pairs * self.pair_tbit_s


class UnrepeateredRules(FibreRules):
    """The loss from station to station that equipment ashore bridges alone, and with remotely pumped amplifiers.

    Attributes
    ----------
    budget_db
        By equipment ashore alone.
    ropa_budget_db
        With remotely pumped amplifiers.
    """

    budget_db: Positive
    ropa_budget_db: Positive

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.budget_db > self.ropa_budget_db:
            raise ValueError(
                f"budget_db {self.budget_db:g} is more than ropa_budget_db {self.ropa_budget_db:g}: amplifiers on the "
                "way bridge more, not less"
            )
        return self


class RepeateredRules(FibreRules):
    """The loss of a span that a repeater makes up for, and how repeaters are fed.

    Either station can feed the whole line.

    Attributes
    ----------
    span_budget_db
        Loss that a repeater makes up for.
    feed_a
        Current of the feed.
    conductor_ohm_per_km
        Of the cable.
    repeater_v
        Voltage that each repeater takes.
    max_feed_v
        Voltage that a station gives at most.
    """

    span_budget_db: Positive
    feed_a: Positive
    conductor_ohm_per_km: NotNegative
    repeater_v: NotNegative
    max_feed_v: Positive


class Link(AnalysisTable, Cited):
    """What a line loses from end to end, and both designs.

    Attributes
    ----------
    attenuation_db_per_km
        Of the fibre at 1,550 nm.
    splice_db, splice_every_km
        Loss of a splice, and the distance between two.
    repair_db, repairs_per_100km
        Loss of one repair with its cable and splices, and how many are allowed for in the service life.
    ageing_db_per_km
        Over the whole service life.
    fixed_db
        Lost in every span, however short.
    group_index
        Of the fibre, without unit.
    unrepeatered
        The design without repeaters.
    repeatered
        The design with repeaters.
    """

    attenuation_db_per_km: float
    splice_db: NotNegative
    splice_every_km: Positive
    repair_db: NotNegative
    repairs_per_100km: NotNegative
    ageing_db_per_km: NotNegative
    fixed_db: NotNegative
    group_index: Annotated[float, Field(ge=1, le=2)]
    unrepeatered: UnrepeateredRules
    repeatered: RepeateredRules

    @field_validator("attenuation_db_per_km")
    @classmethod
    def _is_of_fibre(cls, value: float) -> float:
        low, high = FIBRE_DB_PER_KM
        if not low <= value <= high:
            raise ValueError(
                f"{value:g} dB per km is not the attenuation of a fibre at 1,550 nm: expected {low:g} to {high:g}; "
                "a figure of a whole span is divided by its length"
            )
        return value

    @model_validator(mode="after")
    def _grows_as_a_line(self) -> Self:
        if self.db_per_km > FIBRE_DB_PER_KM[1]:
            raise ValueError(
                f"fibre, splices, repairs and ageing come to {self.db_per_km:.3f} dB per km: expected at most "
                f"{FIBRE_DB_PER_KM[1]:g}; check splice_db, repair_db and ageing_db_per_km"
            )
        return self

    @property
    def db_per_km(self) -> float:
        """All that grows with the length: fibre, splices, repairs, ageing."""
        splices, repairs = self.splice_db / self.splice_every_km, self.repair_db * self.repairs_per_100km / 100.0
        return self.attenuation_db_per_km + splices + repairs + self.ageing_db_per_km

    @property
    def budgets_db(self) -> dict[str, float]:
        """Every budget by its key."""
        return {
            "unrepeatered.budget_db": self.unrepeatered.budget_db,
            "unrepeatered.ropa_budget_db": self.unrepeatered.ropa_budget_db,
            "repeatered.span_budget_db": self.repeatered.span_budget_db,
        }

    def loss_db(self, km: float) -> float:
        """Of a span of so much cable, at the end of the service life."""
        return self.fixed_db + km * self.db_per_km

    def reach_km(self, budget_db: float) -> float:
        """The longest span that a budget bridges; negative where it is used up before the first kilometre."""
        return (budget_db - self.fixed_db) / self.db_per_km

    def check_study(self, study: Study) -> None:
        """Refuse a study without rules of engineering, and budgets that do not reach over one section of cable."""
        rules = study.engineering
        if rules is None:
            raise ValueError("link needs the tables of [engineering]: without them no cable is known whose loss counts")
        section_km = rules.sections.min_cable_type_km
        for key, budget_db in self.budgets_db.items():
            if (reach_km := self.reach_km(budget_db)) <= section_km:
                raise ValueError(
                    f"link.{key} of {budget_db:g} dB reaches {max(reach_km, 0.0):.1f} km at {self.db_per_km:.3f} dB "
                    f"per km and {self.fixed_db:g} dB, not over the shortest section of cable ({section_km:g} km, "
                    "engineering.sections.min_cable_type_km): raise the budget or lower the losses"
                )

    def contradictions(self, study: Study) -> Iterator[Contradiction]:
        """Reaches by which lists get amplifiers, beyond what the budgets bridge."""
        assert study.engineering is not None  # `check_study` refuses a study without
        amplifiers = study.engineering.amplifiers
        wanted_km = (amplifiers.unrepeatered_km, amplifiers.ropa_km, amplifiers.repeater_spacing_km)
        names = ("unrepeatered_km", "ropa_km", "repeater_spacing_km")
        for name, km, (key, budget_db) in zip(names, wanted_km, self.budgets_db.items(), strict=True):
            if km > (reach_km := self.reach_km(budget_db)):
                yield Contradiction(
                    f"engineering.amplifiers.{name} is {km:g} km, and link.{key} of {budget_db:g} dB reaches "
                    f"{reach_km:.0f} km",
                    f"set it to {reach_km:.0f} km less the land tails, or raise the budget",
                    f"link.{key}",
                )

    @property
    def summary(self) -> str:
        """The reaches."""
        alone, pumped, span = (self.reach_km(budget_db) for budget_db in self.budgets_db.values())
        return f"reach {alone:.0f} km, {pumped:.0f} km with ROPA, {span:.0f} km between repeaters"
