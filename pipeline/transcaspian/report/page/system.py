"""The page of the whole system: what the optional stages of a run found, section by section, in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcaspian.analyses.network import charts as chart_network
from transcaspian.analyses.robustness import charts as chart_sureness
from transcaspian.core.findings import Findings
from transcaspian.core.grid import Grid
from transcaspian.export import Description
from transcaspian.report.page import chart_crossing, chart_curves, system_tables
from transcaspian.report.page.chart_map import Layers
from transcaspian.report.page.content import assumptions_table, sources_table
from transcaspian.report.page.parts import Block, Picture, Section
from transcaspian.report.page.report_page import resolution_km
from transcaspian.report.page.shell import rendered
from transcaspian.study import Study

OSM_CREDIT = "Ways on land: © OpenStreetMap contributors, Open Database License (ODbL) 1.0."


@dataclass(frozen=True)
class SystemPage:
    """All that the page tells.

    Attributes
    ----------
    layers
        The published layers by name, those of the optional stages too.
    findings
        What the optional stages found, by their names.
    report
        Name of the file of the run's own report, which stands beside this one.
    """

    about: Description
    study: Study
    layers: Layers
    grid: Grid
    findings: Mapping[str, Findings]
    report: str = "report.html"


def write_system_page(path: Path, page: SystemPage) -> None:
    """Write the page; the same values give the same bytes."""
    path.write_bytes(system_html(page).encode())  # as it is: another line end would change the hashes of the policy


def system_html(page: SystemPage) -> str:
    """The whole page."""
    notes = [(name, note) for name, found in page.findings.items() for note in found.notes]
    sections = [section for section in sections_of(page) if section.blocks]
    return rendered(
        "system.html.j2",
        ("report.css", "system.css"),
        "system.js",
        about=page.about,
        report=page.report,
        sections=sections,
        notes=notes,
        given=system_tables.given_table(page.study, [name for name in SECTIONS if name in page.findings]),
        sources=sources_table(page.about),
        assumptions=assumptions_table(page.study),
        resolution_km=resolution_km(page.about),
    )


def sections_of(page: SystemPage) -> Iterator[Section]:
    """The sections whose findings are there, in the order they are read."""
    for name, sections in SECTIONS.items():
        if name in page.findings:
            yield from sections(page, page.findings[name])


def network_sections(page: SystemPage, found: Findings) -> Iterator[Section]:
    """The corridor, and its branches beside what was published."""
    layers, published = page.layers, found.figures["published"]
    nodes, legs, paths = (layers[name] for name in ("network_nodes", "network_legs", "network_paths"))
    if len(nodes):
        on_land = legs["kind"].isin(["railway", "highway"]).any()
        drawn = Picture(
            "Corridor",
            chart_network.corridor_svg(layers),
            chart_network.corridor_keys(layers),
            "Mercator. Only the shoreline of the study's own sea is drawn. Thin legs are on no path. Names that find "
            "no room are in the map of the crossing. " + (OSM_CREDIT if on_land else ""),
        )
        lead = "The whole network with the legs that join its places; ways on land show the general direction only."
        crossing = chart_network.crossing_svg(layers)
        larger = () if crossing is None else (Picture("Crossing, as in the box of the corridor", crossing),)
        yield Section("corridor", "Corridor", lead, (Block((drawn, *larger)),))
    names = dict(zip(layers["routes"]["system_id"], layers["routes"]["name"], strict=True))
    names |= dict(zip(paths["path_id"], paths["name"], strict=True))
    blocks: list[Block] = []
    if len(paths):
        lengths = Picture(
            "Lengths by kind, beside the published length",
            chart_network.lengths_svg(paths, published),
            chart_network.length_keys(published, paths),
        )
        tables = (system_tables.paths_table(paths), system_tables.delays_table(paths))
        blocks = [Block((lengths,)), *(Block(table=table) for table in tables)]
    if published:
        blocks.append(Block(table=system_tables.published_table(published, names)))
    lead = "How long each branch is, of what, how fast, and what was published of it: what agrees, and what does not."
    yield Section("branches", "Branches", lead, tuple(blocks))


def design_sections(page: SystemPage, found: Findings) -> Iterator[Section]:
    """Main and reserve as one design, and the branch to a third landing."""
    figures, layers = found.figures, page.layers
    names = " and ".join(figures["systems"])
    pictures = []
    if len(layers["design_routes"]):
        pictures.append(
            Picture(
                f"{names} planned together",
                chart_crossing.joint_svg(layers, figures["systems"]),
                chart_crossing.joint_keys(layers),
                is_wide=False,
            )
        )
    pictures.append(
        Picture("The price of separation", chart_curves.curve_svg(figures), chart_curves.curve_keys(), is_wide=False)
    )
    yield Section(
        "design",
        "Main and reserve as one design",
        f"{names} planned together, so far apart that one event does not take both, and what that costs.",
        (
            Block(tuple(pictures)),
            Block(table=system_tables.curve_table(figures)),
            Block(table=system_tables.shared_table(figures)),
        ),
    )
    branching = figures.get("branching")
    if branching:
        drawn = Picture(
            "Ways of joining the third landing",
            chart_crossing.branch_svg(layers, {landing.id: landing.name for landing in page.study.landings}),
            chart_crossing.branch_keys(layers),
            is_wide=False,
        )
        blocks = (Block((drawn,)), Block(table=system_tables.ways_table(branching)))
        lead = f"{branching['third_landing']} joined to {branching['trunk']} by a unit, or by a cable of its own."
        yield Section("branching", "Branching unit against separate cables", lead, blocks)


def risk_sections(page: SystemPage, found: Findings) -> Iterator[Section]:
    """Cost against risk."""
    figures, front = found.figures, page.layers["risk_front"]
    own = {system_id: front[front["system_id"] == system_id] for system_id in dict.fromkeys(front["system_id"])}
    status = figures["status"]
    pictures = tuple(
        Picture(
            f"{system_id}: laying cost against faults",
            chart_curves.front_svg(system_id, number, rows, figures["routes"].get(system_id)),
            chart_curves.front_keys() if number == 0 else (),
            status=status,
            is_wide=False,
        )
        for number, (system_id, rows) in enumerate(own.items())
    )
    rows = risk_rows(figures)
    blocks = [Block(pictures)] if pictures else []
    if rows:
        bars = Picture(
            "Expected faults a year by cause",
            chart_curves.causes_svg(figures["causes"], rows),
            chart_curves.cause_keys(figures["causes"]),
            status=status,
        )
        blocks += [Block((bars,)), Block(table=system_tables.causes_table(figures, rows))]
    blocks += [
        Block(table=system_tables.front_table(system_id, points), is_folded=True) for system_id, points in own.items()
    ]
    lead = (
        "Every point of a front is a line of the router, without legs, with armour and burial of its own: no other "
        "point is cheaper with fewer faults. The engineered route has legs, and the cable by the rules of engineering. "
        "Rates are the study's own."
    )
    yield Section("risk", "Cost against risk", lead, tuple(blocks))


def risk_rows(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The routes whose faults are told by cause: the engineered one of each system, and corners of its front."""
    words = {
        "cheapest": "cheapest",
        "knee": "knee",
        "least_present_value": "least present value",
        "fewest_faults": "fewest faults",
    }
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for system_id in dict.fromkeys([*figures["routes"], *figures["fronts"]]):
        if system_id in figures["routes"]:
            rows.append((f"{system_id}: engineered", figures["routes"][system_id]))
        front = figures["fronts"].get(system_id, {})
        is_both = front.get("knee") == front.get("least_present_value")
        for name, word in words.items():
            if name in front and not (is_both and name == "least_present_value"):
                also = ", least present value" if is_both and name == "knee" else ""
                rows.append((f"{system_id}: {word}{also}", front[name]))
    return rows


