"""Samples counted: where routes go, how often something holds, and how figures spread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from transcaspian.core.grid import Grid

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """How often something held, with the interval that holds the true share with 95 % confidence.

    ``share``, ``low`` and ``high`` are None of no samples.
    """

    count: int
    samples: int
    share: float | None
    low: float | None
    high: float | None


def share_of(holds: Sequence[bool]) -> Share:
    """The share of samples in which something holds, with its interval."""
    n, count = len(holds), int(np.sum(holds))
    if n == 0:
        return Share(0, 0, None, None, None)
    return Share(count, n, count / n, *interval_of(count, n))


def interval_of(count: int, n: int) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927) of the share that holds, of which ``count`` of ``n`` samples tell."""
    z = float(norm.ppf(0.5 + CONFIDENCE / 2))
    p = count / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def quantiles(values: Sequence[float]) -> dict[float, float]:
    """The quantiles of `QUANTILES` of some figures (linear between order statistics); none of none."""
    return dict(zip(QUANTILES, map(float, np.quantile(values, QUANTILES)), strict=True)) if len(values) else {}


def visited(grid: Grid, points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cells of a grid in which points ``(n, 2)`` lie, each once, as flat numbers; points off the grid are left out."""
    row, col = (
        np.floor(np.asarray(side) + 0.5).astype(np.int64) for side in grid.to_rowcol(points[:, 0], points[:, 1])
    )
    inside = (row >= 0) & (row < grid.rows) & (col >= 0) & (col < grid.cols)
    return np.unique(row[inside] * grid.cols + col[inside])


class HeatMap:
    """Counts through which cells of a grid lines go.

    Parameters
    ----------
    grid
        Of the cells that are counted.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._count = np.zeros(grid.rows * grid.cols, np.int64)
        self._lines = 0

    def add(self, lines: Iterable[NDArray[np.float64]]) -> None:
        """Count lines by points on them, closer together than a cell is wide, ``(n, 2)`` degrees each."""
        for points in lines:
            self._count[visited(self.grid, points)] += 1
            self._lines += 1

    def share(self) -> NDArray[np.float32]:
        """Share of the lines that go through each cell, shape ``grid.shape``; NaN where none does."""
        count = self._count.reshape(self.grid.shape)
        return np.where(count > 0, count / max(self._lines, 1), np.nan).astype(np.float32)

    def on(self, finer: Grid) -> NDArray[np.float32]:
        """The share on a grid whose cells divide these and that begins where this one does, shape ``finer.shape``."""
        times = round(self.grid.step_deg / finer.step_deg)
        whole = np.repeat(np.repeat(self.share(), times, axis=0), times, axis=1)
        return np.ascontiguousarray(whole[: finer.rows, : finer.cols])
