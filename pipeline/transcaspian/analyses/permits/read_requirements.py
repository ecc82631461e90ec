"""The table of what states ask for: a CSV file as a person keeps it, read and checked row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, get_args

from transcaspian.analyses.permits.requirements import ANY, OPTIONAL, REQUIRED, InForce, PermitState, TextRead
from transcaspian.core.errors import IngestError
from transcaspian.core.vocabulary import STATUSES, ZONES
from transcaspian.ingest.csv_rows import read_rows
from transcaspian.ingest.limits import check_file
from transcaspian.sources.datafile import DataFile

WORDS: Mapping[str, tuple[str, ...]] = {
    "in_force": get_args(InForce),
    "text_read": get_args(TextRead),
    "permit_state": ("", *get_args(PermitState)),
    "status": STATUSES,
}
DATES = ("in_force_since", "date_checked")


def read_requirements(file: DataFile) -> dict[str, Any]:
    """The rows of the table, checked.

    Raises
    ------
    IngestError
        It names the row, the column, what stands there and what was expected.
    """
    check_file(file.path, file.limits)
    table = read_rows(file.path)
    named = {ours: file.columns.get(ours, ours) for ours in (*REQUIRED, *OPTIONAL)}
    if missing := [named[ours] for ours in REQUIRED if named[ours] not in table.names]:
        raise IngestError(
            f"{file.path} has no column {', '.join(missing)}: it has {', '.join(table.names)}; name them in "
            "data.columns"
        )
    at = {ours: table.names.index(name) for ours, name in named.items() if name in table.names}
    rows: list[dict[str, Any]] = []
    for number, cells in zip(table.numbers, table.cells, strict=True):
        row = {ours: cells[at[ours]].strip() if ours in at else "" for ours in named}
        if fault := next(faults_of(row, {item["permit_id"] for item in rows}), ""):
            raise IngestError(f"{file.path}, row {number}: {fault}")
        rows.append(row | {"lead_time_days": float(row["lead_time_days"]) if row["lead_time_days"] else None})
    if not rows:
        raise IngestError(f"{file.path} has no rows: write one for each permit that a state asks for")
    return {"count": len(rows), "rows": rows}


def faults_of(row: Mapping[str, str], before: Iterable[str]) -> Iterator[str]:
    """What is wrong with a row.

    Parameters
    ----------
    before
        Ids of the rows above.
    """
    yield from (f"`{name}` is empty: fill it" for name in REQUIRED if not row[name])
    if row["permit_id"] in before:
        yield f"`permit_id` = `{row['permit_id']}` stands in a row above: give each its own"
    for state in row["states"].replace("+", " ").split():
        if state != ANY and not (len(state) == 2 and state.isascii() and state.isupper() and state.isalpha()):
            yield f"`states` has `{state}`: expected ISO 3166-1 alpha-2 codes, AZ+KZ for both together, or *"
    for zone in row["zones"].split():
        if zone not in (ANY, *ZONES):
            yield f"`zones` has `{zone}`: expected {', '.join(ZONES)}, or *"
    for name, words in WORDS.items():
        if row[name] not in words:
            yield f"`{name}` is `{row[name]}`: expected {', '.join(filter(None, words))}"
    for name in DATES:
        if row[name] and not is_date(row[name]):
            yield f"`{name}` is `{row[name]}`: expected a date, as 2025-11-18"
    if row["lead_time_days"] and not is_duration(row["lead_time_days"]):
        yield f"`lead_time_days` is `{row['lead_time_days']}`: expected a number of 0 or more, or nothing"


def is_date(text: str) -> bool:
    """Whether a text is a date of ISO 8601."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_duration(text: str) -> bool:
    """Whether a text is a finite number of 0 or more."""
    try:
        return 0.0 <= float(text) < float("inf")
    except ValueError:
        return False
