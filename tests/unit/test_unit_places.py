"""A branching unit keeps clear of what is crossed; where it cannot, and by a boundary of waters, a finding says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from shapely import LineString

from transcaspian.analyses.design.unit_places import clear_cells, unit_findings
from transcaspian.core.grid import GEOD, Grid
from transcaspian.engineering import StateWaters
from transcaspian.routing import Branching
from transcaspian.runs.stages.model_seabed import Seabed

GRID = Grid(50.0, 42.6, 0.01, 60, 60)
PIPE = LineString([(50.3, 41.9), (50.3, 42.7)])


def ground_of(depth_m: float) -> Seabed:
    depth = SimpleNamespace(depth_m=np.full(GRID.shape, depth_m, np.float32))
    return cast(Seabed, SimpleNamespace(grid=GRID, depth=depth))


@pytest.mark.parametrize(("depth_m", "clear_km"), [(50.0, 1.0), (800.0, 2.4)])
def test_cells_keep_a_kilometre_or_three_depths_from_a_pipeline(depth_m: float, clear_km: float) -> None:
    clear = clear_cells(ground_of(depth_m), [PIPE], 20.0)
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    away_m = np.abs(GEOD.inv(lon, lat, np.full_like(lon, 50.3), lat)[2])
    assert (clear == (away_m >= 1000.0 * clear_km))[np.abs(away_m - 1000.0 * clear_km) > 20.0].all()
    assert not clear_cells(ground_of(depth_m), [PIPE], 900.0).any(), "too shallow everywhere"


def said(lon_deg: float, waters: Any = None) -> list[str]:
    unit = cast(Branching, SimpleNamespace(lon=lon_deg, lat=42.3))
    return [one.sentence for one in unit_findings("best place", unit, ground_of(100.0), [PIPE], waters)]


def test_a_unit_by_a_pipeline_or_a_boundary_is_a_finding() -> None:
    def look(lonlat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (lonlat[:, 0] > 50.1).astype(int), np.zeros(len(lonlat))

    waters = StateWaters(("AZ", "KZ"), look, "a test", "ASSUMED")
    assert said(50.2) == said(50.2, waters) == []
    assert ["lies by a cable or pipeline: " in one for one in said(50.305)] == [True]
    assert ["lies by a boundary of waters: bodies keep 1 km" in one for one in said(50.104, waters)] == [True]
    assert said(50.11, waters) == []
