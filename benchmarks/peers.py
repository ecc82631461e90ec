"""One small adapter for each solver: our own and every peer, on the same sea with as many cells.

An adapter gets a frame, the cost and the ends, brings them into the form that the library takes (this is not timed),
and returns a `Job`: ``work`` is what is timed, ``read`` turns its result into a field or a line (not timed). Peers work
on a `Sheet`, the plane where their unit metric is exact; so what is compared is the method, not the projection.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import Floats, LonLat, Sheet
from benchmarks.grass import Grass, grass_version
from transcaspian.core.grid import Grid
from transcaspian.routing import QUICK, Effort, RoutingProblem, least_cost_path, refine, solve
from transcaspian.routing.path import trace_on
from transcaspian.routing.problem import Mode

WALL_SPEED = 1e-6
"""Speed in a wall for libraries without walls; what arrives through one is later than anything else."""
_SEALED = 0.3 / WALL_SPEED
_START_RADIUS_CELLS = 3.0


@dataclass(frozen=True)
class Job:
    """``work()`` is timed; ``read(result)`` gives the field in units of cost, or the line in lon/lat."""

    work: Callable[[], Any]
    read: Callable[[Any], NDArray[Any]]


@dataclass(frozen=True)
class Solver:
    """A way to do a piece of work.

    Attributes
    ----------
    name, package
        As shown, and as installed (`grass` is a program).
    module
        What is imported.
    method
        Directions and scheme, in some words.
    job
        ``(frame, cost, source)`` for a field, ``(frame, cost, source, target)`` for a path.
    on_sheet
        Whether our own works on the peers' cells: straits are not the same on both frames, so errors compare there.
    """

    name: str
    package: str
    module: str
    method: str
    job: Callable[..., Job]
    on_sheet: bool = False

    @property
    def ours(self) -> bool:
        """Whether it works on the lon/lat grid."""
        return self.package == "transcaspian" and not self.on_sheet

    def version(self) -> str | None:
        """Installed version; None when it is not installed."""
        if self.package == "grass":
            return grass_version()
        return version(self.package) if find_spec(self.module) is not None else None


def cell(frame: Sheet | Grid, lonlat: LonLat) -> tuple[int, int]:
    """Row and column of the cell that holds a place."""
    row, col = frame.to_rowcol(*lonlat)
    return int(np.floor(float(row) + 0.5)), int(np.floor(float(col) + 0.5))


def lonlat_line(sheet: Sheet, rowcol: Any, source: LonLat, target: LonLat) -> NDArray[np.float64]:
    """Cells from end to end as ``(n, 2)`` lon/lat; the ends are moved from their cells' centres to their places."""
    points = np.asarray(rowcol, float)
    line = np.column_stack(sheet.to_lonlat(points[:, 0], points[:, 1]))
    line[0], line[-1] = source, target
    return line


def planar(sheet: Sheet, cost: Floats) -> tuple[Floats, NDArray[np.bool_], float]:
    """Cost of a cell's side, the walls, and the metres that one such unit stands for."""
    per_cell, unit_m = sheet.per_cell(cost)
    return per_cell, np.isnan(cost), unit_m


# ---- ours


def our_field(grid: Grid, cost: Floats, source: LonLat) -> Job:
    """The whole field, on two threads."""
    return Job(lambda: solve(RoutingProblem(grid, cost), [source]), lambda field: field.value)


def our_field_on_one_thread(grid: Grid, cost: Floats, source: LonLat) -> Job:
    """The same values."""
    return Job(lambda: solve(RoutingProblem(grid, cost, effort=Effort(threads=1)), [source]), lambda field: field.value)


def our_field_on_sheet(sheet: Sheet, cost: Floats, source: LonLat) -> Job:
    """The field on the peers' cells, on a plane that stands for them."""
    plane, side_m = sheet.plane()
    per_cell, _, unit_m = planar(sheet, cost)
    lon, lat = (float(v) for v in plane.to_lonlat(*sheet.to_rowcol(*source)))
    problem = RoutingProblem(plane, per_cell * np.float32(unit_m / side_m))
    return Job(lambda: solve(problem, [(lon, lat)]), lambda field: field.value)


