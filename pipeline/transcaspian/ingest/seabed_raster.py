"""The seabed as it was read: elevations on a regular lon/lat grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.ingest.understood import NOTHING, Understood


@dataclass(frozen=True)
class SeabedRaster:
    """Elevations at nodes.

    Attributes
    ----------
    elevation_m
        float32, shape ``(len(lat_deg), len(lon_deg))``, positive up from mean sea level; NaN is no data.
    lon_deg, lat_deg
        Nodes; longitudes ascend, latitudes descend, EPSG:4326.
    effective_resolution_deg
        Spacing of independent data, which may be coarser than the step of the file.
    source_id
        Of the data set.
    uncertainty_m
        One standard error of each node, of the shape of the elevations: as the file has it (BAG and S-102), or a grid
        that the study names. None: there is none.
    error_m, share_of_depth
        One standard error is ``error_m + share_of_depth · depth`` as the study states it: figures, or of each node by
        GEBCO's types. None: not stated.
    between_m
        What interpolation between soundings or contours adds, of each node; None: the nodes are data themselves.
    has_known_datum
        Whether the level that the file counts from is known.
    role
        ``seabed``, or of one of several ``seabed.<name>``.
    notes
        What a person should know of the file.
    understood
        As what columns, units and levels were read.
    """

    elevation_m: NDArray[np.float32]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    effective_resolution_deg: float
    source_id: str
    uncertainty_m: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()
    understood: Understood = NOTHING
    error_m: NDArray[np.float32] | float | None = None
    share_of_depth: NDArray[np.float32] | float = 0.0
    between_m: NDArray[np.float32] | None = None
    has_known_datum: bool = True
    role: str = "seabed"

    @property
    def step_deg(self) -> float:
        """Spacing of the nodes, the coarser of the two directions."""
        return max(abs(float(axis[1] - axis[0])) for axis in (self.lon_deg, self.lat_deg))
