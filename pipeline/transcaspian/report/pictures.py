"""Which pictures a run has, and what draws each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from transcaspian.core.frames import of_system
from transcaspian.core.grid import Grid
from transcaspian.engineering import EngineeredRoute
from transcaspian.report.alternatives_picture import draw_alternatives_figure
from transcaspian.report.lengths_picture import draw_lengths_figure
from transcaspian.report.map_picture import draw_map
from transcaspian.report.profile_picture import draw_profile_figure
from transcaspian.report.sld_picture import draw_sld

SHOWN = (
    "routes",
    "alternatives",
    "cost_tolerance_zones",
    "kp_marks",
    "landing_points",
    "coastline",
    "cables",
    "hazards",
    "constraints",
    "no_go",
)
"""Names of the layers that pictures show."""
Draw = Callable[[Path | BinaryIO], None]
"""Draws a picture into a file."""


def pictures(
    *, credits: str, routes: Mapping[str, EngineeredRoute] | None = None, sea: Mapping[str, Any] | None = None
) -> dict[str, Draw]:
    """What draws each picture, by the relative name of its file; without engineering or alternatives there are fewer.

    Parameters
    ----------
    credits
        The small print.
    routes
        The engineered routes, by system id; None: no picture of a route alone.
    sea
        ``grid``, ``depth_m``, ``title``, and as ``layers`` those of `SHOWN`, by name; None: no picture of the sea.
    """
    found: dict[str, Draw] = {} if sea is None else pictures_of_sea(credits=credits, **sea)
    for system_id, route in (routes or {}).items():
        found[f"figures/profile_{system_id}.png"] = partial(draw_profile_figure, route=route, credits=credits)
        found[f"sld/{system_id}.png"] = partial(draw_sld, route=route, credits=credits)
    return found


def pictures_of_sea(
    *, grid: Grid, depth_m: NDArray[np.float32], layers: Mapping[str, gpd.GeoDataFrame], title: str, credits: str
) -> dict[str, Draw]:
    """What draws the map, the lengths, and each route among its alternatives."""
    sea: dict[str, Any] = {"grid": grid, "depth_m": depth_m, "layers": layers, "credits": credits}
    found: dict[str, Draw] = {"map.png": partial(draw_map, title=title, **sea)}
    if len(layers["routes"]):
        found["figures/published_lengths.png"] = partial(
            draw_lengths_figure, routes=layers["routes"], title=f"{title}: lengths", credits=credits
        )
    for system_id in layers["routes"]["system_id"]:
        if any(len(of_system(layers[name], system_id)) for name in ("cost_tolerance_zones", "alternatives")):
            found[f"figures/alternatives_{system_id}.png"] = partial(
                draw_alternatives_figure, system_id=system_id, **sea
            )
    return found
