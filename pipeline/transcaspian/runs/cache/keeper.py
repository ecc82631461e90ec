"""Hands out the values of a stage: cached or computed, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transcaspian.core.codec import pack, unpack
from transcaspian.runs.cache.explain import why
from transcaspian.runs.cache.store import Store
from transcaspian.runs.cache.values import Cached
from transcaspian.runs.stages.each_system import Failed

WHOLE = ""
"""The part of a stage whose value is one for all systems."""
Ingredients = Mapping[str, Any]
Compute = Callable[[Sequence[str], str], Mapping[str, Any]]
"""Computes the values of some parts of a stage; is told why that must be done."""


class Keeper:
    """Takes from the store what it has, and keeps what had to be computed.

    Parameters
    ----------
    store
        None: nothing is taken, and nothing kept.
    forced
        Stages to compute whatever is kept.
    told
        Receives sentences about trouble with the store, which never stops a run.
    is_read_only
        Whether what is computed is left out of the store.
    """

    def __init__(
        self, store: Store | None, forced: frozenset[str], told: Callable[[str], None], *, is_read_only: bool = False
    ) -> None:
        self.store = store
        self.is_read_only = is_read_only
        self.forced = forced
        self.told = told

    def obtain(
        self,
        stage: str,
        wanted: Mapping[str, Ingredients],
        compute: Compute,
        fault_of: Callable[[Any], str] | None = None,
    ) -> dict[str, Cached[Any]]:
        """The value of each part of a stage; those that must be computed are computed together.

        Parameters
        ----------
        wanted
            By part (id of a system, or `WHOLE`) all that its value depends on, by kind; see `why`.
        fault_of
            Why a kept value is no longer good; empty where it is. None: it is good as it is, and need not be loaded.
        """
        parts = {part: _KeptPart.of(stage, part, ingredients) for part, ingredients in wanted.items()}
        found = {part: cached for part, place in parts.items() if (cached := self._find(place, compute))}
        reasons = {part: self._why(place) for part, place in parts.items() if part not in found}
        if fault_of:
            reasons |= {part: fault for part, cached in found.items() if (fault := fault_of(cached.value))}
        if reasons:
            values = compute(tuple(reasons), _told(reasons, len(wanted)))
            found |= {part: self._keep(parts[part], values[part]) for part in reasons}
        return {part: found[part] for part in wanted}

    def prune(self, max_mb: float) -> None:
        """Remove what was used longest ago until the rest fits: of a run, which is alone in its folder."""
        if self.store is not None:
            self.store.prune(max_mb, abandoned_s=0.0)

    def _find(self, place: _KeptPart, compute: Compute) -> Cached[Any] | None:
        """A value as it was kept; computed where the bytes are no longer those that were written."""
        store = self.store
        entry = store.find(place.name, place.key) if store is not None and place.stage not in self.forced else None
        if store is None or entry is None:
            return None

        def load() -> Any:
            packed = store.load(entry)
            if packed is not None:
                return unpack(packed)
            self.told(f"{place.label}: the kept value was damaged and was computed again")
            return self._keep(place, compute([place.part], "the kept value was damaged")[place.part]).value

        return Cached(place.label, entry.sha256, load, is_kept=True, fault=entry.fault)

    def _why(self, place: _KeptPart) -> str:
        if self.store is None:
            return ""
        if place.stage in self.forced:
            return "asked for"
        before = self.store.latest(place.name)
        return why(None if before is None else before.ingredients, place.ingredients)

    def _keep(self, place: _KeptPart, value: Any) -> Cached[Any]:
        """A value that was computed now, kept for the next run."""
        fault, sha256 = value.reason if isinstance(value, Failed) else "", ""
        if self.store is not None:
            packed = pack(value)
            sha256 = packed.sha256
        if self.store is not None and not self.is_read_only:
            try:
                self.store.keep(place.name, place.key, place.ingredients, packed, fault)
            except OSError as exc:
                self.told(f"{place.label} was not kept for the next run: {exc.strerror or exc}")
        return Cached(place.label, sha256, lambda: value, fault=fault)


@dataclass(frozen=True)
class _KeptPart:
    """Where the value of a part of a stage is kept."""

    stage: str
    part: str
    key: str
    ingredients: Ingredients

    @classmethod
    def of(cls, stage: str, part: str, ingredients: Ingredients) -> _KeptPart:
        """By all that the value depends on."""
        text = json.dumps(ingredients, sort_keys=True, ensure_ascii=False, default=str)
        # as a later run reads them
        return cls(stage, part, hashlib.sha256(text.encode()).hexdigest(), json.loads(text))

    @property
    def name(self) -> str:
        """In the store."""
        return f"{self.stage}.{self.part}" if self.part else self.stage

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.stage} of {self.part}" if self.part else self.stage


def _told(reasons: Mapping[str, str], parts: int) -> str:
    """Why parts of a stage are computed; parts are named where some are not, or for different reasons."""
    different = set(reasons.values())
    if len(reasons) == parts and len(different) == 1:
        return different.pop()
    return "; ".join(f"{part}: {reason}" for part, reason in reasons.items())
