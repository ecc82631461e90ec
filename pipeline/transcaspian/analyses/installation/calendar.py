"""When each task is done: one after another, on days on which nothing closes where it is at work.

A task is begun on the first day from which it can be done without waiting. Where there is none within a year it waits
between, day by day, and where a day of it never comes the plan ends there. A start that the study fixes stands, and
what it breaks is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from math import ceil

import numpy as np

from transcaspian.analyses.installation.days import Days
from transcaspian.analyses.installation.tasks import Task
from transcaspian.analyses.installation.windows import AT_PORT, PASSAGE, Bools, Closed

WITHIN_DAYS = 366
"""So far ahead a start without waiting is looked for."""
LONGEST_WAIT_DAYS = 4 * 366
"""A day of work that does not come for so long never comes: every season comes round, and the 29th of February."""
ONE_DAY = timedelta(days=1)
NEVER = date.max


@dataclass(frozen=True)
class Planned:
    """A task with its days of the calendar.

    Attributes
    ----------
    worked_on
        Every day on which it is worked at, in order; empty: no day is left for it.
    waits_for
        Names of the windows that it waits for.
    breaks
        Days by the name of a window on which it is worked at although that is closed.
    begins_early
        Whether its fixed start lies before the end of what comes before it.
    """

    task: Task
    worked_on: tuple[date, ...]
    waits_for: tuple[str, ...] = ()
    breaks: tuple[tuple[str, int], ...] = ()
    begins_early: bool = False

    @property
    def starts_on(self) -> date | None:
        """The first day."""
        return self.worked_on[0] if self.worked_on else None

    @property
    def ends_on(self) -> date | None:
        """The last day."""
        return self.worked_on[-1] if self.worked_on else None

    @property
    def interruptions(self) -> int:
        """How often work stops and goes on later."""
        return sum(after - before > ONE_DAY for before, after in pairwise(self.worked_on))


def plan(tasks: Sequence[Task], windows: Sequence[Closed], start_on: str, which: str = "base") -> tuple[Planned, ...]:
    """Plan tasks one after another.

    Parameters
    ----------
    start_on
        When the first may begin.
    which
        ``low``, ``base`` or ``high``: how long tasks take.

    Returns
    -------
    tuple
        As many as tasks; after one that has no day left none has.
    """
    found: list[Planned] = []
    ready: date | None = date.fromisoformat(start_on)
    for task in tasks:
        one = Planned(task, ()) if ready is None else _planned(task, windows, ready, getattr(task.days, which))
        found.append(one)
        ready = None if one.ends_on is None else max(ready or one.ends_on, one.ends_on) + ONE_DAY
    return tuple(found)


def plan_together(
    systems: Mapping[str, tuple[Sequence[Task], Sequence[Closed]]], start_on: str
) -> dict[str, tuple[Planned, ...]]:
    """Plan several systems in one calendar, in which vessels go from system to system.

    A task follows the one before it of its system, and waits until its vessel has done what it was planned for. Of the
    tasks that could be next the one that begins first is planned, of several that of the first system. A vessel passes
    a canal once, before all work of the systems that need it, and once after it.

    Parameters
    ----------
    systems
        Tasks and closed windows of each, as `plan` takes them.
    start_on
        When the first task may begin.

    Returns
    -------
    dict
        As many as tasks, by system; after one that has no day left none of its system has.
    """
    start = date.fromisoformat(start_on)
    ways = {
        name: {task.vessel.name: task for task in tasks if task.phase == PASSAGE and task.vessel is not None}
        for name, (tasks, _) in systems.items()
    }
    canal = {vessel: (task, systems[name][1]) for name in systems for vessel, task in ways[name].items()}
    come = {vessel: _from(task, windows, start) for vessel, (task, windows) in canal.items()}
    ready = {name: max([start, *(_day_after(come[vessel], start) for vessel in ways[name])]) for name in systems}
    left = {name: [task for task in tasks if task.phase != PASSAGE] for name, (tasks, _) in systems.items()}
    found, free = {name: list[Planned]() for name in systems}, dict[str, date]()
    while open_ones := [name for name, tasks in left.items() if tasks]:
        tried = {}
        for name in open_ones:
            vessel = left[name][0].vessel
            day = max(ready[name], start if vessel is None else free.get(vessel.name, start))
            tried[name] = _from(left[name][0], systems[name][1], day), day
        name = min(open_ones, key=lambda one: tried[one][0].starts_on or NEVER)
        one, day = tried[name]
        found[name].append(one)
        left[name].pop(0)
        ready[name] = _day_after(one, day)
        if one.worked_on and one.task.vessel is not None:
            free[one.task.vessel.name] = ready[name]
    last = {vessel: max(ready[name] for name in systems if vessel in ways[name]) for vessel in canal}
    leave = {vessel: _from(task, windows, last[vessel]) for vessel, (task, windows) in canal.items()}
    return {name: tuple(_with_ways(tasks, found[name], come, leave)) for name, (tasks, _) in systems.items()}


def _from(task: Task, windows: Sequence[Closed], day: date) -> Planned:
    """A task that begins on a day or later; without days where that never comes."""
    return Planned(task, ()) if day == NEVER else _planned(task, windows, day, task.days.base)


def _day_after(one: Planned, day: date) -> date:
    """The day after a task that was ready on a day."""
    return NEVER if one.ends_on is None else max(day, one.ends_on + ONE_DAY)


def _with_ways(
    tasks: Sequence[Task], work: Sequence[Planned], come: Mapping[str, Planned], leave: Mapping[str, Planned]
) -> Iterator[Planned]:
    """Work with the passages of the vessels, in the order of the tasks.

    Parameters
    ----------
    work
        All tasks but passages, planned.
    come, leave
        Passages before and after all work, by vessel.
    """
    left = list(work)
    for task in tasks:
        if task.phase != PASSAGE or task.vessel is None:
            yield left.pop(0)
        else:
            yield (come if len(left) == len(work) else leave)[task.vessel.name]


def _planned(task: Task, windows: Sequence[Closed], ready: date, days: float) -> Planned:
    """One task, not before a day unless its start is fixed."""
    length = max(1, ceil(days - 1e-9))
    met = [(window, touched(task, window, length)) for window in windows if window.closes(task.phase)]
    met = [(window, touches) for window, touches in met if touches.any()]
    if task.start_on:
        return _fixed(task, met, ready, length)
    span = WITHIN_DAYS + length
    conflicts = {window.name: np.zeros(WITHIN_DAYS + 1) for window, _ in met}
    for window, touches in met:
        closed = window.on(ready, span)
        conflicts[window.name] += np.correlate(closed.astype(float), touches.astype(float), "valid")
    free = np.flatnonzero(sum(conflicts.values(), np.zeros(WITHIN_DAYS + 1)) < 0.5)
    if not len(free):
        return _interrupted(task, met, ready, length)
    waits = tuple(name for name, count in conflicts.items() if count[: free[0]].any())
    return Planned(task, days_from(ready + int(free[0]) * ONE_DAY, length), waits)


def _fixed(task: Task, met: Sequence[tuple[Closed, Bools]], ready: date, length: int) -> Planned:
    """A task whose start the study fixes."""
    start = date.fromisoformat(task.start_on)
    breaks: dict[str, int] = {}
    for window, touches in met:
        if count := int((window.on(start, length) & touches).sum()):
            breaks[window.name] = breaks.get(window.name, 0) + count
    return Planned(task, days_from(start, length), (), tuple(breaks.items()), start < ready)


def _interrupted(task: Task, met: Sequence[tuple[Closed, Bools]], ready: date, length: int) -> Planned:
    """A task that waits between, whenever a window is closed where it is at work."""
    worked: list[date] = []
    waits: dict[str, None] = {}
    day = ready
    for number in range(length):
        here = [(window, window.on(day, LONGEST_WAIT_DAYS)) for window, touches in met if touches[number]]
        shut = np.any([closed for _, closed in here], axis=0) if here else np.zeros(1, bool)
        if shut.all():
            return Planned(task, (), tuple(dict.fromkeys([*waits, *(window.name for window, _ in here)])))
        wait = int(shut.argmin())
        waits |= dict.fromkeys(window.name for window, closed in here if closed[:wait].any())
        worked.append(day + wait * ONE_DAY)
        day = worked[-1] + ONE_DAY
    return Planned(task, tuple(worked), tuple(waits))


def days_from(start: date, length: int) -> tuple[date, ...]:
    """So many days in a row."""
    return tuple(start + number * ONE_DAY for number in range(length))


def touched(task: Task, window: Closed, length: int) -> Bools:
    """On which of so many days a task is at work where a window closes, shape ``(length,)``.

    Its parts share the days as they share the work; days on top come first, where the first part begins.
    """
    if task.phase in AT_PORT or not task.parts:
        return np.ones(length, bool)
    found = np.zeros(length, bool)
    for (begins, ends), from_km, to_km in shares(task):
        share = worked_share(window, from_km, to_km)
        if share is not None:
            first, last = (begins + (ends - begins) * item for item in share)
            # a day whose work only ends where the window begins is not in it, but a place has its day
            first_day = min(int(first * length + 1e-9), length - 1)
            found[first_day : max(ceil(last * length - 1e-9), first_day + 1)] = True
    return found


def shares(task: Task) -> Iterator[tuple[tuple[float, float], float, float]]:
    """Parts of a task with the share of its days from which and to which each is worked at."""
    first_km = task.parts[0].from_km
    spans = [(first_km, first_km, task.extra), *((part.from_km, part.to_km, part.days) for part in task.parts)]
    total = task.work.base or 1.0
    upto = [0.0, *accumulate(days.base / total for _, _, days in spans)]
    for ends, (from_km, to_km, _) in zip(pairwise(upto), spans, strict=True):
        if ends[1] > ends[0]:
            yield ends, from_km, to_km


def worked_share(window: Closed, from_km: float, to_km: float) -> tuple[float, float] | None:
    """Which share of a stretch, from its begin, lies in a window; None: nothing of it."""
    low_km, high_km = max(from_km, window.from_km), min(to_km, window.to_km)
    if low_km > high_km or (low_km == high_km and from_km < to_km):
        return None
    if from_km == to_km:
        return 0.0, 1.0
    return (low_km - from_km) / (to_km - from_km), (high_km - from_km) / (to_km - from_km)


def total(planned_tasks: Sequence[Planned]) -> Days:
    """Days of all tasks, weather included, waiting not."""
    return sum((one.task.days for one in planned_tasks), Days())
