"""Permits: what states ask for, the register of crossings and neighbours, and protection zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.permits.config import Permits
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.registry import FileReader, LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.study import Study


def table() -> type[Permits]:
    """The class of its table."""
    from transcaspian.analyses.permits.config import Permits

    return Permits


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.permits.stage import permit_tables

    return permit_tables(inputs, laid)


def readers(study: Study, layers: Mapping[str, Any]) -> Mapping[str, FileReader]:
    """How the table of what states ask for is read."""
    from transcaspian.analyses.permits.readers import readers_of

    return readers_of(study)


def check_inputs(inputs: Inputs) -> None:
    """Whether agreements are with something that the study has."""
    from transcaspian.analyses.permits.stage import check_agreements

    check_agreements(inputs)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.permits.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.permits.sections import permit_sections

    return permit_sections(page, found)


WING: Analysis = Wing(
    name="permits",
    meaning="what states ask for, register of crossings and neighbours, protection zones",
    table=table,
    compute=compute,
    study=("permits", "area", "systems", "sketches", "water_level", "constraints", "engineering", "prices"),
    data=("permits", "hazards", "cables", "borders", "sectors", "agreed_lines", "islands", "constraints"),
    stage_order=60,
    page_order=16,
    chapter="environment",
    readers=readers,
    check_inputs=check_inputs,
    layers=layers,
    sections=sections,
)
