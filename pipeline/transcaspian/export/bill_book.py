"""The bill of quantities of a system as a workbook: formulas a client can follow, with our figures as their values.

The bill itself is `transcaspian.engineering.bill`; nothing is computed here that it does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from transcaspian.core.cost_range import COST_COLUMNS
from transcaspian.engineering.bill import CONTINGENCY, Bill, Quantities
from transcaspian.engineering.sld import Segment
from transcaspian.export.read_back import expect
from transcaspian.study.price_tables import CURRENCY

BILL, QUANTITIES, SECTIONS = "Bill", "Quantities", "Sections"
TOTAL = "total"
MONEY, KM, METRES, PERCENT = "#,##0.00", "0.000", "#,##0.0", "0.00"
Cell = tuple[Any, str]
"""A value, or a `Formula`, and how it is shown."""


@dataclass(frozen=True)
class Formula:
    """A formula and its value."""

    text: str
    value: float


@dataclass(frozen=True)
class Sheet:
    """A sheet: headings with the width of each column, and the rows below."""

    name: str
    headings: tuple[tuple[str, int], ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)

    @property
    def next_row(self) -> int:
        """Where the next row will stand, counted as in formulas."""
        return len(self.rows) + 2

    def column(self, heading: str) -> str:
        """Letter of a column."""
        return str(xl_col_to_name([name for name, _ in self.headings].index(heading)))

    def all_of(self, heading: str) -> str:
        """The cells of a column, for formulas of other sheets."""
        letter = self.column(heading)
        return f"'{self.name}'!${letter}$2:${letter}${max(len(self.rows), 1) + 1}"


def write_bill_book(path: Path, bill: Bill, bought: Quantities, segments: Sequence[Segment], created_utc: str) -> None:
    """Write the workbook of one system, and read it back with another library.

    Parameters
    ----------
    segments
        The sections that the quantities are added up from.
    created_utc
        ISO 8601, UTC: the date of the file; equal input gives equal bytes.

    Raises
    ------
    ExportError
        When it does not read back.
    """
    sections = section_sheet(segments)
    sheets = (bill_sheet(bill), quantity_sheet(bought, bill, sections), sections)
    created = datetime.fromisoformat(created_utc).replace(tzinfo=None)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"author": "transcaspian", "created": created})
        formats: dict[str, Any] = {}
        for sheet in sheets:
            write_sheet(book, sheet, formats)
    check_bill_book(path, bill)


def write_sheet(book: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    """Headings that stay in sight, and the rows."""
    page = book.add_worksheet(sheet.name)
    bold = formats.setdefault("bold", book.add_format({"bold": True, "text_wrap": True, "bg_color": "#D9D9D9"}))
    for column, (heading, width) in enumerate(sheet.headings):
        page.set_column(column, column, width)
        page.write_string(0, column, heading, bold)
    for number, row in enumerate(sheet.rows, 1):
        for column, (value, shown) in enumerate(row):
            if shown not in formats:
                formats[shown] = book.add_format({"num_format": shown})
            _write_cell(page, (number, column), value, formats[shown])
    page.freeze_panes(1, 1)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&CPage &P of &N")


def _write_cell(page: Any, at: tuple[int, int], value: Any, shown: Any) -> None:
    """A text, a number, a formula with its value, or nothing."""
    if isinstance(value, Formula):
        page.write_formula(*at, f"={value.text}", shown, value.value)
    elif isinstance(value, str):
        page.write_string(*at, value, shown)
    elif value is not None:
        page.write_number(*at, value, shown)


def bill_sheet(bill: Bill) -> Sheet:
    """Every item with its price and its amounts, the contingency, the total, and what is outside of it."""
    amounts = [f"{end} ({CURRENCY})" for end in ("low", "base", "high")]
    headings = (("item", 34), ("quantity", 13), ("unit", 7), *((f"price {end}", 14) for end in ("low", "base", "high")))
    sheet = Sheet(BILL, (*headings, *((name, 17) for name in amounts), ("source of the price", 60), ("status", 10)))
    letters = [(sheet.column(f"price {end}"), sheet.column(f"{end} ({CURRENCY})")) for end in ("low", "base", "high")]
    for item in bill.items:
        row, above = sheet.next_row, sheet.next_row - 1
        is_share = item.item == CONTINGENCY
        costs = item.cost.by_name.values()
        of = f"SUM({letters[1][1]}2:{letters[1][1]}{above})"
        quantity: Any = Formula(of, item.quantity) if is_share else item.quantity
        cells = [
            Formula(
                f"ROUND(SUM({amount}2:{amount}{above})*{price}{row}/100,2)"
                if is_share
                else f"ROUND(B{row}*{price}{row},2)",
                cost,
            )
            for (price, amount), cost in zip(letters, costs, strict=True)
        ]
        prices = [(price, MONEY) for price in (item.price.low, item.price.base, item.price.high)]
        about = ((item.price.source, "@"), (item.cost.cost_status, "@"))
        shown = MONEY if is_share else KM
        unit = "% of it" if is_share else item.unit
        sheet.rows.append(
            ((item.item, "@"), (quantity, shown), (unit, "@"), *prices, *((c, MONEY) for c in cells), *about)
        )
    last, total = sheet.next_row - 1, bill.total
    sums = [
        (Formula(f"SUM({amount}2:{amount}{last})", value), MONEY)
        for (_, amount), value in zip(letters, total.by_name.values(), strict=True)
    ]
    blank: Cell = (None, "@")
    sheet.rows.append(((TOTAL, "@"), *(blank,) * 5, *sums, blank, (total.cost_status, "@")))
    sheet.rows.extend(((f"outside of it: {name}", "@"),) for name in bill.outside)
    return sheet


def section_sheet(segments: Sequence[Segment]) -> Sheet:
    """The stretches of the route, with the length of cable of each."""
    sheet = Sheet(
        SECTIONS,
        (
            ("from KP (km)", 12),
            ("to KP (km)", 12),
            ("length (m)", 13),
            ("cable type", 11),
            ("slack (%)", 10),
            ("cable (m)", 13),
            ("method", 18),
            ("target (m)", 10),
        ),
    )
    for part in segments:
        row = sheet.next_row
        length_m, slack = 1000.0 * part.length_km, part.slack.rule.slack_percent
        sheet.rows.append(
            (
                (part.from_km, KM),
                (part.to_km, KM),
                (Formula(f"(B{row}-A{row})*1000", length_m), METRES),
                (part.cable.rule.cable_type, "@"),
                (slack, PERCENT),
                (Formula(f"C{row}*(1+E{row}/100)", length_m * (1 + slack / 100.0)), METRES),
                (part.burial.rule.method, "@"),
                (part.burial.rule.target_m, PERCENT),
            )
        )
    return sheet


def quantity_sheet(bought: Quantities, bill: Bill, sections: Sheet) -> Sheet:
    """Metres by cable type and by method, spare, bodies, joints, and operations; metres add up from the sections."""
    sheet = Sheet(QUANTITIES, (("what", 40), ("quantity", 16), ("unit", 8)))

    def add(what: str, quantity: Any, unit: str) -> None:
        sheet.rows.append(((what, "@"), (quantity, METRES if unit == "m" else "General"), (unit, "@")))

    def by(heading: str, wanted: str, measure: str, km: float) -> Formula:
        text = f'SUMIF({sections.all_of(heading)},"{wanted}",{sections.all_of(measure)})'
        return Formula(text, 1000.0 * km)

    first = sheet.next_row
    for kind, km in bought.cable_km.items():
        add(f"cable {kind}, as laid", by("cable type", kind, "cable (m)", km), "m")
    laid_m = 1000.0 * sum(bought.cable_km.values())
    add("cable as laid, all types", Formula(f"SUM(B{first}:B{sheet.next_row - 1})", laid_m), "m")
    add("spare cable", 1000.0 * bought.spare_km, "m")
    add("cable ashore", 1000.0 * bought.land_km, "m")
    for method, km in by_method(bought).items():
        add(f"route {method}", by("method", method, "length (m)", km), "m")
    for what, quantity, unit in pieces_of(bought, bill):
        add(what, quantity, unit)
    return sheet


def by_method(bought: Quantities) -> Mapping[str, float]:
    """Kilometres of route by method, to whatever depth."""
    found: dict[str, float] = {}
    for (method, _), km in bought.burial_km.items():
        found[method] = found.get(method, 0.0) + km
    return found


def pieces_of(bought: Quantities, bill: Bill) -> Iterator[tuple[str, float, str]]:
    """Bodies, joints, crossings, landings, and days of the vessel."""
    names = {"RPTR": "repeaters", "ROPA": "remote amplifiers", "BU": "branching units"}
    for event, number in bought.units.items():
        yield names.get(event, event), number, "each"
    yield "joints", bought.joints, "each"
    for kind, number in bought.crossings.items():
        yield f"crossings of {kind.replace('_', ' ')}s", number, "each"
    yield "landings", bought.landings, "each"
    yield from ((item.item, item.quantity, item.unit) for item in bill.items if item.unit == "days")


def check_bill_book(path: Path, bill: Bill) -> None:
    """Every amount of the bill as it stands in the file.

    Raises
    ------
    ExportError
        Naming the file and what differs.
    """
    book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    rows = list(book[BILL].iter_rows(min_row=2, max_row=len(bill.items) + 2, values_only=True))
    book.close()
    wanted = [[item.item, *item.cost.by_name.values()] for item in bill.items] + [[TOTAL, *bill.total.by_name.values()]]
    expect(path, "items and amounts", wanted, [[row[0], *row[6 : 6 + len(COST_COLUMNS)]] for row in rows])
