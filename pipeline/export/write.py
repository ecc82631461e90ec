"""All files of a run: each under a temporary name, read back, and only then under its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from pipeline.export.rasters import check_cog, write_cog
from pipeline.export.register import write_register
from pipeline.export.rpl import write_rpl_csv, write_rpl_xlsx
from pipeline.export.vectors import write_geojson, write_geopackage
from pipeline.export.verify import check_geojson, check_geopackage, check_rpl_file
from pipeline.grid import Grid
from pipeline.ingest.register import REGISTER
from pipeline.layers import PUBLISHED
from pipeline.rpl import Numbers, Rpl
from pipeline.sources.verify import sha256_of

Array = NDArray[np.float32]
RPL_WRITERS = {"csv": write_rpl_csv, "xlsx": write_rpl_xlsx}


def write_run(
    folder: Path,
    *,
    study_id: str,
    layers: Mapping[str, gpd.GeoDataFrame],
    grid: Grid,
    depth_m: Array,
    cost: Array,
    extra_rasters: Mapping[str, Array],
    corridor_excess: Mapping[str, Array],
    seabed_resolution_deg: float,
    rpls: Sequence[Rpl],
    numbers: Mapping[str, Numbers],
    drawings: Mapping[str, Callable[[Path], None]],
    created_utc: str,
) -> dict[str, dict[str, str | int]]:
    """Write and verify layers, rasters and map; returns hash and size of each file by its relative name.

    Parameters
    ----------
    extra_rasters, corridor_excess
        Weighted friction by criterion; share of the least cost, by system: shape ``grid.shape`` each.
    rpls
        Printed as CSV and XLSX under ``rpl/``, each named after its system.
    numbers
        Of the positions, by system id, for the next run.
    drawings
        What draws each picture, by the relative name of its file.

    Raises
    ------
    ExportError
        When a file cannot be written or does not read back as it was written.
    """
    files = Files(folder)
    with files.new(f"{study_id}.gpkg") as path:
        write_geopackage(path, layers, last_change=created_utc)
        check_geopackage(path, layers)
    for layer in PUBLISHED:
        with files.new(f"geojson/{layer.name}.geojson") as path:
            write_geojson(path, layer, layers[layer.name])
            check_geojson(path, layer, layers[layer.name])
    rasters = {
        "depth": (
            depth_m,
            f"water depth below the declared level, positive down; seabed data resolve {seabed_resolution_deg:g} deg",
            "m",
        ),
        "cost": (cost, "1 + sum of weighted friction: what the router minimises per metre", "1"),
        **{
            f"criterion_{name}": (array, f"weighted friction of the criterion {name}", "1")
            for name, array in extra_rasters.items()
        },
        **{
            f"corridor_excess_{system_id}": (array, f"excess of the best line through a cell of {system_id}", "1")
            for system_id, array in corridor_excess.items()
        },
    }
    for name, (array, description, units) in rasters.items():
        with files.new(f"rasters/{name}.tif") as path:
            write_cog(path, grid, array, description=description, units=units)
            check_cog(path, grid, array)
    for rpl in rpls:
        for suffix, write in RPL_WRITERS.items():
            with files.new(f"rpl/{rpl.system_id}.{suffix}") as path:
                write(path, rpl, created_utc=created_utc)
                check_rpl_file(path, rpl)
    if numbers:
        with files.new(REGISTER) as path:
            write_register(path, numbers)
    for name, draw in drawings.items():
        with files.new(name) as path:
            draw(path)
    return files.written


class Files:
    """The files of one run as they come to be; ``written`` has hash and size by relative name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: dict[str, dict[str, str | int]] = {}

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        """A temporary path that takes its name when the block has written and verified it."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"unverified-{target.name}")
        yield temporary
        os.replace(temporary, target)
        self.written[name] = {"sha256": sha256_of(target), "bytes": target.stat().st_size}
