"""Several seabeds as one: each over those below it, with seams that are feathered, and how far they disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import Grid, metric_m
from transcaspian.seabed.seabed_layer import FULL, Floats, OnGrid, Sampled, SeabedLayer, on_grid
from transcaspian.seabed.surface import NO_SOURCE, DepthSurface

MIN_COMPARED_CELLS = 5
"""Fewer cells that two seabeds have in common say nothing."""
COVERED = 0.5
"""A cell counts as one of a seabed whose weight there is as much."""
CHANCE_SHARE = 0.05
"""So many cells differ by more than two standard errors by chance."""
STEADY_SHARE = 0.2
"""Where the spread of the differences is less than this share of their median, the difference is one of levels."""


class Fused(NamedTuple):
    """The seabeds as one on the grid: the surface, and where the bed lies above the water level."""

    surface: DepthSurface
    drying: NDArray[np.bool_]


def fused(grid: Grid, layers: Sequence[SeabedLayer], water: NDArray[np.bool_]) -> Fused:
    """Each seabed over those before it, by its weight.

    Where one counts by the share *w*, depth is ``(1 - w) low + w high``, and the variance that of such a mixture:
    ``(1 - w) s_low² + w s_high² + w (1 - w) (low - high)²``; so a seam between seabeds that disagree says so.

    Parameters
    ----------
    grid
        Of the study.
    layers
        The lowest first.
    water
        ``grid.shape``; elsewhere there is no depth.
    """
    depth_m, error_m = np.full((2, *grid.shape), np.nan)
    source = np.full(grid.shape, NO_SOURCE, np.uint8)
    resolution_m = np.full(grid.shape, np.nan, np.float32)
    for layer in layers:
        cells = cells_of(layer, grid)
        depth_m, error_m = mixed(Sampled(depth_m, error_m, np.zeros(0)), cells)
        is_its = (cells.weight >= COVERED) | ((cells.weight > 0) & (source == NO_SOURCE))
        source[is_its], resolution_m[is_its] = layer.number, layer.resolution_m
    known = water & np.isfinite(depth_m)
    return Fused(
        DepthSurface(
            np.where(known, np.maximum(depth_m, 0.0), np.nan).astype(np.float32),
            np.where(known, error_m, np.nan).astype(np.float32),
            np.where(known, source, NO_SOURCE).astype(np.uint8),
            np.where(known, resolution_m, np.nan).astype(np.float32),
        ),
        known & (depth_m < 0),
    )


def cells_of(layer: SeabedLayer, grid: Grid) -> OnGrid:
    """A seabed on the grid: means over the cells where it is finer, else bilinear at their centres."""
    if layer.is_finer_than(grid):
        return on_grid(layer, grid)
    if np.array_equal(layer.lon_deg, grid.lon_deg) and np.array_equal(layer.lat_deg, grid.lat_deg):
        weight = np.where(np.isfinite(layer.depth_m), layer.weight / FULL, 0.0)
        return OnGrid(layer.depth_m.astype(float), layer.error_m.astype(float), weight)
    return OnGrid(*layer.at(*np.meshgrid(grid.lon_deg, grid.lat_deg)))


def mixed(low: Sampled, high: Sampled | OnGrid) -> tuple[Floats, Floats]:
    """Depth and error where one seabed lies over another, which alone counts where the upper one has no data.

    Parameters
    ----------
    low, high
        Of one shape; the weight is that of ``high``. NaN is no data; an error that is not known counts as none.
    """
    is_low, is_high = np.isfinite(low.depth_m), high.weight > 0
    share = np.where(is_high, np.where(is_low, high.weight, 1.0), 0.0)
    below, above = np.nan_to_num(low.depth_m), np.nan_to_num(high.depth_m)
    depth_m = (1.0 - share) * below + share * above
    variance = (1.0 - share) * np.nan_to_num(low.error_m) ** 2 + share * np.nan_to_num(high.error_m) ** 2
    error_m = np.sqrt(variance + share * (1.0 - share) * (below - above) ** 2)
    known = is_low | is_high
    return np.where(known, depth_m, np.nan), np.where(known, error_m, np.nan)


def sampled(layers: Sequence[SeabedLayer], lon_deg: Floats, lat_deg: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Depth, error and resolution in metres at places from the seabeds on their own nodes, and the number of each.

    Parameters
    ----------
    layers
        The lowest first.
    lon_deg, lat_deg
        Degrees, of one shape.
    """
    shape = np.shape(lon_deg)
    depth_m, error_m, resolution_m, number = np.full((4, *shape), np.nan)
    for layer in layers:
        if not layer.is_near(lon_deg, lat_deg):
            continue
        here = layer.at(lon_deg, lat_deg)
        is_its = (here.weight >= COVERED) | ((here.weight > 0) & np.isnan(depth_m))
        depth_m, error_m = mixed(Sampled(depth_m, error_m, here.weight), here)
        resolution_m, number = (
            np.where(is_its, layer.resolution_m, resolution_m),
            np.where(is_its, layer.number, number),
        )
    return depth_m, error_m, resolution_m, number


