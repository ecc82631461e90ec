"""Seconds, bytes, errors and leaks of the solvers on one case."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import SEAS, Case, Even, Floats, MadeSea, Sea, Sheet, finer, finer_cost
from benchmarks.grass import Grass
from benchmarks.peers import WORKS, Job, Solver
from transcaspian.core.grid import Grid
from transcaspian.routing import RoutingProblem, polyline_cost, solve, trace

REFINEMENT = 4
MAX_REFERENCE_CELLS = 110_000_000
"""Larger seas than a sixteenth of it are held against cells twice as fine, and those larger than a quarter are not."""
NEAR_SOURCE_CELLS = 20
_WARM_UP_CELLS = 250_000
_IDLE_S = 1.0
"""What a solver holds and has not touched for so long may have left memory: then it works once untimed before."""


@dataclass(frozen=True)
class Reference:
    """What is held for true on a frame: our own field and path on finer cells.

    Attributes
    ----------
    factor
        How many times finer.
    grid, cost
        The finer sea; for a sheet, on its plane.
    at_centres
        Costs from the source at the centres of the frame's own cells, on an `Even` sea exact; NaN near the source.
    path_cost
        Cost of the best path found on the finer sea.
    """

    factor: int
    grid: Grid
    cost: Floats
    at_centres: Floats
    path_cost: float

    @classmethod
    def of(cls, sea: Sea, frame: Grid | Sheet, cost: Floats, factor: int = REFINEMENT) -> Reference:
        """One solve on so many times finer cells, an even factor."""
        fine = finer(frame, factor)
        fine_cost = finer_cost(sea, frame, cost, factor)
        if isinstance(fine, Sheet):
            grid, side_m = fine.plane()
            fine_cost *= (fine.side_m / side_m).astype(np.float32)[:, None]
        else:
            grid = fine
        source, target = (tuple(map(float, place)) for place in on(grid, fine, [sea.source, sea.target]))
        problem = RoutingProblem(grid, fine_cost)
        field = solve(problem, [source])
        best = polyline_cost(problem, trace(problem, field, *target))
        # a coarse centre lies between the four fine cells in the middle of its block
        middle = factor // 2
        truth = sum(field.value[middle - i :: factor, middle - j :: factor] for i in (0, 1) for j in (0, 1)) / 4
        if isinstance(sea, Even):
            truth = sea.exact(frame)
        row, col = (float(v) for v in frame.to_rowcol(*sea.source))
        truth[np.hypot(np.arange(frame.rows)[:, None] - row, np.arange(frame.cols) - col) < NEAR_SOURCE_CELLS] = np.nan
        return cls(factor, grid, fine_cost, truth, best)

    def median_error(self, field: NDArray[Any]) -> float:
        """Median relative difference where both have values, but for the cells around the source."""
        known = np.isfinite(self.at_centres) & np.isfinite(field)
        return float(np.median(np.abs(field[known] / self.at_centres[known] - 1)))

    def path_excess(self, frame: Grid | Sheet, line: NDArray[Any]) -> tuple[float, bool]:
        """Relative cost above the best path, and whether the line cuts a wall.

        A line that cuts walls is priced as if they had the greatest friction of the sea.
        """
        points = on(self.grid, finer(frame, self.factor), line)
        price = polyline_cost(RoutingProblem(self.grid, self.cost), points)
        cuts = not np.isfinite(price)
        if cuts:
            filled = np.nan_to_num(self.cost, nan=float(np.nanmax(self.cost)))
            price = polyline_cost(RoutingProblem(self.grid, filled), points)
        return price / self.path_cost - 1, cuts


def on(grid: Grid, frame: Grid | Sheet, lonlat: Any) -> Any:
    """Places on a frame as places on the grid that stands for it, ``(n, 2)``."""
    points = np.asarray(lonlat, float)
    return (
        points
        if isinstance(frame, Grid)
        else np.column_stack(grid.to_lonlat(*frame.to_rowcol(points[:, 0], points[:, 1])))
    )


@dataclass(frozen=True)
class Prepared:
    """A case with its costs at hand."""

    case: Case
    on_grid: Floats
    on_sheet: Floats

    @classmethod
    def of(cls, case: Case) -> Prepared:
        return cls(case, case.sea.cost(case.grid), case.sea.cost(case.sheet))

    def finer_sea(self) -> Floats:
        """The sea of the grid on cells four times finer."""
        return finer_cost(self.case.sea, self.case.grid, self.on_grid, REFINEMENT)

    def references(self, sheet_too: bool) -> dict[bool, Reference]:
        """What our own solvers (True) and the peers (False) are judged by; nothing on the largest seas."""
        case = self.case
        cells = case.grid.rows * case.grid.cols
        factor = next((f for f in (REFINEMENT, 2) if cells * f**2 <= MAX_REFERENCE_CELLS), None)
        if factor is None:
            return {}
        found = {True: Reference.of(case.sea, case.grid, self.on_grid, factor)}
        if sheet_too:
            found[False] = Reference.of(case.sea, case.sheet, self.on_sheet, factor)
        return found

    def job(self, work: str, solver: Solver, finer_sea: Floats | None = None) -> Job:
        """A solver's work on this case."""
        frame, cost = (self.case.grid, self.on_grid) if solver.ours else (self.case.sheet, self.on_sheet)
        ends = (self.case.sea.source,) if work == "field" else (self.case.sea.source, self.case.sea.target)
        if work == "refined" and solver.ours:
            return solver.job(frame, cost, *ends, finer_sea)
        return solver.job(frame, cost, *ends)


