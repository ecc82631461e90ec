"""Constraint layers: what is read of them, what they add to the cost, what they close, and what is listed of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from tests.conftest import RAW, ROOT
from tests.depth_models import exact
from transcaspian import seabed
from transcaspian.analyses.risk.weighed import paid_friction
from transcaspian.core.constraint_data import ConstraintFeatures, ConstraintRaster, Wanted
from transcaspian.core.errors import IngestError, SeabedError, StudyError
from transcaspian.core.grid import Grid
from transcaspian.core.kinds import KINDS
from transcaspian.core.styles import CORE_STYLES
from transcaspian.engineering import EngineeredRoute
from transcaspian.engineering.findings import hazard_findings
from transcaspian.engineering.listing import (
    Feature,
    Register,
    Surface,
    hazard_listing,
    silent_registers,
    surface_listing,
)
from transcaspian.engineering.profile import seabed_profile
from transcaspian.ingest import read_constraint
from transcaspian.ingest.barriers import is_outside
from transcaspian.runs.stages.inputs import Inputs, RunSettings
from transcaspian.runs.stages.model_seabed import closed_areas, price_bed
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.runs.stages.run_notes import study_notes
from transcaspian.runs.stages.steering import check_constraints, frictions_of
from transcaspian.seabed import DepthModel
from transcaspian.seabed.features import distance_m, max_inside, ridges
from transcaspian.seabed.water import burn
from transcaspian.sources.datafile import DataFile
from transcaspian.study import Study, load_study

BLACK_SEA = ROOT / "tests" / "integration" / "black_sea.toml"
GRID = Grid.covering(30.0, 42.0, 32.0, 44.0, 1 / 20)
BOUNDS = (30.0, 42.0, 32.0, 44.0)
SHAPES = (
    LineString([(30.2, 42.3), (31.7, 42.4), (31.8, 43.7)]),
    MultiPolygon([box(30.5, 43.0, 30.9, 43.4), box(31.1, 43.0, 31.4, 43.2)]).difference(box(30.6, 43.1, 30.8, 43.3)),
    Point(30.11, 43.77),
    Polygon([(31.5, 42.6), (31.52, 42.6), (31.51, 42.61)]),
)


def away_m(shape: shapely.Geometry, lon: float, lat: float) -> float:
    """Distance on the ellipsoid by Karney's geodesics to points every 20 m of the outline; 0 inside."""
    if shapely.get_dimensions(shape) == 2 and shapely.contains_xy(shape, lon, lat):
        return 0.0
    points = shapely.get_coordinates(shapely.segmentize(shape, 0.0002))
    near = points[np.argsort((points[:, 0] - lon) ** 2 * 0.54 + (points[:, 1] - lat) ** 2)[:200]]
    return min(Geodesic.WGS84.Inverse(lat, lon, y, x)["s12"] for x, y in near)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.geom_type)
def test_distances_are_those_of_geodesics_and_nothing_is_inside_a_hole(shape: shapely.Geometry) -> None:
    found = distance_m(GRID, [shape], 40_000.0)
    rng = np.random.default_rng(1)
    for row, col in rng.integers(0, GRID.shape, (60, 2)):
        expected = away_m(shape, float(GRID.lon_deg[col]), float(GRID.lat_deg[row]))
        if expected < 39_900:
            assert found[row, col] == pytest.approx(expected, rel=2e-5, abs=5.0)
        elif expected > 40_100:
            assert found[row, col] == np.inf


def test_the_nearest_of_many_counts_and_ridges_add_up() -> None:
    each = [distance_m(GRID, [shape], 30_000.0) for shape in SHAPES]
    np.testing.assert_array_equal(distance_m(GRID, list(SHAPES), 30_000.0), np.minimum.reduce(each))
    heights = [1.0, 2.0, 3.0, 4.0]
    summed = sum(height * np.maximum(1 - one / 30_000.0, 0) for height, one in zip(heights, each, strict=True))
    np.testing.assert_allclose(ridges(GRID, list(SHAPES), heights, 30_000.0), summed, atol=1e-4)


