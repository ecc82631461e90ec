"""What the stages of a run and their main parts took: `run --profile`.

A thread looks now and then at what all others do. It costs less than a hundredth of the time.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time, sleep
from types import FrameType

from rich.table import Table

from transcaspian.cli.screen import table_with
from transcaspian.core.reading_process import PAGE_MB
from transcaspian.runs.engine import REUSED, AnyStage, Watch

INTERVAL_S = 0.01
PACKAGE = str(Path(__file__).parents[1]) + os.sep
NO_PARTS = (
    "__main__",
    "cli/",
    "orchestration/",
    "runs/engine",
    "runs/cache/",
    "runs/stages/",
    "core/spread",
    "core/interrupt",
)
"""Modules that hand on: what they call is a part of a stage."""
WAITING = ("threading.py", "thread.py", "_base.py", "selectors.py", "subprocess.py", "queue.py")
"""Where a thread stands that waits for another, or for another process."""
MAIN_SHARE, MAX_PARTS = 0.08, 4
"""Parts that took less of their stage, or that come after so many, are not shown."""

Calls = tuple[str, ...]


@dataclass
class Took:
    """What a stage took; ``calls``: seconds of threads by the functions that were at work, outermost first."""

    name: str
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    calls: dict[Calls, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def parts(self) -> list[tuple[str, float]]:
        """The main parts and their shares of what all threads did, the largest first; none is within another."""
        total, found = sum(self.calls.values()), defaultdict[str, float](float)
        for name, seconds in self._parts((), total):
            found[name] += seconds / total
        return sorted(found.items(), key=lambda part: -part[1])[:MAX_PARTS]

    def _parts(self, within: Calls, total: float) -> Iterator[tuple[str, float]]:
        """Functions called within others: one that only hands on, or does several large things, gives place to them."""
        inner: dict[Calls, float] = defaultdict(float)
        for calls, seconds in self.calls.items():
            if calls[: len(within)] == within and len(calls) > len(within):
                inner[calls[: len(within) + 1]] += seconds
        large = {calls: seconds for calls, seconds in inner.items() if seconds >= MAIN_SHARE * total}
        here = sum(seconds for calls, seconds in self.calls.items() if calls[: len(within)] == within)
        if within and sum(large.values()) < 0.7 * here:
            yield within[-1], here
            return
        for calls in large:
            yield from self._parts(calls, total)


class Profile:
    """Watches the stages of a run; what they took is in ``took`` afterwards.

    Stages that are performed side by side are one there: whose threads took what is not known.
    """

    def __init__(self) -> None:
        self.took: list[Took] = []
        self._now: Took | None = None
        self._at_work = 0
        threading.Thread(target=self._look, daemon=True).start()

    def beside(self, shown: Watch) -> Watch:
        """A watch that tells another one all that it is told."""

        def watch(stage: AnyStage, seconds: float | None, told: str) -> None:
            if seconds is None:
                self._at_work += 1
                if self._now is None:
                    self._now = Took(stage.name, perf_counter(), process_time())
                else:
                    self._now.name += f", {stage.name}"
            elif self._now is not None and told != REUSED:
                self._at_work -= 1
                if not self._at_work:
                    took, self._now = self._now, None
                    took.wall_s, took.cpu_s = perf_counter() - took.wall_s, process_time() - took.cpu_s
                    self.took.append(took)
            shown(stage, seconds, told)

        return watch

    def _look(self) -> None:
        """Note what is at work until the process ends; a look that came late counts for all the time since the last."""
        before = perf_counter()
        while True:
            sleep(INTERVAL_S)
            now, took = perf_counter(), self._now
            if took is not None:
                took.peak_mb = max(took.peak_mb, memory_mb())
                for frame in sys._current_frames().values():
                    if calls := calls_of(frame):
                        took.calls[calls] += now - before
            before = now

    def table(self) -> Table:
        """A row per stage, and one for each of its main parts."""
        shown = table_with("stage, main parts", ("wall\ns", "CPU\ns", "memory\nMB", "share\n%"))
        for took in self.took:
            shown.add_row(took.name, f"{took.wall_s:.2f}", f"{took.cpu_s:.2f}", f"{took.peak_mb:,.0f}", "")
            for name, share in took.parts:
                shown.add_row(f"  {name}", "", "", "", f"{100 * share:.0f}")
        return shown


def calls_of(frame: FrameType | None) -> Calls:
    """The functions of ours that a thread is in, but for those that hand on; none where it waits."""
    if frame is None or os.path.basename(frame.f_code.co_filename) in WAITING:
        return ()
    found: list[str] = []
    while frame is not None:
        code = frame.f_code
        module = code.co_filename.removeprefix(PACKAGE)
        is_named = not code.co_name.startswith("<")  # a comprehension is part of its function
        if is_named and module != code.co_filename and not module.startswith(NO_PARTS):
            found.append(f"{module.removesuffix('.py').replace('/', '.')}.{code.co_name}")
        frame = frame.f_back
    return tuple(reversed(found))


def memory_mb() -> float:
    """What the process holds in memory; 0 where the system does not tell."""
    try:
        return float(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB
    except OSError:
        return 0.0
