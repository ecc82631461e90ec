"""Positions of assets are held against what their own columns say was published of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import shapely

from tests.conftest import STUDY
from transcaspian.core.grid import GEOD, Grid
from transcaspian.engineering import asset_findings, contradictions
from transcaspian.runs.stages.inputs import RunSettings, rows_of
from transcaspian.runs.stages.model_seabed import as_known, model_bed
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.seabed import DepthModel

GRID = Grid.covering(50.0, 40.0, 51.0, 41.0, 1 / 120)
# 0 m deep in the west, 500 m in the east, known to 5 m
SLOPE = np.broadcast_to(np.linspace(0, 500, GRID.cols), GRID.shape)
DEPTH = cast(DepthModel, SimpleNamespace(depth_m=SLOPE, error_m=np.full(GRID.shape, 5.0)))


def hazard(lon: float = 50.5, lat: float = 40.5, accuracy_m: float = 1000.0, **told: Any) -> dict[str, Any]:
    return {
        "hazard_id": "p",
        "name": "P",
        "geometry": shapely.Point(lon, lat),
        "position_accuracy_m": accuracy_m,
        **told,
    }


def said(*rows: dict[str, Any], assets: tuple[dict[str, Any], ...] = ()) -> list[str]:
    return [str(one) for one in contradictions(rows, assets, GRID, DEPTH)]


def test_a_published_depth_is_met_within_accuracy_and_error_or_is_told() -> None:
    told = {"published_min_depth_m": 120.0, "published_max_depth_m": 120.0}
    (first,) = said(hazard(**told))  # 250 m there, 6 m a kilometre
    assert first.startswith("`p` (P): published as 120 m deep; within its accuracy the sea is 2")
    assert said(hazard(accuracy_m=22_000.0, **told)) == []
    assert said(hazard(published_min_depth_m=100.0, published_max_depth_m=400.0)) == []
    assert said(hazard()) == []


@pytest.mark.parametrize(("off_km", "contradicts"), [(0.9, False), (1.1, True)])
def test_a_published_distance_holds_to_the_accuracy(off_km: float, contradicts: bool) -> None:
    lon, lat, _ = GEOD.fwd(50.5, 40.5, 270.0, 30_000.0)
    row = hazard(published_distance_km=30.0 + off_km, distance_from_lon_deg=lon, distance_from_lat_deg=lat)
    assert bool(said(row)) is contradicts


def test_an_asset_lies_in_its_block_and_a_line_has_its_length() -> None:
    block = {"hazard_id": "block", "name": "Block", "geometry": shapely.box(50.6, 40.4, 50.8, 40.6)}
    assert said(hazard(within_id="block"), block) == ["`p` (P): published as inside `block`, 8 km away here"]
    assert said(hazard(accuracy_m=9000.0, within_id="block"), block) == []
    assert "not in the file" in said(hazard(within_id="other"))[0]
    lon, lat, _ = GEOD.fwd(50.1, 40.1, 45.0, 50_000.0)
    pipe = {"cable_id": "c", "name": "C", "geometry": shapely.LineString([(50.1, 40.1), (lon, lat)])}
    for length_km, accuracy_m, holds in ((50.0, 1.0, True), (66.1, 8000.0, False), (65.9, 8000.0, True)):
        row = {**pipe, "published_length_km": length_km, "position_accuracy_m": accuracy_m}
        assert (said(assets=(row,)) == []) is holds
    (finding,) = asset_findings(contradictions((), ({**pipe, "published_length_km": 70.0},), GRID, DEPTH))
    assert finding.sentence.endswith("published as 70 km long, drawn as 50 km")


def test_every_asset_that_is_shipped_holds_against_its_own_source() -> None:
    inputs = read_inputs(RunSettings(STUDY, reuse=False, overrides={"area.grid_step_arcsec": 240.0}))
    bed = model_bed(inputs)
    hazards, cables = rows_of(inputs, "hazards"), rows_of(inputs, "cables")
    assert sum(row["published_max_depth_m"] > 0 for row in hazards) >= 18
    assert sum(row["published_length_km"] > 0 for row in cables) >= 5
    assert [str(one) for one in contradictions(hazards, cables, bed.grid, bed.depth)] == []


def test_a_closed_point_that_is_known_to_kilometres_closes_all_places_it_may_be_at() -> None:
    row = hazard(accuracy_m=4000.0, kind="platform", buffer_m=500.0)
    assert as_known(row, {})["buffer_m"] == 4500.0
    assert as_known({**row, "position_accuracy_m": 400.0}, {})["buffer_m"] == 500.0
    assert as_known({**row, "position_accuracy_m": np.nan}, {})["buffer_m"] == 500.0
    assert as_known({**row, "geometry": shapely.box(50, 40, 51, 41)}, {})["buffer_m"] == 500.0
    assert as_known({**row, "buffer_m": np.nan}, {"platform": 600.0})["buffer_m"] == 4600.0
