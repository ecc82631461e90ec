"""The stage of the analysis: every engineered route assessed, and what the study's weights changed.

`assess_routes` is what others may ask: `Assessed.sections` of a route with its anchor strikes a year, bare and as it is
planned, each from its KP to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, Point

from transcaspian.analyses.burial.config import Burial, value_of
from transcaspian.analyses.burial.findings import class_findings, data_findings, is_left_out, route_findings
from transcaspian.analyses.burial.known import Known, known_of
from transcaspian.analyses.burial.layers import ANCHOR_STRIKES, BURIAL_DATA, BURIAL_SECTIONS, BURIAL_TOOLS, VERDICTS
from transcaspian.analyses.burial.route import Assessed, assess
from transcaspian.analyses.burial.soil import unnamed_classes
from transcaspian.analyses.burial.steering import Cells, steering_of_burial
from transcaspian.analyses.burial.traffic import period_h
from transcaspian.core.cost_range import NO_COST, CostRange
from transcaspian.core.findings import AnalysisResult, Finding
from transcaspian.core.frames import Row, frames, known
from transcaspian.core.geodesy import distance_to_points_m
from transcaspian.core.linear_reference import cut, kp_series_km, line_length_km, positions_at_km
from transcaspian.core.vocabulary import Status
from transcaspian.runs.stages.route_systems import SystemPath, route_systems
from transcaspian.seabed import sample
from transcaspian.study.base import cited

if TYPE_CHECKING:
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.runs.stages.model_seabed import Seabed

Floats = NDArray[np.float64]
SAMPLE_KM = 0.2
READ = ("count", "reasons", "ships", "without_length", "first_s", "last_s")
"""What the manifest says of a file."""


def find_burial(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Every engineered route assessed."""
    study = known_of(inputs)
    assessed = assess_routes(inputs, laid.routes)
    status = status_of(study.rules)
    about = {"source": study.rules.source, "status": status}
    effects = effects_of(inputs, laid, study) if inputs.study.steered_by else {}
    read = read_by_file(inputs)
    return AnalysisResult(
        layers=frames(
            {
                BURIAL_SECTIONS: [row for one in assessed for row in section_rows(study, one, about)],
                ANCHOR_STRIKES: [row for one in assessed for row in strike_rows(study, one, about)],
                BURIAL_TOOLS: [row for one in assessed for row in tool_rows(one)],
                BURIAL_DATA: [row for file_id, found in read.items() for row in data_rows(study.rules, file_id, found)],
            }
        ),
        figures={
            **about,
            "systems": {one.system_id: figures_of(study, one) for one in assessed},
            "files": {name: {key: found[key] for key in READ if key in found} for name, found in read.items()},
            "steering": effects,
        },
        notes=(*notes_of(study.rules), *traffic_notes(study.rules, read), *log_notes(study, assessed)),
        findings=(
            *(finding for one in assessed for finding in route_findings(study.rules, one)),
            *class_findings(list(unnamed_classes(study.rules, study.constraints))),
            *(finding for file_id, found in read.items() for finding in data_findings(file_id, found)),
            *(finding for system_id, effect in effects.items() for finding in effect_findings(system_id, effect)),
        ),
    )


def assess_routes(inputs: Inputs, routes: Mapping[str, EngineeredRoute]) -> list[Assessed]:
    """Every engineered route in sections, with strikes, targets and tools."""
    study = known_of(inputs)
    return [assess(system_id, route, study) for system_id, route in routes.items()]


def read_by_file(inputs: Inputs) -> dict[str, Any]:
    """What was read of each file of the table, by its id."""
    own = {name: item.value for name, item in inputs.further.items() if name.startswith("burial.")}
    return {name.split(".", 2)[2]: value for name, value in own.items()}


def status_of(rules: Burial) -> Status:
    """Of every figure: assumed as soon as one that goes into it is."""
    statuses = {status for _, status, _ in cited(rules.model_dump(mode="json"))}
    return "ASSUMED" if "ASSUMED" in statuses else "DERIVED"


def section_rows(study: Known, route: Assessed, about: Mapping[str, str]) -> Iterator[Row]:
    """Rows of the layer ``burial_sections``."""
    for number, part in enumerate(route.sections, start=1):
        choice = part.choice
        yield BURIAL_SECTIONS.row(
            LineString(cut(route.lonlat, part.from_km, part.to_km)),
            part.soil,
            part,
            part.cost(study.prices) or NO_COST,
            burial_section_id=f"{route.system_id}/{number}",
            system_id=route.system_id,
            from_kp_km=part.from_km,
            to_kp_km=part.to_km,
            min_depth_m=part.depth_m[0],
            max_depth_m=part.depth_m[1],
            **{name: known(value) for name, value in asdict(part.struck).items()},
            return_period_years=part.struck.return_period_years,
            **{f"{cause}_m": known(depth_m) for cause, depth_m in part.reaches_m.items()},
            target_verdict="known" if part.is_whole else "insufficient information",
            tool=None if choice.tool is None else choice.tool.id,
            achievable_m=choice.achievable_m,
            achievable_status=None if choice.tool is None else choice.tool.status_of("max_burial_m", "km_per_day"),
            km_per_day=None if choice.tool is None else value_of(choice.tool.km_per_day),
            tools_not_known=", ".join(choice.not_known) or None,
            tools_excluded="; ".join(f"{tool}: {', '.join(why)}" for tool, why in choice.excluded.items()) or None,
            protection_method=part.planned[0],
            planned_m=part.planned[1],
            **about,
        )


