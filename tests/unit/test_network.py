"""The network: what a study may say of it, legs, paths, delay, and published figures beside ours."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import STUDY
from tests.unit.test_reuse import Recorder, undeclared
from transcaspian.analyses.network.config import Network, PublishedFigure, chained
from transcaspian.analyses.network.delay import Delay, delay_of, fibre_us_per_km
from transcaspian.analyses.network.legs import Leg, amplifiers_on, geodesic_line
from transcaspian.analyses.network.page import amount, published_csv
from transcaspian.analyses.network.paths import path_along, shortest_chain
from transcaspian.analyses.network.published import (
    AGREES,
    ALONE,
    DIFFERS,
    NEARLY,
    ComparedFigure,
    Subject,
    compare,
    verdict_of,
)
from transcaspian.analyses.network.stage import check_network, find_network
from transcaspian.analyses.network.tables import network_layers
from transcaspian.core.errors import NetworkError, StudyError
from transcaspian.core.grid import GEOD
from transcaspian.core.land_graph import LandGraph
from transcaspian.core.registry import wings
from transcaspian.runs import cache
from transcaspian.study import Study, load_study

SILK_WAY = STUDY.parent / "digital_silk_way.toml"
SMALL = """
extends = "{study}"
[network.fibre]
group_index = 1.468
source = "test"
status = "REAL"
[network.amplifiers]
spacing_km = 100.0
delay_us = 0.2
source = "test"
status = "ASSUMED"
[network.equipment]
terminal_us = 40.0
node_us = 5.0
source = "test"
status = "ASSUMED"
[network.land_cable]
slack_percent = 10.0
source = "test"
status = "ASSUMED"
[network.land]
max_snap_km = 30.0
join_km = 1.0
margin_deg = 1.0
uncertainty_percent = 2.0
source = "test"
status = "ASSUMED"
[[network.nodes]]
id = "aktau"
name = "Aktau"
country = "KZ"
kind = "landing"
landing = "aktau"
source = "test"
status = "ASSUMED"
[[network.nodes]]
id = "sumgait"
name = "Sumgait"
country = "AZ"
kind = "landing"
landing = "sumgait"
source = "test"
status = "ASSUMED"
[[network.nodes]]
id = "beyneu"
name = "Beyneu"
country = "KZ"
kind = "city"
lon_deg = 55.2
lat_deg = 45.31667
source = "test"
status = "REAL"
[[network.nodes]]
id = "far"
name = "Far"
country = "KZ"
kind = "border"
lon_deg = 60.0
lat_deg = 45.0
source = "test"
status = "REAL"
[[network.legs]]
id = "sea"
kind = "subsea"
from_node = "sumgait"
to_node = "aktau"
system = "main"
[[network.legs]]
id = "land"
kind = "land"
from_node = "aktau"
to_node = "beyneu"
along = "shorter"
source = "test"
status = "ASSUMED"
[[network.legs]]
id = "rest"
kind = "given"
from_node = "beyneu"
to_node = "far"
length_km = 400.0
source = "somebody"
status = "REAL"
[[network.paths]]
id = "all"
name = "From far to Sumgait"
branch = "only"
from_node = "far"
to_node = "sumgait"
[[network.paths]]
id = "some"
name = "Sumgait to Beyneu"
branch = "only"
legs = ["sea", "land"]
[[network.published]]
id = "all-km"
what = "length of all"
quantity = "length_km"
value = 1200.0
tolerance = 50.0
of = ["all", "main"]
source = "somebody"
status = "REAL"
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL.format(study=STUDY), encoding="utf-8")
    return path


def rules_of(study: Study) -> Network:
    assert study.network is not None
    return study.network


# what a study may say


def test_the_silk_way_has_the_nodes_and_branches_of_the_question() -> None:
    study = load_study(SILK_WAY)
    rules = rules_of(study)
    nodes = {node.id: node for node in rules.nodes}
    wanted = {"khorgos", "dostyk", "almaty", "astana", "aktobe", "aktau", "kuryk", "sumgait", "siyazan", "baku"}
    assert wanted | {"oral", "petropavl", "ru-ozinki", "ru-petukhovo", "az-ge", "tbilisi"} <= set(nodes)
    assert {path.branch for path in rules.paths} >= {"China – Azerbaijan", "China – Russia"}
    assert rules.ways == ("railway", "highway")
    assert fibre_us_per_km(rules.fibre.group_index) == pytest.approx(4.897, abs=5e-4)
    assert all(node.status == "ASSUMED" for node in rules.nodes if "hand-read" in node.source)


