"""What a run publishes, in memory: figures, layers, rasters, lists and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np

from transcaspian import export, ingest
from transcaspian.core.constraint_data import ConstraintRaster
from transcaspian.core.cost_range import CostRange
from transcaspian.core.findings import Advice, AnalysisResult, Finding, advice
from transcaspian.core.layer_catalogue import surface_stops
from transcaspian.core.layers import CONSTRAINTS, ISLANDS
from transcaspian.core.old_names import old_to_new
from transcaspian.core.registry import asked_of
from transcaspian.core.styles import (
    COST_STOPS,
    DEPTH_ERROR_STOPS,
    DEPTH_RESOLUTION_STOPS,
    DEPTH_SOURCE_STOPS,
    DEPTH_STOPS,
    EXCESS_STOPS,
    FRICTION_STOPS,
)
from transcaspian.engineering import (
    EngineeredRoute,
    Surroundings,
    bill_of,
    quantities_along,
    quantities_ashore,
    quantities_of,
)
from transcaspian.products import (
    Figures,
    Reconciled,
    boundary_layer,
    constraint_layer,
    figures_of,
    finding_layer,
    published_figures,
    read_layers,
    reconcile,
    sea_layers,
    system_layers,
    water_layers,
)
from transcaspian.runs.stages.divide_waters import StateZones
from transcaspian.runs.stages.engineer_systems import Engineered, listed_ground, priced_ground
from transcaspian.runs.stages.handover import Results
from transcaspian.runs.stages.inputs import Inputs, RunSettings, islands_beside, joined
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.run_findings import findings_of
from transcaspian.runs.stages.run_notes import notes_of
from transcaspian.runs.stages.steering import steering_of
from transcaspian.seabed import NO_SOURCE, DepthSurface
from transcaspian.study import Study, System


@dataclass(frozen=True)
class Assembled:
    """All that the files of a run are made from.

    Attributes
    ----------
    asked
        Ids of the systems that were asked for.
    missing
        Why a system could not be laid, by its id.
    published
        Published figures beside ours, and the branches of the network.
    further
        What the optional stages found, by their names.
    """

    settings: RunSettings
    inputs: Inputs
    asked: list[str]
    missing: Mapping[str, str]
    ground: Seabed
    figures: tuple[Figures, ...]
    published: Mapping[str, Any]
    layers: Mapping[str, gpd.GeoDataFrame]
    rasters: tuple[export.Raster, ...]
    engineered: Engineered
    further: Mapping[str, AnalysisResult]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What is recommended of each system that was asked for."""
        study = self.inputs.study
        return advice({system_id: study.alternatives_of(system_id) for system_id in self.asked}, self.findings)


def assemble(settings: RunSettings, results: Results, engineered: Engineered, created: datetime) -> Assembled:
    """Measure the systems, and make layers and rasters of all that was found."""
    inputs, ground = results.inputs, results.laid.ground.seabed
    further = {name: found.value for name, found in results.further.items()}
    figures, reconciled = beside_published(inputs.study, figures_by_system(results, engineered), further)
    findings = findings_of(results, (figures, reconciled), created)
    return Assembled(
        settings=settings,
        inputs=inputs,
        asked=results.asked,
        missing=results.missing,
        ground=ground,
        figures=figures,
        published=published_figures(reconciled),
        layers=layers_of(results, figures)
        | finding_layer(findings, figures)
        | {key: layer for one in further.values() for key, layer in one.layers.items()},
        rasters=tuple(under_old_names(rasters_of(settings, results))),
        engineered=engineered,
        further=further,
        notes=notes_of(results, engineered.routes),
        findings=findings,
    )


def beside_published(
    study: Study, figures: Sequence[Figures], further: Mapping[str, AnalysisResult]
) -> tuple[tuple[Figures, ...], tuple[Reconciled, ...]]:
    """The figures of systems with what others published of them, and all published figures beside ours."""
    ways = [
        subject
        for wing in asked_of(study)
        if wing.subjects is not None and wing.name in further
        for subject in wing.subjects(further[wing.name])
    ]
    rows = reconcile(study.published_figures, (*(item.subject for item in figures), *ways))
    mine = {
        item.system.id: tuple(row for row in rows if row.subject and row.subject.id == item.system.id)
        for item in figures
    }
    return tuple(replace(item, reconciled=mine[item.system.id]) for item in figures), rows


def figures_by_system(results: Results, engineered: Engineered) -> tuple[Figures, ...]:
    """The figures of each system that was laid."""
    ground, zones = results.laid.ground.seabed, results.zones
    near = listed_ground(results.inputs, ground)
    return tuple(
        figures_of(
            results.inputs.study,
            system,
            results.laid.paths[system.id].path,
            engineered.routes.get(system.id),
            ground.grid,
            ground.depth,
        )
        .beside(
            zones[system.id].areas if system.id in zones else {},
            zones[system.id].cheaper_km2 if system.id in zones else 0.0,
            results.laid.alternatives.get(system.id),
            ground.grid,
        )
        .with_alternatives_at(alternative_costs(results, near, engineered.routes, system))
        for system in results.inputs.systems
    )


