"""Burial: anchors by traffic, soil and tools, all that reaches down to a cable, and where it may steer the route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transcaspian.analyses.burial.config import Burial
    from transcaspian.analyses.contract import Analysis
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.grid import Grid
    from transcaspian.core.registry import FileReader, LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.seabed import DepthModel, Steering
    from transcaspian.study import Study


def table() -> type[Burial]:
    """The class of its table."""
    from transcaspian.analyses.burial.config import Burial

    return Burial


def readers(study: Study, layers: Mapping[str, Any]) -> Mapping[str, FileReader]:
    """How its files are read."""
    from transcaspian.analyses.burial.readers import readers_of

    return readers_of(study, layers)


def steering(inputs: Inputs, grid: Grid, depth: DepthModel) -> Iterator[Steering]:
    """What it adds to the cost of a metre."""
    from transcaspian.analyses.burial.steering import steering

    return steering(inputs, grid, depth)


def check_inputs(inputs: Inputs) -> None:
    """Whether its maps say what soil they mean."""
    from transcaspian.analyses.burial.checks import check_maps

    check_maps(inputs)


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.burial.stage import find_burial

    return find_burial(inputs, laid)


def rates(inputs: Inputs, grid: Grid, depth: DepthModel) -> Mapping[str, Any]:
    """Anchor strikes on a bare cable, where the study says what ships pass."""
    from transcaspian.analyses.burial.steering import strikes_on_grid

    return strikes_on_grid(inputs, grid, depth)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.burial.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.burial.sections import burial_sections

    return burial_sections(page, found)


WING: Analysis = Wing(
    name="burial",
    meaning="how deep the cable must lie, by what, and what hits it",
    table=table,
    compute=compute,
    study=(
        *("burial", "steered_by", "constraints", "prices", "cost", "area", "systems", "landings", "criteria"),
        *("routing", "direction", "rules.landing_approach", "rules.via", "own_lists"),
    ),
    data=("burial", "constraints", "cables", "shoreline", "islands"),
    stage_order=15,
    page_order=25,
    chapter="burial",
    readers=readers,
    check_inputs=check_inputs,
    steering=steering,
    steering_study=("cost", "prices"),
    rates=rates,
    layers=layers,
    sections=sections,
)
