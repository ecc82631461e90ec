"""The sources that a study names on the network, each fetched as a task of the running flow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from transcaspian.core.errors import SourceError
from transcaspian.sources.fetch import Fetched, fetch
from transcaspian.sources.resolve import find_raw_dir, remote_sources
from transcaspian.study import load_study

# No retries of Prefect's: what can heal is tried again by the pipeline, within the time limit of the file
fetch_source = task(
    name="fetch source", task_run_name="fetch {remote.role}", cache_policy=NO_CACHE, persist_result=False, retries=0
)(fetch)


def fetch_in_tasks(study: Path, raw: Path | None, force: bool) -> dict[str, str]:
    """Fetch the sources of a study, and leave a table of them; what came of each that could be had, by its role.

    Parameters
    ----------
    study
        Its file.
    raw
        Folder with registry.toml; None: data/raw beside or above the study.
    force
        Whole files, even where the copies are said to be current.

    Raises
    ------
    SourceError
        When a source can neither be fetched nor has a good copy; all the others have been seen to.
    """
    now = datetime.now(UTC)
    results = dict(_fetched_or_failed(study, raw or find_raw_dir(study), now, force))
    if not results:
        get_run_logger().info("%s names nothing on the network", study)
    rows = [{"source": role, **table_row(item, now)} for role, item in results.items()]
    create_table_artifact(key="source-refresh", table=rows, description=f"Sources of {study}")
    failed = [item for item in results.values() if isinstance(item, Exception)]
    for error in failed:
        if not isinstance(error, SourceError):
            raise error
    if failed:
        raise SourceError("; ".join(map(str, failed)))
    return {role: item.state for role, item in results.items() if isinstance(item, Fetched)}


def _fetched_or_failed(study: Path, raw: Path, now: datetime, force: bool) -> Iterator[tuple[str, Fetched | Exception]]:
    """Each source by its role, or why it cannot be had; several at once."""
    runs = {
        remote.role: fetch_source.submit(remote, raw, now, force=force)
        for remote in remote_sources(load_study(study), raw)
    }
    for role, run in runs.items():
        item: Any = run.result(raise_on_failure=False)
        if isinstance(item, Fetched):
            get_run_logger().info("%s", item.told(now))
        else:
            get_run_logger().error("%s", item)
        yield role, item


def table_row(item: Fetched | Exception, now: datetime) -> dict[str, str]:
    """A source in the table of the artifact."""
    if isinstance(item, Fetched):
        return {"state": item.state, "checked": item.age(now), "trouble": item.trouble}
    return {"state": "failed", "checked": "never", "trouble": str(item)}