def test_the_default_study_stays_without_a_network() -> None:
    assert load_study(STUDY).network is None


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("network.nodes.beyneu.lat_deg", 95.0, r"network\.nodes\.2\.lat_deg"),
        ("network.nodes.beyneu.landing", "aktau", "node `beyneu`: give `landing`, or `lon_deg` with `lat_deg`"),
        ("network.nodes.aktau.landing", "baku", "node `aktau` names the landing `baku`, which is not among"),
        ("network.nodes.far.id", "beyneu", "network.nodes has the id `beyneu` more than once"),
        ("network.legs.land.along", "river", "network.legs.1.land.along"),
        ("network.legs.land.kind", "air", "network.legs.1"),
        ("network.legs.land.to_node", "aktau", "leg `land` begins and ends at the node `aktau`"),
        ("network.legs.land.to_node", "nowhere", "leg `land` names the node `nowhere`, which is not among"),
        ("network.legs.sea.system", "secondary", "leg `sea` names the system `secondary`, which is not among"),
        ("network.legs.sea.system", "turkmen", "its system `turkmen` lands at `siyazan` and `turkmenbashi`"),
        ("network.legs.sea.to_node", "beyneu", "its system `main` lands at `sumgait` and `aktau`"),
        ("network.legs.rest.length_km", 0, "network.legs.2.given.length_km"),
        ("network.legs.rest.source", "", "network.legs.2.given.source"),
        ("network.paths.some.legs", [], "network.paths.1.legs"),
        ("network.paths.some.legs", ["sea", "rest"], "does not hang together: the leg `sea` ends at `aktau`"),
        ("network.paths.some.legs", ["sea", "air"], "path `some` names the leg `air`, which is not among"),
        ("network.paths.some.to_node", "far", "path `some`: give `legs`, or `from_node` and `to_node`"),
        ("network.paths.all.to_node", "far", "path `all` begins and ends at the node `far`"),
        ("network.paths.all.via", ["nowhere"], "path `all` names the node `nowhere`"),
        ("network.fibre.group_index", 0.9, "network.fibre.group_index"),
        ("network.amplifiers.spacing_km", 0, "network.amplifiers.spacing_km"),
        ("network.equipment.node_us", -1.0, "network.equipment.node_us"),
        ("network.land.uncertainty_percent", -1.0, "network.land.uncertainty_percent"),
        ("network.published.all-km.of", ["none"], "figure `all-km` names the system or path `none`"),
        ("network.published.all-km.related", ["none"], "figure `all-km` names the published figure `none`"),
        ("network.published.all-km.to_value", 1000.0, "to_value 1000 is not above value 1200"),
        ("network.published.all-km.tolerance", 1200.0, "tolerance 1200 is not less than value 1200"),
        ("network.published.all-km.quantity", "delay_ratio", "a delay_ratio names 2 figures in `related`"),
        ("network.published.all-km.quantity", "weight_kg", "network.published.0.quantity"),
    ],
)
def test_a_network_that_makes_no_sense_is_one_sentence(small: Path, key: str, value: object, says: str) -> None:
    with pytest.raises(StudyError) as caught:
        load_study(small, {key: value})
    assert says.replace("\\", "") in str(caught.value)


def test_legs_are_followed_in_the_direction_that_fits() -> None:
    assert chained("p", [("x", "b", "a"), ("y", "b", "c"), ("z", "d", "c")]) == ["a", "b", "c", "d"]
    assert chained("p", [("x", "b", "a")]) == ["b", "a"]
    assert chained("p", [("x", "b", "a")], "a") == ["a", "b"]
    assert chained("p", [("x", "a", "b"), ("y", "a", "b")], "b") == ["b", "a", "b"]


# delay


