"""The main job on the real data, from the study to the published folder, read by independent readers."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from geographiclib.geodesic import Geodesic
from scipy.spatial import cKDTree
from shapely import LineString, Point
from shapely.ops import unary_union

from tests.conftest import BARE, COARSE, RAW, STUDY, TINY, silent, without_drawing
from tests.layer_tables import DEFAULT
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import cut, line_length_km, positions_at_km
from transcaspian.engineering.alter_course import headings_change_deg
from transcaspian.rpl.reader import read_rpl
from transcaspian.runs.engine import RunResult, RunSettings, run_study

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def result(default_run: RunResult) -> RunResult:
    return default_run


@pytest.fixture(scope="module")
def package(result: RunResult) -> Path:
    return result.folder / "trans-caspian.gpkg"


def test_every_system_is_routed_with_its_published_length_beside_it(result: RunResult) -> None:
    assert [item.system_id for item in result.figures] == ["main", "main-2023", "reserve-2023", "turkmen"]
    assert [item.published_km for item in result.figures] == [380.0, 340.0, 330.0, 300.0]


def test_routes_are_between_one_and_one_point_one_of_the_geodesic(result: RunResult) -> None:
    ratios = {item.system_id: item.length_km / item.geodesic_km for item in result.figures}
    for system in ("main", "main-2023", "reserve-2023"):
        assert 1.0 <= ratios[system] <= 1.10, ratios


def test_the_published_turkmen_length_is_shorter_than_the_geodesic(result: RunResult) -> None:
    turkmen = next(item for item in result.figures if item.system_id == "turkmen")
    assert turkmen.published_km is not None
    assert turkmen.published_km < turkmen.geodesic_km < turkmen.length_km
    assert turkmen.verdict == "not consistent"


def at_sea(route: Any) -> LineString:
    """A row of the layer ``routes`` without what lies ashore, between beach manhole and shoreline."""
    line = route.geometry.geoms[0] if route.geometry.geom_type.startswith("Multi") else route.geometry
    return LineString(cut(line.coords, route.from_shore_km, route.length_km - route.to_shore_km))


def test_routes_stay_in_the_water_and_out_of_no_go(package: Path) -> None:
    routes = gpd.read_file(package, layer="routes")
    coastline = unary_union(list(gpd.read_file(package, layer="coastline").geometry))
    no_go = unary_union(list(gpd.read_file(package, layer="no_go").geometry))
    assert not no_go.is_empty
    for route in map(at_sea, routes.itertuples()):
        # the two landings lie on the shoreline itself, so a trace of rounding is left there
        dry_km = sum(
            line_length_km(part.coords)
            for part in getattr(route.difference(coastline), "geoms", [route.difference(coastline)])
            if isinstance(part, LineString) and not part.is_empty
        )
        assert dry_km < 0.001
        assert not route.intersects(no_go)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_all_totals_reconcile(package: Path, result: RunResult, suffix: str) -> None:
    """Layers, printed lists and manifest say the same of every system, and Karney's own library agrees."""
    routes = gpd.read_file(package, layer="routes").set_index("system_id")
    points, lines = (gpd.read_file(package, layer=name) for name in ("rpl_points", "rpl_lines"))
    manifest = json.loads((result.folder / "manifest.json").read_text())
    for system in manifest["systems"]:
        name, figures = system["id"], {key: figure["value"] for key, figure in system["figures"].items()}
        own_points = points[points["system_id"] == name].sort_values("SeqNo")
        own_lines = lines[lines["system_id"] == name].sort_values("SeqNo")
        legs_km = [
            Geodesic.WGS84.Inverse(a.Latitude, a.Longitude, b.Latitude, b.Longitude)["s12"] / 1000
            for a, b in pairwise(own_points.itertuples())
        ]
        assert own_lines["DistBetweenPos"].tolist() == pytest.approx(legs_km, abs=1e-6)
        route = routes.loc[name]
        printed = read_rpl(result.folder / "rpl" / f"{name}.{suffix}")
        is_sea = own_lines["CableType"] != "LAND"  # the land tails are no part of the route
        end = own_points[own_points["Event"].str.split(" / ").apply(lambda names: "BMH" in names)].iloc[-1]
        printed_end = [at for at in printed.positions if "BMH" in at.event.split(" / ")][-1]
        printed_sea = [span for span in printed.spans if span.cable_type != "LAND"]
        for total, *others in (
            (sum(np.array(legs_km)[is_sea]), end["DistCumulative"], own_lines["DistBetweenPos"][is_sea].sum(),
             route["length_km"], figures["length"], printed_end.route_km,
             sum(span.route_km for span in printed_sea), line_length_km(route.geometry.coords)),
            (figures["cable"], end["CableDistCumulative"], own_lines["CableDistBetweenPos"][is_sea].sum(),
             route["cable_km"], printed_end.cable_km, sum(span.cable_km for span in printed_sea)),
        ):  # fmt: skip
            assert others == pytest.approx([total] * len(others), abs=0.001)
        # a landing whose own position lies in the water has no place for its station
        assert {own_points["Event"].iloc[0], own_points["Event"].iloc[-1]} <= (
            {"CLS"} if name == "main" else {"CLS", "BMH"}
        )
        assert len(own_points) == len(own_lines) + 1 == figures["positions"] == len(printed.positions)
        assert list(own_points["PosNo"]) == [position.pos_no for position in printed.positions]
        assert list(own_lines["FromPos"]) == list(own_points["PosNo"][:-1])
        assert list(own_lines["ToPos"]) == list(own_points["PosNo"][1:])
        assert (
            figures["alter_courses"]
            == route["alter_courses"]
            == own_points["Event"].str.contains(r"\bAC\b").sum()
            <= 40
        )
        assert 0 <= figures["engineering_excess"] <= 0.005
        assert route["friction_cost"] == pytest.approx(
            gpd.read_file(package, layer="least_cost_paths").set_index("system_id").loc[name, "friction_cost"]
            * (1 + figures["engineering_excess"]),
            rel=1e-6,
        )


