"""A run as an item of a SpatioTemporal Asset Catalog (STAC 1.1), so that catalogues can index it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import pystac

from transcaspian.core.grid import Grid
from transcaspian.export.description import Description
from transcaspian.export.rasters import Raster

EXTENSIONS = (
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/file/v2.1.0/schema.json",
)
MEDIA_TYPES = {
    ".gpkg": "application/geopackage+sqlite3",
    ".geojson": "application/geo+json",
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    ".png": "image/png",
    ".html": "text/html",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json",
    ".qml": "application/xml",
    ".txt": "text/plain",
    ".fgb": "application/vnd.flatgeobuf",
    ".parquet": "application/vnd.apache.parquet",
    ".kml": "application/vnd.google-earth.kml+xml",
}
ROLES = {".png": "overview", ".html": "overview", ".json": "metadata", ".qml": "metadata", ".txt": "metadata"}
SHA256_MULTIHASH = "1220"
"""What a sha256 begins with as a multihash: its code and its length, both hexadecimal."""


def stac_item(
    about: Description, files: Mapping[str, Mapping[str, str | int]], grid: Grid, rasters: Sequence[Raster]
) -> str:
    """The item as JSON, with every file of the run as an asset with its size and hash."""
    west, south, east, north = about.bounds
    item = pystac.Item(
        id=about.run_id,
        geometry={
            "type": "Polygon",
            "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
        },
        bbox=[west, south, east, north],
        datetime=datetime.fromisoformat(about.created_utc),
        properties={
            "title": f"{about.title}, revision {about.revision}",
            "description": f"{about.abstract} {about.statement}".strip(),
            "license": "other",
            "proj:code": "EPSG:4326",
            "transcaspian:study": about.study_id,
            "transcaspian:revision": about.revision,
            "transcaspian:systems": list(about.system_ids),
            "transcaspian:code_sha256": about.code_sha256,
            **({"transcaspian:licence": about.licence} if about.licence else {}),
        },
        stac_extensions=list(EXTENSIONS),
    )
    described = {raster.file: raster for raster in rasters}
    for name, known in files.items():
        item.add_asset(name, _asset(name, known, described.get(name), grid))
    return json.dumps(item.to_dict(include_self_link=False), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _asset(name: str, known: Mapping[str, str | int], raster: Raster | None, grid: Grid) -> pystac.Asset:
    suffix = PurePosixPath(name).suffix
    extra: dict[str, Any] = {
        "file:size": known["bytes"],
        "file:checksum": f"{SHA256_MULTIHASH}{known['sha256']}",
    }
    if raster is not None:
        extra |= {
            "proj:shape": [grid.rows, grid.cols],
            "proj:transform": list(grid.transform),
            "bands": [{"name": raster.name, "unit": raster.unit, "data_type": "float32", "nodata": "nan"}],
        }
    return pystac.Asset(
        href=f"./{name}",
        title=name,
        description=raster.description if raster else None,
        media_type=MEDIA_TYPES.get(suffix),
        roles=[ROLES.get(suffix, "data")],
        extra_fields=extra,
    )