def test_inside_is_what_gdal_burns_and_no_feature_vanishes_between_centres() -> None:
    found = max_inside(GRID, [SHAPES[1]], [2.0])
    np.testing.assert_array_equal(found == 2.0, burn(GRID, [SHAPES[1]], all_touched=False))
    line = max_inside(GRID, [SHAPES[0]], [1.0]) > 0
    lon, lat = shapely.get_coordinates(shapely.segmentize(SHAPES[0], 0.003)).T
    rows, cols = GRID.to_rowcol(lon, lat)
    assert line[np.floor(rows + 0.5).astype(int), np.floor(cols + 0.5).astype(int)].all()
    for row, col in np.argwhere(line):
        west, north = GRID.west_deg + col * GRID.step_deg, GRID.north_deg - row * GRID.step_deg
        assert box(west, north - GRID.step_deg, west + GRID.step_deg, north).distance(SHAPES[0]) < 1e-6
    for small in SHAPES[2:]:
        assert (max_inside(GRID, [small], [1.0]) > 0).sum() >= 1
    both = max_inside(GRID, [box(30, 42, 31, 43), box(30.5, 42.5, 31.5, 43.5)], [1.0, 3.0])
    assert set(np.unique(both)) == {0.0, 1.0, 3.0}
    assert both[GRID.rows // 2 + 5, GRID.cols // 2 - 5] == 3.0  # where both lie the greater counts


def lake(depth_m: float = 100.0) -> DepthModel:
    water = np.ones(GRID.shape, bool)
    return exact(GRID, np.full(GRID.shape, depth_m), water)


@given(st.floats(1.0, 3000.0), st.floats(5.0, 80.0))
def test_following_pays_between_separation_and_outer_limit_and_never_below_clear_seabed(
    depth: float, outer: float
) -> None:
    cable = LineString([(30.0, 43.0), (32.0, 43.0)])
    rules = {"min_separation_m": 500.0, "separation_depths": 3.0, "outer_km": outer}
    found = seabed.follow_friction(GRID, lake(depth), [cable], **rules)
    separation_m, away = max(500.0, 3 * depth), distance_m(GRID, [cable], 1e6)
    limit_m = max(1000.0 * outer, 2 * separation_m)
    assert found.min() >= 0
    assert found.max() <= 1
    assert (found[away >= limit_m] == 1).all()
    np.testing.assert_allclose(found[away < separation_m], 1 - away[away < separation_m] / separation_m, atol=1e-5)
    between = (away >= separation_m) & (away < limit_m)
    np.testing.assert_allclose(found[between], (away[between] - separation_m) / (limit_m - separation_m), atol=1e-5)


def test_nothing_is_followed_where_the_depth_is_not_known_or_there_is_no_cable() -> None:
    rules = {"min_separation_m": 500.0, "separation_depths": 3.0, "outer_km": 20.0}
    assert (seabed.follow_friction(GRID, lake(np.nan), [SHAPES[0]], **rules) == 1).all()
    assert (seabed.follow_friction(GRID, lake(), [], **rules) == 1).all()


def test_a_raster_takes_means_of_fine_nodes_and_the_nearest_of_coarse_ones() -> None:
    lon, lat = 30 + (np.arange(200) + 0.5) / 100, 44 - (np.arange(200) + 0.5) / 100
    fine = np.add.outer(lat, lon)
    mean = seabed.raster_on_grid(GRID, lon, lat, fine, "mean")
    np.testing.assert_allclose(mean, fine.reshape(40, 5, 40, 5).mean((1, 3)), rtol=1e-6)
    greatest = seabed.raster_on_grid(GRID, lon, lat, fine, "greatest")
    np.testing.assert_allclose(greatest, fine.reshape(40, 5, 40, 5).max((1, 3)), rtol=1e-6)
    coarse = seabed.raster_on_grid(
        GRID, np.array([30.25, 30.75]), np.array([43.75, 43.25]), np.arange(4.0).reshape(2, 2), "mean"
    )
    assert set(np.unique(coarse[:20, :20])) == {0.0, 1.0, 2.0, 3.0}
    assert np.isnan(coarse[30:, :]).all()  # what it does not cover is not known, and not 0


def test_a_class_or_value_without_a_figure_is_refused() -> None:
    with pytest.raises(SeabedError, match="constraint `bottom` has no friction for `mud`: `classes` has sand"):
        seabed.class_friction("bottom", ["sand", "mud"], {"sand": 1.0}, None)
    with pytest.raises(SeabedError, match="`unknown_friction`"):
        seabed.class_friction("bottom", [""], {"sand": 1.0}, None)
    assert seabed.class_friction("bottom", ["", "sand"], {"sand": 1.0}, 3.0).tolist() == [3.0, 1.0]
    bands = [(0.0, 10.0, 0.5), (10.0, 20.0, 2.0)]
    assert seabed.band_friction("ships", [0.0, 9.9, 10.0, 20.0, np.nan], bands, 7.0).tolist() == [
        0.5,
        0.5,
        2.0,
        2.0,
        7.0,
    ]
    with pytest.raises(SeabedError, match="value 25, which lies in none of its bands 0…20"):
        seabed.band_friction("ships", [25.0], bands, None)


# What is read


def vector(folder: Path, file: str, geometry: Any, **columns: Any) -> Path:
    path = folder / file
    gpd.GeoDataFrame(columns, geometry=list(geometry), crs=4326).to_file(path)
    return path


def raster(folder: Path, name: str, values: np.ndarray, west: float = 30.0, north: float = 44.0, **more: Any) -> Path:
    profile = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "float32"}
    place = {"crs": "EPSG:4326", "transform": rasterio.transform.from_origin(west, north, 0.1, 0.1)}
    with rasterio.open(folder / name, "w", **profile, **(place | more)) as target:
        target.write(values.astype("float32"), 1)
    return folder / name


