"""The flow ``trans-caspian``: the stages of `transcaspian.runs.engine`, each as a Prefect task.

Few, coarse tasks: what passes between them are arrays and frames in memory, so nothing is cached or persisted by
Prefect; what a later run may reuse the pipeline keeps itself.
"""

# No `from __future__ import annotations` here: Prefect pickles flows to other processes, where strings do not resolve

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # a script finds its own folder; it needs the checkout
    from transcaspian.orchestration.script import run_script

    run_script("flows.trans_caspian:trans_caspian")

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from pydantic import Field

from transcaspian.core.errors import OrchestratorError, TranscaspianError, error_chain
from transcaspian.core.spread import spreading
from transcaspian.export import FORMATS
from transcaspian.orchestration.ephemeral import some_server
from transcaspian.orchestration.lost_server import Teller, is_lost, remember, remembered
from transcaspian.orchestration.places import DEFAULT_OUT, DEFAULT_STUDY
from transcaspian.orchestration.telling import watched, who_watches
from transcaspian.runs.archive.retention import Retention, prune
from transcaspian.runs.engine import RENAMED, REUSED, STAGES, AnyStage, RunResult, RunSettings, Watch, run_study
from transcaspian.runs.stages.stage import Stage, Takes, Value
from transcaspian.study.base import IDENTIFIER

LARGEST_PICTURE_MB = 3.0
"""The map lies in the artifact itself: Prefect's pages cannot read a file of the machine that ran the flow."""


