"""What a separation costs at least: gates across the sea that every system must pass, and two of them apart.

Let T be the least cost from the nearest start and T' that to the nearest end, over all systems. The function T − T'
rises from the starts to the ends, so a line of every system crosses each of its level sets between: a *gate*. A line of
system i through the place x of a gate costs at least own_i + Δ_i(x), where own_i is the cost of its best line and
Δ_i(x) what the best line through x costs more. Two lines that keep a separation pass a gate in two places that far
apart, or in a landing zone; so together they cost at least own_i + own_j + min (Δ_i(x) + Δ_j(y)) over such places of
any one gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from transcaspian.core.errors import NoRouteError
from transcaspian.core.geodesy import arc_m, to_ecef_m
from transcaspian.core.grid import Grid, spread_to_eight
from transcaspian.routing.alternatives import half_diagonal_m
from transcaspian.routing.field import solve
from transcaspian.routing.problem import Ends, RoutingProblem
from transcaspian.routing.terrain import cell_at

_GATES = 48
_MAX_PLACES = 700
"""Places of a gate that are looked at, the cheapest first; those left out bound what they would have given."""


@dataclass(frozen=True)
class _Gate:
    """A level set, cell by cell.

    Attributes
    ----------
    xyz_m
        Earth-centred positions of the cells' centres, ``(n, 3)``.
    further
        What the best line of each system through a cell costs more than its best line, ``(systems, n)``; inf where none
        leads there.
    from_landing_m
        Distance from the nearest landing, ``(n,)``.
    """

    xyz_m: NDArray[np.float64]
    further: NDArray[np.float64]
    from_landing_m: NDArray[np.float64]


@dataclass(frozen=True)
class Gates:
    """Level sets between starts and ends that lines of all systems cross; ``margin_m``: half a cell's diagonal."""

    gates: tuple[_Gate, ...]
    margin_m: float

    def min_excess(self, separation_m: float, zone_m: float, limit: float) -> float:
        """What lines that keep a separation outside landing zones cost more at least than the best of each, in sum.

        Parameters
        ----------
        separation_m, zone_m
            What lines keep, and the radius of the zones.
        limit
            What some such lines cost more: the answer is no greater.

        Notes
        -----
        The highest over the gates, for each pair of systems. Over more than two systems the bounds of pairs are
        added and divided by the number of pairs that a system is in.
        """
        if not self.gates or limit <= 0.0:
            return 0.0
        n = len(self.gates[0].further)
        pairs = [
            max(self._of_pair(gate, i, j, separation_m, zone_m, limit) for gate in self.gates)
            for i, j in combinations(range(n), 2)
        ]
        return max(max(pairs), sum(pairs) / (n - 1))

    def room_m(self, zone_m: float) -> float:
        """The largest separation that every gate has room for, for every two systems; inf where zones reach."""
        return min((self._room_of(gate, zone_m) for gate in self.gates), default=np.inf)

    def _of_pair(self, gate: _Gate, i: int, j: int, separation_m: float, zone_m: float, limit: float) -> float:
        one, other = gate.further[i], gate.further[j]
        (first, after_first), (second, after_second) = _cheapest(one, limit), _cheapest(other, limit)
        chord_m = cdist(gate.xyz_m[first], gate.xyz_m[second])
        free = gate.from_landing_m <= zone_m + self.margin_m
        # anywhere in its cell a line may pass
        allowed = arc_m(chord_m) >= separation_m - 2 * self.margin_m
        allowed |= free[first][:, np.newaxis] | free[second]
        total = one[first][:, np.newaxis] + other[second]
        return min(float(total[allowed].min(initial=np.inf)), after_first, after_second, limit)

    def _room_of(self, gate: _Gate, zone_m: float) -> float:
        if (gate.from_landing_m <= zone_m + self.margin_m).any():
            return float("inf")
        room_m = float("inf")
        for one, other in combinations(gate.further, 2):
            chord_m = cdist(gate.xyz_m[np.isfinite(one)], gate.xyz_m[np.isfinite(other)])
            room_m = min(room_m, float(arc_m(chord_m.max(initial=0.0))) + 2 * self.margin_m)
        return room_m


