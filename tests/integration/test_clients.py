"""Other people's programs open what a run publishes: QGIS, R, and what comes with GDAL."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from tests.conftest import need, without
from tests.layer_tables import DEFAULT, GROUPS, PUBLISHED, STYLES
from tests.unit.test_export import ABOUT, COMPUTED, GRID, rasters
from transcaspian import export
from transcaspian.core.layers import RELATIONS, Layer
from transcaspian.core.styles import CABLE_COLOURS, DEPTH_STOPS, THEMES, system_colours
from transcaspian.runs.engine import RunResult

HERE = Path(__file__).parent
DEBIAN_PYTHON = "/usr/bin/python3"
SF_LOOK = """
library(sf)
for (name in commandArgs(trailingOnly = TRUE)[-1]) {
  data <- st_read(commandArgs(trailingOnly = TRUE)[1], layer = name, quiet = TRUE)
  box <- if (nrow(data)) as.numeric(st_bbox(data)) else rep(NA, 4)
  cat(name, nrow(data), st_crs(data)$epsg, format(box, digits = 12), "\\n")
}
"""


@pytest.fixture(scope="module")
def package(default_run: RunResult) -> Path:
    return default_run.folder / "trans-caspian.gpkg"


def debian_python_with(module: str, package: str) -> str:
    """Debian's own Python, which has the bindings of Debian's programs."""
    try:
        subprocess.run([DEBIAN_PYTHON, "-c", f"import {module}"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        without(f"{module} for {DEBIAN_PYTHON} (Debian: {package})")
    return DEBIAN_PYTHON


def seen_by_qgis(folder: Path, study_id: str, layers: Sequence[Layer], home: Path) -> dict[str, Any]:
    """What QGIS finds in the GeoPackage of a run: the project that is stored in it, and each layer by itself."""
    python = debian_python_with("qgis.core", "python3-qgis")
    places = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    environment = {"PATH": os.environ["PATH"], **places, "QT_QPA_PLATFORM": "offscreen"}
    picture = home / "layout.png" if layers is DEFAULT else ""
    files = (folder / f"{study_id}.gpkg", study_id, folder / "rasters" / "depth.tif", picture)
    done = subprocess.run(
        [python, HERE / "qgis_look.py", *files, *(layer.name for layer in layers)],
        capture_output=True, text=True, env=environment, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"picture": picture}


@pytest.fixture(scope="module")
def in_qgis(default_run: RunResult, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return seen_by_qgis(default_run.folder, "trans-caspian", DEFAULT, tmp_path_factory.mktemp("qgis"))


@pytest.fixture(scope="module")
def every_layer_in_qgis(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of a run with all optional stages: it has every layer there is."""
    folder = tmp_path_factory.mktemp("every-layer")
    export.write_run(folder, export.Content(ABOUT, COMPUTED, GRID, rasters()))
    return seen_by_qgis(folder, ABOUT.study_id, PUBLISHED, tmp_path_factory.mktemp("qgis"))


@pytest.mark.parametrize(("seen", "layers"), [("in_qgis", DEFAULT), ("every_layer_in_qgis", PUBLISHED)])
def test_qgis_opens_the_stored_project_with_every_layer_in_its_group(
    seen: str, layers: Sequence[Layer], request: pytest.FixtureRequest
) -> None:
    """Groups without a layer, as of stages that the study does not ask for, are left out."""
    found = request.getfixturevalue(seen)
    assert found["read"]
    assert (found["crs"], found["ellipsoid"]) == ("EPSG:3395", "EPSG:7030")
    there = {layer.name for layer in layers}
    groups = {group.title: there.intersection(group.layers) for group in GROUPS}
    *titles, last = found["groups"]
    assert titles == [title for title, names in groups.items() if names]
    for title in titles:
        assert set(found["groups"][title]) == groups[title]
    assert last == "Rasters"
    assert "depth" in found["groups"]["Rasters"]
    assert all(layer["valid"] for layer in found["project"].values())
    assert all(layer.get("expression_ok", True) for layer in found["project"].values())


@pytest.mark.parametrize("seen", ["in_qgis", "every_layer_in_qgis"])
def test_qgis_speaks_to_people(seen: str, request: pytest.FixtureRequest) -> None:
    """Titles and columns in words with units, decimals, what names a feature, and a tip whose expressions work."""
    found = request.getfixturevalue(seen)
    for layer in PUBLISHED:
        if (told := found["told"].get(layer.name)) is None:
            continue
        assert told["title"] == layer.title
        assert "_" not in told["title"]
        assert {field.name: told["aliases"][field.name] for field in layer.fields} == {
            field.name: field.title for field in layer.fields
        }
        assert told["display_ok"]
        if told["tip"]:
            assert "[%" not in told["tip"]
            assert layer.title in told["tip"]
    routes = found["told"]["routes"]
    assert routes["precision"]["length_km"] == "3"
    assert routes["aliases"]["max_depth_m"] == "Max depth (m)"
    assert found["told"]["landing_points"]["wins"]
    assert not routes["wins"]
    assert {"Other lines", "Lower levels of the sea"} <= set(found["closed"])
    assert set(found["themes"]) == set(THEMES)
    for theme, shown in found["themes"].items():
        assert {"routes", "landing_points", "coastline", "depth"} <= set(shown), theme
    assert "edit_vertices" in found["themes"]["Edit"]
    assert "rpl_lines" in found["themes"]["Engineering"]
    assert "median_lines" in found["themes"]["Permits"]


