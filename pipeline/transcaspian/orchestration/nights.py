"""What Prefect's server knows of the nights: which are late, which are stuck, and which did not end well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import get_current_settings

from transcaspian.orchestration.project import default_paths, project_folder
from transcaspian.orchestration.serve import check_server
from transcaspian.runs.health import Check

FLOW = filters.FlowFilter(name=filters.FlowFilterName(any_=["trans-caspian"]))
ENDED = [StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED]
BEGUN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
LATE = timedelta(minutes=15)
"""Of a run that waits to begin; and of one that has begun, until it must hold the lock of its folder."""
AT_MOST = 200
"""So many runs are read, the newest first: the most that the server gives at once."""


@dataclass(frozen=True)
class Asked:
    """What a monitor asks.

    Attributes
    ----------
    out_dir
        Folder of the runs on this machine; a relative ``out`` of a flow run counts from the working folder too.
    is_at_work
        Whether a run holds the lock of a study in that folder.
    """

    out_dir: Path
    is_at_work: bool
    max_run_h: float
    now: datetime


def nights(asked: Asked) -> Iterator[Check]:
    """Ask the server of ``PREFECT_API_URL``, where it names one.

    Raises
    ------
    OrchestratorError
        When it does not answer.
    """
    api = get_current_settings().api.url
    if not api:
        yield Check("nights", True, "not asked: PREFECT_API_URL names no server")
        return
    check_server(api)
    with get_client(sync_client=True) as client:
        deployments = client.read_deployments(flow_filter=FLOW, limit=AT_MOST)
        bad = [*late(client, asked), *stuck(client, asked), *ended_badly(client, deployments)]
    for told in bad:
        yield Check("nights", False, told)
    if not bad:
        names = ", ".join(sorted(item.name for item in deployments)) or "no deployment"
        yield Check("nights", True, f"none is late, stuck or failed ({names} at {api})")


def late(client: SyncPrefectClient, asked: Asked) -> Iterator[str]:
    """Runs that should have begun."""
    for run in _runs(client, [StateType.SCHEDULED], FlowRunSort.EXPECTED_START_TIME_ASC):
        due = run.expected_start_time
        if run.deployment_id and due and asked.now - due > LATE:
            yield f"{run.name} is late: it was to begin at {due:%Y-%m-%d %H:%M} UTC; nothing serves it, or it is busy"


def stuck(client: SyncPrefectClient, asked: Asked) -> Iterator[str]:
    """Runs that take too long, or that nothing on this machine works at any more."""
    _, default_out = default_paths(project_folder())
    for run in _runs(client, BEGUN):
        since = run.state.timestamp if run.state else asked.now
        lasts = asked.now - since
        out = Path(run.parameters.get("out", default_out)).absolute()
        told = f"{run.name} is {run.state_name} since {since:%Y-%m-%d %H:%M} UTC"
        if lasts > timedelta(hours=asked.max_run_h):
            yield f"{told}; at most {asked.max_run_h:g} h"
        elif lasts > LATE and out == asked.out_dir.absolute() and not asked.is_at_work:
            yield f"{told}, but no run is at work in {out}: `prefect flow-run delete {run.id}`"


def ended_badly(client: SyncPrefectClient, deployments: Iterable[DeploymentResponse]) -> Iterator[str]:
    """Runs of deployments with a schedule that did not complete, after the last that did."""
    for deployment in deployments:
        if deployment.paused or not any(schedule.active for schedule in deployment.schedules):
            continue
        of = filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment.id]))
        for run in _runs(client, ENDED, FlowRunSort.END_TIME_DESC, of):
            if run.state_type == StateType.COMPLETED:
                break
            when = f"{run.end_time:%Y-%m-%d %H:%M} UTC" if run.end_time else "an unknown time"
            reason = f": {run.state.message.splitlines()[0]}" if run.state and run.state.message else ""
            yield f"{run.name} of {deployment.name} {run.state_name} at {when}{reason}"


def _runs(
    client: SyncPrefectClient,
    states: list[StateType],
    sort: FlowRunSort = FlowRunSort.START_TIME_DESC,
    of: filters.DeploymentFilter | None = None,
) -> list[FlowRun]:
    """Runs of the flow in such states."""
    wanted = filters.FlowRunFilter(state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=states)))
    return client.read_flow_runs(
        flow_filter=FLOW, flow_run_filter=wanted, deployment_filter=of, sort=sort, limit=AT_MOST
    )