def _cheapest(further: NDArray[np.float64], limit: float) -> tuple[NDArray[np.int64], float]:
    """Cells that a line within the limit can pass, the cheapest ones, and the lowest value of the others."""
    order = np.argsort(further, kind="stable")
    n = min(int((further <= limit).sum()), _MAX_PLACES)
    return order[:n], float(further[order[n:]].min(initial=np.inf))


def gates_between(problem: RoutingProblem, ends: Sequence[Ends], from_landing_m: NDArray[np.floating]) -> Gates:
    """Gates that lines of all systems cross, whichever way round their ends are given.

    Parameters
    ----------
    problem
        Its cost, or metric.
    ends
        Where each system joins the grid, in open cells.
    from_landing_m
        Distance of each cell from the nearest landing, ``(rows, cols)``.

    Raises
    ------
    NoRouteError
        The ends are in separate waters.
    """
    grid, places = problem.grid, [at for pair in ends for at in pair]
    fields = [solve(problem, [at]).value for at in places]
    rise, _, _, levels = rise_between([cell_at(grid, *at) for at in places], fields, _GATES)
    through = [np.add(fields[k], fields[k + 1], dtype=np.float64) for k in range(0, len(fields), 2)]
    found = [_gate(grid, gate_cells(rise, level), through, from_landing_m) for level in levels]
    return Gates(tuple(found), float(half_diagonal_m(grid).max()))


def rise_between(
    cells: Sequence[tuple[int, int]], fields: Sequence[NDArray[np.float32]], count: int
) -> tuple[NDArray[np.float32], list[int], list[int], NDArray[np.float64]]:
    """The function whose level sets are gates, the numbers of starts and of finishes, and levels between all of them.

    Parameters
    ----------
    cells, fields
        Of each end of each system: its ``(row, col)``, and T from there, ``(rows, cols)``.
    count
        How many levels.

    Returns
    -------
    rise
        T from the nearest start less T from the nearest finish; NaN where no water leads.
    starts, finishes, levels
        No levels where the ends of one system are nearer to each other than to those of the others.

    Raises
    ------
    NoRouteError
        The ends are in separate waters.
    """
    reached = np.isfinite(fields[0])
    if not all(reached[cell] for cell in cells):
        raise NoRouteError("the systems lie in separate waters: plan them one by one")
    starts, finishes = _turned_alike(cells, fields)
    with np.errstate(invalid="ignore"):
        rise = np.min([fields[k] for k in starts], axis=0) - np.min([fields[k] for k in finishes], axis=0)
    low = max(float(rise[cells[k]]) for k in starts)
    high = min(float(rise[cells[k]]) for k in finishes)
    rise[~reached] = np.nan
    return rise, starts, finishes, np.linspace(low, high, count + 2)[1:-1] if high > low else np.empty(0)


def gate_cells(rise: NDArray[np.float32], level: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The last cells below a level, rows and columns: a line to where it is exceeded leaves through one of them.

    Parameters
    ----------
    rise
        From `rise_between`, ``(rows, cols)``.
    level
        One of its levels.
    """
    with np.errstate(invalid="ignore"):
        rows, cols = np.nonzero((rise <= level) & spread_to_eight(rise > level))
    return rows, cols


def _turned_alike(
    cells: Sequence[tuple[int, int]], fields: Sequence[NDArray[np.float32]]
) -> tuple[list[int], list[int]]:
    """Numbers of the ends that are starts, and of those that are finishes: each system turned as the first one is."""
    starts, finishes = [0], [1]
    for there in range(2, len(cells), 2):
        back = there + 1
        straight = fields[0][cells[there]] + fields[1][cells[back]]
        turned = fields[0][cells[back]] + fields[1][cells[there]]
        starts.append(back if turned < straight else there)
        finishes.append(there if turned < straight else back)
    return starts, finishes


def _gate(
    grid: Grid,
    cells: tuple[NDArray[np.int64], NDArray[np.int64]],
    through: Sequence[NDArray[np.float64]],
    from_landing_m: NDArray[np.floating],
) -> _Gate:
    """A gate from its cells, and what the best line of each system through each cell of the sea costs.

    The best line of all passes the gate, too, and has there the least cost by the same fields: what they err by at a
    landing is in both and cancels.
    """
    lon, lat = grid.to_lonlat(*cells)
    return _Gate(
        to_ecef_m(lon, lat),
        np.stack([cost[cells] - cost[cells].min() for cost in through]),
        from_landing_m[cells].astype(np.float64),
    )
