"""What is done system by system: one that cannot be laid does not end the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from transcaspian.core.errors import EngineeringError, RoutingError

if TYPE_CHECKING:
    from transcaspian.study import System

Value = TypeVar("Value")


@dataclass(frozen=True)
class Failed:
    """A system of which a stage has no value, and why."""

    reason: str


def each_system(systems: Iterable[System], find: Callable[[System], Value]) -> dict[str, Value | Failed]:
    """The value of every system by its id, or why there is none."""
    found: dict[str, Value | Failed] = {}
    for system in systems:
        try:
            found[system.id] = find(system)
        except (RoutingError, EngineeringError) as exc:
            found[system.id] = Failed(str(exc))
    return found


def values_of(found: dict[str, Value | Failed]) -> dict[str, Value]:
    """The values of all systems.

    Raises
    ------
    RoutingError
        When there is none of a system.
    """
    values: dict[str, Value] = {}
    for system_id, value in found.items():
        if isinstance(value, Failed):
            raise RoutingError(f"{system_id}: {value.reason}")
        values[system_id] = value
    return values
