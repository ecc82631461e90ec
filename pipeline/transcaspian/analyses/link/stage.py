"""The stage of the analysis: both designs of every system that is engineered, and the choice between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely import LineString

from transcaspian.analyses.link.choice import Choice, choose, link_findings
from transcaspian.analyses.link.config import Link
from transcaspian.analyses.link.designs import Line, LinkDesign, both_designs
from transcaspian.analyses.link.layers import LINK_DESIGNS
from transcaspian.core.cost_range import NO_COST
from transcaspian.core.findings import AnalysisResult, Finding
from transcaspian.core.frames import Row, frame
from transcaspian.core.linear_reference import KpRange
from transcaspian.core.reconciled import Reading, Subject
from transcaspian.core.vocabulary import LAND_CABLE
from transcaspian.engineering import EngineeredRoute, bill_of, quantities_of
from transcaspian.engineering.bodies import kept_off
from transcaspian.engineering.cable import cable_along
from transcaspian.rpl.model import Span
from transcaspian.study import Engineering
from transcaspian.study.price_tables import Prices

if TYPE_CHECKING:
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.study import Study


@dataclass(frozen=True)
class Compared:
    """Both designs of a system, and the choice."""

    system_id: str
    line: Line
    designs: tuple[LinkDesign, LinkDesign]
    announced_tbit_s: float | None
    choice: Choice

    @property
    def findings(self) -> Iterator[Finding]:
        """What a reader must know of them."""
        return link_findings(self.system_id, self.line, self.choice, self.announced_tbit_s)


def compare_links(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Both designs of every system."""
    study, rules = inputs.study, inputs.study.required_table(Link)
    assert study.engineering is not None  # `Link.check_study` refuses a study without
    compared = [
        _of_route(system_id, route, rules, study.engineering, study.prices, announced(study, system_id))
        for system_id, route in laid.routes.items()
    ]
    lonlat = {system_id: route.lonlat for system_id, route in laid.routes.items()}
    rows = [row for one in compared for row in rows_of(one, rules, LineString(lonlat[one.system_id]))]
    return AnalysisResult(
        {LINK_DESIGNS.name: frame(LINK_DESIGNS, rows)},
        figures={
            "reach_km": {key: round(rules.reach_km(budget_db), 3) for key, budget_db in rules.budgets_db.items()},
            "db_per_km": round(rules.db_per_km, 6),
            "status": rules.status,
            "source": rules.source,
            "systems": {one.system_id: as_manifest(one) for one in compared},
        },
        findings=tuple(finding for one in compared for finding in one.findings),
    )


def announced(study: Study, system_id: str) -> float | None:
    """The highest capacity that is published of a system, Tbit/s; None: none is."""
    of_it = (one for one in study.published if one.quantity == "capacity_tbit_s" and system_id in one.of)
    return max((one.ends[1] for one in of_it if not one.former), default=None)


def _of_route(
    system_id: str,
    route: EngineeredRoute,
    rules: Link,
    engineering: Engineering,
    prices: Prices | None,
    announced_tbit_s: float | None,
) -> Compared:
    """Both designs of an engineered route."""
    line = line_of(route)
    designs = both_designs(line, rules, engineering.amplifiers.ropa_from_terminal_km)
    if prices is not None:
        per_joint_km = engineering.spare.per_joint_km
        first, second = (_priced(one, route, prices, per_joint_km) for one in designs)
        designs = (first, second)
    return Compared(system_id, line, designs, announced_tbit_s, choose(designs, announced_tbit_s))


def line_of(route: EngineeredRoute) -> Line:
    """The line from station to station, by the list and the cable of a route."""
    spans = route.rpl.spans
    amplifiers = tuple((item.event, item.cable_km) for item in route.cable.amplifiers)
    tails_km = ashore_km(spans), ashore_km(spans[::-1])
    return Line(route.cable.length_km, tails_km, amplifiers, tuple(kept_off_along(route, tails_km[0])))


