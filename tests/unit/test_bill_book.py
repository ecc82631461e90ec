"""The bill of quantities as a workbook: recalculated by others it is ours, to the cent, whatever the prices."""

from __future__ import annotations

import re
import subprocess
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import STUDY, need
from tests.unit.test_landing import route
from transcaspian.core.errors import ExportError
from transcaspian.engineering import Bill, Quantities, bill_of, quantities_of
from transcaspian.export.bill_book import check_bill_book, write_bill_book
from transcaspian.study import load_study
from transcaspian.study.price_tables import Price, Prices

CREATED = "2026-11-30T12:00:00.000Z"
PRICES = load_study(STUDY).prices
assert PRICES is not None
USD = st.floats(0, 1e7, allow_subnormal=False) | st.sampled_from([0.0, 0.005, 1.005, 2.675, 1e-3, 12345.675])


@cache
def bought() -> Quantities:
    return quantities_of(route(10.0))


def book_of(path: Path, prices: Prices = PRICES) -> Bill:
    """The workbook of a synthetic route."""
    bill = bill_of(prices, bought())
    write_bill_book(path, bill, bought(), route(10.0).segments, CREATED)
    return bill


def test_a_route_without_land_tails_has_no_cable_ashore() -> None:
    assert bought().land_km == 0.0


def amounts_of(path: Path, items: int) -> list[tuple[Any, ...]]:
    """Names and amounts of the items and the total, as the file has them."""
    book = openpyxl.load_workbook(path, data_only=True)
    return [(row[0], *row[6:9]) for row in book["Bill"].iter_rows(min_row=2, max_row=items + 2, values_only=True)]


def of_bill(bill: Bill) -> list[tuple[Any, ...]]:
    rows = [(item.item, *item.cost.by_name.values()) for item in bill.items]
    return [*rows, ("total", *bill.total.by_name.values())]


# -- an evaluator of its own, of what the formulas use


