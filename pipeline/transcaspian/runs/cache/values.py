"""Values of stages that are loaded when they are asked for; their hashes are known before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Generic, Protocol, TypeVar, runtime_checkable

Value = TypeVar("Value")
ValueOf = TypeVar("ValueOf", covariant=True)


@runtime_checkable
class Hashed(Protocol):
    """What a later stage may be handed."""

    def hashes(self, system_ids: Collection[str]) -> dict[str, str]:
        """Hash by name of each value in it that these systems need."""


class Cached(Generic[ValueOf]):
    """A value that is there when it is asked for, and its hash without asking.

    Parameters
    ----------
    name
        What it is the value of, for messages and hashes.
    sha256
        Of the value, as `Packed.sha256`.
    load
        Called once, when the value is wanted.
    is_kept
        Whether an earlier run made it.
    fault
        Why there is none; empty where there is one.

    Examples
    --------
    >>> depth_m = Cached("depth/main", "ab12", lambda: 12.5)
    >>> depth_m.hashes(["main"]), depth_m.value
    ({'depth/main': 'ab12'}, 12.5)
    """

    def __init__(
        self, name: str, sha256: str, load: Callable[[], ValueOf], *, is_kept: bool = False, fault: str = ""
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self.is_kept = is_kept
        self.fault = fault
        self._load = load

    @cached_property
    def value(self) -> ValueOf:
        """The value."""
        return self._load()

    def hashes(self, system_ids: Collection[str]) -> dict[str, str]:
        """Its own hash: every system needs it."""
        return {self.name: self.sha256}


class BySystem(Mapping[str, Value]):
    """A value of each system, by its id; loaded when it is asked for.

    Parameters
    ----------
    parts
        By id of the system.

    Examples
    --------
    >>> lengths_km = BySystem({"main": Cached("length/main", "ab12", lambda: 333.0)})
    >>> list(lengths_km), lengths_km["main"]
    (['main'], 333.0)
    """

    def __init__(self, parts: Mapping[str, Cached[Value]] | None = None) -> None:
        self.parts = dict(parts or {})

    def __getitem__(self, system_id: str) -> Value:
        return self.parts[system_id].value

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def hashes(self, system_ids: Collection[str]) -> dict[str, str]:
        """Hash by name of the values of these systems."""
        return {item.name: item.sha256 for system_id, item in self.parts.items() if system_id in system_ids}

    def only(self, system_ids: Collection[str]) -> BySystem[Value]:
        """Those of some systems."""
        return BySystem({system_id: item for system_id, item in self.parts.items() if system_id in system_ids})
