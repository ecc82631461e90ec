"""A line over an ocean of 400 million cells in a cloud-optimised GeoTIFF, across the antimeridian.

``python -m benchmarks.ocean [FOLDER]`` makes the ocean once, some 700 MB in the folder (default: the system's temporary
one), and routes on it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.transform import Affine
from rasterio.windows import Window

from benchmarks.measure import peak_bytes, restart_peak
from transcaspian.core.grid import CRS, Grid
from transcaspian.ingest import raster_levels
from transcaspian.routing import least_cost_path_by_levels
from transcaspian.sources.datafile import DataFile

OCEAN = Grid(-180.0, 44.5, 360.0 / 40_320, 9_984, 40_320)
ENDS = (128.0, 31.0), (-81.0, -6.0)
TILE = 512
SHORE_M = -30.0


def make(path: Path) -> None:
    """Ridges, trenches and archipelagos of a made ocean, band of rows by band of rows."""
    rng = np.random.default_rng(1)
    scales = [(rng.normal(size=(8 * 2**n, 32 * 2**n)), 2600.0 / 1.7**n) for n in range(7)]
    profile = {
        "driver": "GTiff", "height": OCEAN.rows, "width": OCEAN.cols, "count": 1, "dtype": "int16", "crs": CRS,
        "transform": Affine(*OCEAN.transform), "tiled": True, "blockxsize": TILE, "blockysize": TILE, "nodata": -32768,
        "compress": "ZSTD",
    }  # fmt: skip
    whole = path.with_suffix(".whole.tif")
    with rasterio.open(whole, "w", **profile) as target:
        for top in range(0, OCEAN.rows, TILE):
            rows = np.arange(top, min(top + TILE, OCEAN.rows))
            height = np.full((rows.size, OCEAN.cols), -3200.0, np.float32)
            for nodes, metres in scales:
                down, share = np.divmod(rows / OCEAN.rows * (nodes.shape[0] - 1), 1)
                down, share = down.astype(int), share[:, None]
                lines = metres * ((1 - share) * nodes[down] + share * nodes[down + 1])
                across, share = np.divmod(np.arange(OCEAN.cols) / OCEAN.cols * nodes.shape[1], 1)
                across = across.astype(int)
                # around the Earth the first column of nodes follows the last
                after = (across + 1) % nodes.shape[1]
                height += ((1 - share) * lines[:, across] + share * lines[:, after]).astype(np.float32)
            target.write(height.clip(-9000, 4000).astype(np.int16), 1, window=Window(0, top, OCEAN.cols, rows.size))
        target.set_band_unit(1, "m")
    rasterio.shutil.copy(whole, path, driver="COG", compress="ZSTD", blocksize=TILE, overview_resampling="average")
    whole.unlink()


def main(folder: Path) -> None:
    """Make the ocean where it is not there, route, and print what that took."""
    path = folder / "ocean.tif"
    if not path.exists():
        make(path)
    sea = raster_levels(DataFile("seabed", path, "ocean", values="elevation_m_up"))
    frame = sea.frame((-60.0, OCEAN.south_deg, 299.9, OCEAN.north_deg))
    read_cells = {1: 0, 4: 0, 16: 0, 64: 0}

    def cost_of(part: Grid) -> NDArray[np.float32]:
        read_cells[round(part.step_deg / frame.step_deg)] += part.rows * part.cols
        height_m = sea.elevation_m(part)
        return np.where(height_m < SHORE_M, 1 + np.abs(height_m + 3500) / 1500, np.nan).astype(np.float32)

    for _ in range(2):  # the first time kernels are compiled
        read_cells = dict.fromkeys(read_cells, 0)
        restart_peak()
        began, cpu = time.perf_counter(), time.process_time()
        line = least_cost_path_by_levels(frame, cost_of, ENDS, max_cells=500_000)
        took = time.perf_counter() - began, time.process_time() - cpu
    total = frame.rows * frame.cols
    print(
        f"{total / 1e6:.0f} million cells, {path.stat().st_size / 1e6:.0f} MB: {line.length_m / 1000:,.0f} km in "
        f"{took[0]:.1f} s ({took[1]:.1f} s of this process's processor time), peak {peak_bytes() / 1e6:,.0f} MB"
    )
    for side, cells in sorted(read_cells.items(), reverse=True):
        print(f"cells {side} times as long: {cells / 1e6:.1f} of {total / side**2 / 1e6:.1f} million read")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.gettempdir()))
