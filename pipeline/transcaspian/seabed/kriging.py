"""A surface through scattered depths with its standard error: ordinary kriging by blocks that overlap.

The covariance is Matérn's of order 3/2, ``(1 + t) exp(−t)`` with ``t = √3 h / range``, of the straight distance ``h``
through the ellipsoid, which keeps it valid at every latitude. How far depths vary about it differs by place (a flat
north, a steep south): the variance of each place is that of a unit sill times the mean, near by, of the squared
leave-one-out errors over their unit-sill variances. Both come exactly from the inverse of a block's covariance
(Dubrule, O. (1983), Cross validation of kriging in a unique neighborhood, Math. Geology 15, 687–699).

A block sees all data so far around it that what lies beyond is screened, and neighbours are blended over their overlap
by weights whose first two derivatives are continuous: no step where one ends. Work and memory grow with the data, not
with a power of them. Over the Caspian at 0.1° the surface is within 0.12 m of the one that takes all data at once
(6 mm RMS).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, cho_solve, cholesky, lapack
from scipy.ndimage import binary_dilation, distance_transform_edt, map_coordinates
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from transcaspian.core.grid import GEOD, strips_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# In steps of the source: what a block is in charge of, how far it is blended into the next, and how much farther its
# data reach. The surface is evaluated at so many places a step, its error at every other of them
_CORE, _OVERLAP, _MARGIN = 12, 2, 5
_PER_STEP = 4
_STRIDE = 2
# So many places around the cells are evaluated too: a cubic needs its neighbours
_AROUND = 4
# Nuggets are told in metres, the covariance has a unit sill: this turns one into the other
_SILL_SD_M = 170.0
# Where no leave-one-out error is near, those far away count
_FAR_WEIGHT = 1e-6
_THREADS = 2
# Of the lattice: few enough for their covariances with the data to stay in the cache of a core
_ROWS_AT_ONCE = 8
_CELL_ROWS_AT_ONCE = 512


class Kriging(NamedTuple):
    """How depths are joined.

    Attributes
    ----------
    range_km
        Of the covariance.
    scale_km
        Standard deviation of the Gaussian over which leave-one-out errors are averaged.
    node_error_m
        One standard error of a depth of the source beside its neighbours: how nearly the surface meets it.
    shore_depth_m, shore_error_m
        Depth that the shoreline stands for, and one standard error of that.
    with_error
        Whether the standard error is wanted: NaN without, in half of the time.
    """

    range_km: float = 80.0
    scale_km: float = 15.0
    node_error_m: float = 0.5
    shore_depth_m: float = 0.0
    shore_error_m: float = 3.0
    with_error: bool = True


class Scattered(NamedTuple):
    """Depths at places: lon and lat in degrees, positive down, one standard error, and which are of the shoreline."""

    lonlat: Floats
    depth_m: Floats
    error_m: Floats
    is_shore: Bools

    def within(self, west: float, south: float, east: float, north: float) -> Scattered:
        """Those in a frame."""
        lon, lat = self.lonlat.T
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        return Scattered(*(values[inside] for values in self))


class Lattice(NamedTuple):
    """Places at which the surface is evaluated: ascending axes in degrees, on the nodes of a source and between."""

    lon_deg: Floats
    lat_deg: Floats

    @classmethod
    def over(cls, lon_deg: Floats, lat_deg: Floats) -> Lattice:
        """As far as the nodes of a source, and a step beyond."""
        return cls(*(_divided(axis) for axis in (lon_deg, lat_deg)))

    @property
    def shape(self) -> tuple[int, int]:
        """``(latitudes, longitudes)``."""
        return self.lat_deg.size, self.lon_deg.size

    def around(self, cells: Cells) -> Bools:
        """The places that a cubic through some cells needs."""
        near = np.zeros(self.shape, bool)
        for rows in cells.strips:
            near[tuple(np.rint(cells.position(rows, self)).astype(int))] = True
        return binary_dilation(near, np.ones((3, 3)), iterations=_AROUND)


class Cells(NamedTuple):
    """Where depths are asked for: longitudes of columns, latitudes of rows, degrees, and True at some cells."""

    lon_deg: Floats
    lat_deg: Floats
    asked: Bools

    @property
    def strips(self) -> Iterator[slice]:
        """Rows, so many at a time that their positions take little memory."""
        return strips_of(len(self.lat_deg), _CELL_ROWS_AT_ONCE)

    def position(self, rows: slice, lattice: Lattice) -> Floats:
        """Fractional indices in a lattice, latitude and longitude, of the cells asked for in some rows, ``(2, n)``."""
        row, col = np.nonzero(self.asked[rows])
        north, east = (
            (at - axis[0]) / (axis[1] - axis[0])
            for at, axis in ((self.lat_deg[rows], lattice.lat_deg), (self.lon_deg, lattice.lon_deg))
        )
        return np.stack([north[row], east[col]])


class _Block(NamedTuple):
    """A part of the lattice: which places, how much it has to say at each of them, and the frame of its data."""

    rows: slice
    cols: slice
    weight: Floats
    frame: tuple[float, float, float, float]


class _System(NamedTuple):
    """Data that are solved for: places, the mean level, weights, and local variances.

    ``root`` is lower triangular, ``root.T @ root`` the inverse of the covariance, and ``sums`` the row sums of that.
    Root and variances are empty where no error is wanted.
    """

    x_km: Floats
    level_m: float
    weights: Floats
    root: Floats
    sums: Floats
    variance_m2: Floats


def kriged(data: Scattered, axes: tuple[Floats, Floats], cells: Cells, how: Kriging) -> tuple[Floats, Floats]:
    """Depth between the data, and its standard error of interpolation.

    Parameters
    ----------
    data
        Depths of the source and of the shoreline.
    axes
        Longitudes and latitudes of the nodes of the source, ascending, degrees.
    cells
        Those asked for lie at most a step outside the axes.

    Returns
    -------
    depth_m, error_m
        Shape ``(rows, columns)``; NaN in both where no data are near, and where nothing is asked for.
    """
    lattice = Lattice.over(*axes)
    wanted = lattice.around(cells)
    blocks = [block for block in _blocks(lattice) if wanted[block.rows, block.cols].any()]
    solve = partial(_blended, lattice=lattice, data=data, wanted=wanted, how=how)
    sums = np.zeros((3, *lattice.shape))
    depth_m, error_m = np.full((2, *cells.asked.shape), np.nan)
    # one thread for each block: sums of a BLAS on several threads are not the same bytes twice
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(_THREADS) as pool:
        for block, part in zip(blocks, pool.map(solve, blocks), strict=True):
            sums[:, block.rows, block.cols] += part
        with np.errstate(invalid="ignore", divide="ignore"):
            means = sums[:2] / sums[2]

        def evaluate(rows: slice) -> None:
            asked, position = cells.asked[rows], cells.position(rows, lattice)
            depth_m[rows][asked] = _between(means[0], position, order=3)
            error_m[rows][asked] = _between(means[1], position, order=1)

        list(pool.map(evaluate, cells.strips))
    return depth_m, error_m


def _divided(axis: Floats) -> Floats:
    step = (axis[-1] - axis[0]) / (axis.size - 1)
    return np.linspace(axis[0] - step, axis[-1] + step, (axis.size + 1) * _PER_STEP + 1)


def _blocks(lattice: Lattice) -> Iterator[_Block]:
    across, along = list(_parts(lattice.lat_deg)), list(_parts(lattice.lon_deg))
    for (rows, north, (low_lat, high_lat)), (cols, east, (low_lon, high_lon)) in product(across, along):
        yield _Block(rows, cols, np.outer(north, east), (low_lon, low_lat, high_lon, high_lat))


def _parts(axis: Floats) -> Iterator[tuple[slice, Floats, tuple[float, float]]]:
    """Stretches of an axis: its places, the weight of each, and from where to where its data lie."""
    last = axis.size - 1
    count = max(1, round(last / (_CORE * _PER_STEP)))
    edges = np.rint(np.linspace(0, last / _PER_STEP, count + 1)).astype(int) * _PER_STEP
    blend, reach = _OVERLAP * _PER_STEP, _MARGIN * _PER_STEP * (axis[1] - axis[0])
    for begin, end in pairwise(edges):
        low, high = max(begin - blend, 0), min(end + blend, last)
        index = np.arange(low, high + 1)
        rise = np.ones(index.size) if begin == 0 else _smooth((index - begin) / blend)
        fall = np.ones(index.size) if end == last else _smooth((end - index) / blend)
        yield slice(low, high + 1), rise * fall, (axis[low] - reach, axis[high] + reach)


def _smooth(t: Floats) -> Floats:
    """From 0 at −1 to 1 at 1, with two continuous derivatives; it and its mirror image sum to 1."""
    x = np.clip((t + 1) / 2, 0.0, 1.0)
    return x**3 * (10 - 15 * x + 6 * x**2)


def _blended(block: _Block, lattice: Lattice, data: Scattered, wanted: Bools, how: Kriging) -> Floats:
    """Mean and error of a block times its weight, and the weight, shape ``(3, rows, cols)``; 0 where it says none."""
    near = data.within(*block.frame)
    part = np.zeros((3, *block.weight.shape))
    if near.is_shore.all():
        return part
    system = _solved(near, how)
    mask = wanted[block.rows, block.cols]
    coarse = np.zeros_like(mask)
    if how.with_error:
        coarse[::_STRIDE, ::_STRIDE] = binary_dilation(mask, np.ones((3, 3)))[::_STRIDE, ::_STRIDE]
    lon, lat = np.meshgrid(lattice.lon_deg[block.cols], lattice.lat_deg[block.rows])
    error_m = np.full(mask.shape, np.nan)
    for few in strips_of(len(mask), _ROWS_AT_ONCE):
        asked = (mask | coarse)[few]
        if not asked.any():
            continue
        away_km = cdist(_ecef_km(np.column_stack([lon[few][asked], lat[few][asked]])), system.x_km)
        alike = _covariance(away_km, how.range_km)
        part[0][few][asked] = system.level_m + alike @ system.weights
        if how.with_error:
            both = coarse[few][asked]
            error_m[few][coarse[few]] = _error_m(system, alike[both], away_km[both], how.scale_km)
    part[1] = _refined(error_m) if how.with_error else np.nan
    part[2] = np.where(mask, block.weight, 0.0)
    part[:2] *= part[2]
    return part


def _solved(data: Scattered, how: Kriging) -> _System:
    """Ordinary kriging of the data, with the variance by which each depth of the source misses its neighbours."""
    x_km = _ecef_km(data.lonlat)
    alike = _covariance(cdist(x_km, x_km), how.range_km) + np.diag((data.error_m / _SILL_SD_M) ** 2)
    if not how.with_error:
        both = np.column_stack([np.ones(len(x_km)), data.depth_m])
        sums, solved = cho_solve((_factor(alike), True), both, check_finite=False).T
        level_m = float(solved.sum() / sums.sum())
        return _System(x_km, level_m, solved - level_m * sums, np.empty((0, 0)), sums, np.empty(0))
    root = _root(alike)
    sums = root.T @ root.sum(axis=1)
    solved = root.T @ (root @ data.depth_m)
    level_m = float(solved.sum() / sums.sum())
    weights = solved - level_m * sums
    # by the diagonal of the inverse; the leave-one-out error is the weight over it
    precision = np.einsum("ij,ij->i", root.T, root.T) - sums**2 / sums.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        variance_m2 = np.where(data.is_shore | (precision <= 1e-9), np.nan, weights**2 / precision)
    return _System(x_km, level_m, weights, root, sums, variance_m2)


def _error_m(system: _System, alike: Floats, away_km: Floats, scale_km: float) -> Floats:
    """Standard error at places, by their covariances with the data and the distances, shape ``(places, data)``."""
    solved = blas.dtrmm(1.0, system.root, alike.T, lower=1)
    unit = 1 - np.einsum("ij,ij->i", solved.T, solved.T) + (1 - alike @ system.sums) ** 2 / system.sums.sum()
    judged = np.isfinite(system.variance_m2)
    near = away_km[:, judged]
    near /= scale_km
    near *= near
    near *= -0.5
    np.exp(near, out=near)
    near += _FAR_WEIGHT
    with np.errstate(invalid="ignore", divide="ignore"):
        error: Floats = np.sqrt(np.maximum(unit, 0.0) * (near @ system.variance_m2[judged]) / near.sum(axis=1))
    return error


def _refined(error_m: Floats) -> Floats:
    """Errors known at every other place, at all of them: by a cubic of the variance, which is zero at no node."""
    every = error_m[::_STRIDE, ::_STRIDE]
    if np.isnan(every).all():
        return np.zeros(error_m.shape)
    at = np.stack(np.meshgrid(*(np.arange(size) / _STRIDE for size in error_m.shape), indexing="ij")).reshape(2, -1)
    straight_m, variance_m2 = _between(every, at, order=1), _between(every**2, at, order=3)
    return np.sqrt(np.maximum(variance_m2, straight_m**2)).reshape(error_m.shape)


def _between(values: Floats, position: Floats, order: int) -> Floats:
    """Values at fractional positions by a spline; what is NaN counts as its nearest neighbour, and stays NaN."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(position.shape[1], np.nan)
    nearest = distance_transform_edt(~known, return_distances=False, return_indices=True)
    smooth: Floats = map_coordinates(values[tuple(nearest)], position, order=order, mode="nearest")
    has_value = known[tuple(np.rint(position).astype(int))]
    return np.where(has_value, smooth, np.nan)


def _root(matrix: Floats) -> Floats:
    """The inverse of the lower Cholesky factor: half the work of that of the matrix, here and where it is used."""
    root, _ = lapack.dtrtri(_factor(matrix), lower=1, overwrite_c=1)
    return root


def _factor(matrix: Floats) -> Floats:
    """The lower Cholesky factor, in the memory of the matrix."""
    factor: Floats = cholesky(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    return factor


def _covariance(away_km: Floats, range_km: float) -> Floats:
    t: Floats = np.sqrt(3.0) / range_km * away_km  # then in place: to get memory takes longer than to count
    fades = np.negative(t)
    np.exp(fades, out=fades)
    t += 1
    t *= fades
    return t


def _ecef_km(lonlat: Floats) -> Floats:
    """Cartesian places on the ellipsoid, shape ``(n, 3)``."""
    lon, lat = np.radians(lonlat).T
    normal = GEOD.a / 1000.0 / np.sqrt(1 - GEOD.es * np.sin(lat) ** 2)
    across = normal * np.cos(lat)
    return np.column_stack([across * np.cos(lon), across * np.sin(lon), (1 - GEOD.es) * normal * np.sin(lat)])