def read(path: Path, **wanted: Any) -> Any:
    return read_constraint(DataFile("constraints.x", path, "x"), Wanted("x", **wanted), BOUNDS)


def test_features_keep_what_the_file_says_and_those_far_away_are_left_out(tmp_path: Path) -> None:
    shapes = [Point(30.5, 43), Point(31, 43.5), Point(60, 10)]
    path = vector(tmp_path, "a.gpkg", shapes, name=["one", None, "far"], code=[1.0, 2.5, 3.0], POSACC=[10.0, None, 5.0])
    found = read(path, column="code")
    assert found.looked_through == 3
    assert found.layer["name"].tolist() == ["one", ""]
    assert found.layer["text"].tolist() == ["1", "2.5"]
    np.testing.assert_array_equal(found.layer["position_accuracy_m"], [10.0, np.nan])
    with pytest.raises(IngestError, match="no column `klass`, which constraint `x` names: it has name, code, POSACC"):
        read(path, column="klass")


def test_a_layer_of_another_sea_is_refused_and_so_is_a_raster(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"none of its 1 features lies in the study's area.*60…60° E"):
        read(vector(tmp_path, "far.gpkg", [Point(60, 10)]))
    with pytest.raises(IngestError, match="longitude and latitude look swapped"):
        read(vector(tmp_path, "swapped.gpkg", [Point(43, 31)]))
    with pytest.raises(IngestError, match=r"outside the study's area.*this sea"):
        read(raster(tmp_path, "far.tif", np.ones((5, 5)), west=120.0))
    with pytest.raises(IngestError, match="has no data"):
        read(raster(tmp_path, "empty.tif", np.full((20, 20), -9.0), nodata=-9))


def test_a_file_of_features_that_cannot_be_used_is_in_quarantine_and_not_of_another_sea(tmp_path: Path) -> None:
    found = read(vector(tmp_path, "a.gpkg", [None, None], name=["one", "two"]))
    assert (len(found.layer), len(found.quarantine)) == (0, 2)


def test_a_source_of_the_register_without_a_feature_here_is_noted(tmp_path: Path) -> None:
    path = vector(tmp_path, "far.gpkg", [Point(60, 10)])
    registered = DataFile("constraints.x", path, "x", is_registered=True)
    found = read_constraint(registered, Wanted("x"), BOUNDS)
    assert len(found.layer) == 0
    assert any("none of its 1 features lies in the study's area" in note for note in found.notes)


