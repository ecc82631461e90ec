"""The stage of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapely import LineString
from toy_wing.config import Trawling
from toy_wing.layers import TRAWLED_ROUTES
from toy_wing.reach import share_reached

from transcaspian.core.findings import AnalysisResult
from transcaspian.core.frames import frame, known
from transcaspian.core.grid import length_m
from transcaspian.seabed import sample

if TYPE_CHECKING:
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs


def find_trawled(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """The length of each path that trawls reach."""
    rules, ground = inputs.study.required_table(Trawling), laid.ground.seabed
    rows, figures = [], {}
    for system_id, path in laid.routed.paths.items():
        lonlat = path.lonlat
        length_km = float(length_m(lonlat)) / 1000.0
        depth_m = sample(ground.grid, ground.depth.depth_m, lonlat[:, 0], lonlat[:, 1])
        trawled_km = known(share_reached(depth_m, rules.max_depth_m) * length_km)
        rows.append(
            TRAWLED_ROUTES.row(LineString(lonlat), system_id=system_id, trawled_km=trawled_km, length_km=length_km)
        )
        figures[system_id] = {"trawled_km": trawled_km, "status": "DERIVED"}
    note = f"trawls reach {rules.max_depth_m:g} m"
    return AnalysisResult({TRAWLED_ROUTES.name: frame(TRAWLED_ROUTES, rows)}, figures=figures, notes=(note,))
