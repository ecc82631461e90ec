"""The first stage: the study and every file it names, read under contract."""

from __future__ import annotations

from transcaspian.core.registry import asked_of
from transcaspian.runs.cache import Store
from transcaspian.runs.kept_numbers import read_numbers
from transcaspian.runs.own_lists import read_own_lists
from transcaspian.runs.stages.inputs import FurtherInput, Inputs, RunSettings, hash_json
from transcaspian.runs.stages.read_files import READ_FILES, keeper_of, read_files, read_further
from transcaspian.sources.resolve import find_raw_dir, resolve_sources
from transcaspian.study import Study, load_study, study_of


def read_inputs(settings: RunSettings, study: Study | None = None) -> Inputs:
    """Read and validate the study and every file it names.

    ``study``: where a run has read it already, which is alone in its folder and keeps there what it reads.
    """
    is_run = study is not None
    study = study or wanted_study(settings)
    further = further_inputs(study)
    own_lists = read_own_lists(study, settings)
    raw_dir = settings.raw_dir or find_raw_dir(settings.study_path)
    sources = resolve_sources(study, settings.study_path, raw_dir)
    store = Store(settings.out_dir / study.study.id) if is_run and settings.reuse else None
    forced = settings.since == READ_FILES
    seabeds, layers, constraints = read_files(study, sources, store, forced=forced)
    further |= read_further(study, sources, layers, keeper_of(store, forced))
    return Inputs(
        study=study,
        study_sha256=hash_json(study.model_dump(mode="json")),
        systems=study.select(settings.systems),
        provenance=(
            *(source.provenance for source in sources.values()),
            *(item.provenance for role, item in further.items() if role not in sources),
            *(own.provenance for own in own_lists.values() if own.provenance is not None),
        ),
        seabeds=seabeds,
        layers=layers,
        numbers=read_numbers(settings.out_dir / study.study.id),
        further=further,
        own_lists=own_lists,
        constraints=constraints,
    )


def wanted_study(settings: RunSettings) -> Study:
    """The study that was asked for, read and validated."""
    if settings.document is not None:
        return study_of(settings.document, "the manifest")
    return load_study(settings.study_path, settings.overrides)


def further_inputs(study: Study) -> dict[str, FurtherInput]:
    """What the analyses that the study asks for need beside its data sets, by name."""
    return {name: item for wing in asked_of(study) if wing.read for name, item in wing.read(study).items()}
