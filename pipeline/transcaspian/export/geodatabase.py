"""A file geodatabase of a run, by the driver OpenFileGDB of pyogrio or, where that cannot write, of ogr2ogr."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path

import fiona
import fiona.errors
import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from transcaspian.core.errors import ExportError
from transcaspian.core.frames import plain_values
from transcaspian.core.layer_catalogue import published_in
from transcaspian.core.layers import Layer
from transcaspian.export.faults import PYOGRIO_ERRORS, writing
from transcaspian.export.geopackage import declared_type, with_declared_geometry
from transcaspian.export.read_back import expect

DRIVER = "OpenFileGDB"
PROGRAM = "ogr2ogr"
PROGRAM_SECONDS = 600
ALIAS_LENGTH = 255
RESERVED = re.compile(
    "add|alter|and|between|by|column|create|delete|drop|exists|for|from|group|in|insert|into|is|like|not|null|objectid|"
    "or|order|select|set|shape|table|update|values|where",
    re.IGNORECASE,
)
"""Names that a geodatabase keeps for itself: a column of one gets a ``_`` behind it."""
INT32 = np.iinfo(np.int32)


def write_geodatabase(path: Path, layers: Mapping[str, gpd.GeoDataFrame], package: Path) -> None:
    """Every layer as a feature class of a file geodatabase (ArcGIS 10 and newer).

    Whole numbers are long integers; those beyond 32 bits are doubles, which hold them exactly to 2⁵³. Truth is 1 or 0.

    Parameters
    ----------
    package
        The GeoPackage of the run, which ogr2ogr reads where pyogrio cannot write the format.

    Raises
    ------
    ExportError
        When nothing here can write the format, or the file does not read back as it was written.
    """
    if "w" in pyogrio.list_drivers().get(DRIVER, ""):
        for layer in published_in(layers):
            with writing(path, *PYOGRIO_ERRORS):
                write_feature_class(path, layer, layers[layer.name])
    else:
        by_program(path, layers, package)
    for layer in published_in(layers):
        check_feature_class(path, layer, layers[layer.name])


def write_feature_class(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """One layer."""
    shaped = with_declared_geometry(layer, narrowed(layer, data))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "organizePolygons", RuntimeWarning)  # of time, for areas of many parts
        pyogrio.write_dataframe(
            shaped.rename(columns={name: column_name(name) for name in layer.field_names}),
            path,
            layer=layer.name,
            driver=DRIVER,
            geometry_type=declared_type(layer, data),
            append=path.exists(),
            layer_options={"LAYER_ALIAS": layer.meaning[:ALIAS_LENGTH]},
        )


def column_name(name: str) -> str:
    """What a column is called in a geodatabase.

    >>> column_name("order"), column_name("length_km")
    ('order_', 'length_km')
    """
    return f"{name}_" if RESERVED.fullmatch(name) else name


def narrowed(layer: Layer, data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Whole numbers of 32 bits where all values have room in them: older programs know no longer ones."""
    whole = [field.name for field in layer.fields if field.type == "int"]
    fitting = [name for name in whole if data[name].dropna().between(INT32.min, INT32.max).all()]
    return data.astype(dict.fromkeys(fitting, "Int32"))


def by_program(path: Path, layers: Mapping[str, gpd.GeoDataFrame], package: Path) -> None:
    """The same by GDAL's own program.

    Raises
    ------
    ExportError
        When it is not installed, is too old, or fails.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise ExportError(
            f"a file geodatabase needs the driver {DRIVER}, which the GDAL of pyogrio here cannot write with, or the "
            f"program {PROGRAM}, which is not installed: install GDAL 3.6 or newer (Debian: gdal-bin)"
        )
    names = [layer.name for layer in published_in(layers)]
    done = subprocess.run(
        [program, "-f", DRIVER, path, package, *names],
        capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS,
    )  # fmt: skip
    if done.returncode:
        said = " ".join(done.stderr.split())[:300]
        raise ExportError(f"{PROGRAM} cannot write {path}: {said}. It needs GDAL 3.6 or newer")


def check_feature_class(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Columns and every value of one layer, as fiona's own GDAL reads them."""
    try:
        with fiona.open(path, layer=layer.name) as source:
            rows = [feature["properties"] for feature in source]
    except fiona.errors.FionaError as exc:
        raise ExportError(f"{path}, layer {layer.name}, does not read back: {exc}") from exc
    expect(path, f"features of {layer.name}", len(data), len(rows))
    for name in layer.field_names:
        there = column_name(name) if rows and column_name(name) in rows[0] else name  # GDAL 3.6 kept such names
        came = [None if pd.isna(value := row[there]) else value for row in rows]
        expect(path, f"values of {name} in {layer.name} agree", True, plain_values(data[name]) == came)
