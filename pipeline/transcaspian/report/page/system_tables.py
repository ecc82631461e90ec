"""The tables of the page of the whole system, as plain values: every figure that its charts show, with its status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd

from transcaspian.analyses.network.page import amount
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.report.page.chart_curves import cause_name
from transcaspian.report.page.content import NONE, Column, Table, cited, layer_table, shown
from transcaspian.study import Study

OPTIONAL_TABLES = ("network", "design", "risk", "robustness")
MILLION = 1e6
PATH_COLUMNS = (
    Column("name", "path"),
    Column("length_km", "length, km", ",.0f"),
    Column("uncertainty_km", "± km", ",.0f"),
    Column("subsea_km", "subsea, km", ",.0f"),
    Column("railway_km", "railway, km", ",.0f"),
    Column("highway_km", "highway, km", ",.0f"),
    Column("given_km", "given, km", ",.0f"),
    Column("geodesic_km", "geodesic, km", ",.0f"),
    Column("cable_km", "cable with slack, km", ",.0f"),
    Column("status", "status"),
)
DELAY_COLUMNS = (
    Column("name", "path"),
    Column("fibre_ms", "fibre, ms", ".3f"),
    Column("amplifiers_ms", "amplifiers, ms", ".4f"),
    Column("amplifiers", "amplifiers", ",.0f"),
    Column("equipment_ms", "equipment, ms", ".3f"),
    Column("one_way_ms", "one way, ms", ".2f"),
    Column("round_trip_ms", "round trip, ms", ".2f"),
    Column("status", "status"),
)
FRONT_COLUMNS = (
    Column("rank", "point"),
    Column("cost_usd", "laying cost, USD", ",.0f"),
    Column("faults_at_most_per_year", "faults a year, at most", ".4f"),
    Column("repair_days_per_year", "repair, days a year", ".2f"),
    Column("repair_usd_per_year", "repairs, USD a year", ",.0f"),
    Column("present_value_usd", "present value, USD", ",.0f"),
    Column("length_km", "length, km", ",.1f"),
    Column("da_km", "DA, km", ",.0f"),
    Column("ra_km", "RA, km", ",.0f"),
    Column("sa_km", "SA, km", ",.0f"),
    Column("lwp_km", "LWP, km", ",.0f"),
    Column("lw_km", "LW, km", ",.0f"),
    Column("plough_km", "ploughed, km", ",.0f"),
    Column("jetting_km", "jetted, km", ",.0f"),
    Column("trenching_km", "trenched, km", ",.0f"),
    Column("surface_laid_km", "on the seabed, km", ",.0f"),
    Column("status", "status"),
)


def paths_table(paths: gpd.GeoDataFrame) -> Table:
    """Every path with its length by kind."""
    note = "Lengths along the way on WGS84. Railways and highways © OpenStreetMap contributors, ODbL 1.0."
    return without_status(layer_table("network_paths", paths, "Paths and their lengths", note, PATH_COLUMNS))


def delays_table(paths: gpd.GeoDataFrame) -> Table:
    """Every path with its delay by where it arises."""
    note = "One way where nothing else is said; group index, amplifiers and equipment are parameters of the study."
    return without_status(layer_table("network_paths", paths, "Delay of the paths", note, DELAY_COLUMNS))


def without_status(table: Table) -> Table:
    """A table whose rows have a status of their own."""
    return Table(table.title, table.headings, table.rows, table.numeric, "", table.note)


def published_table(published: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Table:
    """What others published beside ours, with the verdict and the sentence that explains it."""
    headings = ("published", "of", "figure", "status", "ours", "status", "ours less published", "verdict", "source")
    rows, sentences = [], []
    for row in published:
        last = "" if row["published_to"] is None else f" to {amount(row['published_to'], row['unit'])}"
        off = row["difference"]
        signed = NONE if off is None else f"{'+' if off > 0 else ''}{amount(off, row['unit'])}".replace("-", "\u2212")
        rows.append(
            (
                row["what"],
                names.get(row["of"], row["of"]) if row["of"] else NONE,
                f"{amount(row['published'], row['unit'])}{last} ± {amount(row['tolerance'], row['unit'])}",
                row["status"],
                NOT_KNOWN if row["ours"] is None else amount(row["ours"], row["unit"]),
                row["ours_status"] or NONE,
                signed,
                row["verdict"],
                row["source"],
            )
        )
        remarks = f" ({row['remarks']})" if row["remarks"] else ""
        sentences.append(f"{row['explanation'] or 'Ours agrees.'}{remarks}")
    note = "A figure agrees when ours is within its rounding (±). Nothing is tuned to any of them."
    numeric = (False, False, False, False, True, False, True, False, False)
    return Table("Published figures beside ours", headings, tuple(rows), numeric, "", note, tuple(sentences))


def curve_table(figures: Mapping[str, Any]) -> Table:
    """The points of cost against separation."""
    systems = list(figures["systems"])
    headings = (
        "separation asked for, km", "reached, km", "cost, km of clear seabed", "over each for itself",
        "no plan cheaper by more than", *(f"{name}, km" for name in systems), "",
    )  # fmt: skip
    rows = []
    for one in figures["curve"]:
        marks = ["chosen"] * (one["point_id"] == figures["chosen"]) + ["knee"] * (one["point_id"] == figures["knee"])
        lengths = (shown(one["systems"][name]["length_km"], ",.1f") for name in systems)
        rows.append(
            (
                shown(one["separation_asked_km"], "g"),
                shown(one["separation_reached_km"], ".1f", "none outside the zones"),
                shown(one["cost_km"], ",.1f"),
                shown(one["excess"], ".2%"),
                shown(one["gap"], ".2%"),
                *lengths,
                ", ".join(marks),
            )
        )
    impossible = " ".join(f"{one['separation_km']:g} km: {one['reason']}." for one in figures["impossible"])
    rules = figures["rules"]
    note = (
        f"Separation outside landing zones of {rules['landing_zone_km']:g} km; least asked for "
        f"{rules['least_separation_km']:g} km ({rules['status']}: {rules['source']}). {impossible}"
    ).strip()
    numeric = (*([True] * (5 + len(systems))), False)
    return Table("Cost against separation", headings, tuple(rows), numeric, figures["status"], note)


def shared_table(figures: Mapping[str, Any]) -> Table:
    """Kilometres of each route that one event could hit together with the other, at every point of the curve."""
    headings = (
        "separation asked for, km", "systems", "event", "of the first, km", "of that outside landing zones, km",
        "of the second, km", "of that outside landing zones, km",
    )  # fmt: skip
    rows = []
    for one in figures["curve"]:
        for pair, kinds in one["shared_km"].items():
            for kind, found in kinds.items():
                start = (shown(one["separation_asked_km"], "g"), pair.replace("+", " and "), kind.replace("_", " "))
                if isinstance(found, str):  # insufficient information
                    rows.append((*start, *([found] * 4)))
                    continue
                parts = (found[system_id] for system_id in pair.split("+"))
                lengths = (part[name] for part in parts for name in ("length_km", "outside_zones_km"))
                rows.append((*start, *(shown(length_km, ",.1f") for length_km in lengths)))
    note = "What a dragged anchor, an earthquake or a mud volcano reaches of both; rules are the study's (ASSUMED)."
    numeric = (True, False, False, True, True, True, True)
    return Table("Kilometres of shared hazard", headings, tuple(rows), numeric, "DERIVED", note)


def ways_table(branching: Mapping[str, Any]) -> Table:
    """A branching unit beside separate cables."""
    headings = (
        "way of joining", "cost with the trunk, km of clear seabed", "saved", "length of all legs, km",
        "cable with slack, km", "laid at the base price, USD (ASSUMED)", "unit at", "crosses other systems", "status",
    )  # fmt: skip
    rows = []
    for way in branching["ways"]:
        unit = way["unit"]
        rows.append(
            (
                way["way"],
                shown(way["cost_km"], ",.1f"),
                shown(way["saving"], ".1%"),
                shown(way["length_km"], ",.1f"),
                shown(way["cable_km"], ",.1f"),
                shown(way["laid_usd"], ",.0f"),
                NONE if unit is None else f"{unit['lat_deg']:.4f}° N, {unit['lon_deg']:.4f}° E",
                shown(way["crossings_of_other_systems"], ",.0f"),
                way["status"],
            )
        )
    rules = branching["rules"]
    note = (
        f"{branching['third_landing']} joined to {branching['trunk']}. The unit costs {rules['price_km']:g} km of "
        f"clear seabed and lies in {rules['min_depth_m']:g} m of water at least ({rules['status']}: {rules['source']})."
    )
    numeric = (False, True, True, True, True, True, False, True, False)
    return Table("A branching unit beside separate cables", headings, tuple(rows), numeric, "", note)


def front_table(system_id: str, front: gpd.GeoDataFrame) -> Table:
    """The points of a front."""
    ordered = front.sort_values("rank")
    table = layer_table("risk_front", ordered, f"Points of the front of {system_id}", "", FRONT_COLUMNS)
    marks = [
        ", ".join(["knee"] * bool(row["is_knee"]) + ["least present value"] * bool(row["is_least_present_value"]))
        for row in ordered.to_dict("records")
    ]
    return Table(
        table.title,
        (*table.headings, ""),
        tuple((*row, mark) for row, mark in zip(table.rows, marks, strict=True)),
        (*table.numeric, False),
        "",
        "Every point is a route of its own with its cable and burial: layers risk_front and risk_sections.",
    )


def causes_table(figures: Mapping[str, Any], rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    """Faults of each route by cause, and what they come to."""
    causes = figures["causes"]
    headings = (
        "route", "laying cost, million USD", *(f"{cause_name(cause)}, a year" for cause in causes), "all known, a year",
        "at most, a year", "at most, per 1,000 km", "rate not known on, km", "repair, days a year",
        "repairs, USD a year", "present value, million USD",
    )  # fmt: skip
    body = tuple(
        (
            name,
            shown(row["cost_usd"] / MILLION, ",.2f"),
            *(shown(row["by_cause_per_year"].get(cause), ".4f") for cause in causes),
            shown(row["faults_per_year"], ".4f"),
            shown(row["faults_at_most_per_year"], ".4f"),
            shown(row["faults_at_most_per_1000km_year"], ".2f"),
            shown(row["unknown_km"], ",.1f"),
            shown(row["repair_days_per_year"], ".2f"),
            shown(row["repair_usd_per_year"], ",.0f"),
            shown(row["present_value_usd"] / MILLION, ",.2f"),
        )
        for name, row in rows
    )
    value = figures["present_value"]
    missing = " ".join(
        f"Faults by {cause_name(cause)}: {NOT_KNOWN} ({why})." for cause, why in figures["not_modelled"].items()
    )
    note = (
        f"Present value over {value['service_years']:g} years at {value['discount_rate']:.1%} a year. {missing}"
    ).strip()
    numeric = (False, *([True] * (len(headings) - 1)))
    return Table("Expected faults by cause", headings, body, numeric, figures["status"], note)


def samples_table(figures: Mapping[str, Any]) -> Table:
    """Shares and quantiles of every system."""
    headings = (
        "system", "samples", "without a route", f"within {figures['near_km']:g} km of the route", "95 % confidence",
        "cheapest of its alternatives", "half go off it by at most, km", "length 5 %, km", "25 %, km", "median, km",
        "75 %, km", "95 %, km", "cost 5 %, million USD", "median, million USD", "95 %, million USD",
    )  # fmt: skip
    rows = tuple(
        (
            system_id,
            shown(row["samples"], ",.0f"),
            shown(row["without_route"], ",.0f"),
            shown(row["near_share"], ".1%"),
            f"{shown(row['near_low'], '.1%')} to {shown(row['near_high'], '.1%')}",
            shown(row["best_share"], ".1%"),
            shown(row["off_median_km"], ",.1f"),
            *(shown(row.get(f"length_p{at}_km"), ",.1f") for at in ("05", "25", "50", "75", "95")),
            *(millions(row.get(f"cost_p{at}_usd")) for at in ("05", "50", "95")),
        )
        for system_id, row in figures["systems"].items()
    )
    note = (
        f"{figures['samples']} samples, seed {figures['seed']}, routed on a grid of {figures['grid_step_arcsec']:g} "
        "arc-seconds. What is uncertain, and by how much, the study says (ASSUMED)."
    )
    numeric = (False, *([True] * (len(headings) - 1)))
    return Table("What the samples came to", headings, rows, numeric, figures["status"], note)


def millions(value: float | None) -> str:
    """USD in millions."""
    return NOT_KNOWN if value is None else shown(value / MILLION, ",.2f")


def ranks_table(figures: Mapping[str, Any]) -> Table:
    """How often each candidate is the cheapest."""
    headings = ("system", "candidate", "cheapest in", "95 % confidence", "closed in", "costs more by, median")
    rows = tuple(
        (
            system_id,
            rank["candidate"],
            shown(rank["best_share"], ".1%"),
            f"{shown(rank['best_low'], '.1%')} to {shown(rank['best_high'], '.1%')}",
            shown(rank["closed_share"], ".1%"),
            shown(rank["excess_median"], ".2%"),
        )
        for system_id, row in figures["systems"].items()
        for rank in row["ranks"]
    )
    note = (
        "The route and its alternatives as they are published: all with legs, or all without. A line that is not among "
        "them may be cheaper than all."
    )
    return Table("Rank acceptability", headings, rows, (False, False, True, True, True, True), figures["status"], note)


def flips_table(figures: Mapping[str, Any]) -> Table:
    """Where the route leaves when one weight is turned."""
    headings = ("system", "criterion", "turned", "the route", "leaves at, times", "held at, times")
    rows = tuple(
        (
            system_id,
            flip["criterion"].replace("_", " "),
            flip["step"],
            "leaves" if flip["flips"] else "stays",
            shown(flip["factor"], ".3g", NONE),
            shown(flip["held_at"], ".3g", NONE),
        )
        for system_id, row in figures["systems"].items()
        for flip in row["flips"]
    )
    numeric = (False, False, False, False, True, True)
    note = f"Leaves: the least-cost path goes more than {figures['near_km']:g} km from the route of this run."
    return Table("Each weight turned alone", headings, rows, numeric, figures["status"], note)


def given_table(study: Study, names: Sequence[str]) -> Table:
    """What the tables of the optional stages take for given."""
    rows = sorted(given_rows(study, names))
    title = "What the tables " + ", ".join(f"[{name}]" for name in names) + " take for given"
    return Table(title, ("table of the study", "status", "source"), tuple(rows), (False,) * 3)


def given_rows(study: Study, names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Key, status and source of every table of the optional stages."""
    document = study.model_dump(mode="json", include=set(names))
    for key, status, source in cited(document, ""):
        if key.split(".")[0] in names:
            yield key, status, source