def test_the_seabed_under_the_route_is_published(package: Path) -> None:
    routes = gpd.read_file(package, layer="routes").set_index("system_id")
    profile = gpd.read_file(package, layer="route_profile")
    levels = gpd.read_file(package, layer="scenario_routes")
    seas = gpd.read_file(package, layer="scenario_seas").set_index("level_m_msl")
    assert seas["area_km2"].is_monotonic_decreasing
    for name, route in routes.iterrows():
        samples = profile[profile["system_id"] == name]
        assert samples["kp_km"].iloc[[0, -1]].tolist() == pytest.approx([0, route["length_km"]], abs=1e-6)
        assert samples["kp_km"].diff().max() <= 0.25 + 1e-9
        assert samples["depth_m"].max() == pytest.approx(route["max_depth_m"])
        assert route["length_km"] <= route["seabed_length_km"] < 1.001 * route["length_km"]
        own = levels[levels["system_id"] == name].sort_values("level_m_msl", ascending=False)
        assert own["level_m_msl"].tolist() == [-29.5, -30.0, -31.0]
        assert own["submerged_km"].is_monotonic_decreasing
        assert (own["max_depth_m"] - own["level_m_msl"]).max() == pytest.approx(route["max_depth_m"] + 29.5)


def test_routes_begin_and_end_at_the_landing_points(package: Path) -> None:
    routes = gpd.read_file(package, layer="routes")
    landings = gpd.read_file(package, layer="landing_points").set_index("landing_id").geometry
    for route in routes.itertuples():
        ends = at_sea(route).coords[0], at_sea(route).coords[-1]
        for end, landing in zip(ends, (route.from_landing, route.to_landing), strict=True):
            assert end == pytest.approx(landings[landing].coords[0], abs=1e-7)
        assert (route.from_shore_km, route.to_shore_km) == pytest.approx((0.1, 0.1))
        assert route.length_km == pytest.approx(line_length_km(route.geometry.coords), abs=1e-3)