@given(st.floats(0, 20000), st.integers(0, 400), st.integers(0, 40))
def test_delay_is_the_sum_of_what_the_signal_passes(cable_km: float, amplifiers: int, nodes: int) -> None:
    rules = rules_of(load_study(SILK_WAY))
    delay = delay_of(cable_km, amplifiers, nodes, rules)
    assert delay.fibre_ms == pytest.approx(cable_km * 1.468 / 299792.458 * 1000)
    assert delay.one_way_ms == pytest.approx(
        delay.fibre_ms
        + amplifiers * rules.amplifiers.delay_us / 1000
        + (2 * rules.equipment.terminal_us + nodes * rules.equipment.node_us) / 1000
    )
    assert delay.round_trip_ms == 2 * delay.one_way_ms


@given(st.floats(0.001, 5000), st.floats(1, 500))
def test_amplifiers_leave_no_span_too_long_and_are_as_few_as_can_be(cable_km: float, spacing_km: float) -> None:
    count = amplifiers_on(cable_km, spacing_km)
    assert cable_km / (count + 1) <= spacing_km * (1 + 1e-12)
    assert count == 0 or cable_km / count > spacing_km * (1 - 1e-12)


# paths


def leg(leg_id: str, one: str, other: str, length_km: float, **change: Any) -> Leg:
    values = {"follows": "railway", "uncertainty_km": 1.0, "status": "DERIVED", "amplifiers": 2} | change
    line = np.array([[hash_deg(one), 45.0], [hash_deg(other), 45.0]])
    return Leg(
        id=leg_id, from_node=one, to_node=other, lonlat=line, length_km=length_km, access_km=0.0, joined_km=0.0,
        cable_km=length_km * 1.1, source="test", **values,
    )  # fmt: skip


def hash_deg(name: str) -> float:
    return 50.0 + sum(map(ord, name)) % 20


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.floats(0.5, 100)), min_size=1, max_size=14
    )
)
def test_the_shortest_chain_is_that_of_networkx(edges: list[tuple[str, str, float]]) -> None:
    legs = [leg(f"l{i}", a, b, km) for i, (a, b, km) in enumerate(edges) if a != b]
    oracle = nx.MultiGraph()
    oracle.add_nodes_from("abcdef")
    for item in legs:
        oracle.add_edge(item.from_node, item.to_node, weight=item.length_km)
    for start, end in itertools.permutations("abcdef", 2):
        if nx.has_path(oracle, start, end):
            chain = shortest_chain(legs, (start, end))
            assert sum(item.length_km for item in chain) == pytest.approx(
                nx.shortest_path_length(oracle, start, end, weight="weight")
            )
            nodes = chained("p", [(item.id, item.from_node, item.to_node) for item in chain], start)
            assert (nodes[0], nodes[-1]) == (start, end)
        else:
            with pytest.raises(NetworkError, match=f"no legs lead from the node `{start}` to `{end}`"):
                shortest_chain(legs, (start, end))


def test_stops_are_passed_and_legs_avoided() -> None:
    legs = [leg("ab", "a", "b", 1.0), leg("bc", "b", "c", 1.0), leg("ac", "a", "c", 1.5), leg("bd", "b", "d", 1.0)]
    assert [item.id for item in shortest_chain(legs, ("a", "c"))] == ["ac"]
    assert [item.id for item in shortest_chain(legs, ("a", "b", "c"))] == ["ab", "bc"]
    assert [item.id for item in shortest_chain(legs, ("a", "c"), avoid=("ac",))] == ["ab", "bc"]
    with pytest.raises(NetworkError, match=r"to `d` without `bd`: from `a` they reach `a`, `b`, `c`"):
        shortest_chain(legs, ("a", "d"), avoid=("bd",))


