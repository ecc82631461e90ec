"""The study of the Digital Silk Way, on a coarse grid: what its table ``[design]`` adds to a run."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.conftest import COARSE, RAW, ROOT
from tests.layer_tables import LAYERS
from tests.unit.test_reuse import Recorder, undeclared
from transcaspian.analyses.design.config import Design
from transcaspian.analyses.design.stage import design_systems, listed_ground, own_line_notes
from transcaspian.core.errors import SeparationError
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.linear_reference import line_length_km
from transcaspian.engineering import bill_of, quantities_along
from transcaspian.runs import cache
from transcaspian.runs.engine import OPTIONAL, AnyStage, RunSettings
from transcaspian.runs.stages.each_system import values_of
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Seabed, model_bed, price_bed, with_cost
from transcaspian.runs.stages.order import READ
from transcaspian.runs.stages.route_systems import Routed, route_systems, routed_of, shore_landings
from transcaspian.study import load_study

STUDY = ROOT / "studies" / "digital_silk_way.toml"
STAGE: AnyStage = next(stage for stage in OPTIONAL if stage.name == "design")
FEWER = {
    **COARSE,
    "area.grid_step_arcsec": 180,
    "rules.landing_approach.max_km": 25.0,
    "design.separations_km": [20.0],
    "design.min_separation_km": 35.0,
    "routing.proven": False,
    "routing.refinement": 1,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Inputs, Seabed, AnalysisResult, set[str]]:
    """What the stage finds, with what it read."""
    settings = RunSettings(STUDY, tmp_path_factory.mktemp("out"), ("main", "reserve-2023"), FEWER, RAW)
    inputs = READ.function(settings)
    bed = model_bed(inputs)
    ground = with_cost(bed, price_bed(inputs, bed))
    routed = routed_of(inputs.systems, values_of(route_systems(inputs, ground)))
    read: set[str] = set()
    found = design_systems(Recorder(inputs, read, ""), ground, routed, {})  # type: ignore[arg-type]
    return inputs, ground, found, read


def layer(made: tuple[Any, ...], name: str) -> gpd.GeoDataFrame:
    data: gpd.GeoDataFrame = made[2].layers[name]
    return data


def test_the_stage_names_all_that_it_reads(made: tuple[Any, ...]) -> None:
    assert not list(undeclared(STAGE, made[3]))
    assert not {
        name
        for name in cache.code_of(STAGE.function)
        if name.startswith(("transcaspian.export", "transcaspian.report"))
    }


def test_layers_have_the_columns_and_keys_of_the_table(made: tuple[Any, ...]) -> None:
    for name in ("design_routes", "shared_hazards", "branching_units", "branch_legs"):
        data = layer(made, name)
        assert tuple(data.columns[:-1]) == LAYERS[name].field_names
        assert data[LAYERS[name].key].is_unique
        assert len(data)


def test_routes_of_the_chosen_point_keep_apart_in_the_water(made: tuple[Any, ...]) -> None:
    inputs, ground, found, _ = made
    routes = layer(made, "design_routes")
    chosen = routes[routes["chosen"]]
    assert sorted(chosen["system_id"]) == ["main", "reserve-2023"]
    assert (chosen["separation_reached_km"] >= 35.0).all()
    for line, length_km in zip(routes.geometry, routes["length_km"], strict=True):
        assert shapely.length(shapely.difference(line, ground.water)) < 1e-5
        if ground.forbidden is not None:
            assert shapely.length(shapely.intersection(line, ground.forbidden)) < 1e-6
        assert length_km == pytest.approx(line_length_km(np.array(line.coords)), abs=1e-3)
    assert found.figures["chosen"] == chosen["point_id"].iloc[0]
    curve = found.figures["curve"]
    assert [point["cost_km"] for point in curve] == sorted(point["cost_km"] for point in curve)
    assert curve[0]["separation_asked_km"] == 0.0
    assert inputs.study.design is not None


def test_shared_stretches_lie_on_their_routes_and_sum_up(made: tuple[Any, ...]) -> None:
    routes, shared = layer(made, "design_routes"), layer(made, "shared_hazards")
    lines = routes[routes["chosen"]].set_index("system_id").geometry
    for row in shared.itertuples():
        assert row.geometry.hausdorff_distance(lines[row.system_id].intersection(row.geometry.buffer(1e-4))) < 2e-3
        assert 0.0 <= row.in_zone_km <= row.length_km
        assert row.other_length_km > 0
    assert set(shared["kind"]) <= {"anchor", "earthquake", "mud_volcano"}


def test_the_branch_stands_deep_enough_and_pays_beside_its_rivals(made: tuple[Any, ...]) -> None:
    units, legs = layer(made, "branching_units"), layer(made, "branch_legs")
    best = units.set_index("way").loc["best place"]
    assert best["depth_m"] >= 50.0
    assert (units["friction_cost"] >= best["friction_cost"] - 1e-6).all()
    of_best = legs[legs["way"] == "best place"]
    assert sorted(of_best["to_landing"]) == ["aktau", "sumgait", "turkmenbashi"]
    assert of_best["length_km"].sum() == pytest.approx(best["legs_km"])
    ways = {way["way"]: way for way in made[2].figures["branching"]["ways"]}
    assert ways["separate"]["saving"] == 0.0
    assert ways["best place"]["cable_km"] > ways["best place"]["length_km"]


def test_an_impossible_separation_is_one_sentence_with_the_exit_code_of_bad_input(made: tuple[Any, ...]) -> None:
    inputs, ground, _, _ = made
    assert inputs.study.design is not None
    rules = inputs.study.design.model_copy(update={"min_separation_km": 200.0, "separations_km": (), "branching": None})
    wider = Inputs(**(vars(inputs) | {"study": inputs.study.model_copy(update={"design": rules})}))
    routed = Routed(shore_landings(ground.water, inputs.study.landings, inputs.study.area.bounds), {})
    with pytest.raises(SeparationError, match=r"main and reserve-2023 cannot keep 200 km .* the largest sep") as caught:
        design_systems(wider, ground, routed, {})
    assert caught.value.exit_code == 2


def test_without_data_it_is_insufficient_information(made: tuple[Any, ...]) -> None:
    from transcaspian.analyses.design.stage import shared_by

    inputs, ground, _, _ = made
    blind = Inputs(**(vars(inputs) | {"layers": {"shoreline": inputs.layers["shoreline"]}}))

    class Plan:
        paths = tuple(
            type("Path", (), {"lonlat": np.array(line.coords)})() for line in layer(made, "design_routes").geometry[:2]
        )

    _, totals = shared_by(blind, inputs.study.design, ground, Plan(), (0, 1))  # type: ignore[arg-type]
    assert totals["earthquake"] is None
    assert totals["mud_volcano"] is None
    assert totals["anchor"] is not None


def test_the_plan_says_of_each_system_what_of_its_own_line_it_does_not_heed() -> None:
    asked = {"systems.main.via": [[50.5, 42.0]], "systems.reserve-2023.keep_out": [[[50, 41], [51, 41], [51, 42]]]}
    study = load_study(STUDY, asked)
    main, reserve = own_line_notes(study, study.required_table(Design))
    assert main == (
        "main: its own route heeds via; plans that push systems apart and the best place of the branching unit did not"
    )
    assert reserve == "reserve-2023: its own route heeds keep_out; plans that push systems apart did not"
    plain = load_study(STUDY)
    assert not list(own_line_notes(plain, plain.required_table(Design)))


def test_plans_cost_what_their_lines_cost_by_the_cost_book(made: tuple[Any, ...]) -> None:
    """The quantities of each published line times the prices; the points of the curve are their sums, to the cent."""
    inputs, ground, found, _ = made
    study, routes = inputs.study, layer(made, "design_routes")
    near = listed_ground(inputs, ground)
    for row in routes.to_dict("records"):
        lonlat = shapely.get_coordinates(row["geometry"])
        bill = bill_of(study.prices, quantities_along(near, lonlat, study.engineering))
        assert row["cost_base_usd"] == bill.total.cost_base_usd
        assert row["cost_status"] == "ASSUMED"
        assert row["cost_low_usd"] < row["cost_base_usd"] < row["cost_high_usd"]
    sums = routes.groupby("point_id")["cost_base_usd"].sum()
    for point in found.figures["curve"]:
        assert round(100 * point["cost_base_usd"]) == round(100 * sums[point["point_id"]])
        parts = [one["cost_base_usd"] for one in point["systems"].values()]
        assert round(100 * sum(parts)) == round(100 * point["cost_base_usd"])