class Disagreement(NamedTuple):
    """How far two seabeds differ where both have data.

    Attributes
    ----------
    low, high
        Numbers of the seabeds.
    cells
        Of the grid, that were compared.
    median_m, rms_m, spread_m
        Of the differences, high minus low; the spread is 1.4826 times their median absolute deviation.
    expected_rms_m
        By their errors together.
    beyond_share
        Share of the cells that differ by more than the limit.
    worst_m, worst_error_m, lon_deg, lat_deg
        The difference that is the most of their combined error, that error, and where.
    """

    low: int
    high: int
    cells: int
    median_m: float
    rms_m: float
    spread_m: float
    expected_rms_m: float
    beyond_share: float
    worst_m: float
    worst_error_m: float
    lon_deg: float
    lat_deg: float

    @property
    def is_beyond(self) -> bool:
        """Whether they differ more than their errors allow: in more cells than by chance."""
        return self.beyond_share > CHANCE_SHARE

    @property
    def is_steady(self) -> bool:
        """Whether the difference is much the same everywhere, as of two levels or signs."""
        return self.is_beyond and self.spread_m < STEADY_SHARE * abs(self.median_m)


def disagreements(
    grid: Grid, layers: Sequence[SeabedLayer], water: NDArray[np.bool_], limit: float
) -> Iterator[Disagreement]:
    """How far each seabed differs from each that lies below it, where both cover cells.

    Parameters
    ----------
    grid, layers, water
        As of `fused`.
    limit
        In combined standard errors.
    """
    before: list[tuple[int, OnGrid]] = []
    for layer in layers:
        cells = cells_of(layer, grid)
        for number, below in before:
            both = water & (below.weight > 0) & (cells.weight >= COVERED)
            if both.sum() >= MIN_COMPARED_CELLS:
                yield _compared(grid, (number, layer.number), (below, cells), both, limit)
        before.append((layer.number, cells))


def _compared(
    grid: Grid, numbers: tuple[int, int], cells: tuple[OnGrid, OnGrid], both: NDArray[np.bool_], limit: float
) -> Disagreement:
    rows, cols = np.nonzero(both)
    apart_m = cells[1].depth_m[both] - cells[0].depth_m[both]
    error_m = np.hypot(*(np.nan_to_num(one.error_m[both]) for one in cells))
    ratio = np.abs(apart_m) / np.maximum(error_m, 1e-3)
    worst, median_m = int(ratio.argmax()), float(np.median(apart_m))
    return Disagreement(
        *numbers,
        cells=int(both.sum()),
        median_m=median_m,
        rms_m=float(np.sqrt((apart_m**2).mean())),
        spread_m=1.4826 * float(np.median(np.abs(apart_m - median_m))),
        expected_rms_m=float(np.sqrt((error_m**2).mean())),
        beyond_share=float((ratio > limit).mean()),
        worst_m=float(apart_m[worst]),
        worst_error_m=float(error_m[worst]),
        lon_deg=float(grid.lon_deg[cols[worst]]),
        lat_deg=float(grid.lat_deg[rows[worst]]),
    )


def resolution_m_of(resolution_deg: float, lat_deg: float) -> float:
    """Metres that a spacing in degrees is along a meridian."""
    return float(metric_m(lat_deg, resolution_deg)[1])
