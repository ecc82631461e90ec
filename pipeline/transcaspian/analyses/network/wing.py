"""The network that subsea systems are part of: nodes, legs, paths, delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.network.config import Network
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.reconciled import Subject
    from transcaspian.core.registry import LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import FurtherInput, Inputs
    from transcaspian.study import Study


def table() -> type[Network]:
    """The class of its table."""
    from transcaspian.analyses.network.config import Network

    return Network


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.network.stage import find_network

    return find_network(inputs, laid.ground.seabed, laid.routed, laid.routes)


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.network.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.network.sections import network_sections

    return network_sections(page, found)


def subjects(found: AnalysisResult) -> Iterator[Subject]:
    """Its paths, of which published figures may speak."""
    from transcaspian.analyses.network.stage import subjects_of

    return subjects_of(found)


def read(study: Study) -> Mapping[str, FurtherInput]:
    """Railways and highways around its nodes."""
    from transcaspian.analyses.network.read_ways import read_ways

    return read_ways(study)


def check_inputs(inputs: Inputs) -> None:
    """Whether its legs and paths can be made."""
    from transcaspian.analyses.network.stage import check_network

    check_network(inputs)


WING: Analysis = Wing(
    name="network",
    meaning="network on land and under the sea: branches, delay",
    table=table,
    compute=compute,
    study=("study.title", "network", "systems", "landings"),
    data=("railway", "highway", "states"),
    stage_order=30,
    page_order=10,
    chapter="system",
    read=read,
    check_inputs=check_inputs,
    layers=layers,
    sections=sections,
    subjects=subjects,
)
