"""One run of a study from its files to a published folder: the stages and their order.

A stage is a plain function; whoever runs the study says how a stage is performed (called directly, or as a Prefect
task). The order stands here only, so that both ways give the same bytes. What a stage made is kept, by all that it was
made of, and taken again by the next run that needs the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline import reuse
from pipeline.archive.folder import HELD, check_place, confirm_run
from pipeline.archive.runs import run_at, verify_run
from pipeline.archive.unfinished import Whereabouts, sweep
from pipeline.errors import HeldForReviewError, StarvedError, StudyError, lacks_memory
from pipeline.figures import SystemFigures
from pipeline.ingest.register import REGISTER, register_of
from pipeline.reuse import Held
from pipeline.sources.verify import sha256_of
from pipeline.stages.inputs import Inputs, Published, RunSettings, water_polygon

if TYPE_CHECKING:
    from pipeline.engineering import EngineeredRoute
    from pipeline.findings import Findings
    from pipeline.seabed import CostSurface
    from pipeline.stages.engineer import Engineered
    from pipeline.stages.routes import Routed
    from pipeline.stages.seabed import Bed, Seabed
    from pipeline.stages.waters import Waters
    from pipeline.study import Study

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
        over sooner than the libraries that compute are loaded.
    study
        Dotted keys of the study that its function reads, and with them all keys below.
    data
        Roles of the sources that it reads.
    """

    name: str
    meaning: str
    place: str
    study: tuple[str, ...] = ()
    data: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Module of its function."""
        return self.place.partition(":")[0]

    @property
    def function(self) -> Callable[..., Any]:
        """What computes the value."""
        found: Callable[..., Any] = getattr(import_module(self.module), self.place.partition(":")[2])
        return found


class Perform(Protocol):
    """How a stage is performed."""

    def __call__(self, stage: Stage, *args: Any) -> Any: ...


class Watch(Protocol):
    """Told when a stage begins (``seconds`` is None), and when it has ended or was not needed.

    ``told`` says why a stage is computed, or that its value is reused.
    """

    def __call__(self, stage: Stage, seconds: float | None, told: str) -> None: ...


READ = Stage("read", "study, sources and layers under contract", "pipeline.stages.read:read_inputs")
DEPTH = Stage(
    "depth",
    "depth below the water level, and closed areas",
    "pipeline.stages.seabed:model_bed",
    study=("area", "water_level", "sea", "no_go"),
    data=("seabed", "shoreline", "hazards"),
)
COST = Stage(
    "cost",
    "criteria and cost surface",
    "pipeline.stages.seabed:price_bed",
    study=("criteria", "cost", "landings"),
    data=("hazards", "cables", "earthquakes"),
)
ROUTES = Stage(
    "routes",
    "least-cost paths, corridors and alternatives",
    "pipeline.stages.routes:route_systems",
    study=("area", "systems", "landings", "rules.landing_approach", "routing", "direction", "corridor", "alternatives"),
)
WATERS = Stage(
    "waters",
    "waters of the states, and lower seas",
    "pipeline.stages.waters:divide_waters",
    study=("water_level", "engineering.sectors", "engineering.water_levels"),
    data=("borders", "sectors"),
)
ENGINEERING = Stage(
    "engineering",
    "legs, profile, cable, Route Position Lists",
    "pipeline.stages.engineer:engineer_systems",
    study=("study", "water_level", "systems", "landings", "no_go", "engineering"),
    data=("hazards", "cables", "borders", "sectors"),
)
ROBUSTNESS = Stage(
    "robustness",
    "samples of what is uncertain, and weights turned one by one",
    "pipeline.stages.robustness:find_robustness",
    study=(
        "robustness",
        "area",
        "water_level",
        "sea",
        "criteria",
        "cost",
        "landings",
        "no_go",
        "systems",
        "direction",
        "rules.landing_approach",
    ),
    data=("seabed", "shoreline", "hazards", "cables", "earthquakes"),
)
NETWORK = Stage(
    "network",
    "network on land and under the sea: branches, delay, published figures",
    "pipeline.stages.network:find_network",
    study=("study", "network", "systems", "landings", "cost"),
    data=("railway", "highway"),
)
RISK = Stage(
    "risk",
    "expected faults and repairs, and the front of cost against them",
    "pipeline.stages.risk:weigh_risk",
    study=("risk", "systems", "rules.landing_approach", "engineering.profile", "engineering.sections"),
    data=("hazards", "earthquakes"),
)
DESIGN = Stage(
    "design",
    "systems planned together, the price of separation, shared hazards, branching",
    "pipeline.stages.design:design_systems",
    study=(
        "design",
        "study",
        "area",
        "systems",
        "landings",
        "no_go",
        "rules.landing_approach",
        "routing",
        "direction",
        "engineering",
    ),
    data=("hazards", "earthquakes"),
)
OPTIONAL: tuple[Stage, ...] = (RISK, ROBUSTNESS, NETWORK, DESIGN)
"""Stages that are performed where the study has a table of their name; each takes what `_Run.further` hands it."""
PUBLISH = Stage(
    "publish", "layers, rasters, pictures, report and manifest, read back", "pipeline.stages.publish:publish"
)
STAGES = (READ, DEPTH, COST, ROUTES, WATERS, ENGINEERING, *OPTIONAL, PUBLISH)


@dataclass(frozen=True)
class RunResult:
    """Where the run stands, and the figures to show.

    ``reused``: nothing had changed, and the run that was published before stands.
    """

    folder: Path
    latest: Path
    figures: tuple[SystemFigures, ...]
    notes: tuple[str, ...]
    reused: bool = False


def perform_directly(stage: Stage, *args: Any) -> Any:
    """Call the stage's function."""
    return stage.function(*args)