class Evaluated:
    """Values of a workbook by its formulas alone: the values that stand beside them are not read."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path)

    def at(self, sheet: str, cell: str) -> Any:
        value = self.book[sheet][cell].value
        return self.formula(sheet, value[1:]) if isinstance(value, str) and value.startswith("=") else value

    def cells(self, sheet: str, text: str) -> list[Any]:
        other, _, area = text.rpartition("!")
        sheet = other.strip("'") or sheet
        first, last = area.replace("$", "").split(":")
        return [self.at(sheet, cell.coordinate) for row in self.book[sheet][f"{first}:{last}"] for cell in row]

    def formula(self, sheet: str, text: str) -> Any:
        def total(found: re.Match[str]) -> str:
            return repr(sum(value or 0 for value in self.cells(sheet, found[1])))

        def total_if(found: re.Match[str]) -> str:
            pairs = zip(self.cells(sheet, found[1]), self.cells(sheet, found[3]), strict=True)
            return repr(sum(value for key, value in pairs if key == found[2]))

        text = re.sub(r'SUMIF\(([^,]+),"([^"]*)",([^)]+)\)', total_if, text)
        text = re.sub(r"SUM\(([A-Z]+\d+:[A-Z]+\d+)\)", total, text)
        text = re.sub(r"\b([A-Z]{1,2}\d+)\b", lambda found: repr(self.at(sheet, found[1])), text)
        return eval(text, {"__builtins__": {}, "ROUND": half_up})


def half_up(value: float, digits: int) -> float:
    """As spreadsheets round: halves of the fifteen digits they show go away from zero."""
    scaled = float(f"{value:.15g}") * 10**digits
    return int(float(f"{scaled:.13g}") + 0.5) / 10**digits


@settings(max_examples=8)
@given(st.tuples(USD, USD, USD).map(sorted), st.tuples(USD, USD, USD).map(sorted))
def test_the_formulas_come_to_our_amounts_whatever_the_prices(
    tmp_path_factory: pytest.TempPathFactory, cable: list[float], permits: list[float]
) -> None:
    prices = PRICES.model_copy(
        update={
            "cable": {kind: Price(low=cable[0], base=cable[1], high=cable[2]) for kind in PRICES.cable},
            "permits": Price(low=permits[0], base=permits[1], high=permits[2]),
        }
    )
    path = tmp_path_factory.mktemp("bill") / "main.xlsx"
    bill, found = book_of(path, prices), Evaluated(path)
    for number, (_, *amounts) in enumerate(of_bill(bill), 2):
        assert [found.at("Bill", f"{letter}{number}") for letter in "GHI"] == pytest.approx(amounts, abs=1e-6)


def test_metres_add_up_from_the_sections_and_are_those_of_the_bill(tmp_path: Path) -> None:
    bill, found = book_of(tmp_path / "main.xlsx"), Evaluated(tmp_path / "main.xlsx")
    cached = openpyxl.load_workbook(tmp_path / "main.xlsx", data_only=True)
    of_item = {item.item: item.quantity for item in bill.items}
    told = {}
    for number, (what, quantity, unit) in enumerate(cached["Quantities"].iter_rows(min_row=2, values_only=True), 2):
        assert found.at("Quantities", f"B{number}") == pytest.approx(quantity, rel=1e-12)
        told[what] = quantity, unit
    for kind, km in bought().cable_km.items():
        assert told[f"cable {kind}, as laid"] == (pytest.approx(1000 * km), "m")
        assert of_item[f"cable {kind}"] == pytest.approx(km)
    assert told["cable as laid, all types"][0] == pytest.approx(1000 * sum(bought().cable_km.values()))
    assert told["spare cable"][0] == pytest.approx(1000 * of_item["spare cable"])
    assert told["joints"] == (route(10.0).cable.joints, "each")
    assert told["vessel, laying"] == (pytest.approx(of_item["vessel, laying"]), "days")


def test_a_calculator_of_others_comes_to_our_bill(tmp_path: Path) -> None:
    office = need("soffice", "libreoffice-calc")
    bill = book_of(tmp_path / "main.xlsx")
    bare = tmp_path / "bare" / "main.xlsx"
    bare.parent.mkdir()
    with zipfile.ZipFile(tmp_path / "main.xlsx") as ours, zipfile.ZipFile(bare, "w") as theirs:
        for name in ours.namelist():  # without our values nothing is left but to calculate
            text = ours.read(name)
            theirs.writestr(name, re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", text) if "worksheets/" in name else text)
    profile = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    to = ["--convert-to", "xlsx", "--outdir", str(tmp_path / "out")]
    subprocess.run([office, profile, "--headless", *to, str(bare)], check=True, capture_output=True, timeout=120)
    assert amounts_of(tmp_path / "out" / "main.xlsx", len(bill.items)) == of_bill(bill)


def test_joints_cost_where_the_book_has_a_price_of_them() -> None:
    priced = PRICES.model_copy(update={"joint": Price(low=1e3, base=2e3, high=3e3)})
    items = {item.item: item for item in bill_of(priced, bought()).items}
    assert items["joints"].quantity == route(10.0).cable.joints
    assert items["joints"].cost.cost_base_usd == 2e3 * route(10.0).cable.joints
    assert "joints" not in {item.item for item in bill_of(PRICES, bought()).items}


def test_equal_bills_give_equal_bytes_and_a_text_that_looks_like_a_formula_stays_one(tmp_path: Path) -> None:
    odd = Price(low=1.0, base=2.0, high=3.0, source="=1+1 of the maker's list, http://x.org")
    prices = PRICES.model_copy(update={"survey": odd})
    book_of(tmp_path / "a.xlsx", prices)
    book_of(tmp_path / "b.xlsx", prices)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    rows = openpyxl.load_workbook(tmp_path / "a.xlsx")["Bill"].iter_rows(values_only=True)
    (cell,) = [row[9] for row in rows if row[0] == "survey"]
    assert cell == odd.source


def test_a_book_that_does_not_read_back_is_not_published(tmp_path: Path) -> None:
    book_of(tmp_path / "main.xlsx")
    other = bill_of(PRICES, Quantities({"DA": 1.0}))
    with pytest.raises(ExportError, match="does not read back as it was written: items and amounts"):
        check_bill_book(tmp_path / "main.xlsx", other)
