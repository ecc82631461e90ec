"""A barrier never vanishes: what closes water, and land, is used as it is given, or stops the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from transcaspian.core.errors import IngestError, SeabedError
from transcaspian.core.layers import COASTLINE, EARTHQUAKES, HAZARDS
from transcaspian.ingest import Ingested, read_layer
from transcaspian.ingest.geometry import UnusableError, usable_geometry
from transcaspian.seabed import no_go_areas
from transcaspian.sources.datafile import DataFile

BOUNDS = (46.0, 36.25, 55.0, 47.75)
FORMATS = ("geojson", "gpkg", "shp", "fgb")
GOOD = {"hazard_id": "good", "name": "Platform", "kind": "platform", "no_go": "false"}
BAD = {"hazard_id": "wall", "name": "Firing range", "kind": "restricted_area", "no_go": "true"}
RANGE = box(48.0, 41.6, 53.0, 41.7)
POINTS = np.random.default_rng(1).uniform(-1.0, 21.0, (400, 2))


def read(path: Path, role: str = "hazards", *, registered: bool = False) -> Ingested:
    return read_layer(DataFile(role, path, path.stem, citation="t", is_registered=registered), bounds=BOUNDS)


def hazards(path: Path, *rows: tuple[dict[str, Any], Any], crs: Any = 4326) -> Path:
    """A file of hazards, of text alone but for the shapes: what no format changes."""
    frame = gpd.GeoDataFrame([row for row, _ in rows], geometry=[shape for _, shape in rows], crs=crs)
    frame.to_file(path)
    return path


def geojson(path: Path, *features: tuple[dict[str, Any], Any]) -> Path:
    """A feature collection of geometries as they are written, be they any or not."""
    rows = [{"type": "Feature", "properties": given, "geometry": geometry} for given, geometry in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    return path


# repair


rings = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=9, unique=True)
polygons = st.tuples(rings, st.lists(rings, max_size=2))


def winds(ring: list[tuple[int, int]], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a ring goes round each point: its winding number by the sum of angles, which no library counts for us."""
    around = np.array([*ring, ring[0]], float) - points[:, None]
    angles = np.arctan2(around[..., 1], around[..., 0])
    turns = np.diff(angles, axis=1)
    return np.round(((turns + np.pi) % (2 * np.pi) - np.pi).sum(axis=1) / (2 * np.pi)) != 0


@given(st.lists(polygons, min_size=1, max_size=3))
def test_repair_keeps_inside_all_that_a_shell_goes_round_and_outside_all_that_a_hole_goes_round(
    drawn: list[tuple[list[tuple[int, int]], list[list[tuple[int, int]]]]],
) -> None:
    geometry = MultiPolygon([Polygon(shell, holes) for shell, holes in drawn])
    assume(all(Polygon(ring).convex_hull.area > 0 for shell, holes in drawn for ring in (shell, *holes)))
    kept, told = usable_geometry(HAZARDS, geometry)
    edges = shapely.union_all([LineString([*r, r[0]]) for shell, holes in drawn for r in (shell, *holes)])
    points = POINTS[shapely.distance(shapely.points(POINTS), edges) > 1e-6]
    closed = np.zeros(len(points), bool)
    for shell, holes in drawn:
        closed |= winds(shell, points) & ~np.any(
            [np.zeros(len(points), bool), *(winds(h, points) for h in holes)], axis=0
        )
    np.testing.assert_array_equal(shapely.intersects(kept, shapely.points(points)), closed)
    assert bool(told) != geometry.is_valid
    assert kept.is_valid


def test_where_two_parts_overlap_it_stays_closed_and_both_areas_are_told(tmp_path: Path) -> None:
    parts = MultiPolygon([box(46.5, 41.6, 51.3, 42.0), box(50.6, 41.5, 54.8, 41.9)])
    found = read(hazards(tmp_path / "h.geojson", (BAD, parts)))
    assert found.layer.geometry[0].contains(Point(51.0, 41.8))
    assert found.counts.repaired == 1
    assert (
        "h.geojson: 1 repaired: `wall`: Self-intersection at 51.3 41.9, 33,255.1 km² as drawn, 31,315.2 km² as "
        in (found.notes[0])
    )


def test_the_areas_that_are_told_are_those_of_the_ellipsoid() -> None:
    eight = Polygon([(50, 40), (52, 42), (52, 40), (50, 42)])
    kept, told = usable_geometry(HAZARDS, eight)
    flat = gpd.GeoSeries([kept], crs=4326).to_crs("ESRI:54034").area[0] / 1e6  # equal area on the ellipsoid
    after = float(told.split(" km² as drawn, ")[1].split(" km²")[0].replace(",", ""))
    assert after == pytest.approx(flat, rel=1e-3)
    assert float(told.split(", ")[1].split(" km²")[0].replace(",", "")) < flat / 50, "two loops that wind oppositely"


