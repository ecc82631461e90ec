"""The router beside its peers, in one run, on equal work: a full field from one source over a Caspian-like cost.

The cost is smooth and random with no-go blocks; the error of each field is its median relative difference from our own
field on a grid four times finer, sampled at the coarse cell centres. Peers that are not installed are left out.
Run: ``make bench`` (or ``python -m benchmarks.router 0.4 1.5``, in million cells).
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.grid import Grid
from pipeline.routing import solve

RESULTS = Path(__file__).parent / "results"
SOURCE = (49.9, 45.9)
AREA = (47.0, 38.0, 54.0, 47.0)
REFINEMENT = 4
RUNS = 3

Array = NDArray[np.floating[Any]]


def caspian_like_cost(grid: Grid, seed: int = 1) -> NDArray[np.float32]:
    """Friction 0.3…6 with structure of 10–100 km and closed blocks; the same sea at every resolution."""
    random = np.random.default_rng(seed)
    rough = random.normal(size=(60, 48))
    row = (grid.north_deg - grid.lat_deg) / (AREA[3] - AREA[1]) * (rough.shape[0] - 1)
    col = (grid.lon_deg - grid.west_deg) / (AREA[2] - AREA[0]) * (rough.shape[1] - 1)
    smooth = ndimage.map_coordinates(rough, np.meshgrid(row, col, indexing="ij"), order=3, mode="nearest")
    cost = np.exp(0.6 * smooth).clip(0.3, 6).astype(np.float32)
    for west, south, east, north in ((48.5, 43, 52.5, 43.6), (47.5, 40.5, 50, 41), (51, 39.2, 53.5, 39.5)):
        inside = (grid.lat_deg[:, None] > south) & (grid.lat_deg[:, None] < north)
        inside = inside & (grid.lon_deg > west) & (grid.lon_deg < east)
        cost[inside] = np.nan
    return cost


def ours(grid: Grid, cost: Array) -> Array:
    return solve(grid, cost, [SOURCE]).value


def scikit_image(grid: Grid, cost: Array) -> Array:
    """8 directions; one mean spacing per axis, as the library allows no other."""
    from skimage.graph import MCP_Geometric

    dx_m, dy_m = grid.spacing_m()
    row, col = (round(float(v)) for v in grid.to_rowcol(*SOURCE))
    graph = MCP_Geometric(np.where(np.isnan(cost), -1, cost), sampling=(float(dy_m.mean()), float(dx_m.mean())))
    return graph.find_costs([(row, col)])[0]


def scikit_fmm(grid: Grid, cost: Array) -> Array:
    """Second order on a planar grid of mean spacings."""
    import skfmm

    dx_m, dy_m = grid.spacing_m()
    row, col = (round(float(v)) for v in grid.to_rowcol(*SOURCE))
    phi = np.ma.MaskedArray(np.ones(cost.shape), np.isnan(cost))
    phi[row, col] = 0
    times = skfmm.travel_time(phi, np.where(np.isnan(cost), 1, 1 / cost), dx=(float(dy_m.mean()), float(dx_m.mean())))
    return np.ma.filled(times, np.inf)


SOLVERS: dict[str, tuple[str, Callable[[Grid, Array], Array]]] = {
    "transcaspian": ("transcaspian", ours),
    "scikit-image MCP_Geometric": ("skimage", scikit_image),
    "scikit-fmm order 2": ("skfmm", scikit_fmm),
}


def seconds_of(solver: Callable[[], Array]) -> tuple[float, Array]:
    """Median wall time after one warm-up, and the last field."""
    field = solver()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        field = solver()
        times.append(time.perf_counter() - began)
    return statistics.median(times), field


def grid_of(cells: float) -> Grid:
    west, south, east, north = AREA
    step_deg = ((east - west) * (north - south) / cells) ** 0.5
    return Grid.covering(west, south, west + round((east - west) / step_deg) * step_deg, north, step_deg)


def measure(cells: float) -> list[dict[str, Any]]:
    grid = grid_of(cells)
    cost = caspian_like_cost(grid)
    fine = Grid(
        grid.west_deg, grid.north_deg, grid.step_deg / REFINEMENT, grid.rows * REFINEMENT, grid.cols * REFINEMENT
    )
    reference = solve(fine, caspian_like_cost(fine), [SOURCE]).value
    # a coarse centre lies between the four fine cells in the middle of its block
    middle = REFINEMENT // 2
    blocks = [reference[middle - i :: REFINEMENT, middle - j :: REFINEMENT] for i in (0, 1) for j in (0, 1)]
    truth = np.mean([block[: grid.rows, : grid.cols] for block in blocks], axis=0)
    rows = []
    for name, (module, solver) in SOLVERS.items():
        if module != "transcaspian" and find_spec(module) is None:
            continue
        seconds, field = seconds_of(lambda solver=solver: solver(grid, cost))  # type: ignore[misc]
        known = np.isfinite(field) & np.isfinite(truth) & (truth > 20 * grid.spacing_m()[1].mean())
        rows.append(
            {
                "case": "caspian-like",
                "cells": grid.rows * grid.cols,
                "work": "full field",
                "solver": name,
                "seconds_median": round(seconds, 4),
                "runs": RUNS,
                "median_error": float(np.median(np.abs(field[known] / truth[known] - 1))),
            }
        )
    for row in rows:
        row["ratio_to_ours"] = round(row["seconds_median"] / rows[0]["seconds_median"], 2)
    return rows


def as_markdown(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| cells | solver | seconds (median) | × ours | median error |",
        "|---:|---|---:|---:|---:|",
        *(
            f"| {r['cells']:,} | {r['solver']} | {r['seconds_median']:.3f} | {r['ratio_to_ours']:.2f} "
            f"| {100 * r['median_error']:.3f} % |"
            for r in rows
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    sizes = [float(text) * 1e6 for text in sys.argv[1:]] or [0.4e6, 1.5e6]
    rows = [row for cells in sizes for row in measure(cells)]
    RESULTS.mkdir(exist_ok=True)
    versions = {name: version(name) for name in ("numpy", "numba", "scikit-image")}
    made = {"date": date.today().isoformat(), "python": platform.python_version(), "versions": versions}
    document = {**made, "rows": rows}
    (RESULTS / "latest.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(as_markdown(rows))


if __name__ == "__main__":
    main()
