"""Cost against risk: expected faults of a cable by cause, what protects it, what repairs cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.reconciled import Reading, Subject
from transcaspian.core.registry import Wing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transcaspian.analyses.contract import Analysis
    from transcaspian.analyses.risk.config import RiskRules
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.core.registry import LayerSet
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs


def table() -> type[RiskRules]:
    """The class of its table."""
    from transcaspian.analyses.risk.config import RiskRules

    return RiskRules


def compute(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Its stage."""
    from transcaspian.analyses.risk.stage import weigh_risk

    return weigh_risk(inputs, laid.ground.seabed, laid.routed, laid.routes)


def preview(inputs: Inputs, laid: Handover) -> dict[str, dict[str, tuple[str, float | None, str]]]:
    """Expected faults of the engineered routes, without the front."""
    from transcaspian.analyses.risk.stage import faults_of_routes

    found = faults_of_routes(inputs, laid.ground.seabed, laid.routes)
    return {
        name: {f"risk/routes/{name}/faults_per_year": ("expected faults", faults, "1/a")}
        for name, faults in found.items()
    }


def layers() -> LayerSet:
    """Its layers and their styles."""
    from transcaspian.analyses.risk.styles import LAYER_SET

    return LAYER_SET


def sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Its sections of the page of the whole system."""
    from transcaspian.analyses.risk.sections import risk_sections

    return risk_sections(page, found)


def subjects(found: AnalysisResult) -> Iterator[Subject]:
    """The laying cost of each system, beside which published costs stand."""
    for system_id, row in found.figures["routes"].items():
        if "cost_base_usd" in row:
            continue  # the cost of the route by the cost book, which stands beside them already
        reading = Reading("cable_protected", row["cost_usd"], rests_on="prices of armour and burial that are ASSUMED")
        yield Subject(id=system_id, name=system_id, geodesic_km=0.0, readings={"cost_usd": (reading,)})


WING: Analysis = Wing(
    name="risk",
    meaning="expected faults and repairs, and the front of cost against them",
    table=table,
    compute=compute,
    study=(
        "risk",
        "cost",
        "constraints",
        "area",
        "landing_points",
        "landings",
        "systems",
        "rules.landing_approach",
        *("engineering", "prices", "sketches", "no_go", "water_level", "burial"),
    ),
    data=("hazards", "cables", "earthquakes", "constraints", "borders", "sectors", "agreed_lines", "islands", "burial"),
    stage_order=10,
    page_order=30,
    chapter="risk",
    layers=layers,
    sections=sections,
    preview=preview,
    subjects=subjects,
)