def test_a_path_adds_up_and_its_line_goes_from_end_to_end() -> None:
    rules = rules_of(load_study(SILK_WAY))
    legs = [leg("ba", "b", "a", 10.0), leg("bc", "b", "c", 20.0, follows="subsea", status="ASSUMED")]
    path = path_along("p", "P", "B", legs, rules)
    assert path.nodes == ("a", "b", "c")
    assert path.length_km == 30.0
    assert dict(path.by_kind_km) == {"subsea": 20.0, "railway": 10.0, "highway": 0.0, "given": 0.0}
    assert path.cable_km == pytest.approx(33.0)
    assert (path.amplifiers, path.uncertainty_km, path.is_assumed) == (4, 2.0, True)
    assert path.delay == delay_of(path.cable_km, 4, 1, rules)
    assert path.lonlat[:, 0].tolist() == [hash_deg("a"), hash_deg("b"), hash_deg("c")]


def test_a_given_leg_is_drawn_on_the_geodesic() -> None:
    line = geodesic_line(np.array([55.0, 45.0]), np.array([60.0, 45.0]))
    spans = np.array(GEOD.inv(*line[:-1].T, *line[1:].T)[2]) / 1000.0
    assert spans.max() <= 25.0
    assert spans.sum() == pytest.approx(GEOD.inv(55, 45, 60, 45)[2] / 1000.0)


# published figures

PATH = Subject("p", "P", 3320.0, 3410.0, 3410.0, 2545.0, 364.0, 2300.0, 113.0, Delay(16.7, 0.01, 0.1))
SYSTEM = Subject("s", "S", 359.0, 362.5, 383.0, 358.6, 359.0, 0.0, 0.0, cost_usd=8.8e6)


def figure(figure_id: str, quantity: str, value: float, tolerance: float, **more: Any) -> PublishedFigure:
    values = {"what": figure_id, "source": "somebody", "status": "REAL"} | more
    return PublishedFigure(id=figure_id, quantity=quantity, value=value, tolerance=tolerance, **values)


def rows_of(*figures: PublishedFigure) -> list[ComparedFigure]:
    rules = rules_of(load_study(SILK_WAY)).model_copy(update={"published": figures})
    return compare(rules, {"p": PATH, "s": SYSTEM}, 24500.0)


@pytest.mark.parametrize(
    ("value", "verdict", "says"),
    [
        (360.0, AGREES, "The straight line from end to end is 359 km"),
        (365.0, DIFFERS, "fits the length of cable rather than of route: our route is 359.0 km, our cable with slack"),
        (380.0, DIFFERS, "fits the cable to be made rather than the route"),
        (400.0, DIFFERS, "our route with an allowance of 11.4%"),
        (300.0, DIFFERS, "59 km shorter than the straight line of 359 km from end to end: no cable of that length"),
    ],
)
def test_the_length_of_a_system_is_explained_by_the_length_that_it_is(value: float, verdict: str, says: str) -> None:
    (row,) = rows_of(figure("f", "length_km", value, 4.0, of=("s",)))
    assert (row.verdict, row.ours) == (verdict, 359.0)
    assert row.difference == pytest.approx(359.0 - value)
    assert says in row.explanation


@pytest.mark.parametrize(
    ("value", "verdict", "says"),
    [
        (3300.0, AGREES, "ours 1.30"),
        (3200.0, NEARLY, "Ours may be off by 113 km"),
        (3550.0, DIFFERS, "With slack on land our cable is 3,410 ± 113 km, which fits"),
        (2900.0, DIFFERS, "Without the 364 km under the sea ours is 2,956 ± 113 km: within that it fits"),
        (2750.0, DIFFERS, "have to be 2,386 km instead of 2,956 ± 113 km; the straight lines between their nodes are"),
        (2600.0, DIFFERS, "2,300 km, longer than that: the published line does not pass these nodes"),
        (2400.0, DIFFERS, "inconsistent"),
    ],
)
def test_the_length_of_a_path_is_explained_by_what_would_make_it_fit(value: float, verdict: str, says: str) -> None:
    (row,) = rows_of(figure("f", "length_km", value, 50.0, of=("p",)))
    assert row.verdict == verdict
    assert says in row.explanation


def test_a_range_is_met_at_its_nearest_end() -> None:
    (row,) = rows_of(figure("f", "length_km", 380.0, 5.0, to_value=400.0, of=("s",)))
    assert row.difference == pytest.approx(359.0 - 380.0)
    (inside,) = rows_of(figure("f", "length_km", 350.0, 1.0, to_value=400.0, of=("s",)))
    assert (inside.difference, inside.verdict) == (0.0, AGREES)


