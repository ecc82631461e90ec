"""What a run would refuse, found before it: depth, landings, the water between them, and the limits of its files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely import MultiPolygon, Polygon

from transcaspian import engineering, routing
from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import GEOD
from transcaspian.core.spread import one_beside
from transcaspian.runs.stages.divide_waters import state_waters
from transcaspian.runs.stages.inputs import Inputs, rows_of, water_polygon
from transcaspian.runs.stages.model_seabed import Seabed, model_bed, price_bed, with_cost
from transcaspian.runs.stages.overlaps import overlap_notes
from transcaspian.runs.stages.own_lines import check_line
from transcaspian.runs.stages.route_systems import ends_of, problem_of, shore_landings
from transcaspian.runs.stages.run_notes import depth_notes, study_notes
from transcaspian.runs.stages.tiles import WIDTH_DEG
from transcaspian.study import System


def check_inputs(inputs: Inputs) -> tuple[str, ...]:
    """Refuse what a run would refuse before it looks for a line, and note what it would note; no field is computed.

    Raises
    ------
    TranscaspianError
        When a landing cannot be brought to the shore or join the grid, two have no water between them, or the seabed
        is not of this sea.
    """
    study = inputs.study
    water = water_polygon(inputs)
    ends = {system.id: ends_of(inputs, water, system) for system in study.systems}
    shore_landings(water, study.landings, study.area.bounds)
    bed = model_bed(inputs, with_error=False)
    for system in study.systems:
        check_line(inputs, bed.water, list(bed.no_go.geometry), system)
    with one_beside() as beside:
        divided = beside(lambda: state_waters(inputs, bed.with_own_polygons()))
        ground = with_cost(bed, price_bed(inputs, bed))
        divided.result()
    waters, _ = ndimage.label(np.isfinite(ground.cost.friction_cost), structure=np.ones((3, 3)))
    for system in (one for one in study.systems if not one.line_keys):
        check_system(inputs, ground, waters, system, ends[system.id])
    odd = engineering.contradictions(rows_of(inputs, "hazards"), rows_of(inputs, "cables"), bed.grid, bed.depth)
    notes = (f"{contradiction}: correct the position, or state the accuracy that covers it" for contradiction in odd)
    old = (f"study: {said}" for said in study.old_names)
    return (*old, *study_notes(study), *depth_notes(bed), *overlap_notes(inputs, bed.depth), *notes)


def check_system(
    inputs: Inputs,
    ground: Seabed,
    waters: NDArray[np.int32],
    system: System,
    ends: tuple[routing.ShoreLanding, routing.ShoreLanding],
) -> None:
    """Refuse a system whose landings cannot join the grid, or lie in separate waters.

    Parameters
    ----------
    waters
        Number of the connected open cells that a cell belongs to, shape ``grid.shape``.
    ends
        Where the line of the system comes ashore.

    Raises
    ------
    LandingError, NoRouteError
        When that is so.
    """
    check_one_water(ground.water, system, ends)
    problem = replace(problem_of(inputs.study, ground, ground.cost.friction_cost), metric_of=None)
    entries = [routing.entry_cell(problem, end) for end in ends]
    if len({int(waters[entry.row, entry.col]) for entry in entries}) > 1:
        raise NoRouteError(
            f"system {system.id}: no water outside the no-go areas leads from {ends[0].name} to {ends[1].name}: they "
            "lie in separate waters, or the water between them is narrower than a cell; use a finer grid step"
        )


def check_one_water(
    water: Polygon | MultiPolygon, system: System, ends: tuple[routing.ShoreLanding, routing.ShoreLanding]
) -> None:
    """Refuse a system whose landings lie on separate bodies of water, be what parts them narrower than a cell.

    Raises
    ------
    NoRouteError
        When that is so.
    """
    bodies = shapely.get_parts(water)
    first, second = (bodies[shapely.dwithin(bodies, shapely.Point(end.lonlat), WIDTH_DEG)] for end in ends)
    if not len(first) or not len(second) or any(one is other for one in first for other in second):
        return
    near = shapely.get_coordinates(shapely.shortest_line(shapely.union_all(first), shapely.union_all(second)))
    away_m = GEOD.inv(*near[0], *near[1])[2]
    raise NoRouteError(
        f"system {system.id}: {ends[0].name} and {ends[1].name} lie on separate bodies of water of sources.shoreline, "
        f"{away_m:,.4g} m apart at {near[0][0]:.5f} E, {near[0][1]:.5f} N: where they are one, close the gap"
    )
