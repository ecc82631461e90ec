"""The question registers itself: an entry point of the group ``transcaspian.analyses`` leads here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toy_wing.config import Trawling

    from transcaspian.analyses.contract import Analysis
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.registry import LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs


def table() -> type[Trawling]:
    """The class of its table."""
    from toy_wing.config import Trawling

    return Trawling


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from toy_wing.stage import find_trawled

    return find_trawled(inputs, laid)


def layers() -> LayerSet:
    """Its layer."""
    from toy_wing.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its section of the page of the whole system."""
    from toy_wing.sections import trawling_sections

    return trawling_sections(page, found)


WING: Analysis = Wing(
    name="trawling",
    meaning="what trawls reach of the routes",
    table=table,
    compute=compute,
    study=("trawling", "systems"),
    layers=layers,
    sections=sections,
)
