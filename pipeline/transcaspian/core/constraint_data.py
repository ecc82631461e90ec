"""What was read of a constraint: features, or values of a raster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

NO_FEATURES = "register known incomplete here: no feature"
"""What is said instead of `none`: no register knows all of a sea."""


@dataclass(frozen=True)
class Wanted:
    """What is read of a constraint's file.

    Attributes
    ----------
    column
        Where classes or values stand; None: only places are read.
    is_closed
        Whether the features close water: then none is left out.
    within_km
        How far around the study's area features still matter.
    """

    constraint_id: str
    column: str | None = None
    is_closed: bool = False
    within_km: float = 0.0


@dataclass(frozen=True)
class ConstraintFeatures:
    """Features of a constraint.

    Attributes
    ----------
    layer
        ``feature_id``, ``name``, ``kind``, ``text`` (the class or value as it is written; empty: none),
        ``position_accuracy_m`` (NaN: not stated) and the geometry, EPSG:4326; those that matter to the study's area.
    quarantine
        Those that cannot be used, as the layer ``quarantine``.
    looked_through
        How many features the file has.
    """

    layer: gpd.GeoDataFrame
    quarantine: gpd.GeoDataFrame
    looked_through: int
    notes: tuple[str, ...]

    @property
    def told(self) -> str:
        """How much there is of it."""
        near, out = len(self.layer), len(self.quarantine)
        return f"{self.looked_through:,} features, {near:,} of them in or near the study's area, {out:,} in quarantine"

    def moved_to(self, geometry: Sequence[BaseGeometry]) -> ConstraintFeatures:
        """The same features elsewhere."""
        return replace(self, layer=self.layer.set_geometry(gpd.GeoSeries(list(geometry), crs=self.layer.crs)))


@dataclass(frozen=True)
class ConstraintRaster:
    """Values of a constraint at nodes.

    Attributes
    ----------
    values
        float32, shape ``(len(lat_deg), len(lon_deg))``; NaN is no data.
    lon_deg, lat_deg
        Longitudes ascend, latitudes descend, EPSG:4326.
    """

    values: NDArray[np.float32]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """How much there is of it."""
        known = 100 * float(np.isfinite(self.values).mean())
        return f"raster of {len(self.lat_deg)} × {len(self.lon_deg)} values in or near the area, {known:.3g} % known"


ConstraintData = ConstraintFeatures | ConstraintRaster
