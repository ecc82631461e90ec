"""The network on the real railways and highways: against other routers, and against lengths that railways publish."""

from __future__ import annotations

import ast
import itertools
import json
import re
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest

from tests.conftest import COARSE, RAW, STUDY, silent, without
from transcaspian.analyses.network.land import LandNet
from transcaspian.analyses.network.stage import check_network
from transcaspian.core import reading
from transcaspian.core.errors import SourceError
from transcaspian.ingest import land_graph_reader as land_graph
from transcaspian.ingest.land_graph_reader import data_file, parsed, read_land_graph
from transcaspian.runs.engine import RunSettings, check_study, run_study
from transcaspian.study import load_study

SILK_WAY = STUDY.parent / "digital_silk_way.toml"
AREA = (42.0, 38.0, 85.0, 58.0)
PLACES = {
    "khorgos": (80.38522, 44.22335),
    "almaty": (76.9115, 43.25249),
    "kyzylorda": (65.50917, 44.85278),
    "shalkar": (59.62, 47.83),
    "kandyagash": (57.41865, 49.46917),
    "beyneu": (55.2, 45.31667),
    "mangystau": (51.32237, 43.69088),
    "aktau": (51.17392, 43.66105),
    "astana": (71.44598, 51.1801),
    "oral": (51.42558, 51.24601),
    "baku": (49.89201, 40.37767),
    "az-ge": (45.08, 41.36),
}
PAIRS = [("khorgos", "aktau"), ("almaty", "oral"), ("astana", "aktau"), ("baku", "az-ge"), ("khorgos", "oral")]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if find_spec("scgraph_data") is None:
        without("scgraph_data (the extra `land`)")


@pytest.fixture(scope="module", params=["railway", "highway"])
def net(request: pytest.FixtureRequest) -> LandNet:
    return LandNet(read_land_graph(request.param, AREA).graph, join_km=5.0)


def test_the_file_is_read_as_python_reads_it() -> None:
    """The first thousand vertices, as literals."""
    path = data_file("world_railways.py")
    lonlat, ends, own_km = parsed(path)
    with path.open(encoding="utf-8") as file:
        lines = {line.split("=")[0]: line for line in file if line.startswith(("graph=", "nodes="))}
    rows = [ast.literal_eval(text) for text in re.findall(r"\{[^}]*\}", lines["graph"][:60_000])][:1000]
    nodes = [ast.literal_eval(text) for text in re.findall(r"\[-?\d[^\]\[]*\]", lines["nodes"][:60_000])][:1000]
    assert len(rows) == len(nodes) == 1000
    np.testing.assert_array_equal(lonlat[:1000], np.array(nodes)[:, ::-1])
    mine = ends[:, 0] < 1000
    found = dict(zip(map(tuple, ends[mine].tolist()), own_km[mine].tolist(), strict=True))
    assert found == {(a, b): km for a, row in enumerate(rows) for b, km in row.items() if a < b}


def test_the_packages_lengths_are_haversines_that_may_wind() -> None:
    """What docs/method/network.md says of them: never shorter than the geodesic by more than the sphere is off."""
    lonlat, ends, own_km = parsed(data_file("world_railways.py"))
    sphere_km = land_graph.haversine_km(*lonlat[ends[:, 0]].T, *lonlat[ends[:, 1]].T)
    long = sphere_km > 1.0
    ratio = own_km[long] / sphere_km[long]
    assert ratio.min() > 0.998  # rounded to metres
    assert np.quantile(ratio, 0.25) < 1.001
    assert 1.0 < np.median(ratio) < 1.02


def test_two_other_routers_find_no_shorter_way(net: LandNet) -> None:
    from scgraph import Graph

    ends = {name for pair in PAIRS for name in pair}
    attached = {name: net.attach(*PLACES[name], 20.0, name).vertex for name in ends}
    pairs = [(attached[a], attached[b]) for a, b in PAIRS]
    rows: list[dict[int, float]] = [{} for _ in net.lonlat]
    oracle = nx.Graph()
    for (a, b), length_km in zip(net.edges.ends.tolist(), net.edges.length_km.tolist(), strict=True):
        rows[a][b] = rows[b][a] = length_km
        oracle.add_edge(a, b, weight=length_km)
    other = Graph(rows)
    for (a, b), route in zip(pairs, net.routes(pairs), strict=True):
        assert route is not None
        assert route.length_km == pytest.approx(other.dijkstra(origin_id=a, destination_id=b)["length"], rel=1e-6)
        assert route.length_km == pytest.approx(nx.shortest_path_length(oracle, a, b, weight="weight"), rel=1e-9)


