"""Ways over land: the graph as it is searched, against NetworkX, and the file that it is read from."""

from __future__ import annotations

import ast
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcaspian.analyses.network.land import LandNet, densified, joined, shortest_edges
from transcaspian.core.errors import IngestError, NetworkError, SourceError
from transcaspian.core.grid import GEOD
from transcaspian.core.land_graph import LandGraph
from transcaspian.ingest import land_graph_reader as land_graph
from transcaspian.ingest.land_graph_reader import haversine_km, parsed, read_land_graph, wgs84_km, within


def graph_of(lonlat: list[tuple[float, float]], edges: list[tuple[int, int, float | None]]) -> LandGraph:
    """A graph; an edge without a length is as long as its geodesic."""
    places = np.array(lonlat, float).reshape(-1, 2)
    ends = np.array([edge[:2] for edge in edges], np.int64).reshape(-1, 2)
    straight = np.array(GEOD.inv(*places[ends[:, 0]].T, *places[ends[:, 1]].T)[2]) / 1000.0
    own = np.array([np.nan if edge[2] is None else edge[2] for edge in edges], float)
    return LandGraph("railway", places, ends, np.where(np.isnan(own), straight, own), np.zeros(len(ends), bool))


def apart_km(one: np.ndarray, other: np.ndarray) -> float:
    return float(GEOD.inv(*one, *other)[2]) / 1000.0


@st.composite
def graphs(draw: st.DrawFn) -> LandGraph:
    """Random graphs in Kazakhstan: parallel edges, loops, pieces, edges longer than straight, edges of no length."""
    count = draw(st.integers(2, 12))
    place = st.tuples(*(st.floats(*ends).map(lambda x: round(x, 3)) for ends in ((60, 66), (44, 48))))
    places = draw(st.lists(place, min_size=count, max_size=count, unique=True))
    vertex = st.integers(0, count - 1)
    edges = draw(st.lists(st.tuples(vertex, vertex, st.floats(1.0, 1.5)), min_size=1, max_size=25))
    plain = graph_of(places, [(a, b, None) for a, b, _ in edges])
    return LandGraph("railway", plain.lonlat, plain.ends, plain.length_km * [f for *_, f in edges], plain.joined)


@settings(max_examples=60)
@given(graphs())
def test_shortest_ways_are_those_of_networkx(graph: LandGraph) -> None:
    net = LandNet(graph, join_km=0.0)
    oracle = nx.MultiGraph()
    oracle.add_nodes_from(range(len(graph.lonlat)))
    for (a, b), length_km in zip(graph.ends.tolist(), graph.length_km, strict=True):
        oracle.add_edge(a, b, weight=length_km)
    pairs = [(a, b) for a in range(len(graph.lonlat)) for b in range(len(graph.lonlat))]
    for (a, b), route in zip(pairs, net.routes(pairs), strict=True):
        if not nx.has_path(oracle, a, b):
            assert route is None
            continue
        assert route is not None
        expected = nx.shortest_path_length(oracle, a, b, weight="weight")
        assert route.length_km == pytest.approx(expected, abs=1e-9)
        np.testing.assert_array_equal(route.lonlat[[0, -1]], graph.lonlat[[a, b]])
        assert route.joined_km == 0.0


@given(graphs())
def test_a_route_is_no_shorter_than_its_line_and_the_line_no_shorter_than_the_geodesic(graph: LandGraph) -> None:
    net = LandNet(graph, join_km=5.0)
    for route in net.routes([(0, vertex) for vertex in range(len(graph.lonlat))]):
        if route is not None and len(route.lonlat) > 1:
            line_km = sum(apart_km(a, b) for a, b in zip(route.lonlat, route.lonlat[1:], strict=False))
            assert route.length_km >= line_km - 1e-6
            assert line_km >= apart_km(route.lonlat[0], route.lonlat[-1]) - 1e-6


@given(graphs(), st.floats(1.0, 200.0))
def test_dividing_edges_changes_no_length_and_leaves_none_longer(graph: LandGraph, step_km: float) -> None:
    fine = densified(graph, step_km)
    assert fine.length_km.sum() == pytest.approx(graph.length_km.sum())
    np.testing.assert_array_equal(fine.lonlat[: len(graph.lonlat)], graph.lonlat)
    spans = np.array(GEOD.inv(*fine.lonlat[fine.ends[:, 0]].T, *fine.lonlat[fine.ends[:, 1]].T)[2]) / 1000.0
    assert spans.max() <= step_km + 1e-6
    assert np.bincount(fine.ends.ravel(), minlength=len(fine.lonlat))[len(graph.lonlat) :].tolist() == [2] * (
        len(fine.lonlat) - len(graph.lonlat)
    )