def alternative_costs(
    results: Results, near: Surroundings, routes: Mapping[str, EngineeredRoute], system: System
) -> tuple[CostRange, ...]:
    """What the alternatives of a system cost by the cost book; empty where the study has none."""
    study, route = results.inputs.study, routes.get(system.id)
    found = results.laid.alternatives.get(system.id)
    if study.prices is None or study.engineering is None or route is None or found is None:
        return ()
    ground = priced_ground(results.inputs, near, system, routes)
    land_km, beaches = quantities_of(route).land_km, quantities_ashore(route)
    bought = (quantities_along(ground, one.line.lonlat, study.engineering, land_km) for one in found.found)
    return tuple(bill_of(study.prices, one + beaches).total for one in bought)


def layers_of(results: Results, figures: tuple[Figures, ...]) -> dict[str, gpd.GeoDataFrame]:
    """The layers of every run, by name."""
    inputs, ground, waters = results.inputs, results.laid.ground.seabed, results.waters.value
    return {
        **system_layers(inputs.study, figures, results.laid.routed.landings, ground.grid, ground.depth),
        **zone_layers(inputs, ground, waters.zones),
        **sea_layers(waters.seas, ground.depth),
        **read_layers(
            {ingest.ROLE_LAYERS[role].name: read.layer for role, read in inputs.layers.items()}
            | {ISLANDS.name: islands_beside(inputs, joined(inputs)[0])},
            ground.no_go,
            [
                read.quarantine
                for read in (*inputs.layers.values(), *inputs.constraints.values())
                if not isinstance(read, ConstraintRaster)
            ],
        ),
        **constraint_layers(inputs),
    }


def constraint_layers(inputs: Inputs) -> dict[str, gpd.GeoDataFrame]:
    """The layer of the constraints, where the study has any."""
    if not inputs.study.constraints:
        return {}
    citations = {item.role.removeprefix("constraints."): item.citation for item in inputs.provenance}
    return {CONSTRAINTS.name: constraint_layer(inputs.study.constraints, inputs.constraints, citations)}


def zone_layers(inputs: Inputs, ground: Seabed, zones: StateZones | None) -> dict[str, gpd.GeoDataFrame]:
    """The layers of the states' waters."""
    roles = {"sectors" if "sectors" in inputs.layers else "borders", "agreed_lines", "shoreline", "islands"}
    made = water_layers(
        zones.areas if zones else (),
        zones.medians if zones else {},
        method=zones.method if zones else "",
        source="; ".join(item.citation for item in inputs.provenance if item.role in roles),
        status=zones.status if zones else "",
        step_deg=ground.grid.step_deg,
    )
    return {**made, **boundary_layer(zones.boundaries if zones else ())}


def criterion_rasters(results: Results) -> Iterator[export.Raster]:
    """What each criterion and constraint adds to the cost of a metre."""
    ground = results.laid.ground.seabed
    constraints = {one.id for one in results.inputs.study.constraints}
    for one in steering_of(results.inputs, ground.grid, ground.depth):
        kind = "constraint" if one.name in constraints else "criterion"
        array = ground.cost.criteria.get(one.name)
        if array is None:
            array = np.where(ground.depth.water, np.float32(one.weight) * one.friction(), np.float32(np.nan))
        yield export.Raster(
            f"{kind}_{one.name}", array, f"weighted friction of the {kind} {one.name}", "1", FRICTION_STOPS
        )


def known_of_depth(surface: DepthSurface) -> Iterator[export.Raster]:
    """What is known of the depth: its standard error, its source, and how far apart the data of that lie."""
    yield export.Raster("depth_error", surface.error_m, "one standard error of the depth", "m", DEPTH_ERROR_STOPS)
    source = np.where(surface.source == NO_SOURCE, np.float32(np.nan), surface.source.astype(np.float32))
    meaning = "which of the seabeds of the study the depth is from, counted from 0 in their order"
    yield export.Raster("depth_source", source, meaning, "1", DEPTH_SOURCE_STOPS)
    meaning = "spacing of the seabed data that the depth rests on"
    yield export.Raster("depth_resolution", surface.resolution_m, meaning, "m", DEPTH_RESOLUTION_STOPS)


def under_old_names(rasters: Iterable[export.Raster]) -> Iterator[export.Raster]:
    """Rasters, and under its old name too each that has one."""
    for raster in rasters:
        yield raster
        for old, new in old_to_new("raster").items():
            if raster.name.startswith(f"{new}_"):
                name, said = raster.name.replace(new, old, 1), f"{raster.description}; old name of {raster.name}"
                yield replace(raster, name=name, description=said)


def rasters_of(settings: RunSettings, results: Results) -> Iterator[export.Raster]:
    """Depth, cost, the criteria where they are asked for, the excess of each system, and what analyses found."""
    ground = results.laid.ground.seabed
    resolves = f"seabed data resolve {ground.depth.effective_resolution_deg:g} deg"
    depth = f"water depth below the declared level, positive down; {resolves}"
    yield export.Raster("depth", ground.depth.depth_m, depth, "m", DEPTH_STOPS, shown=True)
    yield from known_of_depth(ground.depth.surface)
    cost = "1 + sum of weighted friction: what the router minimises per metre"
    yield export.Raster("cost", ground.cost.friction_cost, cost, "1", COST_STOPS)
    if settings.criteria_rasters:
        yield from criterion_rasters(results)
    for system_id, near in results.zones.items():
        meaning = f"what the best line through a cell costs more than the published route of {system_id}, as a share"
        yield export.Raster(f"cost_excess_{system_id}", near.near.excess, meaning, "1", EXCESS_STOPS)
    for found in results.further.values():
        for item in found.value.surfaces:
            yield export.Raster(item.name, item.array, item.meaning, item.unit, surface_stops(item.colours))
