"""Systems planned together: separation, shared hazards, branching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.design.config import Design
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.registry import LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs


def table() -> type[Design]:
    """The class of its table."""
    from transcaspian.analyses.design.config import Design

    return Design


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.design.stage import design_systems

    return design_systems(inputs, laid.ground.seabed, laid.routed, laid.routes)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.design.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.design.sections import design_sections

    return design_sections(page, found)


WING: Analysis = Wing(
    name="design",
    meaning="systems planned together, the price of separation, shared hazards, branching",
    table=table,
    compute=compute,
    study=(
        "design",
        "cost",
        "study.revision",
        "area",
        "systems",
        "landings",
        "no_go",
        "rules.landing_approach",
        "routing.proven",
        "routing.refinement",
        "direction",
        *("engineering", "prices", "water_level", "sketches", "constraints"),
    ),
    data=("hazards", "cables", "earthquakes", "constraints", "borders", "sectors", "agreed_lines", "islands"),
    stage_order=40,
    page_order=20,
    chapter="alternatives",
    layers=layers,
    sections=sections,
)
