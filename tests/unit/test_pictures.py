"""The pictures of a run: which there are, what they show, and that texts are drawn as they stand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from matplotlib.figure import Figure
from shapely import LineString, Point

from tests.layer_tables import PUBLISHED
from tests.unit.test_map import GRID, LAYERS
from tests.unit.test_sld import made_route
from transcaspian.core.frames import frame
from transcaspian.core.grid import Grid
from transcaspian.core.layers import ROUTES
from transcaspian.core.styles import DEPTH_STOPS
from transcaspian.export.write import unverified
from transcaspian.report import alternatives_picture as alternatives
from transcaspian.report import chart, page_process
from transcaspian.report import lengths_picture as lengths
from transcaspian.report import profile_picture as profile
from transcaspian.report.map_picture import ticks_across
from transcaspian.report.page_process import PageProcess
from transcaspian.report.pictures import pictures
from transcaspian.runs.stages.write_run import map_credits

EMPTY = {layer.name: frame(layer, []) for layer in PUBLISHED}
AWKWARD = r"a $\frac{1}{0}$ price_of ^2 {x} \alpha" + "\x01\n名" + "x" * 300


def routes(name: str = "Main", published_km: float | None = 300.0) -> gpd.GeoDataFrame:
    return frame(
        ROUTES,
        [
            {
                "system_id": "main", "name": name, "length_km": 360.0, "geodesic_km": 350.0,
                "published_km": published_km, "difference_km": 60.0, "published_verdict": "not consistent",
                "status": "DERIVED",
                "geometry": LineString([(49.5, 41.0), (51.5, 43.0)]),
            }
        ],
    )  # fmt: skip


SEA = LAYERS | {"routes": routes()}
DEPTH = np.tile(np.linspace(0, 900, GRID.cols, dtype=np.float32), (GRID.rows, 1))


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures as they are saved, to look at what is in them."""
    seen: list[Figure] = []

    def keep(figure: Figure, path: Path) -> None:
        seen.append(figure)

    for module in (alternatives, lengths, profile):
        monkeypatch.setattr(module, "save_png", keep)
    return seen


def texts_of(figure: Figure) -> str:
    found = [text.get_text() for text in figure.findobj(match=lambda item: hasattr(item, "get_text"))]
    return "\n".join(found)


def made(layers: dict[str, gpd.GeoDataFrame] = SEA, **changes: Any) -> dict[str, Callable[[Path], None]]:
    sea: dict[str, Any] = {"grid": GRID, "depth_m": DEPTH, "layers": layers, "title": "Sea"}
    routes, credits = changes.pop("routes", {"main": made_route()}), changes.pop("credits", "Author")
    return pictures(credits=credits, routes=routes, sea=sea | changes)


def test_a_run_has_its_pictures(tmp_path: Path) -> None:
    every = ["map.png", "figures/published_lengths.png", "figures/alternatives_main.png"]
    every += ["figures/profile_main.png", "sld/main.png"]
    assert list(made()) == every
    assert list(made(routes={})) == every[:3]
    assert (
        list(made(SEA | {name: EMPTY[name] for name in ("cost_tolerance_zones", "alternatives")}, routes={}))
        == every[:2]
    )
    assert list(made(EMPTY, routes={})) == ["map.png"]


def test_the_same_values_give_the_same_bytes(tmp_path: Path) -> None:
    for name, draw in made().items():
        for number in "ab":
            draw(tmp_path / number)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes(), name
        assert (tmp_path / "a").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("depth_m", [np.full(GRID.shape, np.nan, np.float32), np.zeros(GRID.shape, np.float32)])
def test_a_sea_without_depth_has_pictures_too(tmp_path: Path, depth_m: np.ndarray) -> None:
    for name, draw in made(depth_m=depth_m, routes={}).items():
        draw(tmp_path / Path(name).name)


def test_texts_are_drawn_as_they_stand(tmp_path: Path) -> None:
    text = chart.literal(AWKWARD)
    assert text.replace(r"\$", "$") == AWKWARD.replace("\x01", " ").replace("\n", " ")
    for name, draw in made(SEA | {"routes": routes(AWKWARD)}, title=AWKWARD, credits=AWKWARD).items():
        draw(tmp_path / Path(name).name)


