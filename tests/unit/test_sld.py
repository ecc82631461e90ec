"""The straight-line diagram: stretches cover the route once, and the picture says what they are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from matplotlib.figure import Figure

from tests.conftest import STUDY
from tests.depth_models import exact
from transcaspian.core.grid import Grid
from transcaspian.engineering import (
    Asset,
    EngineeredRoute,
    Label,
    Met,
    Surroundings,
    engineer_route,
    lay_course,
)
from transcaspian.engineering.sectors import Zone, given_waters
from transcaspian.report import sld_picture as sld
from transcaspian.routing import RoutingProblem, least_cost_path
from transcaspian.seabed import CostSurface
from transcaspian.study import load_study

GRID = Grid.covering(50.0, 41.0, 54.0, 42.0, 1 / 30)
WATER = shapely.box(*GRID.bounds)
SHORT_REACH = {"engineering.amplifiers.unrepeatered_km": 100.0, "engineering.amplifiers.ropa_km": 300.0}


@pytest.fixture(scope="module")
def route() -> EngineeredRoute:
    return made_route()


@cache
def made_route() -> EngineeredRoute:
    rules = load_study(STUDY, SHORT_REACH).engineering
    assert rules is not None
    depth_m = np.broadcast_to(400 * np.sin(np.linspace(0, np.pi, GRID.cols)), GRID.shape).astype(np.float32).copy()
    depth_m[:, 60:62] = np.nan
    wet = np.ones(GRID.shape, bool)
    cost = np.ones(GRID.shape, np.float32)
    waters = given_waters(
        [Zone("AA", "seabed", shapely.box(50, 41, 52, 42)), Zone("BB", "seabed", shapely.box(52, 41, 54, 42))],
        "x",
        "REAL",
    )
    pipe = Asset("pipe", "Pipe", "pipeline", "", "operating", 10.0, shapely.LineString([(51, 41), (51, 42)]))
    ground = Surroundings(
        GRID, exact(GRID, depth_m, wet), CostSurface(cost, {"crossings": cost}), WATER, None, -29.5,
        assets=(pipe,), waters=waters,
    )  # fmt: skip
    path = least_cost_path(RoutingProblem(GRID, cost), (50.1, 41.5), (53.9, 41.5))
    label = Label("main", "Sea: Main", "A", "level", "West", "East")
    return engineer_route(ground, *lay_course(ground, path, rules, "main"), rules, label, Met())


def test_stretches_cover_the_route_once(route: EngineeredRoute) -> None:
    segments = route.segments
    assert segments[0].from_km == 0.0
    assert segments[-1].to_km == pytest.approx(route.profile.length_km)
    for before, after in pairwise(segments):
        assert before.to_km == after.from_km
        assert (before.cable, before.slack, before.burial, before.waters) != (
            after.cable, after.slack, after.burial, after.waters,
        )  # fmt: skip
    for kind, name in ((route.cable.types, "cable"), (route.cable.burial, "burial")):
        for section in kind:
            own = [s for s in segments if getattr(s, name) is section]
            assert sum(s.to_km - s.from_km for s in own) == pytest.approx(section.length_km, abs=1e-3)
    assert max(s.max_depth_m for s in segments if s.max_depth_m is not None) == pytest.approx(
        route.profile.max_depth_m, abs=1.0
    )


def test_the_register_states_the_price_of_the_crossing(route: EngineeredRoute) -> None:
    ((crossing, price_km),) = route.crossings
    assert crossing.asset.asset_id == "pipe"
    # friction of 1 everywhere: the price is twice the reach of the ridge
    dx_m, dy_m = GRID.spacing_m()
    assert price_km == pytest.approx(2 * 4 * max(dx_m.max(), dy_m.max()) / 1000, rel=0.03)
    assert "Xing" in {name for position in route.rpl.positions for name in position.event.split(" / ")}


def test_the_picture_names_cable_waters_events_and_what_is_not_known(
    route: EngineeredRoute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(sld, "Figure", lambda **options: drawn.append(Figure(**options)) or drawn[-1])
    path = tmp_path / "sld.png"
    sld.draw_sld(path, route, "sources of it all")
    (figure,) = drawn
    texts = [text.get_text() for text in figure.findobj() if hasattr(text, "get_text")]
    for wanted in ("Sea: Main", "revision A", "SA", "plough, 1 m", "AA seabed", "BOUNDARY", "RPTR", "LP", "Xing",
                   "insufficient information", "sources of it all", "KP, km", "depth, m"):  # fmt: skip
        assert any(wanted in text for text in texts), wanted
    depth = figure.axes[2]
    assert depth.get_ylim()[0] > depth.get_ylim()[1]
    again = tmp_path / "again.png"
    sld.draw_sld(again, route, "sources of it all")
    assert path.read_bytes() == again.read_bytes()
    assert 20_000 < path.stat().st_size < 1_000_000


def test_a_route_without_waters_has_no_strip_for_them(route: EngineeredRoute) -> None:
    assert "waters" in sld.bands_of(route)
    assert "waters" not in sld.bands_of(replace(route, stretches=()))
    assert all(segment.waters is None for segment in replace(route, stretches=()).segments)
