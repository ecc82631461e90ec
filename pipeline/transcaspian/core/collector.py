"""How often Python looks for cycles of references: a run makes millions of objects, and hardly any cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 50_000
"""So many new ones are looked through at a time; at the 700 of Python that is a fifth of a run of many features."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Let Python look for no cycles within the block: of JSON there are none, and each list would be looked at.

    It takes four fifths of the time for parsing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let Python look for cycles only after `NEW_OBJECTS` new ones within the block."""
    before = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