def test_every_picture_names_its_sources(figures: list[Figure]) -> None:
    for name, draw in made().items():
        if name.startswith("figures/"):
            draw(Path(name))
    assert len(figures) == 3
    assert all("Author" in texts_of(figure) for figure in figures)


def test_lengths_say_what_agrees_and_what_does_not(figures: list[Figure]) -> None:
    lengths.draw_lengths_figure(Path("a"), routes=routes(), title="t", credits="c")
    said = texts_of(figures[0])
    assert "360.0 km, 2.9 % over the geodesic" in said
    assert "published 300 km: +60.0 km" in said
    assert "not consistent" in said
    for status in ("route (DERIVED)", "published (REAL)", "geodesic between the landings (DERIVED)"):
        assert status in said
    assert "never tuned to" in said.replace("\n", " ")
    lengths.draw_lengths_figure(Path("a"), routes=routes(published_km=None), title="t", credits="c")
    assert "nothing published" in texts_of(figures[1])
    assert "not consistent" not in texts_of(figures[1])


def test_the_profile_says_how_coarse_it_is_and_how_exaggerated(figures: list[Figure]) -> None:
    profile.draw_profile_figure(Path("a"), route=made_route(), credits="c")
    said = texts_of(figures[0]).replace("\n", " ")
    assert "The seabed data resolve 0.1°" in said
    assert "depth exaggerated" in said
    assert "in line, + falls away ahead" in said
    assert "side, + falls to starboard" in said


def test_the_profile_of_a_list_without_waterlines_has_no_ends_in_its_title(figures: list[Figure]) -> None:
    route = made_route()
    inland = tuple(replace(at, event=at.event.replace("LP", "")) for at in route.rpl.positions)
    profile.draw_profile_figure(Path("a"), route=replace(route, rpl=replace(route.rpl, positions=inland)), credits="c")
    (said,) = (line for line in texts_of(figures[0]).splitlines() if "depth exaggerated" in line)
    assert said.startswith("revision")


def test_alternatives_are_named_with_what_they_cost(figures: list[Figure]) -> None:
    alternatives.draw_alternatives_figure(
        Path("a"), system_id="main", grid=GRID, depth_m=DEPTH, layers=SEA, credits="c"
    )
    said = texts_of(figures[0])
    assert "route: 360.0 km" in said
    assert "up to 1 % over the path" in said
    assert "up to 2 % over the path" in said


def test_ticks_stand_square_to_the_route_on_the_ellipsoid() -> None:
    (lon_a, lon_b), (lat_a, lat_b) = ticks_across(Point(50, 42), 30.0, 4000.0)
    whole = Geodesic.WGS84.Inverse(lat_a, lon_a, lat_b, lon_b)
    assert whole["s12"] == pytest.approx(4000.0, abs=1e-3)
    to_starboard = Geodesic.WGS84.Inverse(42, 50, lat_b, lon_b)
    assert to_starboard["azi1"] == pytest.approx(120.0, abs=1e-6)


def test_the_light_leaves_unknown_depths_out_and_level_ground_in_its_colour() -> None:
    level = np.full((40, 40), 200.0, np.float32)
    level[:3] = np.nan
    grid = Grid(50.0, 42.0, 0.01, 40, 40)
    picture = chart.shaded(grid, level)
    assert (picture[..., 3] == 255 * np.isfinite(level)).all()
    wanted = next(colour for stop, colour in DEPTH_STOPS if stop == 200.0)
    np.testing.assert_allclose(picture[20, 20, :3], list(bytes.fromhex(wanted[1:])), atol=1.0)


def test_what_faces_the_light_is_brighter() -> None:
    rows, cols = np.indices((40, 40))
    grid = Grid(50.0, 42.0, 0.01, 40, 40)
    falls_to_north_west = (600 - 5.0 * (rows + cols)).astype(np.float32)
    falls_to_south_east = np.ascontiguousarray(falls_to_north_west[::-1, ::-1])
    bright, dark = (chart.shaded(grid, depth)[20, 20, :3] for depth in (falls_to_north_west, falls_to_south_east))
    assert bright.sum() > dark.sum()


