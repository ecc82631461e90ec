"""The export of a run beside plain `geopandas.to_file`, and its growth with the number of features.

``python -m benchmarks.export --features 10000 100000 1000000 --runs 5`` (see README.md in this folder).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.report import machine
from transcaspian import export
from transcaspian.core.frames import frame, typed
from transcaspian.core.grid import CRS, Grid
from transcaspian.core.layers import PUBLISHED, Layer
from transcaspian.core.styles import DEPTH_STOPS
from transcaspian.export.gpkg_tables import describe_geopackage
from transcaspian.export.qgs import project_xml
from transcaspian.export.read_back import check_geojson, check_geopackage

RESULTS = Path(__file__).parent / "results" / "export.json"
STAMP = "2026-01-02T03:04:05.000Z"
GRID = Grid(46.0, 47.75, 1 / 240, 2000, 3000)
"""Six million cells."""
SHARES = {"route_profile": 0.5, "rpl_points": 0.15, "rpl_lines": 0.15, "sld": 0.1, "hazards": 0.05, "no_go": 0.05}
"""How the features are spread: mostly points with figures, then lines with texts, and areas of 32 corners."""
ABOUT = export.Description(
    run_id="bench", study_id="bench", title="bench", revision="A", abstract="", created_utc=STAMP, bounds=GRID.bounds,
    water_level="below −29.5 m", resolution_deg=0.1, grid_step_deg=GRID.step_deg, system_ids=("main",), sources=(),
    code_version="0", code_sha256="0",
)  # fmt: skip


def made_layer(layer: Layer, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Features of a layer with every column filled."""
    if not count:
        return frame(layer, [])
    number = np.arange(count)
    columns: dict[str, Any] = {
        "str": np.array([f"{layer.name} {i}: Бузовна — Şüvəlan" for i in range(count)], object),
        "int": number,
        "float": rng.normal(100, 30, count),
        "bool": number % 2 == 0,
    }
    places = np.column_stack([rng.uniform(47, 54, count), rng.uniform(37, 47, count)])
    shapes = {
        "Point": lambda: shapely.points(places),
        "LineString": lambda: shapely.linestrings(
            np.stack([places, places + 0.01, places + np.array([0.02, 0.0])], axis=1)
        ),
        "Polygon": lambda: shapely.buffer(shapely.points(places), 0.01, quad_segs=8),
        "Unknown": lambda: shapely.points(places),
    }[layer.geometry]()
    data = gpd.GeoDataFrame({field.name: columns[field.type] for field in layer.fields}, geometry=shapes, crs=CRS)
    return typed(layer, data)


def made_layers(features: int) -> dict[str, gpd.GeoDataFrame]:
    """So many features over the layers of a run; the others are empty."""
    rng = np.random.default_rng(1)
    return {layer.name: made_layer(layer, round(features * SHARES.get(layer.name, 0)), rng) for layer in PUBLISHED}


def made_rasters() -> tuple[export.Raster, ...]:
    """Two rasters of six million cells with a sea's smoothness and a measured depth's noise."""
    rng = np.random.default_rng(1)
    row, col = np.indices(GRID.shape)
    smooth = 300 * (1 + np.sin(row / 170) * np.cos(col / 230))
    found = []
    for name in ("depth", "cost"):
        array = (smooth + rng.normal(0, 0.5, GRID.shape)).round(2).astype(np.float32)
        array[row < 200] = np.nan
        found.append(export.Raster(name, array, name, "m", DEPTH_STOPS))
    return tuple(found)


def ours_gpkg(folder: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """A GeoPackage with all that is added to it, read back."""
    path = folder / "ours.gpkg"
    export.write_geopackage(path, layers, last_change=STAMP)
    project = project_xml(ABOUT, path.name, layers, [], GRID)
    describe_geopackage(path, ABOUT, layers, project)
    check_geopackage(path, layers)


def plain_gpkg(folder: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """The same layers by `geopandas.to_file`."""
    for name, data in layers.items():
        data.to_file(folder / "plain.gpkg", layer=name, driver="GPKG")


def ours_geojson(folder: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Every layer as RFC 7946, read back."""
    for layer in PUBLISHED:
        export.write_geojson(folder / f"{layer.name}.geojson", layer, layers[layer.name])
        check_geojson(folder / f"{layer.name}.geojson", layer, layers[layer.name])


def plain_geojson(folder: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """The same layers by `geopandas.to_file`, RFC 7946 too."""
    for name, data in layers.items():
        data.to_file(folder / f"plain-{name}.geojson", driver="GeoJSON", RFC7946="YES")


PAIRS: dict[str, tuple[Callable[..., None], Callable[..., None]]] = {
    "GeoPackage": (ours_gpkg, plain_gpkg),
    "GeoJSON": (ours_geojson, plain_geojson),
}


def seconds(work: Callable[..., None], layers: Mapping[str, gpd.GeoDataFrame]) -> float:
    """Wall time of one export into a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        work(Path(folder), layers)
        return time.perf_counter() - began


def compared(features: int, runs: int) -> list[dict[str, Any]]:
    """Ours and plain in turn, after a warm-up: medians and their ratio, for each format."""
    layers = made_layers(features)
    rows = []
    for name, (ours, plain) in PAIRS.items():
        took: dict[str, list[float]] = {"ours": [], "plain": []}
        for run in range(runs + 1):
            for key, work in (("ours", ours), ("plain", plain)):
                second = seconds(work, layers)
                if run:
                    took[key].append(second)
        ours_s, plain_s = (statistics.median(took[key]) for key in ("ours", "plain"))
        rows.append(
            {
                "format": name,
                "features": features,
                "ours_seconds": round(ours_s, 3),
                "plain_seconds": round(plain_s, 3),
                "ratio": round(ours_s / plain_s, 2),
            }
        )
        print(rows[-1], flush=True)
    return rows


def whole_run(features: int) -> dict[str, Any]:
    """Everything of one run: seconds, and the greatest memory of a process that does nothing else."""
    layers, rasters = made_layers(features), made_rasters()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        files = export.write_run(Path(folder), export.Content(ABOUT, layers, GRID, rasters))
        took = time.perf_counter() - began
    return {
        "features": features,
        "raster_cells": 2 * GRID.rows * GRID.cols,
        "seconds": round(took, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2),
        "files": len(files),
        "mbytes": round(sum(int(file["bytes"]) for file in files.values()) / 1e6, 1),
    }


def main(words: Sequence[str] | None = None) -> None:
    """Measure, save and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--whole", type=int, default=200_000, help="features of the whole run; 0: none")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-save", action="store_true", help="print only")
    options = parser.parse_args(words)
    made: dict[str, Any] = {"machine": machine()}
    if options.whole:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            made["whole_run"] = alone.submit(whole_run, options.whole).result()
        print(made["whole_run"], flush=True)
    made["compared"] = [row for count in options.features for row in compared(count, options.runs)]
    if not options.no_save:
        RESULTS.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