def test_systems_cross_each_other_and_both_lists_name_the_place(package: Path, result: RunResult) -> None:
    """Published lines laid over each other by shapely say the same as layer and printed lists."""
    routes = gpd.read_file(package, layer="routes").set_index("system_id").geometry
    rows = gpd.read_file(package, layer="crossings")
    place = {(row.system_id, row.cable_id): row for row in rows.itertuples()}
    assert {pair: round(row.kp_km, 1) for pair, row in place.items()} == {
        ("main", "turkmen"): 36.2,
        ("turkmen", "main"): 58.6,
        ("reserve-2023", "turkmen"): 30.4,
        ("turkmen", "reserve-2023"): 89.8,
    }
    lists = {name: read_rpl(result.folder / "rpl" / f"{name}.csv") for name in routes.index}
    for one, other in permutations(routes.index, 2):
        met = [part for part in shapely.get_parts(routes[one].intersection(routes[other])) if not part.is_empty]
        ends = [Point(end) for end in (routes[one].coords[0], routes[one].coords[-1])]
        met = [point for point in met if min(point.distance(end) for end in ends) > 1e-6]  # but for a shared manhole
        assert len(met) == ((one, other) in place), (one, other)
        for point in met:
            row, back = place[one, other], place[other, one]
            (listed,) = [at for at in lists[one].positions if f"({other})" in at.remarks]
            for lon, lat in ((row.geometry.x, row.geometry.y), (listed.lon_deg, listed.lat_deg)):
                assert Geodesic.WGS84.Inverse(point.y, point.x, lat, lon)["s12"] < 1.0
            assert row.asset_kp_km == back.kp_km
            assert row.kp_km == pytest.approx(listed.route_km, abs=0.001)
            assert (row.state, row.verdict, row.position_accuracy_m) == ("planned", "pass", 0.0)
            assert row.angle_deg == back.angle_deg
    # what lies there is not named from sketches of the systems, and alternatives are not held against each other
    beside = gpd.read_file(package, layer="parallel_runs")
    assert not [name for name in (*rows["cable_id"], *beside["cable_id"]) if name.startswith("planned-")]


@pytest.mark.parametrize("layer", DEFAULT, ids=lambda layer: layer.name)
def test_layers_have_the_columns_of_the_table(package: Path, result: RunResult, layer) -> None:  # type: ignore[no-untyped-def]
    with fiona.open(package, layer=layer.name) as source:
        assert tuple(source.schema["properties"]) == layer.field_names
        count = len(list(source))
        assert source.crs.to_epsg() == 4326
    with sqlite3.connect(package) as db:
        assert db.execute(f'select count(*) from "{layer.name}"').fetchone() == (count,)
    collection = json.loads((result.folder / "geojson" / f"{layer.name}.geojson").read_text())
    assert len(collection["features"]) == count
    assert "crs" not in collection


def test_rasters_hold_the_depth_below_the_declared_level(result: RunResult) -> None:
    with (
        rasterio.open(result.folder / "rasters" / "depth.tif") as depth,
        rasterio.open(RAW / "etopo1_caspian.tif") as etopo,
    ):
        assert depth.shape == (1380, 1080)
        elevation_m = next(etopo.sample([(51.0, 38.5)]))[0]
        depth_m = next(depth.sample([(51.0, 38.5)]))[0]
        assert elevation_m == pytest.approx(-815, abs=1)
        assert depth_m == pytest.approx(-29.5 - elevation_m, abs=25)
        assert depth.overviews(1)


def test_manifest_lists_every_file_with_its_hash(result: RunResult) -> None:
    manifest = json.loads((result.folder / "manifest.json").read_text())
    on_disk = {str(p.relative_to(result.folder)) for p in result.folder.rglob("*") if p.is_file()} - {"manifest.json"}
    assert set(manifest["files"]) == on_disk
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256((result.folder / name).read_bytes()).hexdigest()
    assert {source["role"] for source in manifest["sources"]} == {
        "seabed",
        "shoreline",
        "islands",
        "cables",
        "hazards",
        "earthquakes",
        "borders",
        "agreed_lines",
        "survey.vessels",
        "installation.vessels",
    }


