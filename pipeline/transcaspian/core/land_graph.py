"""Railways or roads as a graph: read by ingest, searched by network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LandGraph:
    """Lines over land that a cable may follow, in both directions.

    Attributes
    ----------
    name
        What the lines are: ``railway`` or ``highway``.
    lonlat
        Vertices, shape ``(n, 2)``, degrees, longitude first.
    ends
        The two vertices of each edge, shape ``(m, 2)``.
    length_km
        Of each edge, on WGS84, shape ``(m,)``; an edge may be longer than the geodesic between its ends.
    joined
        Which edges are none of the data but close a gap in them, shape ``(m,)``.
    credit
        Whose data they are, and under which licence.
    """

    name: str
    lonlat: NDArray[np.float64]
    ends: NDArray[np.int64]
    length_km: NDArray[np.float64]
    joined: NDArray[np.bool_]
    credit: str = ""