def test_a_delay_is_read_as_one_way_and_as_a_round_trip() -> None:
    """13 and 19 ms over 2,800 and 3,500 km, by hand: 12.5/2850 to 13.5/2750 and 18.5/3600 to 19.5/3400 µs/km."""
    length = figure("new", "length_km", 2800.0, 50.0)
    before = figure("old", "length_km", 3500.0, 100.0, former=True)
    fast = figure("fast", "delay_ms", 13.0, 0.5, of=("p",), related=("new",))
    slow = figure("slow", "delay_ms", 19.0, 0.5, former=True, related=("old",))
    ratio = figure("ratio", "delay_ratio", 1.5, 0.05, related=("slow", "fast"))
    less = figure("less", "reduction_km", 700.0, 50.0, related=("new",))
    rows = {row.figure.id: row for row in rows_of(length, before, fast, slow, ratio, less)}
    assert rows["fast"].ours == pytest.approx(16.81)
    assert rows["fast"].verdict == DIFFERS
    assert "2,655 km of fibre one way or 1,327 km as a round trip" in rows["fast"].explanation
    assert "4.39 to 4.91 µs/km, rounding of both figures included: it fits the fibre" in rows["fast"].explanation
    assert "As a round trip it would be faster than light in vacuum" in rows["fast"].explanation
    assert (rows["slow"].verdict, rows["slow"].ours) == (ALONE, None)
    assert "5.14 to 5.74 µs/km" in rows["slow"].explanation
    assert "1.9 ms must come from elsewhere" in rows["slow"].explanation
    assert "would add 2.2 ms, which fits" in rows["slow"].explanation
    assert "19 / 13 = 1.46, which is the figure within its rounding; the delay falls by 31.6%" in (
        rows["ratio"].explanation
    )
    assert "shorter by 20.0%: length alone explains 63% of that at most" in rows["ratio"].explanation
    assert "the line was 3,500 km and becomes 20.0% shorter, which saves 3.43 ms" in rows["less"].explanation


def test_a_delay_that_no_fibre_has_is_said_to_be_none() -> None:
    length = figure("new", "length_km", 3000.0, 50.0)
    (_, row) = rows_of(length, figure("fast", "delay_ms", 13.0, 0.5, related=("new",)))
    assert "less than the fibre alone, it does not fit" in row.explanation
    (_, row) = rows_of(length, figure("both", "delay_ms", 29.4, 0.5, related=("new",)))
    assert "As a round trip it fits the fibre too" in row.explanation


def test_capacity_has_no_counterpart_and_cost_is_set_beside_the_base_cost() -> None:
    length = figure("km", "length_km", 370.0, 5.0)
    capacity = figure("tbit", "capacity_tbit_s", 400.0, 50.0)
    cost = figure("usd", "cost_usd", 50.8e6, 5e4, of=("s",), related=("km",))
    _, first, second = rows_of(length, capacity, cost)
    assert (first.verdict, first.explanation) == (ALONE, "Nothing here computes what a line can carry.")
    assert second.difference == pytest.approx(8.8e6 - 50.8e6, abs=1e5)
    assert "137,297 USD per km, 5.6 times" in second.explanation


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_a_verdict_is_kinder_with_uncertainty_and_never_the_other_way(off: float, tol: float, unsure: float) -> None:
    order = [AGREES, NEARLY, DIFFERS]
    assert order.index(verdict_of(off, tol, unsure)) <= order.index(verdict_of(off, tol, 0.0))
    assert (verdict_of(off, tol, unsure) == AGREES) == (off <= tol + 1e-9)