def test_what_cannot_be_used_is_in_quarantine_but_a_barrier_never_vanishes(tmp_path: Path) -> None:
    path = vector(tmp_path, "a.gpkg", [box(30, 42, 31, 43), None])
    found = read(path)
    assert len(found.layer) == 1
    assert found.quarantine["reason"].tolist() == [
        "the geometry is empty or cannot be read (an open ring, a line of one position)"
    ]
    with pytest.raises(IngestError, match=r"closes water cannot be used, and is never left out; feature 1"):
        read(path, is_closed=True)


@pytest.mark.parametrize(("off_deg", "outside"), [(0.8, False), (1.2, True)])
def test_what_lies_a_degree_or_more_from_the_area_is_outside(off_deg: float, outside: bool) -> None:
    west, south, east, north = BOUNDS
    for place in (Point(west - off_deg, south), Point(east, north + off_deg)):
        assert is_outside({"geometry": place}, BOUNDS) is outside


def test_classes_of_a_projected_raster_are_not_mixed(tmp_path: Path) -> None:
    values = np.where(np.indices((60, 60)).sum(0) % 2, 1.0, 5.0)
    place = rasterio.transform.from_origin(250_000, 4_870_000, 3000, 3000)
    values[20:30, 20:30] = -9
    found = read(raster(tmp_path, "utm.tif", values, crs="EPSG:32636", transform=place, nodata=-9))
    assert set(np.unique(found.values[np.isfinite(found.values)])) == {1.0, 5.0}


