"""Batches on one thread and on two: seconds, and memory as it grows.

``python -m benchmarks.batch --routes 1000 --rounds 1`` (see README.md in this folder). Each measurement is a process of
its own, after a warm-up that compiles; threads of BLAS are held to one, so that only ours count.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.report import machine

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "batch.json"
STUDY = ROOT / "studies" / "trans_caspian.toml"
HEADING = "pair_id,from_name,from_lon_deg,from_lat_deg,to_name,to_lon_deg,to_lat_deg"


def write_batch(folder: Path, routes: int) -> Path:
    """A batch of pairs of places drawn over the shore of the Middle and South Caspian, the same every time."""
    from transcaspian.runs.engine import RunSettings
    from transcaspian.runs.stages.inputs import water_polygon
    from transcaspian.runs.stages.read_inputs import read_inputs

    shore = shapely.get_exterior_ring(
        max(shapely.get_parts(water_polygon(read_inputs(RunSettings(STUDY)))), key=shapely.area)
    )
    south = shapely.get_coordinates(shapely.segmentize(shore, 0.01))
    south = south[south[:, 1] < 44.0]  # farther north the water is a few metres deep
    places = south[np.random.default_rng(1).integers(0, len(south), (routes, 2))]
    rows = [f"p{i},,{a[0]:.6f},{a[1]:.6f},,{b[0]:.6f},{b[1]:.6f}" for i, (a, b) in enumerate(places)]
    (folder / "pairs.csv").write_text("\n".join([HEADING, *rows]) + "\n")
    path = folder / "batch.toml"
    path.write_text(
        f'[batch]\nid = "bench"\ntitle = "bench"\nstudy = "{STUDY}"\n'
        '[pairs]\nfile = { path = "pairs.csv", max_snap_km = 5.0, citation = "drawn over the shore" }\n'
    )
    return path


def measure_batch(path: Path, threads: int) -> dict[str, Any]:
    """Route the batch in this process; memory is the greatest so far, in MB, at a tenth and at the end."""
    from transcaspian.analyses.batch.compute import BatchSettings, run_batch
    from transcaspian.core.spread import on_threads

    peaks: list[float] = []

    def told(done: int, failed: int, members: int) -> None:
        if len(peaks) < 1 and done >= members / 10:
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)

    began, cpu = time.perf_counter(), time.process_time()
    how = partial(on_threads, threads=threads)
    result = run_batch(BatchSettings(path, path.parent / f"out{threads}", raw_dir=ROOT / "data" / "raw", how=how), told)
    return {
        "threads": threads,
        "routes": result.members,
        "failed": result.failed,
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "mb_at_a_tenth": peaks[0],
        "mb_at_the_end": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "sha256": json.loads((result.folder / "manifest.json").read_text())["files"]["routes.parquet"]["sha256"],
    }


def in_a_process(path: Path, threads: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.batch", "--path", str(path), "--threads", str(threads)]
    quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(words, env=os.environ | quiet, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Measure one and two threads in turn, and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--routes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    if asked.path is not None:
        print(json.dumps(measure_batch(asked.path, asked.threads)))
        return
    with tempfile.TemporaryDirectory() as folder:
        in_a_process(write_batch(Path(folder), 4), 2)
        path = write_batch(Path(folder), asked.routes)
        rows = [in_a_process(path, threads) for _ in range(asked.rounds) for threads in (1, 2)]
    seconds = {n: statistics.median(row["seconds"] for row in rows if row["threads"] == n) for n in (1, 2)}
    assert len({row["sha256"] for row in rows}) == 1, "the rows are the same to the byte"
    ratio = round(seconds[1] / seconds[2], 3)
    RESULTS.write_text(json.dumps({"machine": machine(), "ratio": ratio, "rows": rows}, indent=2) + "\n")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
