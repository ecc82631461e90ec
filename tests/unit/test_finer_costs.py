"""Data finer than the grid: what they add to the mean cost of cells, and to the line in a band of finer cells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from transcaspian.core.grid import Grid
from transcaspian.routing import FinerCost, RoutingProblem, ShoreLanding, route_between
from transcaspian.seabed import DepthModel, DepthSurface, mean_friction, node_slope_deg, slope_friction
from transcaspian.seabed.seabed_layer import FULL, SeabedLayer

GRID = Grid(50.0, 42.0, 0.01, 30, 60)
SURVEYED = (50.2, 41.8, 50.4, 41.9)
CHANNEL_LAT = 41.853


def wavy() -> SeabedLayer:
    """A survey whose sand waves of 100 m are steep and of no height in the mean of a cell."""
    west, south, east, north = SURVEYED
    lon, lat = np.arange(west + 1e-4, east, 2e-4), np.arange(north - 1e-4, south, -2e-4)
    depth = (100 + 4 * np.sin(2 * np.pi * np.arange(lon.size) / 6) + 0 * lat[:, np.newaxis]).astype(np.float32)
    return SeabedLayer(1, lon, lat, depth, depth * 0 + 1, np.full(depth.shape, FULL, np.uint8), 20.0)


def test_slopes_that_a_cell_averages_away_count_in_its_friction() -> None:
    bed = np.full(GRID.shape, 100.0, np.float32)
    base = SeabedLayer(0, GRID.lon_deg, GRID.lat_deg, bed, bed * 0 + 5, np.full(GRID.shape, FULL, np.uint8), 1000.0)
    surface = DepthSurface.of_one_source(GRID, bed, bed * 0 + 5, 0.01)
    water = np.ones(GRID.shape, bool)
    depth = DepthModel(surface, water, 0.01, ~water, (base, wavy()))
    bands = [(0.0, 5.0, 0.0), (5.0, 90.0, 10.0)]
    flat = slope_friction(np.zeros(GRID.shape, np.float32), bands)
    found = mean_friction(GRID, depth, flat, lambda layer: slope_friction(node_slope_deg(layer), bands))
    inside = np.s_[11:19, 21:39]
    assert (found[inside] > 5.0).all()
    found[10:20, 20:40] = 0.0
    assert (found == 0.0).all()


def added(frame: Grid) -> NDArray[np.float32]:
    """Everything inside the survey costs five times as much, but for a channel half a cell wide."""
    lon, lat = np.meshgrid(frame.lon_deg, frame.lat_deg)
    west, south, east, north = SURVEYED
    inside = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    cost = np.where(np.abs(lat - CHANNEL_LAT) < 0.0025, 0.0, 4.0)
    return np.where(inside, cost, np.nan).astype(np.float32)


def test_the_line_takes_a_channel_that_only_finer_data_show() -> None:
    problem = RoutingProblem(GRID, np.ones(GRID.shape, np.float32))
    finer = RoutingProblem(GRID, problem.cost, finer=(FinerCost(SURVEYED, 8, added),))
    west, east = ShoreLanding(50.015, 41.865), ShoreLanding(50.585, 41.865)
    straight, found = route_between(problem, west, east), route_between(finer, west, east)
    at = np.linspace(50.25, 50.35, 50)

    def lat_at(line: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(at, line[:, 0], line[:, 1])

    assert np.abs(lat_at(straight.lonlat) - CHANNEL_LAT).max() > 0.005
    assert np.abs(lat_at(found.lonlat) - CHANNEL_LAT).max() < 0.003
    assert found.length_m == pytest.approx(straight.length_m, rel=0.02)
    outside = found.lonlat[(found.lonlat[:, 0] < 50.1) | (found.lonlat[:, 0] > 50.5)]
    assert np.abs(np.interp(outside[:, 0], straight.lonlat[:, 0], straight.lonlat[:, 1]) - outside[:, 1]).max() < 1e-6
