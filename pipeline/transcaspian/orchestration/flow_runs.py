"""Runs and batches as runs of a flow: inside one, and how the command begins one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, run_batch
from transcaspian.core.errors import OrchestratorError, TranscaspianError, error_chain
from transcaspian.core.spread import spreading
from transcaspian.orchestration.artifacts import Progress, Reporter, leave_artifacts, log_result
from transcaspian.orchestration.lost_server import is_lost
from transcaspian.orchestration.own_server import server_for_flows
from transcaspian.runs.archive.retention import Retention, prune
from transcaspian.runs.engine import RunResult, RunSettings, Watch, run_study
from transcaspian.runs.stages.stage import Stage, Takes, Value


@dataclass(frozen=True)
class Terminal:
    """A terminal where a person waits for a run; all others report to Prefect's log and pages.

    Attributes
    ----------
    show
        Shows the progress of the run there.
    results
        Of the runs that are over, even where Prefect's server could not be told.
    """

    show: Any
    results: list[RunResult] = field(default_factory=list)


OF_COMMAND = {"cache_mb", "document"}
"""Settings that are no parameters of the flow."""
_TERMINAL: ContextVar[Terminal | None] = ContextVar("terminal", default=None)
"""A flow's parameters are what a person may choose in Prefect's pages: a terminal cannot be one of them."""


@contextmanager
def at_terminal(show: Watch) -> Iterator[Terminal]:
    """Within the block there is a server, and flows report to a terminal."""
    terminal = Terminal(show)
    token = _TERMINAL.set(terminal)
    try:
        with server_for_flows():
            yield terminal
    finally:
        _TERMINAL.reset(token)


def run_in_tasks(settings: RunSettings, dask: str | None = None) -> RunResult:
    """Run a study in the running flow, each stage as a task of it, and leave its artifacts.

    Few, coarse tasks: what passes between them are arrays and frames in memory, so nothing is cached or persisted by
    Prefect; what a later run may reuse the pipeline keeps itself.

    Parameters
    ----------
    settings
        Of the run.
    dask
        Address of the scheduler of a Dask cluster for work on many items; None: threads of this machine.
    """
    terminal, reporter = _TERMINAL.get(), Reporter()
    watch = terminal.show if terminal else Progress(reporter)
    with spread_over(dask):
        result = run_study(settings, watch, perform_as_task)
    if terminal is not None:
        terminal.results.append(result)
    leave_artifacts(result, settings.study_path, reporter)
    if terminal is None:
        log_result(result)
    return result


def perform_as_task(stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Value:
    """Perform a stage as a task of the running flow; what it computes with is loaded for that, and not before."""
    perform = task(name=stage.name, description=stage.meaning, cache_policy=NO_CACHE, persist_result=False, retries=0)
    return perform(stage.function)(*args, **kwargs)


def remove_older_runs(result: RunResult, keep: int) -> None:
    """Remove runs of the study but the newest of each kind, the last of each of twelve months, and the published one.

    Parameters
    ----------
    result
        Of the run in the same folder.
    keep
        How many of each kind stay.
    """
    for name in prune(result.folder.parent, Retention(keep), datetime.now(UTC)):
        get_run_logger().info("removed the older run %s", name)


@contextmanager
def spread_over(dask: str | None) -> Iterator[None]:
    """Within the block, work on many items is spread over the cluster, where one is named."""
    if dask is None:
        yield
        return
    from transcaspian.orchestration.cluster import over_cluster

    with spreading(over_cluster(dask)):
        yield


def run_as_flow(
    flow: Callable[..., RunResult], settings: RunSettings, watch: Watch, dask: str | None = None
) -> RunResult:
    """Run a flow in this process, with its progress shown at the terminal.

    Without ``PREFECT_API_URL`` there is a server for the length of the process. One that dies meanwhile does not end
    the run: a note says that it was lost.

    Parameters
    ----------
    flow
        ``trans_caspian`` of the project.
    settings, dask
        Its parameters.
    watch
        Shows the progress.

    Raises
    ------
    OrchestratorError
        When there is no server to begin with.
    """
    results: list[RunResult] = []
    try:
        with at_terminal(watch) as terminal:
            results = terminal.results
            return flow(**parameters_of(settings), dask=dask)
    except Exception as exc:
        if not is_lost(exc):
            raise
        return without_server(exc, results)


def parameters_of(settings: RunSettings) -> dict[str, Any]:
    """The settings of a run as parameters of the flow ``trans_caspian``."""
    names = {"study_path": "study", "out_dir": "out", "raw_dir": "raw"}
    given = {one.name: getattr(settings, one.name) for one in fields(settings)}
    parameters = {names.get(name, name): value for name, value in given.items() if name not in OF_COMMAND}
    return parameters | {name: list(parameters[name]) for name in ("systems", "formats")}


def without_server(lost: Exception, results: list[RunResult]) -> RunResult:
    """The result of a run whose end the server could not be told; or the error that ended it, as itself.

    Parameters
    ----------
    lost
        Says that the server does not answer.
    results
        Of the runs that were over before that.
    """
    reason = str(lost) or type(lost).__name__
    if results:
        note = f"Prefect's server was lost during the run ({reason}): there this run is not shown as ended"
        return replace(results[0], notes=(*results[0].notes, note))
    for error in error_chain(lost):
        if isinstance(error, TranscaspianError):
            raise error
    raise OrchestratorError(
        f"Prefect's server cannot be reached ({reason}): start it, set PREFECT_API_URL to where it is or unset it, or "
        "run with --direct. Nothing was published, and the published run stands"
    ) from lost


def route_in_batch(settings: BatchSettings, dask: str | None = None) -> BatchResult:
    """Route a batch in the running flow, and leave the table of its pairs.

    Parameters
    ----------
    settings
        Of the batch.
    dask
        As in `run_in_tasks`.
    """
    if dask:
        from transcaspian.orchestration.cluster import over_cluster

        settings = replace(settings, how=over_cluster(dask))
    result = run_batch(settings, log_members)
    create_table_artifact(
        key="trans-caspian-batch",
        table=[vars(figures) for figures in result.pairs],
        description=f"{result.folder}: {result.members} members, {result.failed} failed",
    )
    return result


def log_members(done: int, failed: int, members: int) -> None:
    """How far a batch is, in Prefect's log."""
    get_run_logger().info("%d of %d members, %d failed", done, members, failed)