def test_a_vertex_between_lies_on_the_geodesic() -> None:
    fine = densified(graph_of([(60, 45), (61, 45)], [(0, 1, None)]), 40.0)
    assert len(fine.lonlat) == 3
    middle = GEOD.npts(60, 45, 61, 45, 1)[0]
    np.testing.assert_allclose(fine.lonlat[2], middle, atol=1e-9)


def test_a_tear_is_closed_and_said_to_be() -> None:
    """Two halves of a line, 1.5 km apart."""
    torn = graph_of([(60.0, 45.0), (60.5, 45.0), (60.519, 45.0), (61.0, 45.0)], [(0, 1, None), (2, 3, None)])
    assert LandNet(torn, join_km=1.0).routes([(0, 3)]) == [None]
    (route,) = LandNet(torn, join_km=2.0).routes([(0, 3)])
    assert route is not None
    gap_km = apart_km(torn.lonlat[1], torn.lonlat[2])
    assert 1.4 < gap_km < 1.6
    assert route.joined_km == pytest.approx(gap_km)
    assert route.length_km == pytest.approx(torn.length_km.sum() + gap_km)


def test_ends_at_the_same_place_are_joined_always() -> None:
    torn = graph_of([(60.0, 45.0), (60.5, 45.0), (60.5, 45.0), (61.0, 45.0)], [(0, 1, None), (2, 3, None)])
    (route,) = LandNet(torn, join_km=0.0).routes([(0, 3)])
    assert route is not None
    assert route.length_km == pytest.approx(torn.length_km.sum())


def test_joining_cuts_no_corner_of_a_yard() -> None:
    """A siding of 1 km beside its own line: its end is near the line, and near it along the rails too."""
    yard = graph_of(
        [(60.0, 45.0), (60.1, 45.0), (60.2, 45.0), (60.112, 45.003)], [(0, 1, None), (1, 2, None), (1, 3, None)]
    )
    assert not joined(yard, 2.0).joined.any()


@given(graphs(), st.floats(0.0, 30.0))
def test_what_is_joined_is_near_and_was_far_around(graph: LandGraph, join_km: float) -> None:
    after = joined(graph, join_km)
    new = after.joined
    before = nx.Graph()
    before.add_nodes_from(range(len(graph.lonlat)))
    for (a, b), length_km in zip(shortest_edges(graph).ends.tolist(), shortest_edges(graph).length_km, strict=True):
        before.add_edge(a, b, weight=length_km)
    for (a, b), length_km in zip(after.ends[new].tolist(), after.length_km[new], strict=True):
        assert length_km <= join_km
        assert length_km == pytest.approx(apart_km(graph.lonlat[a], graph.lonlat[b]))
        assert before.degree(a) <= 1
        if nx.has_path(before, a, b):
            assert nx.shortest_path_length(before, a, b, weight="weight") > 10.0 * join_km - 1e-6


def test_a_node_goes_to_the_biggest_piece_within_reach() -> None:
    """A siding of two vertices lies nearer than the line."""
    graph = graph_of(
        [(60.0, 45.0), (60.01, 45.0), (60.0, 45.1), (60.5, 45.1), (61.0, 45.1)],
        [(0, 1, None), (2, 3, None), (3, 4, None)],
    )
    net = LandNet(graph, join_km=0.0)
    near = net.attach(60.0, 45.0, 15.0, "Here")
    assert near.vertex == 2
    assert near.snap_km == pytest.approx(apart_km(graph.lonlat[0], graph.lonlat[2]))
    assert net.attach(60.0, 45.0, 5.0, "Here").vertex == 0


def test_a_node_far_from_the_line_is_one_sentence() -> None:
    net = LandNet(graph_of([(60.0, 45.0), (60.01, 45.0)], [(0, 1, None)]), join_km=0.0)
    with pytest.raises(NetworkError, match=r"nearest railway .* is 11\.1 km from the node Here, at most 5 km"):
        net.attach(60.0, 45.1, 5.0, "Here")
    with pytest.raises(NetworkError, match="there is no railway of the land graph anywhere near the node Here"):
        LandNet(graph_of([], []), join_km=1.0).attach(60.0, 45.0, 5.0, "Here")


def test_pieces_know_how_near_they_come() -> None:
    graph = graph_of([(60.0, 45.0), (60.5, 45.0), (60.6, 45.0), (61.0, 45.0)], [(0, 1, None), (2, 3, None)])
    net = LandNet(graph, join_km=0.0)
    assert net.gap_km(0, 3) == pytest.approx(apart_km(graph.lonlat[1], graph.lonlat[2]))


# the file of the package


