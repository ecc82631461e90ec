"""What the states ask for: the table of permits as a person keeps it, read and held against a route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args

from transcaspian.core.errors import IngestError
from transcaspian.core.vocabulary import NOT_KNOWN, STATUSES, ZONES
from transcaspian.ingest.csv_rows import read_rows
from transcaspian.ingest.limits import check_file
from transcaspian.sources.datafile import DataFile

if TYPE_CHECKING:  # the process that reads this table loads no more than it needs
    from transcaspian.engineering.sectors import Stretch

PermitState = Literal["not asked", "asked", "granted", "refused", "not needed"]
InForce = Literal["yes", "no", "not known"]
TextRead = Literal["text", "report of it", "not read"]
ANY = "*"
REQUIRED = ("permit_id", "states", "zones", "what", "in_force", "text_read", "date_checked", "source", "status")
OPTIONAL = (
    *("systems", "phase", "asked_by", "instrument", "lead_time_days", "permit_state", "in_force_since", "remarks"),
)
WORDS: Mapping[str, tuple[str, ...]] = {
    "in_force": get_args(InForce),
    "text_read": get_args(TextRead),
    "permit_state": ("", *get_args(PermitState)),
    "status": STATUSES,
}
DATES = ("in_force_since", "date_checked")
NOTHING_KNOWN: dict[str, Any] = {
    **dict.fromkeys((*REQUIRED, *OPTIONAL), ""),
    "permit_id": "not listed",
    "what": NOT_KNOWN,
    "in_force": "not known",
    "text_read": "not read",
    "status": "DERIVED",
}
"""Of waters for which the table has no row."""


@dataclass(frozen=True)
class Crossed:
    """The waters of a state in one zone, as far as a route lies in them; both texts are empty where nothing is known.

    ``stretches``: KPs from and to, in their order.
    """

    state: str
    zone: str
    stretches: tuple[tuple[float, float], ...]


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


def crossed_by(stretches: Sequence[Stretch]) -> list[Crossed]:
    """The waters that a route lies in, in the order in which it comes into each first."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for one in stretches:
        found.setdefault((one.state, one.zone), []).append((one.from_km, one.to_km))
    return [Crossed(state, zone, tuple(pieces)) for (state, zone), pieces in found.items()]


def asked_in(
    crossed: Crossed, system_id: str, states: frozenset[str], rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """What is asked for in these waters; where the table has nothing for them, one row that says so.

    Parameters
    ----------
    states
        All whose waters the route lies in: what two states ask for together applies where it lies in both.
    rows
        Of the table, from `read_requirements`.
    """
    found = [
        row
        for row in rows
        if crossed.state
        and applies(row["states"], crossed.state, states)
        and (row["zones"] == ANY or crossed.zone in row["zones"].split())
        and (not row["systems"] or system_id in row["systems"].split())
    ]
    national = [row for row in found if crossed.state in row["states"].split()]
    return [*found, *(() if national else (nothing_known(crossed),))]


def applies(asked_by: str, state: str, states: frozenset[str]) -> bool:
    """Whether what some states ask for applies in the waters of one.

    >>> [applies(text, "KZ", frozenset({"AZ", "KZ"})) for text in ("*", "AZ KZ", "AZ+KZ", "KZ+TM", "AZ")]
    [True, True, True, False, False]
    """
    for group in asked_by.split():
        together = set(group.split("+"))
        if group == ANY or (state in together and together <= states):
            return True
    return False


def nothing_known(crossed: Crossed) -> dict[str, Any]:
    """What is said of waters for which no national act is listed."""
    whose = "the table has no national act for them" if crossed.state else "whose waters they are is not known"
    return NOTHING_KNOWN | {"source": f"table of [permits.requirements]: {whose}", "remarks": whose}