def test_an_empty_file_says_that_the_register_is_not_complete(tmp_path: Path) -> None:
    (tmp_path / "none.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    found = read(tmp_path / "none.geojson")
    assert found.looked_through == 0
    assert found.notes == ("register known incomplete here: no feature in none.geojson",)


# In a study


CONSTRAINT = '[[constraints]]\nid = "{id}"\nsource = "test"\nstatus = "ASSUMED"\n{keys}\n'


def study_text(**constraints: str) -> str:
    tables = "".join(CONSTRAINT.format(id=name.replace("_", "-"), keys=keys) for name, keys in constraints.items())
    return f'extends = "{BLACK_SEA}"\n[study]\nid = "constrained"\n{tables}'


def study_of(folder: Path, system: str = "", **constraints: str) -> Study:
    (folder / "study.toml").write_text(study_text(**constraints) + system)
    return load_study(folder / "study.toml", {"area.grid_step_arcsec": 600.0})


def inputs_of(folder: Path, system: str = "", **constraints: str) -> Inputs:
    study_of(folder, system, **constraints)
    return read_inputs(RunSettings(folder / "study.toml", overrides={"area.grid_step_arcsec": 600.0}, raw_dir=RAW))


def data(name: str) -> str:
    return f'data = {{ path = "{name}", citation = "test" }}'


def model(inputs: Inputs) -> Any:
    grid = inputs.study.area.grid()
    water = np.ones(grid.shape, bool)
    return grid, exact(grid, np.full(grid.shape, 100.0), water)


def test_every_role_acts_by_one_mechanism_with_a_weight_of_its_own(tmp_path: Path) -> None:
    vector(tmp_path, "areas.gpkg", [box(30, 43, 31, 44), box(33, 43, 34, 44)], bottom=["rock", "sand"])
    vector(tmp_path, "lines.gpkg", [LineString([(29, 42.5), (40, 42.5)])])
    raster(tmp_path, "ships.tif", np.tile([1.0, 8.0], (62, 75)), west=27.0, north=47.0)
    inputs = inputs_of(
        tmp_path,
        bottom=f'kind = "rock"\ncolumn = "bottom"\nclasses = {{ rock = 2.0, sand = 0.5 }}\n{data("areas.gpkg")}',
        seals=f'kind = "seal_site"\nfriction = 3.0\nreach_km = 50.0\nweight = 0.5\n{data("areas.gpkg")}',
        cables=f'kind = "telecom_cable"\nweight = 0.1\n{data("lines.gpkg")}',
        faults=f'kind = "fault_line"\nprice_km = 5.0\n{data("lines.gpkg")}',
        ships='kind = "ais_density"\nbands = [{ from_value = 0.0, to_value = 5.0, friction = 0.0 }, '
        f"{{ from_value = 5.0, to_value = 10.0, friction = 1.0 }}]\n{data('ships.tif')}",
        port=f'kind = "port_limit"\n{data("areas.gpkg")}',
    )
    grid, depth = model(inputs)
    found = frictions_of(inputs, grid, depth)
    assert list(found) == ["depth", "slope", "shallow", "unknown", "bottom", "seals", "cables", "faults", "ships"]
    assert {name: weight for name, (weight, _) in found.items() if name in ("seals", "cables", "faults")} == {
        "seals": 0.5, "cables": 0.1, "faults": 1.0,
    }  # fmt: skip

    def at(name: str, lon: float, lat: float) -> float:
        row, col = grid.to_rowcol(lon, lat)
        return float(found[name][1][round(float(row)), round(float(col))])

    assert (at("bottom", 30.5, 43.5), at("bottom", 33.5, 43.5), at("bottom", 32.0, 43.5)) == (2.0, 0.5, 0.0)
    assert at("seals", 30.5, 43.5) == 3.0
    assert 0 < at("seals", 31.25, 43.5) < 3.0
    assert at("cables", 35.0, 45.0) == 1.0
    assert 0 < found["ships"][1].mean() < 1
    col = int(np.argmin(np.abs(grid.lon_deg - 35.0)))
    dy_m = grid.spacing_m()[1][0]
    assert found["faults"][1][:, col].sum() * dy_m / 1000 == pytest.approx(5.0, rel=0.05)  # straight across


def test_one_that_is_turned_off_and_one_that_only_advises_change_no_cost(tmp_path: Path) -> None:
    vector(tmp_path, "areas.gpkg", [box(30, 43, 31, 44)])
    plain = load_study(BLACK_SEA, {"area.grid_step_arcsec": 600.0})
    season = 'season = { from_day = "11-15", to_day = "03-31" }\n'
    inputs = inputs_of(
        tmp_path,
        off=f'kind = "rock"\nfriction = 3.0\nweight = 0.0\n{data("areas.gpkg")}',
        advice=f'kind = "permit_zone"\n{season}{data("areas.gpkg")}',
        follow=f'kind = "telecom_cable"\n{data("areas.gpkg")}',
    )
    assert inputs.study.weights == {
        **plain.weights,
        "off": 0.0,
        "follow": 0.0,
    }  # following is off unless asked
    grid, depth = model(inputs)
    walls = np.zeros(grid.shape, bool)
    kept = [seabed.Steering(n, w, lambda f=f: f) for n, (w, f) in frictions_of(inputs, grid, depth).items()]
    without = [one for one in kept if one.name in plain.weights]
    np.testing.assert_array_equal(
        seabed.build_cost(grid, depth, kept, walls).friction_cost,
        seabed.build_cost(grid, depth, without, walls).friction_cost,
    )


def test_barriers_are_closed_with_their_buffers_and_grow_by_accuracy_on_request(tmp_path: Path) -> None:
    vector(tmp_path, "wrecks.gpkg", [Point(35, 43), Point(36, 43)], position_accuracy_m=[100.0, None], sort=["a", "b"])
    wreck = f'kind = "wreck"\nbuffer_m = 500.0\n{data("wrecks.gpkg")}'
    closed = closed_areas(inputs_of(tmp_path, wrecks=wreck))
    assert closed["buffer_m"].tolist() == [500.0, 500.0]
    assert closed["hazard_id"].tolist() == ["wrecks/0", "wrecks/1"]
    grown = closed_areas(
        inputs_of(tmp_path, wrecks=f"{wreck}\nadd_position_accuracy = true\ndefault_accuracy_m = 50.0")
    )
    assert grown["buffer_m"].tolist() == [600.0, 550.0]
    one = closed_areas(inputs_of(tmp_path, wrecks=f'{wreck}\ncolumn = "sort"\nclosed = ["b"]'))
    assert one["hazard_id"].tolist() == ["wrecks/1"]
    inputs = inputs_of(tmp_path, wrecks=f"{wreck}\nadd_position_accuracy = true")
    with pytest.raises(SeabedError, match="`wrecks/1` states none"):
        closed_areas(inputs)
    inputs = inputs_of(tmp_path, wrecks=f'{wreck}\ncolumn = "sort"\nclosed = ["c"]')
    with pytest.raises(SeabedError, match="closes the class `c`, which its layer does not have"):
        check_constraints(inputs, box(27, 40.8, 42, 47))


def test_a_raster_closes_the_cells_that_it_touches(tmp_path: Path) -> None:
    values = np.zeros((62, 150))
    values[30, 70:75] = 9
    raster(tmp_path, "mines.tif", values, west=27.0, north=47.0)
    closed = closed_areas(inputs_of(tmp_path, mines=f'kind = "uxo"\nclosed_from = 5.0\n{data("mines.tif")}'))
    nodes = [Point(27 + 0.1 * col + 0.05, 47 - 30 * 0.1 - 0.05) for col in range(70, 75)]
    assert all(closed.geometry.covers(node).any() for node in nodes)


def test_a_raster_that_leaves_water_out_needs_a_word_of_the_study(tmp_path: Path) -> None:
    raster(tmp_path, "half.tif", np.ones((62, 60)), west=27.0, north=47.0)
    sea, rock = box(27, 40.8, 42, 47), 'kind = "rock"\nclasses = { "1" = 1.0 }\n'
    inputs = inputs_of(tmp_path, rock=f"{rock}{data('half.tif')}")
    with pytest.raises(SeabedError, match=r"says nothing of 60 % of the water.*`unknown_friction`"):
        check_constraints(inputs, sea)
    check_constraints(inputs_of(tmp_path, rock=f"{rock}unknown_friction = 1.0\n{data('half.tif')}"), sea)
    inputs = inputs_of(tmp_path, rock=f'kind = "rock"\nclasses = {{ "2" = 1.0 }}\n{data("half.tif")}')
    with pytest.raises(SeabedError, match="no friction for `1`"):
        check_constraints(inputs, sea)
    inputs = inputs_of(tmp_path, rock=f'kind = "seal_site"\nfriction = 1.0\nreach_km = 2.0\n{data("half.tif")}')
    with pytest.raises(SeabedError, match="the other roles need features"):
        check_constraints(inputs, sea)


def test_a_system_that_asks_for_diversity_follows_no_such_cable(tmp_path: Path) -> None:
    lines = [LineString([(30, 43), (40, 43)]), LineString([(30, 44.5), (36, 44.5)])]
    vector(tmp_path, "lines.gpkg", lines, name=["Kafos", "Medtel"], kind=["telecom_cable", "pipeline"])
    follow = f'kind = "telecom_cable"\nweight = 0.1\n{data("lines.gpkg")}'
    diverse = '[[systems]]\nid = "batumi-varna"\ndiverse_from = ["{}"]\n'
    inputs = inputs_of(tmp_path, diverse.format("Kafos"), cables=follow)
    grid, depth = model(inputs)
    bed = type(
        "Bed", (), {"grid": grid, "depth": depth, "no_go": closed_areas(inputs), "water": box(27, 40.8, 42, 47)}
    )()
    cost = price_bed(inputs, bed)
    follows = cost.friction_cost < cost.of("batumi-varna") - 0.01
    assert follows.any()
    rows, _ = np.nonzero(follows)
    assert (np.abs(grid.lat_deg[rows] - 43.0) < 0.3).all()  # and the pipeline was never followed
    np.testing.assert_allclose(cost.of("batumi-varna").min(), 1.1, atol=0.31)
    assert cost.friction_cost.min() >= 1
    with pytest.raises(StudyError, match="asks for diversity from `Kafoss`, which is no cable"):
        check_constraints(inputs_of(tmp_path, diverse.format("Kafoss"), cables=follow), bed.water)


def test_friction_that_is_paid_may_be_that_of_a_constraint(tmp_path: Path) -> None:
    vector(tmp_path, "areas.gpkg", [box(30, 43, 31, 44)])
    rock = f'kind = "rock"\nfriction = 2.0\nweight = 1.5\n{data("areas.gpkg")}'
    inputs = inputs_of(tmp_path, bottom=rock)
    grid, depth = model(inputs)
    cost = seabed.CostSurface(np.ones(grid.shape, np.float32), {"depth": np.full(grid.shape, 0.5, np.float32)})
    ground = SimpleNamespace(grid=grid, depth=depth, cost=cost)
    for names, inside, outside in ((("bottom",), 3.0, 0.0), (("bottom", "depth"), 3.5, 0.5), (("depth",), 0.5, 0.5)):
        paid = np.sum(paid_friction(inputs, ground, SimpleNamespace(paid_criteria=names)), axis=0)  # type: ignore[arg-type]
        at = grid.to_rowcol(np.array([30.5, 35.5]), np.array([43.5, 43.5]))
        np.testing.assert_allclose(paid[tuple(np.rint(part).astype(int) for part in at)], [inside, outside])


def test_a_strong_weight_of_following_is_noted(tmp_path: Path) -> None:
    vector(tmp_path, "lines.gpkg", [LineString([(29, 42.5), (40, 42.5)])])
    weak, strong = (f'kind = "telecom_cable"\nweight = {weight}\n{data("lines.gpkg")}' for weight in (0.1, 0.11))
    assert not list(study_notes(study_of(tmp_path, cables=weak)))
    (note,) = study_notes(study_of(tmp_path, cables=strong))
    assert note.startswith("constraint cables: its weight 0.11 is more than 0.1")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('kind = "anchorage"', "give one of `data`"),
        (
            'kind = "anchoring"\ndata = { path = "a", citation = "x" }',
            "kind` is 'anchoring': input should be 'platform'",
        ),
        ('kind = "rock"\ndata = { path = "a", citation = "x" }', "give one of `friction`, `classes`"),
        ('kind = "rock"\nfriction = 1.0\ndata = { path = "a" }', "needs `citation`"),
        ('kind = "seal_site"\nfriction = 1.0\ndata = { path = "a", citation = "x" }', "reach_km` is missing"),
        ('kind = "pipeline"\nrole = "follow"\ndata = { path = "a", citation = "x" }', "only on request"),
        (
            'kind = "wreck"\nfrom_source = "hazards"',
            "takes its features from sources.hazards, which the study does not",
        ),
        ('kind = "wreck"\nbuffer_m = -1.0\ndata = { path = "a", citation = "x" }', "buffer_m` is -1.0"),
        ('kind = "wreck"\nseason = { from_day = "13-01", to_day = "03-31" }', "from_day"),
        ('kind = "rock"\nfriction = 1.0\nbuffer_m = 3.0\ndata = { path = "a", citation = "x" }', "not a key"),
    ],
)
def test_a_wrong_table_is_one_sentence(keys: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=says):
        study_of(tmp_path, rocks=keys)


