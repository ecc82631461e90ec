"""Further vector formats, by a switch: FlatGeobuf, GeoParquet 1.1 and KML, one file per layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import fiona
import fiona.errors
import geopandas as gpd
import pyogrio

from transcaspian.core.errors import ExportError
from transcaspian.core.layers import Layer
from transcaspian.export.faults import PYOGRIO_ERRORS, writing
from transcaspian.export.geojson import in_world
from transcaspian.export.geopackage import declared_type, with_declared_geometry
from transcaspian.export.read_back import expect

KML_PLACEMARK = "{http://www.opengis.net/kml/2.2}Placemark"
PARQUET_VERSION = "1.1.0"


@dataclass(frozen=True)
class Format:
    """A format that a run can write beside GeoPackage and GeoJSON.

    Attributes
    ----------
    needs
        Package that must be installed for it; empty: none.
    write, check
        Write a layer to a path that does not exist; read it back, by another library where there is one.
    """

    name: str
    suffix: str
    write: Callable[[Path, Layer, gpd.GeoDataFrame], None]
    check: Callable[[Path, Layer, gpd.GeoDataFrame], None]
    needs: str = ""


def check_formats(names: Sequence[str]) -> None:
    """Whether every format that is asked for is known and can be written here.

    Parameters
    ----------
    names
        As the study or the command line gives them.

    Raises
    ------
    ExportError
        Naming the format and what to do.

    Examples
    --------
    >>> check_formats(["flatgeobuf", "kml"])
    >>> check_formats(["gpx"])
    Traceback (most recent call last):
    transcaspian.core.errors.ExportError: format `gpx` is not known: expected flatgeobuf, parquet, kml
    """
    for name in names:
        if name not in FORMATS:
            raise ExportError(f"format `{name}` is not known: expected {', '.join(FORMATS)}")
        needs = FORMATS[name].needs
        if needs and find_spec(needs) is None:
            raise ExportError(f"format `{name}` needs the package {needs}: pip install 'transcaspian[{name}]'")


def write_flatgeobuf(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """One layer as FlatGeobuf; indexed where every feature has a geometry."""
    indexed = "YES" if len(data) and data.geometry.notna().all() and not data.geometry.is_empty.any() else "NO"
    _write(path, "FlatGeobuf", with_declared_geometry(layer, data), layer, {"SPATIAL_INDEX": indexed})


def check_flatgeobuf(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Columns and keys as fiona reads them; the index puts features in an order of its own."""
    try:
        with fiona.open(path) as source:
            expect(path, "columns", list(layer.field_names), list(source.schema["properties"]))
            keys = sorted(str(feature["properties"][layer.key]) for feature in source)
    except (fiona.errors.FionaError, ValueError) as exc:  # ValueError: it opens, but there is no layer in it
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "keys agree", True, keys == sorted(map(str, data[layer.key])))


def write_kml(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """One layer as KML; the key names the placemark, the columns stand in its extended data."""
    inside = data.set_geometry(gpd.GeoSeries(in_world(data.geometry.to_numpy()), index=data.index, crs=data.crs))
    _write(path, "KML", inside[[*layer.field_names, "geometry"]], layer, {}, {"NameField": layer.key})


def check_kml(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Whole as XML, with a placemark for each feature."""
    try:
        found = sum(1 for _ in ET.parse(path).iter(KML_PLACEMARK))
    except ET.ParseError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "placemarks", len(data), found)


def write_parquet(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """One layer as GeoParquet 1.1, with the box of each feature as a column that readers can skip by."""
    data[[*layer.field_names, "geometry"]].to_parquet(
        path, schema_version=PARQUET_VERSION, write_covering_bbox=True, compression="zstd", index=False
    )


def check_parquet(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Rows and keys."""
    from pyarrow import ArrowException, parquet

    try:
        table = parquet.read_table(path)
    except (ArrowException, OSError) as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "version told", True, f'"version": "{PARQUET_VERSION}"'.encode() in table.schema.metadata[b"geo"])
    expect(path, "keys agree", True, table.column(layer.key).to_pylist() == list(data[layer.key]))


def _write(
    path: Path,
    driver: str,
    data: gpd.GeoDataFrame,
    layer: Layer,
    options: dict[str, str],
    dataset_options: dict[str, str] | None = None,
) -> None:
    with writing(path, *PYOGRIO_ERRORS):
        pyogrio.write_dataframe(
            data,
            path,
            layer=layer.name,
            driver=driver,
            geometry_type=declared_type(layer, data),
            layer_options=options,
            dataset_options=dataset_options,
        )


FORMATS: dict[str, Format] = {
    "flatgeobuf": Format("flatgeobuf", "fgb", write_flatgeobuf, check_flatgeobuf),
    "parquet": Format("parquet", "parquet", write_parquet, check_parquet, needs="pyarrow"),
    "kml": Format("kml", "kml", write_kml, check_kml),
}
