"""How much of a way on land lies in states where it neither begins nor ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.grid import length_m

if TYPE_CHECKING:
    import geopandas as gpd

M_PER_DEG = 111_200.0
"""Of latitude, for how far a border may be off; nothing else is measured by it."""
MIN_KM = 0.5
"""Less is the width of a line on a map."""


class State(NamedTuple):
    """A state on land, and the least and the most that it may be by the accuracy of its borders."""

    area: shapely.Geometry
    least: shapely.Geometry
    most: shapely.Geometry


class Abroad(NamedTuple):
    """Kilometres of a way in a state where it neither begins nor ends; and by the accuracy of the borders."""

    state: str
    km: float
    min_km: float
    max_km: float

    def __str__(self) -> str:
        return f"{self.km:.0f} km in {self.state} ({self.min_km:.0f} to {self.max_km:.0f})"


def states_by_code(layer: gpd.GeoDataFrame) -> dict[str, State]:
    """The states of the layer ``states`` by their codes; without a stated accuracy their borders are taken as exact."""
    found = {}
    for row in layer.itertuples():
        off_deg = np.nan_to_num(row.position_accuracy_m) / M_PER_DEG
        found[row.state] = State(row.geometry, *(row.geometry.buffer(side * off_deg, quad_segs=2) for side in (-1, 1)))
    return found


def abroad_of(
    lonlat: NDArray[np.float64], length_km: float, home: Collection[str], states: Mapping[str, State]
) -> tuple[Abroad, ...]:
    """What of a way lies in other states, the most first.

    Parameters
    ----------
    lonlat
        Vertices of the way as it is drawn, shape ``(n, 2)``, degrees.
    length_km
        Of the way, which may wind more than it is drawn: the stretches abroad are lengthened alike.
    home
        Codes of the states that it joins.
    """
    line, drawn_km = shapely.LineString(lonlat), float(length_m(lonlat)) / 1000.0

    def inside_km(area: shapely.Geometry) -> float:
        parts = shapely.get_parts(shapely.intersection(line, area))
        return sum(float(length_m(shapely.get_coordinates(part))) for part in parts) / 1000.0 * length_km / drawn_km

    near = {code: state for code, state in states.items() if code not in home and state.most.intersects(line)}
    found = [Abroad(code, *(inside_km(area) for area in state)) for code, state in near.items()]
    return tuple(sorted((item for item in found if item.km >= MIN_KM), key=lambda item: (-item.km, item.state)))


def together(found: Iterable[Sequence[Abroad]]) -> tuple[Abroad, ...]:
    """Stretches of several ways that follow each other, added by state."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for item in (item for own in found for item in own):
        sums[item.state] = [a + b for a, b in zip(sums[item.state], item[1:], strict=True)]
    return tuple(sorted((Abroad(code, *values) for code, values in sums.items()), key=lambda item: -item.km))