def test_ids_of_criteria_are_taken(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="`slope`, which is a criterion's"):
        study_of(tmp_path, slope='kind = "rock"\nfriction = 1.0\ndata = { path = "a", citation = "x" }')


def test_weights_are_set_by_dotted_keys_like_those_of_criteria(tmp_path: Path) -> None:
    keys = 'kind = "rock"\nfriction = 1.0\ndata = { path = "a", citation = "x" }'
    (tmp_path / "study.toml").write_text(study_text(rocks=keys))
    study = load_study(tmp_path / "study.toml", {"constraints.rocks.weight": 3.0, "criteria.slope.weight": 2.0})
    assert (study.weights["rocks"], study.weights["slope"]) == (3.0, 2.0)
    assert study.with_weights({"rocks": 4.0}).weights == {**study.weights, "rocks": 4.0}
    assert (study.weight_key("rocks"), study.weight_key("slope")) == (
        "constraints.rocks.weight",
        "criteria.slope.weight",
    )


# The listing


PROFILE = seabed_profile(GRID, np.full(GRID.shape, 50.0, np.float32), np.array([[30.1, 43.0], [31.9, 43.0]]), 0.1, 0.5)
ABOUT = Feature("", "anchorages", "anchorage", Point(), 0.0, None, 0.5, "anchors", "11-15 to 03-31")