def our_path(mode: Mode) -> Callable[[Grid, Floats, LonLat, LonLat], Job]:
    """Source to target in one of the router's modes."""

    def job(grid: Grid, cost: Floats, source: LonLat, target: LonLat) -> Job:
        problem = RoutingProblem(grid, cost, effort=Effort(mode))
        return Job(lambda: least_cost_path(problem, source, target), lambda path: path.lonlat)

    return job


def our_refined(grid: Grid, cost: Floats, source: LonLat, target: LonLat, finer_sea: Floats) -> Job:
    """The fast path, then the band around it on cells four times finer."""
    problem = RoutingProblem(grid, cost)
    return Job(
        lambda: refine(problem, least_cost_path(problem, source, target), finer_cost=finer_sea),
        lambda path: path.lonlat,
    )


# ---- full fields of peers


def scikit_image_field(sheet: Sheet, cost: Floats, source: LonLat) -> Job:
    from skimage.graph import MCP_Geometric

    per_cell, walls, unit_m = planar(sheet, cost)
    closed = np.where(walls, -1, per_cell)
    return Job(lambda: MCP_Geometric(closed).find_costs([cell(sheet, source)])[0], lambda field: field * unit_m)


def scikit_fmm_field(sheet: Sheet, cost: Floats, source: LonLat) -> Job:
    """The front starts from a small circle, as a point cannot be given; inside it the rays are straight."""
    import skfmm

    per_cell, walls, unit_m = planar(sheet, cost)
    row, col = cell(sheet, source)
    radius = np.hypot(np.arange(sheet.rows)[:, None] - row, np.arange(sheet.cols) - col)
    phi = np.ma.MaskedArray(radius - _START_RADIUS_CELLS, walls)
    speed = np.where(walls, 1.0, 1.0 / per_cell)
    start = float(per_cell[row, col])
    near = radius <= _START_RADIUS_CELLS

    def read(times: Any) -> NDArray[Any]:
        field = np.ma.filled(times, np.inf) + _START_RADIUS_CELLS * start
        field[near] = radius[near] * start
        field[walls] = np.inf
        return field * unit_m

    return Job(lambda: skfmm.travel_time(phi, speed, dx=1.0, order=2), read)


def eikonalfm_field(sheet: Sheet, cost: Floats, source: LonLat) -> Job:
    """The factored scheme, exact near the source, is slower and no better far from it: the plain one is timed."""
    import eikonalfm

    per_cell, walls, unit_m = planar(sheet, cost)
    speed = np.where(walls, WALL_SPEED, 1.0 / per_cell.astype(float))
    return Job(
        lambda: eikonalfm.fast_marching(speed, cell(sheet, source), (1.0, 1.0), 2),
        lambda times: np.where(walls | (times > _SEALED), np.inf, times) * unit_m,
    )


def pykonal_field(sheet: Sheet, cost: Floats, source: LonLat) -> Job:
    """One layer of the three-dimensional solver. It keeps its state, so a new one is made inside the timed work."""
    import pykonal

    per_cell, walls, unit_m = planar(sheet, cost)
    speed = np.where(walls, WALL_SPEED, 1.0 / per_cell.astype(float))[..., None]
    start = (*cell(sheet, source), 0)

    def work() -> Any:
        solver = pykonal.EikonalSolver(coord_sys="cartesian")
        solver.velocity.min_coords = 0, 0, 0
        solver.velocity.node_intervals = 1, 1, 1
        solver.velocity.npts = speed.shape
        solver.velocity.values = speed
        solver.traveltime.values[start] = 0
        solver.unknown[start] = False
        solver.trial.push(*start)
        solver.solve()
        return solver.traveltime.values

    def read(times: Any) -> NDArray[Any]:
        field = np.asarray(times)[..., 0]
        return np.where(walls | (field > _SEALED), np.inf, field) * unit_m

    return Job(work, read)


