"""Values that many items of work share: made once, the last few kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

from transcaspian.core.errors import TranscaspianError

Made = TypeVar("Made")


class LastMade(Generic[Made]):
    """The last few values by what they are made from.

    Each is made by the first thread that wants it, while the others that want it wait. That it cannot be made is kept
    too.

    Parameters
    ----------
    size
        How many are kept.
    """

    def __init__(self, size: int) -> None:
        self._slots: LRUCache[str, _RowSlot[Made]] = LRUCache(size)
        self._lock = threading.Lock()

    def get(self, made_of: Any, make: Callable[[], Made]) -> Made:
        """The value made from something that JSON can hold.

        Raises
        ------
        TranscaspianError
            As ``make`` did.
        """
        key = json.dumps(made_of, sort_keys=True, default=str)
        with self._lock:
            slot = self._slots.setdefault(key, _RowSlot())
        return slot.get(make)


class _RowSlot(Generic[Made]):
    """Room for one value."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: list[Made] = []
        self._fault: TranscaspianError | None = None

    def get(self, make: Callable[[], Made]) -> Made:
        """The value, made by the first who asks."""
        with self._lock:
            if self._fault is None and not self._made:
                try:
                    self._made.append(make())
                except TranscaspianError as exc:
                    self._fault = exc
            if self._fault is not None:
                raise self._fault
            return self._made[0]
