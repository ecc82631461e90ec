"""What else reaches down to a cable: fishing gear, ice, a moving seabed, dredging; each where the study has it act."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.analyses.burial.config import Burial, Threat
from transcaspian.analyses.burial.soil import nodes_at
from transcaspian.core.constraint_data import ConstraintData, ConstraintRaster

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def acts_at(
    threat: Threat, constraints: Mapping[str, ConstraintData], lon_deg: Floats, lat_deg: Floats, depth_m: Floats
) -> tuple[Bools, Bools]:
    """Where a threat acts, and where that is not known.

    Parameters
    ----------
    constraints
        Data of the constraints that threats name, by their ids.
    depth_m
        Of water; NaN where it is not known.
    """
    inside, unknown = _declared(threat, constraints, lon_deg, lat_deg)
    deepest_m = np.inf if threat.to_water_m is None else threat.to_water_m
    has_band = threat.from_water_m > 0 or threat.to_water_m is not None
    in_band = (depth_m >= threat.from_water_m) & (depth_m < deepest_m)
    if not has_band:
        return inside, unknown
    no_depth = np.isnan(depth_m)
    return inside & in_band, (unknown & (in_band | no_depth)) | (inside & no_depth)


def _declared(
    threat: Threat, constraints: Mapping[str, ConstraintData], lon_deg: Floats, lat_deg: Floats
) -> tuple[Bools, Bools]:
    """Where the study declares it, and where its raster has no data: everywhere, where it names no constraint."""
    if threat.constraint is None:
        return np.ones(len(lon_deg), bool), np.zeros(len(lon_deg), bool)
    data = constraints[threat.constraint]
    if isinstance(data, ConstraintRaster):
        is_in, rows, cols = nodes_at(data.lon_deg, data.lat_deg, lon_deg, lat_deg)
        values = np.where(is_in, data.values[rows, cols], np.nan)
        return values > 0, np.isnan(values)
    inside = np.zeros(len(lon_deg), bool)
    _, at = shapely.STRtree(shapely.points(lon_deg, lat_deg)).query(data.layer.geometry.to_numpy(), "intersects")
    inside[at] = True
    return inside, np.zeros(len(lon_deg), bool)


def threats_at(
    rules: Burial, constraints: Mapping[str, ConstraintData], lon_deg: Floats, lat_deg: Floats, depth_m: Floats
) -> tuple[Bools, Bools]:
    """Where each threat of the study acts, and where that is not known; shape ``(threats, n)`` each.

    Parameters
    ----------
    rules
        Of the study; its threats give the rows.
    constraints
        Data by the id of the constraint that a threat names.
    lon_deg, lat_deg
        Positions, shape ``(n,)``, degrees.
    depth_m
        There, positive down; NaN where unknown.

    Returns
    -------
    tuple
        Acts, and not known.
    """
    found = [acts_at(threat, constraints, lon_deg, lat_deg, depth_m) for threat in rules.threats]
    if not found:
        nothing = np.zeros((0, len(lon_deg)), bool)
        return nothing, nothing
    acts, unknown = (np.stack(part) for part in zip(*found, strict=True))
    return acts, unknown
