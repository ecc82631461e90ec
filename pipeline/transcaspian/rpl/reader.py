"""Anybody's Route Position List, from CSV or XLSX: what can be read is read, the rest is named by row and column.

Nothing is guessed: a unit, a hemisphere or the end of a span that the file does not tell is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from transcaspian.core.errors import IngestError
from transcaspian.core.fields import FIELDS
from transcaspian.rpl._cells import (
    DEPTHS,
    DISTANCES,
    HEMISPHERES,
    KM_PER,
    UNITS,
    CellError,
    Heading,
    angle_deg,
    number,
    plain_text,
    read_heading,
    split_angle_deg,
    words_of,
)
from transcaspian.rpl._table import Cell, SheetTable, open_table
from transcaspian.rpl.model import COLUMNS, POSITION_FIELDS, SPAN_FIELDS, Position, Rpl, Span, start_notes

HEADINGS_WITHIN_ROWS = 100
KNOWN_HEADINGS = 3
SHOWN_FAULTS = 3
ANGLE_PARTS = ("Deg", "Min", "Hem")
SPAN_NUMBERS = ("DistBetweenPos", "CableDistBetweenPos", "Bearing", "Slack", "TargetBurialDepth")
SPAN_TEXTS = ("CableCode", "CableType", "ProtectionMethod", "TerritorialWater", "EEZ", "FromPos", "ToPos")
POSITION_ONLY = ("Event", "DistCumulative", "CableDistCumulative", "ApproxDepth", "Remarks")
HEADER_KEYS = {
    "title": "title project projecttitle",
    "system_id": "system systemid cablesystem systemname",
    "revision": "revision rev revisionno issue version",
    "status": "statusoffigures status",
    "datum": "datum geodeticdatum horizontaldatum",
    "water_level": "depthsbelow waterlevel verticaldatum depthdatum depthreference",
    "units": "units unit",
    "distance_unit": "distances distanceunits distanceunit lengths lengthunits",
    "depth_unit": "depths depthunits depthunit",
}
HEADER_FIELDS = {key: name for name, keys in HEADER_KEYS.items() for key in keys.split()}
DISTANCE_WORDS = ("dist", "length", "kp", "chainage")
DEPTH_WORDS = ("depth", "burial")


@dataclass(frozen=True)
class Fault:
    """What cannot be read: row as a spreadsheet counts (from 1), letter of the column, and the field it holds."""

    row: int
    column: str
    found: str
    expected: str
    field: str = ""

    def __str__(self) -> str:
        return f"{place(self.row, self.field, self.column)}: found {self.found}, expected {self.expected}"


@dataclass(frozen=True)
class RplSheet:
    """A list as read.

    Attributes
    ----------
    rpl
        None where a position cannot be made, or there are fewer than two.
    rows, span_rows
        Row of the file for each position and each span of ``rpl``.
    faults
        Everything that the list should state otherwise, in the order of the rows.
    notes
        How the list was understood where it could have been otherwise.
    columns
        Letter of the column for each field.
    """

    rpl: Rpl | None
    rows: tuple[int, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    span_rows: tuple[int, ...]
    heading_row: int
    columns: Mapping[str, str]
    sheet: str | None = None


def read_rpl(path: Path | str, sheet: str | None = None) -> Rpl:
    """Read the Route Position List in a file that has no fault.

    Parameters
    ----------
    path, sheet
        As of `read_rpl_sheet`, which tells the faults one by one.

    Raises
    ------
    IngestError
        When the file is no list, or any cell of it has a fault.
    """
    return rpl_of(path, read_rpl_sheet(path, sheet))


def rpl_of(path: Path | str, found: RplSheet) -> Rpl:
    """The list as read from a file, where it has no fault; else an IngestError."""
    if found.faults or found.rpl is None:
        first = "; ".join(map(str, found.faults[:SHOWN_FAULTS]))
        raise IngestError(f"{path} has {len(found.faults)} faults: {first}. `transcaspian check-rpl` names them all")
    return found.rpl


def read_rpl_sheet(path: Path | str, sheet: str | None = None) -> RplSheet:
    """Read a list of any usual layout, with the faults of its cells.

    Parameters
    ----------
    path
        ``.csv`` (comma, semicolon or tab; UTF-8 or cp1252) or ``.xlsx``.
    sheet
        Name of the sheet, where the workbook has several.

    Raises
    ------
    IngestError
        When the file is no table of a list: another format, damaged, protected, too large, empty, without headings or
        without the columns that a position needs.
    """
    path = Path(path)
    table = open_table(path, sheet, lambda candidate: heading_row_of(candidate)[1])
    heading_row = needed_heading_row(path, table)
    reading = SheetReading(table, headings_of(path, table, heading_row))
    header = header_block(table, heading_row)
    rows = sort_rows(reading, heading_row)
    settle_either(path, reading, rows, heading_row)
    check_columns(path, reading, heading_row)
    settle_units(reading, header, heading_row)
    check_datum(reading, header)
    check_merged(reading, heading_row)
    positions = [read_position(reading, row) for row in rows.positions]
    check_names(reading, rows.positions)
    spans, span_rows = read_spans(reading, rows)
    if len(positions) < 2:
        reading.fault(heading_row, "PosNo", f"{len(positions)} positions below the headings", "two or more")
    whole = [position for position in positions if position is not None]
    made = len(whole) == len(positions) >= 2
    rpl = list_of(reading, header, whole, spans) if made else None
    reading.notes.extend(start_notes(rpl) if rpl else [])
    return RplSheet(
        rpl=rpl,
        rows=rows.positions,
        faults=tuple(sorted(dict.fromkeys(reading.faults), key=lambda fault: fault.row)),
        notes=tuple(dict.fromkeys(reading.notes)),
        span_rows=span_rows,
        heading_row=heading_row,
        columns={name: get_column_letter(column) for name, column in reading.where.items()},
        sheet=table.sheet,
    )


def place(row: int, name: str, column: str) -> str:
    """Row, field and column of a cell, for messages."""
    if not column:
        return f"row {row}, {name}" if name else f"row {row}"
    return f"row {row}, {name} (column {column})" if name else f"row {row}, column {column}"


# -- the reading of one table


@dataclass
class SheetReading:
    """A table, where its fields stand, and what was found wrong so far.

    ``where`` is the 1-based column of a field, ``scale`` what its numbers are multiplied by.
    """

    table: SheetTable
    headings: Mapping[int, Heading]
    where: dict[str, int] = field(default_factory=dict)
    scale: dict[str, float] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.where.update({item.field: column for column, item in self.headings.items() if item.field})

    def cell(self, row: int, name: str) -> Cell:
        """The cell of a field; empty where there is no such column."""
        return self.table.cell(row, self.where[name]) if name in self.where else Cell()

    def states(self, row: int, names: Sequence[str]) -> bool:
        """Whether any of the fields is filled in."""
        return any(not self.cell(row, name).blank for name in names)

    def fault(self, row: int, name: str, found: str, expected: str) -> None:
        """Note a fault at a field of a row."""
        column = get_column_letter(self.where[name]) if name in self.where else ""
        self.faults.append(Fault(row, column, found, expected, name))

    def bad_cell(self, row: int, name: str, exc: CellError) -> None:
        """Note what a cell holds instead of what was expected."""
        cell = self.cell(row, name)
        self.fault(row, name, "an empty cell" if cell.blank else f"`{cell.text}`", str(exc))

    def number(self, row: int, name: str) -> float | None:
        """A number in the unit of the list; None where the cell is empty or at fault."""
        cell = self.cell(row, name)
        if cell.blank or name in self.unreadable:
            return None
        if name == "Slack" and cell.number is None and not cell.oddity:
            cell = Cell(cell.text.strip().removesuffix("%"))
        try:
            return number(cell) * self.scale.get(name, 1.0)
        except CellError as exc:
            self.bad_cell(row, name, exc)
            return None

    def text(self, row: int, name: str) -> str:
        """A text as it stands."""
        try:
            return plain_text(self.cell(row, name))
        except CellError as exc:
            self.bad_cell(row, name, exc)
            return ""

    def value(self, row: int, name: str) -> Any:
        """A number or a text, by what the column holds."""
        return self.number(row, name) if FIELDS[name].type == "float" else self.text(row, name)


@dataclass(frozen=True)
class ListRows:
    """Rows of the positions, and the rows between them that state a span; ``interleaved`` tells the layout."""

    positions: tuple[int, ...]
    spans: tuple[int, ...]
    interleaved: bool


# -- headings


def heading_row_of(table: SheetTable) -> tuple[int, int]:
    """The row that looks most like headings, and how many it has; ``(0, 0)`` where none does."""
    best, most = 0, 0
    for row, cells in enumerate(table.rows[:HEADINGS_WITHIN_ROWS], start=1):
        found = [read_heading(cell.text) for cell in cells if not cell.blank and cell.number is None]
        names = {item.field or item.either for item in found} - {"", None}
        count = len(names) + 100 * (has_angle(names, "Lat") and has_angle(names, "Lon"))
        if count > most and len(names) >= KNOWN_HEADINGS:
            best, most = row, count
    return best, most


def has_angle(names: Collection[object], axis: str) -> bool:
    """Whether a column of latitude or longitude is among the fields."""
    return any(name in names for name in (f"{axis}itude", f"{axis}gitude", f"{axis}Deg", f"{axis}Hem"))


def needed_heading_row(path: Path, table: SheetTable) -> int:
    """The row of the headings."""
    row, _ = heading_row_of(table)
    if not row:
        raise IngestError(
            f"{path} has no row of headings in its first {HEADINGS_WITHIN_ROWS} rows: expected Pos No, Latitude, "
            "Longitude and the figures of a Route Position List"
        )
    return row


def headings_of(path: Path, table: SheetTable, row: int) -> dict[int, Heading]:
    """Headings by 1-based column; each field once."""
    cells = table.rows[row - 1]
    found = {column: read_heading(cell.text) for column, cell in enumerate(cells, start=1) if not cell.blank}
    found = with_angles_named(found)
    seen: dict[str, int] = {}
    for column, heading in found.items():
        if heading.field and heading.field in seen:
            raise IngestError(
                f"{path}, row {row}: the columns {get_column_letter(seen[heading.field])} and "
                f"{get_column_letter(column)} both say {heading.field}; take one away, or rename it"
            )
        seen[heading.field] = column
    return found


def with_angles_named(found: dict[int, Heading]) -> dict[int, Heading]:
    """Whether an angle stands in one column or in parts shows only from all headings together."""
    names = {heading.field for heading in found.values()}
    swap = {}
    for axis, whole in (("Lat", "Latitude"), ("Lon", "Longitude")):
        if f"{axis}Min" in names and f"{axis}Deg" not in names:
            swap[whole] = f"{axis}Deg"
        if f"{axis}Deg" in names and f"{axis}Min" not in names:
            swap[f"{axis}Deg"] = whole
        if not {whole, f"{axis}Deg"} & names:
            swap[f"{axis}Hem"] = whole  # `Latitude (N/S)` over the whole angle
    return {column: replace(item, field=swap.get(item.field, item.field)) for column, item in found.items()}


def check_columns(path: Path, reading: SheetReading, heading_row: int) -> None:
    """The columns that a position needs are there; others are named where they are not known."""
    missing = [] if "PosNo" in reading.where else ["Pos No"]
    for axis, whole in (("Lat", "Latitude"), ("Lon", "Longitude")):
        parts = [f"{axis}{part}" for part in ANGLE_PARTS]
        if whole not in reading.where and not all(part in reading.where for part in parts):
            some = [part for part in parts if part not in reading.where]
            missing.append(whole if len(some) == len(parts) else f"{whole} ({', '.join(some)})")
    if missing:
        raise IngestError(
            f"{path}, row {heading_row}: the headings lack {', '.join(missing)}; found "
            f"{', '.join(item.text for item in reading.headings.values())}"
        )
    if not any(name in reading.where for name in DISTANCES[:2]):
        reading.fault(heading_row, "", "no column of distances", "Dist Between Pos (km) or Dist Cumulative (km)")
    unknown = [item.text for column, item in reading.headings.items() if column not in reading.where.values()]
    if unknown:
        reading.notes.append(f"columns that are not known were left out: {', '.join(unknown)}")


def settle_either(path: Path, reading: SheetReading, rows: ListRows, heading_row: int) -> None:
    """Headings as `Route Distance`: of a span or cumulative, by the other column or by where the cells stand."""
    for column, heading in reading.headings.items():
        if heading.either is None:
            continue
        open_fields = [name for name in heading.either if name not in reading.where]
        if not open_fields:
            raise IngestError(
                f"{path}, row {heading_row}: column {get_column_letter(column)} (`{heading.text}`) states what "
                f"{' and '.join(heading.either)} state; take it away"
            )
        chosen = open_fields[0] if len(open_fields) == 1 else stands_for(reading, column, rows, heading.either)
        reading.where[chosen or heading.either[0]] = column
        if chosen:
            reading.notes.append(f"`{heading.text}` (column {get_column_letter(column)}) was read as {chosen}")
        else:
            reading.unreadable.add(heading.either[0])
            reading.fault(
                heading_row,
                heading.either[0],
                f"`{heading.text}`",
                "a heading with `between positions` or `cumulative`",
            )


def stands_for(reading: SheetReading, column: int, rows: ListRows, either: tuple[str, str]) -> str | None:
    """Which of the two lengths a column holds, from the cells that are filled; None where they do not tell."""
    filled = [not reading.table.cell(row, column).blank for row in rows.positions]
    between, cumulative = either
    if rows.interleaved:
        on_spans = any(not reading.table.cell(row, column).blank for row in rows.spans)
        return None if on_spans == any(filled) else between if on_spans else cumulative
    if len(filled) > 1 and filled[0] != filled[-1]:
        return between
    try:
        values = [number(reading.table.cell(row, column)) for row in rows.positions]
    except CellError:
        return None
    rising = all(before <= after for before, after in pairwise(values))
    if len(values) > 3 and (rising or values[0] == 0.0):
        return cumulative if rising else between
    return None


# -- what heads the list


def header_block(table: SheetTable, heading_row: int) -> dict[str, tuple[str, int, int]]:
    """Text, row and column of what stands above the headings as `key | value` or `key: value`."""
    found: dict[str, tuple[str, int, int]] = {}
    for row in range(1, heading_row):
        column, last = 1, len(table.rows[row - 1])
        while column <= last:
            text = table.cell(row, column).text
            before, _, after = text.partition(":")
            name = HEADER_FIELDS.get(re.sub("[^a-z]", "", before.lower()), "")
            if name and after.strip():
                found.setdefault(name, (after.strip(), row, column))
            elif name and column < last:
                column += 1
                found.setdefault(name, (table.cell(row, column).text, row, column))
            column += 1
    return found


def stated_unit(header: Mapping[str, tuple[str, int, int]], names: tuple[str, ...]) -> str:
    """Unit that the header block states for distances or depths; "" where it does not."""
    own, subject = ("distance_unit", DISTANCE_WORDS) if names is DISTANCES else ("depth_unit", DEPTH_WORDS)
    parts = re.split("[,;]", header.get("units", ("", 0, 0))[0])
    about = [part for part in parts if any(word.startswith(subject) for word in words_of(part))]
    words = words_of(" ".join([header.get(own, ("", 0, 0))[0], *about]))
    return next((UNITS[word] for word in words if word in UNITS), "")


def settle_units(reading: SheetReading, header: Mapping[str, tuple[str, int, int]], heading_row: int) -> None:
    """What the numbers of each column are multiplied by; a column without a unit is not read."""
    expected = {**dict.fromkeys(DISTANCES, "km, m or nm"), **dict.fromkeys(DEPTHS, "m")}
    known: dict[str, str] = {}
    for name, units in expected.items():
        if name not in reading.where or name in reading.unreadable:
            continue
        heading = reading.headings[reading.where[name]]
        above = stated_unit(header, DISTANCES if name in DISTANCES else DEPTHS)
        unit = heading.unit or above
        if not unit and heading.schema:
            unit = "km" if name in DISTANCES else "m"
            reading.notes.append(f"{name} states no unit: the field of that name holds {unit}")
        if heading.unit and above and heading.unit != above:
            reading.fault(heading_row, name, f"`{heading.text}`", f"{above}, the unit that the header block states")
        if not unit:
            reading.fault(heading_row, name, f"`{heading.text}` without a unit", f"{units}, as in `{name} (km)`")
        elif unit not in units.replace(",", "").split():
            reading.fault(heading_row, name, f"`{heading.text}`", units)
        else:
            known[name] = unit
            reading.scale[name] = KM_PER[unit] if name in DISTANCES else 1.0
            continue
        reading.unreadable.add(name)
    check_one_unit(reading, known, heading_row)
    for name, allowed in (("Slack", ("", "%")), ("Bearing", ("", "deg"))):
        heading = reading.headings.get(reading.where.get(name, 0), Heading(""))
        if heading.unit not in allowed:
            wanted = "slack in %" if name == "Slack" else "bearings in degrees from true north"
            reading.fault(heading_row, name, f"`{heading.text}`", wanted)
            reading.unreadable.add(name)


def check_one_unit(reading: SheetReading, known: Mapping[str, str], heading_row: int) -> None:
    """All distances of a list are in one unit."""
    used = {name: unit for name, unit in known.items() if name in DISTANCES}
    first = next(iter(used.items()), None)
    for name, unit in used.items():
        if first and unit != first[1]:
            text = reading.headings[reading.where[name]].text
            reading.fault(
                heading_row, name, f"`{text}` in {unit}", f"one unit for all distances, {first[0]} is in {first[1]}"
            )


def check_datum(reading: SheetReading, header: Mapping[str, tuple[str, int, int]]) -> None:
    """Positions are on WGS 84."""
    text, row, column = header.get("datum", ("", 0, 0))
    if not text.strip():
        reading.notes.append("the list names no datum: positions are taken as WGS 84")
    elif not re.search("wgs84|epsg4326", re.sub("[^a-z0-9]", "", text.lower())):
        expected = "WGS 84; transform the positions, they are not shifted here"
        reading.faults.append(Fault(row, get_column_letter(column), f"`{text}`", expected, "datum"))


def list_of(
    reading: SheetReading, header: Mapping[str, tuple[str, int, int]], positions: list[Position], spans: list[Span]
) -> Rpl:
    """The list with what heads it."""
    texts = {name: text for name, (text, _, _) in header.items()}
    named = {name: texts[name] for name in ("datum", "water_level") if texts.get(name, "").strip()}
    return Rpl(
        system_id=texts.get("system_id", ""),
        title=texts.get("title", ""),
        revision=texts.get("revision", ""),
        positions=tuple(positions),
        spans=tuple(spans),
        status=texts.get("status", ""),
        columns=tuple(name for name in COLUMNS if name in reading.where or name in HEMISPHERES),
        **named,
    )


# -- rows


def sort_rows(reading: SheetReading, heading_row: int) -> ListRows:
    """Which rows are positions and which are spans; blank rows and repeated headings between them are faults."""
    positions: list[int] = []
    spans: list[int] = []
    angles = [name for name in reading.where if name[:3] in ("Lat", "Lon")]
    last = max((row for row, cells in enumerate(reading.table.rows, 1) if not all(c.blank for c in cells)), default=0)
    width = max(reading.headings, default=0)
    for row in range(heading_row + 1, last + 1):
        cells = reading.table.rows[row - 1]
        if all(cell.blank for cell in cells):
            reading.fault(row, "", "a blank row", "the list without a gap")
        elif any(read_heading(reading.cell(row, name).text).field in angles for name in angles):
            reading.fault(row, "", "a second row of headings", "headings once; put units into the same row")
        elif reading.states(row, ("PosNo", *angles)):
            positions.append(row)
        else:
            spans.append(row)
        for column in range(width + 1, len(cells) + 1):
            if not reading.table.cell(row, column).blank:
                found = f"`{reading.table.cell(row, column).text}`"
                reading.faults.append(Fault(row, get_column_letter(column), found, "no cell beside the headings"))
    # a row that lost its position but still has an event or a cumulative is no span row
    sure = [row for row in spans if not reading.states(row, POSITION_ONLY)]
    interleaved = 2 * len(sure) >= len(positions) - 1 and bool(sure)
    return ListRows(tuple(positions), tuple(spans), interleaved)


def check_merged(reading: SheetReading, heading_row: int) -> None:
    """A merged cell hides which row it speaks of."""
    for name, _, last, column in reading.table.merged:
        if last >= heading_row:
            row = max(heading_row, int(re.findall(r"\d+", name)[0]))
            reading.faults.append(
                Fault(row, get_column_letter(column), f"the merged cells {name}", "a cell of its own in each row")
            )


def check_names(reading: SheetReading, rows: Sequence[int]) -> None:
    """Each position has a PosNo of its own, and SeqNo rises."""
    first: dict[str, int] = {}
    for row in rows:
        name = reading.cell(row, "PosNo").text.strip()
        if not name:
            reading.fault(row, "PosNo", "an empty cell", "a PosNo of its own")
        elif name in first:
            reading.fault(row, "PosNo", f"`{name}`, which row {first[name]} has too", "a PosNo of its own")
        first.setdefault(name, row)
    numbered = [(row, reading.number(row, "SeqNo")) for row in rows]
    stated = [(row, value) for row, value in numbered if value is not None]
    for (_, before), (row, after) in pairwise(stated):
        if after <= before:
            reading.fault(row, "SeqNo", f"{after:g} after {before:g}", "numbers that rise in the order of the route")


def read_position(reading: SheetReading, row: int) -> Position | None:
    """The position in a row; None where it has no place on the globe."""
    lat_deg, lon_deg = read_angle(reading, row, "Latitude"), read_angle(reading, row, "Longitude")
    others = {name: reading.value(row, column) for column, name in POSITION_FIELDS.items() if column not in HEMISPHERES}
    if lat_deg is None or lon_deg is None:
        return None
    return Position(lon_deg=lon_deg, lat_deg=lat_deg, **others)


def read_angle(reading: SheetReading, row: int, axis: str) -> float | None:
    """Latitude or longitude of a row, from one column or from its parts."""
    short = axis[:3]
    parts = [reading.cell(row, f"{short}{part}") for part in ANGLE_PARTS]
    whole = axis in reading.where
    try:
        if not whole:
            return split_angle_deg(parts[0], parts[1], parts[2], axis)
        cell, hemisphere = reading.cell(row, axis), reading.headings[reading.where[axis]].hemisphere
        if f"{short}Hem" in reading.where and not cell.oddity:
            if parts[2].blank:
                raise CellError(f"a hemisphere, {' or '.join(HEMISPHERES[axis])}")
            cell = Cell(f"{cell.text} {plain_text(parts[2]).strip()}")
        return angle_deg(cell, axis, hemisphere)
    except CellError as exc:
        reading.bad_cell(row, axis if whole else guilty_part(parts, short), exc)
        return None


def guilty_part(parts: Sequence[Cell], short: str) -> str:
    """Which of the three columns of an angle a fault is named at."""
    for part, cell in zip(("Deg", "Min"), parts, strict=False):
        try:
            value = number(cell)
        except CellError:
            return f"{short}{part}"
        if part == "Min" and not 0 <= value < 60:
            return f"{short}Min"
    return f"{short}Hem" if parts[2].text.strip().upper() not in tuple("NSEW") else f"{short}Deg"


# -- spans


def read_spans(reading: SheetReading, rows: ListRows) -> tuple[list[Span], tuple[int, ...]]:
    """The spans between the positions, and the row of each."""
    if rows.interleaved:
        span_rows = interleaved_rows(reading, rows)
    else:
        for row in rows.spans:
            reading.fault(row, "PosNo", "a row without PosNo, Latitude and Longitude", "a position, or no row")
        span_rows = flat_rows(reading, rows.positions)
    spans = [
        read_span(reading, row, start, end)
        for row, (start, end) in zip(span_rows, pairwise(rows.positions), strict=True)
    ]
    shown = tuple(row or end for row, (_, end) in zip(span_rows, pairwise(rows.positions), strict=True))
    return spans, shown


def interleaved_rows(reading: SheetReading, rows: ListRows) -> list[int | None]:
    """The span row between each position and the next; None where there is none."""
    for row in rows.positions:
        misplaced(reading, row, (*SPAN_NUMBERS, *SPAN_TEXTS), "nothing here: it belongs on the span row")
    for row in rows.spans:
        misplaced(reading, row, POSITION_ONLY, "nothing here: it belongs on the position row")
        if not rows.positions or not rows.positions[0] < row < rows.positions[-1]:
            reading.fault(row, "", "a span row that no two positions stand around", "one between two positions")
    chosen: list[int | None] = []
    for start, end in pairwise(rows.positions):
        between = [row for row in rows.spans if start < row < end]
        if not between:
            reading.fault(end, "", f"no span row between row {start} and this position", "one")
        for row in between[1:]:
            reading.fault(row, "", f"a second span row between the positions of rows {start} and {end}", "one")
        chosen.append(between[0] if between else None)
    return chosen


def misplaced(reading: SheetReading, row: int, names: Sequence[str], expected: str) -> None:
    """Figures that stand on the wrong kind of row."""
    for name in names:
        cell = reading.cell(row, name)
        if not cell.blank:
            reading.fault(row, name, f"`{cell.text}`", expected)


def flat_rows(reading: SheetReading, rows: Sequence[int]) -> list[int | None]:
    """The row that states each span, in a list with a row for each position.

    n positions have n - 1 spans: the row with the empty cell, the first or the last, tells whether spans stand where
    they end or where they begin.
    """
    if len(rows) < 2:
        return []
    first, last = rows[0], rows[-1]
    numbers = [name for name in SPAN_NUMBERS if reading.states(first, [name]) or reading.states(last, [name])]
    texts = [name for name in SPAN_TEXTS if reading.states(first, [name]) or reading.states(last, [name])]
    votes = {name: empty_end(reading, name, first, last) for name in numbers}
    votes = votes if any(votes.values()) else {name: empty_end(reading, name, first, last) for name in texts}
    decided = {name: vote for name, vote in votes.items() if vote}
    if len(set(decided.values())) == 1:
        empty = first if "first" in decided.values() else last
        check_odd_end(reading, (*numbers, *texts), empty, rows[1] if empty == first else rows[-2])
        return list(rows[1:] if empty == first else rows[:-1])
    if numbers or texts:
        name = next(iter(decided or [*numbers, *texts]))
        expected = "the figures of spans empty in the first row (where spans end) or in the last (where they begin)"
        found = "spans that end at the first row and begin at the last" if decided else "spans stated in both"
        reading.fault(first, name, f"{found}, rows {first} and {last}", expected)
    return [None] * (len(rows) - 1)


def empty_end(reading: SheetReading, name: str, first: int, last: int) -> str:
    """Which end of the column has no figure: ``first``, ``last``, or "" where it does not tell."""
    ends = {"first": first, "last": last}
    empty = [end for end, row in ends.items() if reading.cell(row, name).blank]
    if not empty and name in DISTANCES:
        empty = [end for end, row in ends.items() if is_zero(reading.cell(row, name))]
        if len(empty) == 1:
            reading.notes.append(f"{name} is 0 in row {ends[empty[0]]}: no span stands there")
    return empty[0] if len(empty) == 1 else ""


def is_zero(cell: Cell) -> bool:
    """Whether a cell says nought."""
    try:
        return number(cell) == 0.0
    except CellError:
        return False


def check_odd_end(reading: SheetReading, names: Sequence[str], row: int, neighbour: int) -> None:
    """The row that no span belongs to states none; a text that is the neighbour's again says nothing new."""
    for name in names:
        cell = reading.cell(row, name)
        if cell.blank or is_zero(cell) or (name in SPAN_TEXTS and cell.text == reading.cell(neighbour, name).text):
            continue
        reading.fault(row, name, f"`{cell.text}`", "an empty cell, as no span stands in this row")


def read_span(reading: SheetReading, row: int | None, start: int, end: int) -> Span:
    """The span stated in a row; without figures where there is none."""
    names = [reading.cell(at, "PosNo").text for at in (start, end)]
    if row is None:
        return Span(names[0], names[1], None, None)
    stated = {name: reading.value(row, column) for column, name in SPAN_FIELDS.items()}
    return Span(**stated | {"from_pos": stated["from_pos"] or names[0], "to_pos": stated["to_pos"] or names[1]})
