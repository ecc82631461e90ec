"""Systems planned together on the page of the system: cost against separation, shared hazards, a third landing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transcaspian.analyses.design import charts
from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.content import NONE, Column, Table, records_table
from transcaspian.report.page.parts import Block, Picture, Section
from transcaspian.report.page.system import SystemPage

CURVE_COLUMNS = (
    Column("separation_asked_km", "separation asked for, km", "g"),
    Column("separation_reached_km", "reached, km", ".1f", "none outside the zones"),
    Column("cost_km", "cost, km of clear seabed", ",.1f"),
    Column("excess", "over each for itself", ".2%"),
    Column("cost_base_usd", "cost without land tails, USD", ",.2f", NONE),
    Column("gap", "no plan cheaper by more than", ".2%"),
)
SHARED_COLUMNS = (
    Column("separation_asked_km", "separation asked for, km", "g"),
    Column("systems"),
    Column("event"),
    Column("first_km", "of the first, km", ",.1f"),
    Column("first_outside_km", "of that outside landing zones, km", ",.1f"),
    Column("second_km", "of the second, km", ",.1f"),
    Column("second_outside_km", "of that outside landing zones, km", ",.1f"),
)
WAY_COLUMNS = (
    Column("way", "way of joining"),
    Column("cost_km", "cost with the trunk, km of clear seabed", ",.1f"),
    Column("saving", "saved", ".1%"),
    Column("length_km", "length of all legs, km", ",.1f"),
    Column("cable_km", "cable with slack, km", ",.1f"),
    Column("cost_base_usd", "cost without land tails, USD", ",.2f", NONE),
    Column("laid_usd", "length at the base price, USD (ASSUMED)", ",.0f"),
    Column("unit_at", "unit at", empty=NONE),
    Column("crossings_of_other_systems", "crosses other systems", ",.0f"),
    Column("status"),
)


def design_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Main and reserve as one design, and the branch to a third landing."""
    figures, layers = found.figures, page.layers
    names = " and ".join(figures["systems"])
    pictures = [
        Picture("The price of separation", charts.curve_svg(figures), charts.curve_keys(), is_wide=False),
    ]
    if len(layers["design_routes"]):
        drawn, keys = charts.joint_svg(layers, figures["systems"]), charts.joint_keys(layers)
        pictures.insert(0, Picture(f"{names} planned together", drawn, keys, is_wide=False))
    yield Section(
        "design",
        "Main and reserve as one design",
        f"{names} planned together, so far apart that one event does not take both, and what that costs.",
        (Block(tuple(pictures)), Block(table=curve_table(figures)), Block(table=shared_table(figures))),
    )
    branching = figures.get("branching")
    if branching:
        landings = {landing.id: landing.name for landing in page.study.landings}
        drawn, keys = charts.branch_svg(layers, landings), charts.branch_keys(layers)
        picture = Picture("Ways of joining the third landing", drawn, keys, is_wide=False)
        lead = f"{branching['third_landing']} joined to {branching['trunk']} by a unit, or by a cable of its own."
        blocks = (Block((picture,)), Block(table=ways_table(branching)))
        yield Section("branching", "Branching unit against separate cables", lead, blocks)


def curve_table(figures: Mapping[str, Any]) -> Table:
    """The points of cost against separation."""
    systems = list(figures["systems"])
    lengths = (Column(name, f"{name}, km", ",.1f") for name in systems)
    records = [
        {
            **one,
            **{name: one["systems"][name]["length_km"] for name in systems},
            "marks": ", ".join(word for word in ("chosen", "knee") if one["point_id"] == figures[word]),
        }
        for one in figures["curve"]
    ]
    impossible = " ".join(f"{one['separation_km']:g} km: {one['reason']}." for one in figures["impossible"])
    rules = figures["rules"]
    note = (
        f"Separation outside landing zones of {rules['landing_zone_km']:g} km; least asked for "
        f"{rules['min_separation_km']:g} km ({rules['status']}: {rules['source']}). {impossible}"
    ).strip()
    columns = (*CURVE_COLUMNS, *lengths, Column("marks", ""))
    return records_table("Cost against separation", columns, records, figures["status"], note)


def shared_table(figures: Mapping[str, Any]) -> Table:
    """Kilometres of each route that one event could hit together with the other, at every point of the curve."""
    records = [
        {
            "separation_asked_km": one["separation_asked_km"],
            "systems": pair.replace("+", " and "),
            "event": kind.replace("_", " "),
            **shared_lengths(found, *pair.split("+")),
        }
        for one in figures["curve"]
        for pair, kinds in one["shared_km"].items()
        for kind, found in kinds.items()
    ]
    note = "What a dragged anchor, an earthquake or a mud volcano reaches of both; rules are the study's (ASSUMED)."
    return records_table("Kilometres of shared hazard", SHARED_COLUMNS, records, "DERIVED", note)


def shared_lengths(found: Any, first: str, second: str) -> dict[str, Any]:
    """What an event reaches of two systems; a text where that is not known."""
    return {
        f"{place}{where}_km": found if isinstance(found, str) else found[system_id][name]
        for place, system_id in (("first", first), ("second", second))
        for where, name in (("", "length_km"), ("_outside", "outside_zones_km"))
    }


def ways_table(branching: Mapping[str, Any]) -> Table:
    """A branching unit beside separate cables."""
    records = [
        {**way, "unit_at": unit and f"{unit['lat_deg']:.4f}° N, {unit['lon_deg']:.4f}° E"}
        for way in branching["ways"]
        for unit in (way["unit"],)
    ]
    rules = branching["rules"]
    note = (
        f"{branching['third_landing']} joined to {branching['trunk']}. The unit costs {rules['price_km']:g} km of "
        f"clear seabed and lies in {rules['min_depth_m']:g} m of water at least ({rules['status']}: {rules['source']})."
    )
    return records_table("A branching unit beside separate cables", WAY_COLUMNS, records, "", note)
