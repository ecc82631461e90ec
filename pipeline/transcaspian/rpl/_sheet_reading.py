"""One list while it is read: its table, where its fields stand, what was found wrong and what to say of it so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter

from transcaspian.core.fields import FIELDS
from transcaspian.rpl._cells import (
    CellError,
    angle_deg,
    has_decimal_comma,
    number,
    plain_text,
    resolution_deg,
    split_angle_deg,
)
from transcaspian.rpl._heading_rows import AngleColumns, HeadingRows, angle_columns
from transcaspian.rpl._headings import DEPTHS, DISTANCES, HEMISPHERES, Heading
from transcaspian.rpl._rows import Kinds
from transcaspian.rpl._table import Raw, SheetTable, as_cell, is_blank
from transcaspian.rpl.column_map import ColumnMap

SPAN_NUMBERS = ("DistBetweenPos", "CableDistBetweenPos", "Bearing", "Slack", "TargetBurialDepth", "BurialDepth")
SPAN_TEXTS = (
    *("CableCode", "CableType", "ProtectionMethod", "TerritorialWater", "EEZ", "FromPos", "ToPos"),
    *("FiberPair", "LayDirection", "LayVessel", "DateInstalled"),
)
POSITION_ONLY = ("Event", "DistCumulative", "CableDistCumulative", "ApproxDepth", "Remarks", "ChartNo")
NUMBERS = {*SPAN_NUMBERS, *DISTANCES, *DEPTHS, "SeqNo"}
MEANINGS = {
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Deg": "degrees",
    "Min": "minutes",
    "Sec": "seconds",
    "Hem": "hemisphere",
    "FiberPair": "fibre pairs",
    "LayDirection": "direction of lay",
    "LayVessel": "vessel that laid it",
    "DateInstalled": "when it was laid",
    "BurialDepth": "depth of lowering reached",
    "TargetBurialDepth": "target depth of lowering",
    "ChartNo": "chart",
}


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
class Understood:
    """What a column was taken for.

    Attributes
    ----------
    column, heading
        Letter of the column, and what stands over it.
    field, meaning
        The field of a list, and what it is in words; "" and ``not read`` where the column was left out.
    unit
        Of the figures in the file; lengths are turned into km and m.
    first, count
        The first value as it stands in the file, and how many cells were read.
    """

    column: str
    heading: str
    field: str
    meaning: str
    unit: str
    first: str
    count: int


def place(row: int, name: str, column: str) -> str:
    """Row, field and column of a cell, for messages."""
    if not column:
        return f"row {row}, {name}" if name else f"row {row}"
    return f"row {row}, {name} (column {column})" if name else f"row {row}, column {column}"


@dataclass
class SheetReading:
    """A table, where its fields stand, and what was found wrong so far.

    ``where`` is the 1-based column of a field, ``again`` further ones of the same; ``scale`` is what the numbers of a
    field are multiplied by, and ``units`` the unit that they are stated in.
    """

    table: SheetTable
    rows: HeadingRows
    columns: ColumnMap
    where: dict[str, int] = field(default_factory=dict)
    again: dict[str, list[int]] = field(default_factory=dict)
    angles: dict[str, list[AngleColumns]] = field(default_factory=dict)
    scale: dict[str, float] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    decimal_comma: bool = False
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.angles = {axis: angle_columns(self.table, self.rows, axis) for axis in HEMISPHERES}
        for axis, notations in self.angles.items():
            if notations:
                self.where[axis] = notations[0].parts[0]
        for column, heading in self.rows.headings.items():
            if heading.field and heading.field[:3] not in ("Lat", "Lon"):
                if heading.field in self.where:
                    self.again.setdefault(heading.field, []).append(column)
                self.where.setdefault(heading.field, column)
        figures = self.figure_columns
        self.decimal_comma = has_decimal_comma(
            cells[column - 1] for cells in self.table.rows[self.rows.last :] for column in figures
        )

    @property
    def heading_row(self) -> int:
        """The last row of the headings."""
        return self.rows.last

    @property
    def angle_columns(self) -> set[int]:
        """Columns of latitudes and longitudes."""
        return {column for notations in self.angles.values() for item in notations for column in item.columns}

    @property
    def figure_columns(self) -> list[int]:
        """Columns that hold numbers or angles."""
        items = self.rows.headings.items()
        return sorted({*self.angle_columns, *(at for at, item in items if item.field in NUMBERS or item.either)})

    @property
    def kinds(self) -> Kinds:
        """Columns by what tells the rows apart."""
        headings = self.rows.headings
        names = {*SPAN_NUMBERS, *SPAN_TEXTS, "SeqNo", ""}
        angles = self.angle_columns
        return Kinds(
            angles=frozenset(angles),
            pos_no=self.where.get("PosNo", 0),
            position_only=frozenset(at for at, item in headings.items() if item.field in POSITION_ONLY),
            of_spans=frozenset(
                at
                for at in range(1, self.table.width + 1)
                if at not in angles and headings.get(at, Heading("")).field in names
            ),
        )

    def heading(self, name: str) -> Heading:
        """What stands over the column of a field."""
        return self.rows.headings.get(self.where.get(name, 0), Heading(""))

    def raw(self, row: int, name: str) -> Raw:
        """What is kept of the cell of a field; "" where there is no such column."""
        return self.table.raw(row, self.where[name]) if name in self.where else ""

    def blank(self, row: int, name: str) -> bool:
        """Whether a row does not state a field."""
        return is_blank(self.raw(row, name))

    def states(self, row: int, names: Sequence[str]) -> bool:
        """Whether any of the fields is filled in."""
        return any(not self.blank(row, name) for name in names)

    def fault(self, row: int, name: str, found: str, expected: str) -> None:
        """Note a fault at a field of a row."""
        column = get_column_letter(self.where[name]) if name in self.where else ""
        self.faults.append(Fault(row, column, found, expected, name))

    def fault_at(self, row: int, column: int, name: str, expected: str) -> None:
        """Note what a cell holds instead of what was expected."""
        cell = self.table.cell(row, column)
        found = "an empty cell" if cell.blank else f"`{cell.formula or cell.text}`"
        self.faults.append(Fault(row, get_column_letter(column), found, expected, name))

    def numbers(self, name: str, rows: Sequence[int]) -> list[float | None]:
        """Numbers in the unit of the list; None where a cell is empty or at fault, or there is no such column."""
        if name not in self.where or name in self.unreadable:
            return [None] * len(rows)
        raws = self.table.column(self.where[name], rows)
        scale = self.scale.get(name, 1.0)
        return [None if raw == "" else self.number(raw, row, name, scale) for raw, row in zip(raws, rows, strict=True)]

    def number(self, raw: Raw, row: int, name: str, scale: float) -> float | None:
        """The number in a cell; None with a fault where it is none."""
        if name == "Slack" and isinstance(raw, str):
            raw = raw.strip().removesuffix("%")
        try:
            return number(raw, self.decimal_comma) * scale
        except CellError as exc:
            self.fault_at(row, self.where[name], name, str(exc))
            return None

    def texts(self, name: str, rows: Sequence[int]) -> list[str]:
        """Texts as they stand; several columns of remarks are joined."""
        if name not in self.where:
            return [""] * len(rows)
        read = [self.texts_at(column, name, rows) for column in (self.where[name], *self.again.get(name, ()))]
        return read[0] if len(read) == 1 else ["; ".join(filter(None, cells)) for cells in zip(*read, strict=True)]

    def texts_at(self, column: int, name: str, rows: Sequence[int]) -> list[str]:
        """The texts in a column of a field."""
        found = []
        for raw, row in zip(self.table.column(column, rows), rows, strict=True):
            try:
                found.append(plain_text(raw))
            except CellError as exc:
                self.fault_at(row, column, name, str(exc))
                found.append("")
        return found

    def values(self, name: str, rows: Sequence[int]) -> Sequence[Any]:
        """Numbers or texts, by what the column holds."""
        return self.numbers(name, rows) if name in NUMBERS else self.texts(name, rows)

    def angle(self, row: int, axis: str) -> float | None:
        """Latitude or longitude of a row; where it stands in several notations, they must agree."""
        if len(self.angles[axis]) == 1:
            return self.angle_in(row, axis, self.angles[axis][0], is_needed=True)
        read = [self.angle_in(row, axis, item, is_needed=n == 0) for n, item in enumerate(self.angles[axis])]
        stated = [(value, at) for value, at in zip(read, self.angles[axis], strict=True) if value is not None]
        if len(stated) < 2:
            return stated[0][0] if stated else None
        errors = [resolution_deg(self.table.raw(row, at.parts[-1])) / 60.0 ** (len(at.parts) - 1) for _, at in stated]
        for (value, at), error_deg in zip(stated[1:], errors[1:], strict=True):
            if abs(value - stated[0][0]) > errors[0] + error_deg + 1e-7:
                wanted = f"{stated[0][0]:.6f}°, as column {get_column_letter(stated[0][1].parts[0])} says"
                self.fault_at(row, at.parts[0], axis, wanted)
        return stated[errors.index(min(errors))][0]

    def angle_in(self, row: int, axis: str, at: AngleColumns, is_needed: bool) -> float | None:
        """The angle in one notation; a fault where it is wrong, or needed and not there."""
        parts = [self.table.raw(row, column) for column in at.parts]
        if not is_needed and all(map(is_blank, parts)):
            return None
        try:
            letter = plain_text(self.table.raw(row, at.hem)).strip().upper() if at.hem else at.letter
            if at.hem and not letter:
                raise CellError(f"a hemisphere, {' or '.join(HEMISPHERES[axis])}")
            if len(parts) > 1:
                return split_angle_deg(parts, letter, axis, self.decimal_comma)
            raw = parts[0]
            if at.hem and not as_cell(raw).oddity:
                raw = f"{as_cell(raw).text} {letter}"
            return angle_deg(raw, axis, "" if at.hem else letter, self.decimal_comma)
        except CellError as exc:
            self.fault_at(row, guilty_column(parts, at, str(exc)), axis, str(exc))
            return None


def guilty_column(parts: Sequence[Raw], at: AngleColumns, said: str) -> int:
    """Which column of an angle a fault is named at."""
    if len(parts) == 1:
        return at.parts[0]
    if "hemisphere" in said and at.hem and "sign" not in said:
        return at.hem
    for column, raw, most in zip(at.parts, parts, (360.0, 60.0, 60.0), strict=False):
        try:
            value = number(raw)
        except CellError:
            return column
        if not (abs(value) < most and value >= (0 if column != at.parts[0] else -most)):
            return column
    return at.parts[0]


def understood(reading: SheetReading, rows: Sequence[int]) -> Iterator[Understood]:
    """What each column of the file was taken for; ``rows`` are those of positions and spans."""
    wrong = {(fault.row, fault.column) for fault in reading.faults}
    for column in range(1, reading.table.width + 1):
        letter = get_column_letter(column)
        filled = [raw for raw in reading.table.column(column, rows) if raw != ""]
        name = field_at(reading, column)
        heading = reading.rows.headings.get(column, Heading("")).text
        if not filled and not heading:
            continue
        first = as_cell(filled[0]).text if filled else ""
        count = len(filled) - sum(at == letter for _, at in wrong) if name else 0
        unit = reading.units.get(name, "")
        yield Understood(letter, heading, name, meaning_of(reading, name, column), unit, first, count)


def field_at(reading: SheetReading, column: int) -> str:
    """The field that a column was read as; "" where it was left out."""
    for axis, notations in reading.angles.items():
        if any(column in item.columns for item in notations):
            return axis
    columns = ((name, [at, *reading.again.get(name, ())]) for name, at in reading.where.items())
    return next((name for name, there in columns if column in there and name not in reading.unreadable), "")


def meaning_of(reading: SheetReading, name: str, column: int) -> str:
    """What a field is, in words."""
    if not name:
        return "not read"
    if name in HEMISPHERES:
        notation = next(item for item in reading.angles[name] if column in item.columns)
        part = (
            "hemisphere" if column == notation.hem else ("degrees", "minutes", "seconds")[notation.parts.index(column)]
        )
        return name.lower() if notation.columns == (column,) else f"{name.lower()}, {part}"
    return MEANINGS.get(name) or FIELDS[name].meaning.partition(";")[0]
