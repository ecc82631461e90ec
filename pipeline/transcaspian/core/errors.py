"""One root error for everything a user can cause, so that the command line can tell it from a bug.

Each child is also a built-in exception of the same meaning, so that code which knows nothing of this project
can still catch it. A message is one clear sentence: the culprit, what was found, what was expected, what to do.
"""

import errno
from collections.abc import Iterator
from pathlib import Path


class TranscaspianError(Exception):
    """An error in what the user gave: shown without a traceback, exit code 2.

    Examples
    --------
    >>> import transcaspian as tc
    >>> try:
    ...     tc.load_study("studies/none.toml")
    ... except tc.TranscaspianError as error:
    ...     print(type(error).__name__, error.exit_code)
    StudyError 2
    """

    exit_code = 2


class StudyError(TranscaspianError, ValueError):
    """The study file, or an override of one of its keys, is wrong."""


class SourceError(TranscaspianError, ValueError):
    """A source is unknown, missing, or not the file that the registry describes."""


class IngestError(TranscaspianError, ValueError):
    """A data file cannot be read as the layer or raster it was named for."""


class GridError(TranscaspianError, ValueError):
    """A raster frame or the data on it makes no sense."""


class SeabedError(TranscaspianError, ValueError):
    """No depth or cost can be derived from the seabed data given."""


class RoutingError(TranscaspianError, ValueError):
    """A route cannot be computed."""


class LandingError(RoutingError):
    """A landing cannot be brought to the water."""


class NoRouteError(RoutingError):
    """Two landings are not connected by water outside the no-go areas."""


class SeparationError(NoRouteError):
    """Systems that are planned together cannot keep the distance asked for."""


class EngineeringError(TranscaspianError, ValueError):
    """A line cannot be made a route within the rules of the study."""


class NetworkError(TranscaspianError, ValueError):
    """The nodes and legs of a study do not make a network."""


class RiskError(TranscaspianError, ValueError):
    """Expected faults cannot be told, or no protection that the study allows can be laid."""


class WingError(TranscaspianError, ImportError):
    """An analysis that registers itself cannot be used."""


class ExportError(TranscaspianError, OSError):
    """A result cannot be written, or does not read back as it was written."""


class BusyError(ExportError):
    """Another run is at work in the same folder."""


class ScheduleError(TranscaspianError, ValueError):
    """A time at which to run is none."""


class OrchestratorError(TranscaspianError, ConnectionError):
    """The server or cluster that runs the stages cannot be reached."""


class HeldForReviewError(TranscaspianError, RuntimeError):
    """A run is whole but was not published: a person must look at it first. ``folder`` is where it lies."""

    exit_code = 3

    def __init__(self, message: str, folder: Path) -> None:
        super().__init__(message)
        self.folder = folder


class StarvedError(TranscaspianError, MemoryError):
    """The memory did not suffice for what was asked."""

    exit_code = 4


STARVED = ("out of memory", "bad_alloc", "cannot allocate memory", "unable to allocate")
"""How libraries in C and C++ tell it, which raise no `MemoryError`: SQLite, GDAL, GEOS, the loader of libraries."""


def lacks_memory(fault: BaseException) -> bool:
    """Whether a fault comes of too little memory, whichever library found it and whatever it has become since."""
    return any(
        isinstance(one, MemoryError)
        or (isinstance(one, OSError) and one.errno == errno.ENOMEM)
        # what a user gave may bear any name: our own sentences repeat it
        or (not isinstance(one, TranscaspianError) and any(text in str(one).lower() for text in STARVED))
        for one in error_chain(fault)
    )


def error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it was raised for, or while they were handled."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
