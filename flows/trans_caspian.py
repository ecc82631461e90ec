"""The flow ``trans-caspian``: the stages of `pipeline.run`, each as a Prefect task.

Few, coarse tasks: what passes between them are arrays and frames in memory, so nothing is cached or persisted here;
what a later run may reuse stands in the published folder.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from pipeline.run import REUSED, STAGES, RunResult, RunSettings, Stage, Watch, run_study

# Who watches the run: a terminal, or nobody, and then Prefect's log is told. A flow's parameters are what a person may
# choose in Prefect's pages, so a function that prints cannot be one of them.
WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)

TASKS = {
    stage.name: task(
        name=stage.name, description=stage.meaning, cache_policy=NO_CACHE, persist_result=False, retries=0
    )(stage.function)
    for stage in STAGES
}


def perform_as_task(stage: Stage, *args: Any) -> Any:
    """Perform a stage as its task inside the running flow."""
    return TASKS[stage.name](*args)


@flow(name="trans-caspian", persist_result=False, validate_parameters=True)
def trans_caspian(
    study: Path = Path("studies/trans_caspian.toml"),
    out: Path = Path("data/processed"),
    systems: list[str] | None = None,
    overrides: dict[str, Any] | None = None,
    raw: Path | None = None,
    criteria_rasters: bool = False,
    formats: list[str] | None = None,
) -> RunResult:
    """Route the systems of a study and publish their layers.

    Args:
        study: The study file (TOML).
        out: Folder that receives <study>/<run id>/ and <study>/latest.
        systems: Ids of the systems to route; none means all.
        overrides: Dotted keys of the study with new values, e.g. {"criteria.slope.weight": 2.0}.
        raw: Folder with registry.toml; by default data/raw beside or above the study.
        criteria_rasters: Also write each criterion as a raster.
        formats: Further vector formats: flatgeobuf, parquet (GeoParquet), kml.
    """
    settings = RunSettings(
        study, out, tuple(systems or ()), overrides or {}, raw, criteria_rasters, tuple(formats or ())
    )
    result = run_study(settings, WATCH.get() or log_stage, perform_as_task)
    create_table_artifact(
        key="trans-caspian-systems",
        table=[
            {
                "system": item.system_id,
                "length_km": round(item.length_km, 3),
                "geodesic_km": round(item.geodesic_km, 3),
                "published_km": item.published_km,
                "max_depth_m": item.max_depth_m,
                "cost_usd": round(item.cost_usd),
            }
            for item in result.figures
        ],
        description=f"Run {result.folder.name} of {study}",
    )
    return result


def log_stage(stage: Stage, seconds: float | None, told: str) -> None:
    """Progress of an unattended run: a line in Prefect's log as each stage begins and ends."""
    logger = get_run_logger()
    if seconds is None:
        logger.info("%s: %s%s", stage.name, stage.meaning, f"; because {told}" if told else "")
    elif told == REUSED:
        logger.info("%s: reused", stage.name)
    else:
        logger.info("%s: %.2f s", stage.name, seconds)


def run_as_flow(settings: RunSettings, watch: Watch) -> RunResult:
    """Run the flow in this process, with the progress shown by ``watch``.

    Without ``PREFECT_API_URL`` Prefect starts an ephemeral server for the length of the call.
    """
    token = WATCH.set(watch)
    try:
        return trans_caspian(
            study=settings.study_path,
            out=settings.out_dir,
            systems=list(settings.systems),
            overrides=dict(settings.overrides),
            raw=settings.raw_dir,
            criteria_rasters=settings.criteria_rasters,
            formats=list(settings.formats),
        )
    finally:
        WATCH.reset(token)
