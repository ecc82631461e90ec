"""A published run in a PostGIS database: the door to it.

The database itself is spoken to in `transcaspian.runs._postgis`, which is loaded only when a run is published: its
package is an extra.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from transcaspian.core.errors import ExportError
from transcaspian.runs.published_run import read_run

SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,49}")


@dataclass(frozen=True)
class Publication:
    """What was done: rows by layer, whether the run was there before, and the older runs that were removed."""

    run_id: str
    schema: str
    place: str
    rows: dict[str, int]
    was_there: bool
    removed: tuple[str, ...]


def publish_postgis(folder: Path, dsn: str, *, schema: str | None = None, keep: int | None = None) -> Publication:
    """Write a published run into a schema, make it the current one, and keep the runs before it.

    Parameters
    ----------
    folder
        A run, or a pointer to one (``latest``).
    dsn
        ``postgresql://user@host/database`` or ``key=value`` pairs, as libpq reads them. It is never shown.
    schema
        By default the id of the study, with ``_`` for ``-``. One schema holds one study.
    keep
        How many runs stay, the current one among them; None: all.

    Raises
    ------
    ExportError
        When the run is damaged, the database refuses, or what arrived is not what was sent; nothing is changed then.
    """
    if find_spec("psycopg") is None:
        raise ExportError("PostGIS needs the package psycopg: pip install 'transcaspian[postgis]'")
    from transcaspian.runs import _postgis

    run = read_run(folder)
    name = schema or run.study_id.replace("-", "_")
    if not SCHEMA_NAME.fullmatch(name):
        raise ExportError(f"schema `{name}`: expected a-z, 0-9 and _, not beginning with a figure, 50 at most")
    with _postgis.opened(dsn, name) as database:
        was_there = database.put(run)
        removed = database.prune(keep) if keep is not None else ()
    rows = {layer: len(data) for layer, data in run.layers.items()}
    return Publication(run.run_id, name, database.place, rows, was_there, removed)
