"""All files of a run: each under a temporary name, read back, and only then under its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import geopandas as gpd

from transcaspian.core.grid import Grid
from transcaspian.core.layer_catalogue import published_in
from transcaspian.core.spread import one_beside
from transcaspian.export.description import Description
from transcaspian.export.formats import FORMATS
from transcaspian.export.geojson import write_geojson
from transcaspian.export.geopackage import write_geopackage
from transcaspian.export.gpkg_tables import describe_geopackage
from transcaspian.export.position_numbers import write_numbers
from transcaspian.export.published import published_layers
from transcaspian.export.qgs import project_xml
from transcaspian.export.qml import raster_qml
from transcaspian.export.rasters import Raster, check_cog, colour_table, write_cog
from transcaspian.export.read_back import check_geojson, check_geopackage, check_rpl_file
from transcaspian.export.stac import ITEM, stac_item
from transcaspian.rpl.model import NUMBERS, Numbers, Rpl
from transcaspian.rpl.writer import write_rpl_csv, write_rpl_xlsx
from transcaspian.sources.verify import sha256_of

RPL_WRITERS = {"csv": write_rpl_csv, "xlsx": write_rpl_xlsx}


@dataclass(frozen=True)
class Content:
    """All that a run publishes.

    Attributes
    ----------
    about
        What the run says of itself in every file.
    layers
        Every published layer by its name, as it was computed (`published_layers` makes of it what is written).
    grid
        Frame of the rasters, EPSG:4326.
    rasters
        Shape ``grid.shape`` each.
    numbers
        Of the positions, by system id, for the next run.
    pages
        What draws each picture and writes each page, by the relative name of its file.
    formats
        Further vector formats, by their names in `FORMATS`.
    """

    about: Description
    layers: Mapping[str, gpd.GeoDataFrame]
    grid: Grid
    rasters: tuple[Raster, ...]
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    pages: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)
    formats: tuple[str, ...] = ()


def write_run(folder: Path, content: Content) -> dict[str, dict[str, str | int]]:
    """Write and verify every file; returns hash and size of each by its relative name.

    Parameters
    ----------
    folder
        Of the run; empty.
    content
        Layers, rasters, lists, pages, and what describes them.

    Returns
    -------
    dict
        By relative name, ``sha256`` and ``bytes``.

    Raises
    ------
    ExportError
        When a file cannot be written or does not read back as it was written.
    """
    files, drawn = Files(folder), Files(folder)
    with one_beside() as beside:  # GDAL lets go of the interpreter meanwhile
        rasters = beside(lambda: write_rasters(drawn, content))
        write_vectors(files, content, published_layers(content.layers))
        files.write(content.pages)
        rasters.result()
    files.written |= drawn.written
    if content.numbers:
        with files.new(NUMBERS) as path:
            write_numbers(path, content.numbers)
    item = stac_item(content.about, files.written, content.grid, content.rasters)
    with files.new(ITEM) as path:
        path.write_text(item, encoding="utf-8")
    return files.written


def write_vectors(files: Files, content: Content, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """The GeoPackage with all that it says beside its features, GeoJSON, and the formats asked for."""
    package, about = f"{content.about.study_id}.gpkg", content.about
    project = project_xml(about, package, layers, content.rasters, content.grid)
    with files.new(package) as path:
        write_geopackage(path, layers, last_change=about.created_utc)
        describe_geopackage(path, about, layers, project)
        check_geopackage(path, layers)
    for layer in published_in(layers):
        with files.new(f"geojson/{layer.name}.geojson") as path:
            write_geojson(path, layer, layers[layer.name])
            check_geojson(path, layer, layers[layer.name])
        for name in content.formats:
            wanted = FORMATS[name]
            with files.new(f"{wanted.name}/{layer.name}.{wanted.suffix}") as path:
                wanted.write(path, layer, layers[layer.name])
                wanted.check(path, layer, layers[layer.name])


def write_rasters(files: Files, content: Content) -> None:
    """Every raster, with its style for QGIS and its colours as text beside it."""
    for raster in content.rasters:
        with files.new(raster.file) as path:
            write_cog(path, content.grid, raster.array, description=raster.description, units=raster.unit)
            check_cog(path, content.grid, raster.array)
        with files.new(f"rasters/{raster.name}.qml") as path:
            path.write_text(raster_qml(raster.stops, raster.unit), encoding="utf-8")
        with files.new(f"rasters/{raster.name}.colours.txt") as path:
            path.write_text(colour_table(raster.stops), encoding="utf-8")


def list_pages(rpls: Iterable[Rpl], created_utc: str) -> dict[str, Callable[[Path], None]]:
    """What writes each Route Position List as CSV and as XLSX and reads it back, by the relative name of its file.

    Parameters
    ----------
    rpls
        Each is named after its system.
    created_utc
        ISO 8601, UTC, as printed on them.
    """
    return {
        f"rpl/{rpl.system_id}.{suffix}": partial(write_list, rpl=rpl, write=write, created_utc=created_utc)
        for rpl in rpls
        for suffix, write in RPL_WRITERS.items()
    }


def write_list(path: Path, rpl: Rpl, write: Callable[..., None], created_utc: str) -> None:
    """Write a Route Position List and read it back."""
    write(path, rpl, created_utc=created_utc)
    check_rpl_file(path, rpl)


def write_pages(folder: Path, pages: Mapping[str, Callable[[Path], None]]) -> dict[str, dict[str, str | int]]:
    """Write further pages of a run; returns hash and size of each by its relative name.

    Parameters
    ----------
    folder
        Of the run.
    pages
        By relative name what writes the page to a path.

    Returns
    -------
    dict
        ``sha256`` and ``bytes`` of each by its relative name.

    Raises
    ------
    OSError
        When a file cannot be written.

    Examples
    --------
    >>> written = write_pages(folder, {"notes/laid.txt": lambda path: path.write_text("as planned")})
    >>> written["notes/laid.txt"]["bytes"], (folder / "notes" / "laid.txt").read_text()
    (10, 'as planned')
    """
    files = Files(folder)
    files.write(pages)
    return files.written


def unverified(target: Path) -> Path:
    """Where a file of a run is until it has been verified."""
    return target.with_name(f"unverified-{target.name}")


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
        yield unverified(target)
        os.replace(unverified(target), target)
        self.written[name] = {"sha256": sha256_of(target), "bytes": target.stat().st_size}

    def write(self, pages: Mapping[str, Callable[[Path], None]]) -> None:
        """Write files by what writes each, by their relative names."""
        for name, write in pages.items():
            with self.new(name) as path:
                write(path)
