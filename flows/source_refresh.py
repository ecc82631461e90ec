"""The flow ``source-refresh``: what studies name on the network, fetched once a week, each source as a task."""

# No `from __future__ import annotations` here: Prefect pickles flows to other processes, where strings do not resolve
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # a script finds its own folder; it needs the checkout
    from transcaspian.orchestration.script import run_script

    run_script("flows.source_refresh:source_refresh")

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from transcaspian.core.errors import SourceError
from transcaspian.orchestration.places import DEFAULT_STUDY
from transcaspian.sources.fetch import Fetched, fetch
from transcaspian.sources.resolve import RemoteFile, find_raw_dir, remote_sources
from transcaspian.study import load_study

AT_ONCE = 4


# No retries of Prefect's: what can heal is tried again by the pipeline, within the time limit of the file
@task(name="fetch source", task_run_name="fetch {remote.role}", cache_policy=NO_CACHE, persist_result=False, retries=0)
def fetch_source(remote: RemoteFile, raw: Path, now: datetime, force: bool) -> Fetched:
    """Fetch one source, or keep its last good copy."""
    return fetch(remote, raw, now, force=force)


@flow(
    name="source-refresh",
    persist_result=False,
    validate_parameters=True,
    task_runner=ThreadPoolTaskRunner(max_workers=AT_ONCE),  # type: ignore[arg-type]
)
def source_refresh(study: Path = DEFAULT_STUDY, raw: Path | None = None, force: bool = False) -> dict[str, str]:
    """Fetch the sources of a study into data/raw/cache; what cannot be fetched stays as it was last.

    A source that can neither be fetched nor has a good copy fails the run when all the others have been seen to.

    Args:
        study: The study file (TOML).
        raw: Folder with registry.toml; by default data/raw beside or above the study.
        force: Fetch whole files even where the copies are said to be current.
    """
    now = datetime.now(UTC)
    logger = get_run_logger()
    raw_dir = raw or find_raw_dir(study)
    begun = {
        remote.role: fetch_source.submit(remote, raw_dir, now, force)
        for remote in remote_sources(load_study(study), raw_dir)
    }
    states = {}
    rows = []
    failed: list[Exception] = []
    for role, task_run in begun.items():
        item: Any = task_run.result(raise_on_failure=False)
        if isinstance(item, Fetched):
            logger.info("%s", item.told(now))
            states[role] = item.state
            rows.append({"source": role, "state": item.state, "checked": item.age(now), "trouble": item.trouble})
        else:
            logger.error("%s", item)
            failed.append(item)
            rows.append({"source": role, "state": "failed", "checked": "never", "trouble": str(item)})
    if not rows:
        logger.info("%s names nothing on the network", study)
    create_table_artifact(key="source-refresh", table=rows, description=f"Sources of {study}")
    bugs = [fault for fault in failed if not isinstance(fault, SourceError)]
    if bugs:
        raise bugs[0]
    if failed:
        raise SourceError("; ".join(str(fault) for fault in failed))
    return states
