"""One cost of one route: the same figure and status in every layer, page, manifest and summary of a run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

import geopandas as gpd
import pyogrio
import pytest

from tests.conftest import RAW, STUDY, silent
from transcaspian.cli.screen import figures_table
from transcaspian.core.cost_range import CostRange
from transcaspian.orchestration.artifacts import summary, systems_table
from transcaspian.runs.engine import RunResult, RunSettings, run_study
from transcaspian.study import load_study
from transcaspian.study.price_tables import Prices

pytestmark = pytest.mark.whole_run
ENDS = ("low", "base", "high")
COLUMNS = [f"cost_{end}_usd" for end in ENDS]


@pytest.fixture(scope="module")
def prices() -> Prices:
    found = load_study(STUDY).prices
    assert found is not None
    return found


@pytest.fixture(scope="module")
def layers(default_run: RunResult) -> dict[str, gpd.GeoDataFrame]:
    package = default_run.folder / "trans-caspian.gpkg"
    names = ("routes", "bill", "sld", "rpl_lines", "rpl_points", "crossings", "alternatives", "link_designs")
    return {name: gpd.read_file(package, layer=name) for name in names}


@pytest.fixture(scope="module")
def manifest(default_run: RunResult) -> dict[str, Any]:
    return dict(json.loads((default_run.folder / "manifest.json").read_text(encoding="utf-8")))


def cents(usd: float) -> int:
    return round(100 * usd)


def by_hand(layers: dict[str, gpd.GeoDataFrame], prices: Prices, system_id: str, end: str, spare_km: float) -> float:
    """The cost of a system, summed here from its published list and crossings."""
    spans = layers["rpl_lines"][layers["rpl_lines"]["system_id"] == system_id]
    events = layers["rpl_points"][layers["rpl_points"]["system_id"] == system_id]["Event"].fillna("")
    crossed = layers["crossings"][layers["crossings"]["system_id"] == system_id]

    def price(one: Any) -> float:
        return float(getattr(one, end))

    sea = spans[spans["CableType"] != "LAND"]
    items: defaultdict[str, float] = defaultdict(float)
    for span in sea.to_dict("records"):
        burial = prices.burial_of(span["ProtectionMethod"], span["TargetBurialDepth"])
        items["cable"] += span["CableDistBetweenPos"] * price(prices.cable[span["CableType"]])
        items["burial"] += span["DistBetweenPos"] * price(burial)
        items["vessel"] += span["DistBetweenPos"] / burial.km_per_day * price(prices.vessel_day)
        items["survey"] += span["DistBetweenPos"] * price(prices.survey)
    items["land"] = spans[spans["CableType"] == "LAND"]["CableDistBetweenPos"].sum() * price(prices.land_tail)
    items["repeaters"] = sum("RPTR" in event for event in events) * price(prices.repeater)
    items["ropa"] = sum("ROPA" in event for event in events) * price(prices.ropa)
    items["feed"] = 2 * price(prices.power_feed) if items["repeaters"] else 0.0
    items["crossings"] = sum(price(prices.crossing[kind]) for kind in crossed["kind"])
    items["ends"] = 2 * (price(prices.shore_end) + price(prices.landing_station) + price(prices.permits))
    items["spare"] = spare_km * price(prices.spare)
    items["ship"] = price(prices.mobilisation) + prices.vessel_day.days_per_system * price(prices.vessel_day)
    return sum(items.values()) * (1.0 + price(prices.contingency_percent) / 100.0)


def test_a_sum_over_the_published_list_is_the_cost(layers: dict[str, gpd.GeoDataFrame], prices: Prices) -> None:
    for route in layers["routes"].to_dict("records"):
        for end in ENDS:
            expected = by_hand(layers, prices, route["system_id"], end, route["spare_cable_km"])
            assert route[f"cost_{end}_usd"] == pytest.approx(expected, rel=1e-6)


def test_layers_add_up_to_the_cent(layers: dict[str, gpd.GeoDataFrame]) -> None:
    routes = layers["routes"].set_index("system_id")
    for name in ("bill", "sld"):
        sums = layers[name].groupby("system_id")[COLUMNS].sum()
        assert len(sums) == len(routes)
        for system_id, row in sums.iterrows():
            assert [cents(usd) for usd in row] == [cents(usd) for usd in routes.loc[system_id, COLUMNS]], name
    assert set(routes["cost_status"]) == set(layers["sld"]["cost_status"]) == {"ASSUMED"}


def test_manifest_page_screen_and_summary_say_the_same(
    default_run: RunResult, layers: dict[str, gpd.GeoDataFrame], manifest: dict[str, Any]
) -> None:
    page = (default_run.folder / "report.html").read_text(encoding="utf-8")
    table = {row["system"]: row for row in systems_table(default_run)}
    said, told = summary(default_run, "published"), {item.system_id: item for item in default_run.figures}
    recorded = {item["id"]: item for item in manifest["systems"]}
    shown = "".join(str(cell) for column in figures_table(default_run.figures).columns for cell in column.cells)
    for route in layers["routes"].to_dict("records"):
        name = route["system_id"]
        figures, first = recorded[name]["figures"], told[name].cost
        assert first is not None
        for end, column in zip(ENDS, COLUMNS, strict=True):
            usd = route[column]
            assert cents(figures[f"cost_{end}"]["value"]) == cents(usd) == cents(table[name][column])
            assert cents(sum(item[column] for item in recorded[name]["bill"])) == cents(usd)
            assert figures[f"cost_{end}"]["status"] == route["cost_status"] == first.cost_status
            assert cents(asdict(first)[column]) == cents(usd)
            assert f"{usd:,.2f}" in page
            assert f"{usd:,.2f}" in said
        assert f"{first.cost_base_usd / 1e6:.1f}" in shown  # the screen rounds


def test_the_link_design_of_the_list_costs_what_the_route_costs(layers: dict[str, gpd.GeoDataFrame]) -> None:
    designs = layers["link_designs"]
    for route in layers["routes"].to_dict("records"):
        (chosen,) = designs[(designs["system_id"] == route["system_id"]) & designs["is_chosen"]].to_dict("records")
        assert [cents(chosen[column]) for column in COLUMNS] == [cents(route[column]) for column in COLUMNS]
        assert chosen["line_km"] == pytest.approx(route["cable_km"] + chosen["tails_km"])


def test_an_alternative_is_priced_by_the_same_book(layers: dict[str, gpd.GeoDataFrame]) -> None:
    routes = layers["routes"].set_index("system_id")
    for one in layers["alternatives"].to_dict("records"):
        route = routes.loc[one["system_id"]]
        assert 0 < one["cost_low_usd"] <= one["cost_base_usd"] <= one["cost_high_usd"]
        per_km = [row["cost_base_usd"] / row["length_km"] for row in (one, route)]
        assert per_km[0] == pytest.approx(per_km[1], rel=0.1)


def test_the_base_cost_of_a_length_keeps_its_meaning(layers: dict[str, gpd.GeoDataFrame]) -> None:
    per_km = load_study(STUDY).cost.base_cost_usd_per_km
    for route in layers["routes"].to_dict("records"):
        assert route["cost_usd"] == pytest.approx(route["length_km"] * per_km)


# a study that asks every question that has costs: on a grid as coarse as that allows


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    coarse = {
        "area.grid_step_arcsec": 300,
        "rules.landing_approach.max_km": 40.0,
        "routing.proven": False,
        "routing.refinement": 1,
        "alternatives.count": 1,
        "cost_tolerance.excess_limits": [0.01],
        "risk.max_routes": 3,
        "design.separations_km": [30.0],
        "design.branching.third_landing": "kuryk",
        "design.branching.min_depth_m": 20.0,
        "robustness.samples": 2,
        "robustness.grid_step_arcsec": 300.0,
        "robustness.heat_cell_arcsec": 600.0,
        "robustness.flip_factor": 1.5,
    }
    study, out = STUDY.parent / "digital_silk_way.toml", tmp_path_factory.mktemp("whole")
    with patch("transcaspian.report.page_process.pictures", return_value={}):
        return run_study(RunSettings(study, out, ("main", "reserve-2023"), coarse, RAW), silent).folder


@pytest.fixture(scope="module")
def priced(whole_run: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every published layer that has costs, by its name."""
    package = whole_run / "digital-silk-way.gpkg"
    read = {name: gpd.read_file(package, layer=name, ignore_geometry=True) for name, _ in pyogrio.list_layers(package)}
    return {
        name: rows.dropna(subset=COLUMNS).to_dict("records") for name, rows in read.items() if "cost_base_usd" in rows
    }


