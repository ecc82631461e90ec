"""The flow ``trans-caspian-batch``: the members of a batch, on the threads of this machine or on a Dask cluster."""

# No `from __future__ import annotations` here: Prefect pickles flows to other processes, where strings do not resolve
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # a script finds its own folder; it needs the checkout
    from transcaspian.orchestration.script import run_script

    run_script("flows.batch:trans_caspian_batch", "BATCH.toml")

from prefect import flow
from prefect.artifacts import create_table_artifact

from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, Told, run_batch
from transcaspian.orchestration.places import DEFAULT_OUT
from transcaspian.orchestration.telling import telling, whom_to_tell


@flow(name="trans-caspian-batch", persist_result=False, validate_parameters=True)
def trans_caspian_batch(
    batch: Path,
    out: Path = DEFAULT_OUT,
    overrides: dict[str, Any] | None = None,
    raw: Path | None = None,
    dask: str | None = None,
) -> BatchResult:
    """Route every pair of a batch under every weighting in every scenario, into one GeoParquet file.

    Args:
        batch: The batch file (TOML).
        out: Folder that receives batches/<study>/<batch>/<run id>/.
        overrides: Dotted keys of the study with new values, for all members.
        raw: Folder with registry.toml; by default data/raw beside or above the study.
        dask: Address of the scheduler of a Dask cluster; without it the threads of this machine do the work.
    """
    how = None
    if dask:
        from transcaspian.orchestration.cluster import over_cluster

        how = over_cluster(dask)
    result = run_batch(BatchSettings(batch, out, overrides or {}, raw, how), whom_to_tell())
    create_table_artifact(
        key="trans-caspian-batch",
        table=[vars(figures) for figures in result.pairs],
        description=f"{result.folder}: {result.members} members, {result.failed} failed",
    )
    return result


def run_batch_as_flow(settings: BatchSettings, dask: str, told: Told) -> BatchResult:
    """Run the flow in this process on a cluster.

    Raises
    ------
    StudyError
        When nothing answers at the address.
    """
    from transcaspian.orchestration.cluster import connected
    from transcaspian.orchestration.ephemeral import some_server

    with connected(dask):
        pass  # said before a flow run begins
    with telling(told), some_server():
        return trans_caspian_batch(
            settings.batch_path, settings.out_dir, dict(settings.overrides), settings.raw_dir, dask
        )
