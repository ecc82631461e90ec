"""One run of a study from its files to a published folder: the stages, their order, and what passes between them.

A stage is a plain function; whoever runs the study says how a stage is performed (called directly, or as a Prefect
task). The order stands here only, so that both ways give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, box
from shapely.ops import unary_union

from pipeline import engineering, export, ingest, routing, seabed
from pipeline.errors import IngestError, StudyError
from pipeline.grid import Grid
from pipeline.products import Figures, figures_of, published_layers
from pipeline.report.map import draw_map
from pipeline.sources.resolve import Provenance, find_raw_dir, resolve_sources
from pipeline.study import Landing, Study, System, load_study

Found = TypeVar("Found")


@dataclass(frozen=True)
class RunSettings:
    """What somebody asked for; ``systems`` empty means all of the study's."""

    study_path: Path
    out_dir: Path = Path("data/processed")
    systems: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    raw_dir: Path | None = None
    criteria_rasters: bool = False


@dataclass(frozen=True)
class Inputs:
    """The study and every data set it names, as read: nothing is computed yet."""

    study: Study
    study_sha256: str
    systems: tuple[System, ...]
    provenance: tuple[Provenance, ...]
    seabed: ingest.SeabedRaster
    layers: Mapping[str, ingest.Ingested]


@dataclass(frozen=True)
class Seabed:
    """Depth, cost and the areas that are closed, on the study's grid."""

    grid: Grid
    water: Polygon | MultiPolygon
    depth: seabed.DepthModel
    cost: seabed.CostSurface
    no_go: gpd.GeoDataFrame


@dataclass(frozen=True)
class Routed:
    """Landings by id; by system id paths, corridors, their areas by excess limit, equally cheap ways, and alternatives.

    All but the paths are empty where the study does not ask for them.
    """

    landings: Mapping[str, routing.ShoreLanding]
    paths: Mapping[str, routing.LeastCostPath]
    corridors: Mapping[str, routing.Corridor]
    corridor_areas: Mapping[str, Mapping[float, MultiPolygon]]
    ties: Mapping[str, int]
    alternatives: Mapping[str, routing.Alternatives]


@dataclass(frozen=True)
class Engineered:
    """The engineered routes by system id, and the sea at lower levels; empty where the study has no rules for them."""

    routes: Mapping[str, engineering.EngineeredRoute]
    seas: tuple[engineering.SeaAtLevel, ...]


