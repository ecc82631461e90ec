"""One cost of one route: the same figure and status in every layer, page, manifest and summary of a run."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import pytest

from tests.conftest import STUDY
from transcaspian.cli.screen import figures_table
from transcaspian.orchestration.artifacts import summary, systems_table
from transcaspian.runs.engine import RunResult
from transcaspian.study import load_study
from transcaspian.study.price_tables import Prices

pytestmark = pytest.mark.slow
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
