"""A Route Position List of any author, from tables and vector files: what can be read is read, the rest is named.

Nothing is guessed: a unit, a hemisphere or the end of a span that neither the file nor the user's map of columns tells
is a fault, named by row and column. `RplSheet.understood` says of every column what it was taken for.

ICPC has a recommendation on the exchange of lists in electronic form; its text could not be had, and this reader does
not claim to follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from transcaspian.core.errors import IngestError
from transcaspian.rpl._cells import CellError, number
from transcaspian.rpl._heading_rows import HEADER_FIELDS, WITHIN_ROWS, HeadingRows, column_texts, find_headings
from transcaspian.rpl._headings import DEPTHS, DISTANCES, HEMISPHERES, METRES_PER, UNITS, words_of
from transcaspian.rpl._rows import ListRows, row_notes, sort_rows
from transcaspian.rpl._sheet_reading import NUMBERS, Fault, SheetReading, Understood, place, understood
from transcaspian.rpl._spans import read_spans
from transcaspian.rpl._table import TEXTS, WORKBOOKS, SheetTable, as_cell, is_blank, open_table
from transcaspian.rpl.column_map import NO_MAP, ColumnMap
from transcaspian.rpl.model import (
    COLUMNS,
    OTHER_POSITION_FIELDS,
    OTHER_SPAN_FIELDS,
    POSITION_FIELDS,
    STRAIGHT,
    Position,
    Rpl,
    Span,
    start_notes,
)

__all__ = ["Fault", "RplSheet", "Understood", "place", "read_rpl", "read_rpl_sheet", "rpl_of"]

SHOWN_FAULTS = 3
VECTORS = (".gpkg", ".geojson", ".json", ".kml", ".shp", ".fgb")
OLD_WORKBOOKS = (".xls", ".xlsb", ".ods", ".numbers")
DISTANCE_WORDS = ("dist", "length", "kp", "chainage")
EASTINGS = (
    "{path} states positions by easting and northing: expected latitude and longitude on WGS 84; save them as points "
    "of a GeoPackage with their CRS, which is read"
)
DEPTH_WORDS = ("depth", "burial")
ALL_POSITION_FIELDS = {**POSITION_FIELDS, **OTHER_POSITION_FIELDS}
NATIVE_UNITS = ("km", "m", "deg", "%", "fraction", "factor")
UNIT_LIST = "km, m, nm, statute miles, ft or fathoms"


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
    understood
        What every column of the file was taken for.
    columns
        Letter of the column for each field.
    unused
        Headings that the user's map of columns names and the file does not have.
    """

    rpl: Rpl | None
    rows: tuple[int, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    span_rows: tuple[int, ...]
    heading_row: int
    columns: Mapping[str, str]
    sheet: str | None = None
    understood: tuple[Understood, ...] = ()
    unused: tuple[str, ...] = ()


def read_rpl(path: Path | str, sheet: str | None = None, columns: ColumnMap = NO_MAP) -> Rpl:
    """Read the Route Position List in a file that has no fault.

    Parameters
    ----------
    path, sheet, columns
        As of `read_rpl_sheet`, which tells the faults one by one.

    Raises
    ------
    IngestError
        When the file is no list, or any cell of it has a fault.
    """
    return rpl_of(path, read_rpl_sheet(path, sheet, columns))


def rpl_of(path: Path | str, found: RplSheet) -> Rpl:
    """The list as read from a file, where it has no fault; else an IngestError."""
    if found.faults or found.rpl is None:
        first = "; ".join(map(str, found.faults[:SHOWN_FAULTS]))
        raise IngestError(f"{path} has {len(found.faults)} faults: {first}. `transcaspian check-rpl` names them all")
    return found.rpl


def read_rpl_sheet(path: Path | str, sheet: str | None = None, columns: ColumnMap = NO_MAP) -> RplSheet:
    """Read a list of any usual layout, with the faults of its cells.

    Parameters
    ----------
    path
        ``.csv`` (comma, semicolon or tab; UTF-8, UTF-16, cp1251 or cp1252), ``.xlsx``, or the points or lines of a
        GeoPackage, GeoJSON, KML, Shapefile or FlatGeobuf.
    sheet
        Name of the sheet, layer or system, where the file holds several.
    columns
        What headings are to be read as, where they are not known; see `read_column_map`.

    Raises
    ------
    IngestError
        When the file is no list: another format, damaged, protected, too large, empty, without headings or without the
        columns that a position needs.
    """
    path = Path(path)
    table = table_of(path, sheet, columns)
    reading = SheetReading(table, needed_headings(path, table, columns), columns)
    check_columns(path, reading)
    header = header_block(table, reading.rows.first)
    rows = sort_rows(table, reading.rows, reading.kinds)
    reading.notes += [*table.notes, *row_notes(table, rows)]
    settle_either(path, reading, rows)
    settle_doubles(path, reading, rows.positions)
    settle_units(reading, header)
    check_datum(reading, header)
    check_merged(reading, rows)
    check_beside(reading, rows)
    positions = read_positions(reading, rows.positions)
    check_names(reading, rows.positions)
    spans, span_rows = read_spans(reading, rows, positions)
    spans = below_seabed(reading, spans, span_rows)
    if len(positions) < 2:
        reading.fault(reading.heading_row, "PosNo", f"{len(positions)} positions below the headings", "two or more")
    whole = [position for position in positions if position is not None]
    made = len(whole) == len(positions) >= 2
    rpl = _list_of(reading, header, whole, spans) if made else None
    reading.notes += [*reading_notes(reading), *((*start_notes(rpl), *depth_notes(rpl)) if rpl else ())]
    return RplSheet(
        rpl=rpl,
        rows=rows.positions,
        faults=tuple(sorted(dict.fromkeys(reading.faults), key=lambda fault: fault.row)),
        notes=tuple(dict.fromkeys(reading.notes)),
        span_rows=span_rows,
        heading_row=reading.heading_row,
        columns={name: get_column_letter(column) for name, column in reading.where.items()},
        sheet=table.sheet,
        understood=tuple(understood(reading, sorted({*rows.positions, *rows.spans}))),
        unused=tuple(columns.unused(named(reading))),
    )


# -- the file


def table_of(path: Path, sheet: str | None, columns: ColumnMap) -> SheetTable:
    """The table in a file of any of the formats."""

    def rank(table: SheetTable) -> int:
        found = find_headings(table, columns)
        return found.score if found else 0

    if not path.is_file():
        raise IngestError(f"{path} is not a file on this disk: give the path of a Route Position List")
    suffix = path.suffix.lower()
    if suffix in VECTORS:
        from transcaspian.rpl._features import open_features

        return open_features(path, sheet)
    if suffix in OLD_WORKBOOKS:
        raise IngestError(f"{path} is a workbook of a format that is not read ({suffix}): save it as .xlsx, or as CSV")
    if suffix not in (*TEXTS, *WORKBOOKS):
        formats = ", ".join((*TEXTS, *WORKBOOKS, *VECTORS))
        raise IngestError(f"{path} has the suffix {path.suffix or '(none)'}: expected one of {formats}")
    return open_table(path, sheet, rank)


def needed_headings(path: Path, table: SheetTable, columns: ColumnMap) -> HeadingRows:
    """The rows of the headings."""
    found = find_headings(table, columns)
    if found is None and states_eastings(table):
        raise IngestError(EASTINGS.format(path=path))
    if found is None:
        raise IngestError(
            f"{path} has no row of headings in its first {WITHIN_ROWS} rows that are understood: expected Pos No, "
            "Latitude, Longitude and the figures of a Route Position List; name others by --columns"
        )
    return found


def states_eastings(table: SheetTable) -> bool:
    """Whether some row has headings of a projected CRS."""
    rows = ({word for raw in cells for word in words_of(as_cell(raw).text)} for cells in table.rows[:WITHIN_ROWS])
    return any({"easting", "northing"} <= words for words in rows)


def named(reading: SheetReading) -> Iterator[str]:
    """All that a map of columns could have named in this file."""
    for column, texts in column_texts(reading.table, reading.rows.first, reading.rows.last).items():
        yield f"column {get_column_letter(column)}"
        yield from texts


# -- headings


def check_columns(path: Path, reading: SheetReading) -> None:
    """The columns that a position needs are there."""
    missing = []
    for axis, notations in reading.angles.items():
        parts = [item.field for item in reading.rows.headings.values() if item.field[:3] == axis[:3]]
        if not notations:
            missing.append(axis + (f" (of which there is only {', '.join(parts)})" if parts else ""))
    if len(missing) == len(reading.angles) and states_eastings(reading.table):
        raise IngestError(EASTINGS.format(path=path))
    if missing:
        raise IngestError(
            f"{path}, row {reading.heading_row}: the headings lack {' and '.join(missing)}; found "
            f"{', '.join(item.text for item in reading.rows.headings.values())}. Name columns by --columns"
        )


def settle_either(path: Path, reading: SheetReading, rows: ListRows) -> None:
    """Headings as `Route Distance`: of a span or cumulative, by the other column or by where the cells stand."""
    for column, heading in reading.rows.headings.items():
        if heading.either is None:
            continue
        letter = get_column_letter(column)
        open_fields = [name for name in heading.either if name not in reading.where]
        if not open_fields:
            raise IngestError(
                f"{path}, row {reading.heading_row}: column {letter} (`{heading.text}`) states what "
                f"{' and '.join(heading.either)} state; take it away, or name it by --columns"
            )
        chosen = open_fields[0] if len(open_fields) == 1 else _stands_for(reading, column, rows, heading.either)
        reading.where[chosen or heading.either[0]] = column
        if chosen:
            reading.notes.append(f"`{heading.text}` (column {letter}) was read as {chosen}")
        else:
            reading.unreadable.add(heading.either[0])
            expected = "a heading with `between positions` or `cumulative`"
            reading.fault(reading.heading_row, heading.either[0], f"`{heading.text}`", expected)


def _stands_for(reading: SheetReading, column: int, rows: ListRows, either: tuple[str, str]) -> str | None:
    """Which of the two lengths a column holds, from the cells that are filled; None where they do not tell."""
    table = reading.table
    filled = [not is_blank(table.raw(row, column)) for row in rows.positions]
    between, cumulative = either
    if rows.interleaved:
        on_spans = any(not is_blank(table.raw(row, column)) for row in rows.spans)
        return None if on_spans == any(filled) else between if on_spans else cumulative
    if len(filled) > 1 and filled[0] != filled[-1]:
        return between
    try:
        values = [number(table.raw(row, column), reading.decimal_comma) for row in rows.positions]
    except CellError:
        return None
    rising = all(before <= after for before, after in pairwise(values))
    if len(values) > 3 and (rising or values[0] == 0.0):
        return cumulative if rising else between
    return None


def settle_doubles(path: Path, reading: SheetReading, rows: Sequence[int]) -> None:
    """Two columns of one field: remarks are joined, figures must agree, of texts the one named exactly is read."""
    for name, others in reading.again.items():
        if name == "Remarks":
            continue
        columns = [reading.where[name], *others]
        exact = [at for at in columns if reading.rows.headings[at].is_exact or reading.rows.headings[at].is_mapped]
        if name not in NUMBERS and len(exact) != 1:
            letters = " and ".join(map(get_column_letter, columns))
            raise IngestError(
                f"{path}, row {reading.heading_row}: the columns {letters} both say {name}; take one away, or name one "
                "otherwise by --columns"
            )
        if name not in NUMBERS:
            reading.where[name] = exact[0]
    reading.again = {name: others for name, others in reading.again.items() if name == "Remarks" or name in NUMBERS}


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


# -- units


def stated_unit(header: Mapping[str, tuple[str, int, int]], names: tuple[str, ...]) -> str:
    """Unit that the header block states for distances or depths; "" where it does not."""
    own, subject = ("distance_unit", DISTANCE_WORDS) if names is DISTANCES else ("depth_unit", DEPTH_WORDS)
    parts = re.split("[,;]", header.get("units", ("", 0, 0))[0])
    about = [part for part in parts if any(word.startswith(subject) for word in words_of(part))]
    words = words_of(" ".join([header.get(own, ("", 0, 0))[0], *about]))
    return next((UNITS[word] for word in words if word in UNITS), "")


def settle_units(reading: SheetReading, header: Mapping[str, tuple[str, int, int]]) -> None:
    """What the numbers of each column are multiplied by; a column without a unit is not read."""
    for name in (*DISTANCES, *DEPTHS):
        if name not in reading.where or name in reading.unreadable:
            continue
        above = stated_unit(header, DISTANCES if name in DISTANCES else DEPTHS)
        unit = unit_of(reading, name, above)
        if not unit:
            reading.unreadable.add(name)
            continue
        reading.units[name] = unit
        reading.scale[name] = METRES_PER[unit] / 1000.0 if name in DISTANCES else METRES_PER[unit]
        compare_doubles(reading, name)
    settle_other_units(reading)


def unit_of(reading: SheetReading, name: str, above: str) -> str:
    """The unit of a column of lengths; "" with a fault where it is not stated or not known."""
    heading = reading.heading(name)
    row = reading.heading_row
    unit = heading.unit or above
    if heading.unit and above and heading.unit != above and not heading.is_mapped:
        reading.fault(row, name, f"`{heading.text}`", f"{above}, the unit that the header block states")
    if not unit and heading.schema:
        unit = "km" if name in DISTANCES else "m"
        reading.notes.append(f"{name} states no unit: the field of that name holds {unit}")
    if not unit:
        reading.fault(
            row, name, f"`{heading.text}` without a unit", f"{UNIT_LIST}, as in `{name} (km)`, or by --columns"
        )
    elif unit not in METRES_PER:
        reading.fault(row, name, f"`{heading.text}`", UNIT_LIST)
        return ""
    elif reading.units and implied_kp(reading, name) and any(reading.units.get(one, "km") != "km" for one in DISTANCES):
        reading.fault(row, name, f"`{heading.text}`", "its unit, as other distances are not in km")
        return ""
    return unit


def implied_kp(reading: SheetReading, name: str) -> bool:
    """Whether km is what a KP is in by its name, and the heading does not say it."""
    words = words_of(reading.heading(name).text)
    return name == "DistCumulative" and not any(UNITS.get(word) in METRES_PER for word in words)


def settle_other_units(reading: SheetReading) -> None:
    """Slack is a percentage, a fraction or a factor, and bearings are degrees from true north."""
    allowed = {"Slack": ("", "%", "fraction", "factor"), "Bearing": ("", "deg")}
    for name, units in allowed.items():
        heading = reading.heading(name)
        if heading.unit not in units:
            wanted = "slack as %, fraction or factor" if name == "Slack" else "bearings in degrees from true north"
            reading.fault(reading.heading_row, name, f"`{heading.text}`", wanted)
            reading.unreadable.add(name)
    cells = [as_cell(raw) for raw in column_of(reading, "Slack")]
    shown = any(cell.is_percent or cell.text.strip().endswith("%") for cell in cells)
    reading.units["Slack"] = reading.heading("Slack").unit or ("%" if shown else "")
    reading.units["Bearing"] = "deg"


def column_of(reading: SheetReading, name: str) -> list[Any]:
    """What stands below the heading of a field."""
    if name not in reading.where:
        return []
    at = reading.where[name] - 1
    return [cells[at] for cells in reading.table.rows[reading.heading_row :] if at < len(cells) and cells[at] != ""]


def compare_doubles(reading: SheetReading, name: str) -> None:
    """A further column of the same figures, perhaps in another unit, agrees with the first; the first is read."""
    for column in reading.again.get(name, ()):
        heading = reading.rows.headings[column]
        unit = heading.unit or reading.units[name]
        if unit not in METRES_PER:
            continue
        scale = reading.scale[name] * METRES_PER[unit] / METRES_PER[reading.units[name]]
        for row in range(reading.heading_row + 1, len(reading.table.rows) + 1):
            raws = reading.raw(row, name), reading.table.raw(row, column)
            if any(map(is_blank, raws)):
                continue
            try:
                first, second = (number(raw, reading.decimal_comma) for raw in raws)
            except CellError:
                continue
            error = half_digit(raws[0]) * reading.scale[name] + half_digit(raws[1]) * scale
            if abs(first * reading.scale[name] - second * scale) > error + 1e-9:
                letter = get_column_letter(reading.where[name])
                reading.fault_at(
                    row, column, name, f"what column {letter} says, {as_cell(raws[0]).text}, or another heading"
                )
                break


def last_digit(reading: SheetReading, name: str) -> float:
    """The last digit that the figures of a column are written with, in the unit that they are turned into."""
    halves = [half_digit(raw) for raw in column_of(reading, name)]
    return 2.0 * min(halves, default=0.0) * reading.scale.get(name, 0.0)


def half_digit(raw: Any) -> float:
    """Half of the last digit that a number is written with."""
    found = re.search(r"[.,](\d+)", as_cell(raw).text)
    return 0.5 * 10.0 ** -(len(found[1]) if found else 0)


# -- what heads the list, and what stands beside it


def check_datum(reading: SheetReading, header: Mapping[str, tuple[str, int, int]]) -> None:
    """Positions are on WGS 84."""
    text, row, column = header.get("datum", ("", 0, 0))
    if not text.strip():
        if reading.table.sheet is not None or not reading.table.name.endswith(VECTORS):
            reading.notes.append("the list names no datum: positions are taken as WGS 84")
    elif not re.search("wgs(19)?84|epsg4326|worldgeodeticsystem1984", re.sub("[^a-z0-9]", "", text.lower())):
        expected = "WGS 84; transform the positions, they are not shifted here"
        reading.faults.append(Fault(row, get_column_letter(column), f"`{text}`", expected, "datum"))


def check_merged(reading: SheetReading, rows: ListRows) -> None:
    """A merged cell in the list hides which row or column it speaks of; one over a group of headings does not."""
    used = {*rows.positions, *rows.spans}
    below = reading.heading_row
    angles = reading.angle_columns
    for item in reading.table.merged:
        first = max(below, item.rows[0])
        is_group = item.rows[1] <= below and (item.rows[1] < below or item.columns[0] == item.columns[1])
        over_angle = item.rows[1] <= below and set(range(item.columns[0], item.columns[1] + 1)) <= angles
        if (
            item.rows[1] < below
            or is_group
            or over_angle
            or not used & {*range(first, item.rows[1] + 1)} | {below} & {first}
        ):
            continue
        letter = get_column_letter(item.columns[0])
        reading.faults.append(Fault(first, letter, f"the merged cells {item.name}", "a cell of its own in each row"))


def check_beside(reading: SheetReading, rows: ListRows) -> None:
    """Cells of the list that stand under no heading."""
    known = {*reading.rows.headings, *reading.angle_columns}
    width = max(known, default=0)
    used = sorted({*rows.positions, *rows.spans})
    for column in sorted({*range(1, reading.table.width + 1)} - known):
        filled = [(row, raw) for row, raw in zip(used, reading.table.column(column, used), strict=True) if raw != ""]
        letter = get_column_letter(column)
        if filled and column <= width:
            reading.notes.append(f"column {letter} has no heading and was left out, as in row {filled[0][0]}")
        elif filled:
            found = [Fault(row, letter, f"`{as_cell(raw).text}`", "no cell beside the headings") for row, raw in filled]
            reading.faults += found


def reading_notes(reading: SheetReading) -> Iterator[str]:
    """How the list was understood where it could have been otherwise."""
    unknown = [item.text for column, item in reading.rows.headings.items() if not is_used(reading, column)]
    if unknown:
        yield f"columns that are not known were left out: {', '.join(unknown)}"
    if "PosNo" not in reading.where:
        yield "the list has no Pos No: its positions are numbered from 1 in the order of the rows"
    if reading.decimal_comma:
        yield "numbers have a decimal comma"
    for axis, notations in reading.angles.items():
        if len(notations) > 1:
            columns = " and ".join(get_column_letter(item.parts[0]) for item in notations)
            yield f"{axis} stands in the columns {columns}, which were compared: in each row the finer was read"
    if not any(name in reading.where for name in DISTANCES):
        yield "the list states no distances: lengths are geodesics between its positions"
    if "BurialDepth" in reading.where and "TargetBurialDepth" not in reading.where:
        text = reading.heading("BurialDepth").text
        yield f"`{text}` was read as lowering reached; where it is the target, say `Target Burial Depth` by --columns"


def below_seabed(reading: SheetReading, spans: list[Span], rows: Sequence[int]) -> list[Span]:
    """The spans with burial positive below the seabed; a column that never is has it the other way."""
    for column, name in (("TargetBurialDepth", "target_burial_m"), ("BurialDepth", "burial_m")):
        stated = [getattr(span, name) for span in spans]
        negative = [index for index, value in enumerate(stated) if value is not None and value < 0]
        if not negative:
            continue
        if any(value is not None and value > 0 for value in stated):
            row = rows[negative[0]]
            expected = "a burial of one sign in all rows: a cable does not lie both above and below the seabed"
            reading.fault_at(row, reading.where[column], column, expected)
            continue
        reading.notes.append(f"{column} is negative in {len(negative)} rows: it was read as burial below the seabed")
        spans = [
            span if value is None else replace(span, **{name: abs(value)})
            for span, value in zip(spans, stated, strict=True)
        ]
    return spans


def depth_notes(rpl: Rpl) -> Iterator[str]:
    """What a person should know of a list most of whose depths are negative."""
    depths_m = [at.depth_m for at in rpl.positions if at.depth_m]
    negative = sum(depth_m < 0 for depth_m in depths_m)
    if 2 * negative > len(depths_m):
        yield f"{negative} of {len(depths_m)} depths are negative: they were read as heights above the water"


def is_used(reading: SheetReading, column: int) -> bool:
    """Whether a column was read."""
    doubles = [at for others in reading.again.values() for at in others]
    return column in {*reading.where.values(), *reading.angle_columns, *doubles}


def _list_of(
    reading: SheetReading, header: Mapping[str, tuple[str, int, int]], positions: list[Position], spans: list[Span]
) -> Rpl:
    """The list with what heads it."""
    texts = {name: text for name, (text, _, _) in header.items()}
    named: dict[str, Any] = {name: texts[name] for name in ("datum", "water_level") if texts.get(name, "").strip()}
    every = (*COLUMNS, *OTHER_POSITION_FIELDS, *OTHER_SPAN_FIELDS)
    return Rpl(
        system_id=texts.get("system_id", ""),
        title=texts.get("title", ""),
        revision=texts.get("revision", ""),
        positions=tuple(positions),
        spans=tuple(spans),
        status=texts.get("status", ""),
        columns=tuple(name for name in every if name in reading.where),
        steps={name: last_digit(reading, name) for name, unit in reading.units.items() if unit not in NATIVE_UNITS},
        header=((STRAIGHT, texts["straight"]),) if texts.get("straight") else (),
        **named,
    )


# -- positions


def check_names(reading: SheetReading, rows: Sequence[int]) -> None:
    """Each position has a PosNo of its own, and SeqNo rises."""
    first: dict[str, int] = {}
    for row in rows if "PosNo" in reading.where else ():
        name = as_cell(reading.raw(row, "PosNo")).text.strip()
        if not name:
            reading.fault(row, "PosNo", "an empty cell", "a PosNo of its own")
        elif name in first:
            reading.fault(row, "PosNo", f"`{name}`, which row {first[name]} has too", "a PosNo of its own")
        first.setdefault(name, row)
    numbered = zip(rows, reading.numbers("SeqNo", rows), strict=True)
    stated = [(row, value) for row, value in numbered if value is not None]
    for (_, before), (row, after) in pairwise(stated):
        if after <= before:
            reading.fault(row, "SeqNo", f"{after:g} after {before:g}", "numbers that rise in the order of the route")


def read_positions(reading: SheetReading, rows: Sequence[int]) -> list[Position | None]:
    """The positions in rows; None where one has no place on the globe."""
    angles = [[reading.angle(row, axis) for row in rows] for axis in HEMISPHERES]
    fields = {name: column for column, name in ALL_POSITION_FIELDS.items() if column not in HEMISPHERES}
    columns = [reading.values(column, rows) for column in fields.values()]
    if "PosNo" not in reading.where:
        columns[[*fields].index("pos_no")] = [str(order) for order in range(1, len(rows) + 1)]
    found: list[Position | None] = []
    for lat_deg, lon_deg, *others in zip(*angles, *columns, strict=True):
        stated: dict[str, Any] = dict(zip(fields, others, strict=True))
        is_whole = lat_deg is not None and lon_deg is not None
        found.append(Position(lon_deg=lon_deg, lat_deg=lat_deg, **stated) if is_whole else None)
    return found