def test_every_published_figure_of_the_project_has_its_row() -> None:
    """The figures of the project's list of facts, by quantity."""
    rules = rules_of(load_study(SILK_WAY))
    found = {(item.quantity, item.value) for item in rules.published}
    lengths = [380.0, 340.0, 330.0, 370.0, 300.0, 2800.0, 3000.0, 3500.0, 3650.0]
    assert {("length_km", value) for value in lengths} <= found
    assert {("reduction_km", 700.0), ("reduction_km", 650.0), ("delay_ms", 13.0), ("delay_ms", 19.0)} <= found
    assert {("delay_ratio", 1.5), ("capacity_tbit_s", 400.0), ("capacity_tbit_s", 4.0), ("cost_usd", 50.8e6)} <= found
    assert {item.to_value for item in rules.published if item.to_value} == {400.0, 6.0}
    rows = compare(rules, {}, 24500.0)
    assert [row.figure.id for row in rows] == [item.id for item in rules.published]
    assert {row.verdict for row in rows} == {ALONE}


def test_amounts_are_written_with_the_digits_that_mean_something() -> None:
    assert [amount(*item) for item in ((380.0, "km"), (16.816, "ms"), (50.8e6, "USD"), (1.5, "1"), (-21.04, "km"))] == [
        "380 km", "16.82 ms", "50,800,000 USD", "1.5", "-21 km",
    ]  # fmt: skip
    assert published_csv([]) == "\r\n"


# the stage


def straight_inputs(study: Study, **change: Any) -> Any:
    """What the first stage reads, without sources: a railway and a highway between Aktau and Beyneu."""
    ends = np.array([[51.3, 43.7], [55.1, 45.3]])
    apart_km = GEOD.inv(*ends[0], *ends[1])[2] / 1000.0
    land = {
        name: LandGraph(name, ends, np.array([[0, 1]]), np.array([apart_km * winds]), np.array([False]), f"{name} of X")
        for name, winds in (("railway", 1.05), ("highway", 1.2))
    }
    ways = {name: further(graph) for name, graph in land.items()}
    values = {"study": study, "systems": study.select(["main"]), "further": ways}
    return SimpleNamespace(**(values | change))


def further(graph: LandGraph) -> Any:
    return SimpleNamespace(value=graph)


def straight_route(study: Study) -> Any:
    ends = [study.landing(name) for name in ("sumgait", "aktau")]
    return SimpleNamespace(paths={"main": SimpleNamespace(lonlat=np.array([[x.lon_deg, x.lat_deg] for x in ends]))})


def test_the_stage_finds_legs_paths_and_rows(small: Path) -> None:
    study = load_study(small)
    read: set[str] = set()
    found = find_network(Recorder(straight_inputs(study), read, ""), None, straight_route(study), {})  # type: ignore[arg-type]
    assert not list(undeclared(next(wing for wing in wings() if wing.name == "network"), read))
    legs = found.layers["network_legs"].set_index("leg_id")
    assert legs["kind"].to_dict() == {"sea": "subsea", "land": "railway", "rest": "given"}
    assert legs.loc["land", "railway_km"] < legs.loc["land", "highway_km"]
    assert legs.loc["land", "length_km"] == legs.loc["land", "railway_km"]
    assert legs.loc["land", "cable_km"] == pytest.approx(1.1 * legs.loc["land", "length_km"])
    assert legs.loc["sea", "length_km"] == pytest.approx(legs.loc["sea", "geodesic_km"])
    paths = found.layers["network_paths"].set_index("path_id")
    assert paths.loc["all", "nodes"] == "far, beyneu, aktau, sumgait"
    assert paths.loc["all", "length_km"] == pytest.approx(legs["length_km"].sum())
    kinds = ["subsea_km", "railway_km", "highway_km", "given_km"]
    assert paths.loc["all", kinds].sum() == pytest.approx(paths.loc["all", "length_km"])
    parts = ["fibre_ms", "amplifiers_ms", "equipment_ms"]
    assert paths.loc["all", parts].sum() == pytest.approx(paths.loc["all", "one_way_ms"])
    assert paths.loc["all", "equipment_ms"] == pytest.approx((2 * 40 + 2 * 5) / 1000)
    assert paths.loc["some", "from_node"] == "sumgait"
    assert [row["of"] for row in found.figures["published"]] == ["all", "main"]
    page = found.pages["network.md"]
    assert "From far to Sumgait" in page
    assert "length of all" in page
    assert all(row["explanation"] in page for row in found.figures["published"])
    assert "- railway: railway of X." in page
    assert found.pages["network_published.csv"].count("\r\n") == 3
    assert any("OpenStreetMap" in note for note in found.notes)


