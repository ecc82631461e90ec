"""Water in tiles: seams between them are no shores, and neither is the edge of a tile whose neighbour is missing."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import LandingError, SeabedError
from transcaspian.engineering import Border
from transcaspian.engineering.sectors import shores_of
from transcaspian.ingest.seabed_raster import SeabedRaster
from transcaspian.routing.landing import snap_to_shore
from transcaspian.runs.stages.inputs import joined, shores_in
from transcaspian.runs.stages.tiles import cut_edges
from transcaspian.seabed import check_elevation

AREA = (0.0, 39.0, 4.0, 43.0)
ISLAND = shapely.Point(1.3, 41.2).buffer(0.08)
SEA = shapely.Point(1.5, 41.0).buffer(1.0, quad_segs=40).difference(ISLAND)


def tiles(gap_deg: float, offset: float = 0.0) -> list[BaseGeometry]:
    """The sea in tiles of 0.75°, whose columns lie `offset` beside each other, with gaps between them."""
    found: list[BaseGeometry] = []
    for col, west in enumerate(np.arange(0.0, 3.0, 0.75)):
        for south in np.arange(39.0, 42.75, 0.75) + offset * (col % 2):
            edge = gap_deg / 2
            tile = shapely.box(west + edge, south + edge, west + 0.75 - edge, south + 0.75 - edge)
            found += [part for part in shapely.get_parts(SEA.intersection(tile)) if part.area > 0]
    return found


def united(bodies: list[BaseGeometry]) -> tuple[BaseGeometry, int]:
    layer = SimpleNamespace(layer=gpd.GeoDataFrame(geometry=bodies, crs=4326))
    inputs = SimpleNamespace(layers={"shoreline": layer}, study=SimpleNamespace(area=SimpleNamespace(bounds=AREA)))
    return joined(inputs)  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(gap_deg=st.floats(1e-9, 1e-6), offset=st.sampled_from([0.0, 0.3]))
def test_gaps_of_rounding_are_closed_and_told_and_no_shore_moves(gap_deg: float, offset: float) -> None:
    water, gone = united(tiles(gap_deg, offset))
    assert shores_in(water) == 2
    assert gone > 0
    assert shapely.hausdorff_distance(water.boundary, SEA.boundary) < 1e-6


@settings(max_examples=20, deadline=None)
@given(lon=st.floats(0.3, 2.7), lat=st.floats(39.8, 42.2))
def test_landings_come_ashore_on_the_true_shore_alone(lon: float, lat: float) -> None:
    water, _ = united(tiles(1e-7))
    shore = snap_to_shore(water, lon, lat, 200.0, "A", AREA)
    assert SEA.boundary.distance(shapely.Point(shore.lonlat)) < 2e-6
    assert cut_edges(water, tiles(1e-7)).is_empty


def test_the_edge_of_a_missing_tile_is_no_shore() -> None:
    bodies = [tile for tile in tiles(0.0) if not tile.contains(shapely.Point(1.9, 40.8))]
    water, _ = united(bodies)
    cuts = cut_edges(water, bodies)
    assert cuts.length == pytest.approx(3.0, abs=0.1)
    assert shapely.dwithin(cuts, shapely.Point(snap_to_shore(water, 1.6, 40.8, 200.0, "A", AREA).lonlat), 2e-6)


@pytest.mark.parametrize("rounding", [0.0, 4e-7])
def test_the_edge_of_the_area_is_no_shore_though_the_file_was_cut_there(rounding: float) -> None:
    west, south, east, north = area = (0.0, 39.0, 1.5, 43.0)
    water = SEA.intersection(shapely.box(west, south, east - rounding, north))
    shore = snap_to_shore(water, 1.45, 40.9, 200.0, "A", area)
    assert SEA.boundary.distance(shapely.Point(shore.lonlat)) < 1e-5
    with pytest.raises(LandingError, match="more than the 10 km allowed"):
        snap_to_shore(water, 1.45, 40.9, 10.0, "A", area)


def test_borders_beyond_a_smaller_area_tell_whose_the_shore_at_its_edge_is() -> None:
    borders = [Border("AA", "BB", 1.5, 42.0), Border("BB", "BB", 2.5, 41.0)]
    borders += [Border("BB", "AA", 1.5, 40.0), Border("AA", "AA", 0.5, 41.0)]
    area = (0.0, 40.5, 4.0, 43.0)
    part = shores_of(SEA.intersection(shapely.box(*area)), borders, 10.0, area)
    assert part.states == ("AA", "BB")
    west, east = ([*points[shapely.distance(shapely.points(points), ISLAND) > 0.01].T] for points in part.lonlat)
    for lon, lat in (west, east):
        assert lat.min() > 40.5  # the edge of the area is the shore of no state
        assert lon.size > 100
    assert west[0].max() < 1.51
    assert east[0].min() > 1.49


def test_land_given_as_water_is_named() -> None:
    lon, lat = np.linspace(0, 3, 31), np.linspace(43, 39, 41)
    inside = shapely.contains_xy(SEA, *np.meshgrid(lon, lat))
    raster = SeabedRaster(np.where(inside, -80.0, 150.0).astype("float32"), lon, lat, 0.1, "s")
    check_elevation(raster, SEA, 0.0)
    with pytest.raises(SeabedError, match="looks like land given as water"):
        check_elevation(raster, shapely.box(*AREA).difference(SEA), 0.0)
