"""Files that want more than to be read: other files, the network, all the memory, or a command."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import h5py
import numpy as np
import pytest
import rasterio
from shapely import LineString, Point

from tests.conftest import COARSE, ROOT, STUDY, need, without
from transcaspian.core.errors import IngestError
from transcaspian.ingest.layer_reader import read_layer
from transcaspian.ingest.seabed_reader import read_seabed
from transcaspian.ingest.vectors import open_vector
from transcaspian.runs.engine import RunResult
from transcaspian.sources.datafile import DataFile, Limits

SECRET = "root:x:0:0"


def seabed(path: Path, **limits: float) -> DataFile:
    return DataFile("seabed", path, "sea", limits=Limits(**limits))  # type: ignore[arg-type]


def grid_file(path: Path) -> h5py.File:
    file = h5py.File(path, "w")
    for name, values in (("lon", np.linspace(46, 55, 40)), ("lat", np.linspace(36, 48, 50))):
        axis = file.create_dataset(name, data=values)
        axis.make_scale(name)
        axis.attrs["units"] = f"degrees_{'east' if name == 'lon' else 'north'}"
    return file


def test_values_of_other_files_are_not_read(tmp_path: Path) -> None:
    stolen = tmp_path / "stolen.bin"
    stolen.write_bytes(np.full((50, 40), -200, "<i2").tobytes())
    with grid_file(tmp_path / "external.nc") as file:
        file.create_dataset("z", (50, 40), "<i2", external=[(str(stolen), 0, stolen.stat().st_size)])
    with grid_file(tmp_path / "link.nc") as file:
        file["z"] = h5py.ExternalLink(str(tmp_path / "external.nc"), "/z")
    with grid_file(tmp_path / "virtual.nc") as file:
        layout = h5py.VirtualLayout((50, 40), "<i2")
        layout[:] = h5py.VirtualSource(str(tmp_path / "external.nc"), "z", (50, 40))
        file.create_virtual_dataset("z", layout)
    for name in ("external", "link", "virtual"):
        with pytest.raises(IngestError, match="another file"):
            read_seabed(seabed(tmp_path / f"{name}.nc"))


@pytest.mark.parametrize("given", ["/dev/zero", "/vsicurl/http://127.0.0.1/a.gpkg", "/vsizip/a.zip/b.shp", "."])
def test_what_is_no_plain_file_is_refused(given: str) -> None:
    with pytest.raises(IngestError, match="not a file on this disk"):
        open_vector(Path(given))
    with pytest.raises(IngestError, match="not a file on this disk"):
        read_seabed(seabed(Path(given)))


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.geojson")
    with pytest.raises(IngestError, match="not a file on this disk"):
        open_vector(tmp_path / "a.geojson")


def test_a_raster_that_unpacks_to_terabytes_is_refused_by_its_header(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "width": 200_000, "height": 200_000, "count": 1, "dtype": "float32"}
    profile |= {"crs": "EPSG:4326", "transform": rasterio.transform.from_bounds(46, 36, 55, 48, 200_000, 200_000)}
    with rasterio.open(
        tmp_path / "bomb.tif", "w", tiled=True, sparse_ok=True, BIGTIFF="YES", compress="deflate", **profile
    ):
        pass
    with pytest.raises(IngestError, match=r"200,000 × 200,000 cells, more than limits.max_raster_cells 400,000,000"):
        read_seabed(seabed(tmp_path / "bomb.tif"))


def test_too_many_features_vertices_and_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.gpkg"
    gpd.GeoDataFrame(geometry=[Point(50, 40)] * 20, crs=4326).to_file(path)
    with pytest.raises(IngestError, match=r"20 features, more than limits.max_features 19"):
        open_vector(path, None, Limits(max_features=19))
    line = tmp_path / "line.fgb"
    gpd.GeoDataFrame(geometry=[LineString(np.zeros((100, 2)))], crs=4326).to_file(line)
    with pytest.raises(IngestError, match=r"100 vertices, more than limits.max_vertices 99"):
        open_vector(line, None, Limits(max_vertices=99))
    with pytest.raises(IngestError, match=r"MB, more than limits.max_file_mb"):
        open_vector(path, None, Limits(max_file_mb=0.001))


def test_a_layer_that_is_a_query_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "view.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[Point(50, 40)], crs=4326).to_file(path, layer="real")
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT r.* FROM real r, n"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE VIEW endless AS {endless}")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('endless', 'features', 'endless', 4326)"
        )
        database.execute("INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POINT', 4326, 0, 0)")
    with pytest.raises(IngestError, match="no table but a view"):
        read_layer(DataFile("hazards", path, "h", layer="endless"))


VRT = f"""<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://127.0.0.1:9/a.csv</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource><!-- {SECRET} -->"""


@pytest.mark.whole_run
def test_reading_asks_no_network(tmp_path: Path) -> None:
    strace = need("strace", "strace")
    (tmp_path / "vrt.geojson").write_text(VRT)
    linked = {
        "type": "FeatureCollection",
        "crs": {"type": "link", "properties": {"href": "http://127.0.0.1:9/x.prj"}},
        "features": [],
    }
    (tmp_path / "link.geojson").write_text(json.dumps(linked))
    code = (
        "import sys\nfrom pathlib import Path\nfrom transcaspian.core.errors import TranscaspianError\n"
        "from transcaspian.ingest.vectors import open_vector\n"
        "from transcaspian.runs.engine import RunSettings, check_study\n"
        "for name in sys.argv[2:]:\n    try: open_vector(Path(name))\n    except TranscaspianError: pass\n"
        f"check_study(RunSettings(Path(sys.argv[1]), overrides={COARSE}))\nprint('read')"
    )
    log = tmp_path / "calls"
    done = subprocess.run(
        [strace, "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto", "-o", str(log), sys.executable, "-c", code,
         str(STUDY), *map(str, tmp_path.glob("*.geojson"))],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if "PTRACE" in done.stderr:
        without("the right to trace a process")
    assert "read" in done.stdout, done.stderr
    assert "AF_INET" not in log.read_text()


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml"}
FORBIDDEN_ATTRIBUTES = {("os", "system"), ("os", "popen"), ("np", "load"), ("pd", "read_pickle"), ("pd", "eval")}


@pytest.mark.parametrize("path", sorted((ROOT / "pipeline").rglob("*.py")), ids=lambda path: path.stem)
def test_no_code_is_made_of_data(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not {name.split(".")[0] for name in names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and not all(isinstance(one, ast.Constant) for one in node.args):
                assert node.func.id not in FORBIDDEN_CALLS
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                assert (node.func.value.id, node.func.attr) not in FORBIDDEN_ATTRIBUTES
            assert not any(word.arg == "shell" for word in node.keywords), "no shell"


def test_no_place_of_this_machine_stands_in_a_published_file(default_run: RunResult) -> None:
    for path in default_run.folder.rglob("*"):
        if path.suffix in (".json", ".md", ".html", ".csv", ".geojson", ".qml", ".txt"):
            text = path.read_text(encoding="utf-8")
            for place in (str(ROOT), f"{Path.home()}/", str(default_run.folder.parents[1])):
                assert place not in text, f"{path.name} tells of {place}"
