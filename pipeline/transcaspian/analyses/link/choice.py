"""Which of both designs to build, and why: what closes, carries what is announced, and costs less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcaspian.analyses.link.designs import Line, LinkDesign
from transcaspian.core.findings import Finding
from transcaspian.core.vocabulary import NOT_KNOWN

SOURCE = "layer link_designs"


@dataclass(frozen=True)
class Choice:
    """The design that is chosen; None: neither can be built.

    Attributes
    ----------
    reason
        Half a sentence.
    is_enough
        Whether it carries what is announced; None where nothing is.
    """

    design: LinkDesign | None
    reason: str
    is_enough: bool | None = None


def choose(designs: Sequence[LinkDesign], announced_tbit_s: float | None) -> Choice:
    """Of the designs that can be built the cheaper that carries what is announced, else the one that carries most.

    Without a cost book, the one with fewer amplifiers: those cost money, feeding and repairs.
    """
    built = [one for one in designs if not one.lacks]
    if not built:
        return Choice(None, "; ".join(f"{one.design}: {one.lacks}" for one in designs))
    if announced_tbit_s is None:
        best = min(built, key=_price)
        return Choice(best, f"no capacity is published of it; {_against(best, built, designs)}")
    enough = [one for one in built if one.capacity_tbit_s >= announced_tbit_s]
    if not enough:
        best = max(built, key=lambda one: one.capacity_tbit_s)
        return Choice(best, f"no design carries the announced {announced_tbit_s:g} Tbit/s; it carries the most", False)
    best = min(enough, key=_price)
    return Choice(best, _against(best, enough, designs), True)


def _price(one: LinkDesign) -> tuple[float, int]:
    return (0.0 if one.cost is None else one.cost.cost_base_usd, one.amplifiers)


def _against(best: LinkDesign, equal: Sequence[LinkDesign], designs: Sequence[LinkDesign]) -> str:
    """Why it is chosen before the others."""
    for other in designs:
        if other is best:
            continue
        if other.lacks:
            return f"{other.design}, {other.lacks}"
        if other not in equal:
            return f"{other.design} carries {other.capacity_tbit_s:,.0f} Tbit/s"
        if best.cost is None or other.cost is None:
            return f"it has fewer amplifiers than {other.named}; costs: {NOT_KNOWN} without [prices]"
        less = (other.cost.cost_base_usd - best.cost.cost_base_usd) / 1e6
        return f"it costs USD {less:.2f} million less than {other.named}"
    return "there is no other"


def link_findings(system_id: str, line: Line, choice: Choice, announced_tbit_s: float | None) -> Iterator[Finding]:
    """The choice with its reason, and where the list of the system has another design."""
    best = choice.design
    if best is None:
        yield Finding(
            kind="no link design closes",
            severity="critical",
            subject=system_id,
            sentence=f"neither design can be built: {choice.reason}",
            action="raise the budgets of [link], or lay it in two links with a station between",
            source=SOURCE,
        )
        return
    wanted = "" if announced_tbit_s is None else f" of the announced {announced_tbit_s:,.0f}"
    yield Finding(
        kind="link design",
        severity="major" if choice.is_enough is False else "information",
        subject=system_id,
        sentence=(
            f"{best.named} is chosen: {choice.reason}; its longest span of {best.longest_span_km:.1f} km loses "
            f"{best.loss_db:.1f} of {best.budget_db:g} dB, {best.fibre_pairs} fibre pairs carry "
            f"{best.capacity_tbit_s:,.0f} Tbit/s{wanted}"
        ),
        action=(
            "take more fibre pairs (link.unrepeatered, link.repeatered), or announce what the cable carries"
            if choice.is_enough is False
            else "put budgets, fibre pairs and prices of the supplier in place of those that are ASSUMED"
        ),
        source=SOURCE,
        status="ASSUMED",
    )
    yield from _of_places(system_id, line, best)
    yield from _of_list(system_id, line, best)


def _of_places(system_id: str, line: Line, best: LinkDesign) -> Iterator[Finding]:
    """Amplifiers of the chosen design that lie where none is to lie."""
    if near_km := [km for km in best.amplifiers_km if not line.is_clear(km)]:
        yield Finding(
            kind="amplifier without a clear place",
            severity="minor",
            subject=system_id,
            sentence=(
                f"{len(near_km)} of {len(best.amplifiers_km)} amplifiers of the {best.design} design lie by a "
                "crossing, a boundary, a large alter course or a shore end, and no place within their reach is clear "
                f"of these ({', '.join(f'{km:.1f}' for km in near_km)} km along the cable from the first station)"
            ),
            action="take one repeater more (a smaller link.repeatered.span_budget_db), or move what they lie by",
            source=SOURCE,
        )


def _of_list(system_id: str, line: Line, best: LinkDesign) -> Iterator[Finding]:
    """A list whose amplifiers are not those of the chosen design."""
    listed = sorted({name for name, _ in line.amplifiers})
    if len(line.amplifiers) == best.amplifiers and line.listed_km(best.event) == best.amplifiers_km:
        return
    has = f"{len(line.amplifiers)} {' and '.join(listed)}" if listed else "no amplifier"
    if listed == [best.event]:
        has += f" and a longest span of {line.longest_span_km(line.listed_km(best.event)):.1f} km"
    yield Finding(
        kind="list has another link design",
        severity="major",
        subject=system_id,
        sentence=f"its list has {has}, and the design that is chosen is {best.named}",
        action=(
            "set the reaches of [engineering.amplifiers] to those of [link] "
            f"({best.reach_km:.0f} km for this design), or change what [link] says"
        ),
        source="rpl_points; layer link_designs",
    )