def robustness_sections(page: SystemPage, found: Findings) -> Iterator[Section]:
    """How sure the routes are."""
    figures, layers = found.figures, page.layers
    systems: Mapping[str, Any] = figures["systems"]
    surfaces = {surface.name: surface for surface in found.surfaces}
    maps = tuple(
        Picture(
            f"{system_id}: where sampled routes go",
            chart_crossing.heat_svg(
                system_id,
                number,
                surfaces[f"corridor_probability_{system_id}"].array,
                page.grid,
                layers,
                f"{surfaces[f'corridor_probability_{system_id}'].meaning}; the tables below say how sure it is",
            ),
            chart_crossing.heat_keys() if number == 0 else (),
            is_wide=False,
        )
        for number, system_id in enumerate(systems)
        if f"corridor_probability_{system_id}" in surfaces
    )
    routes_km = dict(zip(layers["routes"]["system_id"], layers["routes"]["length_km"], strict=True))
    near_km = figures["near_km"]
    near = [
        chart_sureness.Share(system_id, row["near_share"], row["near_low"], row["near_high"])
        for system_id, row in systems.items()
    ]
    ranks = [
        chart_sureness.Share(
            f"{system_id}, {rank['candidate']}", rank["best_share"], rank["best_low"], rank["best_high"]
        )
        for system_id, row in systems.items()
        for rank in row["ranks"]
    ]
    bars = (
        Picture(
            f"Samples that stay within {near_km:g} km of the route",
            chart_sureness.shares_svg(
                "near-shares", "Shares of samples near the route", "share of the samples, %", near
            ),
            chart_sureness.share_keys(),
            is_wide=False,
        ),
        Picture(
            "Lengths of the sampled routes",
            chart_sureness.quantiles_svg(systems, routes_km),
            chart_sureness.quantile_keys(),
            is_wide=False,
        ),
        Picture(
            "Rank acceptability: samples in which each is the cheapest",
            chart_sureness.shares_svg(
                "ranks", "Shares of samples each is cheapest in", "share of the samples, %", ranks
            ),
            is_wide=False,
        ),
    )
    rules = page.study.robustness
    greatest = rules.flip_factor if rules else 10.0
    turns = tuple(
        Picture(
            f"{system_id}: weights turned until the route leaves",
            chart_sureness.tornado_svg(system_id, number, row["flips"], greatest),
            chart_sureness.tornado_keys() if number == 0 else (),
            is_wide=False,
        )
        for number, (system_id, row) in enumerate(systems.items())
        if row["flips"]
    )
    blocks = [Block(pictures) for pictures in (maps, bars, turns) if pictures]
    blocks += [Block(table=system_tables.samples_table(figures)), Block(table=system_tables.ranks_table(figures))]
    blocks.append(Block(table=system_tables.flips_table(figures), is_folded=True))
    lead = (
        f"{figures['samples']} samples of all that is uncertain, each routed anew; and each weight turned alone until "
        f"the route goes more than {near_km:g} km away."
    )
    yield Section("robustness", "How sure", lead, tuple(blocks) if systems else ())


SECTIONS: Mapping[str, Callable[[SystemPage, Findings], Iterator[Section]]] = {
    "network": network_sections,
    "design": design_sections,
    "risk": risk_sections,
    "robustness": robustness_sections,
}
"""What makes the sections of each optional stage, in the order they are read."""


def has_system_page(findings: Mapping[str, Findings]) -> bool:
    """Whether any stage found something that the page has a section for."""
    return any(name in SECTIONS for name in findings)