def test_latest_points_to_the_run(result: RunResult) -> None:
    assert result.latest.resolve() == result.folder.resolve()


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    runs = [run_study(RunSettings(STUDY, tmp_path / name, ("main",), TINY, RAW), silent).folder for name in "ab"]
    names = sorted(str(p.relative_to(runs[0])) for p in runs[0].rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(runs[1])) for p in runs[1].rglob("*") if p.is_file())
    for name in names:
        assert (runs[0] / name).read_bytes() == (runs[1] / name).read_bytes(), name


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    wanted = COARSE | BARE | {"alternatives.count": 1}
    with without_drawing():
        return run_study(RunSettings(STUDY, tmp_path_factory.mktemp("coarse"), overrides=wanted, raw_dir=RAW), silent)


def test_zones_are_published_nested_in_the_water(coarse: RunResult) -> None:
    package = coarse.folder / "trans-caspian.gpkg"
    zones = gpd.read_file(package, layer="cost_tolerance_zones").set_index("zone_id")
    old = gpd.read_file(package, layer="corridors").set_index("corridor_id")
    assert old.geometry.tolist() == zones.geometry.tolist()
    water = unary_union(list(gpd.read_file(package, layer="coastline").geometry))
    assert set(zones["system_id"]) == {"main", "main-2023", "reserve-2023", "turkmen"}
    for route in gpd.read_file(package, layer="routes").itertuples():
        own = zones[zones["system_id"] == route.system_id]
        assert list(own["excess_limit"]) == [0.005, 0.01, 0.02, 0.05]
        assert own["area_km2"].is_monotonic_increasing
        assert (own["mean_width_km"] * route.length_km).tolist() == pytest.approx(own["area_km2"].tolist())
        assert list(own.index) == [f"{route.system_id}/{limit}" for limit in own["excess_limit"]]
        for inner, outer in pairwise(own.geometry):
            assert inner.is_valid
            assert inner.difference(outer).area < 1e-9
        assert own.geometry.iloc[-1].difference(water).area < 1e-9
        # but for the approaches, which leave the cells
        assert route.geometry.difference(own.geometry.iloc[-1]).length < 0.02 * route.geometry.length
        with rasterio.open(coarse.folder / "rasters" / f"cost_excess_{route.system_id}.tif") as source:
            excess = source.read(1)
            assert source.units == ("1",)
            assert np.isnan(source.nodata)
            assert np.nanmin(excess) == 0
            assert (excess <= 0.05).sum() * source.res[0] ** 2 >= own.geometry.iloc[-1].area


def every(line: LineString, step_km: float) -> np.ndarray:
    return positions_at_km(np.array(line.coords), np.arange(0.0, line_length_km(line.coords), step_km)).lonlat


def apart(line: LineString, route: LineString, end_zone_km: float, wanted_km: float = 10.0) -> tuple[float, float]:
    """How near a line is to another outside the end zones, and its share that keeps a distance; by geodesics."""
    places, ends = every(line, 0.05), np.array(route.coords)[[0, -1]]
    # chords to the nearest points of a line: 0.1 mm less than arcs at 10 km
    away_km = cKDTree(in_space_km(every(route, 0.05))).query(in_space_km(places))[0]
    from_end_km = np.array([distances_km(place, ends).min() for place in places])
    return float(away_km[from_end_km > end_zone_km].min()), float((away_km >= wanted_km).mean())


def in_space_km(lonlat: np.ndarray) -> np.ndarray:
    to_space = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    return np.column_stack(to_space.transform(*lonlat.T, np.zeros(len(lonlat)))) / 1000.0


def distances_km(place: np.ndarray, others: np.ndarray) -> np.ndarray:
    lon, lat = np.broadcast_to(place, others.shape).T
    return np.asarray(GEOD.inv(lon, lat, *others.T)[2]) / 1000.0


def bends(line: LineString) -> int:
    """Where a line alters its course."""
    return int((np.abs(headings_change_deg(np.array(line.coords))) > 1e-3).sum())


