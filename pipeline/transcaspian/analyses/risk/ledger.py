"""What a line costs and what faults are expected of it, step by step: every figure is a sum over its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.analyses.risk.config import RepairRisk
from transcaspian.analyses.risk.protection import Options, feasible, remaining, repairs_at
from transcaspian.analyses.risk.rates import ANCHORING, Hazard, Places, passages_at, rates_at
from transcaspian.core.cost_range import CostRange
from transcaspian.core.linear_reference import KpRange, numbers_at
from transcaspian.engineering import Profile
from transcaspian.engineering.cable import CablePlan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class SurveyedLine:
    """What could be laid on each step of a line, from a sample of its profile to the next.

    Attributes
    ----------
    kp_km
        Ends of the steps, shape ``(steps + 1,)``.
    rate, at_most
        Faults of a bare cable per km and year by cause, shape ``(causes, steps)``, as in `rates`: the
        mean of both ends.
    may_lie
        Whether a pair of armour and burial may be laid at both ends, shape ``(armour, burial, steps)``.
    paid_usd_per_km
        Cost beyond cable and burial, shape ``(steps,)``.
    repair_days, repair_usd
        Of one repair, shape ``(burial, steps)``.
    passages
        Observed passages of ships over a km, shape ``(steps,)``; None or NaN: anchors do not go by traffic.
    """

    kp_km: Floats
    rate: Floats
    at_most: Floats
    may_lie: Bools
    paid_usd_per_km: Floats
    repair_days: Floats
    repair_usd: Floats
    passages: Floats | None = None

    @property
    def step_km(self) -> Floats:
        """Lengths of the steps, shape ``(steps,)``."""
        return np.diff(self.kp_km)


@dataclass(frozen=True)
class Account:
    """A stretch of a laid line, all figures summed over its steps.

    Attributes
    ----------
    faults_per_year
        By cause, on the kilometres on which the cause is known.
    at_most_per_year
        By cause, with the greatest rates of the study where it is not known. Repairs are counted from these.
    unknown_km
        Length on which some cause is not known.
    anchor_error
        Standard error of the faults a year by anchors, by the number of ships that were seen; None: not by traffic.
    """

    from_km: float
    to_km: float
    cost_usd: float
    faults_per_year: dict[str, float]
    at_most_per_year: dict[str, float]
    unknown_km: float
    repair_days_per_year: float
    repair_usd_per_year: float
    anchor_error: float | None = None

    @property
    def length_km(self) -> float:
        """Length over ground."""
        return self.to_km - self.from_km

    @property
    def faults(self) -> float:
        """Expected faults a year of all causes, where they are known."""
        return sum(self.faults_per_year.values())

    @property
    def at_most(self) -> float:
        """Expected faults a year of all causes, with the greatest rates where they are not known."""
        return sum(self.at_most_per_year.values())


@dataclass(frozen=True)
class Ledger:
    """A line with its cable; arrays by step.

    Attributes
    ----------
    choice
        Places of armour and burial among the options, shape ``(steps, 2)``.
    cost_usd, repair_days, repair_usd
        Shape ``(steps,)``; repairs per year.
    faults, at_most
        Per year, shape ``(causes, steps)``; NaN in ``faults`` is not known.
    total
        What the whole line costs by the cost book, with all that is not paid by the km; None: the study has none, and
        the steps make up the cost.
    anchor_variance
        From `anchor_variance`, shape ``(steps,)``.
    """

    causes: tuple[str, ...]
    kp_km: Floats
    choice: Ints
    cost_usd: Floats
    faults: Floats
    at_most: Floats
    repair_days: Floats
    repair_usd: Floats
    total: CostRange | None = None
    anchor_variance: Floats | None = None

    @property
    def paid_usd(self) -> float:
        """What the whole line costs."""
        return float(self.cost_usd.sum()) if self.total is None else self.total.cost_base_usd

    def account(self, first: int = 0, after: int | None = None) -> Account:
        """The steps from ``first`` to the one before ``after``, together; all of them by default."""
        part = slice(first, after)
        end = len(self.choice) if after is None else after
        faults, at_most = self.faults[:, part], self.at_most[:, part]
        unknown = np.isnan(faults).any(axis=0)
        return Account(
            from_km=float(self.kp_km[first]),
            to_km=float(self.kp_km[end]),
            cost_usd=float(self.cost_usd[part].sum()),
            faults_per_year=dict(zip(self.causes, np.nansum(faults, axis=1).tolist(), strict=True)),
            at_most_per_year=dict(zip(self.causes, at_most.sum(axis=1).tolist(), strict=True)),
            unknown_km=float(np.diff(self.kp_km)[part][unknown].sum()),
            repair_days_per_year=float(self.repair_days[part].sum()),
            repair_usd_per_year=float(self.repair_usd[part].sum()),
            anchor_error=None if self.anchor_variance is None else float(np.sqrt(self.anchor_variance[part].sum())),
        )

    def sections(self) -> list[tuple[Account, int, int]]:
        """Stretches of one armour and one burial, with their places among the options."""
        edges = [0, *(np.flatnonzero((np.diff(self.choice, axis=0) != 0).any(axis=1)) + 1), len(self.choice)]
        return [
            (self.account(int(first), int(after)), int(self.choice[first, 0]), int(self.choice[first, 1]))
            for first, after in pairwise(edges)
        ]

    def stretches(self, about_km: float) -> list[Account]:
        """Stretches of about that length, to whole steps, and what is left at the end."""
        marks_km = np.arange(about_km, self.kp_km[-1] - 1e-9, about_km)
        nearest = {int(np.abs(self.kp_km - mark_km).argmin()) for mark_km in marks_km}
        edges = sorted({0, *nearest, len(self.choice)})
        return [self.account(first, after) for first, after in pairwise(edges)]

    def length_of(self, kind: int, place: int) -> float:
        """Kilometres of an armour (kind 0) or of a burial (kind 1)."""
        return float(np.diff(self.kp_km)[self.choice[:, kind] == place].sum())


def survey_line(
    hazard: Hazard, options: Options, repair: RepairRisk, profile: Profile, paid_usd_per_km: ArrayLike
) -> SurveyedLine:
    """What could be laid on a line, and what would become of it.

    Parameters
    ----------
    paid_usd_per_km
        Cost beyond cable and burial at each sample of the profile.
    """
    places = Places(profile.lon_deg, profile.lat_deg, profile.depth_m, profile.steepest_deg)
    rates = rates_at(hazard, places)
    may_lie = feasible(options, places)
    repairs = repairs_at(options, repair, places.depth_m)
    return SurveyedLine(
        kp_km=profile.kp_km,
        rate=midway(rates.rate),
        at_most=midway(rates.at_most),
        may_lie=may_lie[..., :-1] & may_lie[..., 1:],
        paid_usd_per_km=midway(np.asarray(paid_usd_per_km, float)),
        repair_days=midway(repairs.days),
        repair_usd=midway(repairs.usd),
        passages=midway(passages_at(hazard, places)),
    )


def midway(values: Floats) -> Floats:
    """Means of neighbours on the last axis."""
    return np.asarray((values[..., :-1] + values[..., 1:]) / 2)


def step_costs(line: SurveyedLine, options: Options, price: float) -> Floats:
    """Cost of each step with each pair at a price of a fault, shape ``(steps, armour, burial)``; inf: not laid."""
    per_km = options.usd_per_km[..., np.newaxis] + price * remaining(options, line.at_most) + line.paid_usd_per_km
    return np.moveaxis(np.where(line.may_lie, per_km * line.step_km, np.inf), -1, 0)


def ledger_of(line: SurveyedLine, options: Options, choice: Ints) -> Ledger:
    """Every figure of a line with its armour and burial, shape ``(steps, 2)``."""
    armour, burial = choice.T
    steps = np.arange(len(choice))
    passes = options.passes[armour, burial].T * line.step_km
    at_most = line.at_most * passes
    repairs = at_most.sum(axis=0)
    return Ledger(
        causes=options.causes,
        kp_km=line.kp_km,
        choice=choice,
        cost_usd=(options.usd_per_km[armour, burial] + line.paid_usd_per_km) * line.step_km,
        faults=line.rate * passes,
        at_most=at_most,
        repair_days=repairs * line.repair_days[burial, steps],
        repair_usd=repairs * line.repair_usd[burial, steps],
        anchor_variance=anchor_variance(line, at_most, options.causes),
    )


def anchor_variance(line: SurveyedLine, at_most: Floats, causes: Sequence[str]) -> Floats | None:
    """Variance of the faults a year by anchors on each step, as its passages are a sample; None: not by traffic.

    ``x²/n``: ``n`` observed passages (Poisson) stand for ``x`` faults. A step that no ship was seen on has neither.
    """
    if line.passages is None or ANCHORING not in causes or np.isnan(line.passages).all():
        return None
    seen, faults = np.nan_to_num(line.passages) * line.step_km, at_most[list(causes).index(ANCHORING)]
    return np.divide(faults**2, seen, out=np.zeros_like(faults), where=seen > 0)


def choice_of_cable(line: SurveyedLine, options: Options, cable: CablePlan) -> Ints:
    """Armour and burial of an engineered cable on the steps of its line: those in the middle of each."""
    middle_km = midway(line.kp_km)
    return np.column_stack(
        [
            _along(middle_km, cable.types, [options.armour_of(part.rule.cable_type) for part in cable.types]),
            _along(
                middle_km,
                cable.burial,
                [options.burial_of(part.rule.method, part.rule.target_m) for part in cable.burial],
            ),
        ]
    )


def _along(middle_km: Floats, parts: Sequence[KpRange], places: Sequence[int]) -> Ints:
    """The place of the part that each step lies in."""
    return np.array(places, np.int64)[numbers_at(parts, middle_km)]