def strike_rows(study: Known, route: Assessed, about: Mapping[str, str]) -> Iterator[Row]:
    """Rows of the layer ``anchor_strikes``: of the sections that ships of a class may strike."""
    strikes = route.strikes
    for index, ship in zip(*np.nonzero((strikes.at_most_per_year != 0) | (strikes.passages_per_year > 0)), strict=True):
        part, anchor = route.sections[index], study.anchors.anchors[ship]
        yield ANCHOR_STRIKES.row(
            LineString(cut(route.lonlat, part.from_km, part.to_km)),
            strike_id=f"{route.system_id}/{index + 1}/{study.rules.ships[ship].id}",
            burial_section_id=f"{route.system_id}/{index + 1}",
            system_id=route.system_id,
            from_kp_km=part.from_km,
            to_kp_km=part.to_km,
            ship_class=study.rules.ships[ship].id,
            passages_per_year=known(strikes.passages_per_year[index, ship]),
            drag_m=known(route.drag_m[index, ship]),
            anchor_t=anchor.mass_kg / 1000.0,
            chain_m=anchor.chain_m,
            anchor_status=anchor.status,
            penetration_m=known(route.penetration_m[index, ship]),
            strikes_per_year=known(strikes.per_year[index, ship]),
            strikes_at_most_per_year=known(strikes.at_most_per_year[index, ship]),
            **about,
        )


def tool_rows(route: Assessed) -> Iterator[Row]:
    """Rows of the layer ``burial_tools``: of what lies at sea."""
    weights_km = route.samples.weights_km * route.samples.route.profile.at_sea
    for fit in route.samples.tools:
        by_reason = {reason: float(weights_km @ holds) for reason, holds in zip(fit.reasons, fit.excluded, strict=True)}
        yield BURIAL_TOOLS.row(
            LineString(route.lonlat),
            fit_id=f"{route.system_id}/{fit.tool.id}",
            system_id=route.system_id,
            tool=fit.tool.id,
            method=fit.tool.method,
            works_km=float(weights_km @ fit.works),
            not_known_km=float(weights_km @ fit.may_work),
            excluded_km=float(weights_km @ fit.excluded.any(axis=0)),
            reasons="; ".join(f"{reason}: {km:.1f} km" for reason, km in by_reason.items() if km > 0) or None,
            source=fit.tool.source,
            status=fit.tool.status,
        )