def test_a_picture_takes_some_cells_of_a_fine_grid_where_they_are_and_all_of_a_coarse_one() -> None:
    fine = Grid(50.0, 41.0, 1e-4, 8, 7000)
    grid, depth = chart.thinned(fine, np.tile(fine.lon_deg, (8, 1)).astype(np.float32))
    assert (grid.shape, depth.shape) == ((2, 1400), (2, 1400))
    assert depth[0] == pytest.approx(grid.lon_deg)
    coarse = Grid(50.0, 41.0, 1e-4, 3, 2000)
    assert chart.thinned(coarse, np.zeros(coarse.shape, np.float32))[0] == coarse


def test_a_crop_keeps_cells_where_they_are() -> None:
    grid, part = chart.cropped(GRID, DEPTH, (49.0, 41.0, 50.0, 42.0))
    row, col = 2, 3
    at_lon, at_lat = grid.lon_deg[col], grid.lat_deg[row]
    whole_col = int((at_lon - GRID.west_deg) / GRID.step_deg)
    whole_row = int((GRID.north_deg - at_lat) / GRID.step_deg)
    assert part[row, col] == DEPTH[whole_row, whole_col]
    assert grid.west_deg <= 49.0 - GRID.step_deg + 1e-9 < 50.0 <= grid.east_deg
    assert grid.south_deg <= 41.0 < 42.0 <= grid.north_deg
    everything, _ = chart.cropped(GRID, DEPTH, (0.0, 0.0, 90.0, 80.0))
    assert everything == GRID


def test_the_small_print_names_the_sources_of_what_is_drawn_and_no_tables() -> None:
    cited = [SimpleNamespace(role=role, citation=f"of {role}") for role in ("seabed", "survey.vessels")]
    level = SimpleNamespace(level_m_msl=-29.5, epoch="2025-10")
    inputs: Any = SimpleNamespace(
        study=SimpleNamespace(water_level=level),
        provenance=cited,
        further={"survey.vessels": None},
        seabeds={"seabed": SimpleNamespace(effective_resolution_deg=0.1)},
    )
    assert map_credits(inputs) == "Depth below -29.5 m MSL (2025-10); seabed data resolve 0.1°. seabed: of seabed"


def asked(**shown: Any) -> dict[str, Any]:
    return {"pictures": {"credits": "Author", **shown}, "created_utc": "2026-12-01T00:00:00.000Z"}


def written(folder: Path, beside: PageProcess | None) -> dict[str, bytes]:
    """The pages as both processes write them."""
    shared, found = page_process.SharedPages(folder, beside), {}
    of_routes = shared.share(asked(routes={"main": made_route()}))
    of_sea = shared.share(asked(sea={"grid": GRID, "depth_m": DEPTH, "layers": SEA, "title": "Sea"}))
    for name, write in (of_sea | of_routes).items():
        path = unverified(folder / name)
        path.parent.mkdir(exist_ok=True)
        write(path)
        found[name] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The pages as this process makes them."""
    return written(tmp_path_factory.mktemp("alone"), None)


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[PageProcess]:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with page_process.page_process(2) as process:
        assert process is not None
        yield process
    assert process.process.returncode is not None


@pytest.mark.skipif(os.name == "nt", reason="all are made in one process there")
def test_the_process_beside_makes_the_same_bytes(
    alone: dict[str, bytes], beside: PageProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "turn", lambda: None)  # this process makes none
    monkeypatch.setattr(page_process, "make_page", lambda *_: pytest.fail("it was made here"))
    found = written(tmp_path, beside)
    assert found == alone
    assert {Path(name).suffix for name in found} == {".png", ".csv", ".xlsx"}


@pytest.mark.skipif(os.name == "nt", reason="all are made in one process there")
def test_what_the_process_beside_did_not_make_is_made_here(
    alone: dict[str, bytes], beside: PageProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = beside.begin

    def begin_and_die(*given: Any) -> None:
        beside.process.kill()
        beside.process.wait()
        begin(*given)
        assert page_process.next_turn(beside.turns) is not None  # as if it had died over that page

    monkeypatch.setattr(beside, "begin", begin_and_die)
    assert written(tmp_path, beside) == alone


def test_one_system_is_drawn_here() -> None:
    with page_process.page_process(1) as process:
        assert process is None
