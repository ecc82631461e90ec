"""How the table of vessels is read: a CSV file with a row for each vessel, every row with its source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcaspian.analyses.installation.vessels import ACCESSES, COLUMNS, FIGURES, VESSEL_WORKS
from transcaspian.core.errors import IngestError
from transcaspian.core.registry import FileReader
from transcaspian.core.vocabulary import STATUSES

if TYPE_CHECKING:
    from transcaspian.sources.datafile import DataFile


def vessel_reader() -> dict[str, FileReader]:
    """How the table is read."""
    return {"vessels": FileReader(vessels_here, (), "vessels")}


def vessels_here(file: DataFile) -> dict[str, Any]:
    """In this process: the rows of the file, checked.

    Raises
    ------
    IngestError
        It names file, row and column.
    """
    from transcaspian.ingest.csv_rows import read_rows
    from transcaspian.ingest.limits import check_file

    check_file(file.path, file.limits)
    rows = read_rows(file.path)
    names = {ours: file.columns.get(ours, ours) for ours in COLUMNS}
    if missing := [name for name in names.values() if name not in rows.names]:
        raise IngestError(
            f"{file.path} has no column {missing[0]}: a table of vessels has {', '.join(COLUMNS)}; name others in "
            "data.columns"
        )
    if not rows.cells:
        raise IngestError(f"{file.path} has no vessel: expected a row for each")
    found: list[dict[str, Any]] = []
    for number, cells in zip(rows.numbers, rows.cells, strict=True):
        by_name = dict(zip(rows.names, cells, strict=True))
        found.append(_row(file.path, number, {ours: by_name[theirs].strip() for ours, theirs in names.items()}))
        if same := [one["row"] for one in found[:-1] if one["name"] == found[-1]["name"]]:
            raise _fault(
                file.path, number, "name", f"`{found[-1]['name']}` stands in row {same[0]} too: name each once"
            )
    return {"count": len(found), "rows": found}


def _row(path: Path, number: int, cells: Mapping[str, str]) -> dict[str, Any]:
    """A row of the file as plain values."""
    for name in ("name", "source"):
        if not cells[name]:
            raise _fault(path, number, name, "is empty")
    row: dict[str, Any] = {name: cells[name] for name in ("name", "port", "source")}
    row["works"] = tuple(filter(None, map(str.strip, cells["work"].split(";"))))
    for work in row["works"] or ("",):
        _one_of(path, number, "work", work, VESSEL_WORKS)
    row |= {name: _figure(path, number, name, cells[name]) for name in FIGURES}
    if row["draught_m"] is None:
        raise _fault(path, number, "draught_m", "is empty: without a draught nothing says what water it needs")
    if None not in (row["min_depth_m"], row["max_depth_m"]) and row["min_depth_m"] >= row["max_depth_m"]:
        raise _fault(path, number, "max_depth_m", f"{cells['max_depth_m']} is not more than min_depth_m")
    if "barge" not in row["works"] and (row["min_depth_m"] or math.inf) < row["draught_m"]:
        raise _fault(
            path, number, "min_depth_m", f"{cells['min_depth_m']} is less than its draught: only a barge grounds"
        )
    for name, choices in (("access", ACCESSES), ("status", STATUSES), ("dp", ("", "yes", "no"))):
        row[name] = _one_of(path, number, name, cells[name], choices)
    row["dp"] = {"yes": True, "no": False}.get(cells["dp"])
    return {**row, "row": number}


def _figure(path: Path, number: int, name: str, text: str) -> float | None:
    """A cell as a number over 0 (min_depth_m may be 0); None where it is empty."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (value == 0 and name != "min_depth_m"):
        raise _fault(path, number, name, f"`{text}` is no number over 0")
    return value


def _one_of(path: Path, number: int, name: str, text: str, choices: Sequence[str]) -> str:
    if text not in choices:
        expected = ", ".join(choice for choice in choices if choice)
        raise _fault(path, number, name, f"`{text}` is none of {expected}")
    return text


def _fault(path: Path, number: int, column: str, what: str) -> IngestError:
    return IngestError(f"{path}, row {number}, column {column}: {what}")