def xarray_spatial_field(sheet: Sheet, cost: Floats, source: LonLat) -> Job:
    import xarray
    from xrspatial.cost_distance import cost_distance

    per_cell, _, unit_m = planar(sheet, cost)
    start = np.zeros_like(per_cell)
    start[cell(sheet, source)] = 1
    centres = {"y": -np.arange(sheet.rows, dtype=float), "x": np.arange(sheet.cols, dtype=float)}
    raster, friction = (xarray.DataArray(a, centres, ("y", "x"), attrs={"res": (1.0, 1.0)}) for a in (start, per_cell))
    return Job(
        lambda: cost_distance(raster, friction),
        lambda field: np.where(np.isnan(field.values), np.inf, field.values) * unit_m,
    )


def grass_field(sheet: Sheet, cost: Floats, source: LonLat) -> Job:
    """The program is started and reads its map from the disk inside the timed work: it cannot be had otherwise."""
    per_cell, _, unit_m = planar(sheet, cost)
    grass = Grass(per_cell)
    return Job(lambda: grass.cost(cell(sheet, source)), lambda _: grass.field() * unit_m)


# ---- source to target with path


def scikit_image_path(sheet: Sheet, cost: Floats, source: LonLat, target: LonLat) -> Job:
    from skimage.graph import MCP_Geometric

    per_cell, walls, _ = planar(sheet, cost)
    closed = np.where(walls, -1, per_cell)
    start, end = cell(sheet, source), cell(sheet, target)

    def work() -> Any:
        graph = MCP_Geometric(closed)
        graph.find_costs([start], [end])
        return graph.traceback(end)

    return Job(work, lambda cells: lonlat_line(sheet, cells, source, target))


def dijkstra3d_path(sheet: Sheet, cost: Floats, source: LonLat, target: LonLat) -> Job:
    """With an anisotropy of one, or a diagonal step would cost no more than a straight one."""
    import dijkstra3d

    per_cell, walls, _ = planar(sheet, cost)
    closed = np.where(walls, np.float32(np.inf), per_cell)
    start, end = cell(sheet, source), cell(sheet, target)
    return Job(
        lambda: dijkstra3d.dijkstra(closed, start, end, connectivity=8, anisotropy=(1.0, 1.0, 1.0)),
        lambda cells: lonlat_line(sheet, cells, source, target),
    )


def pyorps_path(sheet: Sheet, cost: Floats, source: LonLat, target: LonLat) -> Job:
    """Its Dijkstra on 16-bit costs, which is faster here than its delta stepping on one or two threads."""
    from pyorps.graph.api.cython_api import CythonAPI
    from pyorps.utils.neighborhood import get_neighborhood_steps

    per_cell, walls, _ = planar(sheet, cost)
    scale = 60000 / float(np.nanmax(per_cell))
    whole = np.where(walls, 65535, np.maximum(np.nan_to_num(per_cell) * scale, 1)).astype(np.uint16)
    steps = get_neighborhood_steps("r3")
    start, end = (int(np.ravel_multi_index(cell(sheet, p), sheet.shape)) for p in (source, target))
    return Job(
        lambda: CythonAPI(whole, steps).shortest_path(start, end, "dijkstra"),
        lambda cells: lonlat_line(sheet, np.column_stack(np.unravel_index(cells, sheet.shape)), source, target),
    )


def revrt_path(sheet: Sheet, cost: Floats, source: LonLat, target: LonLat) -> Job:
    """Its algorithm `dijkstra`, the fastest by its own manual; it reads its Zarr store inside the timed work."""
    import revrt
    import zarr

    per_cell, walls, _ = planar(sheet, cost)
    folder = tempfile.TemporaryDirectory(prefix="bench-revrt-")
    store = str(Path(folder.name) / "cost.zarr")
    layer = zarr.open_group(store, mode="w", zarr_format=3).create_array(
        "cost", shape=(1, *sheet.shape), chunks=(1, 512, 512), dtype="float32", dimension_names=("band", "y", "x")
    )
    layer[:] = np.where(walls, -1, per_cell)[None]
    option = "only"
    layers = {"cost_layers": [{"layer_name": "cost"}]}
    wanted = json.dumps({"routing_options": {option: layers}, "invalid_costs_block_routing": True})
    start, end = ((*cell(sheet, place), option) for place in (source, target))

    def work(_keep: Any = folder) -> Any:
        return revrt.find_paths(store, wanted, [start], [end], algorithm="dijkstra")

    def read(routes: Any) -> NDArray[np.float64]:
        return lonlat_line(sheet, [at[:2] for at in routes[0][0]], source, target)

    return Job(work, read)


