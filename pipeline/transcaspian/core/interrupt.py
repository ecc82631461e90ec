"""Ctrl-C: whatever the command is doing, it cleans up, says one line and ends with exit code 130.

Libraries swallow a `KeyboardInterrupt` (some while they are imported), or make another error of it. Therefore it is
raised again until the command ends by it, and whatever the command ends by is told as the interrupt.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from _thread import interrupt_main, start_new_thread
from collections.abc import Callable
from types import FrameType

from transcaspian.core.errors import error_chain

EXIT_INTERRUPTED = 130
"""As a shell says it: 128 + the number of SIGINT."""
TOLD = "interrupted: nothing half-made is published, and the last good run stands"
AGAIN_S = 0.3
THREADS_END_S = 5.0
"""How long is waited for other threads: one may wait for good, as for the lock of imports that an interrupt left."""

_came = False


def interrupted() -> bool:
    """Whether Ctrl-C came."""
    return _came


def check_interrupted() -> None:
    """Raise in a thread what Ctrl-C raises in the first.

    Raises
    ------
    KeyboardInterrupt
        When it came.
    """
    if _came:
        raise KeyboardInterrupt


def interruptible(command: Callable[[], object]) -> None:
    """Call the command of this process; after Ctrl-C one line is said and the exit code is 130.

    Where the signal is ignored, as in the background of a shell, it stays so.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _tell_lost
    try:
        try:
            command()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # what ends with the process, as a server, ends in order
    except BaseException:
        if not _came:
            raise
    if _came:
        print(TOLD, file=sys.stderr)
        # CPython ends by the signal when source that it executed last, as for a dataclass, was interrupted.
        exec("")
        start_new_thread(_end_without_threads, ())
        sys.exit(EXIT_INTERRUPTED)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Handle the signal: what is cleaning up after an earlier one is left to it."""
    global _came
    if not _came:
        _came = True
        logging.disable()  # what is logged now tells the same once more
        start_new_thread(_repeat, ())  # not of `threading`, whose locks may be held by what was interrupted
    cleans_up = any(isinstance(one, KeyboardInterrupt) for one in error_chain(sys.exc_info()[1]))
    if not cleans_up:
        raise KeyboardInterrupt


def _repeat() -> None:
    """Raise the signal again and again, in case that it was swallowed."""
    while True:
        time.sleep(AGAIN_S)
        interrupt_main()


def _end_without_threads() -> None:
    """End the process where Python still waits for its threads."""
    time.sleep(THREADS_END_S)
    os._exit(EXIT_INTERRUPTED)


def _tell_lost(lost: sys.UnraisableHookArgs) -> None:
    """Tell, as Python does, of an error where none can be raised; an interrupt is repeated anyway."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
