"""Seconds, bytes, errors and leaks of the solvers on one case."""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import SEAS, Case, Floats, Frame, MadeSea, Sheet, finer
from benchmarks.peers import WORKS, Job, Solver
from pipeline.grid import Grid
from pipeline.routing import least_cost_path, polyline_cost, solve

REFINEMENT = 4
MOST_REFERENCE_CELLS = 420_000_000
NEAR_SOURCE_CELLS = 20
_CHUNK_ROWS = 256
_WARM_UP_CELLS = 20_000


@dataclass(frozen=True)
class Reference:
    """What is held for true: our own field and path on a grid four times finer.

    Attributes
    ----------
    grid, cost
        The finer sea.
    field
        Costs from the source, on the finer grid.
    path_cost
        Cost of the best path found, priced on the finer sea.
    """

    grid: Grid
    cost: Floats
    field: NDArray[Any]
    path_cost: float

    @classmethod
    def of(cls, case: Case) -> Reference | None:
        """None where the finer grid would not fit into memory."""
        grid = finer(case.grid, REFINEMENT)
        if grid.rows * grid.cols > MOST_REFERENCE_CELLS:
            return None
        cost = case.sea.cost(grid)
        best = least_cost_path(grid, cost, case.sea.source, case.sea.target)
        field = solve(grid, cost, [case.sea.source]).value
        return cls(grid, cost, field, best.cost)

    def median_error(self, frame: Frame, field: NDArray[Any], source: tuple[float, float]) -> float:
        """Median relative difference at the cells of a frame, but for the twenty around the source."""
        row, col = (float(v) for v in frame.to_rowcol(*source))
        cols = np.arange(frame.cols)
        differences = []
        for first in range(0, frame.rows, _CHUNK_ROWS):
            rows = np.arange(first, min(first + _CHUNK_ROWS, frame.rows))
            truth = self._at(frame, rows, cols)
            here = field[rows[0] : rows[-1] + 1]
            known = np.isfinite(truth) & np.isfinite(here)
            known &= np.hypot(rows[:, None] - row, cols - col) > NEAR_SOURCE_CELLS
            differences.append(np.abs(here[known] / truth[known] - 1).astype(np.float32))
        return float(np.median(np.concatenate(differences)))

    def _at(self, frame: Frame, rows: NDArray[Any], cols: NDArray[Any]) -> NDArray[Any]:
        """The finer field at a frame's cell centres, bilinear; inf or NaN beside a wall."""
        lat = frame.to_lonlat(rows, np.zeros(rows.size))[1]
        lon = frame.to_lonlat(np.zeros(cols.size), cols)[0]
        fine_row = np.clip(self.grid.to_rowcol(np.full(rows.size, lon[0]), lat)[0], 0, self.grid.rows - 1.001)
        fine_col = np.clip(self.grid.to_rowcol(lon, np.full(cols.size, lat[0]))[1], 0, self.grid.cols - 1.001)
        i, j = fine_row.astype(int), fine_col.astype(int)
        u, v = (fine_row - i)[:, None], fine_col - j
        corner = {(a, b): self.field[(i + a)[:, None], j + b] for a in (0, 1) for b in (0, 1)}
        with np.errstate(invalid="ignore"):
            north = corner[0, 0] * (1 - v) + corner[0, 1] * v
            south = corner[1, 0] * (1 - v) + corner[1, 1] * v
            return north * (1 - u) + south * u

    def path_excess(self, line: NDArray[Any]) -> tuple[float, bool]:
        """Relative cost above the best path, and whether the line cuts a wall.

        A line that cuts walls is priced as if they had the greatest friction of the sea.
        """
        price = polyline_cost(self.grid, self.cost, line)
        cuts = not np.isfinite(price)
        if cuts:
            price = polyline_cost(self.grid, np.nan_to_num(self.cost, nan=float(np.nanmax(self.cost))), line)
        return price / self.path_cost - 1, cuts


@dataclass(frozen=True)
class Prepared:
    """A case with its costs at hand."""

    case: Case
    on_grid: Floats
    on_sheet: Floats

    @classmethod
    def of(cls, case: Case) -> Prepared:
        return cls(case, case.sea.cost(case.grid), case.sea.cost(case.sheet))

    def job(self, work: str, solver: Solver, finer_cost: Floats | None = None) -> Job:
        """A solver's work on this case."""
        frame, cost = (self.case.grid, self.on_grid) if solver.ours else (self.case.sheet, self.on_sheet)
        ends = (self.case.sea.source,) if work == "field" else (self.case.sea.source, self.case.sea.target)
        if work == "refined" and solver.ours:
            return solver.job(frame, cost, *ends, finer_cost)
        return solver.job(frame, cost, *ends)


def measure(case: Case, works: Sequence[str], wanted: Sequence[str], runs: int, memory: bool) -> Iterator[dict[str, Any]]:
    """Rows of a case, work by work; each row also has ``cuts_walls``."""
    prepared, reference = Prepared.of(case), Reference.of(case)
    for work in works:
        solvers = taking_part(work, wanted)
        if work == "refined" and (reference is None or not any(s.ours for s in solvers)):
            continue
        jobs = {s.name: prepared.job(work, s, reference.cost if reference else None) for s in solvers}
        seconds, results = interleaved(jobs, runs)
        base = seconds[solvers[0].name]
        for solver in solvers:
            row = {
                "case": case.sea.name,
                "cells": case.grid.rows * case.grid.cols,
                "work": work,
                "solver": solver.name,
                "seconds_median": round(seconds[solver.name], 4),
                "runs": runs,
                "peak_bytes_per_cell": peak_bytes_per_cell(case, work, solver) if memory else None,
                "median_error": None,
                "path_excess": None,
                "ratio_to_ours": round(seconds[solver.name] / base, 2),
                "cuts_walls": False,
            }
            if reference and work == "field":
                frame = case.grid if solver.ours else case.sheet
                row["median_error"] = reference.median_error(frame, results[solver.name], case.sea.source)
            elif reference:
                row["path_excess"], row["cuts_walls"] = reference.path_excess(results[solver.name])
            yield row