@dataclass(frozen=True)
class RunResult:
    """Where the run stands, and the figures to show."""

    folder: Path
    latest: Path
    figures: tuple[Figures, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """A step of the run, with the sentence shown while it works."""

    name: str
    meaning: str
    function: Callable[..., Any]


class Perform(Protocol):
    """How a stage is performed."""

    def __call__(self, stage: Stage, *args: Any) -> Any: ...


class Watch(Protocol):
    """Told when a stage begins (``seconds`` is None) and when it has ended."""

    def __call__(self, stage: Stage, seconds: float | None) -> None: ...


def read_inputs(settings: RunSettings) -> Inputs:
    """Read and validate the study and every file it names."""
    study = load_study(settings.study_path, settings.overrides)
    raw_dir = settings.raw_dir or find_raw_dir(settings.study_path)
    sources = resolve_sources(study, settings.study_path, raw_dir)
    layers = {
        role: ingest.read_layer(source.file, bounds=study.area.bounds)
        for role, source in sources.items()
        if role != "seabed"
    }
    return Inputs(
        study=study,
        study_sha256=hash_json(study.model_dump(mode="json")),
        systems=study.select(settings.systems),
        provenance=tuple(source.provenance for source in sources.values()),
        seabed=ingest.read_seabed(sources["seabed"].file, study.area.bounds),
        layers=layers,
    )


def model_seabed(inputs: Inputs) -> Seabed:
    """Depth below the declared water level, the cost surface, and the areas that no route enters."""
    study = inputs.study
    grid = study.area.grid()
    water = water_polygon(inputs)
    mask = seabed.water_mask(grid, water)
    raster = inputs.seabed
    depth = seabed.model_depth(
        grid,
        raster.lon_deg,
        raster.lat_deg,
        raster.elevation_m,
        mask,
        water,
        study.water_level.level_m_msl,
        raster.effective_resolution_deg,
    )
    no_go = closed_areas(inputs)
    walls = seabed.rasterise_walls(grid, list(no_go.geometry))
    cost = seabed.build_cost(grid, depth, frictions(inputs, grid, depth), walls, study.cost.base_cost_usd_per_km)
    return Seabed(grid, water, depth, cost, no_go)


def route_systems(inputs: Inputs, ground: Seabed) -> Routed:
    """Bring the landings to the shore; find the least-cost path of every system, its corridor and alternatives."""
    study = inputs.study
    wanted = dict.fromkeys(end for system in inputs.systems for end in (system.from_landing, system.to_landing))
    landings = shore_landings(ground.water, [study.landing(landing_id) for landing_id in wanted])
    forbidden = unary_union(list(ground.no_go.geometry)) if len(ground.no_go) else None

    def on_grid(function: Callable[..., Found], system: System, *args: Any, **wanted: Any) -> Found:
        return function(
            ground.grid,
            ground.cost.friction_cost,
            ground.water,
            landings[system.from_landing],
            landings[system.to_landing],
            forbidden,
            *args,
            max_approach_km=study.rules.landing_approach.max_km,
            metric_of=metric_of(study, ground),
            **wanted,
        )

    # one after another: GEOS's prepared geometries, which all routes share, are not safe between threads
    effort = study.routing.model_dump(include={"proven", "refinement"}) if study.routing else {}
    paths = {system.id: on_grid(routing.route_between, system, **effort) for system in inputs.systems}
    corridors: dict[str, routing.Corridor] = {}
    areas: dict[str, dict[float, MultiPolygon]] = {}
    ties: dict[str, int] = {}
    alternatives: dict[str, routing.Alternatives] = {}
    for system in inputs.systems:
        if study.corridor:
            near = on_grid(routing.corridor_between, system)
            corridors[system.id] = near
            areas[system.id] = {
                limit: routing.corridor_polygon(near, limit, ground.water, forbidden)
                for limit in study.corridor.excess_limits
            }
            if study.direction is None:
                ties[system.id] = len(routing.ties(ground.grid, ground.cost.friction_cost, *near.ends_lonlat))
        if study.alternatives:
            wanted = study.alternatives.model_dump(include={"count", "min_separation_km", "min_share"})
            alternatives[system.id] = on_grid(routing.alternatives, system, paths[system.id], **wanted)
    return Routed(landings, paths, corridors, areas, ties, alternatives)


def metric_of(study: Study, ground: Seabed) -> routing.MetricOf | None:
    """What makes a metric of a cost by the study's rules of direction; None without any."""
    if study.direction is None:
        return None
    rules = study.direction.model_dump(include={"side_factor", "in_line_factor", "full_slope_deg"})
    return lambda cost: routing.slope_metric(ground.grid, cost, ground.depth.depth_m, **rules)


def engineer_systems(inputs: Inputs, ground: Seabed, routed: Routed) -> Engineered:
    """Make a route of every path: legs, profile, cable, Route Position List."""
    study, rules = inputs.study, inputs.study.engineering
    if rules is None:
        return Engineered({}, ())
    hazards = inputs.layers["hazards"].layer if "hazards" in inputs.layers else None
    common = engineering.Ground(
        grid=ground.grid,
        depth=ground.depth,
        cost=ground.cost,
        water=ground.water,
        forbidden=unary_union(list(ground.no_go.geometry)) if len(ground.no_go) else None,
        level_m_msl=study.water_level.level_m_msl,
        hazards={}
        if hazards is None
        else {str(kind): list(rows) for kind, rows in hazards.geometry.groupby(hazards["kind"])},
    )
    routes = {
        system.id: engineering.engineer_route(common, routed.paths[system.id], rules, label_of(study, system))
        for system in inputs.systems
    }
    levels = rules.water_levels.levels_m_msl if rules.water_levels else ()
    seas = (
        engineering.sea_at_level(ground.grid, ground.depth, ground.water, study.water_level.level_m_msl, level)
        for level in levels
    )
    return Engineered(routes, tuple(seas))


def label_of(study: Study, system: System) -> engineering.Label:
    """What heads the Route Position List of a system."""
    level = study.water_level
    return engineering.Label(
        system_id=system.id,
        title=f"{study.study.title}: {system.name}",
        revision=study.study.revision,
        water_level=f"{level.level_m_msl:g} m MSL ({level.epoch})",
        from_name=study.landing(system.from_landing).name,
        to_name=study.landing(system.to_landing).name,
    )


def publish(
    settings: RunSettings,
    inputs: Inputs,
    ground: Seabed,
    routed: Routed,
    engineered: Engineered,
    created: datetime,
) -> RunResult:
    """Write every layer, raster, the map and the manifest, read them back, and make the run visible at once."""
    study = inputs.study
    figures = tuple(
        figures_of(
            study,
            system,
            routed.paths[system.id],
            engineered.routes.get(system.id),
            ground.grid,
            ground.depth,
            routed.corridor_areas.get(system.id),
            routed.alternatives.get(system.id),
        )
        for system in inputs.systems
    )
    layers = published_layers(
        study,
        figures,
        routed.landings,
        ground.grid,
        ground.depth,
        ground.no_go,
        seas=engineered.seas,
        read={ingest.ROLE_LAYERS[role].name: read.layer for role, read in inputs.layers.items()},
        quarantined=[read.quarantine for read in inputs.layers.values()],
    )
    sources = [asdict(source) for source in inputs.provenance]
    code_sha256 = export.code_sha256()
    wanted_sha256 = hash_json([inputs.study_sha256, [system.id for system in inputs.systems]])
    run_id = export.run_id(wanted_sha256, hash_json(sources), code_sha256, created)
    created_utc = created.strftime("%Y-%m-%dT%H:%M:%S.000Z")  # as GeoPackage requires of last_change
    with export.open_run(settings.out_dir, study.study.id, run_id) as folder:
        files = export.write_run(
            folder.path,
            study_id=study.study.id,
            layers=layers,
            grid=ground.grid,
            depth_m=ground.depth.depth_m,
            cost=ground.cost.friction_cost,
            extra_rasters=ground.cost.criteria if settings.criteria_rasters else {},
            corridor_excess={system_id: near.excess for system_id, near in routed.corridors.items()},
            seabed_resolution_deg=ground.depth.effective_resolution_deg,
            draw_map=partial(
                draw_map,
                grid=ground.grid,
                depth_m=ground.depth.depth_m,
                layers=layers,
                title=f"{study.study.title} · revision {study.study.revision}",
                credits=map_credits(inputs),
            ),
            created_utc=created_utc,
        )
        export.write_manifest(
            folder.path / "manifest.json",
            export.build_manifest(
                run={"id": folder.run_id, "created_utc": created_utc},
                study={
                    "id": study.study.id,
                    "revision": study.study.revision,
                    "sha256": inputs.study_sha256,
                    "overrides": dict(settings.overrides),
                    "water_level": study.water_level.model_dump(mode="json"),
                },
                code_sha256=code_sha256,
                sources=sources,
                systems=[item.as_manifest() for item in figures],
                counts={role: asdict(read.counts) for role, read in inputs.layers.items()},
                seabed={
                    "effective_resolution_deg": ground.depth.effective_resolution_deg,
                    "grid_step_deg": ground.grid.step_deg,
                },
                files=files,
            ),
        )
        published = folder.publish()
    notes = (*folder.notes, *run_notes(inputs, ground, routed))
    return RunResult(published, published.parent / "latest", figures, notes)


READ = Stage("read inputs", "study, sources and layers under contract", read_inputs)
SEABED = Stage("model seabed", "depth, criteria and cost surface", model_seabed)
ROUTE = Stage("route systems", "least-cost paths, corridors and alternatives", route_systems)
ENGINEER = Stage("engineer routes", "legs, profile, cable, Route Position Lists", engineer_systems)
PUBLISH = Stage("publish", "layers, rasters, map and manifest, read back", publish)
STAGES = (READ, SEABED, ROUTE, ENGINEER, PUBLISH)


def perform_directly(stage: Stage, *args: Any) -> Any:
    """Call the stage's function."""
    return stage.function(*args)


def run_study(settings: RunSettings, watch: Watch, perform: Perform = perform_directly) -> RunResult:
    """Run a study from its files to a published folder.

    Raises
    ------
    TranscaspianError
        When something the user gave cannot be used; nothing is published then and the last good run stays.
    """

    def timed(stage: Stage, *args: Any) -> Any:
        watch(stage, None)
        began = time.perf_counter()
        value = perform(stage, *args)
        watch(stage, time.perf_counter() - began)
        return value

    inputs: Inputs = timed(READ, settings)
    ground: Seabed = timed(SEABED, inputs)
    routed: Routed = timed(ROUTE, inputs, ground)
    engineered: Engineered = timed(ENGINEER, inputs, ground, routed)
    result: RunResult = timed(PUBLISH, settings, inputs, ground, routed, engineered, clock())
    return result


def check_study(settings: RunSettings) -> Inputs:
    """Validate all that can be validated without computing a route: study, files, contracts, landings."""
    inputs = read_inputs(settings)
    shore_landings(water_polygon(inputs), inputs.study.landings)
    return inputs


def shore_landings(water: Polygon | MultiPolygon, landings: Sequence[Landing]) -> dict[str, routing.ShoreLanding]:
    """The landings on the shoreline, by their id."""
    return {
        place.id: routing.snap_to_shore(water, place.lon_deg, place.lat_deg, place.max_snap_km, place.name)
        for place in landings
    }


def clock() -> datetime:
    """Now in UTC, or the moment of ``SOURCE_DATE_EPOCH`` for runs that are compared byte by byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError) as exc:
        raise StudyError(f"SOURCE_DATE_EPOCH is {epoch!r}: expected whole seconds since 1970") from exc


def hash_json(value: Any) -> str:
    """sha256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def water_polygon(inputs: Inputs) -> Polygon | MultiPolygon:
    """All water inside the study's area.

    Raises
    ------
    IngestError
        When the shoreline has no water there.
    """
    shoreline = inputs.layers["shoreline"].layer
    water = unary_union(list(shoreline.geometry)).intersection(box(*inputs.study.area.bounds))
    polygons = [part for part in getattr(water, "geoms", [water]) if isinstance(part, Polygon) and not part.is_empty]
    if not polygons:
        raise IngestError(
            f"the shoreline of sources.shoreline has no water inside the area {inputs.study.area.bounds}: "
            "check [area] and the order of coordinates in the file"
        )
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def closed_areas(inputs: Inputs) -> gpd.GeoDataFrame:
    """The hazards marked no-go with their buffers, as the layer ``no_go``."""
    defaults = inputs.study.no_go.default_buffer_m
    hazards = inputs.layers.get("hazards")
    rows = [] if hazards is None else [row for row in hazards.layer.to_dict("records") if row["no_go"]]
    return seabed.no_go_layer(rows, {str(kind): buffer_m for kind, buffer_m in defaults.items()})


def frictions(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> dict[str, tuple[float, NDArray[np.float32]]]:
    """Weight and friction of every criterion whose data is there."""
    criteria = inputs.study.criteria
    landings = [(landing.lon_deg, landing.lat_deg) for landing in inputs.study.landings]
    depth_bands = [(band.from_m, band.to_m, band.friction) for band in criteria.depth.bands]
    slope_bands = [(band.from_deg, band.to_deg, band.friction) for band in criteria.slope.bands]
    result = {
        "depth": (criteria.depth.weight, seabed.depth_friction(depth.depth_m, depth_bands)),
        "slope": (
            criteria.slope.weight,
            seabed.slope_friction(seabed.slope_deg(grid, depth.depth_m), slope_bands),
        ),
        "shallow": (
            criteria.shallow.weight,
            seabed.shallow_friction(
                grid,
                depth.depth_m,
                landings,
                limit_m=criteria.shallow.limit_m,
                approach_km=criteria.shallow.approach_km,
                friction=criteria.shallow.friction,
            ),
        ),
        "unknown": (
            criteria.unknown.weight,
            seabed.unknown_friction(depth.depth_m, depth.water, criteria.unknown.friction),
        ),
    }
    if "hazards" in inputs.layers:
        hazards = inputs.layers["hazards"].layer
        by_kind = [
            (list(hazards.geometry[hazards["kind"] == kind]), reach_km)
            for kind, reach_km in sorted(criteria.hazards.reach_km.items())
        ]
        result["hazards"] = (
            criteria.hazards.weight,
            seabed.hazard_friction(grid, depth.water, by_kind, criteria.hazards.friction),
        )
    if "earthquakes" in inputs.layers:
        quakes = inputs.layers["earthquakes"].layer
        result["earthquakes"] = (
            criteria.earthquakes.weight,
            seabed.earthquake_friction(
                grid,
                depth.water,
                quakes.geometry.x.to_numpy(),
                quakes.geometry.y.to_numpy(),
                quakes["magnitude_mw"].to_numpy(),
                bandwidth_km=criteria.earthquakes.bandwidth_km,
                min_magnitude_mw=criteria.earthquakes.min_magnitude_mw,
                friction=criteria.earthquakes.friction,
            ),
        )
    return result


def run_notes(inputs: Inputs, ground: Seabed, routed: Routed) -> tuple[str, ...]:
    """What a person should know of this run's data before reading its figures."""
    resolution_deg = ground.depth.effective_resolution_deg
    notes = [f"seabed: depths and slopes come from data that resolve {resolution_deg:g}°, not from the finer grid"]
    notes += [f"{role}: {note}" for role, read in inputs.layers.items() for note in read.notes]
    notes += [
        f"{role}: {read.counts.quarantined} of {read.counts.read} features are in quarantine, with their reasons"
        for role, read in inputs.layers.items()
        if read.counts.quarantined
    ]
    drying = float(ground.depth.drying.sum() / ground.depth.water.sum())
    if drying > 0:
        notes.append(
            f"seabed: {drying:.1%} of the water inside the shoreline lies above the declared level and counts as 0 m "
            "deep: shoreline and water level are of different years"
        )
    unknown = float(np.isnan(ground.depth.depth_m[ground.depth.water]).mean())
    if unknown > 0:
        notes.append(f"seabed: {unknown:.1%} of the water has no depth: insufficient information")
    notes += [
        f"{system_id}: {ways} ways cost the same within {routing.TIE:.1%}; the route takes one of them"
        for system_id, ways in routed.ties.items()
        if ways > 1
    ]
    notes += [f"{system_id}: {lines.reason}" for system_id, lines in routed.alternatives.items() if lines.reason]
    return tuple(notes)


def map_credits(inputs: Inputs) -> str:
    """The small print of the map: water level, effective resolution, sources."""
    level = inputs.study.water_level
    sources = "; ".join(f"{source.role}: {source.citation}" for source in inputs.provenance)
    return (
        f"Depth below {level.level_m_msl:g} m MSL ({level.epoch}); seabed data resolve "
        f"{inputs.seabed.effective_resolution_deg:g}°. {sources}"
    )
