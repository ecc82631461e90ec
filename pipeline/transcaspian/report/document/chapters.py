"""The chapters of a desktop study in their order, each with the client's own text first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from transcaspian.report.document import front_chapters as front
from transcaspian.report.document import plan_chapters as plan
from transcaspian.report.document import seabed_chapters as seabed
from transcaspian.report.document.blocks import Block, Chapter
from transcaspian.report.document.desk_study import DeskStudy
from transcaspian.study.document_tables import CHAPTERS

Maker = Callable[[DeskStudy], Iterator[Block]]
MAKERS: Mapping[str, Maker] = {
    "control": front.control,
    "summary": front.summary,
    "system": front.system,
    "landings": front.landings,
    "route": seabed.route,
    "bathymetry": seabed.bathymetry,
    "geology": seabed.geology,
    "geohazards": seabed.geohazards,
    "metocean": seabed.metocean,
    "shipping": seabed.shipping,
    "assets": seabed.assets,
    "environment": plan.environment,
    "burial": plan.burial,
    "risk": plan.risk,
    "alternatives": plan.alternatives,
    "installation": plan.installation,
    "cost": plan.cost,
    "further": plan.further,
    "gaps": plan.gaps,
    "sources": plan.sources,
    "rpl": plan.position_lists,
    "sld": plan.diagrams,
    "crossings": plan.crossings,
}
APPENDICES = ("rpl", "sld", "crossings")


def chapters_of(study: DeskStudy) -> Iterator[Chapter]:
    """Every chapter that has something to say."""
    for name, make in MAKERS.items():
        blocks = (*study.slots.get(name, ()), *make(study))
        if blocks:
            yield Chapter(name, CHAPTERS[name], blocks, name in APPENDICES)
