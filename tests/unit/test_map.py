"""The map: the same bytes again, also for a run without routes or depths, and a scale bar that is true."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from matplotlib.figure import Figure
from shapely import LineString, MultiPolygon, Point, box

from tests.layer_tables import PUBLISHED
from transcaspian.core.frames import frame
from transcaspian.core.grid import Grid
from transcaspian.core.layers import (
    ALTERNATIVES,
    COASTLINE,
    COST_TOLERANCE_ZONES,
    HAZARDS,
    KP_MARKS,
    LANDING_POINTS,
    NO_GO,
    ROUTES,
)
from transcaspian.core.vocabulary import HAZARD_KINDS
from transcaspian.report.chart import drawn_note, drawn_of, scale_bar
from transcaspian.report.map_picture import HAZARD_MARKS, draw_map, extent, has_neighbour_east, legend

GRID = Grid(48.0, 44.0, 0.05, 80, 100)
EMPTY = {layer.name: frame(layer, []) for layer in PUBLISHED}
LINE = LineString([(49.5, 41.0), (51.5, 43.0)])
LAYERS = EMPTY | {
    "coastline": frame(COASTLINE, [{"geometry": box(48.2, 40.2, 52.8, 43.8)}]),
    "routes": frame(ROUTES, [{"system_id": "main", "length_km": 279.0, "geometry": LINE}]),
    "kp_marks": frame(
        KP_MARKS, [{"system_id": "main", "kp_km": 50.0, "bearing_deg": 36.0, "geometry": Point(50, 41.5)}]
    ),
    "cost_tolerance_zones": frame(
        COST_TOLERANCE_ZONES,
        [
            {"system_id": "main", "excess_limit": limit, "geometry": MultiPolygon([LINE.buffer(20 * limit)])}
            for limit in (0.01, 0.02)
        ],
    ),
    "alternatives": frame(
        ALTERNATIVES,
        [
            {
                "system_id": "main",
                "rank": 1,
                "length_km": 400.0,
                "excess": 0.1,
                "min_separation_km": 10.0,
                "geometry": LineString([(49.5, 41), (51.9, 41), (51.5, 43)]),
            }
        ],
    ),
    "landing_points": frame(LANDING_POINTS, [{"name": "Şüvəlan", "geometry": Point(49.5, 41.0)}]),
    "hazards": frame(HAZARDS, [{"kind": kind, "no_go": False, "geometry": Point(50, 42)} for kind in HAZARD_KINDS]),
    "no_go": frame(NO_GO, [{"geometry": box(50.5, 41, 51, 41.5)}]),
}


def draw(path: Path, layers: dict[str, gpd.GeoDataFrame], depth_m: np.ndarray) -> bytes:
    draw_map(path, grid=GRID, depth_m=depth_m, layers=layers, title="Sea · revision A", credits="sources " * 60)
    return path.read_bytes()


def test_the_same_run_gives_the_same_picture(tmp_path: Path) -> None:
    depth_m = np.hypot(*np.indices(GRID.shape)).astype(np.float32) * 8
    depth_m[:5] = np.nan
    first = draw(tmp_path / "a.png", LAYERS, depth_m)
    assert first.startswith(b"\x89PNG")
    assert first == draw(tmp_path / "b.png", LAYERS, depth_m)
    assert int.from_bytes(first[16:20]) == 1600


@pytest.mark.parametrize("depth_m", [np.nan, 0.0], ids=["unknown", "flat"])
def test_a_run_without_anything_still_has_a_map(tmp_path: Path, depth_m: float) -> None:
    assert draw(tmp_path / "a.png", EMPTY, np.full(GRID.shape, depth_m, np.float32)).startswith(b"\x89PNG")


def test_every_kind_of_hazard_has_a_mark() -> None:
    assert set(HAZARD_MARKS) == set(HAZARD_KINDS)


def test_the_legend_tells_of_corridors_and_alternatives_where_there_are_some() -> None:
    labels = [handle.get_label() for handle in legend(LAYERS)]
    assert "cost-tolerance zones: lines up to 2 % over the route" in labels
    assert "alternatives, 10 km off except near the ends" in labels
    assert not any(
        "over the path" in handle.get_label() or "alternatives" in handle.get_label() for handle in legend(EMPTY)
    )


def test_the_map_holds_all_routes_and_stays_in_the_grid() -> None:
    west, south, east, north = extent(GRID, LAYERS)
    assert box(west, south, east, north).contains(LINE)
    assert box(west, south, east, north).contains(LAYERS["alternatives"].geometry[0])
    assert box(*GRID.bounds).covers(box(west, south, east, north))
    assert extent(GRID, EMPTY) == GRID.bounds


@pytest.mark.parametrize(
    ("west", "south", "east", "north"), [(48, 38, 54, 45), (48.5, 41, 49.2, 41.6), (-5, 60, 9, 66)]
)
def test_the_scale_bar_is_as_long_as_it_says(west: float, south: float, east: float, north: float) -> None:
    axes = Figure().add_subplot()
    scale_bar(axes, west, south, east, north)
    (bar,), (label,) = axes.lines, axes.texts
    (lon_1, lon_2), (lat_1, lat_2) = bar.get_data()
    length_km = Geodesic.WGS84.Inverse(lat_1, lon_1, lat_2, lon_2)["s12"] / 1000
    assert length_km == pytest.approx(float(label.get_text().removesuffix(" km")), rel=2e-3)


def test_names_of_close_landings_turn_away_from_each_other() -> None:
    places = frame(LANDING_POINTS, [{"geometry": Point(*at)} for at in ((49.68, 40.60), (50.11, 40.52), (53, 40))])
    assert [has_neighbour_east(place, places) for place in places.geometry] == [True, False, False]


def test_a_crowded_map_shows_the_features_that_are_nearest_to_the_routes_and_says_so() -> None:
    lon = np.linspace(49.0, 54.0, 5000)
    crowd = gpd.GeoDataFrame(
        {"hazard_id": range(5000)}, geometry=gpd.points_from_xy(lon, np.full(5000, 41.0)), crs=4326
    )
    layers = dict(LAYERS) | {"hazards": crowd}
    shown, away = drawn_of(layers, "hazards"), crowd.distance(LAYERS["routes"].union_all())
    assert len(shown) == 2000
    assert away[shown.index].max() <= away.drop(shown.index).min()
    assert shown["hazard_id"].is_monotonic_increasing
    assert drawn_note(layers, "hazards") == "2,000 of 5,000, the nearest to the routes"
    assert drawn_note(LAYERS, "hazards") == ""