def test_alternatives_are_published_with_their_figures(coarse: RunResult) -> None:
    package = coarse.folder / "trans-caspian.gpkg"
    lines = gpd.read_file(package, layer="alternatives").set_index("alternative_id")
    routes = gpd.read_file(package, layer="routes").set_index("system_id")
    no_go = unary_union(list(gpd.read_file(package, layer="no_go").geometry))
    manifest = json.loads((coarse.folder / "manifest.json").read_text())
    assert list(lines.index) == ["main/1", "main-2023/1", "reserve-2023/1", "turkmen/1"]
    for system in manifest["systems"]:
        (told,) = system["alternatives"]
        line = lines.loc[f"{system['id']}/{told['rank']}"]
        assert told["figures"]["excess"] == {"value": round(line["excess"], 6), "unit": "1", "status": "DERIVED"}
        assert told["figures"]["length"]["value"] == pytest.approx(line_length_km(line.geometry.coords), abs=1e-3)
        assert system["alternatives_missing"] is None
        assert line["separated_share"] >= 0.5
        assert line["reached_separation_km"] >= line["min_separation_km"] == 10.0
        assert line.geometry.coords[0] in routes.geometry[system["id"]].coords[:2], "from the waterline"
        assert not line.geometry.intersects(no_go)
        route = routes.loc[system["id"]]
        min_km, share = apart(line.geometry, route.geometry, line["end_zone_km"])
        assert min_km == pytest.approx(line["reached_separation_km"], abs=0.1)
        assert share * line["length_km"] == pytest.approx(line["separated_share"] * line["length_km"], abs=0.2)
        cost_km = told["figures"]["friction_cost"]["value"]
        assert line["excess"] == pytest.approx(cost_km / route["friction_cost"] - 1, abs=1e-5)
        # legs, as the route has: a path bends at most of its points
        assert bends(line.geometry) < 40
        assert bends(LineString(route.geometry.coords[1:-1])) == route["alter_courses"], "between the waterlines"
        assert [item["excess_limit"] for item in system["cost_tolerance_zones"]] == [0.005, 0.01, 0.02, 0.05]


@without_drawing()
def test_fewer_alternatives_than_asked_are_told(tmp_path: Path) -> None:
    wanted = COARSE | BARE | {"cost_tolerance": None, "alternatives.min_separation_km": 300}
    result = run_study(RunSettings(STUDY, tmp_path, ("turkmen",), wanted, RAW), silent)
    (note,) = [note for note in result.notes if note.startswith("turkmen: 0 of")]
    assert note.startswith("turkmen: 0 of 2 alternatives exist: no line from Siyazan to Turkmenbashi keeps 300 km")
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert manifest["systems"][0]["alternatives_missing"] == note.removeprefix("turkmen: ")
    assert len(gpd.read_file(result.folder / "trans-caspian.gpkg", layer="alternatives")) == 0


@without_drawing()
def test_another_sea_is_another_study(tmp_path: Path) -> None:
    result = run_study(RunSettings(HERE / "black_sea.toml", tmp_path, raw_dir=RAW), silent)
    assert not list(result.folder.glob("rasters/c*_excess*"))
    (figures,) = result.figures
    assert 1.0 <= figures.length_km / figures.geodesic_km < 1.2
    assert figures.max_depth_m is not None
    # the grid reaches 2,578 m there, more than the 2,212 m of charts: it is shown as the source says
    assert 1900 < figures.max_depth_m < 2600
    assert (result.folder / "black-sea.gpkg").is_file()


@without_drawing()
def test_a_run_is_never_modified_by_the_next(result: RunResult, tmp_path: Path) -> None:
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in result.folder.rglob("*") if p.is_file()}
    again = run_study(RunSettings(STUDY, result.folder.parents[1], ("main",), TINY, RAW, since="write"), silent)
    assert again.folder != result.folder
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in before} == before
    assert again.state == "what-if"
    assert again.latest.resolve() == result.folder.resolve()
