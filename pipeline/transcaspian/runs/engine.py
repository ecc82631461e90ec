"""One run of a study from its files to a published folder: the stages and their order.

A stage is a plain function; whoever runs the study says how a stage is performed (called directly, or as a Prefect
task). The order stands here only, so that both ways give the same bytes. What a stage made is kept, by all that it was
made of, and taken again by the next run that needs the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from transcaspian.core.errors import HeldForReviewError, StarvedError, StudyError, lacks_memory
from transcaspian.core.registry import AnyWing, asked_of, wings
from transcaspian.core.system_figures import SystemFigures
from transcaspian.runs import cache
from transcaspian.runs.archive.archived_runs import ArchivedRun, last_published, run_at, verify_run
from transcaspian.runs.archive.live import Live, live_in
from transcaspian.runs.archive.publication import confirm_run
from transcaspian.runs.archive.register import HELD, PUBLISHED
from transcaspian.runs.cache import Held
from transcaspian.runs.stages.inputs import Inputs, RunSettings, Written, water_polygon

if TYPE_CHECKING:
    from transcaspian.core.findings import Findings
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.routing import Alternatives
    from transcaspian.runs.stages.divide_waters import Waters
    from transcaspian.runs.stages.engineer_systems import Engineered
    from transcaspian.runs.stages.model_seabed import Bed, Seabed
    from transcaspian.runs.stages.route_systems import Routed
    from transcaspian.seabed import CostSurface
    from transcaspian.study import Study

__all__ = ["STAGES", "RunResult", "RunSettings", "Stage", "Watch", "check_study", "run_study"]


REUSED = "reused"


@dataclass(frozen=True)
class Stage:
    """A step of the run.

    Attributes
    ----------
    meaning
        The sentence shown while it works.
    place
        ``module:name`` of its function, which is imported when it is needed: a run that has nothing to compute is
        over sooner than the libraries that compute are loaded. Empty where it is the stage of an analysis.
    study
        Dotted keys of the study that its function reads, and with them all keys below; ``sketches`` and ``built_with``
        are those of `Study`.
    data
        Roles of the sources that it reads.
    wing
        The analysis whose stage it is.
    """

    name: str
    meaning: str
    place: str = ""
    study: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    wing: AnyWing | None = None

    @property
    def function(self) -> Callable[..., Any]:
        """What computes the value."""
        if self.wing is not None:
            return self.wing.compute
        module, _, name = self.place.partition(":")
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found

    @property
    def code(self) -> dict[str, str]:
        """Hash of each module that its value depends on."""
        if self.wing is not None:
            return cache.code_behind(self.wing.compute)
        return cache.code_of(self.place.partition(":")[0])


class Perform(Protocol):
    """How a stage is performed."""

    def __call__(self, stage: Stage, *args: Any) -> Any: ...


class Watch(Protocol):
    """Told when a stage begins (``seconds`` is None), and when it has ended or was not needed.

    ``told`` says why a stage is computed, or that its value is reused.
    """

    def __call__(self, stage: Stage, seconds: float | None, told: str) -> None: ...


READ = Stage("read", "study, sources and layers under contract", "transcaspian.runs.stages.read_inputs:read_inputs")
DEPTH = Stage(
    "depth",
    "depth below the water level, and closed areas",
    "transcaspian.runs.stages.model_seabed:model_bed",
    study=("area", "water_level", "sea", "no_go"),
    data=("seabed", "shoreline", "hazards"),
)
COST = Stage(
    "cost",
    "criteria and cost surface",
    "transcaspian.runs.stages.model_seabed:price_bed",
    study=("criteria", "cost", "landings", "sketches"),
    data=("hazards", "cables", "earthquakes"),
)
ROUTES = Stage(
    "routes",
    "least-cost paths and corridors",
    "transcaspian.runs.stages.route_systems:route_systems",
    study=("area", "systems", "landings", "rules.landing_approach", "routing", "direction", "corridor"),
)
WATERS = Stage(
    "waters",
    "waters of the states, and lower seas",
    "transcaspian.runs.stages.divide_waters:divide_waters",
    study=("water_level", "engineering.sectors", "engineering.water_levels"),
    data=("borders", "sectors"),
)
ENGINEERING = Stage(
    "engineering",
    "legs, profile, cable, Route Position Lists",
    "transcaspian.runs.stages.engineer_systems:engineer_systems",
    study=("study", "water_level", "systems", "sketches", "built_with", "landings", "no_go", "engineering"),
    data=("hazards", "cables", "borders", "sectors"),
)
ALTERNATIVES = Stage(
    "alternatives",
    "alternatives that keep away from the routes",
    "transcaspian.runs.stages.find_alternatives:find_alternatives",
    study=(
        "systems",
        "water_level",
        "rules.landing_approach",
        "direction",
        "alternatives",
        "engineering.alter_course",
        "engineering.profile",
    ),
)
OPTIONAL = tuple(Stage(wing.name, wing.meaning, study=wing.study, data=wing.data, wing=wing) for wing in wings())
"""Stages of analyses, performed where the study has a table of their name; each takes what `_Run.further` hands it."""
WRITE = Stage(
    "write", "layers, rasters, pictures, report and manifest, read back", "transcaspian.runs.stages.write_run:write"
)
RENAMED = {"publish": WRITE.name}
"""Names that stages had in the version before, and that are still understood in this one."""
STAGES = (READ, DEPTH, COST, ROUTES, WATERS, ENGINEERING, ALTERNATIVES, *OPTIONAL, WRITE)


@dataclass(frozen=True)
class RunResult:
    """Where the run stands, and the figures to show.

    Attributes
    ----------
    state
        ``published``, ``what-if``, or ``held`` where a run that is not to be published finds one that was.
    reused
        Whether nothing had changed, and a run of before stands.
    """

    folder: Path
    figures: tuple[SystemFigures, ...]
    notes: tuple[str, ...]
    state: str = PUBLISHED
    reused: bool = False

    @property
    def latest(self) -> Path:
        """Where the published run of the study is found."""
        return self.folder.parent / "latest"


def perform_directly(stage: Stage, *args: Any) -> Any:
    """Call the stage's function."""
    return stage.function(*args)


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
    with live_in(settings.out_dir / study.study.id) as live:
        try:
            return _Run(settings, study, watch, perform, live, notes).result()
        except Exception as exc:
            if not lacks_memory(exc):
                raise
            told = " ".join(str(exc).split())
        # raised when what the stage held has gone with its fault: whoever reports it needs memory, too
        raise StarvedError(
            f"the memory did not suffice in the stage `{live.stage}`{f' ({told})' if told else ''}: give the run more, "
            "a coarser area.grid_step_arcsec or a smaller [area]. Nothing half-made was published, and the published "
            "run stands"
        )


