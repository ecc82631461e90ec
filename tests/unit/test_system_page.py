"""The page of the whole system: every figure that was found, charts where the figures say, and text that stays text."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

from tests.conftest import STUDY
from tests.layer_tables import LAYERS, PUBLISHED
from tests.unit.test_page import ABOUT, ADVICE, ENDS, FINDINGS, GRID, HOSTILE, Parts, layers
from transcaspian.analyses.burial import sections as burial_page
from transcaspian.analyses.link.sections import COLUMNS as LINK_COLUMNS
from transcaspian.analyses.network.sections import DELAY_COLUMNS, PATH_COLUMNS
from transcaspian.analyses.risk.sections import FRONT_COLUMNS, SERVICE_COLUMNS, STOCK_COLUMNS
from transcaspian.core.findings import AnalysisResult, Surface
from transcaspian.core.frames import frame
from transcaspian.report.page import SystemPage, first_page, has_system_page, write_system_page
from transcaspian.report.page.axes import Scale, covering, figure, log_ticks
from transcaspian.report.page.placing import MARK, Box, place_names
from transcaspian.report.page.shell import integrity
from transcaspian.study import load_study

SILK_WAY = STUDY.parent / "digital_silk_way.toml"
CAUSES = ("earthquake", "mud_volcano", "anchoring", "fishing", "ice", "other")
TABLES = ("network", "design", "risk", "robustness")


def faults(scale: float) -> dict[str, Any]:
    by_cause = dict(zip(CAUSES, np.round(scale * np.array([1, 0, 30, 50, 0, 9]) / 1000, 6).tolist(), strict=True))
    known = sum(by_cause.values())
    return {
        "length_km": 360.5, "cost_usd": 9.87e6 / scale, "faults_per_year": known,
        "faults_at_most_per_year": known + 0.0125, "faults_at_most_per_1000km_year": 1000 * (known + 0.0125) / 360.5,
        "by_cause_per_year": by_cause, "by_cause_at_most_per_year": by_cause,
        "unknown_km": 3.4, "repair_days_per_year": 2.25, "repair_usd_per_year": 91234.0,
        "present_value_usd": 11.11e6,
    }  # fmt: skip


def network(name: str) -> tuple[dict[str, list[dict[str, Any]]], AnalysisResult]:
    places = {
        "b": (80.4, 44.2, "border"),
        "a": (*ENDS[1], "landing"),
        "s": (*ENDS[0], "landing"),
        "r": (50.0, 51.2, "border"),
    }
    legs = [
        ("land", "railway", "b", "a", 3000.2),
        ("sea", "subsea", "a", "s", 364.4),
        ("north", "highway", "b", "r", 2900.0),
    ]
    paths = [("china-az", "China – Azerbaijan", ["land", "sea"]), ("china-ru", "China – Russia", ["north"])]
    by_leg = {leg[0]: leg for leg in legs}

    def of_kind(wanted: list[str], kind: str) -> float:
        return sum(by_leg[leg][4] for leg in wanted if by_leg[leg][1] == kind)

    rows = {
        "network_nodes": [
            {"node_id": key, "name": f"{name} {key}", "country": "KZ", "kind": kind, "geometry": Point(lon, lat)}
            for key, (lon, lat, kind) in places.items()
        ],
        "network_legs": [
            {
                "leg_id": leg, "kind": kind, "from_node": start, "to_node": end, "length_km": length_km,
                "uncertainty_km": 90.0, "paths": "some", "geometry": LineString([places[start][:2], places[end][:2]]),
            }
            for leg, kind, start, end, length_km in legs
        ],
        "network_paths": [
            {
                "path_id": path, "name": f"{name} {path}", "branch": branch, "from_node": "b", "to_node": "s",
                "legs": ", ".join(wanted), "length_km": sum(by_leg[leg][4] for leg in wanted),
                **{f"{kind}_km": of_kind(wanted, kind) for kind in ("subsea", "railway", "highway", "given")},
                "uncertainty_km": 113.0, "geodesic_km": 2545.4, "cable_km": 3412.8, "amplifiers": 38,
                "fibre_ms": 16.711, "amplifiers_ms": 0.0057, "equipment_ms": 0.102, "one_way_ms": 16.82,
                "round_trip_ms": 33.64, "status": "ASSUMED", "geometry": LineString([places["b"][:2], places["s"][:2]]),
            }
            for path, branch, wanted in paths
        ],
    }  # fmt: skip
    return rows, AnalysisResult(figures={"paths": []}, notes=(f"a note of {name}",))


def design(name: str) -> tuple[dict[str, list[dict[str, Any]]], AnalysisResult]:
    lines = {"main": LineString(ENDS), "reserve": LineString(ENDS + np.array((0.5, -0.1)))}
    points = [
        ("apart-0", 0.0, 30.11, 757.6, 0.0),
        ("apart-40", 40.0, 40.62, 766.9, 0.0123),
        ("apart-50", 50.0, None, 785.1, 0.0363),
    ]
    curve = [
        {
            "point_id": point, "separation_asked_km": asked, "separation_reached_km": reached, "cost_km": cost,
            "cost_base_usd": 1e5 * cost, "excess": excess, "lower_bound_km": cost - 5, "gap": 0.0088,
            "certain_lower_bound_km": None, "certain_gap": None,
            "systems": {key: {"length_km": 361.3, "cost_km": 383.0, "excess": excess} for key in lines},
            "shared_km": {
                "main+reserve": {
                    "anchor": "insufficient information",
                    "earthquake": {
                        "main": {"length_km": 6.71, "outside_zones_km": 0.52},
                        "reserve": {"length_km": 17.53, "outside_zones_km": 2.34},
                    },
                }
            },
        }
        for point, asked, reached, cost, excess in points
    ]  # fmt: skip
    figures = {
        "status": "DERIVED",
        "rules": {"landing_zone_km": 15.0, "min_separation_km": 40.0, "source": name, "status": "ASSUMED"},
        "systems": list(lines), "chosen": "apart-40", "knee": "apart-0", "curve": curve,
        "impossible": [{"separation_km": 90.0, "reason": f"no room {name}"}],
        "branching": {
            "trunk": "main", "third_landing": "turkmenbashi",
            "rules": {"price_km": 40.0, "min_depth_m": 50.0, "source": name, "status": "ASSUMED"},
            "ways": [
                {
                    "way": way, "cost_km": cost, "saving": saving, "length_km": 687.2, "cable_km": cable,
                    "cost_low_usd": 9e6, "cost_base_usd": 12345678.9, "cost_high_usd": 15e6, "cost_status": "ASSUMED",
                    "laid_usd": 16835422.0, "unit": unit, "crossings_of_other_systems": 2, "status": "DERIVED",
                }
                for way, cost, saving, cable, unit in (
                    ("best place", 849.5, 0.0217, 693.24, {"lon_deg": 50.9083, "lat_deg": 41.275}),
                    ("separate", 868.3, 0.0, None, None),
                )
            ],
        },
    }  # fmt: skip
    rows = {
        "design_routes": [
            {
                "route_id": f"{point}/{key}", "point_id": point, "system_id": key, "chosen": point == "apart-40",
                "separation_asked_km": asked, "length_km": 361.3, "geometry": line,
            }
            for point, asked, *_ in points
            for key, line in lines.items()
        ],
        "shared_hazards": [
            {
                "shared_id": "x", "point_id": "apart-40", "system_id": "main", "other_system_id": "reserve",
                "kind": "earthquake", "name": name, "length_km": 6.71, "geometry": MultiLineString([ENDS]),
            }
        ],
        "branching_units": [
            {
                "unit_id": "u", "way": "best place", "trunk": "main", "third_landing": "t", "source": "s",
                "geometry": Point(50.9, 42),
            }
        ],
        "branch_legs": [
            {
                "leg_id": way, "way": way, "from_place": "unit", "to_landing": name, "length_km": 200.0,
                "geometry": LineString([(50.9, 42), ENDS[1]]),
            }
            for way in ("best place", "separate")
        ],
    }  # fmt: skip
    return rows, AnalysisResult(figures=figures, notes=("planned together",))


def risk(name: str) -> tuple[dict[str, list[dict[str, Any]]], AnalysisResult]:
    points = [(5.55, 0.52), (8.27, 0.0727), (11.8, 0.031), (15.2, 0.0247)]
    front = [
        {
            "point_id": f"main/{rank + 1}", "system_id": "main", "rank": rank + 1, "cost_usd": cost * 1e6,
            "faults_per_year": faulty, "faults_at_most_per_year": faulty, "repair_days_per_year": 1.97,
            "faults_low_per_year": faulty / 3, "faults_high_per_year": 2 * faulty,
            "repair_usd_per_year": 88747.0, "present_value_usd": 9.52e6, "is_knee": rank == 1,
            "is_lowest_present_value": rank == 2, "length_km": 368.2, "da_km": 10.0, "status": "ASSUMED",
            "geometry": LineString(ENDS),
        }
        for rank, (cost, faulty) in enumerate(points)
    ]  # fmt: skip
    figures = {
        "status": "ASSUMED", "source": name, "causes": list(CAUSES), "not_modelled": {"ice": f"no data of {name}"},
        "present_value": {"service_years": 25.0, "discount_rate": 0.05},
        "routes": {"main": faults(1.0)},
        "fronts": {
            "main": {
                "points": 4, "routes_sought": 5, "gap": 0.001, "cheapest": faults(5.0), "knee": faults(0.9),
                "lowest_present_value": faults(0.8), "lowest_faults": faults(0.3),
            }
        },
    }  # fmt: skip
    return {"risk_front": front}, AnalysisResult(figures=figures)


def robustness(name: str) -> tuple[dict[str, list[dict[str, Any]]], AnalysisResult]:
    share = np.zeros(GRID.shape, np.float32)
    share[20:70, 15:25] = np.linspace(0.02, 1.0, 50, dtype=np.float32)[:, None]
    ranks = [
        {
            "candidate_id": f"main/{candidate}", "system_id": "main", "candidate": candidate, "best_share": best,
            "best_low": best - 0.05, "best_high": best + 0.08, "closed_share": 0.0, "excess_median": 0.0016,
            "status": "DERIVED",
        }
        for candidate, best in (("route", 0.7), ("alternative 1", 0.3))
    ]  # fmt: skip
    flips = [
        {
            "flip_id": f"main/{criterion}/{step}", "system_id": "main", "criterion": criterion, "step": step,
            "flips": factor is not None, "factor": factor, "held_at": held, "status": "DERIVED",
        }
        for criterion, step, factor, held in (
            ("depth", "up", 1.61, 1.5), ("depth", "down", 0.25, 0.3), ("depth", "off", 0.0, 1.0),
            ("no_go", "up", None, None), ("no_go", "down", None, None), ("no_go", "off", None, None),
        )
    ]  # fmt: skip
    row = {
        "system_id": "main", "samples": 30, "without_route": 1, "near_km": 10.0, "near_share": 0.7, "near_low": 0.521,
        "near_high": 0.833, "best_share": 0.7, "off_median_km": 4.2,
        "length_p05_km": 359.0, "length_p25_km": 359.3, "length_p50_km": 359.5, "length_p75_km": 364.1,
        "length_p95_km": 365.6, "cost_p05_usd": 8.80e6, "cost_p25_usd": 8.8e6, "cost_p50_usd": 8.81e6,
        "cost_p75_usd": 8.9e6, "cost_p95_usd": 8.95e6,
        "ranks": ranks, "flips": flips, "status": "DERIVED",
    }  # fmt: skip
    figures = {
        "samples": 30, "seed": 7, "near_km": 10.0, "grid_step_arcsec": 120.0, "status": "DERIVED",
        "systems": {"main": row},
    }  # fmt: skip
    surface = Surface("route_probability_main", share, f"share of samples {name}", "1", "probability")
    rows = {"rank_acceptability": [rank | {"geometry": LineString(ENDS)} for rank in ranks]}
    return rows, AnalysisResult(figures=figures, surfaces=(surface,), notes=("how sure",))


def published(name: str) -> dict[str, list[dict[str, Any]]]:
    figures = [
        {
            "figure_id": "p", "what": f"length {name}", "quantity": "length_km", "unit": "km", "of": "china-az",
            "name": f"{name} China", "published": 2800.0, "published_to": None, "tolerance": 50.0, "counts": None,
            "former": False, "ours": 3364.6, "ours_counts": "line", "uncertainty": 113.0, "difference": 564.6,
            "verdict": "not consistent", "holds_as": None, "explanation": f"It differs because of {name}.",
            "remarks": "its ends are not named", "source": f"paper {name}", "status": "REAL", "ours_status": "DERIVED",
        },
        {
            "figure_id": "q", "what": "capacity", "quantity": "capacity_tbit_s", "unit": "Tbit/s", "of": None,
            "name": None, "published": 4.0, "published_to": 6.0, "tolerance": 0.5, "counts": None, "former": False,
            "ours": None, "ours_counts": None, "uncertainty": None, "difference": None, "verdict": "cannot be told",
            "holds_as": None, "explanation": "Nothing computes it.", "remarks": None, "source": "s", "status": "REAL",
            "ours_status": None,
        },
    ]  # fmt: skip
    return {"figures": figures, "branches": []}


NOTHING_PUBLISHED: dict[str, list[dict[str, Any]]] = {"figures": [], "branches": []}
MAKE = {"network": network, "design": design, "risk": risk, "robustness": robustness}


def page(tables: tuple[str, ...] = TABLES, name: str = "Main", **changes: Any) -> SystemPage:
    found = layers(name)
    results = {}
    for table in tables:
        rows, results[table] = MAKE[table](name)
        found |= {layer: frame(LAYERS[layer], records) for layer, records in rows.items()}
    study = load_study(SILK_WAY, {})
    first = first_page(study, found, (ADVICE, FINDINGS), results)
    whole = SystemPage(ABOUT, study, found, GRID, results, published(name), first)
    return replace(whole, **changes)


def text_of(tmp_path: Path, wanted: SystemPage) -> str:
    write_system_page(tmp_path / "system.html", wanted)
    return (tmp_path / "system.html").read_text(encoding="utf-8")


def drawn(text: str, name: str) -> ET.Element:
    """The chart of this name."""
    (found,) = [svg for svg in re.findall(r"<svg .*?</svg>", text, re.S) if f'id="{name}"' in svg.split(">", 1)[0]]
    return ET.fromstring(found)


def scale_of(svg: ET.Element, axis: str, *, is_log: bool = False) -> Any:
    """From values to places, as the ticks of an axis have it."""
    ticks = [one for one in svg.iter("text") if one.get("class") == f"tick {axis}"]
    values = [float((one.text or "").replace(",", "").replace("\u2212", "-")) for one in ticks]
    # names of an y axis stand a little under their line
    places = [float(one.get(axis) or "nan") - (4.5 if axis == "y" else 0.0) for one in ticks]
    assert len(values) >= 2
    seen = np.log(values) if is_log else np.asarray(values)
    slope, start = np.polyfit(seen, places, 1)
    return lambda value: float(slope * (math.log(value) if is_log else value) + start)


def marks_of(svg: ET.Element) -> dict[str, tuple[float, float]]:
    """Where the points of a chart stand, by their ids."""
    found = {}
    for one in svg.iter("g"):
        if one.get("data-point"):
            left, top = (one.get("transform") or "").removeprefix("translate(").removesuffix(")").split(",")
            found[one.get("data-point") or ""] = (float(left), float(top))
    return found


def cells_of(text: str) -> set[str]:
    """What stands in the cells of the tables."""
    return {re.sub("<.*?>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", text, re.S)}


def test_every_figure_of_the_findings_is_there(tmp_path: Path) -> None:
    text = text_of(tmp_path, page())
    cells, said = cells_of(text), Parts(text).text
    for figures in (
        ("3,365", "113", "364", "3,000", "2,545", "3,413", "16.711", "0.0057", "0.102", "16.82", "33.64"),
        (
            "2,800 km ± 50 km",
            "3,365 ± 113 km",
            "+564.6 km",
            "not consistent",
            "length Main, Main China: It differs because of Main. (its ends are not named)",
        ),
        ("4 Tbit/s to 6 Tbit/s ± 0.5 Tbit/s", "cannot be told", "paper Main", "insufficient information"),
        ("30.1", "40.6", "757.6", "766.9", "1.23%", "0.88%", "361.3", "none outside the zones"),
        ("6.7", "17.5", "0.5", "2.3", "849.5", "868.3", "2.2%", "687.2", "693.2", "12,345,678.90", "16,835,422"),
        ("41.2750° N, 50.9083° E", "5,550,000", "0.5200", "0.0727", "88,747", "9,520,000", "368.2", "knee"),
        ("9.87", "0.0010", "0.0300", "0.0500", "0.0090", "0.0900", "0.1025", "3.4", "91,234", "11.11"),
        ("70.0%", "52.1% to 83.3%", "4.2", "359.0", "359.5", "365.6", "8.80", "8.95"),
        ("30.0%", "25.0% to 38.0%", "0.16%", "1.61", "0.25", "stays", "leaves"),
    ):
        assert not set(figures) - cells
    for words in (
        "a note of Main", "planned together", "how sure", "Author 2009", "© OpenStreetMap contributors",
        "no room Main", "no data of Main", "30 samples, seed 7",
    ):  # fmt: skip
        assert words in said, words


def test_every_table_says_what_its_figures_are(tmp_path: Path) -> None:
    """By its caption, or row by row."""
    text = text_of(tmp_path, page())
    tables = re.findall(r'<figure class="table".*?</figure>', text, re.S)
    assert len(tables) > 12
    for table in tables:
        assert re.search(r'class="label (real|derived|assumed)"', table) or "shown" in table, table[:200]
    pictures = re.findall(r'<figure class="picture.*?</figcaption>', text, re.S)
    assert len(pictures) > 10
    assert all('class="label' in picture for picture in pictures)


@pytest.mark.parametrize("tables", [*itertools.combinations(TABLES, 1), ("design", "robustness"), TABLES], ids="-".join)
def test_a_section_stands_only_where_something_was_found(tmp_path: Path, tables: tuple[str, ...]) -> None:
    text = text_of(tmp_path, page(tables))
    wanted = {
        "network": ["network", "branches"], "design": ["design", "branching"], "risk": ["risk"],
        "robustness": ["robustness"],
    }  # fmt: skip
    sections = re.findall(r'<section class="part" id="([^"]*)"', text)
    assert sections == [*(section for table in TABLES if table in tables for section in wanted[table]), "published"]
    for section in sections:
        assert f'<a href="#{section}">' in text
    for body in re.findall(r'<section class="part.*?</section>', text, re.S):
        assert "<figure" in body
    assert "[network]" not in text or "network" in tables


def test_findings_with_nothing_in_them_leave_no_section(tmp_path: Path) -> None:
    bare = page(())
    empty = AnalysisResult(figures={"paths": []})
    no_samples = AnalysisResult(
        figures={"samples": 0, "seed": 1, "near_km": 1.0, "grid_step_arcsec": 1.0, "status": "DERIVED", "systems": {}}
    )
    text = text_of(
        tmp_path, replace(bare, published=NOTHING_PUBLISHED, results={"network": empty, "robustness": no_samples})
    )
    assert '<section class="part"' not in text
    assert has_system_page({"network": empty})
    assert not has_system_page({})


def test_what_is_not_known_is_said_to_be_so(tmp_path: Path) -> None:
    """Not one sample had a route: there are no quantiles at all."""
    found = robustness("Main")[1]
    row = {key: value for key, value in found.figures["systems"]["main"].items() if "_p" not in key}
    row |= {"near_share": None, "near_low": None, "near_high": None, "best_share": None, "off_median_km": None}
    figures = {**found.figures, "systems": {"main": row}}
    nowhere = replace(found.surfaces[0], array=np.full(GRID.shape, np.nan, np.float32))
    whole = page(("robustness",))
    text = text_of(
        tmp_path, replace(whole, results={"robustness": replace(found, figures=figures, surfaces=(nowhere,))})
    )
    for name in ("near-shares", "length-quantiles"):
        assert "insufficient information" in "".join(drawn(text, name).itertext())
    assert "insufficient information" in cells_of(text)
    assert Parts(text).text.count("insufficient information") > 10
    assert not re.search(r"\bnan\b", Parts(text).text, re.I)


def test_points_of_the_front_stand_where_the_figures_say(tmp_path: Path) -> None:
    text = text_of(tmp_path, page())
    svg = drawn(text, "front-0")
    at_x, at_y, marks = scale_of(svg, "x"), scale_of(svg, "y"), marks_of(svg)
    rows, found = risk("Main")
    assert len(marks) == len(rows["risk_front"]) + 1
    engineered = found.figures["routes"]["main"] | {"point_id": "engineered"}
    for row in [*rows["risk_front"], engineered]:
        wanted = (at_x(row["cost_usd"] / 1e6), at_y(row["faults_at_most_per_year"]))
        assert marks[row["point_id"]] == pytest.approx(wanted, abs=0.05)
    words = [one.text for one in svg.iter("text")]
    assert {"knee", "engineered route"} <= set(words)


def test_points_of_the_separation_stand_where_the_figures_say(tmp_path: Path) -> None:
    svg = drawn(text_of(tmp_path, page()), "separation-curve")
    at_x, at_y, marks = scale_of(svg, "x"), scale_of(svg, "y"), marks_of(svg)
    shown = [one for one in design("Main")[1].figures["curve"] if one["separation_reached_km"] is not None]
    assert set(marks) == {one["point_id"] for one in shown}
    for one in shown:
        assert marks[one["point_id"]] == pytest.approx(
            (at_x(one["separation_reached_km"]), at_y(one["cost_km"])), abs=0.05
        )


def test_bars_are_as_long_as_the_figures_say(tmp_path: Path) -> None:
    text = text_of(tmp_path, page())
    svg = drawn(text, "path-lengths")
    at = scale_of(svg, "x")
    (bar,) = [one for one in svg.iter("g") if one.get("data-path") == "china-az"]
    parts = {one.get("data-kind"): (float(one.get("x") or 0), float(one.get("width") or 0)) for one in bar.iter("rect")}
    assert parts["subsea"] == pytest.approx((at(0), at(364.4) - at(0)), abs=0.05)
    assert parts["railway"] == pytest.approx((at(364.4), at(3364.6) - at(364.4)), abs=0.05)
    published = [
        one for one in svg.iter("g") if "published: 2,800 km" in "".join(one.itertext()) and one.get("transform")
    ]
    assert [(one.get("transform") or "").split("(")[1].split(",")[0] for one in published] == [f"{at(2800):.2f}"]

    svg = drawn(text, "near-shares")
    at = scale_of(svg, "x")
    (bar,) = [one for one in svg.iter("g") if one.get("data-row") == "main"]
    (box,) = bar.iter("rect")
    assert float(box.get("x") or 0) + float(box.get("width") or 0) == pytest.approx(at(70), abs=0.05)
    (whisker,) = list(bar.iter("path"))
    ends = [float(value) for value in re.findall(r"M(-?[\d.]+),", whisker.get("d") or "")]
    assert (min(ends), max(ends)) == pytest.approx((at(52.1), at(83.3)), abs=0.05)

    svg = drawn(text, "fault-causes")
    at = scale_of(svg, "x")
    (bar,) = [one for one in svg.iter("g") if one.get("data-route") == "main: engineered"]
    boxes = list(bar.iter("rect"))
    assert len(boxes) == 5  # the causes that have any, and what is not known
    last = boxes[-1]
    assert float(last.get("x") or 0) + float(last.get("width") or 0) == pytest.approx(at(0.1025), abs=0.05)


def test_the_tornado_is_logarithmic(tmp_path: Path) -> None:
    svg = drawn(text_of(tmp_path, page()), "tornado-0")
    at = scale_of(svg, "x", is_log=True)
    bars = {one.get("data-flip"): one for one in svg.iter("rect") if one.get("data-flip")}
    up, down = bars["main/depth/up"], bars["main/depth/down"]
    assert float(up.get("x") or 0) == pytest.approx(at(1.0), abs=0.05)
    assert float(up.get("width") or 0) == pytest.approx(at(1.61) - at(1.0), abs=0.05)
    assert float(down.get("x") or 0) == pytest.approx(at(0.25), abs=0.05)
    assert bars["main/no_go/up"].get("fill") == "#ffffff"  # stays: open
    assert float(bars["main/no_go/up"].get("height") or 0) < float(up.get("height") or 0)
    assert [one.text for one in svg.iter("text") if one.text in ("leaves", "stays")] == ["leaves", "stays"]


def test_branches_are_told_apart_by_letter_too(tmp_path: Path) -> None:
    svg = drawn(text_of(tmp_path, page()), "network-map")
    assert {one.get("data-branch") for one in svg.iter("path") if one.get("data-branch")} == {
        "China – Azerbaijan",
        "China – Russia",
    }
    assert {one.text for one in svg.iter("text") if one.get("class") == "letter"} == {"A", "B"}
    assert {one.get("data-leg") for one in svg.iter("path") if one.get("data-leg")} == {"land", "sea", "north"}


def test_what_is_text_stays_text(tmp_path: Path) -> None:
    text = text_of(tmp_path, page(name=HOSTILE, about=replace(ABOUT, title=HOSTILE)))
    parts = Parts(text)
    assert not [tag for tag, _ in parts.tags if tag == "img"]
    assert len(re.findall("<script", text)) == 1
    assert "<img src=x onerror=alert(1)>" in parts.text
    assert not [a for _, a in parts.tags if "style" in a or any(name.startswith("on") for name in a)]


def test_it_asks_nothing_of_anybody_and_leads_back_to_the_report(tmp_path: Path) -> None:
    text = text_of(tmp_path, page())
    targets = [
        attributes[name] or ""
        for _, attributes in Parts(text).tags
        for name in ("src", "href", "xlink:href", "action", "data")
        if attributes.get(name)
    ]
    assert [target for target in targets if not target.startswith(("#", "data:"))] == ["report.html"]
    ids = [attributes["id"] for _, attributes in Parts(text).tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in targets if target.startswith("#")} <= set(ids)
    (policy,) = [a["content"] or "" for tag, a in Parts(text).tags if tag == "meta" and "http-equiv" in a]
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.S)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    assert "default-src 'none'" in policy
    assert all(f"'{integrity(part)}'" in policy for part in (script, style))


def test_the_same_values_give_the_same_page(tmp_path: Path) -> None:
    assert text_of(tmp_path, page()) == text_of(tmp_path, page())


def test_columns_of_the_tables_exist() -> None:
    for layer, columns in (
        ("network_paths", PATH_COLUMNS),
        ("network_paths", DELAY_COLUMNS),
        ("risk_front", FRONT_COLUMNS),
        ("availability", SERVICE_COLUMNS),
        ("spare_stock", STOCK_COLUMNS),
        ("burial_sections", burial_page.SECTIONS),
        ("anchor_strikes", burial_page.STRIKES),
        ("burial_tools", burial_page.TOOLS),
        ("burial_data", burial_page.DATA),
    ):
        assert {column.field for column in columns} <= set(LAYERS[layer].field_names)
    assert {column.field for column in LINK_COLUMNS} - {"chosen"} <= set(LAYERS["link_designs"].field_names)
    assert set(TABLES) | {"constraints", "prices", "link", "burial", "permits", "survey", "installation"} == {
        layer.asked_by for layer in PUBLISHED if layer.asked_by
    }


places = st.tuples(st.floats(60, 940), st.floats(60, 540))


@settings(max_examples=30, deadline=None)
@given(st.lists(places, min_size=1, max_size=12, unique_by=lambda at: (round(at[0] / 50), round(at[1] / 50))))
def test_names_lie_on_no_other_name_and_on_no_mark(found: list[tuple[float, float]]) -> None:
    whole = Box(0, 0, 1000, 600)
    placed = place_names(np.array(found), ["Kyzylorda"] * len(found), 14.0, whole)
    clear = [one for one in placed if one.is_clear]
    assert len(clear) >= 0.9 * len(placed)
    for one, other in itertools.combinations(clear, 2):
        assert not one.box.meets(other.box)
    for one in clear:
        assert min(one.box.left, one.box.top) >= 0
        assert one.box.right <= 1000
        assert one.box.bottom <= 600
        for x, y in found:
            assert not one.box.meets(Box(x - MARK, y - MARK, x + MARK, y + MARK))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.booleans())
def test_a_scale_holds_its_values_and_has_round_ticks(values: list[float], from_zero: bool) -> None:
    scale = covering(values, 100.0, 500.0, from_zero=from_zero)
    for value in values:
        assert 100 - 1e-6 <= scale.at(value) <= 500 + 1e-6
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 13
    assert [scale.at(tick) for tick in ticks] == sorted(scale.at(tick) for tick in ticks)


def test_ticks_of_a_logarithmic_scale() -> None:
    assert log_ticks(0.1, 10.0) == pytest.approx([0.1, 0.2, 0.5, 1, 2, 5, 10])
    assert log_ticks(1e-3, 1e3) == pytest.approx([1e-3, 1e-2, 1e-1, 1, 10, 100, 1000])
    assert Scale(0.1, 10.0, 0.0, 100.0, is_log=True).at(1.0) == pytest.approx(50.0)
    assert [figure(value) for value in (0.1 + 0.2, -2500.0, 1e6)] == [
        "0.3",
        "−2,500",
        "1,000,000",
    ]