@pytest.fixture(scope="module")
def whole_manifest(whole_run: Path) -> dict[str, Any]:
    return dict(json.loads((whole_run / "manifest.json").read_text(encoding="utf-8")))


def cost_of(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(cents(row[column]) for column in COLUMNS)


def costs_in(value: Any, place: str = "") -> Iterator[tuple[str, tuple[int, ...], str | None]]:
    """Every cost of a manifest: where it stands, its cents and its status."""
    if isinstance(value, dict):
        if isinstance(value.get("cost_base_usd"), float):
            yield place, cost_of(value), value.get("cost_status", value.get("status"))
        elif isinstance(value.get("cost_base"), dict):
            amounts = {f"cost_{end}_usd": value[f"cost_{end}"]["value"] for end in ENDS}
            yield place, cost_of(amounts), value["cost_base"]["status"]
        for key, item in value.items():
            yield from costs_in(item, f"{place}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from costs_in(item, f"{place}/{number}")


def test_every_cost_of_a_manifest_stands_in_a_layer_to_the_cent_with_its_status(
    priced: dict[str, list[dict[str, Any]]], whole_manifest: dict[str, Any]
) -> None:
    assert set(priced) >= {"routes", "sld", "bill", "alternatives", "link_designs", "design_routes", "risk_front"}
    known = {(cost_of(row), row.get("cost_status", row["status"])) for rows in priced.values() for row in rows}
    sums = ("/analyses/design/branching/ways/", "/analyses/design/curve/", "/analyses/installation/systems/")
    found = [(place, cost, status) for place, cost, status in costs_in(whole_manifest)]
    assert len(found) > 40
    lost = [place for place, *at in found if tuple(at) not in known and not place.startswith(sums)]
    assert lost == []
    for name, one in whole_manifest["analyses"]["installation"]["systems"].items():
        parts = [cost_of(row) for row in priced["installation_operations"] if row["system_id"] == name]
        assert tuple(map(sum, zip(*parts, strict=True))) == cost_of(one), "days of the vessels"
    for point in whole_manifest["analyses"]["design"]["curve"]:
        parts = [
            CostRange(*(one[column] for column in COLUMNS), one["cost_status"]) for one in point["systems"].values()
        ]
        assert asdict(CostRange.sum(parts)) == {name: point[name] for name in (*COLUMNS, "cost_status")}


def test_a_route_costs_the_same_in_every_analysis(
    whole_run: Path, priced: dict[str, list[dict[str, Any]]], whole_manifest: dict[str, Any]
) -> None:
    pages = [(whole_run / name).read_text(encoding="utf-8") for name in ("report.html", "system.html")]
    for route in priced["routes"]:
        name, cost = route["system_id"], cost_of(route)
        of_risk = whole_manifest["analyses"]["risk"]["routes"][name]
        assert (cost_of(of_risk), of_risk["cost_status"]) == (cost, route["cost_status"])
        assert cents(of_risk["cost_usd"]) == cost[1]
        chosen = [row for row in priced["link_designs"] if row["system_id"] == name and row["is_chosen"]]
        assert [(cost_of(row), row["cost_status"]) for row in chosen] == [(cost, route["cost_status"])]
        for layer in ("bill", "sld"):
            parts = [cost_of(row) for row in priced[layer] if row["system_id"] == name]
            assert tuple(map(sum, zip(*parts, strict=True))) == cost, layer
        for page, figure in zip(
            pages, (f"{route['cost_base_usd']:,.2f}", f"{route['cost_base_usd'] / 1e6:.1f}"), strict=True
        ):
            assert figure in page


def test_sections_of_a_point_of_a_front_make_up_its_cost(priced: dict[str, list[dict[str, Any]]]) -> None:
    for point in priced["risk_front"]:
        own = [cost_of(row) for row in priced["risk_sections"] if row["point_id"] == point["point_id"]]
        assert tuple(map(sum, zip(*own, strict=True))) == cost_of(point)
        assert cents(point["cost_usd"]) == cost_of(point)[1]


def test_samples_are_priced_by_the_book_of_the_route(
    priced: dict[str, list[dict[str, Any]]], whole_manifest: dict[str, Any]
) -> None:
    for route in priced["routes"]:
        sampled = whole_manifest["analyses"]["robustness"]["systems"][route["system_id"]]
        per_km = [sampled[f"cost_base_p{at}_usd"] / sampled[f"length_p{at}_km"] for at in ("05", "50", "95")]
        assert per_km == pytest.approx([route["cost_base_usd"] / route["length_km"]] * 3, rel=0.05)
