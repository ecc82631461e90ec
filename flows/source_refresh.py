"""The flow ``source-refresh``: what studies name on the network, fetched once a week, each source as a task."""

# No `from __future__ import annotations` here: Prefect pickles flows to other processes, where strings do not resolve
from pathlib import Path

if __name__ == "__main__":
    from transcaspian.orchestration.script import run_script

    run_script(__file__, "source_refresh")

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from transcaspian.orchestration.project import default_paths
from transcaspian.orchestration.refresh import fetch_in_tasks

DEFAULT_STUDY, _ = default_paths(Path(__file__).absolute().parents[1])
AT_ONCE = 4


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
    return fetch_in_tasks(study, raw, force)