@pytest.mark.parametrize(
    ("stops", "published_km", "source"),
    [
        (("beyneu", "mangystau"), 404.0, "xalqqazeti.az: railway Beyneu - Mangystau"),
        (("baku", "az-ge"), 503.0, "raillynews.com 2019: the Azerbaijani part of Baku - Tbilisi - Kars"),
        (
            ("almaty", "kyzylorda", "shalkar", "kandyagash", "beyneu", "mangystau"),
            3269.0,
            "advantour.com: Almaty - Mangyshlak",
        ),
    ],
)
def test_railways_are_as_long_as_published_within_the_uncertainty(
    stops: tuple[str, ...], published_km: float, source: str
) -> None:
    rules = load_study(SILK_WAY).network
    assert rules is not None
    net = LandNet(read_land_graph("railway", AREA).graph, rules.land.join_km)
    ends = [net.attach(*PLACES[name], 15.0, name) for name in stops]
    routes = net.routes([(a.vertex, b.vertex) for a, b in itertools.pairwise(ends)])
    length_km = sum(route.length_km for route in routes if route) + ends[0].snap_km + ends[-1].snap_km
    assert all(routes)
    assert abs(length_km / published_km - 1.0) <= rules.land.uncertainty_percent / 100.0, (length_km, source)


def test_the_silk_way_hangs_together(tmp_path: Path) -> None:
    inputs = check_study(RunSettings(SILK_WAY, tmp_path, raw_dir=RAW))
    assert [item.role for item in inputs.provenance][-2:] == ["railway", "highway"]
    check_network(inputs)


def test_without_the_extra_the_check_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(land_graph, "PACKAGE", "no_such_package_of_railways")
    monkeypatch.setattr(reading, "begins_processes", lambda: False)  # the process that reads would know of the package
    with pytest.raises(SourceError, match=r'run `pip install "transcaspian\[land\]"`'):
        check_study(RunSettings(SILK_WAY, tmp_path, raw_dir=RAW))
    further = check_study(RunSettings(STUDY, tmp_path, overrides=COARSE, raw_dir=RAW)).further
    assert set(further) == {"survey.vessels", "installation.vessels"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, without_pictures: None) -> Path:
    settings = RunSettings(
        SILK_WAY,
        tmp_path_factory.mktemp("silk"),
        ("main",),
        {**COARSE, **dict.fromkeys(("routing", "cost_tolerance", "alternatives", "risk", "robustness", "design"))},
        RAW,
    )
    return run_study(settings, silent).folder


@pytest.mark.whole_run
def test_a_run_publishes_the_network_and_whose_data_it_rests_on(run: Path) -> None:
    paths = gpd.read_file(run / "digital-silk-way.gpkg", layer="network_paths").set_index("path_id")
    legs = gpd.read_file(run / "geojson" / "network_legs.geojson").set_index("leg_id")
    assert paths.index.is_unique
    assert legs.index.is_unique
    assert set(legs["kind"]) == {"subsea", "railway", "highway"}
    main = paths.loc["china-azerbaijan"]
    assert main["length_km"] == pytest.approx(legs.loc[main["legs"].split(", "), "length_km"].sum())
    assert 2545 < main["geodesic_km"] < main["length_km"] < 3600
    assert main["round_trip_ms"] == pytest.approx(2 * main["one_way_ms"])
    manifest = json.loads((run / "manifest.json").read_text())
    assert {item["role"]: item["id"] for item in manifest["sources"]}["railway"] == "scgraph_data"
    assert manifest["ingest"]["railway"]["kept"] > 1000, "the review holds a run whose railways were lost"
    published = manifest["published"]["figures"]
    assert {row["verdict"] for row in published} == {"consistent", "not consistent", "cannot be told"}
    assert all(row["explanation"] for row in published)
    by_path = {row["of"]: row for row in published if row["figure_id"] == "length-china-azerbaijan"}
    assert by_path["china-azerbaijan"]["ours"] == pytest.approx(2956.2, abs=1.0)
    assert (by_path["china-azerbaijan"]["verdict"], by_path["china-azerbaijan"]["ours_counts"]) == (
        "consistent", "line_on_land",
    )  # fmt: skip
    assert [row["branch"] for row in manifest["published"]["branches"]] == ["China – Azerbaijan", "China – Russia"]
    for name in ("report.html", "system.html"):
        text = (run / name).read_text(encoding="utf-8")
        assert "Published figures beside ours" in text
        assert "Branches of the network" in text
    abroad = legs["abroad_km"]
    assert abroad["astana-aktobe"] == pytest.approx(97.0, abs=2.0)  # in Russia
    assert abroad["aktobe-oral"] == pytest.approx(19.5, abs=2.0)  # in Russia
    assert 1.0 < abroad["almaty-kyzylorda"] < 17.0  # in Kyrgyzstan: the highway runs along the border
    assert abroad["almaty-astana"] == 0.0
    for name in ("network.md", "report.html"):
        assert "OpenStreetMap" in (run / name).read_text(encoding="utf-8")
    assert (run / "published.csv").read_bytes().count(b"\r\n") == len(published) + 1
