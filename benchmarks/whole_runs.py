"""Whole runs, from the study to the published files, in processes of their own: seconds, processors, memory.

``python -m benchmarks.whole_runs`` (see README.md in this folder). Nothing is kept between runs but compiled kernels,
made before the first round.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
from scipy.ndimage import distance_transform_edt

from benchmarks.report import README, machine, write_between_marks
from transcaspian.core.grid import Grid, length_m
from transcaspian.routing import RoutingProblem, polyline_cost

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results" / "whole_runs.json"
STUDY = ROOT / "studies" / "trans_caspian.toml"
FROZEN = FOLDER / "default_2026_11_26.toml"
MANY, SYSTEMS = 100_000, 16
SOURCE = 'source = "made for the benchmark"\nstatus = "ASSUMED"\n'
SEA = (49.5, 38.0, 53.0, 44.5)
"""West, south, east, north, degrees: where features are strewn."""

OLD = "1c001d4"
"""The commit whose study is frozen; a clone without it leaves its case out."""
OPTIONS = re.compile(r"\[+(engineering|alternatives|corridor|routing)\b")
"""Tables of the frozen study that a study need not have."""


class Command(NamedTuple):
    """What is run: words that the folder of its files is added to, and the checkout that it is run in."""

    words: list[str]
    checkout: Path = ROOT


def ours(*words: str) -> Command:
    """A run of a study by the code of today."""
    return Command(["-m", "transcaspian", "run", *words, *_direct(ROOT), "--no-publish", "--out"])


def _direct(checkout: Path) -> list[str]:
    return ["--raw", str(checkout / "data" / "raw"), "--direct", "--no-reuse"]


def default(folder: Path) -> Command:
    """The default study as it is."""
    return ours(str(STUDY))


def frozen(folder: Path) -> Command:
    """The default study as it was on 2026-11-26."""
    return ours(str(FROZEN))


def frozen_by_old_code(folder: Path) -> Command:
    """The same by the code of that day, with the libraries of today."""
    checkout = Path(old_checkout().name)
    study = checkout / "studies" / "trans_caspian.toml"
    return Command(["-m", "pipeline", "run", str(study), *_direct(checkout), "--out"], checkout)


@cache
def old_checkout() -> tempfile.TemporaryDirectory[str]:
    """The files of the old commit, until this process ends."""
    folder = tempfile.TemporaryDirectory()
    packed = subprocess.run(["git", "archive", OLD], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", folder.name], input=packed, check=True)
    return folder


def options_off(folder: Path) -> Command:
    """One system of the frozen study without the tables that a study need not have."""
    tables = re.split(r"(?m)^(?=\[)", FROZEN.read_text())
    study = written(folder, "".join(table for table in tables if not OPTIONS.match(table)))
    return ours(str(study), "--system", "main")


def plain_script(folder: Path) -> Command:
    """The plain job on the same files, by a script."""
    return Command([str(FOLDER / "plain_script.py")])


def fine(folder: Path) -> Command:
    """One system on 24 million cells."""
    return ours(str(STUDY), "--system", "main", "--set", "area.grid_step_arcsec=7.5")


def many_systems(folder: Path) -> Command:
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
    return ours(str(written(folder, "\n".join(lines))))


def many_hazards(folder: Path) -> Command:
    """A hundred thousand mud volcanoes."""
    lon, lat = strewn()
    features = [
        feature({"hazard_id": f"h{i}", "name": f"h{i}", "kind": "mud_volcano"}, "Point", [x, y])
        for i, (x, y) in enumerate(zip(lon, lat, strict=True))
    ]
    return ours(str(study_with(folder, "hazards", features)))


def many_cables(folder: Path) -> Command:
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
    return ours(str(study_with(folder, "cables", features)))


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


CASES: dict[str, Callable[[Path], Command]] = {
    "default": default,
    "frozen": frozen,
    f"frozen, by commit {OLD}": frozen_by_old_code,
    "one system, all options off": options_off,
    "the plain script": plain_script,
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
RATIOS = {
    ("frozen", f"frozen, by commit {OLD}"): 0.5,
    ("one system, all options off", "the plain script"): 2.5,
}
"""Pairs of cases, and what share of the second's time the first is to take at most."""


@contextmanager
def case(name: str) -> Iterator[Command]:
    """The command of a case, whose files stand for so long."""
    with tempfile.TemporaryDirectory() as folder:
        yield CASES[name](Path(folder))


