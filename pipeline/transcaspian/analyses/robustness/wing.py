"""How sure a route is: what is uncertain is drawn again and again, and routes are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.robustness.config import Robustness
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.registry import LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs


def table() -> type[Robustness]:
    """The class of its table."""
    from transcaspian.analyses.robustness.config import Robustness

    return Robustness


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.robustness.stage import find_robustness

    return find_robustness(inputs, laid.ground.seabed, laid.routed, laid.routes)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.robustness.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.robustness.sections import robustness_sections

    return robustness_sections(page, found)


WING: Analysis = Wing(
    name="robustness",
    meaning="samples of what is uncertain, and weights turned one by one",
    table=table,
    compute=compute,
    study=(
        "robustness",
        "area",
        "water_level",
        "max_depth_m",
        "depth_model",
        "seabed_fusion",
        "criteria",
        "constraints",
        "steered_by",
        "cost",
        "prices",
        "landings",
        "no_go",
        "systems",
        "sketches",
        "barriers",
        "diverse_from",
        "direction",
        "rules.landing_approach",
        "rules.via",
        "own_lists",
    ),
    data=("seabed", "shoreline", "islands", "hazards", "cables", "earthquakes", "constraints"),
    stage_order=20,
    page_order=40,
    chapter="alternatives",
    layers=layers,
    sections=sections,
)
