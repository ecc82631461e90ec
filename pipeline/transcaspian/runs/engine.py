"""One run of a study from its files to a published folder: the stages and their order.

A stage is a typed function; who runs the study says how a stage is performed (called directly, or as a Prefect
task). The order stands here only, so that both ways give the same bytes. What a stage finds is kept, by all that it
depends on, and taken again by the next run that needs the same: system by system where each has a value of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Concatenate

from transcaspian.core.collector import seldom_collecting
from transcaspian.core.environment import return_memory
from transcaspian.core.errors import HeldForReviewError, RoutingError, StarvedError, StudyError, WingError, lacks_memory
from transcaspian.core.findings import Advice, Finding
from transcaspian.core.kernel_cache import compile_beside
from transcaspian.core.old_names import old_to_new
from transcaspian.core.registry import asked_of, wings
from transcaspian.core.spread import one_beside
from transcaspian.core.system_figures import SystemFigures
from transcaspian.runs import cache
from transcaspian.runs.archive.archived_runs import ArchivedRun, last_published, run_at, verify_run
from transcaspian.runs.archive.live import Live, live_in
from transcaspian.runs.archive.publication import confirm_run
from transcaspian.runs.archive.register import HELD, PUBLISHED
from transcaspian.runs.at_work import AtWork
from transcaspian.runs.cache import WHOLE, BySystem, Cached
from transcaspian.runs.stages.each_system import Failed
from transcaspian.runs.stages.handover import CachedGround, Handover, Results
from transcaspian.runs.stages.ingredients import leaves, study_document, system_document
from transcaspian.runs.stages.inputs import Inputs, RunSettings, Written, coarse_roles
from transcaspian.runs.stages.order import (
    ALTERNATIVES,
    COARSE,
    COST,
    COURSES,
    DEPTH,
    ENGINEERING,
    READ,
    ROUTES,
    STEERED_BY,
    WATERS,
    WRITE,
    ZONES,
)
from transcaspian.runs.stages.stage import REUSED, AnyStage, Perform, Stage, Takes, Value, Watch, perform_directly

if TYPE_CHECKING:
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.runs.stages.model_seabed import Bed
    from transcaspian.seabed import DepthModel
    from transcaspian.study import Study

__all__ = ["REUSED", "STAGES", "AnyStage", "RunResult", "RunSettings", "Watch", "check_study", "run_study"]


OPTIONAL: tuple[Stage[[Inputs, Handover], AnalysisResult], ...] = tuple(
    Stage(wing.name, wing.meaning, wing.compute, study=wing.study, data=wing.data) for wing in wings()
)
"""Stages of analyses: performed where the study has a table of their name, each with the systems that were laid."""
RENAMED = old_to_new("stage")
"""Names that stages had in the version before, and that are still understood in this one."""
STAGES: tuple[AnyStage, ...] = (
    READ,
    DEPTH,
    COST,
    ROUTES,
    WATERS,
    COURSES,
    ZONES,
    ENGINEERING,
    ALTERNATIVES,
    *OPTIONAL,
    WRITE,
)
if taken := {stage.name for stage in OPTIONAL} & {stage.name for stage in STAGES if stage not in OPTIONAL}:
    raise WingError(f"an analysis is called `{min(taken)}`, as a stage of every run is: it needs another name")


@dataclass(frozen=True)
class RunResult:
    """Where the run stands, and the figures to show.

    Attributes
    ----------
    folder
        Of the run: everything that it wrote.
    figures
        Of each system: lengths in km, depths in m, costs in USD.
    notes
        What a person should know before reading the figures.
    state
        ``published``, ``what-if``, or ``held`` where a run that is not to be published finds one that was.
    reused
        Whether nothing had changed, and a run of before stands.
    missing
        Why a system could not be laid, by its id: the run is held for it.
    findings
        The most severe first.
    advice
        What is recommended of each system.
    """

    folder: Path
    figures: tuple[SystemFigures, ...]
    notes: tuple[str, ...]
    state: str = PUBLISHED
    reused: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def latest(self) -> Path:
        """Where the published run of the study is found."""
        return self.folder.parent / "latest"


def run_study(settings: RunSettings, watch: Watch, perform: Perform = perform_directly) -> RunResult:
    """Run a study from its files to a folder of its own, and publish that where it is to be.

    Raises
    ------
    TranscaspianError
        When something the user gave cannot be used, or another run of the study is at work; nothing is published then
        and the published run stays.
    HeldForReviewError
        When the run was to be published and a person must look at it first.
    """
    if settings.formats:
        from transcaspian.export import check_formats

        check_formats(settings.formats)
    check_stage(settings.since)
    from transcaspian.runs.stages.read_inputs import wanted_study

    study = wanted_study(settings)
    notes = refreshed(settings, study) if settings.fetch else []
    with live_in(settings.out_dir / study.study.id) as live, seldom_collecting():
        try:
            return StudyRun(settings, study, watch, perform, live, notes).result()
        except _ComputeError:
            raise _ComputeError(live.notes) from None
        except Exception as exc:
            if not lacks_memory(exc):
                raise
            told = " ".join(str(exc).split())
        # raised when what the stage held has gone with its fault: to report it needs memory, too
        raise StarvedError(
            f"the memory did not suffice in the stage `{live.stage}`{f' ({told})' if told else ''}: give the run more, "
            "a coarser area.grid_step_arcsec or a smaller [area]. Nothing half-made was published, and the published "
            "run stands"
        )


def unchanged_run(settings: RunSettings, watch: Watch) -> tuple[RunResult | None, tuple[str, ...]]:
    """The run that stands where nothing has to be computed, without an orchestrator: that alone takes longer to start.

    Parameters
    ----------
    settings
        Of the run. One that fetches, computes a stage in any case or keeps nothing is never unchanged.
    watch
        Is told of the stages where the run stands, of nothing where it does not.

    Returns
    -------
    result, notes
        None where a stage has to be computed; then the notes are of what earlier runs left, which is cleaned up.

    Raises
    ------
    TranscaspianError
        As `run_study`.
    """
    if settings.fetch or settings.since or not settings.reuse or not any(settings.out_dir.glob("*/.cache")):
        return None, ()
    told: list[tuple[AnyStage, float | None, str]] = []
    try:
        result = run_study(settings, lambda *stage: told.append(stage), _perform_reading)
    except _ComputeError as needed:
        return None, needed.notes
    for stage in told:
        watch(*stage)
    return result, ()


class _ComputeError(Exception):
    """A stage has to be computed."""

    def __init__(self, notes: tuple[str, ...] = ()) -> None:
        self.notes = notes
        super().__init__()


def _perform_reading(stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Value:
    """Perform the one stage that every run needs."""
    if stage is not READ:
        raise _ComputeError
    return perform_directly(stage, *args, **kwargs)


class StudyRun:
    """The stages of one run, each performed where no earlier run kept its value."""

    def __init__(
        self, settings: RunSettings, study: Study, watch: Watch, perform: Perform, live: Live, notes: list[str]
    ) -> None:
        self.settings = settings
        self.at_work = AtWork(watch, live)
        self.perform = perform
        self.live = live
        self.home = live.home
        self.notes = [*live.notes, *notes]
        if settings.since in RENAMED:
            self.notes.append(f"the stage `{settings.since}` is called `{RENAMED[settings.since]}` now")
        self.notes += (f"study: {said}" for said in study.old_names)
        self.inputs = self.timed("", READ, settings, study)
        check_further(self.inputs)
        self.missing: dict[str, str] = {}
        own_lists = {system_id: cache.digest(own.rpl) for system_id, own in self.inputs.own_lists.items()}
        self.document = study_document(study, self.inputs.systems, own_lists)
        store = cache.Store(self.home) if settings.reuse else None
        self.keeper = cache.Keeper(store, forced_from(settings.since), self.notes.append)

    def result(self) -> RunResult:
        """Publish, or let stand what was published of the very same."""
        created = clock()
        results = self.results()
        shown = [part for wing in asked_of(self.inputs.study) for part in wing.shown]
        settings = {name: getattr(self.settings, name) for name in ("formats", "criteria_rasters", "overrides")}
        ingredients = self.ingredients(WRITE, cache.flattened(self.document), results.hashes(self.ids))
        if self.settings.reuse:
            origins = {f"origin of {item.role}": cache.digest(item) for item in self.inputs.provenance}
            ingredients |= {
                "data": {**self.data, **origins},
                "settings": cache.flattened(settings),
                "code": cache.code_of(WRITE.function, *shown),
            }
        cached: Cached[Written] = self.kept(
            WRITE,
            {WHOLE: ingredients},
            lambda _, why: {WHOLE: self.timed(why, WRITE, self.live, self.settings, results, created)},
            self.fault_of,
        )[WHOLE]
        written = cached.value
        run = run_at(self.home / written.run_id)
        self.keeper.prune(self.settings.cache_mb)
        if run.state == HELD and self.settings.wants_publication:
            raise HeldForReviewError(
                f"run {run.name} is held for review and was not published: {'; '.join(run.reasons)}. Look at "
                f"{run.folder}; `transcaspian runs publish {run.name}` publishes it",
                run.folder,
            )
        if cached.is_kept and run.is_latest:
            confirm_run(self.home, run.name, created)
        notes = (*self.notes, *written.notes)
        return RunResult(
            run.folder,
            written.figures,
            notes,
            run.state,
            cached.is_kept,
            self.missing,
            written.findings,
            written.advice,
        )

    def results(self) -> Results:
        """All that is published, stage by stage."""
        inputs, study = self.inputs, self.inputs.study
        bed = self.bed()
        with one_beside() as beside:
            divided = beside(lambda: self.obtain(WATERS, inputs, bed))
            ground = CachedGround(bed, self.obtain(COST, inputs, bed))
            paths = self.obtain_each(ROUTES, ground)
            courses = self.obtain_each(COURSES, ground, paths) if study.engineering else BySystem()
            waters = divided.result()
            zones = self.obtain_each(ZONES, ground, paths, courses) if study.cost_tolerance else BySystem()
            others = (
                beside(lambda: self.find_each(ALTERNATIVES, ground, paths, courses)) if study.alternatives else None
            )
            engineered = self.obtain_each(ENGINEERING, ground, courses) if study.engineering else BySystem()
            alternatives = self.laid_of(others.result()) if others else BySystem()
        laid = Handover(self.inputs.systems, ground, paths, engineered, alternatives)
        further = {
            stage.name: self.obtain(stage, self.inputs, laid)
            for stage in OPTIONAL
            if self.document.get(stage.name) is not None
        }
        return Results(self.inputs, laid, zones.only(self.ids), waters, further, self.missing)

    def bed(self) -> Cached[Bed]:
        """Depth and closed areas; several seabeds each by itself where it can be, so that one that changes is one."""
        roles = coarse_roles(self.inputs)
        if not roles:
            return self.obtain(DEPTH, self.inputs)
        common = self.ingredients(COARSE, leaves(self.document, COARSE), {})
        land = {role: sha256 for role, sha256 in self.data.items() if role in ("shoreline", "islands")}
        wanted = {role: common | {"data": {role: self.data[role], **land}} for role in roles}

        def compute(roles: Sequence[str], why: str) -> dict[str, DepthModel]:
            return self.timed(why, COARSE, self.inputs, roles)

        return self.obtain(DEPTH, self.inputs, BySystem(self.kept(COARSE, wanted, compute)))

    def obtain(self, stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Cached[Value]:
        """The value of a stage."""
        ingredients = self.ingredients(stage, leaves(self.document, stage), hashes_of(args, self.ids))

        def compute(_: Sequence[str], why: str) -> dict[str, Value]:
            return {WHOLE: self.timed(why, stage, *args, **kwargs)}

        return self.kept(stage, {WHOLE: ingredients}, compute)[WHOLE]

    def obtain_each(
        self,
        stage: Stage[Concatenate[Inputs, Takes], dict[str, Value | Failed]],
        *args: Takes.args,
        **kwargs: Takes.kwargs,
    ) -> BySystem[Value]:
        """The value of a stage for each system; those that have none are missing from then on, as `laid_of` says."""
        return self.laid_of(self.find_each(stage, *args, **kwargs))

    def find_each(
        self,
        stage: Stage[Concatenate[Inputs, Takes], dict[str, Value | Failed]],
        *args: Takes.args,
        **kwargs: Takes.kwargs,
    ) -> dict[str, Cached[Value]]:
        """The value of a stage for each system, or its fault."""
        study, asked = self.inputs.study, self.inputs.systems
        wanted = {}
        for system in asked:
            beside = [system.id, *(other.id for other in study.built_with(system) if stage.reads_built_with)]
            document = system_document(self.document, study, system, self.ids)
            after = {name.removesuffix(f" of {system.id}"): sha256 for name, sha256 in hashes_of(args, beside).items()}
            wanted[system.id] = self.ingredients(stage, leaves(document, stage), after)

        def compute(system_ids: Sequence[str], why: str) -> dict[str, Value | Failed]:
            systems = tuple(system for system in asked if system.id in system_ids)
            return self.timed(why, stage, replace(self.inputs, systems=systems), *args, **kwargs)

        return self.kept(stage, wanted, compute)

    def laid_of(self, found: Mapping[str, Cached[Value]]) -> BySystem[Value]:
        """The values of systems; those that have a fault are missing from then on.

        Raises
        ------
        RoutingError
            When no system is left.
        """
        asked = self.inputs.systems
        self.missing |= {system_id: item.fault for system_id, item in found.items() if item.fault}
        systems = tuple(system for system in asked if system.id not in self.missing)
        if not systems:
            raise RoutingError(found[asked[0].id].fault)
        self.inputs = replace(self.inputs, systems=systems)
        return BySystem({system_id: item for system_id, item in found.items() if not item.fault})

    def kept(
        self,
        stage: AnyStage,
        wanted: Mapping[str, cache.Ingredients],
        compute: cache.Compute,
        fault_of: Callable[[Any], str] | None = None,
    ) -> dict[str, Cached[Any]]:
        """The values of some parts of a stage, as an earlier run kept them or computed."""
        found = self.keeper.obtain(stage.name, wanted, compute, fault_of)
        if all(item.is_kept for item in found.values()):
            self.at_work.reused(stage)
        return found

    def timed(self, reason: str, stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Value:
        """Perform a stage, and tell the watch."""
        self.at_work.begins(stage, reason)
        if stage is DEPTH:  # a first run compiles the router's kernels beside the stages before it
            compile_beside()
        began = time.perf_counter()
        value = self.perform(stage, *args, **kwargs)
        return_memory()
        self.at_work.ended(stage, time.perf_counter() - began, reason)
        return value

    def ingredients(self, stage: AnyStage, study: Mapping[str, Any], after: Mapping[str, str]) -> dict[str, Any]:
        """All that a value of a stage depends on; nothing where no values are kept.

        Parameters
        ----------
        study
            Leaves of the study by their dotted keys.
        after
            Hashes of the values of earlier stages.
        """
        if not self.settings.reuse:
            return {}
        steered_by = self.document[STEERED_BY] if STEERED_BY in stage.study else {}
        steering = [wing for wing in wings() if wing.name in steered_by]
        roles = {*stage.data, *steered_by}
        read = (leaves(self.document, replace(stage, study=wing.steering_study)) for wing in steering)
        code: list[Callable[..., Any]] = [wing.steering for wing in steering if wing.steering is not None]
        code += [wing.rates for wing in wings() if wing.rates and wing.name in stage.study and wing.name != stage.name]
        return {
            "study": {**study, **{key: value for own in read for key, value in own.items()}},
            "data": {role: sha256 for role, sha256 in self.data.items() if role.partition(".")[0] in roles},
            "after": after,
            "code": cache.code_of(stage.function, *code),
            "libraries": cache.library_versions(),
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the systems that could be laid so far."""
        return tuple(system.id for system in self.inputs.systems)

    @cached_property
    def data(self) -> dict[str, str]:
        """Hash of each data set as it was read, by its role."""
        read = {**self.inputs.seabeds, **self.inputs.layers}
        read |= {name: item.value for name, item in self.inputs.further.items()}
        read |= {f"constraints.{name}": item for name, item in self.inputs.constraints.items()}
        return {role: cache.digest(value) for role, value in read.items()}

    def fault_of(self, written: Written) -> str:
        """Why a run that was written would not be the same now; empty where it would.

        A run that is to be published is made again where it is not the published one: what came between decides again
        how it is reviewed. Its positions bear the numbers of the published run before it.
        """
        run = run_at(self.home / written.run_id)
        if not run.folder.is_dir():
            return f"run {run.name} is gone"
        if faults := verify_run(run):
            return f"run {run.name} is damaged: {faults[0]}"
        if self.settings.wants_publication and not run.is_latest and run.state != HELD:
            return f"run {run.name} is not the published one"
        if not run.is_latest and not self.is_compared_as_now(run):
            return f"run {run.name} was compared with another published run"
        return ""

    def is_compared_as_now(self, run: ArchivedRun) -> bool:
        """Whether a run was numbered after, and held against, the run that is published now, as that is now."""
        from transcaspian.runs.revisions import Reason, facts_of_published

        published = last_published(self.home)
        if run.manifest["numbering"].get("before", "") != (published.name if published else ""):
            return False
        if published is None:
            return True
        said = [reason for reason in run.manifest.get("review", ()) if reason.startswith(f"run {published.name}: ")]
        fault = facts_of_published(published)
        return said == ([str(fault)] if isinstance(fault, Reason) else [])


