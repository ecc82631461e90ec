"""Where in a file a reader is: told in one sentence where a library brings it down."""

from __future__ import annotations

from mmap import mmap

SIZE = 256
_shown: bytearray | mmap = bytearray(SIZE)


def at(place: str) -> None:
    """Say what is read now: ``feature 12``."""
    _shown[:SIZE] = place.encode("utf-8", "replace")[:SIZE].ljust(SIZE, b"\0")


def shown(memory: bytearray | mmap | None = None) -> str:
    """What was read last; in ``memory`` that is shared with another process, or in this one."""
    return bytes((_shown if memory is None else memory)[:SIZE]).rstrip(b"\0").decode("utf-8", "ignore")


def share(memory: mmap) -> None:
    """Let another process see the place in memory that it shares."""
    global _shown
    _shown = memory
