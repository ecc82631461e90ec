"""Whole runs, from the study to the published files, in processes of their own: seconds, processors, memory.

``python -m benchmarks.whole_runs`` (see README.md in this folder). Nothing is kept between runs but compiled kernels.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import machine

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results" / "whole_runs.json"
STUDY = ROOT / "studies" / "trans_caspian.toml"
FROZEN = FOLDER / "default_2026_11_26.toml"
MANY, SYSTEMS = 100_000, 16
SOURCE = 'source = "made for the benchmark"\nstatus = "ASSUMED"\n'
SEA = (49.5, 38.0, 53.0, 44.5)
"""West, south, east, north, degrees: where features are strewn."""

Words = list[str]


def default(folder: Path) -> Words:
    """The default study as it is."""
    return [str(STUDY)]


def frozen(folder: Path) -> Words:
    """The default study as it was on 2026-11-26."""
    return [str(FROZEN)]


def fine(folder: Path) -> Words:
    """One system on 24 million cells."""
    return [str(STUDY), "--system", "main", "--set", "area.grid_step_arcsec=7.5"]


def many_systems(folder: Path) -> Words:
    """Sixteen systems: those of the default study, and other pairs of its landings, some three kilometres off."""
    study = tomllib.loads(STUDY.read_text())
    landings = {item["id"]: item for item in study["landings"]}
    east = ("aktau", "kuryk", "turkmenbashi")
    lines = [f'extends = "{STUDY}"\n[study]\nid = "many-systems"\n']
    for name in east:
        at = landings[name]
        lines.append(
            f'[[landings]]\nid = "{name}-2"\nname = "{at["name"]} 2"\ncountry = "{at["country"]}"\n'
            f"lon_deg = {at['lon_deg']}\nlat_deg = {at['lat_deg'] + 0.03:.5f}\nmax_snap_km = 30.0\n{SOURCE}"
        )
    taken = {(item["from_landing"], item["to_landing"]) for item in study["systems"]}
    pairs = [(a, b) for a in ("sumgait", "siyazan", "buzovna") for b in (*east, *(f"{name}-2" for name in east))]
    free = [pair for pair in pairs if pair not in taken]
    for a, b in free[: SYSTEMS - len(taken)]:
        lines.append(f'[[systems]]\nid = "{a}-{b}"\nname = "{a} to {b}"\nfrom_landing = "{a}"\nto_landing = "{b}"\n')
    return [str(written(folder, "\n".join(lines)))]


def many_hazards(folder: Path) -> Words:
    """A hundred thousand mud volcanoes."""
    lon, lat = strewn()
    features = [
        feature({"hazard_id": f"h{i}", "name": f"h{i}", "kind": "mud_volcano"}, "Point", [x, y])
        for i, (x, y) in enumerate(zip(lon, lat, strict=True))
    ]
    return [str(study_with(folder, "hazards", features))]


def many_cables(folder: Path) -> Words:
    """A hundred thousand cables, some kilometres each."""
    lon, lat = strewn()
    turn = np.random.default_rng(2).uniform(0, 2 * np.pi, MANY)
    features = [
        feature(
            {"cable_id": f"c{i}", "name": f"c{i}", "kind": "telecom_cable", "owner": "none", "state": "operating"},
            "LineString",
            [[x, y], [round(x + 0.05 * np.cos(t), 5), round(y + 0.05 * np.sin(t), 5)]],
        )
        for i, (x, y, t) in enumerate(zip(lon, lat, turn.tolist(), strict=True))
    ]
    return [str(study_with(folder, "cables", features))]


def strewn() -> tuple[list[float], list[float]]:
    """Longitudes and latitudes over the sea, the same every time."""
    draw = np.random.default_rng(1)
    west, south, east, north = SEA
    return (
        draw.uniform(west, east, MANY).round(5).tolist(),
        draw.uniform(south, north, MANY).round(5).tolist(),
    )


def feature(properties: dict[str, Any], kind: str, coordinates: list[Any]) -> dict[str, Any]:
    """One of GeoJSON."""
    about = {"source": "made for the benchmark", "status": "ASSUMED", "position_accuracy_m": 100.0}
    return {
        "type": "Feature",
        "properties": properties | about,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def study_with(folder: Path, role: str, features: list[dict[str, Any]]) -> Path:
    """The default study with other features of a kind."""
    (folder / f"{role}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return written(
        folder,
        f'extends = "{STUDY}"\n[study]\nid = "many-{role}"\n'
        f'[sources]\n{role} = {{ path = "{role}.geojson", citation = "made for the benchmark", status = "ASSUMED" }}\n',
    )


def written(folder: Path, text: str) -> Path:
    """A study file."""
    path = folder / "study.toml"
    path.write_text(text)
    return path


CASES: dict[str, Callable[[Path], Words]] = {
    "default": default,
    "frozen": frozen,
    "one system, 7.5 arc seconds": fine,
    f"{SYSTEMS} systems": many_systems,
    f"{MANY:,} hazards": many_hazards,
    f"{MANY:,} cables": many_cables,
}
GOALS_S = {
    "default": 16.0,
    "frozen": 14.0,
    "one system, 7.5 arc seconds": 25.0,
    f"{SYSTEMS} systems": 45.0,
    f"{MANY:,} hazards": 20.0,
    f"{MANY:,} cables": 20.0,
}


@contextmanager
def case(name: str) -> Iterator[Words]:
    """The words of the command for a case, whose files stand for so long."""
    with tempfile.TemporaryDirectory() as folder:
        yield CASES[name](Path(folder))


def measure(words: Words) -> dict[str, float]:
    """Seconds, seconds of all processors, and the peak of memory in MB of one run; its files are removed."""
    with tempfile.TemporaryDirectory() as out:
        raw = ["--raw", str(ROOT / "data" / "raw"), "--direct", "--no-reuse", "--no-publish", "--out", out]
        began = time.perf_counter()
        run = subprocess.Popen(
            [sys.executable, "-m", "transcaspian", "run", *words, *raw], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        _, state, used = os.wait4(run.pid, 0)
        seconds = time.perf_counter() - began
    if state:
        raise SystemExit(f"the run of {' '.join(words)} ended with {os.waitstatus_to_exitcode(state)}")
    return {"seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1000}


def as_table(rows: Sequence[dict[str, Any]]) -> str:
    """Medians by case."""
    lines = ["| run | s | goal, s | CPU, s | MB |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(row["case"] for row in rows):
        own = [row for row in rows if row["case"] == name]
        seconds, cpu, peak = (
            statistics.median(row[key] for row in own) for key in ("seconds", "cpu_seconds", "peak_mb")
        )
        lines.append(f"| {name} | {seconds:.1f} | {GOALS_S[name]:.0f} | {cpu:.1f} | {peak:,.0f} |")
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> None:
    """Measure the cases in turn, and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(words)
    rows = []
    for _ in range(asked.rounds):
        for name in asked.cases:
            with case(name) as run:
                rows.append({"case": name, **measure(run)})
                print(json.dumps(rows[-1]), flush=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")
    print(as_table(rows))


if __name__ == "__main__":
    main()