def run_study(settings: RunSettings, watch: Watch, perform: Perform = perform_directly) -> RunResult:
    """Run a study from its files to a published folder.

    Raises
    ------
    TranscaspianError
        When something the user gave cannot be used; nothing is published then and the last good run stays.
    """
    if settings.formats:
        from pipeline.export import check_formats

        check_formats(settings.formats)
    check_stage(settings.since)
    at = Whereabouts()
    try:
        return _Run(settings, watch, perform, at).result()
    except Exception as exc:
        if not lacks_memory(exc):
            raise
        told = " ".join(str(exc).split())
    finally:
        at.leave()
    # raised when what the stage held has gone with its fault: whoever reports it needs memory, too
    raise StarvedError(
        f"the memory did not suffice in the stage `{at.stage}`{f' ({told})' if told else ''}: give the run more, a "
        "coarser area.grid_step_arcsec or a smaller [area]. Nothing half-made was published, and the last good run "
        "stands"
    )


class _Run:
    """The stages of one run, each obtained once: computed, or as an earlier run kept it.

    ``at`` is told where it is.
    """

    def __init__(self, settings: RunSettings, watch: Watch, perform: Perform, at: Whereabouts) -> None:
        self.settings = settings
        self.watch = watch
        self.perform = perform
        self.at = at
        self.trouble: list[str] = []
        known: tuple[Study, ...] = ()
        if settings.fetch:
            study, self.trouble = refreshed(settings)
            known = (study,)
        self.inputs: Inputs = self.timed("", READ, settings, *known)
        check_further(self.inputs)
        self.home = settings.out_dir / self.inputs.study.study.id
        check_place(self.home)
        at.live_in(self.home)
        self.study = self.inputs.study.model_dump(mode="json") | {
            "systems": [system.model_dump(mode="json") for system in self.inputs.systems]
        }
        self.keeper: reuse.Keeper | None = None
        if settings.reuse:
            self.keeper = reuse.Keeper(reuse.Store(self.home), forced_from(settings.since), self.trouble.append)

    def timed(self, reason: str, stage: Stage, *args: Any) -> Any:
        """Perform a stage, with somebody told."""
        self.at.go_to(stage.name)
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
        fault_of: Callable[[Any], str] = reuse.no_fault,
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
            "code": reuse.code_of(stage.module),
            "libraries": reuse.library_versions(),
            **more,
        }
        held = self.keeper.obtain(stage.name, ingredients, lambda why: self.timed(why, stage, *args()), fault_of)
        if held.is_kept:
            self.watch(stage, 0.0, REUSED)
        return held

    @cached_property
    def data(self) -> dict[str, str]:
        """Hash of each data set as it was read, by its role."""
        read = {"seabed": self.inputs.seabed, **self.inputs.layers, **self.inputs.land}
        return {role: reuse.digest(value) for role, value in read.items()}

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
        from pipeline.stages.seabed import with_cost

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
    def further(self) -> dict[str, Held[Findings]]:
        """What each optional stage found that the study asks for, by its name."""
        after: dict[str, Held[Any]] = {
            "depth": self.bed,
            "cost": self.cost,
            "routes": self.routed,
            "engineering": self.engineered,
        }
        return {
            stage.name: self.obtain(
                stage, lambda: (self.inputs, self.ground, self.routed.value, self.engineered.value), after
            )
            for stage in OPTIONAL
            if self.study.get(stage.name) is not None
        }

    def numbered(self) -> Engineered:
        """The routes with the numbers of the last run."""
        from pipeline.stages.engineer import number_positions

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
            **self.further,
        }
        origins = {f"origin of {item.role}": reuse.digest(item) for item in self.inputs.provenance}
        settings = {name: getattr(self.settings, name) for name in ("formats", "criteria_rasters", "overrides")}
        held = self.obtain(
            PUBLISH,
            lambda: (
                self.settings,
                self.inputs,
                self.ground,
                self.routed.value,
                self.waters.value,
                self.numbered(),
                {name: held.value for name, held in self.further.items()},
                created,
            ),
            after,
            self.fault_of,
            study=reuse.flattened(self.study),
            data={**self.data, **origins},
            settings=reuse.flattened(settings),
        )
        published: Published = held.value
        folder = self.home / published.run_id
        swept = sweep(self.home) if held.is_kept else published.swept
        if not folder.is_dir():
            held_at = self.home / HELD / published.run_id
            raise HeldForReviewError(
                f"run {published.run_id} is held for review and was not published: {'; '.join(published.held)}. Look "
                f"at {held_at}; `transcaspian runs release {published.run_id}` publishes it",
                held_at,
            )
        if held.is_kept:
            confirm_run(folder, created)
        if self.keeper is not None:
            self.keeper.store.prune(self.settings.cache_mb)
        return RunResult(
            folder,
            self.home / "latest",
            published.figures,
            (*swept, *self.trouble, *published.notes),
            held.is_kept,
        )

    def fault_of(self, published: Published) -> str:
        """Why a run that was published would not be the same now; empty where it would.

        Its positions bear the numbers of the last run before it. Made anew, they would bear those of the last run now;
        which are the same when that is the run itself.
        """
        folder = self.home / published.run_id
        if (self.home / HELD / published.run_id).is_dir():
            return ""
        if not folder.is_dir():
            return f"run {published.run_id} is gone"
        register = register_of(self.home)
        own = folder / REGISTER
        if register is not None and sha256_of(register) != (sha256_of(own) if own.is_file() else ""):
            return f"positions were numbered anew after run {published.run_id}"
        faults = verify_run(run_at(folder))
        return f"run {published.run_id} is damaged: {faults[0]}" if faults else ""


