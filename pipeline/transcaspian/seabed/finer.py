"""What seabeds that are finer than the grid say of the friction in its cells, and of that in parts of a cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import Grid, metric_m
from transcaspian.seabed.depth import DepthModel
from transcaspian.seabed.fusion import cells_of
from transcaspian.seabed.seabed_layer import SeabedLayer
from transcaspian.seabed.slope import slope_between

FrictionOfNodes = Callable[[SeabedLayer], NDArray[np.float32]]
"""Friction at each node of a seabed."""


def mean_friction(
    grid: Grid, depth: DepthModel, friction: NDArray[np.float32], of_nodes: FrictionOfNodes
) -> NDArray[np.float32]:
    """Friction of cells by the mean of the nodes in them, where a seabed that is finer than the grid covers them.

    The mean of a friction is not that of a mean depth: sand waves and steep banks that a cell averages away count.

    Parameters
    ----------
    grid, depth
        Of the study.
    friction
        By the depth of the cells, shape ``grid.shape``.
    of_nodes
        Works the friction out at the nodes of a seabed, as ``friction`` was from the depths of the cells.

    Returns
    -------
    ndarray
        Friction, dimensionless, shape ``grid.shape``, float32; as given where no finer seabed lies.

    Examples
    --------
    A bank in three quarters of a cell, whose mean depth is deeper:

    >>> from transcaspian.seabed import DepthSurface, depth_friction
    >>> lon_deg, lat_deg = 50.0025 + 0.005 * np.arange(4), 40.9975 - 0.005 * np.arange(4)
    >>> depth_m = np.tile(np.float32([10.0, 10.0, 10.0, 50.0]), (4, 1))
    >>> survey = SeabedLayer(1, lon_deg, lat_deg, depth_m, np.ones((4, 4)), np.full((4, 4), 255), 400.0)
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=1, cols=2)
    >>> surface = DepthSurface.of_one_source(grid, [[20.0, 60.0]], error_m=1.0, resolution_deg=0.02)
    >>> depth = DepthModel(surface, np.ones((1, 2), bool), 0.02, np.zeros((1, 2), bool), layers=(survey,))
    >>> bands = [(0.0, 15.0, 1.0), (15.0, 100.0, 0.0)]
    >>> print(mean_friction(grid, depth, np.zeros((1, 2)), lambda layer: depth_friction(layer.depth_m, bands)))
    [[0.75 0.  ]]
    """
    cells = [cells_of(layer, grid) for layer in depth.layers]
    for number, layer in enumerate(depth.layers):
        if not layer.is_finer_than(grid):
            continue
        seen = cells[number].weight
        for above in cells[number + 1 :]:
            seen = seen * (1.0 - above.weight)
        mean = cells_of(
            replace(layer, depth_m=np.where(np.isnan(layer.depth_m), np.nan, of_nodes(layer))), grid
        ).depth_m
        friction = np.where(seen > 0, (1.0 - seen) * friction + seen * np.nan_to_num(mean), friction).astype(np.float32)
    return friction


def node_slope_deg(layer: SeabedLayer) -> NDArray[np.float32]:
    """Angle of steepest descent at the nodes of a seabed, as `slope.slope_deg` has it for cells.

    Parameters
    ----------
    layer
        Depths in m at its nodes, axes in degrees of either direction.

    Returns
    -------
    ndarray
        Shape of ``layer.depth_m``, degrees; NaN beside unknown depths.

    Examples
    --------
    A bank that falls by 10 m from one node to the next, 111 m to the south:

    >>> depth_m = np.repeat(np.float32([[10.0], [20.0], [30.0]]), 3, axis=1)
    >>> lon_deg, lat_deg = 50.0 + 0.001 * np.arange(3), 41.0 - 0.001 * np.arange(3)
    >>> layer = SeabedLayer(0, lon_deg, lat_deg, depth_m, np.ones((3, 3)), np.full((3, 3), 255), 111.0)
    >>> print(node_slope_deg(layer)[1].round(1))
    [5.1 5.1 5.1]
    """
    east_m, _ = metric_m(layer.lat_deg, abs(float(layer.lon_deg[1] - layer.lon_deg[0])))
    _, north_m = metric_m(layer.lat_deg, abs(float(layer.lat_deg[1] - layer.lat_deg[0])))
    return slope_between(layer.depth_m, east_m, north_m)
