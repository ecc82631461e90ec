"""The flow ``source-refresh``: what studies name on the network, fetched once a week."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact

from pipeline.sources.fetch import fetch_sources
from pipeline.sources.resolve import find_raw_dir
from pipeline.study import load_study


@flow(name="source-refresh", persist_result=False, validate_parameters=True)
def source_refresh(
    study: Path = Path("studies/trans_caspian.toml"), raw: Path | None = None, force: bool = False
) -> dict[str, str]:
    """Fetch the sources of a study into data/raw/cache; what cannot be fetched stays as it was last.

    Args:
        study: The study file (TOML).
        raw: Folder with registry.toml; by default data/raw beside or above the study.
        force: Fetch whole files even where the copies are said to be current.
    """
    now = datetime.now(UTC)
    logger = get_run_logger()
    states = {}
    rows = []
    for item in fetch_sources(load_study(study), raw or find_raw_dir(study), now, force=force):
        logger.info("%s", item.told(now))
        states[item.role] = item.state
        rows.append({"source": item.role, "state": item.state, "checked": item.age(now), "trouble": item.trouble})
    if not rows:
        logger.info("%s names nothing on the network", study)
    create_table_artifact(key="source-refresh", table=rows, description=f"Sources of {study}")
    return states