def hashes_of(values: Iterable[object], system_ids: Collection[str]) -> dict[str, str]:
    """Hash by name of all values of earlier stages among some that these systems need."""
    kept = [value for value in values if isinstance(value, cache.Hashed)]
    return {name: sha256 for value in kept for name, sha256 in value.hashes(system_ids).items()}


def refreshed(settings: RunSettings, study: Study) -> list[str]:
    """Fetch the sources that a study has on the network; what a person should know, a sentence each."""
    from transcaspian.sources.fetch import fetch_sources
    from transcaspian.sources.resolve import find_raw_dir

    now = datetime.now(UTC)  # not `clock`: what the cache says of its copies must be true
    found = fetch_sources(study, settings.raw_dir or find_raw_dir(settings.study_path), now)
    return [f"sources.{item.told(now)}" for item in found]


def check_stage(name: str | None) -> None:
    """Refuse the name of a stage that there is not.

    Raises
    ------
    StudyError
        When no stage has the name.
    """
    names = [stage.name for stage in STAGES]
    if name is not None and name not in (*names, *RENAMED):
        raise StudyError(f"there is no stage `{name}`: the stages are {', '.join(names)}")


def forced_from(since: str | None) -> frozenset[str]:
    """Names of a stage and of all after it."""
    names = [stage.name for stage in STAGES]
    return frozenset(() if since is None else names[names.index(RENAMED.get(since, since)) :])


