"""Lines by cost and risk: the cheapest protection on every cell at a price of a fault, and the lines that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.risk.choice import cheapest_choice
from transcaspian.analyses.risk.front import Point
from transcaspian.analyses.risk.ledger import Ledger, SurveyedLine, ledger_of, step_costs
from transcaspian.analyses.risk.protection import Options, feasible, remaining
from transcaspian.analyses.risk.rates import Hazard, Places, rates_at

Floats = NDArray[np.float64]

_TRIED = 3
"""Of so many lines at most the armour and burial are chosen with least lengths, at each price."""


@dataclass(frozen=True)
class Cells:
    """Open water, cell by cell.

    Attributes
    ----------
    is_open
        Where a cable may lie, on the grid.
    usd_per_km
        Laying cost of each pair of options on each open cell, shape ``(pairs, n)``; inf: cannot be laid.
    faults_per_km
        Faults a year of each pair, with the greatest rates where one is not known, shape ``(pairs, n)``.
    bare
        Faults of a bare cable per km and year, on the grid; NaN: insufficient information, or no open water.
    """

    is_open: NDArray[np.bool_]
    usd_per_km: NDArray[np.float32]
    faults_per_km: NDArray[np.float32]
    bare: NDArray[np.float32]

    def cost_per_m(self, price: float) -> NDArray[np.float32]:
        """USD per metre of the best pair at a price of a fault, on the grid, over their median; NaN: no open water."""
        best = np.full(self.usd_per_km.shape[1], np.inf, np.float32)
        for usd, faults in zip(self.usd_per_km, self.faults_per_km, strict=True):  # no array of all pairs at once
            of_pair = np.float32(price) * faults
            of_pair += usd
            np.minimum(best, of_pair, out=best)
        found = np.full(self.is_open.shape, np.nan, np.float32)
        found[self.is_open] = best / np.median(best[np.isfinite(best)])
        return found


def survey_cells(
    hazard: Hazard,
    options: Options,
    is_open: NDArray[np.bool_],
    places: Places,
    paid_usd_per_km: NDArray[np.float32],
) -> Cells:
    """What each cell of open water costs and risks with each pair of options.

    Parameters
    ----------
    is_open, paid_usd_per_km
        On the grid; the latter is what the area adds to the cost of every cable.
    places
        The open cells, row by row: `Places.of_cells`.
    """
    rates = rates_at(hazard, places)
    usd = options.usd_per_km[..., np.newaxis] + paid_usd_per_km[is_open]
    usd = np.where(feasible(options, places), usd, np.inf)
    pairs = options.usd_per_km.size
    bare = np.full(is_open.shape, np.nan, np.float32)
    bare[is_open] = rates.total
    return Cells(
        is_open,
        usd.reshape(pairs, -1).astype(np.float32),
        remaining(options, rates.at_most).reshape(pairs, -1).astype(np.float32),
        bare,
    )


@dataclass(frozen=True)
class LaidRoute:
    """A line from landing to landing with its armour and burial."""

    lonlat: Floats
    ledger: Ledger


@dataclass
class Planner:
    """Finds the best route at a price of a fault.

    The line is the cheapest on the cells with the best pair of options on each; then the pair of each step is chosen
    with least lengths. Of the lines found so far that could be the best at the price, the best is taken: the router is
    exact to a share of a percent, and so is the front.

    Attributes
    ----------
    route
        The cheapest line on the cells at a price of a fault, shape ``(n, 2)``, lon/lat.
    survey
        What could be laid on a line.
    least
        Fewest steps in a run of one armour and of one burial, for a line.
    name
        Of the system, for messages.
    """

    cells: Cells
    options: Options
    route: Callable[[float], Floats]
    survey: Callable[[Floats], SurveyedLine]
    least: Callable[[SurveyedLine], tuple[int, int]]
    name: str
    lines: list[tuple[Floats, SurveyedLine]] = field(default_factory=list)

    def solve(self, price: float) -> Point[LaidRoute]:
        """The least laying cost + price · expected faults."""
        lonlat = self.route(price)
        self.lines.append((lonlat, self.survey(lonlat)))
        costs = [step_costs(line, self.options, price) for _, line in self.lines]
        # no choice costs less than the best pair of every step by itself
        bounds = [float(cost.min(axis=(1, 2)).sum()) for cost in costs]
        points: list[Point[LaidRoute]] = []
        for at in np.argsort(bounds, kind="stable")[:_TRIED]:
            if points and bounds[at] >= min(point.at(price) for point in points):
                break
            lonlat, line = self.lines[at]
            choice = cheapest_choice(costs[at], self.least(line), self.name)
            ledger = ledger_of(line, self.options, choice)
            points.append(Point(ledger.paid_usd, ledger.account().at_most, price, LaidRoute(lonlat, ledger)))
        return min(points, key=lambda point: point.at(price))
