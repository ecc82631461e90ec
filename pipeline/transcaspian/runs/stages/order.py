"""The stages of a run, in their order.

Each is a typed function that imports what it computes with: its value depends on the code of that, and on no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.runs.stages.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from transcaspian.engineering import EngineeredRoute
    from transcaspian.routing import Alternatives
    from transcaspian.runs.archive.live import Live
    from transcaspian.runs.cache import BySystem, Cached
    from transcaspian.runs.stages.divide_waters import Waters
    from transcaspian.runs.stages.each_system import Failed
    from transcaspian.runs.stages.find_zones import NearOptimal
    from transcaspian.runs.stages.handover import CachedGround, Results
    from transcaspian.runs.stages.inputs import Inputs, RunSettings, Written
    from transcaspian.runs.stages.lay_courses import LaidCourse
    from transcaspian.runs.stages.model_seabed import Bed
    from transcaspian.runs.stages.route_systems import SystemPath
    from transcaspian.seabed import CostSurface, DepthModel
    from transcaspian.study import Study

ENDS = tuple(
    f"{end}.{key}" for end in ("start", "end") for key in ("name", "lon_deg", "lat_deg", "max_snap_km", "island")
)
"""What is read of the two landings of a system."""
LINE = ("direction", "rules.landing_approach", "rules.via", "line", *ENDS)
"""What every line of a system depends on, beside the ground."""

SHOWN_ENDS = tuple(
    f"{end}{place}.{remark}"
    for end in ("start", "end")
    for place in ("", ".beach_manhole", ".cable_station")
    for remark in ("source", "status")
)
"""What lists show of the landings beside where they are: a position that is assumed says so, and by what."""


def read_inputs(settings: RunSettings, study: Study | None = None) -> Inputs:
    """Read and validate the study and every file it names."""
    from transcaspian.runs.stages.read_inputs import read_inputs

    return read_inputs(settings, study)


def model_coarse(inputs: Inputs, roles: Sequence[str]) -> dict[str, DepthModel]:
    """The depth of some of several seabeds, each alone."""
    from transcaspian.runs.stages.model_seabed import model_coarse

    return model_coarse(inputs, roles)


def model_bed(inputs: Inputs, coarse: Mapping[str, DepthModel] | None = None) -> Bed:
    """Depth below the declared water level, and the areas that no route enters."""
    from transcaspian.runs.stages.model_seabed import model_bed

    return model_bed(inputs, coarse or {})


def price_bed(inputs: Inputs, bed: Cached[Bed]) -> CostSurface:
    """What a metre of cable costs on every cell."""
    from transcaspian.runs.stages.model_seabed import price_bed

    return price_bed(inputs, bed.value)


def route_systems(inputs: Inputs, ground: CachedGround) -> dict[str, SystemPath | Failed]:
    """The least-cost path of every system."""
    from transcaspian.runs.stages.route_systems import route_systems

    return route_systems(inputs, ground.seabed)


def find_zones(
    inputs: Inputs, ground: CachedGround, paths: BySystem[SystemPath], courses: BySystem[LaidCourse]
) -> dict[str, NearOptimal | Failed]:
    """The cost-tolerance zones of every system."""
    from transcaspian.runs.stages.find_zones import find_zones

    return find_zones(inputs, ground.seabed, paths, courses)


def divide_waters(inputs: Inputs, bed: Cached[Bed]) -> Waters:
    """The waters of each state, and the sea at lower levels."""
    from transcaspian.runs.stages.divide_waters import divide_waters

    return divide_waters(inputs, bed.value)


def lay_courses(inputs: Inputs, ground: CachedGround, paths: BySystem[SystemPath]) -> dict[str, LaidCourse | Failed]:
    """The legs of every system."""
    from transcaspian.runs.stages.lay_courses import lay_courses

    return lay_courses(inputs, ground.seabed, paths)


def engineer_systems(
    inputs: Inputs, ground: CachedGround, courses: BySystem[LaidCourse]
) -> dict[str, EngineeredRoute | Failed]:
    """Cable, neighbours and Route Position List of every system."""
    from transcaspian.runs.stages.engineer_systems import engineer_systems

    return engineer_systems(inputs, ground.seabed, courses)


def find_alternatives(
    inputs: Inputs, ground: CachedGround, paths: BySystem[SystemPath], courses: BySystem[LaidCourse]
) -> dict[str, Alternatives | Failed]:
    """Lines that keep away from the route of every system."""
    from transcaspian.runs.stages.find_alternatives import find_alternatives

    return find_alternatives(inputs, ground.seabed, paths, courses)


def write(live: Live, settings: RunSettings, results: Results, created: datetime) -> Written:
    """Write the run, hold it against the last one, and register it."""
    from transcaspian.runs.stages.write_run import write

    return write(live, settings, results, created)


STEERED_BY = "steered_by"
"""Of the study: who reads it depends on the data and the code of the analyses that add to the cost, too."""
READ = Stage("read", "study, sources and layers under contract", read_inputs)
COARSE = Stage(
    "depth",
    "depth of each of several seabeds that is coarser than the grid",
    model_coarse,
    study=("area", "water_level", "depth_model"),
    data=("seabed", "shoreline", "islands"),
    reads_remarks=False,
)
"""No stage of its own, but a part of the next: kept seabed by seabed."""
DEPTH = Stage(
    "depth",
    "depth below the water level, and closed areas",
    model_bed,
    study=("area", "water_level", "max_depth_m", "depth_model", "seabed_fusion", "no_go", "barriers"),
    data=("seabed", "shoreline", "islands", "hazards", "constraints"),
    reads_remarks=False,
)
COST = Stage(
    "cost",
    "criteria and cost surface",
    price_bed,
    study=("criteria", "constraints", "landing_points", "sketches", "diverse_from", STEERED_BY),
    data=("hazards", "cables", "earthquakes", "constraints"),
    reads_remarks=False,
)
ROUTES = Stage(
    "routes",
    "least-cost paths",
    route_systems,
    study=("area", "routing.proven", "routing.refinement", "criteria.depth", "criteria.slope", *LINE),
    data=("cables", "shoreline", "islands"),
    reads_remarks=False,
)
WATERS = Stage(
    "waters",
    "waters of the states, and lower seas",
    divide_waters,
    study=("area", "water_level", "engineering.sectors", "engineering.water_levels"),
    data=("borders", "sectors", "agreed_lines", "islands"),
    reads_remarks=False,
)
COURSES = Stage(
    "courses",
    "legs along the paths, and the seabed under them",
    lay_courses,
    study=(
        *("water_level", "engineering.alter_course", "engineering.profile", "engineering.land_tail", "line"),
        *("start", "end"),
    ),
    reads_remarks=False,
)
ZONES = Stage(
    "zones",
    "cost-tolerance zones of the routes, and equally cheap ways",
    find_zones,
    study=("cost_tolerance", *LINE),
    reads_remarks=False,
)
ENGINEERING = Stage(
    "engineering",
    "cable, neighbours, Route Position Lists",
    engineer_systems,
    study=(
        *("water_level", "sketches", "built_with", "start", "end", *SHOWN_ENDS, "engineering", "line", "lay"),
        *("no_go", "constraints", "barriers", "area"),
    ),
    data=("hazards", "cables", "borders", "sectors", "agreed_lines", "islands", "constraints"),
    reads_built_with=True,
    reads_remarks=False,
)
ALTERNATIVES = Stage(
    "alternatives",
    "alternatives that keep away from the routes",
    find_alternatives,
    study=("alternatives", "water_level", "engineering.alter_course", "engineering.profile", *LINE),
    reads_remarks=False,
)
WRITE = Stage("write", "layers, rasters, pictures, report and manifest, read back", write)
