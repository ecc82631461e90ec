"""Readers that do what libraries in C have done: for the tests of the process that reads."""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.core.reading import Reading, read
from transcaspian.core.reading_place import at


def raises(path: Path) -> None:
    at("feature 12")
    raise AttributeError(f"no such thing in {path.name}")


def refuses(path: Path) -> None:
    raise IngestError(f"{path}: as the reader said it")


def crashes(path: Path, number: int) -> None:
    at("feature 12")
    os.kill(os.getpid(), number)
    time.sleep(60)


def leaves(path: Path) -> None:
    os._exit(7)


def hangs(path: Path) -> None:
    at("feature 12")
    time.sleep(60)


def fills_memory(path: Path) -> None:
    at("row 3 of blocks")
    kept = [np.ones(20_000_000) for _ in range(1000)]
    raise AssertionError(len(kept))


def aborts_for_memory(path: Path) -> None:
    os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
    os.abort()


def warns(path: Path) -> int:
    warnings.warn("said by Python", RuntimeWarning, stacklevel=1)
    warnings.warn("of no concern for a file", DeprecationWarning, stacklevel=1)
    logging.getLogger("rasterio._env").warning("CPLE_AppDefined in %s", "said by GDAL")
    os.write(2, b"said by PROJ in C\nsaid by PROJ in C\n")
    print("printed")
    return 3


def gives(path: Path, size: int) -> NDArray[np.float64]:
    return np.arange(size, dtype=float)


def loaded(path: Path) -> list[str]:
    """What the process has loaded, once all readers have been."""
    import transcaspian.analyses.network.read_ways
    import transcaspian.ingest.land_graph_reader
    import transcaspian.ingest.layer_reader
    import transcaspian.ingest.seabed_reader
    import transcaspian.rpl.drawn
    import transcaspian.rpl.pairs  # noqa: F401

    return sorted({name.partition(".")[0] for name in sys.modules})


def process_id(path: Path) -> int:
    return os.getpid()


def nested(path: Path, other: Path) -> list[int]:
    """The processes in which a file is read, and one that it leads to."""
    return [os.getpid(), read(Reading(process_id, other, (other,))).value]
