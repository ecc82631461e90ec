"""Installation: vessels and access, loads and joints, windows and calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.installation.config import Installation
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.registry import FileReader, LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.study import Study


def table() -> type[Installation]:
    """The class of its table."""
    from transcaspian.analyses.installation.config import Installation

    return Installation


def readers(study: Study, layers: Mapping[str, Any]) -> Mapping[str, FileReader]:
    """How its table of vessels is read."""
    from transcaspian.analyses.installation.readers import vessel_reader

    return vessel_reader()


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.installation.stage import plan_installation

    return plan_installation(inputs, laid)


def check_inputs(inputs: Inputs) -> None:
    """Whether its vessels can come, and from where."""
    from transcaspian.analyses.installation.fleet import check_vessels

    check_vessels(inputs)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.installation.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.installation.sections import installation_sections

    return installation_sections(page, found)


WING: Analysis = Wing(
    name="installation",
    meaning="vessels, loads, joints, windows and calendar",
    table=table,
    compute=compute,
    study=("installation", "prices", "engineering", "constraints", "systems"),
    data=("installation",),
    stage_order=70,
    page_order=18,
    chapter="installation",
    readers=readers,
    check_inputs=check_inputs,
    layers=layers,
    sections=sections,
)
