"""The printed list as importers of others read it: headings by known words in rows, columns by their values."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest

from tests.rpl_samples import CREATED, GOLDEN, rpl_through, sample_rpl
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.reader import read_rpl, read_rpl_sheet
from transcaspian.rpl.writer import write_rpl_csv, write_rpl_xlsx

WRITERS = {".csv": write_rpl_csv, ".xlsx": write_rpl_xlsx}
Column = Sequence[str]


def test_a_list_that_names_no_datum_is_noted_and_one_that_does_is_not(tmp_path: Path) -> None:
    rows = "PosNo,Latitude,Longitude,Depth,Event\n1,40.0,49.5,0,BMH\n2,40.1,49.6,5,BMH\n"
    noted = []
    for datum in ("", "Datum,WGS 84\n"):
        (tmp_path / "list.csv").write_text(datum + rows)
        noted.append(
            "the list names no datum: positions are taken as WGS 84" in read_rpl_sheet(tmp_path / "list.csv").notes
        )
    assert noted == [True, False]


# -- a detector: words that a heading must have, in the order in which fields take their column, and how values look


def numbers(column: Column) -> list[float]:
    return [float(text) for text in column if re.fullmatch(r"-?\d+(\.\d+)?", text)]


def numeric(column: Column) -> bool:
    return len(numbers(column)) >= 0.6 * len(column)


def whole(column: Column) -> bool:
    return numeric(column) and all(value.is_integer() for value in numbers(column))


def rising(column: Column) -> bool:
    return numeric(column) and all(before <= after for before, after in pairwise(numbers(column)))


def within(low: float, high: float) -> Callable[[Column], bool]:
    return lambda column: numeric(column) and all(low <= value <= high for value in numbers(column))


def angle(letters: str) -> Callable[[Column], bool]:
    return lambda column: all(re.fullmatch(rf"\d+ \d+\.\d+ [{letters}]", text) for text in column if text)


def anything(_: Column) -> bool:
    return True


FIELDS: dict[str, tuple[str, Callable[[Column], bool]]] = {
    "lat_deg": ("lat", angle("NS")),
    "lon_deg": ("lon", angle("EW")),
    "pos_no": ("pos|position", whole),
    "event": ("event|description", anything),
    "remarks": ("remark|note|comment", anything),
    "target_burial_m": ("target.*burial", within(0, 10)),
    "depth_m": ("depth|wd", within(-100, 12_000)),
    "slack_percent": ("slack", within(-50, 200)),
    "bearing_deg": ("bearing|course", within(0, 360)),
    "cable_code": (r"\bcode", anything),
    "cable_type": (r"\btype", anything),
    "protection_method": ("protect", anything),
    "territorial_water": ("territorial", anything),
    "eez": (r"\beez\b", anything),
    "cable_km at positions": ("cable.*(cum|total)", rising),
    "cable_km of spans": ("cable.*dist", within(0, 1e5)),
    "route_km at positions": (r"cum|total|\bkp\b", rising),
    "route_km of spans": ("dist|span", within(0, 1e5)),
}
UNITS = re.compile(r"\b(km|nm|m|ft|deg|degrees)\b|%")


def text_rows(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    else:
        cells = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        rows = [["" if value is None else str(value) for value in row] for row in cells]
    width = max(map(len, rows))
    return [[*row, *[""] * (width - len(row))] for row in rows]


def known_words(row: Column) -> int:
    patterns = [pattern for pattern, _ in FIELDS.values()] + [UNITS.pattern]
    return sum(any(re.search(pattern, text.lower()) for pattern in patterns) for text in row if not numbers_only(text))


def numbers_only(text: str) -> bool:
    return bool(re.fullmatch(r"[-\d. NSEW]*", text))


def is_text(row: Column) -> bool:
    return any(row) and sum(not numbers_only(text) for text in row) >= sum(map(bool, row)) / 2


def headings(rows: list[list[str]]) -> tuple[int, list[str]]:
    """Row of the headings, from 0, by known words in it and in the rows that touch it; joined with those above."""
    score = [
        2 * known_words(row) + sum(known_words(rows[n]) for n in (at - 1, at + 1) if 0 <= n < len(rows))
        for at, row in enumerate(rows[:40])
    ]
    header = score.index(max(score))
    above = header
    while above > 0 and is_text(rows[above - 1]):
        above -= 1
    joined = [
        " ".join(dict.fromkeys(text for text in column if text))
        for column in zip(*rows[above : header + 1], strict=True)
    ]
    return header, [text.lower() for text in joined]


def detected(path: Path) -> dict[str, list[str]]:
    """Texts by field as the detector reads them, a row after another below the headings."""
    rows = text_rows(path)
    header, names = headings(rows)
    columns = list(zip(*rows[header + 1 :], strict=True))
    found: dict[str, list[str]] = {}
    taken: set[int] = set()
    for field, (words, looks) in FIELDS.items():
        fitting = (
            at
            for at, name in enumerate(names)
            if at not in taken
            and re.search(words, name)
            and ("cable" in name or not field.startswith("cable_km"))
            and ("cable" not in name or not field.startswith("route_km"))
            and looks([text for text in columns[at] if text])
        )
        at = next(fitting, None)
        if at is not None:
            taken.add(at)
            found[field] = list(columns[at])
    return found


def right(path: Path, rpl: Rpl) -> dict[str, int]:
    """Of how many positions or spans the detector reads a field as our reader does."""
    found = detected(path)
    counts = {}
    for field in FIELDS:
        name, _, where = field.partition(" ")
        items = rpl.spans if where == "of spans" or not hasattr(rpl.positions[0], name) else rpl.positions
        texts = found.get(field, [])[0 if items is rpl.positions else 1 :: 2]
        counts[field] = sum(same(text, getattr(item, name)) for text, item in zip(texts, items, strict=False))
    return counts


def same(text: str, value: str | float | None) -> bool:
    if isinstance(value, float) and text[-1:] in tuple("NSEW"):
        degrees, minutes, letter = text.split()
        return abs((float(degrees) + float(minutes) / 60) * (-1 if letter in "SW" else 1) - value) < 1e-9
    if isinstance(value, float):
        return numbers([text]) == [value]
    return text == (value or "")


# -- what it reads


def numbered_list() -> Rpl:
    """28 positions whose PosNo is not their SeqNo, of which the ends have no depth."""
    places = [
        (str(2 * n + 11), "AC", 50.0 + 0.02 * n, 41.0 + 0.05 * n, None if n in (0, 27) else 20.0 + 7.5 * n)
        for n in range(28)
    ]
    return rpl_through(places)


TITLES = ["Aktau to Sumqayit", "Water depth (m), cable distance and slack at each position", "Pos No", "KP 0 to 300"]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("suffix", WRITERS)
def test_a_detector_of_headings_reads_every_column(suffix: str, title: str, tmp_path: Path) -> None:
    path = tmp_path / f"list{suffix}"
    made = replace(numbered_list(), title=title, revision=title, system_id=title)
    WRITERS[suffix](path, made, created_utc=CREATED)
    counts = right(path, read_rpl(path))
    at_positions = {name for name in counts if name.endswith("at positions")}
    at_positions |= {"pos_no", "lat_deg", "lon_deg", "event", "depth_m", "remarks"}
    assert counts == {name: 28 if name in at_positions else 27 for name in FIELDS}


def test_a_header_block_that_touches_the_headings_misleads_the_detector() -> None:
    """So that the test above can fail: the layout before had no blank row, and words of depth in its header block."""
    path = GOLDEN / "rpl_first_layout.csv"
    assert right(path, read_rpl(path))["depth_m"] == 0


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_blank_row_parts_the_header_block_from_the_headings(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"list{suffix}"
    WRITERS[suffix](path, sample_rpl(), created_utc=CREATED)
    rows = text_rows(path)
    header, _ = headings(rows)
    assert rows[header][0] == "Seq No"
    assert not any(rows[header - 1])
    keys = " ".join(row[0] for row in rows[1 : header - 1])
    assert not re.search("depth|dist|bearing|slack|date|cable|unit", keys.lower())
    assert not UNITS.search(keys)