def refreshed(settings: RunSettings) -> tuple[Study, list[str]]:
    """Fetch the sources of the network; the study that names them, and what a person should know, a sentence each."""
    from pipeline.sources.fetch import fetch_sources
    from pipeline.sources.resolve import find_raw_dir
    from pipeline.study import load_study

    study = load_study(settings.study_path, settings.overrides)
    now = datetime.now(UTC)  # not `clock`: what the cache says of its copies must be true
    found = fetch_sources(study, settings.raw_dir or find_raw_dir(settings.study_path), now)
    return study, [f"sources.{item.told(now)}" for item in found]


def leaves(study: Mapping[str, Any], dotted_key: str) -> dict[str, Any]:
    """The figures below a dotted key of a study, by their own dotted keys."""
    value: Any = study
    for name in dotted_key.split("."):
        value = None if value is None else value[name]
    return reuse.flattened(value, dotted_key)


def check_stage(name: str | None) -> None:
    """Refuse the name of a stage that there is not.

    Raises
    ------
    StudyError
        When no stage has the name.
    """
    names = [stage.name for stage in STAGES]
    if name is not None and name not in names:
        raise StudyError(f"there is no stage `{name}`: the stages are {', '.join(names)}")


def forced_from(since: str | None) -> frozenset[str]:
    """Names of a stage and of all after it."""
    names = [stage.name for stage in STAGES]
    return frozenset(() if since is None else names[names.index(since) :])


def check_study(settings: RunSettings) -> Inputs:
    """Validate all that can be validated without computing a route: study, files, contracts, landings."""
    from pipeline.routing import check_apart
    from pipeline.stages.routes import shore_landings
    from pipeline.stages.seabed import checked_areas
    from pipeline.stages.waters import shores_of

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
    if inputs.study.network is not None:
        from pipeline.stages.network import check_network

        check_network(inputs)


def clock() -> datetime:
    """Now in UTC, or the moment of ``SOURCE_DATE_EPOCH`` for runs that are compared byte by byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError) as exc:
        raise StudyError(f"SOURCE_DATE_EPOCH is {epoch!r}: expected whole seconds since 1970") from exc
