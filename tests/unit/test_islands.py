"""Islands that the shoreline does not have are land; a landing is on one where the study says so, or it lies on one."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
import shapely

from tests.conftest import RAW, STUDY
from tests.unit.test_sectors import SEA, WEST_EAST
from transcaspian.core.errors import LandingError
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.engineering import shores_of
from transcaspian.routing import snap_to_shore, water_to_land_at
from transcaspian.runs.stages.inputs import RunSettings, water_polygon
from transcaspian.runs.stages.read_inputs import read_inputs

ISLET = shapely.box(50.10, 41.45, 50.14, 41.49)
WATER = shapely.difference(SEA, ISLET)
IN_NO_SHORELINE = {
    "Khara Zira": (49.638, 39.986),
    "Boyuk Zira": (49.913, 40.294),
    "Bulla": (49.476, 39.941),
    "Zenbil": (49.582, 40.039),
}


def features() -> list[dict]:  # type: ignore[type-arg]
    return json.loads((RAW / "dcw_islands_caspian.geojson").read_text())["features"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def water() -> shapely.Geometry:
    inputs = read_inputs(RunSettings(STUDY, reuse=False))
    return water_polygon(inputs)


def test_the_file_has_the_islands_of_each_state_with_source_epoch_and_accuracy() -> None:
    assert Counter(one["properties"]["state"] for one in features()) == {"KZ": 30, "RU": 24, "AZ": 13, "TM": 7, "IR": 1}
    for one in features():
        assert one["properties"]["source"].startswith("DCW-GMT 2.1.1")
        assert "1958-1989" in one["properties"]["epoch"]
        assert one["properties"]["position_accuracy_m"] == 2042.0


@pytest.mark.parametrize("name", IN_NO_SHORELINE)
def test_islands_of_the_baku_archipelago_are_land(water: shapely.Geometry, name: str) -> None:
    assert not shapely.intersects_xy(water, *IN_NO_SHORELINE[name])


def test_islands_of_both_sources_are_land_and_one_of_both_is_as_the_better_source_has_it(
    water: shapely.Geometry,
) -> None:
    (gshhg,) = json.loads((RAW / "gshhg_caspian.geojson").read_text())["features"]
    shoreline = shapely.geometry.shape(gshhg["geometry"])
    for hole in shoreline.interiors:
        assert not shapely.intersects(water, shapely.Polygon(hole).representative_point())
    added = 0
    for one in features():
        island = shapely.geometry.shape(one["geometry"])
        new = shapely.intersection(island, shoreline).area > 0.9 * island.area
        added += new
        left = shapely.intersection(water, island).area
        assert left == pytest.approx(0.0 if new else shapely.intersection(shoreline, island).area, rel=0.2, abs=1e-12)
    assert added == 53


def test_a_town_does_not_land_on_an_islet_that_is_nearer() -> None:
    lon, lat = 50.08, 41.47  # at sea, between the mainland at 50.0 and the islet at 50.1
    shore = snap_to_shore(water_to_land_at(WATER, lon, lat), lon, lat, 15.0, "Town")
    assert shore.lon == pytest.approx(50.0, abs=1e-9)
    asked = snap_to_shore(water_to_land_at(WATER, lon, lat, island=True), lon, lat, 15.0, "Town")
    assert asked.lon == pytest.approx(50.10, abs=1e-9)


def test_a_landing_that_lies_on_an_island_comes_ashore_there() -> None:
    lon, lat = 50.139, 41.47
    shore = snap_to_shore(water_to_land_at(WATER, lon, lat), lon, lat, 15.0, "Settlement")
    assert shore.lon == pytest.approx(50.14, abs=1e-9)


def test_a_mainland_that_is_too_far_says_how_to_land_on_the_island() -> None:
    with pytest.raises(LandingError, match="island = true"):
        snap_to_shore(water_to_land_at(WATER, 50.15, 41.47), 50.15, 41.47, 5.0, "Platform")


def test_the_shore_of_an_island_is_that_of_the_state_it_is_said_to_be_of() -> None:
    near = shores_of(WATER, WEST_EAST, 10.0)
    given = shores_of(WATER, WEST_EAST, 10.0, islands=[("BB", ISLET)])
    at = np.array([[50.15, 41.47]])
    edge_m = distance_to_geometries_m(at[:, 0], at[:, 1], [ISLET], 50_000.0)[0]
    assert near.distances_to_m("AA", at)[0] == pytest.approx(edge_m, abs=30.0)
    assert given.distances_to_m("BB", at)[0] == pytest.approx(edge_m, abs=30.0)
    assert given.distances_to_m("AA", at)[0] > 10_000.0