def test_the_layout_is_an_a3_with_all_that_a_map_needs(in_qgis: dict[str, Any]) -> None:
    layout = in_qgis["layout"]
    assert layout["page"] == [420.0, 297.0]
    kinds = ("Label", "Label", "Legend", "Map", "Page", "Picture", "ScaleBar")
    assert layout["items"] == [f"QgsLayoutItem{kind}" for kind in kinds]
    assert any("Sources: " in text and "ETOPO" in text for text in layout["texts"])
    assert layout["written"] == 0
    with rasterio.open(in_qgis["picture"]) as drawn:
        colours = drawn.read()[:3].reshape(3, -1)
    assert len(np.unique(colours, axis=1).T) > 200, "a map is drawn, and not a white sheet"


def test_qgis_reads_the_colours_we_wrote(in_qgis: dict[str, Any]) -> None:
    cables = {name: colour.lower() for name, colour in CABLE_COLOURS.items()}
    for where in ("project", "tables"):
        for name in ("rpl_lines", "sld"):
            found = in_qgis[where][name]["colours"]
            assert found == cables | {"insufficient information": "#bbbbbb"}
    systems = system_colours(["main", "main-2023", "reserve-2023", "turkmen"])
    assert in_qgis["project"]["routes"]["colours"].items() >= {k: v.lower() for k, v in systems.items()}.items()
    depths = in_qgis["project"]["route_profile"]["colours"]
    bands = [colour for name, colour in depths.items() if name.endswith(" m")]
    assert bands == [colour for _, colour in DEPTH_STOPS[1:]]
    assert in_qgis["depth"] == [[value, colour] for value, colour in DEPTH_STOPS]
    points, areas = (in_qgis["project"][name]["colours"] for name in ("hazard_points", "hazards"))
    assert points.items() | areas.items() <= in_qgis["tables"]["hazard_points"]["colours"].items() | areas.items()


def test_qgis_finds_the_default_style_of_every_table_by_itself(every_layer_in_qgis: dict[str, Any]) -> None:
    for name, found in every_layer_in_qgis["tables"].items():
        style = STYLES[name][0]
        assert found["valid"]
        assert found["labels"] == bool(style.label), name
        assert style.symbol.colour.lower() in found["colours"].values() or style.categories, name
        if style.label_from_scale:
            assert found["scale"] == style.label_from_scale


def test_qgis_counts_what_is_there(in_qgis: dict[str, Any], package: Path) -> None:
    for name, found in in_qgis["tables"].items():
        data = gpd.read_file(package, layer=name)
        assert found["count"] == len(data)
        if len(data):
            np.testing.assert_allclose(found["extent"], data.total_bounds, atol=1e-6)


def test_r_reads_the_same_counts_and_extents(package: Path) -> None:
    program = need("Rscript", "r-base-core r-cran-sf")
    names = [layer.name for layer in DEFAULT]
    done = subprocess.run([program, "-e", SF_LOOK, str(package), *names], capture_output=True, text=True, check=False)
    if "there is no package called" in done.stderr:
        without("sf for R (Debian: r-cran-sf)")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == names
    for name, count, epsg, *box in rows:
        data = gpd.read_file(package, layer=name)
        assert (int(count), epsg) == (len(data), "4326")
        if len(data):
            np.testing.assert_allclose([float(edge) for edge in box], data.total_bounds, atol=1e-6)


def test_gdals_own_validator_finds_no_fault(package: Path) -> None:
    python = debian_python_with("osgeo_utils.samples.validate_gpkg", "python3-gdal")
    done = subprocess.run(
        [python, "-m", "osgeo_utils.samples.validate_gpkg", "--warning-as-error", str(package)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_gdal_and_qgis_find_which_positions_and_spans_belong_together(package: Path, in_qgis: dict[str, Any]) -> None:
    program = debian_python_with("osgeo.gdal", "python3-gdal")
    look = (
        "import sys; from osgeo import gdal; d = gdal.OpenEx(sys.argv[1]); "
        "found = [d.GetRelationship(name) for name in d.GetRelationshipNames()]; "
        "print(*(f'{r.GetLeftTableName()}>{r.GetRightTableName()}' for r in found))"
    )
    done = subprocess.run([program, "-c", look, str(package)], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"routes>rpl_points", "rpl_points>rpl_lines"}
    assert in_qgis["relations"] == {
        relation.name: [relation.child.name, relation.parent.name, True] for relation in RELATIONS
    }


def test_another_gdal_colours_the_depth_by_the_table_beside_it(default_run: RunResult, tmp_path: Path) -> None:
    program = need("gdaldem", "gdal-bin")
    rasters = default_run.folder / "rasters"
    target = tmp_path / "coloured.tif"
    files = (rasters / "depth.tif", rasters / "depth.colours.txt", target)
    subprocess.run([program, "color-relief", *files, "-alpha", "-q"], check=True)
    with rasterio.open(target) as coloured, rasterio.open(rasters / "depth.tif") as depth:
        opacity, depth_m = coloured.read(4), depth.read(1)
    assert ((opacity > 0) == np.isfinite(depth_m)).all()
