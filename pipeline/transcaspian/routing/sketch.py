"""Where lines of several systems go together, roughly, and over the whole sea at once.

Local search finds the nearest good plan, and there are many: around an island on this side or that, one system giving
way or the other, here or there. On coarse blocks all of them can be compared. Gates (see `gates`) cut the sea into
strips; a plan on this scale is one block of each gate for each system, and what leads from gate to gate costs what a
field says. A dynamic program over the blocks of all systems at once finds the cheapest plan in which they are apart at
every gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, pairwise
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import GridError
from transcaspian.core.geodesy import arc_m, to_ecef_m
from transcaspian.routing.field import solve
from transcaspian.routing.gates import gate_cells, rise_between
from transcaspian.routing.problem import Effort, Ends, RoutingProblem
from transcaspian.routing.search import blocks_grid
from transcaspian.routing.terrain import cell_at, pooled

_MAX_BLOCKS = 24_000
_GATES = 12
_MAX_PLACES = 48
"""Blocks of a gate that are looked at: those that the best lines of some system pass at the lowest excess."""
_MAX_STATES = 300_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Strips:
    """The sea between gates, on coarse blocks.

    Attributes
    ----------
    lonlat
        Centres of the blocks of each gate, ``(n_k, 2)`` degrees.
    between
        Least cost from the blocks of each gate to those of the next, ``(n_k, n_k+1)``.
    first, last
        Least cost of each system to the blocks of the first gate and from those of the last, ``(systems, n)``.
    from_landing_m
        Distance of the blocks of each gate from the nearest landing, ``(n_k,)``.
    ends
        Where each system begins and ends, all turned the same way.
    """

    lonlat: tuple[Floats, ...]
    between: tuple[Floats, ...]
    first: Floats
    last: Floats
    from_landing_m: tuple[Floats, ...]
    ends: tuple[Ends, ...]

    def plan(self, separation_m: float, zone_m: float) -> list[Floats] | None:
        """Rough lines ``(n, 2)`` of all systems, apart at every gate outside the zones; None where there are none.

        Parameters
        ----------
        separation_m
            What lines keep at every gate.
        zone_m
            Radius of the landing zones.
        """
        # arrays of states have one axis for each system: a sum over systems is an outer sum
        systems = len(self.ends)
        if not self.lonlat or max(len(places) for places in self.lonlat) ** systems > _MAX_STATES:
            return None
        value = reduce(np.add.outer, self.first) + self._apart(0, separation_m, zone_m)
        ways: list[list[NDArray[np.int16]]] = []
        for k, between in enumerate(self.between):
            back = []
            for axis in range(systems):
                value, came = _stepped(value, between, axis)
                back.append(came)
            ways.append(back)
            value = value + self._apart(k + 1, separation_m, zone_m)
        value = value + reduce(np.add.outer, self.last)
        if not np.isfinite(value).any():
            return None
        at = tuple(int(i) for i in np.unravel_index(int(np.argmin(value)), value.shape))
        places = [at]
        for back in ways[::-1]:
            # the axes were stepped one after another, so they are undone the other way round
            now = list(at)
            for axis in reversed(range(systems)):
                now[axis] = int(back[axis][tuple(now)])
            at = tuple(now)
            places.append(at)
        places.reverse()
        return [
            np.vstack([self.ends[i][0], *(self.lonlat[k][at[i]] for k, at in enumerate(places)), self.ends[i][1]])
            for i in range(systems)
        ]

    def _apart(self, k: int, separation_m: float, zone_m: float) -> Floats:
        """Zero where all systems are apart at a gate, or near a landing, else inf: one axis for each system."""
        systems, n = len(self.ends), len(self.lonlat[k])
        xyz_m = to_ecef_m(self.lonlat[k][:, 0], self.lonlat[k][:, 1])
        chord_m = np.sqrt(((xyz_m[:, np.newaxis] - xyz_m) ** 2).sum(axis=-1))
        free = self.from_landing_m[k] <= zone_m
        closed = (arc_m(chord_m) < separation_m) & ~(free[:, np.newaxis] | free)
        result = np.zeros((n,) * systems)
        for i, j in combinations(range(systems), 2):
            shape = [n if axis in (i, j) else 1 for axis in range(systems)]
            result = result + np.where(closed.reshape(shape), np.inf, 0.0)
        return result


def strips_between(
    problem: RoutingProblem, ends: Sequence[Ends], from_landing_m: NDArray[np.floating]
) -> Strips | None:
    """The sea between the ends in strips; None where blocks of this size do not tell one.

    Parameters
    ----------
    problem
        Its cost; a metric plays no part.
    ends
        Where each system joins the grid.
    from_landing_m
        Distance of each cell from the nearest landing, ``(rows, cols)``.
    """
    grid = problem.grid
    block = max(1, ceil(sqrt(grid.rows * grid.cols / _MAX_BLOCKS)))
    try:
        frame = blocks_grid(grid, block)
    except GridError:
        return None
    coarse = RoutingProblem(frame, pooled(problem.cost, block)[0], effort=Effort(threads=1))
    places = [at for pair in ends for at in pair]
    cells = [cell_at(frame, *at) for at in places]
    fields = [_field(coarse, cell) for cell in cells]
    rise, starts, finishes, levels = rise_between(cells, fields, _GATES)
    lowest = np.full(frame.shape, np.inf)
    for there, back in zip(starts, finishes, strict=True):
        total = np.add(fields[there], fields[back], dtype=np.float64)
        np.minimum(lowest, total - total.min(), out=lowest)
    found = [_cheapest(lowest, *gate_cells(rise, level)) for level in levels]
    if not found or min(rows.size for rows, _ in found) < 2:
        return None
    between = [
        np.stack([_field(coarse, cell)[following] for cell in zip(*gate, strict=True)]).astype(float)
        for gate, following in pairwise(found)
    ]
    off = block // 2
    centres = [
        (np.minimum(rows * block + off, grid.rows - 1), np.minimum(cols * block + off, grid.cols - 1))
        for rows, cols in found
    ]
    return Strips(
        lonlat=tuple(np.column_stack(frame.to_lonlat(*gate)) for gate in found),
        between=tuple(between),
        first=np.stack([fields[k][found[0]] for k in starts]).astype(float),
        last=np.stack([fields[k][found[-1]] for k in finishes]).astype(float),
        from_landing_m=tuple(from_landing_m[at].astype(float) for at in centres),
        ends=tuple((places[there], places[back]) for there, back in zip(starts, finishes, strict=True)),
    )


def _cheapest(cost: Floats, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> tuple[NDArray[np.intp], ...]:
    """The cheapest of some cells."""
    first = np.argsort(cost[rows, cols], kind="stable")[:_MAX_PLACES]
    return rows[first], cols[first]


def _field(problem: RoutingProblem, cell: tuple[int, int]) -> NDArray[np.float32]:
    """T from the centre of a cell."""
    lon, lat = (float(v) for v in problem.grid.to_lonlat(*cell))
    return solve(problem, [(lon, lat)]).value


def _stepped(value: Floats, between: Floats, axis: int) -> tuple[Floats, NDArray[np.int16]]:
    """The next gate for one system: lowest value on its axis, and where it came from."""
    moved = np.moveaxis(value, axis, -1)
    lowest = np.empty((*moved.shape[:-1], between.shape[1]))
    came = np.empty(lowest.shape, np.int16)
    for to in range(between.shape[1]):
        total = moved + between[:, to]
        came[..., to] = total.argmin(axis=-1)
        lowest[..., to] = total.min(axis=-1)
    return np.moveaxis(lowest, -1, axis), np.moveaxis(came, -1, axis)
