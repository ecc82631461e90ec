"""The page of a run: one file, nothing asked of others, all said that the layers say, and text stays text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Transformer
from shapely import LineString, Point

from tests.conftest import STUDY
from tests.layer_tables import LAYERS, PUBLISHED
from transcaspian.core.findings import Advice, AnalysisResult, Finding, Place
from transcaspian.core.frames import frame
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.layers import ALTERNATIVES
from transcaspian.core.linear_reference import runs
from transcaspian.export import Description
from transcaspian.report.bands import joined
from transcaspian.report.page import Page, first_page, write_page
from transcaspian.report.page.chart_map import Mercator
from transcaspian.report.page.content import Figure, cited, figures_of, shown
from transcaspian.report.page.shell import integrity
from transcaspian.sources.resolve import Provenance
from transcaspian.study import load_study

GRID = Grid(49.0, 44.0, 0.05, 80, 60)
ENDS = np.array([(49.7, 40.7), (51.2, 43.6)])
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\x01"
SEABED = Provenance("seabed", "s", "s.tif", "0" * 64, "1", "public domain", "Author 2009", "MSL", "2008", "REAL")
ABOUT = Description(
    run_id="r1", study_id="sea", title="A sea", revision="A", abstract="A try.", created_utc="2026-01-02T03:04:05.000Z",
    bounds=GRID.bounds, water_level="below −29.5 m", resolution_deg=0.1, grid_step_deg=0.05, system_ids=("main",),
    sources=(SEABED,),
    code_version="0.1.0", code_sha256="1" * 64,
)  # fmt: skip


ADVICE = (Advice("main", "to settle before the survey", ("move it",)),)
FINDINGS = tuple(
    Finding(
        kind=f"kind {number}", severity="major", subject="main", sentence=f"sentence {number} of 7 km",
        action=f"action {number}", source="layer routes", place=Place(12.3),
    )
    for number in range(7)
)  # fmt: skip


def line(count: int) -> tuple[np.ndarray, np.ndarray]:
    places = np.array(GEOD.npts(*ENDS[0], *ENDS[1], count - 2, initial_idx=1, terminus_idx=1))
    length_km = GEOD.inv(*ENDS[0], *ENDS[1])[2] / 1000
    return np.vstack([ENDS[0], places, ENDS[1]]), np.linspace(0, length_km, count)


def layers(name: str = "Main", *, engineered: bool = True) -> dict[str, gpd.GeoDataFrame]:
    places, kp_km = line(41)
    depth_m = np.where(kp_km < 40, np.nan, 300 * np.sin(np.pi * kp_km / kp_km[-1]))
    common = {"system_id": "main", "status": "DERIVED"}
    route = LineString(places)
    found: dict[str, list[dict[str, Any]]] = {
        "routes": [
            common
            | {
                "name": name, "from_landing": "a", "to_landing": "b", "length_km": kp_km[-1], "geodesic_km": kp_km[-1],
                "published_km": 380.0, "published_source": name, "difference_km": kp_km[-1] - 380, "max_depth_m": 300.0,
                "published_verdict": "not consistent",
                "cost_usd": 8.5e6, "geometry": route,
            }
        ],
        "landing_points": [
            {"landing_id": "a", "name": name, "source": "s", "status": "ASSUMED", "geometry": Point(ENDS[0])}
        ],
        "hazards": [{"hazard_id": "h", "name": name, "kind": "platform", "no_go": True, "geometry": Point(50, 42)}],
        "crossings": [
            common
            | {
                "crossing_id": "c", "cable_id": "x", "name": name, "kp_km": 100.0, "angle_deg": 80.0,
                "verdict": "insufficient information", "geometry": Point(50, 41.5),
            }
        ],
    }  # fmt: skip
    if engineered:
        found["route_profile"] = [
            {
                "sample_id": f"main/{kp:.3f}", "system_id": "main", "kp_km": kp, "depth_m": None if np.isnan(d) else d,
                "in_line_slope_deg": 0.1, "side_slope_deg": -0.2, "geometry": Point(place),
            }
            for place, kp, d in zip(places, kp_km, depth_m, strict=True)
        ]  # fmt: skip
        found["sld"] = [
            common
            | {
                "segment_id": "main/0", "from_kp_km": 0.0, "to_kp_km": kp_km[-1], "length_km": kp_km[-1],
                "cable_type": "DA", "protection_method": "plough", "target_burial_m": 1.0, "geometry": route,
            }
        ]  # fmt: skip
        found["rpl_points"] = [
            {"system_id": "main", "SeqNo": 1, "PosNo": "1", "Event": "BMH", "Remarks": name, "geometry": Point(ENDS[0])}
        ]
    return {layer.name: frame(layer, found.get(layer.name, [])) for layer in PUBLISHED}


def page(**changes: Any) -> Page:
    depth_m = np.full(GRID.shape, 100.0, np.float32)
    depth_m[:10] = np.nan
    study = load_study(STUDY, {})
    said = changes.pop("said", (ADVICE, FINDINGS))
    first = first_page(study, changes.get("layers") or layers(), said, {})
    none = {"figures": [], "branches": []}
    given = Page(ABOUT, study, layers(), GRID, depth_m, ("first note",), none, first)
    return replace(given, **changes)


def text_of(tmp_path: Path, wanted: Page) -> str:
    write_page(tmp_path / "report.html", wanted)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


class Parts(HTMLParser):
    """Tags with their attributes, and all text outside script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.text += data


