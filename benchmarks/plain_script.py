"""One system drawn by geopandas, rasterio and scikit-image: the plain job that a run is held against.

``python benchmarks/plain_script.py FOLDER``: the files, grid and figures of its case in `whole_runs.py`.
"""

import sys
from pathlib import Path

import geopandas as gpd
import matplotlib
import numpy as np
import pandas as pd
import rasterio
from pyproj import Geod
from rasterio.features import rasterize
from rasterio.transform import from_origin
from rasterio.warp import Resampling, reproject
from scipy.ndimage import distance_transform_edt
from shapely import LineString, Point
from skimage.graph import MCP_Geometric

matplotlib.use("Agg")
import matplotlib.pyplot as plt

RAW = Path(__file__).parents[1] / "data" / "raw"
OUT = Path(sys.argv[1])
WEST, SOUTH, EAST, NORTH, STEP = 46.0, 36.25, 55.0, 47.75, 30 / 3600
SHAPE = round((NORTH - SOUTH) / STEP), round((EAST - WEST) / STEP)
FRAME = from_origin(WEST, NORTH, STEP, STEP)
LEVEL_M, USD_PER_KM = -29.5, 24_500.0
LANDINGS = {"Sumgait": (49.66861, 40.58972), "Aktau": (51.17392, 43.66105)}
BUFFER_M = {"oil_gas_field": 500.0, "platform": 500.0, "mud_volcano": 1000.0, "restricted_area": 0.0}
REACH_KM = {"oil_gas_field": 5.0, "platform": 5.0, "mud_volcano": 8.0, "restricted_area": 2.0}
CROSSING_KM = {"pipeline": 20.0, "power_cable": 10.0, "telecom_cable": 5.0}
METRES = "+proj=laea +lat_0=42 +lon_0=50.5"
GEOD = Geod(ellps="WGS84")


def burnt(shapes, touched=False):
    """Cells of shapes."""
    if not len(shapes):
        return np.zeros(SHAPE, bool)
    return rasterize(shapes, SHAPE, transform=FRAME, all_touched=touched, dtype="uint8").astype(bool)


def cell(lon, lat):
    """Row and column of a place."""
    return int((NORTH - lat) / STEP), int((lon - WEST) / STEP)


shore, hazards, cables = (gpd.read_file(RAW / f"{name}_caspian.geojson") for name in ("gshhg", "hazards", "cables"))
quakes = pd.read_csv(RAW / "gcmt_caspian.csv").query("magnitude_mw >= 4.5")
with rasterio.open(RAW / "etopo1_caspian.tif") as seabed:
    elevation = np.full(SHAPE, np.nan, "float32")
    reproject(
        rasterio.band(seabed, 1),
        elevation,
        dst_transform=FRAME,
        dst_crs=4326,
        dst_nodata=np.nan,
        resampling=Resampling.cubic,
    )

water = burnt(shore.geometry)
depth = np.where(water, np.maximum(LEVEL_M - elevation, 0.0), np.nan)
lats = NORTH - (np.arange(SHAPE[0]) + 0.5) * STEP
lons = WEST + (np.arange(SHAPE[1]) + 0.5) * STEP
dy_m = 111_132.0 * STEP
dx_m = 111_320.0 * STEP * np.cos(np.radians(lats))[:, None]
down, across = np.gradient(depth)
slope = np.degrees(np.arctan(np.hypot(down / dy_m, across / dx_m)))
sides_m = dy_m, float(dx_m.mean())

friction = np.array([0.6, 0.1, 0.0, 0.1])[np.digitize(depth, [15, 200, 1000])]
friction += np.array([0.0, 0.3, 1.5, 4.0, 10.0])[np.digitize(np.nan_to_num(slope), [3, 7, 15, 25])]
near = np.zeros(SHAPE, bool)
for lon, lat in LANDINGS.values():
    near |= np.hypot((lats[:, None] - lat) * 111.1, (lons - lon) * 111.3 * np.cos(np.radians(lat))) < 15.0
friction += (depth < 12.0) & ~near
worst = np.zeros(SHAPE)
for kind, own in hazards.groupby("kind"):
    away_km = distance_transform_edt(~burnt(own.geometry, touched=True), sampling=sides_m) / 1000
    worst = np.maximum(worst, 2.0 * np.clip(1 - away_km / REACH_KM.get(kind, 5.0), 0, 1))
shaking = np.zeros(SHAPE)
for lon, lat in quakes[["lon", "lat"]].to_numpy():
    north, east = np.exp(-(((lats - lat) * 111.1 / 30) ** 2) / 2), np.exp(-(((lons - lon) * 83 / 30) ** 2) / 2)
    shaking += np.outer(north, east)
friction += worst + 0.5 * shaking / shaking.max()
crossed = cables[cables["state"].isin(["operating", "under_construction", "unknown"])]
for kind, own in crossed.groupby("kind"):
    friction[burnt(own.geometry, touched=True)] += CROSSING_KM[kind] * 1000 / dy_m
closed = hazards[hazards["no_go"].fillna(True).astype(bool)].to_crs(METRES)
closed = closed.set_geometry(closed.buffer(closed["kind"].map(BUFFER_M).fillna(500.0))).to_crs(4326)
cost = np.where(water & ~burnt(closed.geometry, touched=True), 1 + np.where(np.isnan(depth), 1.0, friction), np.inf)

rows, cols = np.nonzero(np.isfinite(cost))
ends = []
for lon, lat in LANDINGS.values():
    row, col = cell(lon, lat)
    nearest = np.argmin(((rows - row) * sides_m[0]) ** 2 + ((cols - col) * sides_m[1]) ** 2)
    ends.append((rows[nearest], cols[nearest]))
search = MCP_Geometric(cost, sampling=sides_m)
search.find_costs([ends[0]], [ends[1]])
line = LineString([(lons[col], lats[row]) for row, col in search.traceback(ends[1])])
length_km = GEOD.geometry_length(line) / 1000

route = gpd.GeoDataFrame(
    {"system": ["main"], "length_km": [length_km], "cost_usd": [length_km * USD_PER_KM]}, geometry=[line], crs=4326
)
landings = gpd.GeoDataFrame({"name": list(LANDINGS)}, geometry=[Point(at) for at in LANDINGS.values()], crs=4326)
layers = {
    "routes": route,
    "landings": landings,
    "coastline": shore,
    "hazards": hazards,
    "cables": cables,
    "no_go": closed,
}
for name, layer in layers.items():
    layer.to_file(OUT / f"{name}.geojson", driver="GeoJSON")
    layer.to_file(OUT / "layers.gpkg", layer=name, driver="GPKG")
for name, values in {"depth": depth, "cost": cost}.items():
    about = {"height": SHAPE[0], "width": SHAPE[1], "count": 1, "dtype": "float32", "crs": 4326, "transform": FRAME}
    with rasterio.open(OUT / f"{name}.tif", "w", driver="COG", compress="deflate", nodata=np.nan, **about) as raster:
        raster.write(values.astype("float32"), 1)
figure, axes = plt.subplots(figsize=(9, 11))
axes.imshow(depth, extent=(WEST, EAST, SOUTH, NORTH), aspect=1 / np.cos(np.radians(42)), cmap="Blues")
for name, colour in {
    "coastline": "0.3",
    "cables": "0.6",
    "hazards": "orange",
    "routes": "red",
    "landings": "black",
}.items():
    layers[name].plot(ax=axes, color="none" if name == "coastline" else colour, edgecolor=colour)
figure.savefig(OUT / "map.png", dpi=150)
print(f"{length_km:.1f} km")
