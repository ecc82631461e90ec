"""The registry of analyses: further questions that a study may ask, each a package that registers itself as a wing.

A wing of ours is a package of ``transcaspian.analyses`` with a module ``wing`` that has a value ``WING``. Others come
from distributions of their own, by an entry point of the group ``transcaspian.analyses`` that leads to such a value.
The rooms that a wing adds to ask here and name none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from transcaspian.core.errors import WingError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.layers import Layer
    from transcaspian.core.reconciled import Subject
    from transcaspian.core.styles import Group, Stops, Style

GROUP = "transcaspian.analyses"
"""Of the entry points that lead to wings, and the package where ours stand."""

StudyT = TypeVar("StudyT")
InputsT = TypeVar("InputsT")
PageT = TypeVar("PageT")
SectionT = TypeVar("SectionT")
HandoverT = TypeVar("HandoverT")


@dataclass(frozen=True)
class LayerSet:
    """Layers that are defined together.

    Attributes
    ----------
    styles
        Of each published layer, by its name; it opens with the first.
    groups
        Every layer stands in one of them.
    surfaces
        Colours of rasters, by the name that `Surface.colours` gives.
    order
        Where the layers stand in a GeoPackage among those of others: first the lowest.
    """

    layers: tuple[Layer, ...]
    styles: Mapping[str, tuple[Style, ...]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    surfaces: Mapping[str, Stops] = field(default_factory=dict)
    order: int = 80


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What adds layers to those of every run.

    Attributes
    ----------
    layers
        Its layers with their styles and what the data dictionary says of them.
    """

    name: str
    layers: Callable[[], LayerSet] | None = None


@dataclass(frozen=True)
class FileReader:
    """How a data set of an analysis is read, in the process that reads, and kept for the next run.

    Attributes
    ----------
    function
        Of a module; it imports what it reads with when it is called, with the file and the ``arguments``. It returns
        plain values and arrays.
    arguments
        Plain values that what is read depends on.
    meaning
        What the features are that it counts.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Wing(Extension, Generic[StudyT, InputsT, HandoverT, PageT, SectionT]):
    """A further question: a table of the study, a stage of the run, and what comes of it.

    Its parts are functions that import what they need when they are called: asking for a name loads no
    computation, and a stage depends on the code that its own function imports.

    Attributes
    ----------
    name
        Of its table of the study, of its stage, and of its figures in the manifest.
    layers
        See `Extension`; each is ``asked_by`` its name.
    meaning
        What its stage does: the sentence shown while it works.
    table
        The class of its table of the study: a `transcaspian.study.schema.AnalysisTable`.
    compute
        Its stage. What it is handed stands in `transcaspian.analyses.contract`.
    study, data
        Dotted keys of the study that ``compute`` reads, and roles of the data sets.
    stage_order, page_order
        Where it stands among the others: first the lowest.
    chapter
        Id of the chapter of the desktop study that its sections stand in (`transcaspian.study.document_tables`).
    read
        Reads, by name, what it needs beside the data sets of the study.
    readers
        How the data sets of its table are read, by their keys there; it is given the layers that were read before.
    steering
        What it adds to the cost of a metre: `transcaspian.seabed.Steering`, one for each that its table ``steers`` by.
        It is given inputs, grid and depth, and asked where there are weights.
    steering_study
        Dotted keys of the study that it reads beside its own table and the constraints.
    rates
        Faults of a bare cable per km and year on the grid, by cause, where it knows them, and the observed events per
        km that these are known from (`anchoring_passages`); it is given inputs, grid and depth. A stage of another
        analysis that reads its table may ask for them.
    check_inputs
        Refuses what can be seen to fail before anything is computed.
    sections
        Its sections of the page of the whole system.
    subjects
        What it found that published figures may speak of; of the id of a system, further figures of that.
    preview
        Figures of each system that a what-if shows, by the way to them in its figures of the manifest: name, value and
        unit, by system id.
    """

    meaning: str
    table: Callable[[], type[BaseModel]]
    compute: Callable[[InputsT, HandoverT], AnalysisResult]
    study: tuple[str, ...]
    data: tuple[str, ...] = ()
    stage_order: int = 100
    page_order: int = 100
    chapter: str = "further"
    read: Callable[[StudyT], Mapping[str, Any]] | None = None
    readers: Callable[[StudyT, Mapping[str, Any]], Mapping[str, FileReader]] | None = None
    steering: Callable[[InputsT, Any, Any], Iterator[Any]] | None = None
    steering_study: tuple[str, ...] = ()
    rates: Callable[[InputsT, Any, Any], Mapping[str, Any]] | None = None
    check_inputs: Callable[[InputsT], None] | None = None
    sections: Callable[[PageT, AnalysisResult], Iterator[SectionT]] | None = None
    subjects: Callable[[AnalysisResult], Iterator[Subject]] | None = None
    preview: Callable[[InputsT, HandoverT], Mapping[str, Mapping[str, tuple[str, float | None, str]]]] | None = None

    @property
    def shown(self) -> tuple[Callable[..., Any], ...]:
        """Its parts that the files of a run depend on beside what it found."""
        parts = (self.layers, self.sections, self.subjects, self.steering)
        return tuple(part for part in parts if part is not None)


AnyWing = Wing[Any, Any, Any, Any, Any]


@cache
def extensions() -> tuple[Extension, ...]:
    """All that is registered, by name.

    Raises
    ------
    WingError
        When one cannot be loaded, or two have the same name.
    """
    found = [*_ours(), *(_loaded(entry) for entry in entry_points(group=GROUP))]
    names = [item.name for item in found]
    for name in names:
        if not name.isidentifier() or names.count(name) > 1:
            raise WingError(f"an analysis is called `{name}`: expected an identifier that no other has")
    return tuple(sorted(found, key=lambda item: item.name))


@cache
def wings() -> tuple[AnyWing, ...]:
    """All further questions, in the order of their stages."""
    found = [item for item in extensions() if isinstance(item, Wing)]
    return tuple(sorted(found, key=lambda wing: (wing.stage_order, wing.name)))


def asked_of(study: object, among: Iterable[AnyWing] | None = None) -> tuple[AnyWing, ...]:
    """The wings whose tables a study has, of all or of those given."""
    return tuple(wing for wing in (wings() if among is None else among) if getattr(study, wing.name, None) is not None)


def _ours() -> Iterator[Extension]:
    """Wings of this package, by the names of their folders."""
    for folder in import_module(GROUP).__path__:
        for path in sorted(Path(folder).glob("*/wing.py")):
            yield import_module(f"{GROUP}.{path.parent.name}.wing").WING


def _loaded(entry: EntryPoint) -> Extension:
    """The wing that an entry point leads to."""
    who = f"the analysis `{entry.name}` ({entry.value}) of {entry.dist.name if entry.dist else 'another distribution'}"
    try:
        found = entry.load()
    except Exception as exc:
        raise WingError(f"{who} cannot be loaded: {exc}") from exc
    if not isinstance(found, Extension):
        raise WingError(f"{who} is {type(found).__name__}: expected a Wing of transcaspian.core.registry")
    return found