def test_a_hole_along_the_shell_stays_land(tmp_path: Path) -> None:
    water = Polygon(box(48, 40, 52, 44).exterior, [[(49.5, 40), (50.5, 40), (50, 43)]])
    found = read(hazards(tmp_path / "w.geojson", ({}, water)), "shoreline")
    assert not found.layer.geometry[0].contains(Point(50, 41))
    assert found.layer.geometry[0].area == pytest.approx(16 - 1.5)
    assert "1 repaired: `w-0`: Self-intersection" in found.notes[0]


def test_overlapping_islands_stay_land_to_their_whole_extent() -> None:
    water = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 6, 6).exterior.coords, box(4, 4, 8, 8).exterior.coords])
    kept, _ = usable_geometry(COASTLINE, water)
    assert kept.area == pytest.approx(100 - 28)


@pytest.mark.parametrize("rows", [[MultiPolygon([box(48, 40, 52, 44), box(49, 41, 50, 42)])],
                                  [box(48, 40, 52, 44), box(49, 41, 50, 42)]], ids=["part", "feature"])  # fmt: skip
def test_water_inside_water_may_be_an_island_and_is_not_guessed(tmp_path: Path, rows: list[Any]) -> None:
    path = hazards(tmp_path / "w.gpkg", *[({"name": str(n)}, shape) for n, shape in enumerate(rows)])
    with pytest.raises(IngestError, match=r"w\.gpkg: .*inside.*an island must be a hole of its polygon"):
        read(path, "shoreline")


def test_a_hole_outside_the_shell_is_no_water() -> None:
    drawn = Polygon(box(0, 0, 10, 10).exterior, [box(18, 2, 20, 4).exterior.coords])
    kept, _ = usable_geometry(COASTLINE, drawn)
    assert kept.equals(box(0, 0, 10, 10))


def test_a_lake_on_an_island_is_none_of_these() -> None:
    sea = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 8, 8).exterior.coords])
    kept, told = usable_geometry(COASTLINE, MultiPolygon([sea, box(4, 4, 5, 5)]))
    assert (kept.area, told) == (pytest.approx(65), "")


def test_a_part_that_encloses_nothing_is_closed_by_its_buffer_or_refused() -> None:
    kept, _ = usable_geometry(HAZARDS, MultiPolygon([box(50, 41, 51, 42), Polygon([(52, 41), (53, 42), (52.5, 41.5)])]))
    (area,) = no_go_areas([("a", kept, 500.0)])
    assert area.contains(Point(52.5, 41.5))
    with pytest.raises(SeabedError, match="not with all its parts"):
        no_go_areas([("a", kept, 0.0)])


def test_no_part_of_a_collection_is_lost() -> None:
    mixed = GeometryCollection([Polygon([(50, 40), (51, 41), (51, 40), (50, 41)]), LineString([(52, 41), (53, 41)])])
    kept, _ = usable_geometry(HAZARDS, mixed)
    (area,) = no_go_areas([("a", kept, 100.0)])
    assert area.contains(Point(52.5, 41))
    with pytest.raises(SeabedError, match="closes no area"):
        no_go_areas([("a", kept, 0.0)])


def test_an_epicentre_is_one_point() -> None:
    assert usable_geometry(EARTHQUAKES, MultiPoint([(50, 41)])) == (Point(50, 41), "")
    with pytest.raises(UnusableError, match="2 points"):
        usable_geometry(EARTHQUAKES, MultiPoint([(50, 41), (51, 41)]))


# what cannot be used


UNREADABLE = {
    "no name": ({"name": None}, RANGE, "name is empty"),
    "blank name": ({"name": "  "}, RANGE, "name is empty"),
    "unknown kind": ({"kind": "exclusion zone"}, RANGE, "kind is 'exclusion zone'"),
    "no kind": ({"kind": None}, RANGE, "kind is empty"),
    "unknown kind, no_go not said": ({"kind": "kraken", "no_go": None}, RANGE, "kind is 'kraken'"),
    "no_go unreadable": ({"no_go": "perhaps"}, RANGE, "no_go is 'perhaps'"),
    "no geometry": ({}, None, "the geometry is empty"),
    "buffer of text": ({"buffer_m": "wide"}, RANGE, "buffer_m is 'wide'"),
    "negative buffer": ({"buffer_m": "-5"}, RANGE, "buffer_m is '-5'"),
    "unknown status": ({"status": "TRUE"}, RANGE, "status is 'TRUE'"),
}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_or_may_be_a_no_go_area_stops_the_run(tmp_path: Path, case: str, suffix: str) -> None:
    changes, shape, says = UNREADABLE[case]
    if shape is None and suffix == "fgb":
        return  # the format has none
    path = hazards(tmp_path / f"h.{suffix}", (GOOD, box(50, 44, 50.1, 44.1)), (BAD | changes, shape))
    with pytest.raises(IngestError) as stopped:
        read(path)
    for word in (str(path), "feature 1 (wall", says, "no-go", "Correct it"):
        assert word in str(stopped.value)