def check_study(
    settings: RunSettings,
    understood: Callable[[Inputs], object] | None = None,
    noted: Callable[[str], object] | None = None,
) -> Inputs:
    """Validate all that can be validated without computing a route.

    Parameters
    ----------
    settings
        What a run would be asked for.
    understood
        Is given the sources as they were read, before the depth and the landings are tried: that takes longer.
    noted
        Is given what a run would note of the depths, a sentence each.

    Raises
    ------
    TranscaspianError
        When a run would not come to a route: by the study, its files, its landings, or the water between them.
    """
    checks = "transcaspian.runs.stages.check_inputs"
    Thread(target=import_module, args=(checks,)).start()  # while this one waits for the process that reads
    inputs = READ.function(settings)
    if understood is not None:
        understood(inputs)
    from transcaspian.runs.stages.check_inputs import check_inputs

    for note in check_inputs(inputs):
        if noted is not None:
            noted(note)
    check_further(inputs)
    return inputs


def check_further(inputs: Inputs) -> None:
    """Validate what optional stages will need, as far as no route must be computed for it."""
    for wing in asked_of(inputs.study):
        if wing.check_inputs is not None:
            wing.check_inputs(inputs)


def clock() -> datetime:
    """Now in UTC, or the moment of ``SOURCE_DATE_EPOCH`` for runs that are compared byte by byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError) as exc:
        raise StudyError(f"SOURCE_DATE_EPOCH is {epoch!r}: expected whole seconds since 1970") from exc
