"""What-if without a run: the figures that a change would give, beside those of the last published run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcaspian.core.registry import asked_of
from transcaspian.runs import cache
from transcaspian.runs.archive.archived_runs import ArchivedRun, last_published
from transcaspian.runs.archive.live import Live
from transcaspian.runs.cache import BySystem
from transcaspian.runs.engine import StudyRun, check_further
from transcaspian.runs.stages.handover import CachedGround, Handover
from transcaspian.runs.stages.inputs import Inputs, RunSettings
from transcaspian.runs.stages.order import COST, COURSES, ENGINEERING, ROUTES
from transcaspian.runs.stages.stage import Stage, Takes, Value, Watch

if TYPE_CHECKING:
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.runs.stages.lay_courses import LaidCourse
    from transcaspian.study import System

Preview = tuple[str, float | None, str]
"""Name, value and unit of a figure."""
FIGURES = ("length", "cable", "cost", "cost_base", "friction_cost", "max_depth")
"""Figures of the manifest that are shown, where both have them."""


@dataclass(frozen=True)
class Figure:
    """A figure of a system; None where it is not known, ``before`` also where nothing is published."""

    name: str
    unit: str
    before: float | None
    now: float | None


@dataclass(frozen=True)
class Trial:
    """What a change would do.

    Attributes
    ----------
    before
        Name of the last published run; empty where there is none.
    figures
        By system id.
    missing
        Why a system could not be laid, by its id.
    notes
        What a person should know before reading the figures.
    """

    before: str
    figures: Mapping[str, tuple[Figure, ...]]
    missing: Mapping[str, str]
    notes: tuple[str, ...]


class Unlocked(Live):
    """The folder of a study that is only looked at: a run may be at work there."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, -1)

    def go_to(self, stage: str) -> None:
        """Leaves no trace."""
        self.stage = stage


class TrialRun(StudyRun):
    """The stages that figures need, with what runs have kept; nothing is written."""

    def __init__(self, settings: RunSettings, watch: Watch) -> None:
        from transcaspian.runs.stages.read_inputs import wanted_study

        study = wanted_study(settings)
        home = settings.out_dir / study.study.id
        self.is_fast = False
        super().__init__(settings, study, watch, self.quickly, Unlocked(home), [])
        store = cache.Store(home) if settings.reuse else None
        self.keeper = cache.Keeper(store, frozenset(), self.notes.append, is_read_only=True)

    def quickly(self, stage: Stage[Takes, Value], *args: Takes.args, **kwargs: Takes.kwargs) -> Value:
        """Perform a stage; a line that no run has kept is sought in the fast mode."""
        first = args[0] if args else None
        if stage.name == ROUTES.name and isinstance(first, Inputs) and first.study.routing is not None:
            self.is_fast = not all(system.gives_whole_line for system in first.systems)
            quick = replace(first, study=first.study.model_copy(update={"routing": None}))
            return stage.function(quick, *args[1:], **kwargs)  # type: ignore[arg-type]
        return stage.function(*args, **kwargs)

    def trial(self, before: ArchivedRun | None = None, *, with_lists: bool = False) -> Trial:
        """The figures of every system beside those of a run.

        Parameters
        ----------
        before
            None: the last published one.
        with_lists
            Whether the cable is engineered in any case; else only where something asks for it.
        """
        check_further(self.inputs)
        asked = [wing.preview for wing in asked_of(self.inputs.study) if wing.preview is not None]
        laid, courses = self.laid(with_lists=with_lists or bool(asked) or self.inputs.study.prices is not None)
        self.found = laid
        further: dict[str, dict[str, Preview]] = {}
        for preview in asked:
            for system_id, found in preview(self.inputs, laid).items():
                further.setdefault(system_id, {}).update(found)
        before = before or last_published(self.home)
        figures = {
            system.id: (
                *beside(before, system.id, self.measured(system, laid, courses)),
                *previews(before, further.get(system.id, {})),
            )
            for system in self.inputs.systems
        }
        return Trial(before.name if before else "", figures, self.missing, (*self.notes, *self.said()))

    def measured(self, system: System, laid: Handover, courses: BySystem[LaidCourse]) -> dict[str, Any]:
        """Figures of a system as a manifest has them."""
        from transcaspian.engineering import bill_of_route
        from transcaspian.products.figures import costs_as_manifest, derived, figures_of

        study, ground = self.inputs.study, laid.ground.seabed
        path, route = laid.paths[system.id].path, laid.routes.get(system.id)
        if system.id not in courses:
            made: dict[str, Any] = figures_of(study, system, path, route, ground.grid, ground.depth).as_manifest()
            return dict(made["figures"])
        at = courses[system.id]
        cost = None if route is None or study.prices is None else bill_of_route(study.prices, route).total
        return derived(
            length_km=at.profile.length_km,
            friction_cost_km=at.course.cost / 1000.0,
            max_depth_m=at.profile.max_depth_m,
            **({} if route is None else {"cable_km": route.cable.length_km}),
        ) | costs_as_manifest(at.profile.length_km * study.cost.base_cost_usd_per_km, cost)

    def laid(self, *, with_lists: bool) -> tuple[Handover, BySystem[LaidCourse]]:
        """The systems with their legs; lists take longest, and only some figures need them."""
        study = self.inputs.study
        bed = self.bed()
        ground = CachedGround(bed, self.obtain(COST, self.inputs, bed))
        paths = self.obtain_each(ROUTES, ground)
        courses: BySystem[LaidCourse] = self.obtain_each(COURSES, ground, paths) if study.engineering else BySystem()
        routes: BySystem[EngineeredRoute] = (
            self.obtain_each(ENGINEERING, ground, courses) if study.engineering and with_lists else BySystem()
        )
        return Handover(self.inputs.systems, ground, paths, routes, BySystem()), courses

    def said(self) -> tuple[str, ...]:
        """How the figures were computed."""
        fast = "lines were sought in the fast mode; a run seeks them as [routing] says"
        return (fast,) if self.is_fast else ()


def beside(before: ArchivedRun | None, system_id: str, now: Mapping[str, Any]) -> list[Figure]:
    """Figures of a system as a manifest has them, beside the published ones."""
    systems = before.manifest.get("systems", ()) if before else ()
    old: Mapping[str, Any] = next((item["figures"] for item in systems if item["id"] == system_id), {})
    found = []
    for name in FIGURES:
        was, is_now = (figures.get(name, {}) for figures in (old, now))
        if is_now:
            unit = is_now["unit"] if is_now["unit"] != "1" else ""
            found.append(Figure(name.replace("_", " "), unit, was.get("value"), is_now["value"]))
    return found


def previews(before: ArchivedRun | None, further: Mapping[str, Preview]) -> list[Figure]:
    """Figures of analyses, beside the published ones."""
    analyses = before.analyses if before else {}
    found = []
    for key, (name, value, unit) in further.items():
        was: Any = analyses
        for step in key.split("/"):
            was = was.get(step) if isinstance(was, Mapping) else None
        found.append(Figure(name, unit, was, value))
    return found


def try_study(settings: RunSettings, watch: Watch) -> Trial:
    """What a study would give with other keys; nothing is written, kept or published.

    Raises
    ------
    TranscaspianError
        When something the user gave cannot be used.
    """
    return TrialRun(settings, watch).trial()