@pytest.mark.parametrize("case", sorted(UNREADABLE.keys() - {"no_go unreadable"}))
def test_the_same_that_says_it_closes_nothing_is_quarantined(tmp_path: Path, case: str) -> None:
    changes, shape, says = UNREADABLE[case]
    row = BAD | changes | {"no_go": "false"}
    found = read(hazards(tmp_path / "h.geojson", (GOOD, box(50, 44, 50.1, 44.1)), (row, shape)))
    assert says in found.quarantine["reason"][0]


@pytest.mark.parametrize(("shape", "stops"), [(box(60, 41, 61, 42), False), (box(55.5, 41, 56, 42), True)])
def test_what_is_plainly_outside_is_quarantined(tmp_path: Path, shape: Polygon, stops: bool) -> None:
    path = hazards(tmp_path / "h.gpkg", (GOOD, box(50, 44, 50.1, 44.1)), (BAD | {"name": None}, shape))
    if stops:
        with pytest.raises(IngestError, match="no-go"):
            read(path)
    else:
        assert read(path).counts.quarantined == 1


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[50, 40], [51, 40], [51, 41]]]},
        {"type": "Polygon", "coordinates": [[[50, 40], [51, 40], [None, 41], [50, 40]]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygn", "coordinates": [[[50, 40], [51, 40], [51, 41], [50, 40]]]},
        {
            "type": "MultiPolygon",
            "coordinates": [[[[50, 40], [51, 40], [51, 41], [50, 40]]], [[["x", 40], [53, 40], [53, 41], [52, 40]]]],
        },
        {"type": "MultiPolygon", "coordinates": [[[[50, 40], [51, 40], [51, 41], [50, 40]]], []]},
        {"type": "GeometryCollection", "geometries": [None, {"type": "Point", "coordinates": [50, 40]}]},
        {"type": "Point", "coordinates": [500000, 4600000]},
    ],
)
def test_a_geometry_that_is_broken_in_part_is_not_used_in_part(tmp_path: Path, geometry: dict[str, Any]) -> None:
    good = {"type": "Point", "coordinates": [50, 44]}
    with pytest.raises(IngestError, match=r"h\.geojson: .*never left out; feature 1 \(wall, Firing range\): "):
        read(geojson(tmp_path / "h.geojson", (GOOD, good), (BAD, geometry)))


def test_an_island_with_a_position_that_is_none_is_not_lost(tmp_path: Path) -> None:
    sea, island = [[48, 40], [52, 40], [52, 44], [48, 44], [48, 40]], [["x", 41], [50, 41], [50, 42], [49, 41]]
    tile = {"type": "Polygon", "coordinates": [[[46, 40], [48, 40], [48, 44], [46, 44], [46, 40]]]}
    path = geojson(tmp_path / "w.geojson", ({}, tile), ({}, {"type": "Polygon", "coordinates": [sea, island]}))
    with pytest.raises(IngestError, match="part of the shoreline cannot be used; feature 1: a coordinate is not a num"):
        read(path, "shoreline")


def test_no_feature_of_a_shapefile_is_lost_with_its_row(tmp_path: Path) -> None:
    path = hazards(tmp_path / "h.shp", (GOOD, box(50, 44, 50.1, 44.1)), (BAD, RANGE))
    table = path.with_suffix(".dbf")
    header = bytearray(table.read_bytes())
    header[4:8] = (1).to_bytes(4, "little")
    table.write_bytes(bytes(header))
    with pytest.raises(IngestError, match=r"h\.shp holds 2 shapes by its index, of which 1"):
        read(path)


