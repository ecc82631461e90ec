"""Survey: corridor, lines and samples, and the vessels that reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.survey.config import Survey
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.registry import FileReader, LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.study import Study


def table() -> type[Survey]:
    """The class of its table."""
    from transcaspian.analyses.survey.config import Survey

    return Survey


def readers(study: Study, layers: Mapping[str, Any]) -> Mapping[str, FileReader]:
    """How its table of vessels is read."""
    from transcaspian.analyses.installation.readers import vessel_reader

    return vessel_reader()


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.survey.stage import plan_survey

    return plan_survey(inputs, laid)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.survey.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.survey.sections import survey_sections

    return survey_sections(page, found)


WING: Analysis = Wing(
    name="survey",
    meaning="what is surveyed, by lines and samples, and who reaches it",
    table=table,
    compute=compute,
    study=("survey", "prices"),
    data=("survey",),
    stage_order=65,
    page_order=17,
    chapter="installation",
    readers=readers,
    layers=layers,
    sections=sections,
)
