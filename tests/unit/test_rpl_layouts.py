"""The layouts that people send are read to the same list, and what cannot be read is one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from tests.rpl_layouts import (
    CYRILLIC_MAP,
    DEPTH,
    FATHOM,
    LAT,
    LON,
    PLAIN,
    RUSSIAN,
    SLACK,
    TRUTH,
    Column,
    Grid,
    Layout,
    Value,
    figures,
    fixed,
    flat,
    layouts,
    lines,
    points,
    to_csv,
    to_xlsx,
)
from transcaspian import cli
from transcaspian.cli.lists_command import read_lists
from transcaspian.core.errors import IngestError
from transcaspian.rpl.column_map import NO_MAP, read_column_map
from transcaspian.rpl.reader import RplSheet, half_digit, read_rpl_sheet

LAYOUTS = layouts()
WITHIN = {"lon_deg": 1e-6, "lat_deg": 1e-6, "route_km": 6e-4, "cable_km": 1e-9, "depth_m": 0.1, "bearing_deg": 0.051}
WITHIN |= {"span_km": 6e-4, "span_cable_km": 1e-9, "slack_percent": 0.0051, "target_burial_m": 0.002, "burial_m": 0.002}
OPTIONAL = ("burial_m",)


def test_there_are_as_many_layouts_as_were_found_in_public() -> None:
    assert len(LAYOUTS) >= 31
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_layout_is_read_to_the_truth(layout: Layout, tmp_path: Path) -> None:
    columns = NO_MAP
    if layout.columns:
        (tmp_path / "map.toml").write_text(layout.columns, encoding="utf-8")
        columns = read_column_map(tmp_path / "map.toml")
    found = read_rpl_sheet(layout.write(tmp_path), layout.sheet, columns)
    assert found.faults == ()
    assert found.rpl is not None
    wanted, read = figures(TRUTH), figures(found.rpl)
    for name, values in wanted.items():
        if name in layout.lacks:
            assert name == "pos_no" or not any(read[name]), name
        elif any(read[name]) or name not in OPTIONAL:
            assert read[name] == (pytest.approx(values, abs=WITHIN[name]) if name in WITHIN else values), name
    for text in layout.says:
        assert text in " | ".join(found.notes)
    assert {item.field for item in found.understood} >= {"Latitude", "Longitude"}
    assert not found.unused


# -- what is asked for, or refused


def read(path: Path, columns: str = "", sheet: str | None = None) -> RplSheet:
    if not columns:
        return read_rpl_sheet(path, sheet)
    (path.parent / "map.toml").write_text(columns, encoding="utf-8")
    return read_rpl_sheet(path, sheet, read_column_map(path.parent / "map.toml"))


def slack_alone(heading: str, figures: Sequence[str]) -> Grid:
    """A list of positions and slack: nothing but the figures tells what they are in."""
    rows: Grid = [["Pos No", "Latitude", "Longitude", heading]]
    for index, at in enumerate(TRUTH.positions):
        rows.append([at.pos_no, at.lat_deg, at.lon_deg, figures[index - 1] if index else None])
    return rows


@pytest.mark.parametrize(
    ("heading", "figures", "percent"),
    [
        ("Slack", ["1.5", "2.5", "3", "0", "1", "2"], 1.5),
        ("Slack", ["2.5%", "1%", "1%", "1%", "1%", "1%"], 2.5),
        ("Slack", ["1.5 %"] * 6, 1.5),  # without the sign it is asked for
        ("Slack (ratio)", ["0.025"] * 6, 2.5),
        ("Slack factor", ["1.025"] * 6, 2.5),
        ("Slack", ["0"] * 6, 0.0),
    ],
)
def test_slack_is_recognised(heading: str, figures: list[str], percent: float, tmp_path: Path) -> None:
    found = read(to_csv(tmp_path / "a.csv", slack_alone(heading, figures)))
    assert found.faults == ()
    assert found.rpl is not None
    assert found.rpl.spans[0].slack_percent == pytest.approx(percent)


@pytest.mark.parametrize("figure", ["0.025", "1.025", "1.5"])
def test_slack_that_may_be_any_of_three_is_asked_for(figure: str, tmp_path: Path) -> None:
    path = to_csv(tmp_path / "a.csv", slack_alone("Slack", [figure] * 6))
    (fault,) = read(path).faults
    assert str(fault) == (
        "row 1, Slack (column D): found `Slack`, whose figures may be any of the three, expected `Slack (%)`, "
        "`Slack (fraction)` or `Slack (factor)`, in the heading or by --columns"
    )
    found = read(path, '[columns]\n"Slack" = "Slack (%)"\n')
    assert found.faults == ()
    assert found.rpl is not None
    assert found.rpl.spans[0].slack_percent == float(figure)


@pytest.mark.parametrize(("text", "half"), [("7", 0.5), ("12.34", 0.005), ("1,5", 0.05)])
def test_a_figure_is_known_to_half_of_its_last_digit(text: str, half: float) -> None:
    assert half_digit(text) == pytest.approx(half)


def edited(row: int, column: int, value: Value, columns: Sequence[Column] = PLAIN) -> Grid:
    grid = flat(columns)
    grid[row - 1][column - 1] = value
    return grid


def twice(column: Column, heading: str, per: float) -> tuple[Column, ...]:
    return (*PLAIN, Column(heading, fixed("depth_m", 1, per)))


def varied(column: Column) -> Grid:
    """Slack in every row, also the first: at which end of a span it stands cannot be seen."""
    grid = flat((*PLAIN[:4], column))
    grid[1][4] = "9.0"
    return grid


ANGLES = (*PLAIN[:2], LAT, LON, Column("Lat (DD)", fixed("lat_deg", 5)), *PLAIN[4:])


@pytest.mark.parametrize(
    ("grid", "at", "says"),
    [
        (edited(4, 5, "40.84833", ANGLES), (4, "E"), "`40.84833`, expected 40.848227°, as column C says"),
        (edited(4, 15, "99.0", twice(DEPTH, "Depth (fathoms)", FATHOM)), (4, "O"), "what column K says, 50.2"),
        (varied(replace(SLACK, heading="Slack (%)")), (2, "E"), 'or `spans = "end"` or `"start"` in --columns'),
        (edited(8, 3, None), (8, "C"), "an empty cell"),
        (edited(5, 3, "see chart"), (5, "C"), "`see chart`"),
        (edited(3, 7, "10,499"), (3, "G"), "decimal point"),
        (edited(1, 11, "Depth (miles)"), (1, "K"), "km, m, nm, statute miles, ft or fathoms"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(grid: Grid, at: tuple[int, str], says: str, tmp_path: Path) -> None:
    (fault,) = read(to_csv(tmp_path / "a.csv", grid)).faults
    assert (fault.row, fault.column) == at
    assert says in str(fault)


def test_the_map_says_at_which_end_of_a_span_its_figures_stand(tmp_path: Path) -> None:
    path = to_csv(tmp_path / "a.csv", varied(SLACK))
    for spans, first in (("end", 0.5), ("start", 9.0)):
        found = read(path, f'spans = "{spans}"\n')
        assert found.faults == ()
        assert found.rpl is not None
        assert found.rpl.spans[0].slack_percent == first


def test_figures_in_two_units_that_agree_are_read_once(tmp_path: Path) -> None:
    found = read(to_csv(tmp_path / "a.csv", flat(twice(DEPTH, "Depth (fathoms)", FATHOM))))
    assert found.faults == ()
    assert found.rpl is not None
    assert found.rpl.positions[1].depth_m == 15.4


def test_columns_of_remarks_are_joined(tmp_path: Path) -> None:
    grid = flat((*PLAIN, Column("Remarks", lambda at: "sand"), Column("Comments", lambda at: "see sheet 2")))
    found = read(to_csv(tmp_path / "a.csv", grid))
    assert found.rpl is not None
    assert found.rpl.positions[0].remarks == "sand; see sheet 2"


def test_a_formula_that_was_never_calculated_is_a_fault(tmp_path: Path) -> None:
    path = to_xlsx(tmp_path / "a.xlsx", flat(), lambda sheet: sheet.__setitem__("G4", "=G3+F4"))
    (fault,) = read(path).faults
    assert "`=G3+F4`, expected a number, not a formula whose value the file does not hold" in str(fault)


def two_systems(folder: Path) -> Path:
    data = pd.concat([points().assign(system_id=name) for name in ("main", "spur")])
    data.to_file(folder / "a.gpkg", layer="rpl_points")
    return folder / "a.gpkg"


def apart(folder: Path) -> Path:
    lines().iloc[[0, 2, 3]].to_file(folder / "a.geojson")
    return folder / "a.geojson"


def some_points(folder: Path) -> Path:
    data = pd.concat([points().iloc[:3], lines()])
    data.to_file(folder / "a.geojson")
    return folder / "a.geojson"


def linking(folder: Path) -> Path:
    text = "<?xml version='1.0'?><kml xmlns='http://www.opengis.net/kml/2.2'><NetworkLink/></kml>"
    (folder / "a.kml").write_text(text, encoding="utf-8")
    return folder / "a.kml"


def eastings(folder: Path) -> Path:
    return to_csv(folder / "a.csv", [["Pos No", "Easting", "Northing", "KP"], ["1", "390000", "4494000", "0"]])


def whole_list_by_eastings(folder: Path) -> Path:
    columns = [Column("Easting (m)", lambda at: "390000.0"), Column("Northing (m)", lambda at: "4494000.0")]
    return to_csv(folder / "a.csv", flat((PLAIN[0], PLAIN[1], *columns, *PLAIN[4:])))


def old_workbook(folder: Path) -> Path:
    (folder / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    return folder / "a.xls"


def two_lists(folder: Path) -> Path:
    return to_xlsx(folder / "a.xlsx", flat(), lambda sheet: sheet.parent.copy_worksheet(sheet))


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (two_systems, "holds the lists of the systems main, spur: name one by --sheet"),
        (apart, "line 2 of 3 does not begin where the one before it ends"),
        (some_points, "holds 3 points and 6 lines"),
        (linking, "links to other files"),
        (eastings, "states positions by easting and northing"),
        (whole_list_by_eastings, "save them as points of a GeoPackage with their CRS"),
        (old_workbook, "is a workbook of a format that is not read (.xls): save it as .xlsx"),
        (two_lists, "has the sheets RPL, RPL Copy: name the one with the list"),
    ],
)
def test_a_file_that_may_be_several_lists_or_none_is_one_sentence(
    write: Callable[[Path], Path], says: str, tmp_path: Path
) -> None:
    with pytest.raises(IngestError, match=re.escape(says)):
        read(write(tmp_path))


def test_one_of_several_systems_is_read_by_its_name(tmp_path: Path) -> None:
    found = read(two_systems(tmp_path), sheet="spur")
    assert found.faults == ()
    assert len(found.rows) == 7


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[columns", "is no map of columns"),
        ('[colums]\n"A" = "Depth"\n', "has colums: expected a table"),
        ('spans = "middle"\n', "has spans = 'middle'"),
        ('[columns]\n"A" = "Profondeur"\n', "is no column of a list"),
        ('[columns]\n"A" = 3\n', "is no column of a list"),
    ],
)
def test_a_wrong_map_is_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    with pytest.raises(IngestError, match=re.escape(says)):
        read_column_map(tmp_path / "map.toml")


# -- the command


def run(*args: object) -> Result:
    return CliRunner().invoke(cli.command, [*map(str, args)])


def test_the_command_tells_every_column(tmp_path: Path) -> None:
    path = to_csv(tmp_path / "a.csv", flat((*PLAIN, Column("Vessel Mood", lambda at: "calm"))))
    lines = [re.split(r"\s{2,}", line.strip()) for line in run("check-rpl", path).output.splitlines()]
    assert ["K", "Approx Depth (m)", "ApproxDepth", "m", "15.4", "5"] in lines
    assert ["O", "Vessel Mood", "not read", "calm", "0"] in lines
    found = json.loads(run("check-rpl", path, "--json").output)
    assert [item["column"] for item in found["columns"]] == [*"ABCDEFGHIJKLMNO"]
    assert found["columns"][10] | {"meaning": ""} == {
        "column": "K",
        "heading": "Approx Depth (m)",
        "field": "ApproxDepth",
        "meaning": "",
        "unit": "m",
        "first": "15.4",
        "count": 5,
    }


def test_the_command_reads_by_a_map_and_refuses_a_column_that_is_not_there(tmp_path: Path) -> None:
    path = to_csv(tmp_path / "a.csv", flat(RUSSIAN))
    (tmp_path / "map.toml").write_text(CYRILLIC_MAP, encoding="utf-8")
    assert run("check-rpl", path, "--columns", tmp_path / "map.toml").exit_code == 0
    assert run("compare-rpl", path, path, "--columns", tmp_path / "map.toml").exit_code == 0
    (tmp_path / "map.toml").write_text(CYRILLIC_MAP + '"Уклон" = "Slack (%)"\n', encoding="utf-8")
    with pytest.raises(IngestError, match=r"names the column `уклон`, which .* does not have: it has `№ точки`"):
        read_lists((path,), (None,), tmp_path / "map.toml")
