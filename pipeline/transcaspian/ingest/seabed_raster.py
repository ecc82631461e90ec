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
    uncertainty_m
        As the file has it (BAG and S-102), of the shape of the elevations; None: it has none.
    notes
        What a person should know of the file.
    """

    elevation_m: NDArray[np.float32]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    effective_resolution_deg: float
    source_id: str
    uncertainty_m: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()
    understood: Understood = NOTHING