def measure(command: Command) -> dict[str, float]:
    """Seconds, seconds of all processors, and the peak of memory in MB of one run; its files are removed."""
    with tempfile.TemporaryDirectory() as out:
        return run(command, Path(out))


def run(command: Command, out: Path) -> dict[str, float]:
    """Seconds, seconds of all processors, and the peak of memory in MB of one run, whose files stay in a folder."""
    paths = (command.checkout / "pipeline", command.checkout)
    there = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    there.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its modules compiled
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command.words, str(out)], cwd=command.checkout, env=there, stdout=subprocess.DEVNULL
    )
    _, state, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if state:
        raise SystemExit(f"{' '.join(command.words)} ended with {os.waitstatus_to_exitcode(state)}")
    return {"seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1000}


def lines() -> list[dict[str, Any]]:
    """Length and weighted length, km, of the line of our run with all options off and of the script's, by our cost.

    What runs beside the open cells, as by the shore, is priced as the nearest open one.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for name, make in (("ours", options_off), ("the plain script", plain_script)):
            out = Path(folder) / name
            out.mkdir()
            run(make(Path(folder)), out)
            found[name] = next(out.rglob("routes.geojson"))
        with rasterio.open(next(Path(folder, "ours").rglob("cost.tif"))) as raster:
            cost, at = raster.read(1), raster.transform
        nearest = distance_transform_edt(~np.isfinite(cost), return_distances=False, return_indices=True)
        sea = RoutingProblem(Grid(at.c, at.f, at.a, *cost.shape), cost[tuple(nearest)])
        coordinates = {
            name: np.array(json.loads(path.read_text())["features"][0]["geometry"]["coordinates"])
            for name, path in found.items()
        }
    return [
        {
            "line": name,
            "length_km": length_m(lonlat) / 1000,
            "weighted_km": polyline_cost(sea, lonlat) / 1000,
        }
        for name, lonlat in coordinates.items()
    ]


def as_table(rows: Sequence[dict[str, Any]], priced: Sequence[dict[str, Any]] = ()) -> str:
    """Medians by case, the ratios that are aimed at, and the lines beside each other."""
    medians = {
        name: {key: statistics.median(row[key] for row in rows if row["case"] == name) for key in row if key != "case"}
        for row in rows
        if (name := row["case"])
    }
    parts = ["| run | s | goal, s | CPU, s | MB |", "|---|---:|---:|---:|---:|"]
    for name, own in medians.items():
        goal = f"{GOALS_S[name]:.0f}" if name in GOALS_S else "–"
        parts.append(f"| {name} | {own['seconds']:.1f} | {goal} | {own['cpu_seconds']:.1f} | {own['peak_mb']:,.0f} |")
    held = [pair for pair in RATIOS if set(pair) <= set(medians)]
    if held:
        parts += ["", "| run | beside | ratio of the times | of the CPU | goal |", "|---|---|---:|---:|---:|"]
    for name, other in held:
        wall, cpu = (medians[name][key] / medians[other][key] for key in ("seconds", "cpu_seconds"))
        parts.append(f"| {name} | {other} | {wall:.2f} | {cpu:.2f} | {RATIOS[name, other]} |")
    if priced:
        parts += ["", "| line of | length, km | weighted by our cost, km |", "|---|---:|---:|"]
    parts += [f"| {line['line']} | {line['length_km']:.1f} | {line['weighted_km']:.1f} |" for line in priced]
    return "\n".join(parts)


def main(words: Sequence[str] | None = None) -> None:
    """Measure the cases in turn, and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(words)
    for name in {"default", f"frozen, by commit {OLD}"} & set(asked.cases):
        with case(name) as command:
            measure(command)
    rows = []
    for _ in range(asked.rounds):
        for name in asked.cases:
            with case(name) as command:
                rows.append({"case": name, **measure(command)})
                print(json.dumps(rows[-1]), flush=True)
    priced = lines() if "the plain script" in asked.cases else []
    made = {"machine": machine(), "date": date.today().isoformat(), "lines": priced, "rows": rows}
    RESULTS.write_text(json.dumps(made, indent=2) + "\n")
    table = f"{made['date']}; {made['machine']}; medians of {asked.rounds}.\n\n{as_table(rows, priced)}"
    write_between_marks(README, table, "whole runs")
    print(table)


if __name__ == "__main__":
    main()
