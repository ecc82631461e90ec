"""Serve the flow from one process: runs can be started by hand in Prefect's pages, and every night by the schedule.

Each run is a process of its own that loads the flow by the name of its module. The server is the one of
``PREFECT_API_URL``, or one of our own for as long as this process lasts.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import prefect
from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Schedule
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, get_current_settings, temporary_settings
from prefect.types.entrypoint import EntrypointType

from transcaspian.cli.orchestrator import ServeSettings
from transcaspian.core.errors import OrchestratorError, ScheduleError
from transcaspian.core.template import IN_WHEEL
from transcaspian.orchestration.lost_server import is_lost
from transcaspian.orchestration.own_server import own_server
from transcaspian.orchestration.project import default_paths, load_flow, project_folder
from transcaspian.sources.resolve import find_raw_dir
from transcaspian.study import load_study

DEPLOYMENT = "served-nightly"
"""Not the name of a deployment in prefect.yaml: Prefect refuses to serve that one."""
CRON_FIELDS = 5
ANSWER_S = 12.0
AGAIN_S = 5.0


def serve(settings: ServeSettings) -> None:
    """Serve until interrupted, one run at a time; where the server is lost, go on when one answers again.

    Raises
    ------
    ScheduleError, StudyError, SourceError
        When the time or the study is wrong, or there is no data: before anything begins.
    OrchestratorError
        When there is no server to begin with.
    """
    next_time(settings.cron, settings.timezone)
    project = project_folder()
    default_study, default_out = default_paths(project)
    study = (settings.study_path or default_study).absolute()
    out = (settings.out_dir or default_out).absolute()
    raw = (settings.raw_dir or find_raw_dir(study)).absolute()
    load_study(study)
    # a later service begins perhaps in another folder
    parameters = {"study": str(study), "out": str(out), "raw": str(raw), "keep_runs": settings.keep_runs}
    if project != IN_WHEEL:
        os.chdir(project)  # runs begin here: in another folder they would load a package `flows` that it may have
    is_lost_now = False
    while True:
        with chosen_server(is_lost_now) as api, temporary_settings({PREFECT_API_URL: api}):
            begins = next_time(settings.cron, settings.timezone)
            say(f"Prefect pages: {get_current_settings().ui_url}")
            say(f"study: {study}")
            say(f"runs: {out}")
            say(f"next run: {begins:%Y-%m-%d %H:%M} {settings.timezone}; Ctrl-C ends the service")
            is_lost_now = serve_to(api, project, Cron(settings.cron, timezone=settings.timezone), parameters)
        if not is_lost_now:
            return


def serve_to(api: str, project: Path, schedule: Schedule, parameters: dict[str, Any]) -> bool:
    """Serve to a server until interrupted, or until it is lost; whether it is lost.

    Parameters
    ----------
    api
        Address of the API of the server.
    project
        Folder whose flow is served.
    schedule, parameters
        Of the deployment.

    Notes
    -----
    The schedule is not paused at the end: a night whose time comes while the service is restarted would be left out.
    """
    flow = load_flow(project, "trans_caspian", "trans_caspian")  # takes seconds: when there is a server to serve it to
    deployment = RunnerDeployment.from_flow(
        flow,
        DEPLOYMENT,
        schedules=[schedule],
        parameters=parameters,
        tags=["transcaspian"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    say(f"by hand: PREFECT_API_URL={api} prefect deployment run {flow.name}/{DEPLOYMENT}")
    try:
        prefect.serve(deployment, limit=1, pause_on_shutdown=False, print_starting_message=False)
    except Exception as exc:
        if not is_lost(exc):
            raise
        say(f"Prefect's server at {api} is lost: nothing is begun until one answers")
        return True
    return False


def say(line: str) -> None:
    """Tell the person or the log at once: the service may run for weeks."""
    print(line, flush=True)


def next_time(cron: str, timezone: str) -> datetime:
    """When the schedule comes due, as Prefect's scheduler reckons it.

    Raises
    ------
    ScheduleError
        When the timezone or the cron expression is wrong, or its day never comes.
    """
    try:
        if not timezone:
            raise ValueError  # Prefect takes it for UTC
        CronSchedule(cron="0 1 * * *", timezone=timezone)
    except (LookupError, OSError, ValueError) as exc:
        raise ScheduleError(f"--timezone {timezone!r}: expected a name such as Asia/Baku or UTC") from exc
    try:
        if len(cron.split()) != CRON_FIELDS:
            raise ValueError  # Prefect takes one more, of seconds, and words such as @daily
        return asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(1))[0]
    except ValueError as exc:
        raise ScheduleError(
            f"--cron {cron!r} names no time that comes: expected five fields, minute (0-59), hour (0-23), day (1-31), "
            "month (1-12) and weekday (0-7), as in '0 1 * * *'"
        ) from exc


@contextmanager
def chosen_server(waits: bool) -> Iterator[str]:
    """The address of the API of the server to serve to: the one that was named, or one of our own.

    Parameters
    ----------
    waits
        Whether to wait for the one that was named, however long it takes.

    Raises
    ------
    OrchestratorError
        When the one that was named does not answer, or our own does not start.
    """
    api = get_current_settings().api.url
    if api:
        while waits and not answers(api):
            time.sleep(AGAIN_S)
        check_server(api)
        yield api
        return
    say("PREFECT_API_URL names no server: starting one for as long as this process lasts")
    with own_server() as address:
        yield f"{address}/api"


def answers(api: str) -> bool:
    """Whether a Prefect server answers there."""
    with suppress(OrchestratorError):
        check_server(api)
        return True
    return False


def check_server(api: str) -> None:
    """Whether a Prefect server answers there.

    Raises
    ------
    OrchestratorError
        When none does, or another program.
    """
    try:
        with (
            temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
            get_client(httpx_settings={"timeout": ANSWER_S}, sync_client=True) as client,
        ):
            client.read_flows(limit=1)
    except (httpx.HTTPError, httpx.InvalidURL, RuntimeError, ValueError) as exc:
        reason = str(exc).partition("\n")[0]
        if isinstance(exc, httpx.HTTPStatusError):
            reason = f"{exc.response.status_code} {exc.response.reason_phrase}"
        raise OrchestratorError(
            f"no Prefect server answers at {api} ({reason}): start it, correct PREFECT_API_URL, or unset it for a "
            "server of its own"
        ) from exc