class _Run:
    """The stages of one run, each obtained once: computed, or as an earlier run kept it."""

    def __init__(
        self, settings: RunSettings, study: Study, watch: Watch, perform: Perform, live: Live, notes: list[str]
    ) -> None:
        self.settings = settings
        self.watch = watch
        self.perform = perform
        self.live = live
        self.notes = [*live.notes, *notes]
        if settings.since in RENAMED:
            self.notes.append(f"the stage `{settings.since}` is called `{RENAMED[settings.since]}` now")
        self.inputs: Inputs = self.timed("", READ, settings, study)
        check_further(self.inputs)
        self.home = live.home
        self.study = study.model_dump(mode="json") | {
            "systems": [system.model_dump(mode="json") for system in self.inputs.systems],
            "sketches": sorted(study.sketches),
            "built_with": {
                system.id: [other.id for other in study.built_with(system)] for system in self.inputs.systems
            },
        }
        self.keeper: cache.Keeper | None = None
        if settings.reuse:
            self.keeper = cache.Keeper(cache.Store(self.home), forced_from(settings.since), self.notes.append)

    def timed(self, reason: str, stage: Stage, *args: Any) -> Any:
        """Perform a stage, with somebody told."""
        self.live.go_to(stage.name)
        self.watch(stage, None, reason)
        began = time.perf_counter()
        value = self.perform(stage, *args)
        self.watch(stage, time.perf_counter() - began, reason)
        return value

    def obtain(
        self,
        stage: Stage,
        args: Callable[[], tuple[Any, ...]],
        after: Mapping[str, Held[Any]],
        fault_of: Callable[[Any], str] = cache.no_fault,
        **more: Mapping[str, Any],
    ) -> Held[Any]:
        """The value of a stage; its arguments are asked for only where it must be computed.

        ``after``: the values of earlier stages that it takes. ``fault_of``: why a kept value is no longer good.
        ``more``: further ingredients by kind.
        """
        if self.keeper is None:
            value = self.timed("", stage, *args())
            return Held("", lambda: value)
        ingredients = {
            "study": {key: leaf for own in stage.study for key, leaf in leaves(self.study, own).items()},
            "data": {role: self.data[role] for role in stage.data if role in self.data},
            "after": {name: held.sha256 for name, held in after.items()},
            "code": stage.code,
            "libraries": cache.library_versions(),
            **more,
        }
        held = self.keeper.obtain(stage.name, ingredients, lambda why: self.timed(why, stage, *args()), fault_of)
        if held.is_kept:
            self.watch(stage, 0.0, REUSED)
        return held

    @cached_property
    def data(self) -> dict[str, str]:
        """Hash of each data set as it was read, by its role."""
        read = {"seabed": self.inputs.seabed, **self.inputs.layers}
        read |= {name: item.value for name, item in self.inputs.further.items()}
        return {role: cache.digest(value) for role, value in read.items()}

    @cached_property
    def bed(self) -> Held[Bed]:
        """Depth and closed areas."""
        return self.obtain(DEPTH, lambda: (self.inputs,), {})

    @cached_property
    def cost(self) -> Held[CostSurface]:
        """Cost on every cell."""
        return self.obtain(COST, lambda: (self.inputs, self.bed.value), {"depth": self.bed})

    @cached_property
    def ground(self) -> Seabed:
        """Both together."""
        from transcaspian.runs.stages.model_seabed import with_cost

        return with_cost(self.bed.value, self.cost.value)

    @cached_property
    def routed(self) -> Held[Routed]:
        """The paths."""
        return self.obtain(ROUTES, lambda: (self.inputs, self.ground), {"depth": self.bed, "cost": self.cost})

    @cached_property
    def waters(self) -> Held[Waters]:
        """The waters of the states."""
        return self.obtain(WATERS, lambda: (self.inputs, self.bed.value), {"depth": self.bed})

    @cached_property
    def engineered(self) -> Held[dict[str, EngineeredRoute]]:
        """The routes, with numbers of their own."""
        after: dict[str, Held[Any]] = {"depth": self.bed, "cost": self.cost, "routes": self.routed}
        return self.obtain(ENGINEERING, lambda: (self.inputs, self.ground, self.routed.value), after)

    @cached_property
    def alternatives(self) -> Held[dict[str, Alternatives]]:
        """Alternatives to the routes."""
        after: dict[str, Held[Any]] = {
            "depth": self.bed,
            "cost": self.cost,
            "routes": self.routed,
            "engineering": self.engineered,
        }
        return self.obtain(
            ALTERNATIVES, lambda: (self.inputs, self.ground, self.routed.value, self.engineered.value), after
        )

    @cached_property
    def lines(self) -> Routed:
        """Paths and alternatives together."""
        return replace(self.routed.value, alternatives=self.alternatives.value)

    @cached_property
    def further(self) -> dict[str, Held[Findings]]:
        """What each optional stage found that the study asks for, by its name."""
        after: dict[str, Held[Any]] = {
            "depth": self.bed,
            "cost": self.cost,
            "routes": self.routed,
            "engineering": self.engineered,
            "alternatives": self.alternatives,
        }
        return {
            stage.name: self.obtain(stage, lambda: (self.inputs, self.ground, self.lines, self.engineered.value), after)
            for stage in OPTIONAL
            if self.study.get(stage.name) is not None
        }

    def numbered(self) -> Engineered:
        """The routes with the numbers of the last run."""
        from transcaspian.runs.stages.engineer_systems import number_positions

        return number_positions(self.inputs, self.engineered.value)

    def result(self) -> RunResult:
        """Publish, or let stand what was published of the very same."""
        created = clock()
        after: dict[str, Held[Any]] = {
            "depth": self.bed,
            "cost": self.cost,
            "routes": self.routed,
            "waters": self.waters,
            "engineering": self.engineered,
            "alternatives": self.alternatives,
            **self.further,
        }
        origins = {f"origin of {item.role}": cache.digest(item) for item in self.inputs.provenance}
        settings = {name: getattr(self.settings, name) for name in ("formats", "criteria_rasters", "overrides")}
        held = self.obtain(
            WRITE,
            lambda: (
                self.live,
                self.settings,
                self.inputs,
                self.ground,
                self.lines,
                self.waters.value,
                self.numbered(),
                {name: held.value for name, held in self.further.items()},
                created,
            ),
            after,
            self.fault_of,
            study=cache.flattened(self.study),
            data={**self.data, **origins},
            code=WRITE.code | cache.code_behind(*parts_shown(self.inputs.study)),
            settings=cache.flattened(settings),
        )
        written: Written = held.value
        run = run_at(self.home / written.run_id)
        if self.keeper is not None:
            self.keeper.store.prune(self.settings.cache_mb, abandoned_s=0.0)
        if run.state == HELD and self.settings.wants_publication:
            raise HeldForReviewError(
                f"run {run.name} is held for review and was not published: {'; '.join(run.reasons)}. Look at "
                f"{run.folder}; `transcaspian runs publish {run.name}` publishes it",
                run.folder,
            )
        if held.is_kept and run.is_latest:
            confirm_run(self.home, run.name, created)
        notes = (*self.notes, *written.notes)
        return RunResult(run.folder, written.figures, notes, run.state, held.is_kept)

    def fault_of(self, written: Written) -> str:
        """Why a run that was written would not be the same now; empty where it would.

        A run that is to be published is made again where it is not the published one: what came between decides anew
        how it is reviewed. Its positions bear the numbers of the published run before it.
        """
        run = run_at(self.home / written.run_id)
        if not run.folder.is_dir():
            return f"run {run.name} is gone"
        if faults := verify_run(run):
            return f"run {run.name} is damaged: {faults[0]}"
        if self.settings.wants_publication and not run.is_latest and run.state != HELD:
            return f"run {run.name} is not the published one"
        if not run.is_latest and not self.is_numbered_after(run):
            return f"run {run.name} was compared with another published run"
        return ""

    def is_numbered_after(self, run: ArchivedRun) -> bool:
        """Whether a run numbered its positions after, and was compared with, the run that is published now."""
        published = last_published(self.home)
        return bool(run.manifest["numbering"].get("before", "") == (published.name if published else ""))