def measure(
    case: Case, works: Sequence[str], wanted: Sequence[str], runs: int, memory: bool
) -> Iterator[dict[str, Any]]:
    """Rows of a case, work by work; each row also has ``cuts_walls``."""
    prepared = Prepared.of(case)
    references = prepared.references(sheet_too=any(not s.ours for work in works for s in taking_part(work, wanted)))
    for work in works:
        if work == "refined" and (not references or references[True].factor != REFINEMENT):
            continue
        solvers = taking_part(work, wanted)
        for solver in solvers:
            warm_up(work, solver)
        finer_sea = references[True].cost if references else None
        seconds, cpu, results = interleaved({s.name: prepared.job(work, s, finer_sea) for s in solvers}, runs)
        for solver in solvers:
            row = {
                "case": case.sea.name,
                "cells": case.grid.rows * case.grid.cols,
                "work": work,
                "solver": solver.name,
                "seconds_median": round(seconds[solver.name], 4),
                "cpu_seconds_median": round(cpu[solver.name], 4),
                "runs": runs,
                "peak_bytes_per_cell": peak_bytes_per_cell(case, work, solver) if memory else None,
                "median_error": None,
                "path_excess": None,
                "ratio_to_ours": round(seconds[solver.name] / seconds[solvers[0].name], 2),
                "cuts_walls": False,
            }
            reference = references.get(solver.ours)
            if reference and work == "field":
                row["median_error"] = reference.median_error(results[solver.name])
            elif reference:
                frame = case.grid if solver.ours else case.sheet
                row["path_excess"], row["cuts_walls"] = reference.path_excess(frame, results[solver.name])
            yield row


def taking_part(work: str, wanted: Sequence[str]) -> list[Solver]:
    """Installed solvers of a work, our own first and always; of the peers those whose name has one of the words."""
    return [
        solver
        for solver in WORKS[work]
        if solver.ours or (solver.version() is not None and (not wanted or any(word in solver.name for word in wanted)))
    ]


def interleaved(jobs: dict[str, Job], runs: int) -> tuple[dict[str, float], dict[str, float], dict[str, NDArray[Any]]]:
    """Median seconds of each job, and those of the processor, run in turn (A B C A B C …).

    Last comes each one's result as read.
    """
    results: dict[str, NDArray[Any]] = {}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    ended: dict[str, float] = {}
    for _ in range(runs):
        for name, job in jobs.items():
            gc.collect()
            if time.perf_counter() - ended.get(name, -np.inf) > _IDLE_S:
                job.work()
            began, cpu_began = time.perf_counter(), _cpu_seconds()
            done = job.work()
            ended[name] = time.perf_counter()
            times[name].append((ended[name] - began, _cpu_seconds() - cpu_began))
            if name not in results:
                results[name] = np.array(job.read(done))
            del done
    wall, cpu = ({name: statistics.median(t[i] for t in each) for name, each in times.items()} for i in (0, 1))
    return wall, cpu, results


@cache
def warm_up(work: str, solver: Solver) -> None:
    """Let a solver compile and load what it needs, on a small sea."""
    small = Prepared.of(Case.of(MadeSea(), _WARM_UP_CELLS))
    small.job(work, solver, small.finer_sea() if work == "refined" else None).work()


def _cpu_seconds() -> float:
    """What this process and the programs that it has begun have taken of all processors."""
    return time.process_time() + sum(os.times()[2:4])


# ---- memory, in a process of its own


def peak_bytes_per_cell(case: Case, work: str, solver: Solver) -> float | None:
    """Peak memory of a solver beyond the cost it is given, bytes per cell; None where it can't be told."""
    words = ["--case", case.sea.name, "--cells", str(case.grid.rows * case.grid.cols), "--work", work]
    command = [sys.executable, "-m", "benchmarks.measure", *words, "--solver", solver.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def own_peak(case: Case, work: str, solver: Solver) -> float:
    """Peak memory of this process while it converts the cost and does the work, less what it held before."""
    warm_up(work, solver)
    whole = Prepared.of(case)
    finer_sea = whole.finer_sea() if work == "refined" else None
    Grass.peaks = []
    before = restart_peak()
    whole.job(work, solver, finer_sea).work()
    peak = max([peak_bytes() - before, *Grass.peaks])
    return round(peak / (case.grid.rows * case.grid.cols), 1)


def restart_peak() -> int:
    """Forget the process's earlier peak where the system can (Linux); what it holds now, bytes."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # or what was freed would be taken again unseen
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
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
        start = size // 4, size // 2 - 10  # in the open, and far enough for solvers that start from a circle
        lon, lat = (float(v) for v in grid.to_lonlat(*start))
        side_m = 1000.0
        sheet = Sheet(-start[1] * side_m, start[0] * side_m, side_m, size, size)
        frame, place = (grid, (lon, lat)) if solver.ours else (sheet, tuple(map(float, sheet.to_lonlat(*start))))
        cost = np.where(barrier, np.float32(np.nan), np.float32(1))
        job = solver.job(frame, cost, place)
        leaked += bool(np.isfinite(np.asarray(job.read(job.work()))[beyond(barrier, *start)]).any())
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