def test_csv_of_no_go_points(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("hazard_id,name,kind,lon,lat,no_go\np1,A,platform,50,43,false\np3,C,platform,,43.5,true\n")
    with pytest.raises(IngestError, match=r"feature 1 \(p3, C\): the geometry is empty"):
        read(path)


def test_a_column_that_is_called_nogo_closes(tmp_path: Path) -> None:
    row = {name: value for name, value in BAD.items() if name != "no_go"} | {"NoGo": "yes"}
    assert read(hazards(tmp_path / "h.gpkg", (row, RANGE))).layer["no_go"].tolist() == [True]


# what lies elsewhere


def of_role(role: str, shape: Callable[[float, float], Any], at: tuple[float, float]) -> gpd.GeoDataFrame:
    columns: dict[str, Any] = {"name": "n", "state_a": "AZ", "state_b": "KZ", "zone": "seabed", "mag": 5.0}
    columns |= {"kind": "pipeline", "state": "planned"} if role == "cables" else {"kind": "platform", "state": "AZ"}
    return gpd.GeoDataFrame({name: [value] for name, value in columns.items()}, geometry=[shape(*at)], crs=4326)


SHAPES: dict[str, Callable[[float, float], Any]] = {
    "shoreline": lambda lon, lat: box(lon, lat, lon + 1, lat + 1),
    "sectors": lambda lon, lat: box(lon, lat, lon + 1, lat + 1),
    "cables": lambda lon, lat: LineString([(lon, lat), (lon + 1, lat + 1)]),
    "hazards": Point,
    "earthquakes": Point,
    "borders": Point,
}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("role", SHAPES)
def test_a_file_of_features_of_which_none_lies_in_the_area_is_refused(tmp_path: Path, role: str, suffix: str) -> None:
    there, here = tmp_path / f"there.{suffix}", tmp_path / f"here.{suffix}"
    of_role(role, SHAPES[role], (-9.0, 40.0)).to_file(there)
    of_role(role, SHAPES[role], (50.0, 40.0)).to_file(here)
    with pytest.raises(IngestError, match=rf"there\.{suffix}: none of its 1 features lies in the study's area 46…55°"):
        read(there, role)
    assert read(here, role).counts.kept == 1


def test_a_csv_of_features_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("event_id,lon,lat,mag\na,-9,40,5\nb,-8,41,6\n")
    with pytest.raises(IngestError, match=r"they span -9…-8° E, 40…41° N\. .*leave sources.earthquakes out"):
        read(path, "earthquakes")


def test_a_registered_data_set_may_have_nothing_in_a_part_of_its_region_and_says_so(tmp_path: Path) -> None:
    path = hazards(tmp_path / "h.gpkg", (GOOD, Point(-9, 40)))
    (note,) = read(path, registered=True).notes
    assert "none of its 1 features lies in the study's area" in note
    with pytest.raises(IngestError, match="name the shoreline of this sea"):
        read(hazards(tmp_path / "w.gpkg", ({}, box(-9, 40, -8, 41))), "shoreline", registered=True)


@pytest.mark.parametrize("features", ["null", "{}", '"abc"', None])
def test_a_collection_without_a_list_of_features_is_refused(tmp_path: Path, features: str | None) -> None:
    path = tmp_path / "h.geojson"
    path.write_text('{"type": "FeatureCollection"' + (f', "features": {features}' if features else "") + "}")
    with pytest.raises(IngestError, match=r"h\.geojson is a feature collection whose `features` is .*expected a list"):
        read(path)


def test_an_empty_list_of_features_is_said(tmp_path: Path) -> None:
    found = read(geojson(tmp_path / "h.geojson"))
    assert (len(found.layer), found.notes) == (0, ("h.geojson has no features",))


def test_texts_that_no_output_can_hold_lose_the_character_and_not_the_feature(tmp_path: Path) -> None:
    row = BAD | {"name": "a\u001b[31m", "remarks": "é" * 40_000}
    found = read(geojson(tmp_path / "h.geojson", (row, {"type": "Point", "coordinates": [50, 41]})))
    assert found.layer["name"].tolist() == ["a\ufffd[31m"]
    assert found.layer["remarks"].tolist() == ["é" * 2000]
    assert "2 texts are cut at 2,000 characters, or have some that no output can hold" in found.notes[0]


def test_a_frame_of_hazards_is_what_pandas_makes_of_it(tmp_path: Path) -> None:
    """The matrix above is of texts; a file with real types reads the same."""
    typed = pd.DataFrame([{**BAD, "no_go": True, "buffer_m": 0.0, "name": None}, {**GOOD, "no_go": False}])
    path = tmp_path / "h.gpkg"
    gpd.GeoDataFrame(typed, geometry=[RANGE, Point(50, 44)], crs=4326).to_file(path)
    with pytest.raises(IngestError, match=r"feature 0 \(wall\): name is empty"):
        read(path)
