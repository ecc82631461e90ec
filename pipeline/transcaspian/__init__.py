"""Subsea cable routing across the Caspian seabed: real data in, a routed line and GIS layers out.

From arrays, a cost for each metre on each cell (NaN is a wall, row 0 is the northernmost):

>>> import numpy as np
>>> import transcaspian as tc
>>> grid = tc.Grid.covering(49.0, 39.0, 53.0, 42.0, step_deg=0.1)
>>> cost_per_m = np.where((grid.lon_deg > 50.9) & (grid.lon_deg < 51.0) & (grid.lat_deg[:, None] < 41.0), np.nan, 1.0)
>>> path = tc.least_cost_path(tc.RoutingProblem(grid, cost_per_m), (49.55, 40.05), (52.55, 40.05))
>>> f"{path.length_m / 1000:.0f} km around the wall"
'333 km around the wall'

From a study, in a project that `transcaspian init` laid out; here on a grid coarse enough for an example:

>>> coarse = {"area.grid_step_arcsec": 300, "rules.landing_approach.max_km": 40.0}
>>> path = tc.route_system("studies/trans_caspian.toml", "main", coarse)
>>> f"{path.length_m / 1000:.0f} km"
'359 km'

A run writes layers, Route Position Lists, pictures and a report into a folder of its own:

>>> study = tc.check_study("studies/trans_caspian.toml")
>>> [system.id for system in study.systems]
['main', 'main-2023', 'reserve-2023', 'turkmen']
>>> run = tc.run_study("studies/trans_caspian.toml", folder, systems=["main"], overrides=coarse)
>>> run.state
'what-if'
>>> rpl = tc.read_rpl(run.folder / "rpl" / "main.csv")
>>> tc.check_rpl(rpl), tc.compare_rpl(rpl, rpl).is_same
((), True)
>>> tc.publish_run(run.latest.parent, run.folder.name) == run.latest.resolve()
True

What a user can cause is a `TranscaspianError`, with one clear sentence:

>>> tc.load_study("studies/none.toml")
Traceback (most recent call last):
transcaspian.core.errors.StudyError: study file studies/none.toml cannot be read: No such file or directory. Give ...

The names below are public, and stay (docs/reference/compatibility.md); each is loaded when it is first asked for.
"""

import logging
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from transcaspian.core.environment import make_good
from transcaspian.core.version import __version__

if TYPE_CHECKING:  # for type checkers and editors; a name of `__all__` must stand in `_ROOMS` too
    from transcaspian.core.errors import TranscaspianError
    from transcaspian.core.grid import Grid
    from transcaspian.routing import LeastCostPath, RoutingProblem, least_cost_path
    from transcaspian.rpl.boundary import read_rpl
    from transcaspian.rpl.compare import Comparison, compare_rpl
    from transcaspian.rpl.model import Rpl
    from transcaspian.rpl.qa import Tolerances, check_rpl
    from transcaspian.runs.engine import RunResult
    from transcaspian.runs.library import check_study, publish_run, route_system, run_study
    from transcaspian.study import Study, load_study

__all__ = [
    "Comparison",
    "Grid",
    "LeastCostPath",
    "RoutingProblem",
    "Rpl",
    "RunResult",
    "Study",
    "Tolerances",
    "TranscaspianError",
    "__version__",
    "check_rpl",
    "check_study",
    "compare_rpl",
    "least_cost_path",
    "load_study",
    "publish_run",
    "read_rpl",
    "route_system",
    "run_study",
]

_ROOMS = {
    "core.errors": ("TranscaspianError",),
    "core.grid": ("Grid",),
    "routing": ("LeastCostPath", "RoutingProblem", "least_cost_path"),
    "rpl.boundary": ("read_rpl",),
    "rpl.compare": ("Comparison", "compare_rpl"),
    "rpl.model": ("Rpl",),
    "rpl.qa": ("Tolerances", "check_rpl"),
    "runs.engine": ("RunResult",),
    "runs.library": ("check_study", "publish_run", "route_system", "run_study"),
    "study": ("Study", "load_study"),
}


def __getattr__(name: str) -> Any:
    """A public name, from the room that it stands in."""
    for room, names in _ROOMS.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{room}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__]


make_good()

# These drivers of GDAL open other files or the network that a data file names. GDAL reads the list when it is first
# loaded, so it must stand before any room imports a GIS library; the readers' own checks do not depend on it.
os.environ.setdefault("GDAL_SKIP", "OGR_VRT,WFS,OAPIF,CSW,PLSCENES")
# rasterio's own GDAL is built without most of them, and says so each time
logging.getLogger("rasterio._env").addFilter(lambda record: "GDAL_SKIP" not in record.getMessage())
