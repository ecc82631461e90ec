"""A published run as a map for the web: static files that any file server serves, and that ask no other host.

The map is drawn by MapLibre, of which the built files and the licence lie beside ours in ``web``; symbols, groups and
columns are those of the tables of layers and styles.
"""

from __future__ import annotations

import math
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from transcaspian.core.errors import ExportError
from transcaspian.core.layer_catalogue import all_groups, all_layers, all_styles
from transcaspian.core.layers import Layer
from transcaspian.core.styles import DEPTH_STOPS, LAND, Style, channels_of, for_run, rgb_at

STATIC = Path(__file__).parent / "web"
FURTHER_COLUMNS = ("depth_m", "depth_error_m")
SEARCHED = ("landing_points", "routes", "rpl_points", "crossings", "cables", "hazards", "hazard_points", "findings")
"""Layers that the search looks into, those that a hit is first told of first."""
LABEL_RANK = ("landing_points", "routes", "kp_marks")
SCALE_AT_ZOOM_0 = 279_541_132
"""Denominator of the scale of a map of 512 pixels of 0.28 mm at the equator (OGC Two Dimensional Tile Matrix Set)."""
Bounds = tuple[float, float, float, float]


def write_web_map(run: Path, manifest: Mapping[str, Any], out: Path) -> None:
    """Write the map of a run into a folder that is made for it; the run stays as it is.

    Parameters
    ----------
    run
        Folder of a published run.
    manifest
        What its ``manifest.json`` holds.
    out
        A folder that is not there yet, or is empty.

    Raises
    ------
    ExportError
        When the folder holds something, or the run lacks what a map needs.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportError(f"{out} is there and not empty: name a folder that is to be made")
    files = {path.stem: path for path in sorted((run / "geojson").glob("*.geojson"))}
    if "routes" not in files:
        raise ExportError(f"{run} has no geojson/routes.geojson: it is no run with a route")
    shutil.copytree(STATIC, out, dirs_exist_ok=True)
    (out / "data").mkdir()
    for path in files.values():
        shutil.copyfile(path, out / "data" / path.name)
    bounds = write_depth(run / "rasters" / "depth.tif", out / "depth.png")
    (out / "map.json").write_bytes(orjson.dumps(_map(manifest, files, bounds), option=orjson.OPT_SERIALIZE_NUMPY))


def write_depth(raster: Path, picture: Path) -> Bounds:
    """Draw depths in their colours, rows spaced as those of Web Mercator; west, south, east, north of the picture.

    Raises
    ------
    ExportError
        When the raster cannot be read.
    """
    try:
        with rasterio.open(raster) as source:
            depth_m, (west, south, east, north) = source.read(1), source.bounds
    except RasterioError as exc:
        raise ExportError(f"{raster} cannot be read: {exc}") from exc
    rows = _mercator_rows(south, north, len(depth_m))
    shown = depth_m[rows]
    colours = np.where(np.isnan(shown)[..., None], np.array(channels_of(LAND), np.uint8), rgb_at(DEPTH_STOPS, shown))
    height, width = shown.shape
    profile = {"driver": "PNG", "height": height, "width": width, "count": 3, "dtype": "uint8"}
    quiet = warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning)
    with quiet, rasterio.open(picture, "w", **profile) as target:
        target.write(np.moveaxis(colours, -1, 0))
    return west, south, east, north


def _mercator_rows(south: float, north: float, count: int) -> NDArray[np.int64]:
    """Of as many rows, evenly spaced in Web Mercator (EPSG:3857, on a sphere), the row by latitude that each shows."""
    low, high = (math.asinh(math.tan(math.radians(edge))) for edge in (south, north))
    y = high - (np.arange(count) + 0.5) / count * (high - low)
    latitude = np.degrees(np.arctan(np.sinh(y)))
    return np.clip(((north - latitude) / (north - south) * count).astype(int), 0, count - 1)


def _map(manifest: Mapping[str, Any], files: Mapping[str, Path], bounds: Bounds) -> dict[str, Any]:
    """All that the page is told: which layers there are, how they look, and the profiles."""
    systems = [{"id": item["id"], "name": item["name"]} for item in manifest["systems"]]
    ids = [item["id"] for item in systems]
    routes = _features(files["routes"])
    return {
        "title": manifest["study"]["document"]["study"]["title"],
        "revision": manifest["study"]["revision"],
        "run": manifest["run"]["id"],
        "created_utc": manifest["run"]["created_utc"],
        "sources": list(dict.fromkeys(source["citation"].partition(":")[0] for source in manifest["sources"])),
        "land": LAND,
        "depth": "depth.png",
        "bounds": bounds,
        "view": routes["bbox"],
        "systems": systems,
        "groups": [
            {"title": group.title, "layers": inside}
            for group in all_groups()
            if (
                inside := [
                    _layer(part, ids, files[part.name], name in group.shown)
                    for name in group.layers
                    for part in all_layers()[name].parts
                    if part.name in files
                ]
            )
        ],
        "profiles": dict(_profiles(files, ids)),
    }


def _layer(layer: Layer, system_ids: Sequence[str], file: Path, shown: bool) -> dict[str, Any]:
    features = _features(file)["features"]
    style = all_styles()[layer.name][0]
    values = {feature["properties"].get(style.attribute) for feature in features}
    label, zoom = _label(layer.name, style)
    return {
        "name": layer.name,
        "title": layer.title,
        "meaning": layer.meaning,
        "file": f"data/{file.name}",
        "shape": next((one["geometry"]["type"].removeprefix("Multi") for one in features if one["geometry"]), "none"),
        "shown": shown,
        "style": asdict(for_run(style, system_ids, values)),
        "key": layer.key,
        "keys": layer.keys,
        "label": label,
        "label_from_zoom": zoom,
        "label_rank": LABEL_RANK.index(layer.name) if layer.name in LABEL_RANK else len(LABEL_RANK),
        "searched": [field.name for field in layer.fields if field.type == "str"] if layer.name in SEARCHED else None,
        "fields": [
            {"name": field.name, "title": field.meaning, "unit": field.shown_unit, "decimals": field.decimals}
            for field in layer.fields
        ],
    }


def _label(name: str, style: Style) -> tuple[str, float]:
    """The column that labels a layer, or nothing, and the zoom from which on it does."""
    plain = re.fullmatch(r'"(\w+)"', style.label)
    label = {"routes": "system_id", "kp_marks": "kp_km"}.get(name) or (plain.group(1) if plain else "")
    return label, math.log2(SCALE_AT_ZOOM_0 / style.label_from_scale) if style.label_from_scale else 0.0


def _profiles(files: Mapping[str, Path], system_ids: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each system its samples in their order: KP, position, depth and its error; nothing without engineering."""
    if "route_profile" not in files:
        return
    samples = _features(files["route_profile"])["features"]
    for system_id in system_ids:
        of_it = [one for one in samples if one["properties"]["system_id"] == system_id]
        found: dict[str, Any] = {
            name: [one["properties"][name] for one in of_it] for name in ("kp_km", *FURTHER_COLUMNS)
        }
        for axis, name in enumerate(("lon_deg", "lat_deg")):
            found[name] = [one["geometry"]["coordinates"][axis] for one in of_it]
        if of_it:
            yield system_id, found


def _features(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found
