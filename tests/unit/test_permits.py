"""Permits: whom a cable crosses or passes, what is agreed, and the zone along it; held against places drawn by hand."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import pyproj
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from geographiclib.polygonarea import PolygonArea
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT, STUDY
from tests.unit.test_landing import ENGINEERING, route
from transcaspian.analyses.permits.config import CrossingAgreement, Permits, ProtectionZone
from transcaspian.analyses.permits.layers import REGISTER
from transcaspian.analyses.permits.notice import corners_csv, notice, second_of
from transcaspian.analyses.permits.read_requirements import read_requirements
from transcaspian.analyses.permits.register import Entry, Passed, crossed, entries_of, named
from transcaspian.analyses.permits.sketch import sketch_svg
from transcaspian.analyses.permits.stage import agreement_findings, asked_of, entry_row, facts_of, register_book
from transcaspian.analyses.permits.zone import corners, edge_km, zone_parts
from transcaspian.core.errors import IngestError, StudyError
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.linear_reference import line_length_km, positions_at_km
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering import EngineeredRoute
from transcaspian.engineering.crossings import Asset, crossings
from transcaspian.engineering.sectors import StateWaters, Stretch
from transcaspian.engineering.strip import area_km2, beside, strip
from transcaspian.sources.datafile import DataFile
from transcaspian.study import load_study

RULES = ENGINEERING.neighbours
assert RULES is not None
PRICES = load_study(STUDY).prices
CITED = {"source": "test", "status": "ASSUMED"}
KEPT = Permits(
    agreements=(CrossingAgreement(with_id="pipe", state="signed", owner="A", inspected_by="B", reference="7", **CITED),)
)


def asset(line: list[tuple[float, float]], asset_id: str = "pipe", accuracy_m: float | None = 50.0) -> Asset:
    return Asset(asset_id, asset_id, "pipeline", "", "operating", accuracy_m, shapely.LineString(line))


def block(west: float, south: float, east: float, north: float, accuracy_m: float | None = 100.0) -> Passed:
    return Passed("block", "Block", "licence_block", "", accuracy_m, shapely.box(west, south, east, north))


@cache
def base() -> EngineeredRoute:
    """Along 41.5 degrees north, from 50.2 to 51.8 degrees east, on a plane beach."""
    return route(10.0)


def with_crossing() -> EngineeredRoute:
    """The same over a pipeline across it."""
    pipe = asset([(51.0, 41.4), (51.0, 41.6)])
    found = crossings(base().course.lonlat, base().profile, [pipe], RULES)
    return replace(base(), crossings=tuple((one, 0.0) for one in found))


def entries(others: list[Passed], made: EngineeredRoute | None = None) -> list[Entry]:
    return entries_of("main", made or base(), others, RULES, PRICES)


def row_of(entry: Entry, permits: Permits = KEPT) -> dict[str, Any]:
    return entry_row(1, entry, permits, "rule")


# -- the register


def test_a_crossing_has_both_kps_its_angle_its_price_and_what_is_agreed() -> None:
    (entry,) = entries([], with_crossing())
    row = row_of(entry)
    across_km = Geodesic.WGS84.Inverse(41.4, 51.0, *entry.lonlat[::-1])["s12"] / 1000
    assert row["asset_kp_km"] == pytest.approx(across_km, abs=1e-3)
    at = positions_at_km(base().course.lonlat, [row["from_kp_km"]]).lonlat[0]
    assert at == pytest.approx(entry.lonlat, abs=1e-6)
    assert row["angle_deg"] == pytest.approx(90.0, abs=1.0)
    assert (row["relation"], row["separation_m"], row["verdict"]) == ("crossed", 0.0, "pass")
    assert (row["owner"], row["agreement"], row["inspected_by"], row["agreement_reference"]) == (
        "A",
        "signed",
        "B",
        "7",
    )
    assert row["operator"] == NOT_KNOWN
    assert PRICES is not None
    assert row["cost_base_usd"] == PRICES.crossing["pipeline"].base
    assert list(agreement_findings([row])) == []


def test_without_a_word_in_the_study_nothing_is_blank() -> None:
    (entry,) = entries([], with_crossing())
    row = row_of(entry, Permits())
    assert [row[name] for name in ("owner", "operator", "agreement", "inspected_by")] == [NOT_KNOWN] * 4
    (finding,) = agreement_findings([row])
    assert "1 of 1 entries of the register have no agreement: pipe" in finding.sentence


@pytest.mark.parametrize(
    ("owners", "told"),
    [
        ("bp (operator)", ("", "bp")),
        ("SOCAR", ("SOCAR", "")),
        ("A; B; C (operator)", ("A; B", "C")),
        ("", ("", "")),
    ],
)
def test_owners_and_operators_are_told_apart(owners: str, told: tuple[str, str]) -> None:
    assert named(owners) == told


@pytest.mark.parametrize(
    ("north", "accuracy_m", "relation", "verdict"),
    [
        (41.51, 100.0, "crossed", "fail"),
        (41.51, None, "crossed", NOT_KNOWN),
        (41.497, 100.0, "near", "fail"),  # some 300 m away, and 500 m are asked for
        (41.497, 5000.0, "near", NOT_KNOWN),
        (41.48, 5000.0, "may be near", NOT_KNOWN),
        (41.48, 100.0, None, None),
        (41.48, None, None, None),
    ],
)
def test_a_licence_block_is_listed_as_far_as_its_position_tells(
    north: float, accuracy_m: float | None, relation: str | None, verdict: str | None
) -> None:
    found = entries([block(50.9, 41.3, 51.1, north, accuracy_m)])
    if relation is None:
        assert found == []
        return
    (entry,) = found
    assert (entry.relation, entry.verdict) == (relation, verdict)
    if relation == "crossed":
        middle = positions_at_km(base().course.lonlat, [entry.kp_km, entry.to_kp_km]).lonlat[:, 0]
        assert middle == pytest.approx([50.9, 51.1], abs=0.03)
    assert entry.asset_kp_km is None
    assert row_of(entry)["cost_base_usd"] is None


def test_an_asset_beside_the_cable_has_its_own_kp_where_they_are_nearest() -> None:
    pipe = Passed.of(asset([(51.0, 41.3), (51.0, 41.4985), (51.2, 41.3)]))
    (entry,) = entries([pipe])
    away_km = Geodesic.WGS84.Inverse(41.3, 51.0, 41.4985, 51.0)["s12"] / 1000
    assert entry.relation == "near"
    assert entry.asset_kp_km == pytest.approx(away_km, abs=0.15)
    assert entry.separation_m < entry.required_m


def test_sketch_and_sheet_hold_every_entry(tmp_path: Any) -> None:
    made = with_crossing()
    found = entries([block(50.9, 41.3, 51.1, 41.51)], made)
    rows = [entry_row(number, entry, KEPT, "rule") for number, entry in enumerate(found, 1)]
    (tmp_path / "a.xlsx").write_bytes(register_book(rows))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [cell.value.split(" ")[0] for cell in sheet[1]] == list(REGISTER.field_names)
    assert sheet.max_row == 1 + len(rows) == 3
    assert register_book(rows) == register_book(rows)
    for number, (entry, row) in enumerate(zip(found, rows, strict=True), 1):
        text = sketch_svg(number, entry, made, facts_of(row))
        page = ET.fromstring(text)
        words = " ".join(page.itertext())
        assert entry.met.name in words
        assert NOT_KNOWN in words
        assert page.get("width") == "210mm"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"agreements": [{"with_id": "a", **CITED}, {"with_id": "a", **CITED}]}, "permits.agreements"),
        ({"agreements": [{"with_id": "a", "state": "done", **CITED}]}, "permits.agreements"),
        ({"protection_zone": {"half_width_m": 0.0, **CITED}}, "half_width_m"),
        ({"protection_zone": {"half_width_m": 500.0, "second_crs": "EPSG:27700", **CITED}}, "permits.protection_zone"),
        ({"protection_zone": {"half_width_m": 500.0}}, "source"),
    ],
)
def test_a_table_that_makes_no_sense_is_one_sentence(table: dict[str, Any], says: str) -> None:
    with pytest.raises(StudyError, match=says.replace(".", r"\.")):
        load_study(STUDY, {"permits": table})


# -- the zone

ZONE = ProtectionZone(half_width_m=500.0, **CITED)
lines = st.lists(
    st.tuples(st.floats(-70.0, 70.0), st.floats(6.0, 60.0)), min_size=1, max_size=4
)  # turn and length of each leg


def legs_of(steps: list[tuple[float, float]]) -> np.ndarray:
    lon, lat, azimuth = 50.5, 41.0, 30.0
    found = [(lon, lat)]
    for turn, km in steps:
        azimuth += turn
        there = Geodesic.WGS84.Direct(lat, lon, azimuth, 1000.0 * km)
        lon, lat, azimuth = there["lon2"], there["lat2"], there["azi2"]
        found.append((lon, lat))
    return np.array(found)


@settings(max_examples=8, deadline=None)
@given(lines, st.sampled_from([100.0, 463.0, 1000.0]))
def test_every_corner_lies_at_the_width_and_the_area_is_that_of_a_strip(
    steps: list[tuple[float, float]], width_m: float
) -> None:
    legs = legs_of(steps)
    km = line_length_km(legs)
    area = strip(legs, (0.0, 0.0), (km, km), width_m)
    assert area.is_valid
    turns = [np.radians(abs(turn)) for turn, _ in steps[1:]]
    bends_km2 = sum(turn / 2 - np.tan(turn / 2) for turn in turns) * (width_m / 1000) ** 2
    if area.geom_type == "Polygon" and not area.interiors:
        assert area_km2(area) == pytest.approx(2 * km * width_m / 1000 + bends_km2, rel=2e-3)
    dense = np.vstack([positions_at_km(legs, np.linspace(0.0, km, 1500)).lonlat, legs])
    for lon, lat in corners(area):
        _, _, away_m = pyproj.Geod(ellps="WGS84").inv(np.full(len(dense), lon), np.full(len(dense), lat), *dense.T)
        nearest = int(away_m.argmin())
        step_m = 1000.0 * km / 1500
        assert width_m - 0.1 <= away_m[nearest] <= np.hypot(width_m * 1.001, step_m) + 0.1


def test_corners_joined_by_geodesics_enclose_the_zone() -> None:
    legs = legs_of([(0.0, 90.0), (50.0, 60.0), (-65.0, 40.0)])
    km = line_length_km(legs)
    area = strip(legs, (0.0, 0.0), (km, km), 500.0)
    polygon = PolygonArea(Geodesic.WGS84)
    places = corners(area)
    for lon, lat in places:
        polygon.AddPoint(lat, lon)
    number, perimeter_m, area_m2 = polygon.Compute()
    assert number == len(places) < 60
    assert area_m2 > 0  # anticlockwise
    assert area_m2 / 1e6 == pytest.approx(area_km2(area), abs=0.1 * perimeter_m / 1e6)  # 0.1 m off at most


def waters(slant: float) -> StateWaters:
    """Two states on either side of a line through 51° E on the route, slanting by so many degrees a degree."""

    def look(lonlat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        east = lonlat[:, 0] - 51.0 > slant * (lonlat[:, 1] - 41.5)
        return np.where(east, 5, 2), np.zeros(len(lonlat))

    return StateWaters(("AZ", "KZ"), look, "test", "ASSUMED")


def two_states(slant: float) -> tuple[EngineeredRoute, StateWaters]:
    made, sea = base(), waters(slant)
    at_km = float(Geodesic.WGS84.Inverse(41.5, 50.194, 41.5, 51.0)["s12"] / 1000)
    end_km = made.profile.length_km
    parts = (Stretch(0.0, at_km, "AZ", "seabed"), Stretch(at_km, end_km, "KZ", "seabed"))
    return replace(made, stretches=parts), sea


@pytest.mark.parametrize("slant", [0.0, 1.0, -2.0])
def test_each_state_has_its_part_up_to_the_line_between_them(slant: float) -> None:
    made, sea = two_states(slant)
    first, second = zone_parts("main", made, sea, ZONE)
    assert (first.state, second.state) == ("AZ", "KZ")
    for part, sign in ((first, -1), (second, 1)):
        beyond = sign * (part.vertices[:, 0] - 51.0 - slant * (part.vertices[:, 1] - 41.5))
        assert beyond.min() > -0.001  # some 80 m: half of what an edge is followed by
    both = area_km2(first.area) + area_km2(second.area)
    assert both == pytest.approx(made.profile.length_km - sum(made.profile.ashore_km), rel=2e-3)
    assert shapely.intersection(first.area, second.area).area < 1e-6


def test_an_edge_that_meets_no_boundary_ends_where_the_cable_does() -> None:
    made, _ = two_states(0.0)
    sea = StateWaters(("AZ",), lambda lonlat: (np.zeros(len(lonlat), int), np.zeros(len(lonlat))), "t", "ASSUMED")
    assert edge_km(made.course.lonlat, 40.0, 500.0, sea, (0.0, 100.0)) == 40.0


def test_each_state_has_its_width_and_unknown_waters_are_said_to_be_so() -> None:
    made, sea = two_states(0.0)
    wide = ProtectionZone(half_width_m=500.0, states=({"state": "KZ", "half_width_m": 800.0, **CITED},), **CITED)
    first, second = zone_parts("main", made, sea, wide)
    assert (first.rule.half_width_m, second.rule.half_width_m) == (500.0, 800.0)
    assert area_km2(second.area) / second.rule.half_width_m == pytest.approx(
        (second.to_km - second.from_km) / 500.0, rel=5e-3
    )
    (only,) = zone_parts("main", replace(made, stretches=()), None, ZONE)
    text = notice(only, second_of(only, "EPSG:4284", (50.0, 41.0, 52.0, 42.0)), "Main", "a.csv")
    assert f"To the authorities of: {NOT_KNOWN}" in text


def test_the_table_and_the_notice_have_every_corner_in_both_systems() -> None:
    made, sea = two_states(0.0)
    part = next(zone_parts("main", made, sea, ZONE))
    second = second_of(part, "EPSG:4284", (46.0, 36.0, 55.0, 48.0))
    rows = list(csv.DictReader(io.StringIO(corners_csv(part, second))))
    assert len(rows) == len(part.vertices)
    for row, (lon, lat) in zip(rows, part.vertices, strict=True):
        assert (float(row["wgs84_lon_deg"]), float(row["wgs84_lat_deg"])) == pytest.approx((lon, lat), abs=1e-7)
        there = float(row["second_lat_deg"]), float(row["second_lon_deg"])
        assert 60.0 < Geodesic.WGS84.Inverse(lat, lon, *there)["s12"] < 130.0
    text = notice(part, second, "Main", "a.csv")
    assert "signed and NOT in force" in text
    assert "Art. 14" in text
    assert text.count("\n| ") >= len(rows) + 6
    assert "ASSUMED: test" in text


def test_places_beside_a_route_lie_to_its_sides() -> None:
    legs = np.array([(50.0, 41.0), (50.0, 42.0)])  # to the north
    assert beside(legs, np.array([10.0]), 500.0)[0, 0] > 50.0 > beside(legs, np.array([10.0]), -500.0)[0, 0]


def test_a_crossing_in_the_list_is_the_one_of_the_register() -> None:
    made = with_crossing()
    entry = crossed("main", made, made.crossings[0][0], RULES, None)
    assert entry.cost is None
    assert entry.crossing_method.startswith("laid over it: ")


# -- what the states ask for

TABLE = ROOT / "data" / "raw" / "permits_caspian.csv"
WATERS = (
    Stretch(0.0, 20.0, "AZ", "territorial"),
    Stretch(20.0, 50.0, "AZ", "seabed"),
    Stretch(50.0, 90.0, "KZ", "seabed", "agreed"),
    Stretch(90.0, 100.0, "", ""),
    Stretch(100.0, 110.0, "KZ", "seabed"),
)


def table_of(path: Path) -> dict[str, Any]:
    return read_requirements(DataFile("permits.requirements", path, "own"))


def register(path: Path, waters: tuple[Stretch, ...] = WATERS) -> AnalysisResult:
    inputs = SimpleNamespace(further={"permits.requirements": SimpleNamespace(value=table_of(path))})
    return asked_of(inputs, SimpleNamespace(routes={"main": replace(base(), stretches=waters)}))  # type: ignore[arg-type]


@pytest.fixture
def own_table(tmp_path: Path) -> Callable[..., Path]:
    """Writes the table of the Caspian with the cells of its first row replaced."""

    def write(**cells: str) -> Path:
        lines = list(csv.DictReader(io.StringIO(TABLE.read_text(encoding="utf-8"))))
        lines[0] |= cells
        with (tmp_path / "permits.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
        return tmp_path / "permits.csv"

    return write


def test_each_state_and_zone_has_what_is_asked_there_and_by_whom() -> None:
    found = register(TABLE)
    rows = found.layers["permit_register"]
    by_waters = {
        key: set(group["permit_id"])
        for key, group in rows.assign(state=rows["state"].fillna(""), zone=rows["zone"].fillna("")).groupby(
            ["state", "zone"]
        )
    }
    assert by_waters.keys() == {("AZ", "territorial"), ("AZ", "seabed"), ("KZ", "seabed"), ("", "")}
    assert {"az-works", "route-agreed", "eia-protocol"} <= by_waters["AZ", "territorial"]
    assert "seabed-az-kz" in by_waters["KZ", "seabed"]
    assert "seabed-kz-tm" not in by_waters["KZ", "seabed"]  # its other state is not crossed
    assert "kz-border" not in by_waters["KZ", "seabed"]
    assert by_waters["", ""] == {"not listed"}
    seabed = rows[(rows["state"] == "KZ") & (rows["permit_id"] == "kz-works")].iloc[0]
    assert (seabed["from_kp_km"], seabed["to_kp_km"], seabed["length_km"]) == (50.0, 110.0, 50.0)
    assert sum(line_length_km(line.coords) for line in seabed.geometry.geoms) == pytest.approx(50.0, abs=0.01)
    assert found.figures["permits"] == len(rows)


def test_what_is_in_force_and_what_was_not_read_is_told_by_date() -> None:
    found = register(TABLE)
    rows = found.layers["permit_register"].drop_duplicates("permit_id").set_index("permit_id")
    assert rows.loc["route-agreed", "in_force"] == "no"
    assert rows.loc["eia-protocol", ["in_force", "in_force_since"]].tolist() == ["yes", "2025-11-18"]
    assert rows.loc["route-agreed", "permit_state"] == NOT_KNOWN
    assert rows.loc["kz-works", "text_read"] == "not read"
    assert "national acts on the sector and on laying cables" in found.notes[0]
    (finding,) = found.findings
    assert (finding.kind, finding.severity) == ("permits missing", "minor")
    assert "longest lead time known is 30 days" in finding.sentence


def test_a_permit_that_is_granted_is_missing_no_longer(own_table: Callable[..., Path]) -> None:
    before = register(TABLE).figures["without_permit"]
    granted = register(own_table(permit_state="granted", lead_time_days="0"))
    assert granted.figures["without_permit"] == before - 3  # it is asked for in three waters
    row = granted.layers["permit_register"].query("permit_id == 'route-agreed'").iloc[0]
    assert (row["lead_time_days"], row["permit_state"]) == (0.0, "granted")


def test_a_row_for_one_system_counts_for_no_other(own_table: Callable[..., Path]) -> None:
    rows = register(own_table(systems="reserve")).layers["permit_register"]
    assert "route-agreed" not in set(rows["permit_id"])


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"states": "Kazakhstan"}, "row 2: `states` has `Kazakhstan`: expected ISO 3166-1"),
        ({"zones": "eez"}, "row 2: `zones` has `eez`: expected territorial, fishing, seabed, or *"),
        ({"in_force": "soon"}, "`in_force` is `soon`: expected yes, no, not known"),
        ({"permit_state": "given"}, "`permit_state` is `given`: expected not asked"),
        ({"date_checked": "last week"}, "`date_checked` is `last week`: expected a date"),
        ({"lead_time_days": "-3"}, "`lead_time_days` is `-3`"),
        ({"lead_time_days": "nan"}, "`lead_time_days` is `nan`"),
        ({"source": ""}, "`source` is empty"),
        ({"permit_id": "kz-works"}, "`permit_id` = `kz-works` stands in a row above"),
        ({"status": "PUBLISHED"}, "`status` is `PUBLISHED`: expected REAL, DERIVED, ASSUMED"),
    ],
)
def test_a_fault_in_the_table_is_named_with_its_row(
    own_table: Callable[..., Path], cells: dict[str, str], told: str
) -> None:
    with pytest.raises(IngestError, match=re.escape(told)):
        table_of(own_table(**cells))


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    path = tmp_path / "permits.csv"
    path.write_text("permit_id,states\na,KZ\n", encoding="utf-8")
    with pytest.raises(IngestError, match="has no column zones, what, in_force"):
        table_of(path)
