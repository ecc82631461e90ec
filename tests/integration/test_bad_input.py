"""Wrong inputs: each gives one clear sentence that names the culprit, exit code 2, and leaves nothing half-written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from click.testing import CliRunner
from shapely import LineString, Point, box

from tests.conftest import RAW, STUDY, TINY, options
from transcaspian import cli
from transcaspian.core.errors import TranscaspianError

Edit = tuple[str, str]

RULES = "[rules.kp_marks]"
GRID = ("grid_step_arcsec = 30.0", "max_km = 5.0")


def constraint(keys: str, name: str = "layer") -> Edit:
    """A constraint before the rules of the study."""
    return RULES, f'[[constraints]]\nid = "{name}"\nsource = "test"\nstatus = "ASSUMED"\n{keys}\n\n{RULES}'


SHORELINE = '{ registry = "gshhg-caspian" }'
SEABED = '{ registry = "etopo1-caspian" }'
HAZARDS = '{ registry = "hazards-caspian", status = "ASSUMED" }'
CABLES = '{ registry = "cables-caspian", status = "ASSUMED" }'
QUAKES = '{ registry = "gcmt-caspian" }'


def own(path: str, extra: str = "") -> str:
    return f'{{ path = "{path}", citation = "test"{extra} }}'


@dataclass(frozen=True)
class Case:
    """A wrong input: how the study is edited, which files are put beside it, and what the sentence must name."""

    name: str
    edits: tuple[Edit, ...]
    says: tuple[str, ...]
    prepare: Callable[[Path], None] | None = None
    routes: bool = False  # the fault shows only when a route is computed


def raster(
    values: np.ndarray,
    *,
    crs: str | None = "EPSG:4326",
    dtype: str = "float32",
    name: str = "sea.tif",
    west: float = 46.0,
    south: float = 36.0,
) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        profile = {
            "driver": "GTiff",
            "height": values.shape[0],
            "width": values.shape[1],
            "count": 1,
            "dtype": dtype,
            "crs": crs,
            "transform": rasterio.transform.from_bounds(west, south, west + 9, 48, values.shape[1], values.shape[0]),
        }
        with rasterio.open(folder / name, "w", **profile) as target:
            target.write(values.astype(dtype), 1)

    return write


def vector(frame: gpd.GeoDataFrame, name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        frame.to_file(folder / name)

    return write


def text(content: str, name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(content, encoding="utf-8") and None


def cut(source: str, name: str, keep_bytes: int) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((RAW / source).read_bytes()[:keep_bytes]) and None


def netcdf(dataset: xr.Dataset, name: str) -> Callable[[Path], None]:
    return lambda folder: dataset.to_netcdf(folder / name, engine="h5netcdf") and None


def hazard(geometry: object, *, crs: str | None = "EPSG:4326", **changes: object) -> gpd.GeoDataFrame:
    row = {
        "hazard_id": "h1",
        "name": "wall",
        "kind": "restricted_area",
        "source": "test",
        "status": "ASSUMED",
        "position_accuracy_m": 100.0,
        "buffer_m": 0.0,
        "no_go": True,
        "remarks": "",
    } | changes
    return gpd.GeoDataFrame([row], geometry=[geometry], crs=crs)


def cited(**table: object) -> str:
    """Keys of a table, with a source and a status."""
    return "\n".join(
        f"{key} = {json.dumps(value)}" for key, value in {**table, "source": "t", "status": "REAL"}.items()
    )


def network(
    along: str = "railway", join_km: float = 5.0, snap_km: float = 15.0, to_node: str = "almaty", index: float = 1.468
) -> Edit:
    """A network of one leg from Khorgos to Almaty put into the study."""
    tables = {
        "[network.fibre]": {"group_index": index},
        "[network.amplifiers]": {"spacing_km": 80.0, "delay_us": 0.2},
        "[network.equipment]": {"terminal_us": 1.0, "node_us": 1.0},
        "[network.land_cable]": {"slack_percent": 1.0},
        "[network.land]": {
            "max_snap_km": snap_km, "join_km": join_km, "margin_deg": 2.0, "uncertainty_percent": 3.0
        },
        "[[network.nodes]]": {
            "id": "khorgos", "name": "Khorgos", "country": "KZ", "kind": "border", "lon_deg": 80.385, "lat_deg": 44.223
        },
        "[[network.nodes]] ": {
            "id": "almaty", "name": "Almaty", "country": "KZ", "kind": "city", "lon_deg": 76.912, "lat_deg": 43.252
        },
        "[[network.legs]]": {
            "id": "land", "kind": "land", "from_node": "khorgos", "to_node": to_node, "along": along
        },
    }  # fmt: skip
    return "[cost]\n", "\n".join(f"{name}\n{cited(**table)}" for name, table in tables.items()) + "\n[cost]\n"


def risk_text() -> str:
    """The tables of risk of the study of the whole network."""
    kept, is_risk = [], False
    for line in (STUDY.parent / "digital_silk_way.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            is_risk = line.strip("[]").split(".")[0] == "risk"
        if is_risk:
            kept.append(line)
    return "\n".join(kept) + "\n"


def risky(*changes: str) -> tuple[Edit, ...]:
    """The default study with tables of risk that are wrong: what stood there, what stands there instead, and so on."""
    text = risk_text()
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, f"the tables of risk no longer have {old!r}"
        text = text.replace(old, new, 1)
    return (("[cost_tolerance]\n", text + "\n[cost_tolerance]\n"),)


FLAT = np.full((120, 90), -200.0)
SLOPING = np.tile(np.linspace(-60.0, -800.0, 90), (120, 1))
SEA_CUT_IN_TWO = box(46.0, 42.0, 55.0, 42.3)
VRT = """<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource>"""

DESIGN = """[design]
systems = ["main", "reserve-2023"]
landing_zone_km = 15.0
min_separation_km = 40.0
source = "test"
status = "ASSUMED"

