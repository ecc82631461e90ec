"""Route Position Lists in files: what is written reads back, and what others write is read or named by its cell."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string, get_column_letter

from tests.rpl_samples import CREATED, GOLDEN, rpl_through, sample_rpl, with_position, with_span
from transcaspian.core.errors import ExportError, IngestError
from transcaspian.rpl._cells import CellError, angle_deg
from transcaspian.rpl._headings import read_heading
from transcaspian.rpl._table import Cell
from transcaspian.rpl.model import COLUMNS, Rpl
from transcaspian.rpl.reader import RplSheet, read_rpl, read_rpl_sheet
from transcaspian.rpl.writer import APPENDED, HEADINGS, degrees_and_minutes, write_rpl_csv, write_rpl_xlsx

FLAT, INTERLEAVED = GOLDEN / "rpl_flat.csv", GOLDEN / "rpl_interleaved.csv"
DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1",
    "''=1",
    "'",
    "''",
    "'80s",
    "#N/A",
    "_x000D_",
    "a\r\nb",
]
WRITERS = {".csv": write_rpl_csv, ".xlsx": write_rpl_xlsx}

printable = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20)
texts = st.one_of(st.sampled_from(DANGEROUS), printable)
names = st.one_of(st.sampled_from(DANGEROUS), printable).filter(lambda text: bool(text.strip()))
depths = st.one_of(st.none(), st.floats(-30, 1000))


@st.composite
def lists(draw: st.DrawFn) -> Rpl:
    """Any list whose figures follow from its positions, anywhere on the globe, with any text."""
    pos_nos = draw(st.lists(names, min_size=2, max_size=6, unique_by=lambda text: text.strip()))
    places = [
        (name, draw(texts), draw(st.floats(-180, 180)), draw(st.floats(-90, 90)), draw(depths)) for name in pos_nos
    ]
    made = rpl_through(places, slack=draw(st.sampled_from([-1.0, 0.0, 2.5])))
    made = with_position(made, 0, remarks=draw(texts))
    made = with_span(made, 0, cable_code=draw(texts), eez=draw(texts), target_burial_m=None, bearing_deg=None)
    return replace(made, title=draw(texts), revision=draw(texts), system_id=draw(texts), status=draw(texts))


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_list_reads_back_as_it_was(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"list{suffix}"

    @settings(max_examples=60)
    @given(lists())
    def reads_back(rpl: Rpl) -> None:
        WRITERS[suffix](path, rpl, created_utc=CREATED)
        found = read_rpl_sheet(path)
        assert found.faults == ()
        assert found.rpl is not None
        assert_same(found.rpl, rpl)

    reads_back()


def assert_same(found: Rpl, rpl: Rpl) -> None:
    assert [found.title, found.revision, found.system_id, found.status] == [
        rpl.title,
        rpl.revision,
        rpl.system_id,
        rpl.status,
    ]
    assert len(found.positions) == len(rpl.positions)
    for one, other in zip(found.positions, rpl.positions, strict=True):
        assert (one.pos_no, one.event, one.remarks) == (other.pos_no, other.event, other.remarks)
        apart = Geodesic.WGS84.Inverse(one.lat_deg, one.lon_deg, other.lat_deg, other.lon_deg)["s12"]
        assert apart < 0.15
        assert one.depth_m == pytest.approx(other.depth_m, abs=0.0501)
        assert one.route_km == pytest.approx(other.route_km, abs=0.000501)
        assert one.cable_km == pytest.approx(other.cable_km, abs=0.000501)
    for leg, wanted in zip(found.spans, rpl.spans, strict=True):
        assert (leg.from_pos, leg.to_pos) == (wanted.from_pos, wanted.to_pos)
        assert (leg.cable_code, leg.cable_type, leg.protection_method) == (
            wanted.cable_code,
            wanted.cable_type,
            wanted.protection_method,
        )
        assert (leg.territorial_water, leg.eez) == (wanted.territorial_water, wanted.eez)
        assert leg.route_km == pytest.approx(wanted.route_km, abs=0.0011)
        assert leg.cable_km == pytest.approx(wanted.cable_km, abs=0.0011)
        assert leg.slack_percent == wanted.slack_percent
        assert leg.target_burial_m == wanted.target_burial_m
        if wanted.bearing_deg is not None:
            assert leg.bearing_deg is not None
            assert abs((leg.bearing_deg - wanted.bearing_deg + 180) % 360 - 180) <= 0.00501


@settings(max_examples=40)
@given(lists())
def test_printed_legs_are_the_differences_of_the_printed_totals(rpl: Rpl) -> None:
    for name, leg_name in (
        ("DistCumulative", "DistBetweenPos"),
        ("CableDistCumulative", "CableDistBetweenPos"),
    ):
        rows = csv_rows(rpl)
        sums = [Decimal(row[COLUMNS.index(name)]) for row in rows[::2]]
        legs = [Decimal(row[COLUMNS.index(leg_name)]) for row in rows[1::2]]
        assert legs == [after - before for before, after in pairwise(sums)]
        assert sum(legs) == sums[-1] - sums[0]
        assert all(len(row[COLUMNS.index(name)].split(".")[1]) == 3 for row in rows[::2])


def csv_rows(rpl: Rpl) -> list[list[str]]:
    """Rows of the CSV file below its headings."""
    written: list[bytes] = []

    class Sink:
        def write_bytes(self, data: bytes) -> None:
            written.append(data)

    write_rpl_csv(Sink(), rpl, created_utc=CREATED)  # type: ignore[arg-type]
    rows = list(csv.reader(io.StringIO(written[0].decode("utf-8"), newline="")))
    return rows[next(number for number, row in enumerate(rows) if row and row[0] == "Seq No") + 1 :]


@given(st.floats(-180, 180))
def test_no_minute_is_printed_as_sixty(degrees: float) -> None:
    text = degrees_and_minutes(degrees, "EW")
    whole, minutes, letter = text.split()
    assert float(minutes) < 60
    assert len(minutes) == 7
    back = (int(whole) + float(minutes) / 60) * (-1 if letter == "W" else 1)
    assert back == pytest.approx(degrees, abs=0.5001e-4 / 60)


def test_angles_are_printed_as_the_industry_does() -> None:
    assert degrees_and_minutes(43.66105, "NS") == "43 39.6630 N"
    assert degrees_and_minutes(51.17392, "EW") == "051 10.4352 E"
    assert degrees_and_minutes(43.9999999999, "NS") == "44 00.0000 N"
    assert degrees_and_minutes(-1e-12, "NS") == "00 00.0000 N"
    assert degrees_and_minutes(-5.5, "EW") == "005 30.0000 W"


def test_the_printed_list_is_as_agreed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_rpl_csv(path, sample_rpl(), created_utc=CREATED)
    assert path.read_bytes() == INTERLEAVED.read_bytes()
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")


@pytest.mark.parametrize("before", ["rpl_first_layout.csv", "rpl_second_layout.csv"])
def test_lists_of_the_layouts_before_read_to_the_same_values(before: str) -> None:
    assert read_rpl(GOLDEN / before) == replace(read_rpl(INTERLEAVED), columns=COLUMNS)


def test_the_flat_list_says_the_same_as_the_interleaved_one() -> None:
    flat, interleaved = read_rpl(FLAT), read_rpl(INTERLEAVED)
    assert [p.pos_no for p in flat.positions] == [p.pos_no for p in interleaved.positions]
    assert flat.lonlat == pytest.approx(interleaved.lonlat, abs=1e-9)
    for name in ("route_km", "cable_km"):
        for one, other in ((flat.positions, interleaved.positions), (flat.spans, interleaved.spans)):
            assert [getattr(a, name) for a in one] == pytest.approx([getattr(b, name) for b in other])
    assert [s.bearing_deg for s in flat.spans] == [s.bearing_deg for s in interleaved.spans]
    assert (flat.title, flat.system_id, flat.revision) == ("Aktau to Sumqayit", "north", "B1")
    assert flat.water_level == interleaved.water_level


@pytest.mark.parametrize("suffix", WRITERS)
def test_equal_lists_give_equal_bytes(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        WRITERS[suffix](path, sample_rpl(), created_utc=CREATED)
        monkeypatch.setattr("time.time", lambda: 2e9)  # the second is written at another time
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_workbook_says_the_date_of_the_list_and_not_of_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_rpl_xlsx(path, sample_rpl(), created_utc=CREATED)
    with zipfile.ZipFile(path) as archive:
        core = archive.read("docProps/core.xml").decode()
        assert core.count("2026-01-31T12:00:00Z") == 2
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_no_cell_is_a_formula_and_numbers_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    rpl = sample_rpl()
    for number, text in enumerate(DANGEROUS[: len(rpl.positions)]):
        rpl = with_position(rpl, number, event=text, remarks=text)
    write_rpl_xlsx(path, replace(rpl, title="=1+1"), created_utc=CREATED)
    sheet = openpyxl.load_workbook(path)["RPL"]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}
    route = column_index_from_string("H")
    assert [type(sheet.cell(11 + 2 * n, route).value) for n in range(2)] == [int, float]
    write_rpl_csv(tmp_path / "list.csv", rpl, created_utc=CREATED)
    cells = [cell for row in csv.reader((tmp_path / "list.csv").open(newline="", encoding="utf-8")) for cell in row]
    assert not [c for c in cells if c.startswith(("=", "+", "@", "\t", "\r")) or (c[:1] == "-" and not is_number(c))]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_the_workbook_is_ready_to_print(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_rpl_xlsx(path, sample_rpl(), created_utc=CREATED)
    sheet = openpyxl.load_workbook(path)["RPL"]
    assert [cell.value for cell in sheet[10]] == [HEADINGS[name] for name in (*COLUMNS, *APPENDED)]
    assert all(cell.font.bold for cell in sheet[10])
    assert all(cell.value is None for cell in sheet[9])
    # `Cable Dist Cumulative (km)` takes three lines of 15 pt
    assert sheet.row_dimensions[10].height >= 45
    assert sheet.freeze_panes == "C11"
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$10:$10", "$A:$B")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    # the columns of the first page fit A4 within margins of 10 mm: a character of 11 pt takes 7 of 96 dots an inch, and
    # a column 5 more
    widths = [sheet.column_dimensions[get_column_letter(n)].width for n in range(1, len(COLUMNS) + 1)]
    assert 60 <= sheet.page_setup.scale <= 277 / (sum(7 * width + 5 for width in widths) / 96 * 25.4) * 100
    first, second = sheet.print_area.split(",")
    last = get_column_letter(len(COLUMNS))
    assert first == f"'RPL'!$A$1:${last}${sheet.max_row}"
    # what stands above the list is printed once, where it has room
    assert second.startswith(f"'RPL'!${get_column_letter(len(COLUMNS) + 1)}$10:")
    for row in sheet.iter_rows(min_row=10):
        assert all(cell.border.left.style == cell.border.bottom.style == "thin" for cell in row)


def test_a_long_remark_is_printed_whole(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_rpl_xlsx(path, with_position(sample_rpl(), 0, remarks="a long remark " * 20), created_utc=CREATED)
    sheet = openpyxl.load_workbook(path)["RPL"]
    cell = sheet.cell(11, COLUMNS.index("Remarks") + 1)
    assert cell.alignment.wrap_text
    assert sheet.row_dimensions[11].height >= 15 * 280 / sheet.column_dimensions[cell.column_letter].width


@pytest.mark.parametrize(
    ("rpl", "says"),
    [
        (with_span(sample_rpl(), 2, route_km=40.0), "reconcile"),
        (with_span(sample_rpl(), 2, to_pos="9"), "one span from each position"),
        (replace(sample_rpl(), spans=sample_rpl().spans[:-1]), "one span from each position"),
        (with_position(sample_rpl(), 0, pos_no="  "), "no PosNo"),
        (with_position(sample_rpl(), 2, lat_deg=float("nan")), "-90…90"),
        (with_position(sample_rpl(), 2, depth_m=float("inf")), "finite"),
        (with_position(sample_rpl(), 2, remarks="a\x00b"), "no cell can hold"),
        (with_position(sample_rpl(), 2, remarks="a" * 40_000), "32767"),
    ],
)
@pytest.mark.parametrize("suffix", WRITERS)
def test_a_list_that_cannot_be_printed_is_refused(rpl: Rpl, says: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"list{suffix}"
    with pytest.raises(ExportError, match=says):
        WRITERS[suffix](path, rpl, created_utc=CREATED)
    assert not path.exists()


# -- cells and headings


@pytest.mark.parametrize(
    "text",
    [
        "43 39.6630 N",
        "43°39.663'N",
        "43° 39.663′ N",
        "N43 39.663",
        "N 43°39.663’",
        "43-39.663N",
        "43:39.663 n",
        "43 39 39.78 N",
        "43°39'39.78\"N",
        "43° 39' 39.78'' N",
        "43d39m39.78sN",
        "43.66105",
        "43.66105 N",
        "+43.66105",
        "43.66105° N",
        "43º39.663'N",
    ],
)
def test_a_latitude_in_any_spelling(text: str) -> None:
    assert angle_deg(Cell(text), "Latitude") == pytest.approx(43.66105, abs=1e-9)
    assert angle_deg(Cell(text.replace("N", "S").replace("n", "S")), "Latitude") == pytest.approx(
        -43.66105 if "n" in text.lower() else 43.66105, abs=1e-9
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("43 39.663", "hemisphere"),
        ("43 60.0 N", "below 60"),
        ("43 12 60 N", "below 60"),
        ("90 00.1 N", "-90…90"),
        ("4339.663", "-90…90"),
        ("43,66105", "decimal point"),
        ("43 39.663 E", "N or S"),
        ("N 43 39.663 S", "one hemisphere"),
        ("43.5 30 N", "last part"),
        ("-43.66105 N", "latitude"),
        ("nan", "one hemisphere"),
        ("", "latitude"),
        ("43 39 39 39 N", "latitude"),
        ("4e1", "latitude"),
    ],
)
def test_a_latitude_that_says_none(text: str, expected: str) -> None:
    with pytest.raises(CellError, match=expected):
        angle_deg(Cell(text), "Latitude")


@given(st.text(max_size=15))
def test_any_text_is_an_angle_or_a_cell_error(text: str) -> None:
    try:
        found = angle_deg(Cell(text), "Latitude")
    except CellError:
        return
    assert abs(found) <= 90


@given(st.floats(-90, 90))
def test_a_printed_latitude_reads_back(lat_deg: float) -> None:
    assert angle_deg(Cell(degrees_and_minutes(lat_deg, "NS")), "Latitude") == pytest.approx(lat_deg, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "field", "unit"),
    [
        ("Lat", "Latitude", ""),
        ("LATITUDE (WGS84)", "Latitude", ""),
        ("Pos No.", "PosNo", ""),
        ("Position", "PosNo", ""),
        ("pos_no", "PosNo", ""),
        ("KP", "DistCumulative", "km"),
        ("Chainage (m)", "DistCumulative", "m"),
        ("Dist. Cum.", "DistCumulative", ""),
        ("Dist\nBetween Pos\n[km]", "DistBetweenPos", "km"),
        ("DistCumulative_km", "DistCumulative", "km"),
        ("Distance Between Positions (Nautical Miles)", "DistBetweenPos", "nm"),
        ("Course", "Bearing", ""),
        ("Azimuth (deg T)", "Bearing", "deg"),
        ("Bearing (° M)", "Bearing", "mag"),
        ("WD (m)", "ApproxDepth", "m"),
        ("Depth, m", "ApproxDepth", "m"),
        ("Approx. Depth (ft)", "ApproxDepth", "ft"),
        ("SLACK %", "Slack", "%"),
        ("Cumulative Cable Length (km)", "CableDistCumulative", "km"),
        ("Target Burial Depth (m)", "TargetBurialDepth", "m"),
        ("Depth of Lowering Achieved (m)", "BurialDepth", "m"),
        ("Depth of Cover (m)", "", "m"),
        ("Burial Cover (m)", "", "m"),
        ("Trench Depth (m)", "", "m"),
        ("Penetration Depth (m)", "", "m"),
        ("Trench Tool", "ProtectionMethod", ""),
        ("Hire of vessels", "", ""),
    ],
)
def test_headings_by_their_many_names(text: str, field: str, unit: str) -> None:
    found = read_heading(text)
    assert (found.field, found.unit) == (field, unit)


def test_every_printed_heading_is_known() -> None:
    decimal = {"LatDecimal": "Latitude", "LonDecimal": "Longitude"}
    for column, text in HEADINGS.items():
        field = decimal.get(column, column)
        assert read_heading(text).field == field
        assert read_heading(field).field == field
        assert read_heading(field.upper()).field == field


# -- layouts

HEAD = "PosNo,Event,Latitude,Longitude,Bearing,DistBetweenPos,DistCumulative,CableType,ApproxDepth"
ROWS = [
    ["1", "BMH", "43 39.6660 N", "051 10.4340 E", "224.99", "14.019", "0.000", "DA", "2.0"],
    ["2", "AC", "43 34.3080 N", "051 03.0720 E", "199.59", "41.308", "14.019", "SA", "12.0"],
    ["3", "AC", "43 13.2840 N", "050 52.8420 E", "198.94", "44.722", "55.327", "DA", "34.0"],
    ["4", "BMH", "42 50.4300 N", "050 42.1860 E", "", "", "100.049", "", "61.5"],
]


def as_csv(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def begin_rows() -> list[str]:
    return [",".join(row) for row in ROWS]


def test_spans_stand_where_they_begin_when_the_last_row_is_empty(tmp_path: Path) -> None:
    found = read_rpl_sheet(as_csv(tmp_path / "a.csv", HEAD, *begin_rows()))
    assert found.faults == ()
    assert found.rpl is not None
    assert [s.route_km for s in found.rpl.spans] == [14.019, 41.308, 44.722]
    assert [s.cable_type for s in found.rpl.spans] == ["DA", "SA", "DA"]
    assert found.span_rows == (2, 3, 4)
    assert any("states no unit" in note for note in found.notes)


def test_spans_stand_where_they_end_when_the_first_row_is_empty_or_nought(tmp_path: Path) -> None:
    for nought in ("", "0.000"):
        lines = [
            ",".join(
                [*row[:4], *(before[4:6] if before else ["", nought]), row[6], before[7] if before else "", row[8]]
            )
            for before, row in zip([None, *ROWS[:-1]], ROWS, strict=True)
        ]
        found = read_rpl_sheet(as_csv(tmp_path / "a.csv", HEAD, *lines))
        assert found.faults == ()
        assert found.rpl is not None
        assert [s.route_km for s in found.rpl.spans] == [14.019, 41.308, 44.722]
        assert [s.cable_type for s in found.rpl.spans] == ["DA", "SA", "DA"]
        assert found.span_rows == (3, 4, 5)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_encodings(encoding: str, separator: str, tmp_path: Path) -> None:
    lines = [line.replace(",", separator).replace("BMH", "Açúcar") for line in (HEAD, *begin_rows())]
    found = read_rpl_sheet(as_csv(tmp_path / "a.csv", *lines, encoding=encoding))
    assert found.faults == ()
    assert found.rpl is not None
    assert found.rpl.positions[0].event == "Açúcar"


@pytest.mark.parametrize("source", [FLAT, INTERLEAVED])
def test_a_separator_at_the_end_of_rows_shifts_no_column(source: Path, tmp_path: Path) -> None:
    separator = b";" if source is FLAT else b","
    lines = source.read_bytes().splitlines()
    (tmp_path / "a.csv").write_bytes(b"\n".join(line + separator if len(line) > 40 else line for line in lines))
    assert read_rpl(tmp_path / "a.csv") == read_rpl(source)
    at = next(number for number, line in enumerate(lines) if b"WD 200" in line)
    lines[at] += separator + b"9"
    (tmp_path / "a.csv").write_bytes(b"\n".join(lines))
    with pytest.raises(IngestError, match=rf"row {at + 1}, .*`9`, expected no cell beside the headings"):
        read_rpl(tmp_path / "a.csv")


def test_angles_in_three_columns(tmp_path: Path) -> None:
    head = "Pos No,Lat Deg,Lat Min,N/S,Lon Deg,Lon Min,E/W,KP"
    for heading in (head, "Pos No,Lat (deg),Lat (min),Lat (N/S),Long (deg),Long (min),Long (E/W),KP"):
        lines = [heading, "1,43,39.666,N,51,10.434,E,0", "2,43,34.308,S,51,3.072,W,14.019"]
        found = read_rpl_sheet(as_csv(tmp_path / "a.csv", *lines))
        assert found.faults == ()
        assert found.rpl is not None
        assert found.rpl.lonlat == pytest.approx(np.array([[51.1739, 43.6611], [-51.0512, -43.5718]]))


def test_the_letter_in_the_heading_and_degrees_in_numbers(tmp_path: Path) -> None:
    lines = ["Pos No,Latitude (N),Longitude (W),KP", "1,43 39.666,51 10.434,0", "2,43.5718,51.0512,14.019"]
    found = read_rpl_sheet(as_csv(tmp_path / "a.csv", *lines))
    assert found.faults == ()
    assert found.rpl is not None
    assert found.rpl.lonlat == pytest.approx(np.array([[-51.1739, 43.6611], [-51.0512, 43.5718]]))


def test_units_from_heading_and_header(tmp_path: Path) -> None:
    rows = ["1,43 39.6660 N,051 10.4340 E,0,5", "2,43 34.3080 N,051 03.0720 E,10,6"]
    for above, heading, km in (
        ("Units: distances in km, depths in m", "Chainage", 10.0),
        ("Units: Distance: nautical miles; depth: metres", "Chainage", 18.52),
        ("Title: x", "Chainage (m)", 0.01),
        ("Distances: nm", "Dist Cumulative", 18.52),
    ):
        found = read_rpl_sheet(as_csv(tmp_path / "a.csv", above, f"Pos No,Lat,Lon,{heading},Depth (m)", *rows))
        assert found.faults == ()
        assert found.rpl is not None
        assert found.rpl.positions[1].route_km == pytest.approx(km)


@pytest.mark.parametrize("begins_km", [0.0, 120.5, -0.35])
def test_a_distance_that_rises_in_all_rows_is_cumulative_wherever_it_begins(begins_km: float, tmp_path: Path) -> None:
    rows = [[*row[:4], f"{begins_km + float(row[6]):.3f}"] for row in ROWS]
    found = read_rpl_sheet(in_csv(tmp_path / "a.csv", [["Pos No", "Event", "Lat", "Lon", "Distance (km)"], *rows]))
    assert found.faults == ()
    assert found.rpl is not None
    assert [at.route_km for at in found.rpl.positions] == pytest.approx(
        [begins_km + km for km in (0.0, 14.019, 55.327, 100.049)]
    )
    assert ("taken as a segment's offset" in " ".join(found.notes)) == bool(begins_km)


def test_a_percentage_of_the_spreadsheet_is_a_slack_in_percent(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_rpl_xlsx(path, sample_rpl(), created_utc=CREATED)
    book = openpyxl.load_workbook(path)
    cell = book["RPL"]["I12"]
    cell.value, cell.number_format = 0.025, "0.0%"
    book.save(path)
    assert read_rpl(path).spans[0].slack_percent == pytest.approx(2.5)


def test_a_unknown_event_stays_a_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_rpl_csv(path, with_position(sample_rpl(), 3, event="Plough stop / x9"), created_utc=CREATED)
    assert read_rpl(path).positions[3].event == "Plough stop / x9"


# -- wrong lists: each is named by row and column


@dataclass(frozen=True)
class Wrong:
    """An edit of the flat list above: cells by row of the file and column letter, and the fault it must give."""

    name: str
    edits: dict[str, str]
    at: tuple[int, str]
    says: str
    no_list: bool = False


WRONG = [
    Wrong("missing hemisphere", {"C3": "43 34.3080"}, (3, "C"), "hemisphere", True),
    Wrong("minutes of 60", {"D3": "051 60.0000 E"}, (3, "D"), "below 60", True),
    Wrong("latitude off the globe", {"C4": "93 13.2840 N"}, (4, "C"), "-90…90", True),
    Wrong("longitude off the globe", {"D4": "181 00.0000 E"}, (4, "D"), "-180…180", True),
    Wrong("longitude in the latitude", {"C4": "050 52.8420 E"}, (4, "C"), "N or S", True),
    Wrong("no latitude", {"C4": ""}, (4, "C"), "found an empty cell", True),
    Wrong("text for an angle", {"D2": "see chart"}, (2, "D"), "see chart", True),
    Wrong("decimal comma in an angle", {"C3": "43 34,3080 N"}, (3, "C"), "decimal point", True),
    Wrong("duplicate PosNo", {"A4": "2"}, (4, "A"), "row 3"),
    Wrong("no PosNo", {"A3": ""}, (3, "A"), "of its own"),
    Wrong("text in a number", {"F3": "about 41"}, (3, "F"), "about 41"),
    Wrong("unit in a number", {"F3": "41.308 km"}, (3, "F"), "number alone"),
    Wrong("decimal comma", {"G3": "14,019"}, (3, "G"), "decimal point"),
    Wrong("dash for nothing", {"I3": "-"}, (3, "I"), "empty cell"),
    Wrong("not a number", {"I3": "nan"}, (3, "I"), "finite"),
    Wrong("infinite", {"G4": "inf"}, (4, "G"), "finite"),
    Wrong("overflow", {"G4": "1e999"}, (4, "G"), "finite"),
    Wrong("error text", {"E3": "#REF!"}, (3, "E"), "#REF!"),
    Wrong("spans at both ends", {"F5": "3.0", "E5": "12", "H5": "DA"}, (2, "F"), "both"),
    Wrong("span ends disagree", {"F2": "", "E5": "", "F5": "7.0"}, (2, "F"), "end at the first"),
    Wrong("figure beside the headings", {"J3": "stray"}, (3, "J"), "beside the headings"),
    Wrong("distances without unit", {"G1": "Chainage"}, (1, "G"), "without a unit"),
    Wrong("depth in miles", {"I1": "Depth (miles)"}, (1, "I"), "Depth (miles)"),
    Wrong("depth without unit", {"I1": "WD"}, (1, "I"), "without a unit"),
    Wrong("km and nm mixed", {"F1": "Dist Between Pos (nm)", "G1": "KP"}, (1, "G"), "not in km"),
    Wrong("magnetic bearings", {"E1": "Bearing (mag)"}, (1, "E"), "true north"),
    Wrong("half a row", {"A3": "", "C3": "", "D3": ""}, (3, "A"), "without PosNo"),
    Wrong("row of units", {"A2": "", "B2": "", "C2": "dd mm.mmm", "D2": "dd mm.mmm"}, (2, "C"), "dd mm.mmm", True),
    Wrong(
        "headings again",
        dict(zip(["A3", "B3", "C3", "D3"], HEAD.split(","), strict=False)),
        (3, "C"),
        "`Latitude`",
        True,
    ),
    Wrong("one position", {f"{a}{n}": "" for a in "ABCDEFGHI" for n in (3, 4, 5)}, (1, "A"), "two or more", True),
    Wrong("no rows", {f"{a}{n}": "" for a in "ABCDEFGHI" for n in (2, 3, 4, 5)}, (1, "A"), "0 positions", True),
]


def grid_with(edits: dict[str, str]) -> list[list[str]]:
    grid = [[*HEAD.split(","), ""], *([*row, ""] for row in ROWS)]
    for place, text in edits.items():
        grid[int(place[1:]) - 1][column_index_from_string(place[0]) - 1] = text
    return grid


def in_csv(path: Path, grid: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(grid)
    return path


def in_xlsx(path: Path, grid: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    for number, row in enumerate(grid, start=1):
        for column, text in enumerate(row, start=1):
            if text:
                cell = book.active.cell(number, column)
                cell.value = (
                    float(text) if column > 4 and is_number(text) and len(text) < 9 and text[-1].isdigit() else text
                )
    book.save(path)
    return path


@pytest.mark.parametrize("write", [in_csv, in_xlsx])
@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_a_wrong_list_is_named_by_row_and_column(case: Wrong, write: Callable[..., Path], tmp_path: Path) -> None:
    if write is in_xlsx and "1e999" in case.edits.values():
        pytest.skip("no workbook holds it")
    found = read_rpl_sheet(write(tmp_path / ("a" + (".csv" if write is in_csv else ".xlsx")), grid_with(case.edits)))
    hits = [fault for fault in found.faults if (fault.row, fault.column) == case.at and case.says in str(fault)]
    assert hits, found.faults
    assert f"row {case.at[0]}" in str(hits[0])
    assert not case.at[1] or f"column {case.at[1]}" in str(hits[0])
    assert (found.rpl is None) == case.no_list
    with pytest.raises(IngestError, match=r"a\.(csv|xlsx) has \d+ faults"):
        read_rpl(tmp_path / ("a" + (".csv" if write is in_csv else ".xlsx")))


def test_the_unedited_list_has_no_fault(tmp_path: Path) -> None:
    assert read_rpl_sheet(in_csv(tmp_path / "a.csv", grid_with({}))).faults == ()
    assert read_rpl_sheet(in_xlsx(tmp_path / "a.xlsx", grid_with({}))).faults == ()


def edited_workbook(path: Path, edit: Callable[[Any], object]) -> RplSheet:
    """The sample as a workbook, edited in its sheet."""
    write_rpl_xlsx(path, sample_rpl(), created_utc=CREATED)
    book = openpyxl.load_workbook(path)
    edit(book["RPL"])
    book.save(path)
    return read_rpl_sheet(path)


@pytest.mark.parametrize(
    ("edit", "at", "says"),
    [
        (lambda s: s.__setitem__("G12", "=A1+1"), (12, "G"), "`=A1+1`, expected a number, not a formula"),
        (lambda s: s.__setitem__("D13", "=D11"), (13, "D"), "not a formula"),
        (lambda s: s.__setitem__("B13", "=B11"), (13, "B"), "not a formula"),
        (lambda s: s.__setitem__("H13", "#N/A"), (13, "H"), "not an error"),
        (lambda s: s.__setitem__("H13", True), (13, "H"), "not a truth value"),
        (lambda s: s.__setitem__("B13", date(2026, 2, 3)), (13, "B"), "not a date"),
        (lambda s: s.__setitem__("D13", -95.0), (13, "D"), "-90…90"),
        (lambda s: s.merge_cells("C13:C14"), (13, "C"), "merged cells C13:C14"),
        (lambda s: s.merge_cells("F10:G10"), (10, "F"), "merged cells F10:G10"),
        (lambda s: s.__setitem__("G13", 5.0), (13, "G"), "belongs on the span row"),
        (lambda s: s.__setitem__("H14", 5.0), (14, "H"), "belongs on the position row"),
        (lambda s: s.delete_rows(14), (14, ""), "no span row between row 13"),
        (lambda s: (s.insert_rows(14), s.__setitem__("G14", 3.0)), (15, ""), "second span row"),
        (lambda s: s.__setitem__("G26", 3.0), (26, ""), "no two positions"),
        (lambda s: s.__setitem__("A15", 1), (15, "A"), "numbers that rise"),
        (lambda s: s.__setitem__("B6", "Pulkovo 1942"), (6, "B"), "WGS 84"),
        (lambda s: s.__setitem__("A9", "Units: distances in nm, depths in m"), (10, "G"), "header block"),
    ],
)
def test_a_wrong_workbook_is_named_by_row_and_column(
    edit: Callable[[Any], object], at: tuple[int, str], says: str, tmp_path: Path
) -> None:
    found = edited_workbook(tmp_path / "a.xlsx", edit)
    assert [f for f in found.faults if (f.row, f.column) == at and says in str(f)], found.faults


# -- wrong files: one sentence that names the file


def zipped(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, "x")
    return made.getvalue()


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 201_000_000)
    return made.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.xls", OLE, r"save it as \.xlsx"),
        ("a.xlsx", OLE + b"\0" * 600, "old format"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", bytes(range(256)) * 2, "no Excel workbook"),
        ("a.xlsx", zipped("readme.txt"), "no Excel workbook"),
        ("a.xlsx", zipped("[Content_Types].xml"), "damaged workbook"),
        ("a.xlsx", zipped("xl/workbook.xml"), "damaged workbook"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xef\xbb\xbf\r\n", "headings"),
        ("a.csv", b"\x00\x01\x02\xff" * 50, "no text has"),
        ("a.csv", "Pos No,Lat".encode("utf-16") + b"x", "UTF-16 that is damaged"),
        ("a.csv", b"Pos No,\x81\x8d", "neither UTF-8"),
        ("a.csv", b"just words\nand more\n", "no row of headings"),
        ("a.csv", b"Pos No,Event,Remarks,KP\n1,AC,,0\n", "lack Latitude and Longitude"),
        ("a.csv", b"Pos No,Lat Min,E/W,Lon,KP\n1,43,N,51 1 E,0\n", "lack Latitude .of which there is only LatMin"),
        ("a.csv", b"Pos No,Cable Type,Cable_Type,Lat,Lon,KP\n1,DA,DA,43 1 N,51 1 E,0\n", "both say CableType"),
        ("a.csv", b'Pos No,Lat,Lon,KP\n1,"43 1 N,51 1 E,0\n', "cannot be read as CSV"),
        ("a.pdf", b"Pos No", r"suffix \.pdf"),
    ],
)
def test_a_file_that_is_no_list_is_one_sentence(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(IngestError, match=says) as caught:
        read_rpl_sheet(path)
    assert name in str(caught.value)


def test_a_missing_file_a_large_one_and_one_that_unpacks_too_far(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="is not a file"):
        read_rpl_sheet(tmp_path / "none.csv")
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(50_000_001)
    with pytest.raises(IngestError, match="50 MB"):
        read_rpl_sheet(tmp_path / "large.csv")
    (tmp_path / "bomb.xlsx").write_bytes(bomb())
    with pytest.raises(IngestError, match="unpacks to 201 MB"):
        read_rpl_sheet(tmp_path / "bomb.xlsx")


def test_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_rpl_xlsx(path, sample_rpl(), created_utc=CREATED)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Empty")
    book.save(path)
    assert read_rpl_sheet(path).sheet == "RPL"
    book.create_sheet("Notes")["A1"] = "words"
    book.save(path)
    found = read_rpl_sheet(path)
    assert found.sheet == "RPL"
    assert "of the sheets RPL, Notes, only RPL holds positions: it was read" in found.notes
    book.copy_worksheet(book["RPL"])
    book.save(path)
    with pytest.raises(IngestError, match="RPL, Notes, RPL Copy: name the one"):
        read_rpl_sheet(path)
    assert read_rpl(path, "RPL").positions[0].pos_no == "1"
    with pytest.raises(IngestError, match="no sheet `B`: it has RPL, Empty, Notes, RPL Copy"):
        read_rpl_sheet(path, "B")
    with pytest.raises(IngestError, match="has no sheet"):
        read_rpl_sheet(FLAT, "RPL")
    empty = openpyxl.Workbook()
    empty.save(path)
    with pytest.raises(IngestError, match="is empty"):
        read_rpl_sheet(path)


def test_a_cell_at_the_far_corner_does_not_stop_the_machine(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="reaches to row 1048576"):
        edited_workbook(tmp_path / "a.xlsx", lambda sheet: sheet.__setitem__("XFD1048576", 1))


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from([FLAT, INTERLEAVED]), st.integers(0, 1500))
def test_a_damaged_file_is_faults_or_one_sentence(noise: bytes, source: Path, start: int) -> None:
    data = source.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data[:start] + noise + data[start + len(noise) :])
        try:
            found = read_rpl_sheet(path)
        except IngestError:
            return
        assert len(found.span_rows) == max(len(found.rows) - 1, 0)


def test_a_truncated_workbook_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_rpl_xlsx(path, sample_rpl(), created_utc=CREATED)
    whole = path.read_bytes()
    for keep in range(1, len(whole), 501):
        path.write_bytes(whole[:keep])
        with pytest.raises(IngestError, match=r"a\.xlsx"):
            read_rpl_sheet(path)
