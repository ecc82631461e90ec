"""Days on which a stretch of a route is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import KpRange

if TYPE_CHECKING:
    from transcaspian.analyses.installation.config import Installation, Window
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.study import Season, Study

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
PASSAGE = "passage"
"""Of a vessel through the canal: what windows of the canal close, and others only by name."""
AT_PORT = ("loading", PASSAGE)
"""What is not done along the route: windows close it by name only."""
EVER = float("inf")


@dataclass(frozen=True)
class Closed(KpRange):
    """A stretch that is closed on some days.

    Attributes
    ----------
    season
        Of every year; None: from ``from_on`` to ``to_on``, None for ever.
    phases
        What may not be done then; empty: all that is done along the route.
    """

    name: str
    cause: str
    season: Season | None
    from_on: str | None
    to_on: str | None
    phases: tuple[str, ...]
    source: str
    status: str
    constraint_id: str = ""

    def closes(self, phase: str) -> bool:
        """Whether it is about work of a kind."""
        if self.cause == "canal" and not self.phases:
            return phase == PASSAGE
        return phase in self.phases or (not self.phases and phase not in AT_PORT)

    def on(self, first: date, days: int) -> Bools:
        """Whether it is closed on each of so many days from the first, shape ``(days,)``."""
        return closed_days(*self.told, first, days)

    @property
    def told(self) -> tuple[str | None, str | None]:
        """First and last closed day: month-day of every year, or year-month-day, None for ever."""
        return (self.from_on, self.to_on) if self.season is None else (self.season.from_day, self.season.to_day)


def closed_days(closed_from: str | None, closed_to: str | None, first: date, days: int) -> Bools:
    """Whether a window, as `Closed.told`, is closed on each of so many days from the first, shape ``(days,)``."""
    calendar = np.datetime64(first, "D") + np.arange(days)
    if closed_from and closed_to and len(closed_from) == len("12-31"):
        return is_in(closed_from, closed_to, month_days(calendar))
    begins, ends = closed_from or "0001-01-01", closed_to or "9999-12-31"
    return np.asarray((calendar >= np.datetime64(begins)) & (calendar <= np.datetime64(ends)))


def month_days(calendar: NDArray[np.datetime64]) -> Ints:
    """Month and day of dates as one number: 229 is the 29th of February."""
    months = calendar.astype("datetime64[M]")
    return np.asarray((months.astype(int) % 12 + 1) * 100 + (calendar - months).astype(int) + 1)


ALL_DAYS = month_days(np.datetime64("2000-01-01") + np.arange(366))
"""Month and day of every day that some year has."""


def is_in(from_day: str, to_day: str, of_days: Ints) -> Bools:
    """Whether days, from `month_days`, lie in a season, over the turn of the year too.

    The 29th of February is one of its days in the years that have it; in others a season that begins on it begins on
    the 1st of March, and one that ends on it ends on the 28th of February.

    >>> is_in("12-07", "02-29", np.array([1206, 1231, 229, 301])).tolist()
    [False, True, True, False]
    """
    first, last = (int(day.replace("-", "")) for day in (from_day, to_day))
    if first <= last:
        return (of_days >= first) & (of_days <= last)
    return (of_days >= first) | (of_days <= last)


def of_study(window: Window) -> Closed:
    """A window of the table."""
    return Closed(
        window.from_kp_km or 0.0,
        window.to_kp_km or EVER,
        window.id,
        window.cause,
        window.closed,
        window.from_on,
        window.to_on,
        window.phases,
        window.source,
        window.status,
    )


def of_canal(rules: Installation) -> Iterator[Closed]:
    """When the canal is closed."""
    if (canal := rules.canal) is not None:
        about = (canal.name, "canal", canal.closed, None, None, (PASSAGE,), canal.source, canal.status)
        yield Closed(0.0, EVER, *about)


def of_constraints(study: Study, route: EngineeredRoute) -> Iterator[Closed]:
    """Stretches of a route in a constraint that has a season: inside, or where that cannot be excluded."""
    seasonal = {item.id: item for item in study.constraints if item.season is not None}
    for near in route.nearby:
        constraint = seasonal.get(near.feature.constraint_id) if near.feature and near.feature.feature_id else None
        if constraint is None or near.verdict == "clear":
            continue
        about = (constraint.source, constraint.status, constraint.id)
        yield Closed(
            near.from_km, near.to_km, constraint.id, constraint.kind, constraint.season, None, None, (), *about
        )


def windows_of(study: Study, rules: Installation, system_id: str, route: EngineeredRoute) -> tuple[Closed, ...]:
    """All that is closed for a system."""
    own = (of_study(item) for item in rules.windows if not item.systems or system_id in item.systems)
    return (*own, *of_canal(rules), *of_constraints(study, route))


def closed_for_ever(rules: Installation, system_ids: Sequence[str]) -> str:
    """What windows leave no day of any year for, and which; empty where there is always one."""
    for canal in of_canal(rules):
        if closed_all_year([canal]):
            return f"installation.canal.closed, {canal.season}, leaves no day of the year for a passage"
    for system_id in system_ids:
        closed = [of_study(item) for item in rules.windows if not item.systems or system_id in item.systems]
        for phase in [*(item.kind for item in rules.phases), PASSAGE]:
            windows = [window for window in closed if window.closes(phase)]
            for from_km, to_km, names in without_a_day(windows, rules.start_on):
                where = f"KP {from_km:g} to {'its end' if to_km == EVER else f'{to_km:g}'} of {system_id}"
                return f"installation.windows {', '.join(names)} leave no day for `{phase}` on {where}"
    return ""


def without_a_day(windows: Sequence[Closed], from_on: str) -> Iterator[tuple[float, float, list[str]]]:
    """Stretches that are closed on every day from one on, and the windows that close them."""
    edges_km = sorted({km for window in windows for km in (window.from_km, window.to_km)})
    for from_km, to_km in pairwise(edges_km):
        here = [window for window in windows if window.from_km <= from_km and window.to_km >= to_km]
        whole = [item for item in here if item.season is None and (item.from_on or "") <= from_on and not item.to_on]
        if whole:
            yield from_km, to_km, [f"`{whole[0].name}`"]
            continue
        seasons = [item for item in here if item.season is not None]
        if closed_all_year(seasons):
            alone = [item for item in seasons if closed_all_year([item])]
            yield from_km, to_km, [f"`{item.name}`" for item in alone[:1] or seasons]


def closed_all_year(seasonal: Sequence[Closed]) -> bool:
    """Whether one or the other of some seasons has every day of the year."""
    closed = [is_in(item.season.from_day, item.season.to_day, ALL_DAYS) for item in seasonal if item.season]
    return bool(closed) and bool(np.any(closed, axis=0).all())
