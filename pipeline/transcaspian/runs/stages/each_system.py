"""What is done system by system, some at once: one that cannot be laid does not end the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from transcaspian.core.errors import EngineeringError, RoutingError
from transcaspian.core.spread import all_threads

if TYPE_CHECKING:
    from transcaspian.study import System

Value = TypeVar("Value")


@dataclass(frozen=True)
class Failed:
    """A system of which a stage has no value, and why."""

    reason: str


def each_system(
    systems: Iterable[System], find: Callable[[System], Value], *, at_once: bool = False
) -> dict[str, Value | Failed]:
    """The value of every system by its id, or why there is none.

    Parameters
    ----------
    systems
        The result has their order.
    find
        Its value of one.
    at_once
        Over all threads of the machine; no two may then share a prepared geometry (see `Bed.with_own_polygons`).
    """

    def attempt(system: System) -> Value | Failed:
        try:
            return find(system)
        except (RoutingError, EngineeringError) as exc:
            return Failed(str(exc))

    wanted = list(systems)
    found = all_threads()(attempt, wanted) if at_once else map(attempt, wanted)
    return {system.id: value for system, value in zip(wanted, found, strict=True)}


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