def test_the_page_names_no_other_file_and_no_other_host(tmp_path: Path) -> None:
    text = text_of(tmp_path, page())
    for tag, attributes in Parts(text).tags:
        for name in ("src", "href", "xlink:href", "action", "data"):
            target = attributes.get(name) or ""
            assert target.startswith(("#", "data:")) or not target, (tag, target)
    assert "@import" not in text
    assert not re.search(r"url\((?!data:)", text)


def test_only_our_own_script_and_style_may_run(tmp_path: Path) -> None:
    text = text_of(tmp_path, page())
    (policy,) = [a["content"] for tag, a in Parts(text).tags if tag == "meta" and "http-equiv" in a]
    script = re.findall(r"<script>(.*?)</script>", text, re.S)
    style = re.findall(r"<style>(.*?)</style>", text, re.S)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert [f"'{integrity(part)}'" in policy for part in (*script, *style)] == [True, True]
    assert not [a for _, a in Parts(text).tags if "style" in a or any(name.startswith("on") for name in a)]


def test_what_is_text_stays_text(tmp_path: Path) -> None:
    text = text_of(tmp_path, page(layers=layers(HOSTILE), about=replace(ABOUT, title=HOSTILE), notes=(HOSTILE,)))
    parts = Parts(text)
    assert not [tag for tag, _ in parts.tags if tag == "img"]
    assert len(re.findall("<script", text)) == 2
    assert "<img src=x onerror=alert(1)>" in parts.text


def test_the_limits_of_the_seabed_come_before_every_figure(tmp_path: Path) -> None:
    text = Parts(text_of(tmp_path, page())).text
    assert "The seabed data resolve 0.1° (about 11 km)." in text
    assert text.index("seabed data that resolve 0.1° (about 11 km): no survey") < text.index("380")
    for said in ("below −29.5 m", "first note", "Author 2009", "insufficient information", "0" * 64, "public domain"):
        assert said in text


def test_what_to_do_the_options_and_five_findings_stand_first(tmp_path: Path) -> None:
    text = Parts(text_of(tmp_path, page())).text
    places = [text.index(said) for said in ("to settle before the survey: move it", "Options", "sentence 0 of 7 km")]
    places += [text.index(f"sentence {number} of 7 km") for number in range(1, 5)]
    places += [text.index("All 7 findings"), text.index("Map and profile"), text.index("Appendix")]
    assert places == sorted(places)
    before, after = text.split("Appendix", 1)
    assert "sentence 5" not in before
    assert "first note" not in before
    assert "first note" in after
    for number in range(7):
        assert f"sentence {number} of 7 km" in after
        assert f"action {number}" in after


def test_a_run_without_findings_says_so(tmp_path: Path) -> None:
    text = Parts(text_of(tmp_path, page(said=((Advice("main", "it can go to the survey"),), ())))).text
    assert "No finding was raised." in text
    assert "main: it can go to the survey" in text


def test_options_are_the_routes_their_alternatives_and_what_analyses_add() -> None:
    study, shown_layers = load_study(STUDY, {}), layers()
    other = {"alternative_id": "main/1", "system_id": "main", "rank": 1, "length_km": 400.0, "excess": 0.05}
    route = shown_layers["routes"].geometry.iloc[0]
    shown_layers["alternatives"] = frame(ALTERNATIVES, [other | {"geometry": route}])
    shown_layers["routes"][["from_shore_km", "to_shore_km"]] = 0.2, 0.3
    added = {"main": {"faults a year": "0.10"}, "main/point 3": {"faults a year": "0.07"}}
    found = first_page(study, shown_layers, ((), ()), {"risk": AnalysisResult(options=added)}).options
    assert found.headings == ("option", "km", "against the route", "base price, MUSD", "faults a year")
    usd = study.cost.base_cost_usd_per_km
    assert [row[0] for row in found.rows] == ["main", "main/1", "main/point 3"]
    assert found.rows[1][1:] == ("400.5", "+5.0%", f"{400.5 * usd / 1e6:.2f}", "–"), "with the beaches of the route"
    assert found.rows[2] == ("main/point 3", "–", "–", "–", "0.07")


