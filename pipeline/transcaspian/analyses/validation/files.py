"""The files of a validation, visible at once when all of them are there."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd

from transcaspian.analyses.validation.layers import VALIDATION
from transcaspian.analyses.validation.outcome import Validation
from transcaspian.analyses.validation.tables import csv_rows, document_of, page, validation_layers, without_nan
from transcaspian.core.errors import ExportError
from transcaspian.export.geopackage import write_geopackage
from transcaspian.export.manifest import code_sha256
from transcaspian.export.published import published_layers
from transcaspian.export.read_back import check_geopackage
from transcaspian.export.write import write_pages
from transcaspian.runs.archive.folder import open_run
from transcaspian.runs.archive.live import live_in
from transcaspian.runs.archive.register import PUBLISHED

PACKAGE, TABLE, DOCUMENT, PAGE = "validation.gpkg", "validation.csv", "validation.json", "validation.md"


def home_of(study_id: str) -> str:
    """Name of the folder of a study's validations; no study can have it for its id."""
    return f"{study_id}_validation"


def write_validation(found: Validation, out_dir: Path, created: datetime) -> Path:
    """Write and read back every file; returns the folder, ``<out>/<study>_validation/<id>``.

    Parameters
    ----------
    found
        What is written.
    out_dir
        Folder of all runs.
    created
        When it began.

    Raises
    ------
    ExportError
        When a file cannot be written or does not read back; nothing is left behind then.
    """
    said, code = created.strftime("%Y-%m-%dT%H:%M:%SZ"), code_sha256()
    content = hashlib.sha256(f"{found.drawn.sha256}{found.study_sha256}{code}".encode()).hexdigest()
    layers, document = validation_layers(found), without_nan(document_of(found, said, code))
    name = f"{created:%Y%m%dT%H%M%SZ}-{content[:8]}"
    with live_in(out_dir / home_of(found.study.study.id)) as live, open_run(live, name, created) as folder:
        write_pages(
            folder.path,
            {
                PACKAGE: lambda path: _package(path, layers, said),
                TABLE: lambda path: _table(path, *csv_rows(found)),
                DOCUMENT: lambda path: _document(path, document),
                PAGE: lambda path: _page(path, page(found, said)),
            },
        )
        folder.register(PUBLISHED)
    return live.home / folder.run_id


def _package(path: Path, layers: Mapping[str, gpd.GeoDataFrame], last_change: str) -> None:
    table = [part for layer in VALIDATION for part in layer.parts]
    written = published_layers(layers, VALIDATION)
    write_geopackage(path, written, last_change=last_change, table=table)
    check_geopackage(path, written, table)


def _table(path: Path, columns: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[_plain(value) for value in row] for row in rows])


def _plain(value: Any) -> Any:
    """A figure with no more digits than it has; text that no spreadsheet takes for a formula."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and value[:1] in "=+-@\t":
        return f"'{value}"
    return value


def _document(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")
    if json.loads(path.read_text(encoding="utf-8")) != json.loads(text):
        raise ExportError(f"{path} does not read back as it was written")


def _page(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
