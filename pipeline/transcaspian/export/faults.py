"""How a file that cannot be written is told: one sentence, whichever library stumbled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio

from transcaspian.core.errors import ExportError

PYOGRIO_ERRORS = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError)


@contextmanager
def writing(path: Path, *faults: type[Exception]) -> Iterator[None]:
    """A block that writes a file; of these faults it makes one clear error.

    Raises
    ------
    ExportError
        Naming the file, the fault and what to do.
    """
    try:
        yield
    except faults as exc:
        raise ExportError(f"{path} cannot be written: {exc}. Check the space and the rights of the folder") from exc
