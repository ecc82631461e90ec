"""The stage of risk on the real sea, on a coarse grid: what is published adds up, and what is missing is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from tests.conftest import COARSE, RAW, STUDY
from transcaspian.analyses.risk.sections import front_table
from transcaspian.analyses.risk.stage import weigh_risk
from transcaspian.analyses.risk.weighed import ledger_of_route, moment, prepare
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.vocabulary import CABLE_TYPES, RISK_CAUSES
from transcaspian.engineering import bill_of_route
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.qa import check_rpl
from transcaspian.rpl.writer import write_rpl_csv
from transcaspian.runs.cache import pack
from transcaspian.runs.engine import RunSettings
from transcaspian.runs.own_lists import list_of_run
from transcaspian.runs.stages.each_system import values_of
from transcaspian.runs.stages.engineer_systems import engineer_systems
from transcaspian.runs.stages.inputs import OwnList
from transcaspian.runs.stages.lay_courses import lay_courses
from transcaspian.runs.stages.model_seabed import model_bed, price_bed, with_cost
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.runs.stages.route_systems import route_systems, routed_of
from transcaspian.study.own_line import EarlierLine
from transcaspian.study.price_tables import Prices

pytestmark = pytest.mark.whole_run
SUMMED = ["cost_usd", "faults_per_year", "faults_at_most_per_year", "unknown_km", "length_km"]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """What the stage takes."""
    # neither is looked at here, and they take most of the time
    faster = {
        "routing.proven": False,
        "routing.refinement": 1,
        "alternatives.count": 1,
        "cost_tolerance.excess_limits": [0.01],
        "risk.max_routes": 10,
    }
    settings = RunSettings(
        STUDY.parent / "digital_silk_way.toml", Path(tmp_path_factory.mktemp("out")), ("main",), COARSE | faster, RAW
    )
    inputs = read_inputs(settings)
    bed = model_bed(inputs)
    ground = with_cost(bed, price_bed(inputs, bed))
    paths = values_of(route_systems(inputs, ground))
    routes = values_of(engineer_systems(inputs, ground, values_of(lay_courses(inputs, ground, paths))))
    return inputs, ground, routed_of(inputs.systems, paths), routes


@pytest.fixture(scope="module")
def found(given: tuple[Any, ...]) -> AnalysisResult:
    return weigh_risk(*given)


def test_no_point_of_the_front_is_worse_than_another(found: AnalysisResult) -> None:
    front = found.layers["risk_front"]
    assert len(front) >= 6
    assert (np.diff(front["cost_usd"]) > 0).all()
    assert (np.diff(front["faults_at_most_per_year"]) < 0).all()
    assert (np.diff(front["price_usd"].dropna()) > 0).all()
    assert front["is_knee"].sum() == front["is_lowest_present_value"].sum() == 1
    least = front.loc[front["is_lowest_present_value"], "present_value_usd"].item()
    assert least == front["present_value_usd"].min()
    assert (front["is_supported"] == front["price_usd"].notna()).all()


def test_at_its_price_no_other_point_is_better(found: AnalysisResult) -> None:
    front = found.layers["risk_front"]
    for _, point in front[front["is_supported"]].iterrows():
        values = front["cost_usd"] + point["price_usd"] * front["faults_at_most_per_year"]
        assert point["cost_usd"] + point["price_usd"] * point["faults_at_most_per_year"] <= values.min() * (1 + 1e-9)


def test_sections_and_causes_add_up(found: AnalysisResult) -> None:
    front = found.layers["risk_front"].set_index("point_id")
    sections = found.layers["risk_sections"]
    sums = sections.groupby("point_id")[SUMMED].sum().loc[front.index]
    np.testing.assert_allclose(sums.to_numpy(float), front[SUMMED].to_numpy(float), rtol=1e-9)
    causes = [f"{cause}_per_year" for cause in RISK_CAUSES]
    for layer in (found.layers[name] for name in ("risk_front", "risk_sections", "route_risk")):
        known = layer["faults_per_year"].notna()
        np.testing.assert_allclose(layer[causes].sum(axis=1)[known], layer["faults_per_year"][known])
    kinds = [f"{name.lower()}_km" for name in CABLE_TYPES]
    np.testing.assert_allclose(front[kinds].sum(axis=1), front["length_km"])


def test_lines_are_whole_routes_and_sections_follow_each_other(given: tuple[Any, ...], found: AnalysisResult) -> None:
    _, ground, _, routes = given
    ends = routes["main"].lonlat[[0, -1]]  # the beach manholes
    shore_km = routes["main"].profile.ashore_km[0]
    sections: gpd.GeoDataFrame = found.layers["risk_sections"]
    for _, point in found.layers["risk_front"].iterrows():
        line = point.geometry
        np.testing.assert_allclose([line.coords[0], line.coords[-1]], ends)
        assert line.difference(ground.water.buffer(1e-6)).length < 0.005  # from either manhole to the shoreline
        own = sections[sections["point_id"] == point["point_id"]]
        begins_km = own["from_kp_km"].iloc[0]
        assert shore_km <= begins_km < shore_km + 1.0
        np.testing.assert_allclose(own["from_kp_km"].iloc[1:], own["to_kp_km"].iloc[:-1])
        assert own["to_kp_km"].iloc[-1] == pytest.approx(begins_km + point["length_km"])
        for (_, before), (_, after) in zip(own.iloc[:-1].iterrows(), own.iloc[1:].iterrows(), strict=True):
            np.testing.assert_allclose(before.geometry.coords[-1], after.geometry.coords[0], atol=1e-9)


def test_the_engineered_route_is_of_the_published_order(given: tuple[Any, ...], found: AnalysisResult) -> None:
    figures = found.figures["routes"]["main"]
    assert 0.05 < figures["faults_at_most_per_1000km_year"] < 1.0
    stretches = found.layers["route_risk"]
    assert stretches["faults_at_most_per_year"].sum() == pytest.approx(figures["faults_at_most_per_year"])
    # a beach has no faults of the sea: from the first sample of the profile in the water to the last one
    profile = given[3]["main"].profile
    wet_km = profile.kp_km[profile.at_sea]
    assert min(profile.ashore_km) > 0
    assert (stretches["from_kp_km"].min(), stretches["to_kp_km"].max()) == (wet_km[0], wet_km[-1])
    assert stretches["length_km"].sum() == pytest.approx(wet_km[-1] - wet_km[0])
    assert figures["length_km"] == pytest.approx(wet_km[-1] - wet_km[0])
    dry_km = profile.length_km - figures["length_km"]
    assert sum(profile.ashore_km) <= dry_km < sum(profile.ashore_km) + 2 * profile.step_km
    assert (stretches["verdict"] == "insufficient information").tolist() == (stretches["unknown_km"] > 0).tolist()
    assert set(stretches["status"]) == {"ASSUMED"}
    # the rules of engineering know nothing of faults: some route costs no more and has no more of them
    front = found.layers["risk_front"]
    better = (front["cost_usd"] < figures["cost_usd"]) & (
        front["faults_at_most_per_year"] < figures["faults_at_most_per_year"]
    )
    assert better.any()


def test_the_raster_is_silent_where_no_cable_may_lie(given: tuple[Any, ...], found: AnalysisResult) -> None:
    (surface,) = found.surfaces
    is_open = np.isfinite(given[1].cost.friction_cost)
    assert np.isnan(surface.array[~is_open]).all()
    known = is_open & ~np.isnan(given[1].depth.depth_m)
    assert (surface.array[known] > 0).mean() > 0.99


def test_the_same_twice(given: tuple[Any, ...], found: AnalysisResult) -> None:
    assert pack(weigh_risk(*given)).sha256 == pack(found).sha256


def test_what_no_source_tells_is_in_no_figure_and_is_said(given: tuple[Any, ...]) -> None:
    inputs, *rest = given
    layers = {role: read for role, read in inputs.layers.items() if role not in ("earthquakes", "hazards")}
    study = inputs.study.model_copy(update={"risk": inputs.study.risk.model_copy(update={"max_routes": 3})})
    blind = weigh_risk(replace(inputs, study=study, layers=layers), *rest)
    assert set(blind.figures["not_modelled"]) == {"earthquake", "mud_volcano"}
    assert sum("insufficient information" in note for note in blind.notes) == 2
    front = blind.layers["risk_front"]
    assert front["earthquake_per_year"].isna().all()
    assert front["mud_volcano_per_year"].isna().all()
    assert front["fishing_per_year"].notna().all()
    assert blind.figures["earthquakes"] is None


def test_times_that_cannot_be_read_are_no_times() -> None:
    assert moment("2000-11-25T18:09:11Z") == np.datetime64("2000-11-25T18:09:11")
    assert moment("2000-11-25 18:09:11") == np.datetime64("2000-11-25T18:09:11")
    for text in ("", "yesterday", None, float("nan")):
        assert np.isnat(moment(text))


def test_a_route_costs_here_what_it_costs_everywhere(given: tuple[Any, ...], found: AnalysisResult) -> None:
    inputs, _, _, routes = given
    for system_id, route in routes.items():
        cost = bill_of_route(inputs.study.prices, route).total
        told = found.figures["routes"][system_id]
        assert told["cost_usd"] == told["cost_base_usd"] == cost.cost_base_usd
        assert (told["cost_low_usd"], told["cost_high_usd"]) == (cost.cost_low_usd, cost.cost_high_usd)
    front = found.layers["risk_front"]
    assert (front["cost_usd"] == front["cost_base_usd"]).all()
    # lines of the same sea with the same landings: what is not paid by the km is the same
    assert front["cost_base_usd"].min() > 0.5 * cost.cost_base_usd


def by_its_list(rpl: Rpl, crossed: int, prices: Prices) -> float:
    """The base cost of a route, summed here from its list as it is printed."""
    usd = crossed * prices.crossing["telecom_cable"].base + prices.mobilisation.base
    usd += prices.vessel_day.days_per_system * prices.vessel_day.base
    usd += 2 * (prices.shore_end.base + prices.landing_station.base + prices.permits.base)
    events = " / ".join(at.event for at in rpl.positions)
    repeaters = events.count("RPTR")
    usd += repeaters * prices.repeater.base + events.count("ROPA") * prices.ropa.base
    usd += 2 * prices.power_feed.base if repeaters else 0.0
    for span in rpl.spans:
        if span.cable_type == "LAND":
            usd += span.cable_km * prices.land_tail.base
            continue
        burial = prices.burial_of(span.protection_method, span.target_burial_m)
        usd += span.cable_km * prices.cable[span.cable_type].base
        usd += span.route_km * (burial.base + prices.survey.base + prices.vessel_day.base / burial.km_per_day)
    return usd


def test_every_point_has_a_list_that_holds_and_costs_what_the_point_costs(
    given: tuple[Any, ...], found: AnalysisResult
) -> None:
    study = given[0].study
    front = found.layers["risk_front"].set_index("rpl_file")
    assert list(front.index) == list(found.lists)
    for file, rpl in found.lists.items():
        row = front.loc[file]
        assert not check_rpl(rpl), file
        ploughed_by_crossing = [at.event for at in rpl.positions if "Xing" in at.event and "plough" in at.remarks]
        assert not ploughed_by_crossing
        begins = next(at for at in rpl.positions if at.route_km == 0)
        assert "BMH" in begins.event
        crossed = sum("Xing" in at.event for at in rpl.positions)
        share = 1.0 + study.prices.contingency_percent.base / 100.0
        spare_km = (row["cost_base_usd"] / share - by_its_list(rpl, crossed, study.prices)) / study.prices.spare.base
        cable_km = sum(span.cable_km for span in rpl.spans if span.cable_type != "LAND")
        joints = (spare_km - cable_km * study.engineering.spare.depot_percent / 100.0) / 0.2
        assert joints == pytest.approx(round(joints), abs=0.02), "what is left are joints, whole ones"


@pytest.mark.parametrize("rank", [1, "knee", -1])
def test_a_point_that_is_adopted_costs_what_it_cost_on_the_front(
    given: tuple[Any, ...], found: AnalysisResult, tmp_path: Path, rank: int | str
) -> None:
    inputs, ground, _, _ = given
    front = found.layers["risk_front"]
    point = front[front["is_knee"]].iloc[0] if rank == "knee" else front.iloc[int(rank) - (int(rank) > 0)]
    write_rpl_csv(tmp_path / "list.csv", found.lists[point["rpl_file"]], created_utc="2026-01-01T00:00:00.000Z")
    line = EarlierLine(run="a", layer="risk_front", id=point["point_id"])
    systems = [one.model_copy(update={"adopt": line}) if one.id == "main" else one for one in inputs.study.systems]
    own = {"main": OwnList(list_of_run(tmp_path / "list.csv"), "a run")}
    study = inputs.study.model_copy(update={"systems": tuple(systems)})
    adopted = replace(inputs, study=study, systems=tuple(one for one in systems if one.id == "main"), own_lists=own)
    paths = values_of(route_systems(adopted, ground))
    route = values_of(engineer_systems(adopted, ground, values_of(lay_courses(adopted, ground, paths))))["main"]
    cost = bill_of_route(inputs.study.prices, route).total
    assert cost.cost_base_usd == pytest.approx(point["cost_base_usd"], abs=100.0), "to what a list prints"
    assert cost.cost_high_usd == pytest.approx(point["cost_high_usd"], abs=300.0)
    faults = ledger_of_route(prepare(adopted, ground), route).account()
    assert faults.at_most == pytest.approx(point["faults_at_most_per_year"], rel=1e-3)
    assert not check_rpl(route.rpl)


def test_what_is_better_than_the_route_is_said_by_what_and_by_how_much(found: AnalysisResult) -> None:
    front, route = found.layers["risk_front"], found.figures["routes"]["main"]
    for _, point in front.iterrows():
        cost = 100.0 * (point["cost_usd"] / route["cost_usd"] - 1.0)
        faults = 100.0 * (point["faults_at_most_per_year"] / route["faults_at_most_per_year"] - 1.0)
        assert point["cost_over_route_percent"] == pytest.approx(cost)
        assert point["faults_over_route_percent"] == pytest.approx(faults)
        assert point["dominates_route"] == (max(cost, faults) <= 0 and min(cost, faults) < -1.0)
    better = front[front["dominates_route"]]["rank"].tolist()
    assert [one["rank"] for one in found.figures["fronts"]["main"]["dominates_route"]] == better
    table = front_table("main", front, found.figures)
    (own,) = [row for row in table.rows if row[0] == "the route of the run"]
    assert len(table.rows) == len(front) + 1
    assert all(f"point {rank} (" in own[1] for rank in better)


def test_a_system_alone_has_its_availability_and_spare(given: tuple[Any, ...], found: AnalysisResult) -> None:
    rows = found.layers["availability"].set_index("ship")
    assert list(rows.index) == ["repair", "by-canal"]
    assert rows["other_system_id"].isna().all()
    figures = found.figures["routes"]["main"]
    events = found.layers["outages"]
    at_sea = events[events["by_ship"]]
    # several breaks by one earthquake are one outage
    assert at_sea["events_per_year"].sum() == pytest.approx(figures["faults_at_most_per_year"], rel=0.01)
    days = (at_sea["events_per_year"] * (at_sea["work_days"] + rows.loc["repair", "waiting_days"])).sum()
    assert days == pytest.approx(figures["repair_days_per_year"], rel=0.01)
    stock = found.layers["spare_stock"]
    assert set(stock["depot_id"]) == {"west", "east"}
    assert stock["cost_base_usd"].sum() == pytest.approx(stock["spare_km"].sum() * given[0].study.prices.spare.base)
    assert stock["repairs_expected"].sum() == pytest.approx(figures["faults_at_most_per_year"] * 365.0 / 365.25)
    assert set(stock["cable_type"]) == {part.rule.cable_type for part in given[3]["main"].cable.types}


def test_a_study_that_does_not_ask_for_availability_has_none(given: tuple[Any, ...]) -> None:
    inputs, *rest = given
    rules = inputs.study.risk.model_copy(update={"max_routes": 3, "availability": None})
    plain = weigh_risk(replace(inputs, study=inputs.study.model_copy(update={"risk": rules})), *rest)
    assert plain.figures["availability"] is None
    assert all(plain.layers[name].empty for name in ("availability", "outages", "spare_stock"))


def test_points_of_the_front_say_how_far_their_rates_may_be_off(found: AnalysisResult) -> None:
    front = found.layers["risk_front"]
    assert (front["faults_low_per_year"] < front["faults_at_most_per_year"]).all()
    assert (front["faults_high_per_year"] > front["faults_at_most_per_year"]).all()
    json.dumps(found.figures)  # as the manifest and the page have them
    total = found.figures["total"]
    assert total["published"]["faults_per_1000km_year"] == 0.3
    assert total["ours"] == pytest.approx(found.figures["routes"]["main"]["faults_at_most_per_1000km_year"])
    assert any("faults per 1,000 km and year of all routes; published 0.3 (0.1 to 0.5)" in note for note in found.notes)