def parts_shown(study: Study) -> list[Callable[..., Any]]:
    """What the analyses of a study add to what is written: beside their findings, the write stage depends on it."""
    return [wing.sections for wing in asked_of(study) if wing.sections is not None]


def refreshed(settings: RunSettings, study: Study) -> list[str]:
    """Fetch the sources that a study has on the network; what a person should know, a sentence each."""
    from transcaspian.sources.fetch import fetch_sources
    from transcaspian.sources.resolve import find_raw_dir

    now = datetime.now(UTC)  # not `clock`: what the cache says of its copies must be true
    found = fetch_sources(study, settings.raw_dir or find_raw_dir(settings.study_path), now)
    return [f"sources.{item.told(now)}" for item in found]


def leaves(study: Mapping[str, Any], dotted_key: str) -> dict[str, Any]:
    """The figures below a dotted key of a study, by their own dotted keys."""
    value: Any = study
    for name in dotted_key.split("."):
        value = None if value is None else value[name]
    return cache.flattened(value, dotted_key)


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


def check_study(settings: RunSettings) -> Inputs:
    """Validate all that can be validated without computing a route: study, files, contracts, landings."""
    from transcaspian.routing import check_apart
    from transcaspian.runs.stages.divide_waters import shores_of
    from transcaspian.runs.stages.model_seabed import checked_areas
    from transcaspian.runs.stages.route_systems import shore_landings

    inputs: Inputs = READ.function(settings)
    water = water_polygon(inputs)
    landings = shore_landings(water, inputs.study.landings, inputs.study.area.bounds)
    for system in inputs.study.systems:
        check_apart(landings[system.from_landing], landings[system.to_landing])
    checked_areas(inputs, water)
    shores_of(inputs, water)
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
