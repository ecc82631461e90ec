"""One run of a study from its files to a published folder: the stages and their order.

A stage is a plain function; whoever runs the study says how a stage is performed (called directly, or as a Prefect
task). The order stands here only, so that both ways give the same bytes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from pipeline.errors import StudyError
from pipeline.export import check_formats
from pipeline.seabed import check_elevation
from pipeline.stages.engineer import Engineered, engineer_systems
from pipeline.stages.inputs import Inputs, RunSettings, read_inputs, shore_landings, water_polygon
from pipeline.stages.publish import RunResult, publish
from pipeline.stages.routes import Routed, route_systems
from pipeline.stages.seabed import Seabed, model_seabed

__all__ = ["STAGES", "RunResult", "RunSettings", "Stage", "Watch", "check_study", "run_study"]


@dataclass(frozen=True)
class Stage:
    """A step of the run, with the sentence shown while it works."""

    name: str
    meaning: str
    function: Callable[..., Any]


class Perform(Protocol):
    """How a stage is performed."""

    def __call__(self, stage: Stage, *args: Any) -> Any: ...


class Watch(Protocol):
    """Told when a stage begins (``seconds`` is None) and when it has ended."""

    def __call__(self, stage: Stage, seconds: float | None) -> None: ...


READ = Stage("read inputs", "study, sources and layers under contract", read_inputs)
SEABED = Stage("model seabed", "depth, criteria and cost surface", model_seabed)
ROUTE = Stage("route systems", "least-cost paths, corridors and alternatives", route_systems)
ENGINEER = Stage("engineer routes", "legs, profile, cable, Route Position Lists", engineer_systems)
PUBLISH = Stage("publish", "layers, rasters, map and manifest, read back", publish)
STAGES = (READ, SEABED, ROUTE, ENGINEER, PUBLISH)


def perform_directly(stage: Stage, *args: Any) -> Any:
    """Call the stage's function."""
    return stage.function(*args)


def run_study(settings: RunSettings, watch: Watch, perform: Perform = perform_directly) -> RunResult:
    """Run a study from its files to a published folder.

    Raises
    ------
    TranscaspianError
        When something the user gave cannot be used; nothing is published then and the last good run stays.
    """

    def timed(stage: Stage, *args: Any) -> Any:
        watch(stage, None)
        began = time.perf_counter()
        value = perform(stage, *args)
        watch(stage, time.perf_counter() - began)
        return value

    check_formats(settings.formats)
    inputs: Inputs = timed(READ, settings)
    ground: Seabed = timed(SEABED, inputs)
    routed: Routed = timed(ROUTE, inputs, ground)
    engineered: Engineered = timed(ENGINEER, inputs, ground, routed)
    result: RunResult = timed(PUBLISH, settings, inputs, ground, routed, engineered, clock())
    return result


def check_study(settings: RunSettings) -> Inputs:
    """Validate all that can be validated without computing a route: study, files, contracts, landings."""
    inputs = read_inputs(settings)
    water, raster = water_polygon(inputs), inputs.seabed
    shore_landings(water, inputs.study.landings)
    check_elevation(raster.lon_deg, raster.lat_deg, raster.elevation_m, water, inputs.study.water_level.level_m_msl)
    return inputs


def clock() -> datetime:
    """Now in UTC, or the moment of ``SOURCE_DATE_EPOCH`` for runs that are compared byte by byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError) as exc:
        raise StudyError(f"SOURCE_DATE_EPOCH is {epoch!r}: expected whole seconds since 1970") from exc
