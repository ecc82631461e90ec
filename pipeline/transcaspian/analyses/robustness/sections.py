"""How sure the routes are, on the page of the system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transcaspian.analyses.robustness import charts
from transcaspian.analyses.robustness.charts import ShareBar
from transcaspian.analyses.robustness.config import Robustness
from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.content import NONE, Column, Table, records_table, shown
from transcaspian.report.page.parts import Block, Picture, Section
from transcaspian.report.page.system import SystemPage

MAX_FACTOR = 10.0
"""How far weights are turned where the study does not say."""
LENGTHS = {"05": "length 5 %, km", "25": "25 %, km", "50": "median, km", "75": "75 %, km", "95": "95 %, km"}
COSTS = {"05": "cost 5 %, million USD", "50": "median, million USD", "95": "95 %, million USD"}
RANK_COLUMNS = (
    Column("system_id", "system"),
    Column("candidate"),
    Column("best_share", "cheapest in", ".1%"),
    Column("between", "95 % confidence", is_figure=True),
    Column("closed_share", "closed in", ".1%"),
    Column("excess_median", "costs more by, median", ".2%"),
)
FLIP_COLUMNS = (
    Column("system_id", "system"),
    Column("weight", "criterion"),
    Column("step", "turned"),
    Column("route", "the route"),
    Column("factor", "leaves at, times", ".3g", NONE),
    Column("held_at", "held at, times", ".3g", NONE),
)
RANKS_NOTE = (
    "The route and its alternatives as they are published: all with legs, or all without. A line that is not among "
    "them may be cheaper than all."
)


def robustness_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Where sampled routes go, how many stay near, and how far weights can be turned."""
    figures = found.figures
    pictures = (heat_maps(page, found), sample_bars(page, figures), tornados(page, figures["systems"]))
    blocks = [Block(some) for some in pictures if some]
    blocks += [Block(table=samples_table(figures)), Block(table=ranks_table(figures))]
    blocks.append(Block(table=flips_table(figures), is_folded=True))
    lead = (
        f"{figures['samples']} samples of all that is uncertain, each routed again; and each weight turned alone until "
        f"the route goes more than {figures['near_km']:g} km away."
    )
    yield Section("robustness", "How sure", lead, tuple(blocks) if figures["systems"] else ())


def heat_maps(page: SystemPage, found: AnalysisResult) -> tuple[Picture, ...]:
    """Where the sampled routes of each system go."""
    surfaces = {surface.name.removeprefix("route_probability_"): surface for surface in found.surfaces}
    return tuple(
        Picture(
            f"{system_id}: where sampled routes go",
            charts.heat_svg(system_id, number, surfaces[system_id], page.grid, page.layers),
            charts.heat_keys() if number == 0 else (),
            is_wide=False,
        )
        for number, system_id in enumerate(found.figures["systems"])
        if system_id in surfaces
    )


def sample_bars(page: SystemPage, figures: Mapping[str, Any]) -> tuple[Picture, ...]:
    """How many samples stay near the route, how long they are, and which candidate is the cheapest in how many."""
    systems = figures["systems"]
    routes_km = dict(zip(page.layers["routes"]["system_id"], page.layers["routes"]["length_km"], strict=True))
    near = [ShareBar(name, row["near_share"], row["near_low"], row["near_high"]) for name, row in systems.items()]
    ranks = [
        ShareBar(f"{name}, {rank['candidate']}", rank["best_share"], rank["best_low"], rank["best_high"])
        for name, row in systems.items()
        for rank in row["ranks"]
    ]
    near_svg = charts.shares_svg("near-shares", "Shares of samples near the route", near)
    ranks_svg = charts.shares_svg("ranks", "Shares of samples each is cheapest in", ranks)
    lengths_svg = charts.quantiles_svg(systems, routes_km)
    near_title = f"Samples that stay within {figures['near_km']:g} km of the route"
    return (
        Picture(near_title, near_svg, charts.share_keys(), is_wide=False),
        Picture("Lengths of the sampled routes", lengths_svg, charts.quantile_keys(), is_wide=False),
        Picture("Rank acceptability: samples in which each is the cheapest", ranks_svg, is_wide=False),
    )


