"""The cost surface: what a metre of route counts for the router."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.errors import SeabedError
from transcaspian.core.geodesy import distance_to_points_m, window_around
from transcaspian.core.grid import Grid
from transcaspian.seabed.constraints import Steering
from transcaspian.seabed.depth import DepthModel


@dataclass(frozen=True, eq=False)
class OnWater(Mapping[str, NDArray[np.float32]]):
    """Arrays of a grid that speak of its water only, by name: held as that, and laid out when they are asked for.

    Attributes
    ----------
    water
        Shape of the grid.
    values_on_water
        Of its cells, row by row, float32.

    Examples
    --------
    >>> OnWater(np.array([[True, False, True]]), {"depth": np.float32([2.0, 1.0])})["depth"].tolist()
    [[2.0, nan, 1.0]]
    """

    water: NDArray[np.bool_]
    values_on_water: dict[str, NDArray[np.float32]]

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """The array, NaN outside the water; a new one each time."""
        values = self.values_on_water[name]
        found = np.full(self.water.shape, np.nan, np.float32)
        found[self.water] = values
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.values_on_water

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_on_water)

    def __len__(self) -> int:
        return len(self.values_on_water)


@dataclass(frozen=True)
class CostSurface:
    """Friction steers the route; what is paid for a kilometre is the study's.

    Attributes
    ----------
    friction_cost
        ``1 + Σ weight · friction`` per metre, float32, shape ``grid.shape``; NaN on land and in no-go areas.
    criteria
        Weighted friction of those criteria that later stages read, by name, float32; NaN outside the water.
    by_system
        As ``friction_cost``, of each system that has a cost of its own.
    """

    friction_cost: NDArray[np.float32]
    criteria: Mapping[str, NDArray[np.float32]]
    by_system: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def of(self, system_id: str) -> NDArray[np.float32]:
        """The cost by which a system is routed."""
        return self.by_system.get(system_id, self.friction_cost)


def build_cost(
    grid: Grid,
    depth_model: DepthModel,
    steering: Iterable[Steering],
    walls: ArrayLike,
    kept: Container[str] = (),
) -> CostSurface:
    """Sum the weighted frictions on the water outside the walls, one after another.

    Parameters
    ----------
    grid
        Frame of all arrays.
    depth_model
        Of it the water counts.
    steering
        Weights and frictions are finite and not negative on the water.
    walls
        True where no route may pass, shape ``grid.shape``.
    kept
        Names of those that `CostSurface.criteria` holds on to.

    Returns
    -------
    CostSurface
        Cost per metre, 1 on clear seabed and more elsewhere; NaN on land and in walls.

    Raises
    ------
    SeabedError
        When a criterion has another shape, a weight or friction that is negative or not a number (it is named),
        or when no water is left outside the walls.

    Examples
    --------
    >>> from transcaspian.seabed import DepthSurface, depth_friction
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> depth_m = np.tile(np.linspace(10.0, 90.0, 9), (5, 1))
    >>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=1.0, resolution_deg=0.02)
    >>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.02, np.zeros(grid.shape, bool))
    >>> shallow = Steering("depth", 2.0, lambda: depth_friction(depth_m, [(0, 50, 0.5), (50, 100, 0.0)]))
    >>> print(build_cost(grid, depth, [shallow], walls=depth_m > 80.0).friction_cost[2])
    [ 2.  2.  2.  2.  1.  1.  1.  1. nan]
    """
    water = depth_model.water
    closed = _on_grid(grid, "walls", walls).astype(bool)
    if not (water & ~closed).any():
        raise SeabedError("the no-go areas close all the water of the grid: reduce their buffers or enlarge [area]")
    total = np.ones(grid.shape, dtype=np.float32)
    criteria: dict[str, NDArray[np.float32]] = {}
    for one in steering:
        weighted = _weighted(grid, one.name, one.weight, one.friction(), water)
        total += weighted
        if one.name in kept:
            criteria[one.name] = weighted[water]
    total[closed | ~water] = np.nan
    return CostSurface(total, OnWater(water, criteria))


def with_free_approaches(
    grid: Grid, cost: CostSurface, ends_lonlat: ArrayLike, free_km: Mapping[str, float]
) -> NDArray[np.float32]:
    """The cost with approaches to further landings, where some criteria are not charged.

    Parameters
    ----------
    grid
        Frame of the cost.
    cost
        From `build_cost`, which kept the criteria that are named.
    ends_lonlat
        ``(lon_deg, lat_deg)`` of landings that the cost does not know, shape ``(n, 2)``.
    free_km
        By criterion the geodesic distance from a landing within which it is not charged; one that the cost does not
        have is passed over.

    Returns
    -------
    ndarray
        As `CostSurface.friction_cost`, a copy.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> shallow = np.tile(np.float32([1, 1, 1, 1, 0, 0, 0, 0, 0]), (5, 1))
    >>> cost = CostSurface(1 + shallow, {"shallow": shallow})
    >>> print(with_free_approaches(grid, cost, [(50.01, 40.95)], {"shallow": 4.0})[2])  # columns 1.7 km apart
    [1. 1. 1. 2. 1. 1. 1. 1. 1.]
    """
    total = cost.friction_cost.copy()
    charged = {name: cost.criteria[name] for name in free_km if name in cost.criteria}
    for lon, lat in np.asarray(ends_lonlat, float).reshape(-1, 2):
        for name in charged:
            reach_km = free_km[name]
            window = window_around(grid, (lon, lat, lon, lat), 1000.0 * reach_km)
            rows, cols = np.nonzero(charged[name][window] > 0)  # not so for NaN
            rows, cols = rows + window[0].start, cols + window[1].start
            away_m = distance_to_points_m(
                grid.lon_deg[cols], grid.lat_deg[rows], np.array([[lon, lat]]), 1000.0 * reach_km
            )
            near = away_m <= 1000.0 * reach_km
            rows, cols = rows[near], cols[near]
            total[rows, cols] -= charged[name][rows, cols]
            charged[name] = _without(charged[name], rows, cols)
    return total


def _without(weighted: NDArray[np.float32], rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.float32]:
    """A criterion that is not charged on some cells: two landings near each other take it away only once."""
    rest = weighted.copy()
    rest[rows, cols] = 0.0
    return rest


def _weighted(
    grid: Grid, name: str, weight: float, friction: ArrayLike, water: NDArray[np.bool_]
) -> NDArray[np.float32]:
    if not (np.isfinite(weight) and weight >= 0):
        raise SeabedError(f"criterion `{name}` has the weight {weight}: expected a number of at least 0")
    values = _on_grid(grid, f"criterion `{name}`", friction)
    wrong = water & ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        row, col = (int(index) for index in np.argwhere(wrong)[0])
        raise SeabedError(
            f"criterion `{name}` has the friction {values[row, col]} at {grid.lon_deg[col]:.4f}° E, "
            f"{grid.lat_deg[row]:.4f}° N: expected a number of at least 0 on the water"
        )
    return np.where(water, np.float32(weight) * values, np.float32(0))


def _on_grid(grid: Grid, what: str, array: ArrayLike) -> NDArray[np.float32]:
    values = np.asarray(array, dtype=np.float32)
    if values.shape != grid.shape:
        raise SeabedError(f"{what} has the shape {values.shape}: expected that of the grid, {grid.shape}")
    return values
