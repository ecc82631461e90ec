"""The network: what a study may say of it, legs, paths, delay, and published figures beside ours."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import STUDY
from tests.unit.test_reuse import Recorder, undeclared
from transcaspian.analyses.network.abroad import abroad_of, states_by_code
from transcaspian.analyses.network.config import Network, chained
from transcaspian.analyses.network.delay import delay_of, fibre_us_per_km
from transcaspian.analyses.network.legs import Leg, amplifiers_on, geodesic_line
from transcaspian.analyses.network.paths import path_along, shortest_chain
from transcaspian.analyses.network.stage import check_network, find_network, subjects_of
from transcaspian.analyses.network.tables import network_layers
from transcaspian.core.errors import NetworkError, StudyError
from transcaspian.core.frames import frame
from transcaspian.core.grid import GEOD
from transcaspian.core.land_graph import LandGraph
from transcaspian.core.layers import STATES
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
source = "a gazetteer"
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


# ways through other states


def states_layer(*boxes: tuple[str, tuple[float, float, float, float], float | None]) -> gpd.GeoDataFrame:
    rows = [
        {"state": code, "source": "t", "status": "REAL", "position_accuracy_m": off_m, "geometry": shapely.box(*box)}
        for code, box, off_m in boxes
    ]
    return frame(STATES, rows)


def test_a_way_is_cut_at_the_borders_of_other_states_and_as_long_as_it_winds() -> None:
    line = np.column_stack([np.linspace(50.0, 60.0, 101), np.full(101, 45.0)])
    drawn_km = GEOD.line_length(*line.T) / 1000.0
    states = states_by_code(
        states_layer(
            ("KZ", (40, 40, 54, 50), 1000.0), ("RU", (54, 44, 55, 46), 1000.0), ("CN", (55, 40, 57, 50), None),
            ("KG", (50, 45.0 + 0.004, 60, 46), 1000.0), ("UZ", (40, 30, 70, 40), 1000.0),
        )
    )  # fmt: skip
    found = {item.state: item for item in abroad_of(line, 2.0 * drawn_km, ("KZ",), states)}
    assert set(found) == {"CN", "RU"}  # KG is beside the way, nearer than its border is known to be
    assert found["CN"].km == found["CN"].min_km == found["CN"].max_km == pytest.approx(2 * drawn_km / 5, rel=1e-4)
    assert found["RU"].km == pytest.approx(2 * drawn_km / 10, rel=1e-4)
    per_deg_km = 2 * drawn_km / 10
    off_km = 2 * 1000.0 / 111_200 * per_deg_km
    assert found["RU"].max_km - found["RU"].km == pytest.approx(off_km, rel=1e-3)
    assert found["RU"].km - found["RU"].min_km == pytest.approx(off_km, rel=1e-3)
    assert [item.state for item in abroad_of(line, drawn_km, ("KZ", "RU", "CN"), states)] == []


def test_legs_of_a_path_abroad_are_told_and_added(small: Path) -> None:
    study = load_study(small)
    states = states_layer(("KZ", (40, 40, 53, 50), None), ("UZ", (53, 40, 54, 50), None))
    inputs = straight_inputs(study, layers={"states": SimpleNamespace(layer=states)})
    found = find_network(inputs, None, straight_route(study), {})  # type: ignore[arg-type]
    legs = found.layers["network_legs"].set_index("leg_id")
    paths = found.layers["network_paths"].set_index("path_id")
    assert legs.loc["land", "abroad_km"] > 80
    assert np.isnan(legs.loc["sea", "abroad_km"])
    assert paths.loc["all", "abroad_km"] == legs.loc["land", "abroad_km"]
    (finding,) = found.findings
    assert f"land {legs.loc['land', 'abroad']}" in finding.sentence
    (whole, some) = subjects_of(found)
    assert whole.abroad_km == pytest.approx(legs.loc["land", "abroad_km"], abs=1e-6)
    lengths = {one.counts: one.value for one in whole.readings["length_km"]}
    assert lengths["line"] == pytest.approx(legs["length_km"].sum())
    assert lengths["line_on_land"] == pytest.approx(legs.loc[["land", "rest"], "length_km"].sum())
    delays = {one.counts: one.value for one in some.readings["delay_ms"]}
    assert delays["round_trip"] == pytest.approx(2 * delays["one_way"])
    assert delays["one_way_on_land"] == pytest.approx(legs.loc["land", "fibre_ms"], abs=1e-6)
    without = find_network(straight_inputs(study), None, straight_route(study), {})  # type: ignore[arg-type]
    assert without.layers["network_paths"]["abroad_km"].isna().all()
    assert without.findings == ()


# the stage


def straight_inputs(study: Study, **change: Any) -> Any:
    """What the first stage reads, without sources: a railway and a highway between Aktau and Beyneu, and no states."""
    ends = np.array([[51.3, 43.7], [55.1, 45.3]])
    apart_km = GEOD.inv(*ends[0], *ends[1])[2] / 1000.0
    land = {
        name: LandGraph(name, ends, np.array([[0, 1]]), np.array([apart_km * winds]), np.array([False]), f"{name} of X")
        for name, winds in (("railway", 1.05), ("highway", 1.2))
    }
    ways = {name: further(graph) for name, graph in land.items()}
    values = {"study": study, "systems": study.select(["main"]), "further": ways, "layers": {}}
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
    page = found.pages["network.md"]
    assert "From far to Sumgait" in page
    assert "- railway: railway of X." in page
    assert set(found.pages) == {"network.md"}
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
