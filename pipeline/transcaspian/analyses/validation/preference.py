"""Does a line prefer cheap ground? Its mean cost beside that of the same line moved aside: the displaced control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.line_distance import even
from transcaspian.core.linear_reference import line_length_km

Floats = NDArray[np.float64]

MIN_COMMON = 0.5
"""A copy of which less lies on priced ground beside the line's own is not compared with it."""
MIN_COPIES = 8
"""Fewer copies rank nothing."""
_SAME = 1e-6
"""Mean costs that differ by less, relatively, are equal."""


@dataclass(frozen=True)
class Preference:
    """Mean cost of a metre along the line, and its place among the copies.

    Attributes
    ----------
    mean_cost
        In metres of clear seabed per metre; NaN where none of the line is priced.
    copies
        How many were compared; ``left_out`` ran too much over land, closed areas or out of the area.
    cheaper, equal
        Copies that cost less than the line, and as much, over what both have priced.
    """

    mean_cost: float
    priced_share: float
    copies: int
    left_out: int
    cheaper: int
    equal: int

    @property
    def percentile(self) -> float | None:
        """Share of the copies that are cheaper, equal ones by half: 0.5 is no preference, 0 the cheapest of all.

        None: insufficient information.
        """
        return (self.cheaper + 0.5 * self.equal) / self.copies if self.copies >= MIN_COPIES else None

    @property
    def p_value(self) -> float | None:
        """Of the rank, one-sided: ``(1 + cheaper + equal) / (1 + copies)``; exact where all places are alike."""
        return (1 + self.cheaper + self.equal) / (1 + self.copies) if self.copies >= MIN_COPIES else None


def aside(lonlat: Floats, offset_km: float) -> Floats:
    """A line moved aside, to starboard where positive, across the geodesic between its ends.

    Every vertex goes the same distance at right angles to that geodesic at the same share of its length, so that the
    shape stays: lengths change by no more than about the offset over the radius of the earth per radian of the way.
    """
    azimuth_deg, _, length_m = GEOD.inv(*lonlat[0], *lonlat[-1])
    steps_m = np.asarray(GEOD.line_lengths(lonlat[:, 0], lonlat[:, 1]))
    share = np.concatenate([[0.0], np.cumsum(steps_m)]) / max(float(steps_m.sum()), 1e-9)
    count = len(lonlat)
    _, _, back_deg = GEOD.fwd(
        np.full(count, lonlat[0, 0]), np.full(count, lonlat[0, 1]), np.full(count, azimuth_deg), share * length_m
    )
    along_deg = np.asarray(back_deg) + 180.0
    along_deg[share * length_m < 1e-3] = azimuth_deg
    lon, lat, _ = GEOD.fwd(lonlat[:, 0], lonlat[:, 1], along_deg + 90.0, np.full(count, 1000.0 * offset_km))
    moved = np.column_stack([lon, lat])
    # on the side of the antimeridian that the line is counted on
    moved[:, 0] += 360.0 * np.rint((lonlat[:, 0] - moved[:, 0]) / 360.0)
    return moved


def bowed(lonlat: Floats, offset_km: float, end_km: float) -> Floats:
    """A line moved aside with its ends where they are: by the whole offset beyond ``end_km`` from both, less before.

    So it leaves its landings by the same approaches as the line itself.
    """
    steps_km = np.asarray(GEOD.line_lengths(lonlat[:, 0], lonlat[:, 1])) / 1000.0
    along_km = np.concatenate([[0.0], np.cumsum(steps_km)])
    share = np.clip(np.minimum(along_km, along_km[-1] - along_km) / max(end_km, 1e-9), 0.0, 1.0)
    return lonlat + share[:, None] * (aside(lonlat, offset_km) - lonlat)


def preference(
    grid: Grid, cost: NDArray[np.floating], lonlat: Floats, offsets_km: Sequence[float], step_km: float
) -> Preference:
    """Rank a line by its mean cost among copies moved aside by each offset.

    Line and copy are compared sample by sample where both lie on priced ground, so that a copy gains nothing by
    running over land.

    Parameters
    ----------
    grid, cost
        ``(rows, cols)``, metres of clear seabed per metre; NaN or inf is no ground to lie on.
    lonlat
        Vertices of the line, shape ``(n, 2)``.
    step_km
        Between samples.
    """
    line = even(lonlat, min(step_km, line_length_km(lonlat) / 20))
    own = costs_at(grid, cost, line)
    priced = np.isfinite(own)
    copies = left_out = cheaper = equal = 0
    for offset_km in offsets_km:
        other = costs_at(grid, cost, aside(line, offset_km))
        common = priced & np.isfinite(other)
        if common.mean() < MIN_COMMON:
            left_out += 1
            continue
        copies += 1
        here, there = float(own[common].mean()), float(other[common].mean())
        if abs(there - here) <= _SAME * here:
            equal += 1
        elif there < here:
            cheaper += 1
    mean = float(own[priced].mean()) if priced.any() else float("nan")
    return Preference(mean, float(priced.mean()), copies, left_out, cheaper, equal)


def costs_at(grid: Grid, cost: NDArray[np.floating], lonlat: Floats) -> Floats:
    """Cost of the cell that each point lies in; NaN off the grid and in walls."""
    row, col = grid.to_rowcol(lonlat[:, 0], lonlat[:, 1])
    inside = (row >= -0.5) & (row < grid.rows - 0.5) & (col >= -0.5) & (col < grid.cols - 0.5)
    i = np.clip(np.floor(row + 0.5), 0, grid.rows - 1).astype(int)
    j = np.clip(np.floor(col + 0.5), 0, grid.cols - 1).astype(int)
    found = np.where(inside, cost[i, j], np.nan)
    return np.where(np.isfinite(found), found, np.nan)