def grass_path(sheet: Sheet, cost: Floats, source: LonLat, target: LonLat) -> Job:
    """`r.cost -k` with a stop at the target, then `r.path`."""
    per_cell, _, _ = planar(sheet, cost)
    grass = Grass(per_cell)
    start, end = cell(sheet, source), cell(sheet, target)
    return Job(lambda: grass.path(start, end), lambda cells: lonlat_line(sheet, cells[::-1], source, target))


def scikit_fmm_path(sheet: Sheet, cost: Floats, source: LonLat, target: LonLat) -> Job:
    """The library has no tracer: its field is descended by ours, as in the fast mode.

    That is done on a lon/lat grid so small that it is a plane.
    """
    field = scikit_fmm_field(sheet, cost, source)
    per_cell, _, unit_m = planar(sheet, cost)
    plane, side_m = sheet.plane()
    start, end = (tuple(float(v) for v in plane.to_lonlat(*cell(sheet, p))) for p in (source, target))
    per_m = per_cell / np.float32(side_m)

    def work() -> Any:
        value = (field.read(field.work()) / unit_m).astype(np.float32)
        return trace_on(RoutingProblem(plane, per_m).terrain, value.ravel(), [start], *end, QUICK).lonlat

    def read(line: Any) -> NDArray[Any]:
        return lonlat_line(sheet, np.column_stack(plane.to_rowcol(line[:, 0], line[:, 1])), source, target)

    return Job(work, read)


FIELDS = (
    Solver("transcaspian", "transcaspian", "pipeline", "eikonal, order 2, ellipsoid", our_field),
    Solver("transcaspian, one thread", "transcaspian", "pipeline", "the same", our_field_on_one_thread),
    Solver(
        "transcaspian, peers' cells", "transcaspian", "pipeline", "eikonal, order 2", our_field_on_sheet, on_sheet=True
    ),
    Solver("scikit-fmm order 2", "scikit-fmm", "skfmm", "eikonal, order 2", scikit_fmm_field),
    Solver("eikonalfm order 2", "eikonalfm", "eikonalfm", "eikonal, order 2", eikonalfm_field),
    Solver("scikit-image MCP_Geometric", "scikit-image", "skimage", "8 directions", scikit_image_field),
    Solver("xarray-spatial cost_distance", "xarray-spatial", "xrspatial", "8 directions", xarray_spatial_field),
    Solver("GRASS r.cost -k", "grass", "grass", "16 directions", grass_field),
    Solver("pykonal", "pykonal", "pykonal", "eikonal, order 2, three dimensions", pykonal_field),
)
PATHS = (
    *(
        Solver(f"transcaspian {mode}", "transcaspian", "pipeline", "eikonal, order 2, ellipsoid", our_path(mode))
        for mode in get_args(Mode)
    ),
    Solver("dijkstra3d", "dijkstra3d", "dijkstra3d", "8 directions", dijkstra3d_path),
    Solver("scikit-image MCP_Geometric", "scikit-image", "skimage", "8 directions", scikit_image_path),
    Solver("scikit-fmm order 2, our tracer", "scikit-fmm", "skfmm", "eikonal, order 2", scikit_fmm_path),
    Solver("GRASS r.cost -k, r.path", "grass", "grass", "16 directions", grass_path),
    Solver("pyorps r3", "pyorps", "pyorps", "32 directions", pyorps_path),
    Solver("reVRt", "NLR-reVRt", "revrt", "8 directions", revrt_path),
)
REFINED = (
    Solver("transcaspian refined", "transcaspian", "pipeline", "fast, then a band on 4× finer cells", our_refined),
    *(solver for solver in PATHS if solver.name in ("scikit-fmm order 2, our tracer", "pyorps r3")),
)
WORKS: dict[str, tuple[Solver, ...]] = {"field": FIELDS, "path": PATHS, "refined": REFINED}
