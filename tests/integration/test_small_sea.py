"""A small sea of a user's own files, odd as files are: what `check` passes, `run` publishes, and repairs are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from shapely import LineString, Point, Polygon, box
from shapely.geometry import mapping

from tests.conftest import RAW, silent
from transcaspian import cli
from transcaspian.runs.engine import RunSettings, check_study, run_study
from transcaspian.runs.stages.inputs import water_polygon

LEAST = Path(__file__).with_name("black_sea.toml").read_text(encoding="utf-8")
SHELL = [(0.3, 40.2), (0.3, 41.8), (2.7, 41.8), (2.7, 40.2), (0.3, 40.2)]
PENINSULA = [(1.2, 40.2), (1.8, 40.2), (1.5, 41.2), (1.2, 40.2)]
SEA = Polygon(SHELL)
CITED = 'source = "test"\nstatus = "ASSUMED"'
Write = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("without_pictures")


def landing(name: str, lon: float, lat: float) -> str:
    return (
        f'[[landings]]\nid = "{name}"\nname = "{name}"\ncountry = "AZ"\nlon_deg = {lon}\nlat_deg = {lat}\n'
        f"max_snap_km = 20.0\n{CITED}\n"
    )


def collection(*features: tuple[dict[str, Any], Any]) -> str:
    rows = [{"type": "Feature", "properties": own, "geometry": mapping(shape)} for own, shape in features]
    return json.dumps({"type": "FeatureCollection", "features": rows})


@pytest.fixture
def study(tmp_path: Path) -> Write:
    """Writes a study of a sea with the rules of the least study, its water and whatever other files it names."""

    def write(*water: Any, ends: tuple[tuple[float, float], ...] = ((0.3, 41.0), (2.7, 41.0)), **files: str) -> Path:
        (tmp_path / "shoreline.geojson").write_text(collection(*[({}, shape) for shape in water or (SEA,)]))
        lon, lat = np.meshgrid(np.linspace(0, 3, 60), np.linspace(42, 40, 40))
        profile = {"height": 40, "width": 60, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
        place = rasterio.transform.from_bounds(0, 40, 3, 42, 60, 40)
        with rasterio.open(tmp_path / "sea.tif", "w", driver="GTiff", transform=place, **profile) as target:
            target.write((-100 - 40 * np.sin(2 * lon) * np.cos(3 * lat)).astype("float32"), 1)
        for role, text in files.items():
            (tmp_path / f"{role}.geojson").write_text(text)
        sources = ["shoreline", *files]
        text = "\n".join(
            [
                'schema_version = 1\n[study]\nid = "small"\ntitle = "Small"\nrevision = "A"',
                "[area]\nwest_deg = 0.0\nsouth_deg = 40.0\neast_deg = 3.0\nnorth_deg = 42.0\ngrid_step_arcsec = 120.0",
                f'{CITED}\n[water_level]\nlevel_m_msl = 0.0\nepoch = "2025"\n{CITED}\n[sources]',
                'seabed = { path = "sea.tif", citation = "t" }',
                *[f'{role} = {{ path = "{role}.geojson", citation = "t" }}' for role in sources],
                *[landing(name, *at) for name, at in zip("ab", ends, strict=True)],
                '[[systems]]\nid = "a-b"\nname = "A to B"\nfrom_landing = "a"\nto_landing = "b"\n',
                LEAST[LEAST.index("[cost]") :].replace(
                    "default_buffer_m = {}", "default_buffer_m = { restricted_area = 0.0 }"
                ),
            ]
        )
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        return tmp_path / "study.toml"

    return write


def said(path: Path) -> tuple[int, str]:
    """What ``check`` says."""
    done = CliRunner().invoke(cli.command, ["check", str(path), "--raw", str(RAW)], obj=None)
    return done.exit_code, f"{done.output}{done.exception or ''}"


def routed(path: Path, out: Path) -> tuple[LineString, tuple[str, ...]]:
    """The route that is published, after ``check`` has passed it, and the notes."""
    check_study(RunSettings(path, raw_dir=RAW))
    result = run_study(RunSettings(path, out, raw_dir=RAW), silent)
    line = gpd.read_file(result.folder / "small.gpkg", layer="least_cost_paths").geometry[0]
    return line, result.notes


def test_a_hole_along_the_shell_is_a_peninsula_that_the_route_goes_round(study: Write, tmp_path: Path) -> None:
    path = study(Polygon(SHELL, [PENINSULA]))
    line, notes = routed(path, tmp_path / "out")
    assert not line.intersects(Polygon(PENINSULA).buffer(-1e-6))
    told = "shoreline: shoreline.geojson: 1 repaired: `shoreline-0`: Self-intersection at 1.2 40.2, 33,055.4 km² as "
    assert [note for note in notes if note.startswith(told)]
    assert told in said(path)[1]


def test_a_no_go_area_whose_parts_overlap_is_closed_in_the_overlap(study: Write, tmp_path: Path) -> None:
    overlapping = {"type": "MultiPolygon", "coordinates": [
        mapping(box(1.2, 40.1, 1.6, 41.4))["coordinates"], mapping(box(1.4, 40.1, 1.7, 41.4))["coordinates"],
    ]}  # fmt: skip
    row = {"hazard_id": "r", "name": "Range", "kind": "restricted_area", "no_go": True}
    hazards = json.dumps({
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": row, "geometry": overlapping}],
    })  # fmt: skip
    line, notes = routed(study(hazards=hazards), tmp_path / "out")
    assert not line.intersects(box(1.2, 40.1, 1.7, 41.4).buffer(-1e-6))
    assert any("km² as drawn" in note and "`r`" in note for note in notes)


def test_tiles_with_gaps_of_rounding_are_one_sea(study: Write) -> None:
    west, south, gap = (0.3 + 0.6 * np.arange(4)), (40.2 + 0.4 * np.arange(4)), 1e-9
    tiles = [box(x + gap, y + gap, x + 0.6 - gap, y + 0.4 - gap) for x in west for y in south]
    path = study(*tiles)
    water = water_polygon(check_study(RunSettings(path, raw_dir=RAW)))
    assert isinstance(water, Polygon)
    assert not water.interiors
    assert water.symmetric_difference(SEA).area < 1e-7
    assert "note: shoreline: its bodies of water are joined over gaps narrower than 0.11 m" in said(path)[1]


def test_land_between_two_bodies_of_water_stays_land(study: Write) -> None:
    dam_deg = 5e-6  # half a metre
    path = study(box(0.3, 40.2, 1.5, 41.8), box(1.5 + dam_deg, 40.2, 2.7, 41.8))
    code, message = said(path)
    assert code != 0
    assert "on separate bodies of water of sources.shoreline, 0.4257 m apart at 1.50000 E, 40.20000 N" in message
    assert "joined" not in message


HARD = (
    "a\u001b[31mred\nline2\r\nFAIL: x\u202e\u0085\ufffe, =1+1, {{7*7}} <![CDATA[x]]> '; DROP TABLE runs;-- "
    + "é" * 40_000
)


def test_texts_of_any_kind_are_published(study: Write, tmp_path: Path) -> None:
    own = {"cable_id": "../../..evil", "name": HARD, "kind": "telecom_cable", "owner": HARD, "source": HARD}
    cables = collection((own | {"remarks": HARD}, LineString([(1.5, 40.0), (1.5, 42.0)])))
    row = {"hazard_id": "=1+1", "name": HARD, "kind": "platform", "remarks": HARD}
    good = [(row | {"hazard_id": f"=1+{number}"}, Point(1.0, 41.2)) for number in range(4)]
    hazards = collection(*good, (row | {"hazard_id": "x", "kind": HARD, "no_go": False}, Point(1, 41)))
    _, notes = routed(study(cables=cables, hazards=hazards), tmp_path / "out")
    assert any("texts are cut at 2,000 characters, or have some that no output can hold" in note for note in notes)


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        (((0.3, 41.0), (0.3, 41.0)), "are one place"),
        (((0.25, 41.0), (0.35, 41.0)), "come ashore at one place"),
    ],
)
def test_landings_at_one_place_are_refused(study: Write, ends: tuple[tuple[float, float], ...], says: str) -> None:
    code, message = said(study(ends=ends))
    assert code != 0
    assert says in message


def test_landings_a_part_of_a_cell_apart_are_published_without_a_bound(study: Write, tmp_path: Path) -> None:
    _, notes = routed(study(ends=((0.35, 41.0), (0.35, 41.005))), tmp_path / "out")
    assert any("too few cells apart for a bound" in note for note in notes)


def test_the_edge_of_the_area_is_no_shore(study: Write) -> None:
    open_sea = box(-1, 39, 4, 43)
    assert "no shore in it" in said(study(open_sea))[1]
    island = Polygon(open_sea.exterior, [box(0.2, 40.9, 0.3, 41.1).exterior.coords])
    code, message = said(study(island, ends=((0.31, 41.0), (2.95, 41.0))))
    assert code != 0
    assert "landing a has no shoreline to go to" in message
    assert "say island = true where it is on an island" in message
    coast = box(0.3, 39, 4, 43)
    code, message = said(study(coast, ends=((0.31, 41.0), (2.95, 41.0))))
    assert code != 0
    assert "landing b at 2.95000 E" in message
    assert "km from the shoreline" in message
