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
COLLECTION, CATALOGUE, ITEM = "collection.json", "catalog.json", "stac_item.json"
"""Files of a static catalogue: beside the runs of a study, above the studies, and in each run."""
ROLES = {".png": "overview", ".html": "overview", ".json": "metadata", ".qml": "metadata", ".txt": "metadata"}
SHA256_MULTIHASH = "1220"
"""What a sha256 begins with as a multihash: its code and its length, both hexadecimal."""


def stac_item(
    about: Description, files: Mapping[str, Mapping[str, str | int]], grid: Grid, rasters: Sequence[Raster]
) -> str:
    """The item as JSON, with every file of the run as an asset with its size and hash.

    Parameters
    ----------
    about
        Names, bounds in degrees, and the time of the run.
    files
        By relative name, ``sha256`` and ``bytes``.
    grid
        Frame of the rasters.
    rasters
        What each raster of the files holds, and its unit.

    Returns
    -------
    str
        Text with sorted keys: the same run gives the same bytes.
    """
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
        collection=about.study_id,
    )
    item.add_link(pystac.Link("collection", f"../{COLLECTION}", pystac.MediaType.JSON))
    described = {raster.file: raster for raster in rasters}
    for name, known in files.items():
        item.add_asset(name, _asset(name, known, described.get(name), grid))
    return json.dumps(item.to_dict(include_self_link=False), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def stac_collection(study_id: str, items: Mapping[str, Mapping[str, Any]]) -> str:
    """The published runs of a study as a collection, as JSON.

    Parameters
    ----------
    items
        The items of its runs, the latest last, by their folders.
    """
    read = [pystac.Item.from_dict(dict(item)) for item in items.values()]
    collection = pystac.Collection(
        id=study_id,
        title=str(read[-1].properties.get("title", study_id)),
        description=f"Published runs of the study {study_id}: routes of subsea cables, with all that they rest on.",
        extent=pystac.Extent.from_items(read),
        license="other",
    )
    collection.add_link(pystac.Link("root", f"../{CATALOGUE}", pystac.MediaType.JSON))
    collection.add_link(pystac.Link("parent", f"../{CATALOGUE}", pystac.MediaType.JSON))
    for folder, item in items.items():
        link = pystac.Link("item", f"./{folder}/{ITEM}", pystac.MediaType.GEOJSON, title=str(item["id"]))
        collection.add_link(link)
    return _text(collection)


def stac_catalogue(study_ids: Sequence[str]) -> str:
    """The collections of all studies, as JSON."""
    catalogue = pystac.Catalog(id="transcaspian", description="Published runs, by study.")
    for study_id in study_ids:
        catalogue.add_link(pystac.Link("child", f"./{study_id}/{COLLECTION}", pystac.MediaType.JSON, title=study_id))
    return _text(catalogue)


def _text(described: pystac.Catalog) -> str:
    """As JSON, without links to itself: a folder may be moved."""
    tables = described.to_dict(include_self_link=False)
    links = [link for link in tables["links"] if link["rel"] != "root" or str(link["href"]).startswith("../")]
    return json.dumps(tables | {"links": links}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


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