TEXT = """
from scgraph.core import GeoGraph
graph=[{1: 11.12, 0: 0.0, 2: 9.0}, {0: 11.12}, {0: 9.0, 3: 1.5}, {2: 1.5}, {}]
nodes=[[45.0, 60.0], [45.1, 60.0], [45.0, 60.1], [45.0, 60.11], [-50.5, -171.945]]
world_railways_geograph = GeoGraph(graph=graph, nodes=nodes)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of that name with a small file of railways, found before an installed one."""
    folder = tmp_path / "scgraph_data"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "world_railways.py").write_text(TEXT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_the_file_is_read_as_text(package: Path) -> None:
    lonlat, ends, own_km = parsed(package / "world_railways.py")
    graph = ast.literal_eval(TEXT.split("graph=")[1].split("\n")[0])
    expected = {(a, b): km for a, row in enumerate(graph) for b, km in row.items() if a < b}
    assert dict(zip(map(tuple, ends.tolist()), own_km.tolist(), strict=True)) == expected
    assert lonlat.tolist() == [[60.0, 45.0], [60.0, 45.1], [60.1, 45.0], [60.11, 45.0], [-171.945, -50.5]]


def test_only_the_part_around_the_nodes_is_read_and_it_is_credited(package: Path) -> None:
    data = read_land_graph("railway", (59.9, 44.9, 60.05, 45.05))
    assert len(data.graph.ends) == 2
    assert data.graph.lonlat.tolist() == [[60.0, 45.0], [60.0, 45.1], [60.1, 45.0]]
    assert not data.graph.joined.any()
    told = data.provenance
    assert (told.role, told.id, told.file) == ("railway", "scgraph_data", "world_railways.py")
    assert "OpenStreetMap" in told.citation
    assert "ODbL" in told.licence
    assert len(told.sha256) == 64
    assert told.citation in data.graph.credit
    assert told.licence in data.graph.credit


def test_lengths_become_those_of_the_ellipsoid_and_keep_what_they_wind() -> None:
    lonlat = np.array([[60.0, 45.0], [60.0, 46.0], [61.0, 45.0], [60.0, 45.0]])
    ends = np.array([[0, 1], [0, 2], [0, 3]])
    sphere = haversine_km(*lonlat[ends[:, 0]].T, *lonlat[ends[:, 1]].T)
    assert sphere[0] == pytest.approx(6371.0 * np.pi / 180)
    geodesic = np.array(GEOD.inv(*lonlat[ends[:, 0]].T, *lonlat[ends[:, 1]].T)[2]) / 1000.0
    np.testing.assert_allclose(wgs84_km(lonlat, ends, sphere), geodesic)
    winding = wgs84_km(lonlat, ends, np.array([1.3, 1.3, 0.0]) * sphere + [0.0, 0.0, 2.5])
    np.testing.assert_allclose(winding, [*(1.3 * geodesic[:2]), 2.5])
    np.testing.assert_allclose(wgs84_km(lonlat, ends, 0.9 * sphere), geodesic)


def test_edges_that_cross_the_bounds_are_kept_whole() -> None:
    lonlat = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    kept, ends, own_km = within((-1, -1, 1, 1), lonlat, np.array([[0, 1], [1, 2]]), np.array([5.0, 6.0]))
    assert (kept.tolist(), ends.tolist(), own_km.tolist()) == ([[0.0, 0.0], [2.0, 0.0]], [[0, 1]], [5.0])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("nodes=[[", "vertices=[[", "no lines `graph=` and `nodes=`"),
        ("3: 1.5}, {2", "9: 1.5}, {2", "leads to a vertex that is not there"),
        ("{2: 1.5}, {}]", "{2: 1.5}]", "5 vertices and edges of 4"),
        ("{2: 1.5}", "{2: -1.5}", "negative length"),
        ("{2: 1.5}", "{2: wide}", "no number"),
        ("[45.0, 60.1]", "[45.0, None]", "no number"),
    ],
)
def test_a_file_that_is_not_as_known_is_one_sentence(package: Path, old: str, new: str, says: str) -> None:
    path = package / "world_railways.py"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(IngestError, match=says) as caught:
        parsed(path)
    assert "world_railways.py" in str(caught.value)
    assert "constraints.txt" in str(caught.value)


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(land_graph, "PACKAGE", "no_such_package_of_railways")
    with pytest.raises(SourceError, match=r'pip install "transcaspian\[land\]"'):
        read_land_graph("railway", (0, 0, 1, 1))


def test_nothing_of_the_package_is_imported() -> None:
    source = Path(land_graph.__file__).read_text(encoding="utf-8")
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not {name for name in names if name.startswith("scgraph")}