def kept_off_along(route: EngineeredRoute, tail_km: float) -> Iterator[KpRange]:
    """Where no amplifier is to lie, along the cable from the first station."""
    crossed = [crossing for crossing, _ in route.crossings]
    edges_km, cable_km = cable_along(route.cable.slack)
    for item in kept_off(route.course, crossed, route.stretches, route.installation):
        from_km, to_km = (tail_km + np.interp((item.from_km, item.to_km), edges_km, cable_km)).tolist()
        yield KpRange(from_km, to_km)


def ashore_km(spans: Sequence[Span]) -> float:
    """Cable of the land tail with which spans begin."""
    return sum(span.cable_km or 0.0 for span in takewhile(lambda one: one.cable_type == LAND_CABLE, spans))


def _priced(design: LinkDesign, route: EngineeredRoute, prices: Prices, per_joint_km: float) -> LinkDesign:
    """A design with the bill of the route as if it had the amplifiers of the design, each with two joints."""
    bought = quantities_of(route)
    joints = 2 * (design.amplifiers - len(route.cable.amplifiers))
    units = {event: number for event, number in bought.units.items() if event not in ("ROPA", "RPTR")}
    if design.event:
        units[design.event] = design.amplifiers
    spare_km = bought.spare_km + joints * per_joint_km
    bought = replace(bought, units=units, spare_km=spare_km, joints=bought.joints + joints)
    return replace(design, cost=bill_of(prices, bought).total)


def rows_of(one: Compared, rules: Link, line: LineString) -> Iterator[Row]:
    """Rows of the layer ``link_designs``."""
    for design in one.designs:
        own = rules.unrepeatered if design.design == "unrepeatered" else rules.repeatered
        yield LINK_DESIGNS.row(
            line,
            *(design, design.cost or NO_COST),
            link_id=f"{one.system_id}/{design.design}",
            system_id=one.system_id,
            is_chosen=design is one.choice.design,
            amplified_by=design.event or None,
            tails_km=sum(one.line.tails_km),
            announced_tbit_s=one.announced_tbit_s,
            lacks=design.lacks or None,
            source=f"{rules.source}; {own.source}",
            status="ASSUMED" if "ASSUMED" in (rules.status, own.status) else "DERIVED",
        )


def as_manifest(one: Compared) -> dict[str, Any]:
    """Both designs, for the manifest."""
    best = one.choice.design
    return {
        "cable_km": round(one.line.cable_km, 6),
        "tails_km": [round(km, 6) for km in one.line.tails_km],
        "announced_tbit_s": one.announced_tbit_s,
        "chosen": None if best is None else best.design,
        "reason": one.choice.reason,
        "designs": {design.design: design_as_manifest(design) for design in one.designs},
    }


def design_as_manifest(design: LinkDesign) -> dict[str, Any]:
    """Figures of a design, for the manifest."""
    figures = {name: value for name, value in asdict(design).items() if name not in ("design", "cost", "amplifiers_km")}
    costs = {} if design.cost is None else {**design.cost.by_name, "cost_status": design.cost.cost_status}
    places = [round(km, 3) for km in design.amplifiers_km]
    rounded = {name: round(value, 6) if isinstance(value, float) else value for name, value in figures.items()}
    return {**rounded, "amplifiers_km": places, "margin_db": round(design.margin_db, 6), "lacks": design.lacks, **costs}


def subjects_of(found: AnalysisResult) -> Iterator[Subject]:
    """What the chosen design of each system carries, beside what is published of it."""
    systems: Mapping[str, Any] = found.figures["systems"]
    for system_id, one in systems.items():
        if one["chosen"] is not None:
            carries = one["designs"][one["chosen"]]["capacity_tbit_s"]
            reading = Reading("fibre_pairs", carries, rests_on="fibre pairs and capacity per pair of [link]")
            yield Subject(system_id, system_id, 0.0, {"capacity_tbit_s": (reading,)})
