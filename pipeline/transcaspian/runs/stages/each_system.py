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
    systems: Iterable[System],
    find: Callable[[System], Value],
    *,
    at_once: bool = False,
    work: Callable[[System], float] = lambda _: 0.0,
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
    work
        How much work each is: the most is begun first, or one thread would be at it when all others are done.
    """

    def attempt(system: System) -> Value | Failed:
        try:
            return find(system)
        except (RoutingError, EngineeringError) as exc:
            return Failed(str(exc))

    wanted = list(systems)
    begun = sorted(wanted, key=work, reverse=True)
    values = all_threads()(attempt, begun) if at_once else map(attempt, begun)
    found = {system.id: value for system, value in zip(begun, values, strict=True)}
    return {system.id: found[system.id] for system in wanted}


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