[design.branching]
system = "main"
third_landing = "turkmenbashi"
min_depth_m = 50.0
price_km = 40.0
source = "test"
status = "ASSUMED"

[cost]
"""


def design(name: str, old: str, new: str, *says: str, routes: bool = False) -> Case:
    """A study with a table ``[design]`` in which one thing is wrong."""
    assert old in DESIGN
    return Case(name, (("[cost]\n", DESIGN.replace(old, new, 1)),), says, routes=routes)


CASES = [
    # the study file
    Case("unknown key", (("max_snap_km = 15.0", "max_snap_kilometres = 15.0"),), ("max_snap_kilometres",)),
    Case("missing key", (('revision = "A"\n', ""),), ("study.revision", "missing")),
    Case("text for a number", (("west_deg = 46.0", 'west_deg = "46 E"'),), ("area.west_deg", "46 E")),
    Case("not a number", (("west_deg = 46.0", "west_deg = nan"),), ("area.west_deg",)),
    Case("west of east", (("west_deg = 46.0", "west_deg = 56.0"),), ("west_deg", "east_deg")),
    Case("not TOML", (("[area]", "[area"),), ("TOML", "study.toml")),
    Case("wrong schema version", (("schema_version = 1", "schema_version = 9"),), ("schema_version", "9")),
    Case("a figure without source", (('source = "presentation default"\n', ""),), ("rules.kp_marks.source", "missing")),
    Case("unknown status", (('status = "REAL"', 'status = "TRUE"'),), ("status", "TRUE")),
    Case("negative weight", (("weight = 1.0", "weight = -1.0"),), ("weight", "-1")),
    Case("bands with a gap", (("from_m = 15.0", "from_m = 20.0"),), ("criteria.depth", "15", "20")),
    Case("unknown kind of hazard", (("platform = 5.0", "volcano = 5.0"),), ("reach_km", "volcano")),
    Case("landing twice", (('id = "siyazan"', 'id = "sumgait"'),), ("landings", "sumgait", "more than once")),
    Case("system without landing", (('to_landing = "aktau"', 'to_landing = "astana"'),), ("main", "astana")),
    Case("system from and to the same", (('to_landing = "aktau"', 'to_landing = "sumgait"'),), ("main", "sumgait")),
    Case(
        "swapped landing",
        (("lon_deg = 51.17392\nlat_deg = 43.66105", "lon_deg = 43.66105\nlat_deg = 51.17392"),),
        ("aktau", "swapped"),
    ),
    Case("landing outside", (("lon_deg = 51.17392", "lon_deg = 61.0"),), ("aktau", "outside")),
    Case("landing in the desert", (("lon_deg = 51.17392", "lon_deg = 54.9"),), ("Aktau", "km")),
    Case(
        "built together with an unknown system",
        (('coexists_with = ["reserve-2023", "turkmen"]', 'coexists_with = ["reserve", "turkmen"]'),),
        ("system `main`", "`reserve`", "no system of the study", "main-2023, reserve-2023, turkmen"),
    ),
    Case(
        "built together with itself",
        (('coexists_with = ["reserve-2023", "turkmen"]', 'coexists_with = ["main"]'),),
        ("system `main`", "coexists_with", "itself"),
    ),
    Case(
        "alternatives planned together",
        (("[cost]\n", DESIGN.replace('"reserve-2023"]', '"main-2023"]', 1)),),
        ("design plans `main` and `main-2023` together", "alternatives", "coexists_with"),
    ),
    Case("legs as short as a step", (("min_leg_km = 1.0", "min_leg_km = 0.001"),), ("min_leg_km", "0.001", "0.01")),
    Case("too fine a grid", (("grid_step_arcsec = 30.0", "grid_step_arcsec = 1.0"),), ("cells", "grid_step_arcsec")),
    Case("grid step zero", (("grid_step_arcsec = 30.0", "grid_step_arcsec = 0.0"),), ("grid_step_arcsec",)),
    # systems planned together
    design("design of an unknown system", '"reserve-2023"', '"spare"', "design", "`spare`", "reserve-2023"),
    design("a system as its own reserve", '"reserve-2023"', '"main"', "`design`", "main", "more than once"),
    design("design of one system", ', "reserve-2023"', "", "design.systems", "at least 2"),
    design("separation zero", "min_separation_km = 40.0", "min_separation_km = 0.0", "min_separation_km", "0.0"),
    design(
        "negative separation of the curve",
        'source = "test"',
        'separations_km = [10.0, -5.0]\nsource = "test"',
        "design.separations_km",
        "-5",
    ),
    design("landing zone zero", "landing_zone_km = 15.0", "landing_zone_km = 0.0", "landing_zone_km"),
    design(
        "branch to an end of the trunk", '"turkmenbashi"', '"aktau"', "design.branching", "`aktau`", "third_landing"
    ),
    design("branch to nowhere", '"turkmenbashi"', '"atyrau"', "design.branching", "`atyrau`"),
    design("branch without a trunk", 'system = "main"\n', "", "design.branching", "system", "trunk_landings"),
    design("negative depth of a unit", "min_depth_m = 50.0", "min_depth_m = -1.0", "min_depth_m", "-1"),
    # the rules of engineering
    Case(
        "rule with depths upside down",
        (("from_depth_m = 50.0\nto_depth_m = 200.0", "from_depth_m = 500.0\nto_depth_m = 200.0"),),
        ("sa-buried", "from_depth_m 500", "to_depth_m 200"),
    ),
    Case("rule near nothing", (('near = ["mud_volcano"]\n', ""),), ("ra-mud-volcano", "near", "within_km")),
    Case("rule twice", (('id = "sa-buried"', 'id = "da-shore"'),), ("engineering.cable_types", "da-shore")),
    Case("unknown cable type", (('cable_type = "LWP"', 'cable_type = "XX"'),), ("cable_type", "XX")),
    Case(
        "no rule for unknown depth",
        (('id = "da-unknown"\n', 'id = "da-unknown"\nfrom_depth_m = 0.0\n'),),
        ("cable_types", "da-unknown", "holds everywhere"),
    ),
    Case("burial of the surface", (("target_m = 0.0", "target_m = 1.0"),), ("mattress-at-crossing", "mattress")),
    Case(
        "amplifiers that pass each other",
        (("ropa_from_terminal_km = 105.0", "ropa_from_terminal_km = 220.0"),),
        ("ropa_from_terminal_km",),
    ),
    Case("tolerance zero", (("tolerance = 0.005", "tolerance = 0.0"),), ("engineering.alter_course.tolerance",)),
    Case("a sea above the declared level", (("[-29.5, -30.0, -31.0]", "[-28.0]"),), ("water_levels", "-28", "-29.5")),
    Case(
        "legs that cannot be laid",
        (
            ("min_leg_km = 1.0", "min_leg_km = 400.0"),
            ("grid_step_arcsec = 30.0", "grid_step_arcsec = 120.0"),
            ("max_km = 5.0", "max_km = 15.0"),
        ),
        ("engineering.alter_course", "400 km"),
        routes=True,
    ),
    # expected faults
    Case(
        "negative rate of faults",
        risky("faults_per_1000km_year = 2.5", "faults_per_1000km_year = -2.5"),
        ("risk.by_depth.0.bands.1.faults_per_1000km_year", "-2.5", "greater than or equal to 0"),
    ),
    Case(
        "a table of rates that is empty",
        risky("bands = [{ from_m = 0.0, to_m = 2000.0, faults_per_1000km_year = 0.04 }]", "bands = []"),
        ("risk.by_depth.3", "no bands given"),
    ),
    Case(
        "probability of a break over 1",
        risky("probability = 0.4", "probability = 1.4"),
        ("risk.earthquakes.breaks.2.probability", "1.4"),
    ),
    Case(
        "probability over 1 on slopes",
        risky("factor = 2.5", "factor = 3.5"),
        ("risk.earthquakes", "0.4 times the slope factor 3.5", "over 1"),
    ),
    Case(
        "breaks by events that the catalogue lacks",
        risky("completeness_mw = 5.3", "completeness_mw = 5.8"),
        ("risk.earthquakes", "5.5", "completeness_mw 5.8"),
    ),
    Case("rates with a gap of depths", risky("from_m = 50.0", "from_m = 60.0"), ("risk.by_depth.0", "50", "60")),
    Case(
        "ice to the south of itself",
        risky("full_lat_deg = 45.0", "full_lat_deg = 43.0"),
        ("risk.by_depth.2", "from_lat_deg 44", "full_lat_deg 43"),
    ),
    Case("armour of an unknown type", risky('cable_type = "LWP"', 'cable_type = "XX"'), ("risk.armour.4", "XX")),
    Case(
        "armour that the engineered routes need is not there",
        risky('cable_type = "RA"', 'cable_type = "SA"'),
        ("risk.armour has SA more than once",),
    ),
    Case(
        "a burial of the engineered routes without a price",
        risky('method = "plough"\ntarget_m = 1.0', 'method = "plough"\ntarget_m = 1.5'),
        ("rule `plough`", "plough to 1 m", "risk.burial"),
    ),
    Case(
        "armour that lets more than all pass",
        risky("anchoring = 0.5", "anchoring = 1.5"),
        ("risk.armour.0.passes", "1.5"),
    ),
    Case(
        "nothing to lay in deep water",
        risky(
            "from_depth_m = 100.0",
            "from_depth_m = 100.0\nto_depth_m = 900.0",
            "from_depth_m = 200.0",
            "to_depth_m = 900.0",
        ),
        ("none of risk.armour", "2000 m of water"),
    ),
    Case(
        "nothing to lay where no depth is known",
        risky("where_unknown = true", "where_unknown = false"),
        ("risk.armour", "where_unknown"),
    ),
    Case("a discount rate over 1", risky("discount_rate = 0.05", "discount_rate = 5.0"), ("risk.discount_rate", "5.0")),
    Case(
        "repairs of no days", risky("days_on_site = 8.0", "days_on_site = 0.0"), ("risk.repair.bands.0.days_on_site",)
    ),
    Case(
        "a ship that is paid longer than one waits",
        risky("ship_days = 6.0", "ship_days = 60.0"),
        ("risk.repair", "ship_days 60", "waiting_days 20"),
    ),
    Case("a front of too few routes", risky("max_routes = 25", "max_routes = 1"), ("risk.max_routes", "1")),
    Case("a criterion that is none", risky('["crossings"]', '["beauty"]'), ("risk.paid_criteria", "beauty")),
    Case("unknown source", ((SEABED, '{ registry = "gebco" }'),), ("gebco", "etopo1-caspian")),
    Case("source of another kind", ((SEABED, '{ registry = "gshhg-caspian" }'),), ("seabed", "gshhg-caspian")),
    Case(
        "registry and path",
        ((SEABED, '{ registry = "etopo1-caspian", path = "a.tif" }'),),
        ("sources.seabed", "only one"),
    ),
    Case("own file without citation", ((SEABED, '{ path = "a.tif" }'),), ("sources.seabed", "citation")),
    Case("file that is not there", ((SEABED, own("nowhere.tif")),), ("sources.seabed", "nowhere.tif")),
    Case("virtual path", ((SHORELINE, own("/vsicurl/http://127.0.0.1/x.geojson")),), ("sources.shoreline", "/vsicurl")),
    # seabed files
    Case("seabed NaN everywhere", ((SEABED, own("sea.tif")),), ("sea.tif",), raster(np.full((120, 90), np.nan))),
    Case(
        "seabed of depths read as heights",
        ((SEABED, own("sea.tif")),),
        ("sources.seabed", "100.0%", "depth_m_down"),
        raster(np.tile(np.linspace(20.0, 800.0, 90), (120, 1))),
    ),
    Case(
        "seabed is the surface of the water",
        ((SEABED, own("sea.tif")),),
        ("sources.seabed", "flat at -29.5 m", "bathymetry"),
        raster(np.full((120, 90), -29.5)),
    ),
    Case("seabed without CRS", ((SEABED, own("sea.tif")),), ("sea.tif", "CRS"), raster(FLAT, crs=None)),
    Case("seabed truncated", ((SEABED, own("sea.tif")),), ("sea.tif",), cut("etopo1_caspian.tif", "sea.tif", 700)),
    Case("seabed is text", ((SEABED, own("sea.tif")),), ("sea.tif",), text("depth 100 m", "sea.tif")),
    Case(
        "seabed elsewhere",
        ((SEABED, own("sea.nc")),),
        ("sea.nc",),
        netcdf(
            xr.Dataset(
                {"z": (("lat", "lon"), np.zeros((5, 5), "f4"))},
                {"lat": np.linspace(1, 2, 5), "lon": np.linspace(1, 2, 5)},
            ),
            "sea.nc",
        ),
    ),
    Case(
        "netCDF without coordinates",
        ((SEABED, own("sea.nc")),),
        ("sea.nc", "coordinate"),
        netcdf(xr.Dataset({"z": (("y", "x"), np.zeros((5, 5), "f4"))}), "sea.nc"),
    ),
    Case(
        "netCDF of text",
        ((SEABED, own("sea.nc")),),
        ("sea.nc",),
        netcdf(
            xr.Dataset(
                {"z": (("lat", "lon"), np.full((5, 5), "deep"))},
                {"lat": np.linspace(36, 48, 5), "lon": np.linspace(46, 55, 5)},
            ),
            "sea.nc",
        ),
    ),
    Case(
        "netCDF without that variable",
        ((SEABED, own("sea.nc", ', layer = "depth"')),),
        ("sea.nc", "depth"),
        netcdf(
            xr.Dataset(
                {"z": (("lat", "lon"), np.zeros((5, 5), "f4"))},
                {"lat": np.linspace(36, 48, 5), "lon": np.linspace(46, 55, 5)},
            ),
            "sea.nc",
        ),
    ),
    # vector files
    Case(
        "shoreline empty",
        ((SHORELINE, own("shore.geojson")),),
        ("shore.geojson",),
        text('{"type": "FeatureCollection", "features": []}', "shore.geojson"),
    ),
    Case(
        "shoreline of points",
        ((SHORELINE, own("shore.gpkg")),),
        ("shore.gpkg",),
        vector(gpd.GeoDataFrame({"shoreline_id": ["a"]}, geometry=[Point(50, 42)], crs=4326), "shore.gpkg"),
    ),
    Case(
        "shoreline with swapped axes",
        ((SHORELINE, own("shore.gpkg")),),
        ("shore.gpkg", "swapped"),
        vector(gpd.GeoDataFrame({"shoreline_id": ["a"]}, geometry=[box(37, 48, 45.5, 54)], crs=4326), "shore.gpkg"),
    ),
    Case(
        "shoreline without CRS",
        ((SHORELINE, own("shore.gpkg")),),
        ("shore.gpkg", "CRS"),
        vector(gpd.GeoDataFrame({"shoreline_id": ["a"]}, geometry=[box(47, 37, 54, 47)]), "shore.gpkg"),
    ),
    Case(
        "shoreline that is OGR VRT",
        ((SHORELINE, own("shore.geojson")),),
        ("shore.geojson",),
        text(VRT, "shore.geojson"),
    ),
    Case(
        "shoreline truncated",
        ((SHORELINE, own("shore.geojson")),),
        ("shore.geojson",),
        cut("gshhg_caspian.geojson", "shore.geojson", 5000),
    ),
    Case("unknown format", ((SHORELINE, own("shore.kml")),), ("shore.kml",), text("<kml/>", "shore.kml")),
    Case(
        "hazards lack a column",
        ((HAZARDS, own("h.gpkg")),),
        ("h.gpkg", "kind"),
        vector(hazard(Point(50, 42)).drop(columns="kind"), "h.gpkg"),
    ),
    Case(
        "hazards of unknown kind",
        ((HAZARDS, own("h.gpkg")),),
        ("h.gpkg", "kraken"),
        vector(hazard(Point(50, 42), kind="kraken"), "h.gpkg"),
    ),
    Case(
        "hazards with text as number",
        ((HAZARDS, own("h.gpkg")),),
        ("h.gpkg", "buffer_m"),
        vector(hazard(Point(50, 42), buffer_m="wide"), "h.gpkg"),
    ),
    Case(
        "hazards in metres called degrees",
        ((HAZARDS, own("h.gpkg")),),
        ("h.gpkg",),
        vector(hazard(Point(500000, 4600000)), "h.gpkg"),
    ),
    Case(
        "cables are polygons",
        ((CABLES, own("c.gpkg")),),
        ("c.gpkg",),
        vector(
            gpd.GeoDataFrame({"cable_id": ["a"], "name": ["a"]}, geometry=[box(47, 37, 54, 47)], crs=4326), "c.gpkg"
        ),
    ),
    Case(
        "earthquakes without coordinates",
        ((QUAKES, own("q.csv")),),
        ("q.csv",),
        text("event_id,magnitude_mw\na,5\n", "q.csv"),
    ),
    Case(
        "earthquakes with text magnitudes",
        ((QUAKES, own("q.csv")),),
        ("q.csv", "magnitude_mw"),
        text("event_id,lon,lat,magnitude_mw\na,50,42,strong\n", "q.csv"),
    ),
    Case(
        "a row of earthquakes with a decimal comma",
        ((QUAKES, own("q.csv")),),
        ("q.csv", "row 3", "`41`", "no heading"),
        text("event_id,lon,lat,magnitude_mw\na,50,42,5\nb,50,5,42,41\n", "q.csv"),
    ),
    Case(
        "a row of earthquakes that ends early",
        ((QUAKES, own("q.csv")),),
        ("q.csv", "row 3", "magnitude_mw"),
        text("event_id,lon,lat,magnitude_mw\na,50,42,5\nb,50.5,41\n", "q.csv"),
    ),
    # what closes water, and is never left out
    Case(
        "a no-go area without a name",
        ((HAZARDS, own("h.gpkg")),),
        ("h.gpkg", "feature 1 (h2)", "no-go", "name is empty"),
        vector(pd.concat([hazard(Point(50, 44)), hazard(box(47, 42, 54, 42.1), hazard_id="h2", name=None)]), "h.gpkg"),
    ),
    Case(
        "a no-go area with a part that is broken",
        ((HAZARDS, own("h.geojson")),),
        ("h.geojson", "feature 1 (h2, wall)", "no-go", "a coordinate is not a number"),
        text(
            pd.concat([hazard(Point(50, 44)), hazard(box(47, 42, 54, 43) | box(50, 44, 51, 45), hazard_id="h2")])
            .to_json()
            .replace("[51.0, 45.0]", '["east", 45.0]'),
            "h.geojson",
        ),
    ),
    Case(
        "a no-go line without a buffer",
        ((HAZARDS, own("h.gpkg")),),
        ("hazard `h1`", "LineString", "closes no area", "buffer_m"),
        vector(hazard(LineString([(50, 42), (51, 42)])), "h.gpkg"),
    ),
    Case(
        "a no-go area of a kind without a default buffer",
        ((HAZARDS, own("h.gpkg")), (", restricted_area = 0.0", "")),
        ("hazard `h1`", "buffer_m", "restricted_area"),
        vector(hazard(Point(51.0, 41.5), buffer_m=None), "h.gpkg"),
    ),
    Case(
        "a shoreline with a feature that cannot be used",
        ((SHORELINE, own("shore.gpkg")),),
        ("shore.gpkg", "feature 1", "part of the shoreline", "the geometry is a Point"),
        vector(gpd.GeoDataFrame(geometry=[box(47, 37, 54, 47), Point(50, 42)], crs=4326), "shore.gpkg"),
    ),
    Case(
        "an island that is drawn as water",
        ((SHORELINE, own("shore.gpkg")),),
        ("shore.gpkg", "`shore-1` lies inside `shore-0`", "an island must be a hole"),
        vector(gpd.GeoDataFrame(geometry=[box(47, 37, 54, 47), box(50, 42, 51, 43)], crs=4326), "shore.gpkg"),
    ),
    # files of another place
    Case(
        "hazards elsewhere",
        ((HAZARDS, own("h.gpkg")),),
        ("h.gpkg", "none of its 1 features", "46…55° E", "-9…-9° E", "leave sources.hazards out"),
        vector(hazard(Point(-9, 40)), "h.gpkg"),
    ),
    Case(
        "earthquakes elsewhere",
        ((QUAKES, own("q.csv")),),
        ("q.csv", "none of its 2 features", "leave sources.earthquakes out"),
        text("event_id,lon,lat,magnitude_mw\na,-9,40,5\nb,-8,41,5\n", "q.csv"),
    ),
    Case(
        "a collection whose features are null",
        ((HAZARDS, own("h.geojson")),),
        ("h.geojson", "`features` is null", "expected a list"),
        text('{"type": "FeatureCollection", "features": null}', "h.geojson"),
    ),
    Case(
        "borders that do not divide the shore",
        (('{ registry = "borders-caspian", status = "DERIVED" }', own("b.csv")),),
        ("sources.borders", "belongs to no one state"),
        text("border_id,state_a,state_b,lon,lat\na,AZ,RU,48.59,41.82\nb,KZ,TM,52.45,41.75\n", "b.csv"),
    ),
    # values that no sea has
    Case(
        "an undeclared fill value within reach of real depths",
        ((SEABED, own("sea.tif")),),
        ("sea.tif", "900 nodes of exactly -9999.0 m", "nodata = -9999.0", "sources.seabed"),
        raster(np.where(np.arange(120)[:, None] < 10, -9999.0, SLOPING)),
    ),
    Case(
        "an undeclared fill value beyond all depths",
        ((SEABED, own("sea.tif")),),
        ("sea.tif", "900 nodes", "-32768.0", "nodata = -32768.0"),
        raster(np.where(np.arange(120)[:, None] < 10, -32768.0, SLOPING)),
    ),
    Case(
        "fill values of a file of depths",
        ((SEABED, own("sea.tif", ', values = "depth_m_down"')),),
        ("sea.tif", "900 nodes", "nodata = 9999.0"),
        raster(np.where(np.arange(120)[:, None] < 10, 9999.0, -SLOPING)),
    ),
    Case(
        "zeros where nothing was measured",
        ((SEABED, own("sea.tif")),),
        ("sources.seabed", "exactly 0 m", "nodata = 0.0"),
        raster(np.where(np.abs(np.arange(120)[:, None] - 60) < 10, 0.0, SLOPING)),
    ),
    Case(
        "deeper than the sea",
        ((SEABED, own("sea.tif")),),
        ("max_depth_m 1025 m", "-1300 m", "nodata", "raise max_depth_m in [area]"),
        raster(np.where((np.arange(120)[:, None] == 70) & (np.arange(90) == 45), -1300.0, SLOPING)),
    ),
    Case("no data that is not a number", ((SEABED, own("sea.tif", ", nodata = nan")),), ("sources.seabed.nodata",)),
    Case(
        "a cable that costs nothing",
        (("base_cost_usd_per_km = 24500.0", "base_cost_usd_per_km = 0.0"),),
        ("cost.base_cost_usd_per_km", "greater than 0"),
    ),
    # landings without a shore
    Case(
        "a landing by the edge of the area",
        (
            ("east_deg = 55.0", "east_deg = 51.5"),
            *(("lon_deg = 51.17392", "lon_deg = 51.4"), ("lat_deg = 43.66105", "lat_deg = 42.0")),
            ("lon_deg = 51.68116", "lon_deg = 51.3"),
            ("lon_deg = 52.95517", "lon_deg = 51.0"),
        ),
        ("landing Aktau", "km from the shoreline"),
    ),
    Case(
        "an area without a shore",
        ((SHORELINE, own("shore.gpkg")),),
        ("landing Sumgait", "no shore", "[area]"),
        vector(gpd.GeoDataFrame(geometry=[box(40, 30, 60, 50)], crs=4326), "shore.gpkg"),
    ),
    Case(
        "both landings at one place",
        (("lon_deg = 51.17392\nlat_deg = 43.66105", "lon_deg = 49.66861\nlat_deg = 40.58972"),),
        ("system `main`", "49.66861° E", "`sumgait` and `aktau` are one place"),
    ),
    # a network that cannot be
    Case("a leg to no node", (network(to_node="aktau"),), ("leg `land`", "aktau", "almaty")),
    Case("a leg along a river", (network(along="river"),), ("along", "river")),
    Case("light faster than in vacuum", (network(index=0.9),), ("network.fibre.group_index", "0.9")),
    Case("a railway in pieces", (network(join_km=0.0),), ("leg `land`", "Khorgos", "Almaty", "pieces", "join_km")),
    Case("a node far from the railway", (network(snap_km=1.0),), ("leg `land`", "Khorgos", "at most 1 km")),
    # constraints that cannot be
    Case(
        "a constraint raster of another sea",
        (constraint(f'kind = "rock"\nclasses = {{ "1" = 1.0 }}\ndata = {own("far.tif")}'),),
        ("far.tif", "outside the study's area", "this sea"),
        raster(np.ones((20, 20)), name="far.tif", west=120.0),
    ),
    Case(
        "a constraint layer of another sea",
        (constraint(f'kind = "anchorage"\ndata = {own("far.gpkg")}'),),
        ("far.gpkg", "none of its 1 features", "Give the file of this sea"),
        vector(gpd.GeoDataFrame(geometry=[box(120, 10, 121, 11)], crs=4326), "far.gpkg"),
    ),
    Case(
        "a class of a raster without a figure",
        (constraint(f'kind = "rock"\nclasses = {{ "1" = 1.0 }}\ndata = {own("sea.tif")}'),),
        ("constraint `layer`", "no friction for `2`", "`classes` has 1"),
        raster(np.where(np.arange(90) % 2, 1.0, 2.0) * np.ones((120, 1))),
    ),
    Case(
        "a class of a layer without a figure",
        (constraint(f'kind = "rock"\ncolumn = "bottom"\nclasses = {{ sand = 1.0 }}\ndata = {own("b.gpkg")}'),),
        ("constraint `layer`", "`mud`", "`classes` has sand"),
        vector(gpd.GeoDataFrame({"bottom": ["mud"]}, geometry=[box(50, 41, 51, 42)], crs=4326), "b.gpkg"),
    ),
    Case(
        "a value beyond the bands",
        (
            constraint(
                'kind = "fairway"\nbands = [{ from_value = 0.0, to_value = 5.0, friction = 1.0 }]\n'
                f'column = "ships"\ndata = {own("b.gpkg")}'
            ),
        ),
        ("constraint `layer`", "value 9", "0…5"),
        vector(gpd.GeoDataFrame({"ships": [9]}, geometry=[box(50, 41, 51, 42)], crs=4326), "b.gpkg"),
    ),
    Case(
        "a constraint by a column that is not there",
        (constraint(f'kind = "rock"\ncolumn = "soil"\nclasses = {{ sand = 1.0 }}\ndata = {own("b.gpkg")}'),),
        ("b.gpkg", "no column `soil`", "it has bottom"),
        vector(gpd.GeoDataFrame({"bottom": ["mud"]}, geometry=[box(50, 41, 51, 42)], crs=4326), "b.gpkg"),
    ),
    Case(
        "a raster that leaves water out",
        (constraint(f'kind = "rock"\nclasses = {{ "1" = 1.0 }}\ndata = {own("half.tif")}'),),
        ("constraint `layer`", "% of the water", "unknown_friction"),
        raster(np.ones((60, 90)), name="half.tif", south=42.0),
    ),
    Case(
        "a barrier with a broken feature",
        (constraint(f'kind = "wreck"\nbuffer_m = 100.0\ndata = {own("w.gpkg")}'),),
        ("w.gpkg", "never left out", "feature 1"),
        vector(gpd.GeoDataFrame(geometry=[Point(50, 42), None], crs=4326), "w.gpkg"),
    ),
    Case(
        "a point that closes nothing",
        (constraint(f'kind = "wreck"\ndata = {own("w.gpkg")}'),),
        ("layer/0", "closes no area", "buffer_m"),
        vector(gpd.GeoDataFrame(geometry=[Point(50, 42)], crs=4326), "w.gpkg"),
    ),
    Case(
        "a kind that there is not",
        (constraint(f'kind = "kraken"\ndata = {own("w.gpkg")}'),),
        ("constraints.0", "'kraken'", "'anchorage'"),
    ),
    Case(
        "a constraint named as a criterion",
        (constraint(f'kind = "wreck"\ndata = {own("w.gpkg")}', name="slope"),),
        ("`slope`", "a criterion's"),
    ),
    Case(
        "a constraint file that is not there",
        (constraint(f'kind = "wreck"\ndata = {own("gone.gpkg")}'),),
        ("constraints.layer.data.path", "gone.gpkg"),
    ),
    Case(
        "diversity from no cable",
        (('[[systems]]\nid = "main"\n', '[[systems]]\nid = "main"\ndiverse_from = ["Atlantis"]\n'),),
        ("system `main`", "`Atlantis`", "correct the name"),
    ),
    Case(
        "barriers that close the sea",
        (constraint(f'kind = "military_area"\ndata = {own("m.gpkg")}'),),
        ("close all the water",),
        vector(gpd.GeoDataFrame(geometry=[box(45, 35, 56, 48)], crs=4326), "m.gpkg"),
    ),
    # routes that cannot be
    Case(
        "a no-go that cuts the sea in two",
        ((HAZARDS, own("h.gpkg")),),
        ("Sumgait", "Aktau"),
        vector(hazard(SEA_CUT_IN_TWO), "h.gpkg"),
        routes=True,
    ),
    Case(
        "a no-go over the landing",
        ((HAZARDS, own("h.gpkg")),),
        ("Aktau",),
        vector(hazard(Point(51.17, 43.66).buffer(0.4)), "h.gpkg"),
        routes=True,
    ),
]


def invoke(*args: str) -> tuple[int, str]:
    """Run the command in this process as the console script does; returns exit code and standard error."""
    runner = CliRunner()
    result = runner.invoke(cli.command, list(args), obj=None)
    if isinstance(result.exception, TranscaspianError):
        return cli.EXIT_BAD_INPUT, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output + (result.stderr if result.stderr_bytes else "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_wrong_input_is_one_clear_sentence(case: Case, study_file: Callable[..., Path], tmp_path: Path) -> None:
    # what is wrong is the same on a coarse grid, but where the grid itself is
    coarse = (
        ()
        if any(old in GRID for old, _ in case.edits)
        else zip(GRID, ("grid_step_arcsec = 120.0", "max_km = 15.0"), strict=True)
    )
    study = study_file(*coarse, *case.edits)
    if case.prepare:
        case.prepare(tmp_path)
    out = tmp_path / "out"
    if case.routes:
        code, message = invoke("run", str(study), "--direct", "--system", "main", "--raw", str(RAW), "--out", str(out))
    else:
        code, message = invoke("check", str(study), "--raw", str(RAW))
    assert code == 2, message
    for word in case.says:
        assert word in message, f"{word!r} is not named in: {message}"
    assert "Traceback" not in message
    assert len(message) < 1500, message
    published = [path for path in out.rglob("*") if path.is_file() and ".cache" not in path.parts]
    assert not published, "nothing but what is kept for the next run"


def test_there_are_at_least_forty_wrong_inputs() -> None:
    assert len(CASES) >= 40


PRICED = [
    ("prices.currency", "EUR", "currency is EUR, and costs are published in USD: convert the prices"),
    ("prices.survey.currency", "EUR", "prices.survey is in EUR, the book in USD"),
    ("prices.survey.year", "2019", "prices.survey is of 2019, the book of 2025"),
    ("prices.survey.low", "9000", "low 9000, base 2500 and high 6000 do not ascend"),
    ("prices.survey.base", "nan", "`prices.survey.base` is nan: input should be a finite number"),
    ("prices.contingency_percent.low", "-5", "`prices.contingency_percent.low` is -5"),
    ("prices.contingency_percent.high", "400", "expected percent of all other items, at most 100"),
    ("prices.cable.LW", "{ low = 0.0, base = 0.0, high = 1.0 }", "cable.LW has a base price of 0: cable is not free"),
    ("prices.cable.XX", "{ low = 1.0, base = 1.0, high = 1.0 }", "`prices.cable.XX.[key]` is 'XX'"),
    ("prices.survey", "{ low = 1.0, base = 1.0, high = 1.0, status = 'REAL' }", "the price is REAL without a source"),
    ("link.attenuation_db_per_km", "2.0", "2 dB per km is not the attenuation of a fibre"),
    ("link.repeatered.span_budget_db", "1.2", "reaches 1.2 km at 0.165 dB per km"),
    ("link.unrepeatered.fibre_pairs", "0", "`link.unrepeatered.fibre_pairs` is 0"),
    ("engineering.amplifiers.repeater_spacing_km", "3.0", "is shorter than the shortest section of cable"),
    ("risk.repair.ship_days", "30.0", "ship_days 30 is more than waiting_days 20"),
    ("risk.availability.manhole.repair_days", "0.0", "`risk.availability.manhole.repair_days` is 0.0"),
    ("risk.by_depth.fishing.cause", "trawling", "is 'trawling': input should be 'anchoring', 'fishing', 'ice' or"),
    ("risk.published_rate.low", "0.4", "faults_per_1000km_year 0.3 is not within 0.4 to 0.5"),
    ("risk.discount_rate", "1.5", "`risk.discount_rate` is 1.5"),
]


@pytest.mark.parametrize(("key", "value", "says"), PRICED)
def test_a_wrong_figure_of_costs_links_or_risk_is_one_sentence(key: str, value: str, says: str) -> None:
    whole = STUDY.parent / "digital_silk_way.toml"
    code, message = invoke("check", str(whole), "--raw", str(RAW), "--set", f"{key}={value}")
    assert code == 2
    assert says in message
    assert "Traceback" not in message
    assert len(message.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("run", "nosuch.toml", "--direct"), "nosuch.toml"),
        (("run", str(STUDY), "--direct", "--system", "nosuch"), "nosuch"),
        (("run", str(STUDY), "--direct", "--set", "criteria.slope.weight"), "KEY=VALUE"),
        (("run", str(STUDY), "--direct", "--set", "criteria.nosuch.weight=1"), "criteria.nosuch"),
        (("run", str(STUDY), "--direct", "--set", "criteria.slope.weight=heavy"), "criteria.slope.weight"),
        (("run", str(STUDY), "--direct", "--raw", "/nonexistent"), "/nonexistent"),
        (("run", str(STUDY), "--direct", "--nosuch"), "--nosuch"),
        (("check", str(STUDY), "--set", "landings.nosuch.lon_deg=1"), "landings.nosuch"),
    ],
)
def test_wrong_command_lines(args: tuple[str, ...], says: str) -> None:
    code, message = invoke(*args)
    assert code == 2
    assert says in message


def command(*args: str, **kwargs: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "transcaspian", *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=STUDY.parents[1],
        **kwargs,  # type: ignore[call-overload]
    )


def test_the_process_exits_with_two_and_no_traceback(tmp_path: Path) -> None:
    done = command("run", str(STUDY), "--direct", "--set", "area.west_deg=99")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.whole_run
def test_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    done = command("run", str(STUDY), "--direct", "--system", "main", *options(TINY), "--out", str(tmp_path / "out"))
    assert done.returncode == 2, done.stderr
    assert str(tmp_path / "out") in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out").read_text() == "in the way"


@pytest.mark.whole_run
def test_disk_full_leaves_no_half_written_run(tmp_path: Path, warmed: Callable[[Path], Path]) -> None:
    """A file-size limit stops the writers in the middle as a full disk does."""
    kept = {path.name for path in (warmed(tmp_path / "out") / "trans-caspian" / ".cache").iterdir()}

    def limit() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    environment = os.environ | {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", "")}
    done = command(
        "run",
        str(STUDY),
        "--direct",
        "--system",
        "main",
        *options(TINY),
        "--out",
        str(tmp_path / "out"),
        preexec_fn=limit,
        env={key: value for key, value in environment.items() if value},
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    left = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert left == kept


def test_a_programming_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("transcaspian.cli.study_command.check_study", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(args=["check", str(STUDY)])


def test_quarantined_features_are_published_with_their_reason(study_file: Callable[..., Path], tmp_path: Path) -> None:
    good = hazard(Point(52.5, 38.0), buffer_m=500.0)
    bad = hazard(Point(52.6, 38.1), hazard_id="h2", kind="kraken", no_go=False)
    vector(pd.concat([good, bad], ignore_index=True), "h.gpkg")(tmp_path)
    study = study_file((HAZARDS, own("h.gpkg")))
    code, message = invoke("check", str(study), "--raw", str(RAW))
    assert code == 0, message
    assert "hazards: 2 read, 1 kept, 0 repaired, 1 quarantined" in message