def test_what_the_stage_found_can_be_kept(small: Path) -> None:
    study = load_study(small)
    inputs = straight_inputs(study)
    found = find_network(inputs, None, straight_route(study), {})  # type: ignore[arg-type]
    again = cache.unpack(cache.pack(found))
    assert (again.figures, again.notes, again.pages) == (found.figures, found.notes, found.pages)
    for name, layer in found.layers.items():
        assert_geodataframe_equal(again.layers[name], layer)
    assert cache.digest(inputs.further["railway"].value) != cache.digest(inputs.further["highway"].value)


def test_a_run_of_other_systems_leaves_out_what_needs_them_and_says_so(small: Path) -> None:
    study = load_study(small)
    inputs = straight_inputs(study, systems=study.select(["turkmen"]))
    other = SimpleNamespace(paths={"turkmen": SimpleNamespace(lonlat=np.array([[49.1, 41.1], [52.9, 40.0]]))})
    found = find_network(inputs, None, other, {})  # type: ignore[arg-type]
    assert found.layers["network_legs"]["leg_id"].tolist() == ["land", "rest"]
    assert len(found.layers["network_paths"]) == 0
    assert sum("is left out: this run leaves out the systems of sea" in note for note in found.notes) == 2
    assert [row["of"] for row in found.figures["published"]] == [None]


def torn(study: Study, name: str) -> Any:
    """Two pieces, none from end to end."""
    lonlat = np.array([[51.3, 43.7], [52.0, 44.0], [54.0, 45.0], [55.1, 45.3]])
    graph = LandGraph(name, lonlat, np.array([[0, 1], [2, 3]]), np.array([70.0, 100.0]), np.zeros(2, bool))
    return straight_inputs(study, further={name: further(graph)})


def test_a_graph_that_does_not_connect_names_both_ends_and_the_pieces(small: Path) -> None:
    study = load_study(small, {"network.legs.land.along": "railway"})
    says = (
        r"leg `land`: no railway of the land graph leads from Aktau to Beyneu: they are on pieces of \d+ and \d+ "
        r"vertices, 19\d\.\d km apart where they are nearest\. Raise .*network.land.join_km"
    )
    with pytest.raises(NetworkError, match=says):
        check_network(torn(study, "railway"))


def test_the_other_way_is_taken_where_one_is_torn(small: Path) -> None:
    study = load_study(small)
    whole = straight_inputs(study)
    inputs = straight_inputs(study, further={**whole.further, **torn(study, "railway").further})
    legs = find_network(inputs, None, straight_route(study), {}).layers["network_legs"].set_index("leg_id")  # type: ignore[arg-type]
    assert legs.loc["land", "kind"] == "highway"
    assert np.isnan(legs.loc["land", "railway_km"])


def test_a_node_too_far_names_leg_node_and_distance(small: Path) -> None:
    study = load_study(small, {"network.land.max_snap_km": 1.0})
    with pytest.raises(NetworkError, match=r"leg `land`: the nearest railway .* is 1\d\.\d km from the node Aktau, at"):
        check_network(straight_inputs(study))


def test_a_given_length_shorter_than_the_straight_line_is_refused(small: Path) -> None:
    study = load_study(small, {"network.legs.rest.length_km": 300.0})
    with pytest.raises(NetworkError, match=r"`rest` is given as 300 km, but Beyneu and Far are 37\d\.\d km apart"):
        check_network(straight_inputs(study))


def test_a_path_that_no_legs_make_is_refused(small: Path) -> None:
    study = load_study(small, {"network.paths.all.avoid": ["rest"]})
    with pytest.raises(NetworkError, match="path `all`: no legs lead from the node `far` to `sumgait` without `rest`"):
        check_network(straight_inputs(study))


def test_layers_are_whole_without_paths(small: Path) -> None:
    rules = rules_of(load_study(small))
    layers = network_layers(rules, {}, [], [])
    assert {name: len(layer) for name, layer in layers.items()} == {
        "network_nodes": 0, "network_legs": 0, "network_paths": 0,
    }  # fmt: skip
