"""The front of laying cost against expected faults: solved for one price of a fault after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Found = TypeVar("Found")

_LEAST = 1e-6
_GREATEST = 1e4
"""Prices of a fault at the ends of the front, of the mean price between cost and faults of the cheapest solution."""
_SAME = 1e-6
"""Solutions whose cost and faults both differ by less, as a share, are one."""


@dataclass(frozen=True)
class Point(Generic[Found]):
    """A solution.

    Attributes
    ----------
    cost, faults
        USD, and expected faults a year.
    price
        USD for a fault a year less, at which it was found: ``cost + price · faults`` is least. Of a supported point of
        a front: one at which no other point is better.
    found
        What has that cost and those faults.
    """

    cost: float
    faults: float
    price: float
    found: Found

    def at(self, price: float) -> float:
        """What is minimised, at a price of a fault."""
        return self.cost + price * self.faults


Solve = Callable[[float], Point[Found]]


@dataclass(frozen=True)
class Front(Generic[Found]):
    """The points that no other one dominates, by ascending cost and descending faults.

    Attributes
    ----------
    supported
        Whether each lies on the convex hull: at some price of a fault it is the best of all.
    gap
        No supported solution that was not found lies farther from the hull of the points, as a share of their extents;
        as far as each solution is the best at its price.
    solved
        How often the solver was asked.
    """

    points: tuple[Point[Found], ...]
    supported: tuple[bool, ...]
    gap: float
    solved: int

    @property
    def knee(self) -> int:
        """The point farthest from the chord between the ends, both axes scaled to their extents; 0 where all is one."""
        cost, faults = (np.array([getattr(point, name) for point in self.points]) for name in ("cost", "faults"))
        if len(cost) < 2:
            return 0
        x, y = (cost - cost[0]) / np.ptp(cost), (faults - faults[-1]) / np.ptp(faults)
        return int(np.argmax(1.0 - x - y))


def trace_front(
    solve: Solve[Found], most: int, tolerance: float, seed: Callable[[Point[Found]], float] | None = None
) -> Front[Found]:
    """All supported points of a front, as far as asked for, by bisection of the price of a fault.

    Between two neighbours the price is tried at which they are equally good. Where the best solution then is no better
    than they are, no supported point lies between them (Aneja & Nair 1979, Bicriteria transportation problem, Manage.
    Sci. 25, 73–78); else it is a new point and both sides are tried. The widest gap is tried first: no solution lies
    beyond the lines of equal value through two neighbours, each at its own price (Rote 1992, The convergence rate of
    the sandwich algorithm, Computing 48, 337–361).

    Parameters
    ----------
    solve
        The least ``cost + price · faults``, as exactly as it can: the front is as exact as it is.
    most
        How often it may be asked, 3 or more.
    tolerance
        Greatest gap to leave, as a share of the extents of the front.
    seed
        A price to try before the gaps, from the cheapest solution.
    """
    cheapest = solve(0.0)
    if not (cheapest.cost > 0 and cheapest.faults > 0):
        return Front((cheapest,), (True,), 0.0, 1)
    scale = cheapest.cost / cheapest.faults
    tried = [solve(_LEAST * scale), solve(_GREATEST * scale)]
    wanted = seed(cheapest) if seed is not None and most > 3 else 0.0
    if _LEAST * scale < wanted < _GREATEST * scale:
        tried.append(solve(wanted))
    solved = 1 + len(tried)
    closed: set[tuple[float, float]] = set()
    while True:
        hull = _hull(tried)
        gap, pair = _widest(hull, closed)
        if pair is None or gap <= tolerance or solved >= most:
            break
        low, high = pair
        price = _even_price(low, high)
        new = solve(price)
        solved += 1
        tried.append(new)
        if new.at(price) >= low.at(price) * (1.0 - _SAME):
            closed.add((low.cost, high.cost))
    return front_of(tried, gap, solved)


def front_of(tried: Sequence[Point[Found]], gap: float, solved: int) -> Front[Found]:
    """The front of solutions; ``gap`` and ``solved`` are those of the search that found them."""
    on_hull = {(point.cost, point.faults): point for point in _hull(tried)}
    points = [on_hull.get((point.cost, point.faults), point) for point in _not_dominated(tried)]
    return Front(tuple(points), tuple((point.cost, point.faults) in on_hull for point in points), gap, solved)


def _hull(tried: Sequence[Point[Found]]) -> list[Point[Found]]:
    """Points of the lower left of the convex hull, each once, at the prices that they were the best at."""
    hull: list[Point[Found]] = []
    for point in _not_dominated(tried):
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    # a solution that is not quite exact may be bettered at its own price by one that is found later
    even = [_even_price(low, high) for low, high in pairwise(hull)]
    limits = zip([0.0, *even], [*even, np.inf], strict=True)
    return [
        replace(point, price=min(max(point.price, low), high)) for point, (low, high) in zip(hull, limits, strict=True)
    ]


def _even_price(low: Point[Found], high: Point[Found]) -> float:
    """The price of a fault at which two points are equally good."""
    return (high.cost - low.cost) / (low.faults - high.faults)


def _turns_up(first: Point[Found], middle: Point[Found], last: Point[Found]) -> bool:
    """Whether the middle one lies on or above the chord of the others."""
    across = (middle.cost - first.cost) * (last.faults - first.faults)
    return across <= (middle.faults - first.faults) * (last.cost - first.cost)


def _not_dominated(tried: Sequence[Point[Found]]) -> list[Point[Found]]:
    """By ascending cost, those with fewer faults than all that cost less."""
    kept: list[Point[Found]] = []
    for point in sorted(tried, key=lambda item: (item.cost, item.faults)):
        if not kept or point.faults < kept[-1].faults * (1.0 - _SAME):
            if kept and point.cost <= kept[-1].cost * (1.0 + _SAME):
                kept.pop()
            kept.append(point)
    return kept


def _widest(
    hull: Sequence[Point[Found]], closed: set[tuple[float, float]]
) -> tuple[float, tuple[Point[Found], Point[Found]] | None]:
    """The greatest gap between neighbours, scaled to the extents of the front, and the two; none where all is known."""
    if len(hull) < 2:
        return 0.0, None
    extent = np.array([hull[-1].cost - hull[0].cost, hull[0].faults - hull[-1].faults])
    gaps = [
        (0.0 if (low.cost, high.cost) in closed else _gap(low, high, extent), (low, high))
        for low, high in pairwise(hull)
    ]
    gap, pair = max(gaps, key=lambda item: item[0])
    return (gap, pair) if gap > 0 else (0.0, None)


def _gap(low: Point[Found], high: Point[Found], extent: NDArray[np.float64]) -> float:
    """How far the corner of the two lines of equal value lies from the chord, both axes scaled."""
    if high.price <= low.price:
        return 0.0
    faults = (high.at(high.price) - low.at(low.price)) / (high.price - low.price)
    faults = float(np.clip(faults, high.faults, low.faults))
    cost = low.at(low.price) - low.price * faults
    chord = np.array([high.cost - low.cost, low.faults - high.faults]) / extent
    corner = np.array([cost - low.cost, low.faults - faults]) / extent
    return float(abs(chord[0] * corner[1] - chord[1] * corner[0]) / np.hypot(*chord))