def test_every_figure_has_its_status(tmp_path: Path) -> None:
    row = layers()["routes"].to_dict("records")[0]
    figures = list(figures_of(row))
    assert {figure.status for figure in figures} == {"REAL", "DERIVED", "ASSUMED"}
    assert Figure("published length", "380 km", "REAL", "Main") in figures
    assert not [figure for figure in figures if "insufficient" in figure.text]  # what is not there is left out
    text = text_of(tmp_path, page())
    shown_figures = text.count("<dd>")
    assert shown_figures == len(figures)
    assert len(re.findall(r"<dd>[^<]*<span class=\"label", text)) == shown_figures


def test_the_script_has_the_samples_of_the_profile(tmp_path: Path) -> None:
    text = text_of(tmp_path, page())
    (raw,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    data = json.loads(raw)["main"]
    places, kp_km = line(41)
    assert data["kp"] == [round(value, 3) for value in kp_km.tolist()]
    assert data["depth"][0] is None
    assert data["depth"][-2] == pytest.approx(300 * np.sin(np.pi * 39 / 40), abs=0.06)
    np.testing.assert_allclose(np.column_stack([data["lon"], data["lat"]]), places, atol=1e-6)
    np.testing.assert_allclose(np.column_stack([data["x"], data["y"]]), Mercator(*GRID.bounds).units(places), atol=0.01)
    assert data["segments"][0][2:] == ["DA, plough 1 m deep", "waters: insufficient information"]


def test_mercator_is_that_of_proj_on_a_sphere() -> None:
    mercator = Mercator(46.0, 36.25, 55.0, 47.75)
    other = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    lon, lat = np.array([46.0, 49.7, 55.0, 51.0]), np.array([36.25, 40.6, 47.75, 44.0])
    x, y = (np.asarray(values) for values in other.transform(lon, lat))
    scale = 1000.0 / (x[2] - x[0])
    np.testing.assert_allclose(
        mercator.units(np.column_stack([lon, lat])),
        np.column_stack([(x - x[0]) * scale, (y[2] - y) * scale]),
        atol=1e-6,
    )


def test_the_same_values_give_the_same_page(tmp_path: Path) -> None:
    assert text_of(tmp_path, page()) == text_of(tmp_path, page())


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": {layer.name: frame(layer, []) for layer in PUBLISHED}},
        {"layers": layers(engineered=False)},
        {"depth_m": np.full(GRID.shape, np.nan, np.float32)},
        {"notes": ()},
        {"layers": layers("名" * 300)},
    ],
    ids=["no features", "no engineering", "no depth", "no notes", "a long name"],
)
def test_a_run_with_little_in_it_has_a_page_too(tmp_path: Path, changes: dict[str, Any]) -> None:
    text = text_of(tmp_path, page(**changes))
    tags = [tag for tag, _ in Parts(text).tags]
    assert text.rstrip().endswith("</html>")
    assert tags.count("svg") >= 1
    assert tags.count("main") == 1


def test_missing_is_said_and_never_zero() -> None:
    assert shown(None) == shown(float("nan"), ".1f") == "insufficient information"
    assert shown(0.0, ".1f") == "0.0"
    assert shown(-1.25, ".1f") == "−1.2"
    assert shown("main_2") == "main_2"


def test_all_that_the_study_assumes_is_listed() -> None:
    rows = list(
        cited({"a": {"source": "s", "status": "REAL", "b": [{"id": "x", "source": "t", "status": "ASSUMED"}]}}, "")
    )
    assert rows == [("a", "REAL", "s"), ("a.b.x", "ASSUMED", "t")]
    study = load_study(STUDY, {}).model_dump(mode="json")
    keys = {key for key, _, _ in cited(study, "")}
    assert {"water_level", "landings.aktau", "criteria.slope", "cost", "published.length-main"} <= keys


def test_runs_and_bands() -> None:
    def parts(mask: list[bool]) -> list[tuple[int, int]]:
        return [(part.start, part.stop) for _, _, part in runs(np.arange(float(len(mask))), np.array(mask))]

    assert parts([True, True, False, True]) == [(0, 2), (3, 4)]
    assert parts([False, False, False]) == []
    assert joined([(0, 1, "DA", "#1"), (1, 2, "DA", "#1"), (2, 3, "SA", "#2")]) == [
        (0, 2, "DA", "#1"),
        (2, 3, "SA", "#2"),
    ]


def test_columns_of_the_tables_exist() -> None:
    from transcaspian.report.page.content import POSITION_COLUMNS, SYSTEM_TABLES

    for name, _, _, columns in (*SYSTEM_TABLES, ("rpl_points", "", "", POSITION_COLUMNS)):
        assert {column.field for column in columns} <= set(LAYERS[name].field_names)
