"""The flow ``trans-caspian``: the stages of a run, each as a Prefect task."""

# No `from __future__ import annotations` here: Prefect pickles flows to other processes, where strings do not resolve
from pathlib import Path

if __name__ == "__main__":
    from transcaspian.orchestration.script import run_script

    run_script(__file__, "trans_caspian")

from prefect import flow

from transcaspian.orchestration import forms
from transcaspian.orchestration.flow_runs import remove_older_runs, run_in_tasks
from transcaspian.orchestration.project import default_paths
from transcaspian.runs.engine import RunResult, RunSettings

DEFAULT_STUDY, DEFAULT_OUT = default_paths(Path(__file__).absolute().parents[1])


@flow(name="trans-caspian", persist_result=False, validate_parameters=True)
def trans_caspian(
    study: forms.StudyFile = DEFAULT_STUDY,
    out: forms.RunsFolder = DEFAULT_OUT,
    systems: forms.SystemIds = None,
    overrides: forms.Overrides = None,
    raw: forms.RawFolder = None,
    criteria_rasters: bool = False,
    formats: forms.Formats = None,
    since: forms.StageName = None,
    reuse: bool = True,
    keep_runs: forms.KeepRuns = None,
    publish: bool | None = None,
    fetch: bool = False,
    dask: forms.DaskAddress = None,
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
        study_path=study,
        out_dir=out,
        systems=tuple(systems or ()),
        overrides=overrides or {},
        raw_dir=raw,
        criteria_rasters=criteria_rasters,
        formats=tuple(formats or ()),
        reuse=reuse,
        since=since,
        fetch=fetch,
        publish=publish,
    )
    result = run_in_tasks(settings, dask)
    if keep_runs is not None:
        remove_older_runs(result, keep_runs)
    return result
