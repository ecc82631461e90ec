"""Every sentence that compares says with what: the published route, not the path that it follows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from transcaspian.core.layer_catalogue import all_layers
from transcaspian.report.page.content import SYSTEM_TABLES

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "pipeline" / "transcaspian" / "report" / "page"
TOLD = sorted(
    path
    for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *PAGES.glob("*.j2"), *PAGES.glob("*.py")]
    if path.name not in ("tutorial.md", "compatibility.md", "glossary.md", "survey-and-installation.md")
)
COLUMNS = {
    ("cost_tolerance_zones", "excess_limit"): "the layer routes",
    ("cost_tolerance_zones", "cheaper_km2"): "the layer routes",
    ("cost_tolerance_zones", "mean_width_km"): "the route",
    ("alternatives", "excess"): "the layer routes",
    ("alternatives", "rank"): "the route",
    ("routes", "engineering_excess"): "that of the path",
}
"""What the meaning of a column names."""
LAYERS = {
    "alternatives": "the published route",
    "cost_tolerance_zones": "the published route",
}
TABLES = {
    "alternatives": "the route",
    "cost_tolerance_zones": "the published route",
}
CORRIDOR = re.compile(r"(?<!survey )(?<!cables of one )corridor", re.I)
"""In no meaning of the trade."""
SAID_OF = re.compile(r"retired|old name|corridor_id|survey", re.I)
"""Beside the word: of an old name, or of the strip that a survey ship maps."""


@pytest.mark.parametrize(("layer", "column"), COLUMNS, ids="-".join)
def test_a_column_that_compares_names_what_with(layer: str, column: str) -> None:
    (field,) = [field for field in all_layers()[layer].fields if field.name == column]
    assert COLUMNS[layer, column] in field.meaning


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_beside_the_route_names_it(layer: str) -> None:
    assert LAYERS[layer] in all_layers()[layer].meaning
    assert "least-cost path" not in all_layers()[layer].meaning


@pytest.mark.parametrize("layer", TABLES)
def test_a_table_of_the_report_names_what_it_compares_with(layer: str) -> None:
    (note,) = [note for name, _, note, _ in SYSTEM_TABLES if name == layer]
    assert TABLES[layer] in note
    assert "least-cost path" not in note


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.name)
def test_a_corridor_is_that_of_a_survey(path: Path) -> None:
    """What was called so otherwise is a cost-tolerance zone, or the waters in which a permit holds: a permit zone."""
    lines = path.read_text(encoding="utf-8").splitlines()
    named = [(number, line) for number, line in enumerate(lines, 1) if CORRIDOR.search(line)]
    assert not [item for item in named if not SAID_OF.search(" ".join(lines[max(0, item[0] - 20) : item[0] + 2]))]


@pytest.mark.parametrize("path", [path for path in TOLD if path.suffix == ".j2"], ids=lambda path: path.name)
def test_the_gap_is_that_of_the_published_route(path: Path) -> None:
    text = " ".join(path.read_text(encoding="utf-8").split())
    for sentence in re.findall(r"Gap: [^.]*\.", text):
        assert "the published route" in sentence