def perform_as_task(stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Value:
    """Perform a stage as a task of the running flow; what it computes with is loaded for that, and not before."""
    perform = task(name=stage.name, description=stage.meaning, cache_policy=NO_CACHE, persist_result=False, retries=0)
    return perform(stage.function)(*args, **kwargs)


# What a person may write into the form of a deployment. Prefect's server refuses the rest before a run begins; the
# types themselves stay wide, because the pipeline says what is wrong in words of its own. Meanings: in the docstring.
def form(*examples: Any, **schema: Any) -> Any:
    """What the form of a parameter shows and lets in, as JSON schema."""
    return Field(examples=list(examples), json_schema_extra=schema)


DOTTED_KEY = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
SETTING = {"type": ["boolean", "integer", "number", "string", "array", "object"]}


@flow(name="trans-caspian", persist_result=False, validate_parameters=True)
def trans_caspian(
    study: Annotated[Path, form("studies/trans_caspian.toml", minLength=1)] = DEFAULT_STUDY,
    out: Annotated[Path, form("data/processed", minLength=1)] = DEFAULT_OUT,
    systems: Annotated[
        list[str] | None,
        form(
            ["main"], ["main-2023", "reserve-2023"], items={"type": "string", "pattern": IDENTIFIER}, uniqueItems=True
        ),
    ] = None,
    overrides: Annotated[
        dict[str, Any] | None,
        form(
            {"criteria.slope.weight": 2.0},
            {"area.grid_step_arcsec": 120, "landings.aktau.lon_deg": 51.2},
            propertyNames={"pattern": DOTTED_KEY},
            additionalProperties=SETTING,
        ),
    ] = None,
    raw: Annotated[Path | None, form("data/raw", minLength=1)] = None,
    criteria_rasters: bool = False,
    formats: Annotated[
        list[str] | None, form(["parquet"], ["flatgeobuf", "kml"], items={"enum": [*FORMATS]}, uniqueItems=True)
    ] = None,
    since: Annotated[str | None, form("write", enum=[*(stage.name for stage in STAGES), *RENAMED, None])] = None,
    reuse: bool = True,
    keep_runs: Annotated[int | None, form(30, minimum=0, maximum=10_000)] = None,
    publish: bool | None = None,
    fetch: bool = False,
    dask: Annotated[str | None, form("tcp://127.0.0.1:8786", pattern=r"^\w+://\S+$")] = None,
) -> RunResult:
    """Route the systems of a study and publish their layers.

    Args:
        study: The study file (TOML); a relative path counts from the folder that the run begins in.
        out: Folder that receives <study>/<run id>/ and <study>/latest.
        systems: Ids of the systems to route, as the study has them; none means all.
        overrides: Dotted keys of the study with new values, e.g. {"criteria.slope.weight": 2.0}; a member of a list is
            named by its id, e.g. landings.aktau.lon_deg.
        raw: Folder with registry.toml; by default data/raw beside or above the study.
        criteria_rasters: Also write each criterion as a raster.
        formats: Further vector formats: flatgeobuf, parquet (GeoParquet), kml.
        since: Compute this stage and all after it, even where the values of an earlier run would do.
        reuse: Take what earlier runs kept, and keep what this one makes.
        keep_runs: Afterwards remove older runs but so many of each kind, the last of each of twelve months, and the
            published one. None removes nothing.
        publish: Whether `latest` is to lead to this run; none: where neither systems nor overrides are given.
        fetch: First fetch the sources of the network; where that fails, use the last copy and say so.
        dask: Address of the scheduler of a Dask cluster for the samples of [robustness]; else threads of this machine.
    """
    settings = RunSettings(
        study,
        out,
        tuple(systems or ()),
        overrides or {},
        raw,
        criteria_rasters,
        tuple(formats or ()),
        reuse=reuse,
        since=since,
        fetch=fetch,
        publish=publish,
    )
    # a flow's parameters are what a person may choose in Prefect's pages: who watches cannot be one of them
    watch = who_watches()
    teller = Teller()
    with spread_over(dask):
        result = run_study(settings, watch or Progress(teller), perform_as_task)
    remember(result)
    leave_artifacts(result, study, teller)
    if watch is None:
        tell(result)
    if keep_runs is not None:
        for name in prune(result.folder.parent, Retention(keep_runs), datetime.now(UTC)):
            get_run_logger().info("removed the older run %s", name)
    return result


class Progress:
    """Watches an unattended run: a line in Prefect's log as each stage begins and ends, and a bar in its pages."""

    def __init__(self, teller: Teller) -> None:
        self.done = 0
        self.teller = teller
        self.bar = teller(
            create_progress_artifact, progress=0.0, key="trans-caspian-progress", description="Stages of the run"
        )

    def __call__(self, stage: AnyStage, seconds: float | None, told: str) -> None:
        logger = get_run_logger()
        if seconds is None:
            logger.info("%s: %s%s", stage.name, stage.meaning, f"; because {told}" if told else "")
            return
        if told == REUSED:
            logger.info("%s: reused", stage.name)
        else:
            logger.info("%s: %.2f s", stage.name, seconds)
        self.done += 1
        if self.bar is not None:
            self.teller(update_progress_artifact, artifact_id=self.bar, progress=100.0 * self.done / len(STAGES))


def tell(result: RunResult) -> None:
    """The notes, and what came of it, in Prefect's log."""
    logger = get_run_logger()
    for note in result.notes:
        logger.info("note: %s", note)
    logger.info("run %s: %s", result.folder.name, told_of(result))


def told_of(result: RunResult) -> str:
    """What became of a run, in words."""
    return f"nothing changed: it stands, {result.state}" if result.reused else result.state


def leave_artifacts(result: RunResult, study: Path, teller: Teller) -> None:
    """The figures as a table, a summary with all that a person should know, and the map."""
    rows = [
        {
            "system": item.system_id,
            "length_km": round(item.length_km, 3),
            "geodesic_km": round(item.geodesic_km, 3),
            "published_km": item.published_km,
            "max_depth_m": item.max_depth_m,
            "cost_usd": round(item.cost_usd),
        }
        for item in result.figures
    ]
    told = told_of(result)
    teller(
        create_table_artifact,
        key="trans-caspian-systems",
        table=rows,
        description=f"Run {result.folder.name} of {study}: {told}",
    )
    teller(create_markdown_artifact, key="trans-caspian-summary", markdown=summary(result, told))
    picture = result.folder / "map.png"
    if picture.is_file() and picture.stat().st_size < LARGEST_PICTURE_MB * 1e6:
        encoded = base64.b64encode(picture.read_bytes()).decode()
        teller(
            create_image_artifact,
            image_url=f"data:image/png;base64,{encoded}",
            key="trans-caspian-map",
            description=result.folder.name,
        )


def summary(result: RunResult, told: str) -> str:
    """The run in Markdown: figures, notes, where to find it, and what changed against the last good run."""
    lines = [
        f"# Run {result.folder.name}",
        f"{told}; report: [{result.folder / 'report.html'}]({(result.folder / 'report.html').absolute().as_uri()})",
        "",
        "| system | route km | published km | deepest m |",
        "|---|---:|---:|---:|",
    ]
    for item in result.figures:
        published = "–" if item.published_km is None else f"{item.published_km:,.0f}"
        deepest = "insufficient information" if item.max_depth_m is None else f"{item.max_depth_m:,.0f}"
        lines.append(f"| {item.system_id} | {item.length_km:,.1f} | {published} | {deepest} |")
    lines += ["", "Route lengths and depths are DERIVED, published lengths REAL.", ""]
    lines += [f"- {note}" for note in result.notes]
    changes = result.folder / "changes.md"
    if not result.reused and changes.is_file():
        lines += ["", changes.read_text(encoding="utf-8")]
    return "\n".join(lines)


@contextmanager
def spread_over(dask: str | None) -> Iterator[None]:
    """Within the block, work on many items is spread over the cluster, where one is named."""
    if dask is None:
        yield
        return
    from transcaspian.orchestration.cluster import a_server_for_workers, over_cluster

    with a_server_for_workers(), spreading(over_cluster(dask)):
        yield


def run_as_flow(settings: RunSettings, watch: Watch, dask: str | None = None) -> RunResult:
    """Run the flow in this process, with the progress shown by ``watch``.

    Without ``PREFECT_API_URL`` Prefect starts an ephemeral server for the length of the call. A server that dies
    meanwhile does not end the run: a note says that it was lost.

    Raises
    ------
    OrchestratorError
        When there is no server to begin with.
    """
    with watched(watch), remembered() as came:
        try:
            with some_server():
                return trans_caspian(
                    study=settings.study_path,
                    out=settings.out_dir,
                    systems=list(settings.systems),
                    overrides=dict(settings.overrides),
                    raw=settings.raw_dir,
                    criteria_rasters=settings.criteria_rasters,
                    formats=list(settings.formats),
                    since=settings.since,
                    reuse=settings.reuse,
                    fetch=settings.fetch,
                    publish=settings.publish,
                    dask=dask,
                )
        except Exception as exc:
            if not is_lost(exc):
                raise
            return without_server(exc, came)


def without_server(lost: Exception, came: list[RunResult]) -> RunResult:
    """What a run came to whose end the server could not be told; or the fault that ended it, as itself."""
    told = str(lost) or type(lost).__name__
    if came:
        note = f"Prefect's server was lost during the run ({told}): there this run is not shown as ended"
        return replace(came[0], notes=(*came[0].notes, note))
    for fault in error_chain(lost):
        if isinstance(fault, TranscaspianError):
            raise fault
    raise OrchestratorError(
        f"Prefect's server cannot be reached ({told}): start it, set PREFECT_API_URL to where it is or unset it, or "
        "run with --direct. Nothing was published, and the published run stands"
    ) from lost
