"""What a reader in a hurry sees of both pages: what to do, the options in one table, a map, and the first findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
from markupsafe import Markup

from transcaspian.core.cost_range import COST_COLUMNS
from transcaspian.core.findings import Advice, AnalysisResult, Finding
from transcaspian.core.frames import of_system
from transcaspian.core.styles import system_colours
from transcaspian.core.svg import as_html
from transcaspian.report.page.chart_map import Layers, Mercator, widened
from transcaspian.report.page.content import NONE, Column, Table, records_table, shown
from transcaspian.report.page.sea_map import WIDTH, bounds_of, draw_landings, draw_line, landings_at_ends, sea_svg
from transcaspian.study import Study

OPTION = "option"
FIRST = 5
"""So many findings stand on the first page."""
MAX_HEIGHT = 0.62
"""Of the map, in its widths."""
FINDING_COLUMNS = (
    Column("severity"),
    Column("subject", "system", empty=NONE),
    Column("sentence", "finding"),
    Column("place", "at", empty=NONE),
    Column("action", "what to do"),
    Column("source"),
    Column("status"),
)


@dataclass(frozen=True)
class FirstPage:
    """What stands first.

    Attributes
    ----------
    advice
        What is recommended of each system.
    colours
        Of the systems, by their ids.
    options
        A row for each line and design that could be built.
    map
        SVG of the routes; empty where the run has none.
    findings
        Those of the first page, the most severe first.
    all_findings
        Every one, as a table.
    """

    advice: tuple[Advice, ...]
    colours: Mapping[str, str]
    options: Table
    map: Markup
    findings: tuple[Finding, ...]
    all_findings: Table


def first_page(
    study: Study,
    layers: Layers,
    said: tuple[Sequence[Advice], Sequence[Finding]],
    results: Mapping[str, AnalysisResult],
) -> FirstPage:
    """The first page of a run.

    Parameters
    ----------
    study
        The study as it was run.
    layers
        The published layers by name.
    said
        What is recommended, and the findings in their rank.
    results
        What analyses gave, by their names.

    Returns
    -------
    FirstPage
        Tables, map and sentences, as they stand in ``report.html`` and ``system.html``.
    """
    advice, findings = said
    rows = [vars(item) | {"subject": item.subject or None, "place": str(item.place or "") or None} for item in findings]
    return FirstPage(
        advice=tuple(advice),
        colours=system_colours(list(layers["routes"]["system_id"])),
        options=options_table(study, layers, results),
        map=Markup(as_html(overview(layers)) if len(layers["routes"]) else ""),
        findings=tuple(findings[:FIRST]),
        all_findings=records_table(f"All findings ({len(rows)})", FINDING_COLUMNS, rows),
    )


def options_table(study: Study, layers: Layers, results: Mapping[str, AnalysisResult]) -> Table:
    """A row for each line and design that could be built: the routes, their alternatives, and what analyses add."""
    added: dict[str, dict[str, str]] = {}
    for found in results.values():
        for option, figures in found.options.items():
            added.setdefault(option, {}).update(figures)
    records = list(option_records(study.cost.base_cost_usd_per_km, layers, added))
    headings = list(dict.fromkeys(heading for record in records for heading in record))
    note = (
        "NAME: the route as published; NAME/1: its first alternative, with legs by the same rules. Lengths and costs "
        "are from beach manhole to beach manhole."
    )
    columns = [Column(OPTION), *(Column(name, empty=NONE, is_figure=True) for name in headings if name != OPTION)]
    return records_table("Options", columns, [dict.fromkeys(headings) | record for record in records], "DERIVED", note)


def option_records(
    usd_per_km: float, layers: Layers, added: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, str | None]]:
    """The rows by the headings of their figures, system by system.

    Parameters
    ----------
    usd_per_km
        Base price.
    added
        Figures that analyses give, by option.
    """
    for route in layers["routes"].to_dict("records"):
        system_id = str(route["system_id"])
        rows = {system_id: line_record(route, usd_per_km)}
        beaches_km = route["from_shore_km"] + route["to_shore_km"]
        for other in of_system(layers["alternatives"], system_id).to_dict("records"):
            whole = other | {"length_km": other["length_km"] + beaches_km}
            rows[str(other["alternative_id"])] = line_record(whole, usd_per_km, other["excess"])
        further: dict[str, dict[str, str | None]] = {
            option: {} for option in added if option.startswith(f"{system_id}/") and option not in rows
        }
        for option, figures in (rows | further).items():
            yield {OPTION: option, **figures, **added.get(option, {})}


def line_record(line: Mapping[str, Any], usd_per_km: float, excess: float | None = None) -> dict[str, str | None]:
    """Figures of a line: its length, its friction cost against that of the route, and its cost by the cost book.

    Without a cost book, what its length costs at the base price.
    """
    record = {"km": f"{line['length_km']:.1f}", "against the route": None if excess is None else shown(excess, "+.1%")}
    if pd.isna(line["cost_base_usd"]):
        return record | {"base price, MUSD": f"{line['length_km'] * usd_per_km / 1e6:.2f}"}
    low, base, high = (f"{line[name] / 1e6:.1f}" for name in COST_COLUMNS)
    return record | {"cost book, MUSD": f"{base} ({low}\u2013{high})"}


def overview(layers: Layers) -> ET.Element:
    """Land, water, routes in the colours of the systems, and alternatives as thin dashes."""
    routes, others = layers["routes"], layers["alternatives"]
    west, south, east, north = widened([*map(float, bounds_of(routes, others))], MAX_HEIGHT)
    frame = Mercator(west, south, east, north, WIDTH)
    names = ", ".join(map(str, routes["name"]))
    root = sea_svg("overview", f"Overview map of {names}", frame, layers, look="overview")
    colours = system_colours(list(routes["system_id"]))
    for row in others.itertuples(index=False):
        looks = {"stroke": colours[row.system_id], "stroke_width": 1.2, "class_": "line dash"}
        draw_line(root, frame, row.geometry, str(row.alternative_id), **looks)
    for row in routes.itertuples(index=False):
        draw_line(
            root, frame, row.geometry, str(row.name), stroke=colours[row.system_id], stroke_width=3, class_="line"
        )
    draw_landings(root, frame, landings_at_ends(layers, routes), list(routes.geometry))
    return root