def data_rows(rules: Burial, file_id: str, found: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of the layer ``burial_data``."""
    own = [(one.id, one.data, one.source) for one in rules.traffic]
    own += [(one.id, one.data, one.source) for one in rules.soil_logs]
    data, source = next((data, source) for name, data, source in own if name == file_id)
    for number, (reason, count) in enumerate(found["reasons"].items(), start=1):
        places = found.get("places", {}).get(reason, np.empty((0, 2)))
        yield BURIAL_DATA.row(
            Point(places[0]) if len(places) else None,
            told_id=f"{file_id}/{number}",
            file_id=file_id,
            told=reason,
            places="; ".join(f"{lon:.5f} {lat:.5f}" for lon, lat in places) or None,
            count=count,
            of_count=found["count"],
            is_left_out=is_left_out(found, reason),
            source=data.citation or source,
        )


def figures_of(study: Known, route: Assessed) -> dict[str, Any]:
    """The figures of a route, for the manifest."""
    sections = route.sections
    costs = [cost for part in sections if (cost := part.cost(study.prices)) is not None]
    total = CostRange.sum(costs) if costs else None
    return {
        "length_km": float(sum(part.length_km for part in sections)),
        **{
            name: known(sum(getattr(part.struck, name) for part in sections if part.is_at_sea))
            for name in ("strikes_per_year", "strikes_at_most_per_year", "planned_strikes_per_year")
        },
        "deepest_target_m": max(part.target_m for part in sections),
        "km_by_verdict": {verdict: route.km_where(verdict) for verdict in VERDICTS},
        "work_days": float(sum(part.work_days or 0.0 for part in sections)),
        **({} if total is None else asdict(total)),
    }


def notes_of(rules: Burial) -> Iterator[str]:
    """What a person should know before reading the figures."""
    if not rules.has_traffic:
        yield "no traffic is given: anchors are insufficient information, and no target has them in it"
    if not rules.has_soil:
        yield "no soil is given: how deep anchors go and what can bury the cable is insufficient information"
    if not rules.tools:
        yield "no tools are given: what can bury the cable is insufficient information"
    assumed = [key for key, status, _ in cited(rules.model_dump(mode="json")) if status == "ASSUMED"]
    if assumed:
        yield f"{len(assumed)} tables of [burial] are ASSUMED: {', '.join(key or 'burial' for key in assumed)}"


def traffic_notes(rules: Burial, read: Mapping[str, Any]) -> Iterator[str]:
    """How positions were counted."""
    for file in rules.traffic:
        if file.form == "ais":
            found = read[file.id]
            days, said = period_h(file, found) / 24.0, "by the study" if file.period_days else "from first to last"
            yield (
                f"`{file.id}`: tracks of {found['ships']:,} ships over {days:,.1f} days ({said}), brought to a year of "
                f"8,760 h; {found['without_length']:,} without a length count as `{file.unstated_ship}`"
            )


def log_notes(study: Known, assessed: Sequence[Assessed]) -> Iterator[str]:
    """How many logs lie within reach of a route: no other counts."""
    for log in study.rules.soil_logs:
        found = study.logs[log.id]
        _, first = np.unique(found["log"], return_index=True)
        reached = np.zeros(len(first), bool)
        for route in assessed:
            profile = route.samples.route.profile
            places = np.column_stack([profile.lon_deg, profile.lat_deg])
            away_m = distance_to_points_m(
                found["lon_deg"][first], found["lat_deg"][first], places, 1000.0 * log.within_km
            )
            reached |= np.isfinite(away_m)
        yield f"`{log.id}`: {reached.sum()} of {len(first)} logs lie within {log.within_km:g} km of a route"


def effects_of(inputs: Inputs, laid: Handover, study: Known) -> dict[str, dict[str, dict[str, float]]]:
    """What the weights of the table changed: the paths with them and without, by system id."""
    ground: Seabed = laid.ground.seabed
    cells = Cells(study, ground.grid, ground.depth)
    added = np.zeros(ground.grid.shape, np.float32)
    for one in steering_of_burial(cells, inputs.study.cost.base_cost_usd_per_km):
        added += np.float32(one.weight) * one.friction()
    costs = {name: np.maximum(cost - added, np.float32(1)) for name, cost in ground.cost.by_system.items()}
    cost = replace(
        ground.cost, friction_cost=np.maximum(ground.cost.friction_cost - added, np.float32(1)), by_system=costs
    )
    without = route_systems(inputs, replace(ground, cost=cost))
    return {
        system_id: {"with": along(cells, laid.paths[system_id].path.lonlat), "without": along(cells, other.path.lonlat)}
        for system_id, other in without.items()
        if isinstance(other, SystemPath)
    }


def along(cells: Cells, lonlat: Floats) -> dict[str, float]:
    """What a path meets."""
    length_km = line_length_km(lonlat)
    kp_km = kp_series_km(length_km, SAMPLE_KM)
    places = positions_at_km(lonlat, (kp_km[1:] + kp_km[:-1]) / 2)
    parts_km, rules = np.diff(kp_km), cells.study.rules

    def total(raster: NDArray[np.float32]) -> float:
        found = sample(cells.grid, raster, places.lon_deg, places.lat_deg)
        return float(parts_km @ np.nan_to_num(found))

    found = {"length_km": length_km}
    if rules.has_traffic:
        found["strikes_per_year"] = total(cells.strikes_per_km)
    if rules.tools and rules.has_soil:
        sure, maybe = cells.works
        found["unburiable_km"] = total(cells.spread((~sure & ~maybe).astype(float)))
        if cells.study.prices is not None:
            found["burial_usd"] = total(cells.usd_per_km)
    return found


UNITS = {
    "length_km": "{:,.1f} km",
    "strikes_per_year": "{:.2g} strikes a year on a bare cable",
    "unburiable_km": "{:,.1f} km that no tool buries in",
    "burial_usd": "USD {:,.0f} of burial",
}


def effect_findings(system_id: str, effect: Mapping[str, Mapping[str, float]]) -> Iterator[Finding]:
    """What the weights changed of a route."""
    told = {
        which: ", ".join(UNITS[name].format(value) for name, value in figures.items())
        for which, figures in effect.items()
    }
    yield Finding(
        kind="burial steers the route",
        severity="information",
        subject=system_id,
        sentence=f"with the weights of [burial] the path has {told['with']}; without them {told['without']}",
        action="choose the weights by what is gained",
        source="burial.steering",
        status="ASSUMED",
    )
