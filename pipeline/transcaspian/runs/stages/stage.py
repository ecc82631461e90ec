"""What a stage of a run is: a typed function, with the names of all that its value depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, Protocol, TypeAlias, TypeVar

Takes = ParamSpec("Takes")
Value = TypeVar("Value")

REUSED = "reused"


@dataclass(frozen=True)
class Stage(Generic[Takes, Value]):
    """A step of the run.

    Attributes
    ----------
    meaning
        The sentence shown while it works.
    function
        What computes the value. It imports what it computes with when it is called: a run that has nothing to compute
        is over sooner than the libraries that compute are loaded.
    study
        Dotted keys of the study that it reads, and with them all keys below, as `study_document` has them; of a stage
        that is computed system by system also those of `system_document`.
    data
        Roles of the sources that it reads.
    reads_built_with
        Whether the value of a system depends on those of the systems that it is built together with.
    reads_remarks
        Whether the value shows what the study says of its figures: their sources and statuses. Where it does not,
        those that ``study`` names one by one count all the same.
    """

    name: str
    meaning: str
    function: Callable[Takes, Value]
    study: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    reads_built_with: bool = False
    reads_remarks: bool = True


AnyStage: TypeAlias = Stage[..., Any]


class Perform(Protocol):
    """How a stage is performed."""

    def __call__(self, stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Value: ...


class Watch(Protocol):
    """Told when a stage begins (``seconds`` is None), and when it has ended or was not needed.

    ``told`` says why a stage is computed, of which systems if not of all, or that its value is reused.
    """

    def __call__(self, stage: AnyStage, seconds: float | None, told: str) -> None: ...


def perform_directly(stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Value:
    """Call the stage's function."""
    return stage.function(*args, **kwargs)