def tornados(page: SystemPage, systems: Mapping[str, Any]) -> tuple[Picture, ...]:
    """How far each weight can be turned, for each system."""
    rules = page.study.table(Robustness)
    max_factor = rules.flip_factor if rules else MAX_FACTOR
    return tuple(
        Picture(
            f"{system_id}: weights turned until the route leaves",
            charts.tornado_svg(system_id, number, row["flips"], max_factor),
            charts.tornado_keys() if number == 0 else (),
            is_wide=False,
        )
        for number, (system_id, row) in enumerate(systems.items())
        if row["flips"]
    )


def samples_table(figures: Mapping[str, Any]) -> Table:
    """Shares and quantiles of every system."""
    columns = (
        Column("system_id", "system"),
        Column("samples", form=",.0f"),
        Column("without_route", "without a route", ",.0f"),
        Column("near_share", f"within {figures['near_km']:g} km of the route", ".1%"),
        Column("between", "95 % confidence", is_figure=True),
        Column("best_share", "cheapest of its alternatives", ".1%"),
        Column("off_median_km", "half go off it by at most, km", ",.1f"),
        *(Column(f"length_p{at}_km", heading, ",.1f") for at, heading in LENGTHS.items()),
        *(Column(f"cost_p{at}_musd", heading, ",.2f") for at, heading in COSTS.items()),
    )
    note = (
        f"{figures['samples']} samples, seed {figures['seed']}, routed on a grid of {figures['grid_step_arcsec']:g} "
        "arc-seconds. What is uncertain, and by how much, the study says (ASSUMED). Costs: the cable and burial of the "
        "route over the lengths of the samples, at base prices; without a cost book the lengths at the base price."
    )
    records = [sample_record(system_id, row) for system_id, row in figures["systems"].items()]
    return records_table("Results of the samples", columns, records, figures["status"], note)


def sample_record(system_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the samples of a system say; quantiles are unknown where not one has a route."""
    by_book = {at: row.get(f"cost_base_p{at}_usd") for at in COSTS}
    costs = {at: row.get(f"cost_p{at}_usd") if by_book[at] is None else by_book[at] for at in COSTS}
    return {
        **{f"length_p{at}_km": None for at in LENGTHS},
        **row,
        "system_id": system_id,
        "between": between(row["near_low"], row["near_high"]),
        **{f"cost_p{at}_musd": None if usd is None else usd / 1e6 for at, usd in costs.items()},
    }


def between(low: float | None, high: float | None) -> str:
    """An interval of shares."""
    return f"{shown(low, '.1%')} to {shown(high, '.1%')}"


def ranks_table(figures: Mapping[str, Any]) -> Table:
    """How often each candidate is the cheapest."""
    records = [
        {**rank, "system_id": system_id, "between": between(rank["best_low"], rank["best_high"])}
        for system_id, row in figures["systems"].items()
        for rank in row["ranks"]
    ]
    return records_table("Rank acceptability", RANK_COLUMNS, records, figures["status"], RANKS_NOTE)


def flips_table(figures: Mapping[str, Any]) -> Table:
    """Where the route leaves when one weight is turned."""
    records = [
        {
            **flip,
            "system_id": system_id,
            "weight": flip["criterion"].replace("_", " "),
            "route": "leaves" if flip["flips"] else "stays",
        }
        for system_id, row in figures["systems"].items()
        for flip in row["flips"]
    ]
    note = f"Leaves: the least-cost path goes more than {figures['near_km']:g} km from the route of this run."
    return records_table("Each weight turned alone", FLIP_COLUMNS, records, figures["status"], note)
