"""Unrepeatered or repeatered: link budget, capacity, power feed and cost of both designs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.link.config import Link
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.reconciled import Subject
    from transcaspian.core.registry import LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs


def table() -> type[Link]:
    """The class of its table."""
    from transcaspian.analyses.link.config import Link

    return Link


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.link.stage import compare_links

    return compare_links(inputs, laid)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.link.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.link.sections import link_sections

    return link_sections(page, found)


def subjects(found: AnalysisResult) -> Iterator[Subject]:
    """What each system carries, of which published figures may speak."""
    from transcaspian.analyses.link.stage import subjects_of

    return subjects_of(found)


WING: Analysis = Wing(
    name="link",
    meaning="unrepeatered and repeatered designs: link budget, capacity, power feed, cost",
    table=table,
    compute=compute,
    study=("link", "systems", "engineering", "prices", "published"),
    stage_order=50,
    page_order=15,
    chapter="system",
    layers=layers,
    sections=sections,
    subjects=subjects,
)
