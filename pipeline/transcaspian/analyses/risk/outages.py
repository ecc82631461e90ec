"""How long a system, or both of two, are out of service: outages that come at random, and the ship that ends them.

Outages of each kind come as a Poisson process, and each is repaired by itself. The number that are being repaired at a
moment is then a Poisson number too, whatever the distribution of repair times (the queue M/G/∞: Palm 1943). Of two
lines, let ``c`` be the mean number of outages under repair that hold both, ``a`` and ``b`` of those that hold one line
alone. Both are out for the share of time

    1 − e^(−c) + e^(−c) (1 − e^(−a)) (1 − e^(−b))

where the first part is by common causes and the second is the coincidence of separate outages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

YEAR_DAYS = 365.25
YEAR_HOURS = 24.0 * YEAR_DAYS
_MOMENTS = 1461
"""Of a year at which outages under repair are counted: four a day."""


@dataclass(frozen=True)
class Outage:
    """A kind of event that takes one of two lines, or both, out of service.

    Attributes
    ----------
    days
        Of work until each line is in service again; 0: the event does not touch it. Where one ship repairs both, the
        days of the second begin with those of the first.
    by_ship
        The work begins when a ship is there; else at once.
    """

    cause: str
    per_year: float
    days: tuple[float, float]
    by_ship: bool = True

    @property
    def is_common(self) -> bool:
        """Whether it takes both."""
        return min(self.days) > 0


@dataclass(frozen=True)
class Ship:
    """When a repair begins: after days of waiting, and not in the season in which the ship cannot come.

    ``closed_from_day``: of the year, from 0; ``closed_days``: how long from there on no ship arrives.
    """

    waiting_days: float
    closed_from_day: float = 0.0
    closed_days: float = 0.0

    def waited_days(self, after_days: float) -> Floats:
        """Ages at which a repair of so many days ends, at moments of a year: younger outages last at them.

        A ship that would come in the closed season comes at its end. So what began ``waiting + u − from`` days before
        the last moment ``u`` at which a ship could come has not been repaired.
        """
        come = np.arange(_MOMENTS) * YEAR_DAYS / _MOMENTS - after_days
        into_season = np.mod(come - self.closed_from_day, YEAR_DAYS)
        return self.waiting_days + after_days + np.where(into_season < self.closed_days, into_season, 0.0)


@dataclass(frozen=True)
class OutOfService:
    """Shares of time, over a year.

    Attributes
    ----------
    one, other
        That each of two lines is out.
    coincidence
        That both are, by outages of their own.
    common
        That both are, by events that take both: by cause.
    """

    one: float
    other: float
    coincidence: float
    common: dict[str, float]

    @property
    def both(self) -> float:
        """That both are out."""
        return self.coincidence + sum(self.common.values())

    @property
    def if_independent(self) -> float:
        """That both would be if nothing touched both: what is often quoted."""
        return self.one * self.other


def out_of_service(outages: Sequence[Outage], ship: Ship) -> OutOfService:
    """How long each of two lines, and both, are out of service.

    Parameters
    ----------
    outages
        Of both lines; of a system alone, such as touch the first line only.

    Examples
    --------
    A storm every other year cuts both lines for ten days:

    >>> both = out_of_service([Outage("storm", 0.5, (10.0, 10.0), by_ship=False)], Ship(20.0))
    >>> round(24 * YEAR_DAYS * both.both, 1)
    119.2
    """
    mean = np.zeros((2, _MOMENTS))
    common: dict[str, Floats] = {}
    for outage in outages:
        ages = [_ages_days(outage, days, ship) for days in outage.days]
        mean += outage.per_year / YEAR_DAYS * np.array(ages)
        if outage.is_common:
            of_both = outage.per_year / YEAR_DAYS * np.minimum(*ages)
            common[outage.cause] = common.get(outage.cause, np.zeros(_MOMENTS)) + of_both
    together = np.sum([np.zeros(_MOMENTS), *common.values()], axis=0)
    alone = -np.expm1(-np.maximum(mean - together, 0.0))
    share = np.divide(-np.expm1(-together), together, out=np.ones(_MOMENTS), where=together > 0)
    return OutOfService(
        float(-np.expm1(-mean[0]).mean()),
        float(-np.expm1(-mean[1]).mean()),
        float((np.exp(-together) * alone[0] * alone[1]).mean()),
        {cause: float((share * count).mean()) for cause, count in common.items()},
    )


def _ages_days(outage: Outage, days: float, ship: Ship) -> Floats:
    """How old an outage may be and still last, at the moments of a year."""
    if days <= 0:
        return np.zeros(_MOMENTS)
    return ship.waited_days(days) if outage.by_ship else np.full(_MOMENTS, days)


def per_year(outages: Iterable[Outage], line: int) -> float:
    """Outages a year of a line."""
    return sum(outage.per_year for outage in outages if outage.days[line] > 0)