def test_features_far_from_a_route_cost_the_listing_nothing_and_those_near_stand_in_it() -> None:
    rng = np.random.default_rng(3)
    places = rng.uniform(30, 32, 5000)
    far = [Feature(f"f{i}", "far", "wreck", Point(x, 43.6), 0.0, 1.0, 0.5) for i, x in enumerate(places)]
    near = Feature("n", "near", "wreck", Point(31.0, 43.008), 2000.0, 10.0, 1.5, "wrecks", "06-01 to 08-31")
    unlisted = Feature("u", "unlisted", "wreck", Point(31.0, 43.0), 0.0, 1.0)
    found = hazard_listing(PROFILE, [*far, near, unlisted], {})
    assert [item.what for item in found] == ["near"]
    assert found[0].verdict == "inside"
    places = zip(PROFILE.lon_deg, PROFILE.lat_deg, strict=True)
    away = min(Geodesic.WGS84.Inverse(lat, lon, 43.008, 31.0)["s12"] for lon, lat in places)
    assert found[0].nearest_m == pytest.approx(away, abs=20)


def test_a_raster_is_listed_by_class_or_band_and_where_it_has_no_data() -> None:
    values = np.zeros((20, 20), np.float32)
    values[:, 5:8], values[:, 15:] = 3.0, np.nan
    lon, lat = 30 + 0.1 * np.arange(20) + 0.05, 44 - 0.1 * np.arange(20) - 0.05
    found = surface_listing(PROFILE, [Surface(ABOUT, lon, lat, values, unlisted=(0.0,))])
    assert [item.what for item in found] == ["anchorages: no data", "anchorages: 3"]
    assert found[0].verdict == "insufficient information"
    assert found[1].to_km - found[1].from_km == pytest.approx(0.3 * 81.5, abs=1.5)
    banded = surface_listing(PROFILE, [Surface(ABOUT, lon, lat, values, limits=(0.0, 2.0), unlisted=(1.0,))])
    assert [item.what for item in banded] == ["anchorages: no data", "anchorages: from 2"]


