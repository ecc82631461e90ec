"""Which stages of a run are at work: some are performed side by side."""

from __future__ import annotations

from threading import Lock

from transcaspian.runs.archive.live import Live
from transcaspian.runs.stages.stage import REUSED, AnyStage, Watch


class AtWork:
    """Tells of stages as they begin and end, from whichever thread performs them.

    Parameters
    ----------
    watch
        Is told one thing at a time.
    live
        Its locked file names those at work.
    """

    def __init__(self, watch: Watch, live: Live) -> None:
        self.watch = watch
        self.live = live
        self.names: list[str] = []
        self.lock = Lock()

    def begins(self, stage: AnyStage, told: str) -> None:
        """A stage begins; ``told``: why it is computed."""
        with self.lock:
            self.names.append(stage.name)
            self.live.go_to(" and ".join(self.names))
            self.watch(stage, None, told)

    def ended(self, stage: AnyStage, seconds: float, told: str) -> None:
        """It has ended."""
        with self.lock:
            self.names.remove(stage.name)
            if self.names:
                self.live.go_to(" and ".join(self.names))
            self.watch(stage, seconds, told)

    def reused(self, stage: AnyStage) -> None:
        """A stage was not needed."""
        with self.lock:
            self.watch(stage, 0.0, REUSED)
