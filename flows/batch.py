"""The flow ``trans-caspian-batch``: the members of a batch, on the threads of this machine or on a Dask cluster."""

# No `from __future__ import annotations` here: Prefect pickles flows to other processes, where strings do not resolve
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    from transcaspian.orchestration.script import run_script

    run_script(__file__, "trans_caspian_batch", "BATCH.toml")

from prefect import flow

from transcaspian.analyses.batch.compute import BatchResult, BatchSettings
from transcaspian.orchestration.flow_runs import route_in_batch
from transcaspian.orchestration.project import default_paths

_, DEFAULT_OUT = default_paths(Path(__file__).absolute().parents[1])


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
    return route_in_batch(BatchSettings(batch, out, overrides or {}, raw), dask)