def taking_part(work: str, wanted: Sequence[str]) -> list[Solver]:
    """Installed solvers of a work, our own first and always; of the peers those whose name has one of the words."""
    from benchmarks.peers import can_refine

    return [
        solver
        for solver in WORKS[work]
        if (solver.ours and (work != "refined" or can_refine()))
        or (not solver.ours and solver.version() is not None and (not wanted or any(w in solver.name for w in wanted)))
    ]


def interleaved(jobs: dict[str, Job], runs: int) -> tuple[dict[str, float], dict[str, NDArray[Any]]]:
    """Median seconds of each job after one warm-up, run in turn (A B C A B C …), and each one's result as read."""
    results = {name: np.array(job.read(job.work())) for name, job in jobs.items()}
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(runs):
        for name, job in jobs.items():
            gc.collect()
            began = time.perf_counter()
            job.work()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(t) for name, t in times.items()}, results


# ---- memory, in a process of its own


def peak_bytes_per_cell(case: Case, work: str, solver: Solver) -> float | None:
    """Peak memory of a solver beyond the cost it is given, bytes per cell; None where it can't be told."""
    words = ["--case", case.sea.name, "--cells", str(case.grid.rows * case.grid.cols), "--work", work]
    command = [sys.executable, "-m", "benchmarks.measure", *words, "--solver", solver.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def own_peak(case: Case, work: str, solver: Solver) -> float:
    """Peak memory of this process while it converts the cost and does the work, less what it held before."""
    finer_cost = case.sea.cost(finer(case.grid, REFINEMENT)) if work == "refined" else None
    warm = MadeSea()
    small = Case.of(warm, _WARM_UP_CELLS)
    Prepared.of(small).job(work, solver, warm.cost(finer(small.grid, REFINEMENT))).work()
    prepared = Prepared.of(case)
    gc.collect()
    before = restart_peak()
    prepared.job(work, solver, finer_cost).work()
    peak = max(peak_bytes() - before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
    return round(peak / (case.grid.rows * case.grid.cols), 1)


def restart_peak() -> int:
    """Forget the process's earlier peak where the system can (Linux); what it holds now, bytes."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        pass
    return peak_bytes()


def peak_bytes() -> int:
    """Greatest resident size of this process since `restart_peak`, or since its start."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# ---- leaks


def walls(size: int = 101) -> dict[str, NDArray[np.bool_]]:
    """Barriers one cell thick across a square; thick diagonals have no gaps at corners, thin ones only corners."""
    row, col = np.indices((size, size))
    middle = size // 2
    return {
        "row": row == middle,
        "column": col == middle,
        "thin diagonal": row == col,
        "thin anti-diagonal": row + col == size - 1,
        "thick diagonal": (row == col) | (row == col + 1),
        "thick anti-diagonal": (row + col == size - 1) | (row + col == size),
    }


def leaks(solver: Solver, size: int = 101) -> int:
    """How many of the six walls a full-field solver gets through."""
    centre, step_deg = size / 2, 0.01
    grid = Grid(0.0, centre * step_deg, step_deg, size, size)
    leaked = 0
    for barrier in walls(size).values():
        start = (size // 4, size // 2 - 1) if not barrier[size // 4, size // 2 - 1] else (0, 1)
        lon, lat = (float(v) for v in grid.to_lonlat(*start))
        frame = grid if solver.ours else Sheet.like(grid, (lon, lat))
        sealed = np.pad(barrier, ((0, frame.rows - size), (0, frame.cols - size)), mode="edge")
        cost = np.where(sealed, np.float32(np.nan), np.float32(1))
        job = solver.job(frame, cost, (lon, lat))
        leaked += bool(np.isfinite(np.asarray(job.read(job.work()))[beyond(sealed, *start)]).any())
    return leaked


def beyond(barrier: NDArray[np.bool_], row: int, col: int) -> NDArray[np.bool_]:
    """Open cells that four directions do not join to a place."""
    from scipy import ndimage

    waters, _ = ndimage.label(~barrier)
    return (waters != waters[row, col]) & ~barrier


def all_leaks(wanted: Sequence[str]) -> dict[str, int]:
    """Leaks of every full-field solver that is installed."""
    return {solver.name: leaks(solver) for solver in taking_part("field", wanted)}


def main() -> None:
    """One solver's peak memory, as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=sorted(SEAS), required=True)
    parser.add_argument("--cells", type=float, required=True)
    parser.add_argument("--work", choices=sorted(WORKS), required=True)
    parser.add_argument("--solver", required=True)
    asked = parser.parse_args()
    solver = next(s for s in WORKS[asked.work] if s.name == asked.solver)
    print(json.dumps(own_peak(Case.of(SEAS[asked.case](), asked.cells), asked.work, solver)))


if __name__ == "__main__":
    main()