def test_a_map_that_closes_nothing_asks_for_no_distance() -> None:
    """A route lies somewhere on every map of soils: it is listed, and no reason to lay it elsewhere."""
    soil = Feature("s", "bottom: Sand", "other", box(30.5, 42.9, 31.2, 43.1), 0.0, 500.0, 0.5, "bottom")
    zone = Feature("z", "practice area", "military_area", box(31.3, 42.9, 31.4, 43.1), 200.0, 10.0, 0.5, "military")
    volcano = Feature("m", "mud volcano", "mud_volcano", Point(31.6, 43.0), 2000.0, 1.0, 0.5)
    kinds = {}
    for feature in (soil, zone, volcano):
        nearby = hazard_listing(PROFILE, [feature], {})
        assert [item.verdict for item in nearby] == ["inside"]
        (found,) = hazard_findings("main", cast(EngineeredRoute, SimpleNamespace(nearby=nearby, profile=PROFILE)))
        kinds[feature.feature_id] = found.kind, found.severity
    assert kinds == {
        "s": ("passes what is listed", "minor"),
        "z": ("hazard too near", "major"),
        "m": ("hazard too near", "major"),
    }


def test_where_nothing_is_near_the_listing_says_what_was_looked_through() -> None:
    [silent] = silent_registers(PROFILE, [Register(ABOUT, "12 features")], ())
    assert silent.what == "anchorages: register known incomplete here; looked through: 12 features"
    assert silent.verdict == "insufficient information"
    assert (silent.from_km, silent.to_km) == (0.0, PROFILE.length_km)
    heard = hazard_listing(PROFILE, [Feature("n", "n", "wreck", Point(31.0, 43.0), 0.0, 1.0, 0.5, "anchors")], {})
    assert silent_registers(PROFILE, [Register(ABOUT, "12 features")], heard) == ()


def test_every_kind_of_the_trade_has_a_name_a_symbol_and_a_usual_role() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    shown = {category.value: category.label for category in CORE_STYLES["constraints"][0].categories}
    assert shown == {kind.name: kind.label for kind in KINDS}
    assert {"anchorage", "marine_protected_area", "wreck", "uxo", "sand_wave", "ramsar_site", "licence_block"} <= set(
        names
    )


def test_what_was_read_is_one_of_two_kinds() -> None:
    assert ConstraintRaster(np.ones((2, 2), np.float32), np.arange(2.0), np.arange(2.0)).told.endswith("100 % known")
    assert ConstraintFeatures.__doc__
