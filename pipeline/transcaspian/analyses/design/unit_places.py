"""Where a branching unit may lie: in known water, clear of cables and pipelines, and not by a boundary of waters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.findings import Finding
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.core.grid import GEOD
from transcaspian.engineering import StateWaters
from transcaspian.routing import Branching
from transcaspian.rpl.qa import DEFAULTS
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.seabed import sample

ROUND_DEG = np.arange(0.0, 360.0, 5.0)


def clear_cells(ground: Seabed, lines: Sequence[BaseGeometry], min_depth_m: float) -> NDArray[np.bool_]:
    """Cells deep enough and as far from lines as bodies are to lie.

    Parameters
    ----------
    lines
        Of cables, pipelines and other systems, EPSG:4326.
    """
    depth_m = ground.depth.depth_m
    deep = depth_m >= min_depth_m
    row, col = np.nonzero(deep)
    clear = deep.copy()
    clear[row, col] = _are_clear(ground.grid.lon_deg[col], ground.grid.lat_deg[row], depth_m[row, col], lines)
    return clear


def _are_clear(
    lon_deg: ArrayLike, lat_deg: ArrayLike, depth_m: ArrayLike, lines: Sequence[BaseGeometry]
) -> NDArray[np.bool_]:
    """Whether places are as far from lines as bodies are to lie."""
    clear_m = np.maximum(1000.0 * DEFAULTS.body_clear_km, DEFAULTS.body_depth_factor * np.nan_to_num(depth_m))
    reach_m = float(clear_m.max(initial=0.0))
    return np.asarray(distance_to_geometries_m(lon_deg, lat_deg, lines, reach_m) >= clear_m)


def unit_findings(
    way: str, unit: Branching, ground: Seabed, lines: Sequence[BaseGeometry], waters: StateWaters | None
) -> Iterator[Finding]:
    """What a branching unit lies too near to; ``waters``: None where the study does not tell."""
    lon, lat = np.array([unit.lon]), np.array([unit.lat])
    near = []
    if not _are_clear(lon, lat, sample(ground.grid, ground.depth.depth_m, lon, lat), lines).all():
        near.append("a cable or pipeline")
    if waters is not None:
        ones = np.ones_like(ROUND_DEG)
        around = GEOD.fwd(unit.lon * ones, unit.lat * ones, ROUND_DEG, 1000.0 * DEFAULTS.boundary_clear_km * ones)[:2]
        if len(set(waters.class_at(np.column_stack([*around])).tolist())) > 1:
            near.append("a boundary of waters")
    if near:
        yield Finding(
            kind="branching unit without a clear place",
            severity="minor",
            sentence=(
                f"the branching unit of the way `{way}`, at {unit.lon:.4f}° E {unit.lat:.4f}° N, lies by "
                f"{' and '.join(near)}: bodies keep {DEFAULTS.body_clear_km:g} km or {DEFAULTS.body_depth_factor:g} "
                f"times the depth from what is crossed, and {DEFAULTS.boundary_clear_km:g} km from boundaries"
            ),
            action="move it along the trunk (design.branching.min_depth_m), or agree on it with the owner",
            source="layer branching_units",
        )
