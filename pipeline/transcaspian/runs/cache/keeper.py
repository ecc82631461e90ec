"""Hands out the value of a stage: kept or computed, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from transcaspian.runs.cache.codec import pack, unpack
from transcaspian.runs.cache.explain import why
from transcaspian.runs.cache.store import Entry, Store

Value = TypeVar("Value")
Compute = Callable[[str], Any]
"""Computes the value of a stage; is told why that must be done."""


class Held(Generic[Value]):
    """A value that is there when it is asked for, and its hash without asking.

    Parameters
    ----------
    load
        Called once, when somebody wants the value.
    is_kept
        Whether an earlier run made it.
    """

    def __init__(self, sha256: str, load: Callable[[], Value], is_kept: bool = False) -> None:
        self.sha256 = sha256
        self.is_kept = is_kept
        self._load = load

    @cached_property
    def value(self) -> Value:
        """The value."""
        return self._load()


class Keeper:
    """Reuses what the store has, and keeps what had to be computed.

    Parameters
    ----------
    forced
        Stages to compute whatever is kept.
    told
        Receives sentences about trouble with the store, which never stops a run.
    """

    def __init__(self, store: Store, forced: frozenset[str], told: Callable[[str], None]) -> None:
        self.store = store
        self.forced = forced
        self.told = told

    def obtain(
        self, stage: str, ingredients: Mapping[str, Any], compute: Compute, fault_of: Callable[[Any], str]
    ) -> Held[Any]:
        """The value of a stage.

        Parameters
        ----------
        ingredients
            All that the value depends on, by kind; see `why`.
        fault_of
            Why a kept value is no longer good; empty where it is.
        """
        task = _Task(self.store, stage, ingredients, compute, self.told)
        if stage in self.forced:
            return task.computed("asked for")
        entry = self.store.find(stage, task.key)
        if entry is None:
            before = self.store.latest(stage)
            return task.computed(why(None if before is None else before.ingredients, task.ingredients))
        held = Held(entry.sha256, lambda: task.loaded(entry), is_kept=True)
        fault = fault_of(held.value) if fault_of is not no_fault else ""
        return task.computed(fault) if fault else held


def no_fault(value: Any) -> str:
    """A kept value is good as it is: it need not even be loaded to know."""
    return ""


class _Task:
    """The value of one stage on its way into and out of the store."""

    def __init__(
        self, store: Store, stage: str, ingredients: Mapping[str, Any], compute: Compute, told: Callable[[str], None]
    ) -> None:
        text = json.dumps(ingredients, sort_keys=True, ensure_ascii=False, default=str)
        self.store = store
        self.stage = stage
        self.key = hashlib.sha256(text.encode()).hexdigest()
        self.ingredients = json.loads(text)  # as a later run reads them
        self.compute = compute
        self.told = told

    def computed(self, reason: str) -> Held[Any]:
        """Computed now, and kept for the next run."""
        value = self.compute(reason)
        packed = pack(value)
        try:
            self.store.keep(self.stage, self.key, self.ingredients, packed)
        except OSError as exc:
            self.told(f"{self.stage} was not kept for the next run: {exc.strerror or exc}")
        return Held(packed.sha256, lambda: value)

    def loaded(self, entry: Entry) -> Any:
        """As it was kept; computed where the bytes are no longer those that were written."""
        packed = self.store.load(entry)
        if packed is not None:
            return unpack(packed)
        self.told(f"{self.stage}: the kept value was damaged and was made anew")
        return self.computed("the kept value was damaged").value
