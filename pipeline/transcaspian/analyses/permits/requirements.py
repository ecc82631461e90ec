"""What the states ask for: the rows of the table of permits that apply where a route lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from transcaspian.core.vocabulary import NOT_KNOWN

if TYPE_CHECKING:  # the process that reads this table loads no more than it needs
    from transcaspian.engineering.sectors import Stretch

PermitState = Literal["not asked", "asked", "granted", "refused", "not needed"]
InForce = Literal["yes", "no", "not known"]
TextRead = Literal["text", "report of it", "not read"]
ANY = "*"
REQUIRED = ("permit_id", "states", "zones", "what", "in_force", "text_read", "date_checked", "source", "status")
OPTIONAL = (
    *("systems", "phase", "asked_by", "instrument", "lead_time_days", "permit_state", "in_force_since", "remarks"),
)
NOTHING_KNOWN: dict[str, Any] = {
    **dict.fromkeys((*REQUIRED, *OPTIONAL), ""),
    "permit_id": "not listed",
    "what": NOT_KNOWN,
    "in_force": "not known",
    "text_read": "not read",
    "status": "DERIVED",
}
"""Of waters for which the table has no row."""


@dataclass(frozen=True)
class Crossed:
    """The waters of a state in one zone, as far as a route lies in them; both texts are empty where nothing is known.

    ``stretches``: KPs from and to, in their order.
    """

    state: str
    zone: str
    stretches: tuple[tuple[float, float], ...]


def crossed_by(stretches: Sequence[Stretch]) -> list[Crossed]:
    """The waters that a route lies in, in the order in which it comes into each first."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for one in stretches:
        found.setdefault((one.state, one.zone), []).append((one.from_km, one.to_km))
    return [Crossed(state, zone, tuple(pieces)) for (state, zone), pieces in found.items()]


def asked_in(
    crossed: Crossed, system_id: str, states: frozenset[str], rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """What is asked for in these waters; where the table has nothing for them, one row that says so.

    Parameters
    ----------
    states
        All whose waters the route lies in: what two states ask for together applies where it lies in both.
    rows
        Of the table, from `read_requirements`.
    """
    found = [
        row
        for row in rows
        if crossed.state
        and applies(row["states"], crossed.state, states)
        and (row["zones"] == ANY or crossed.zone in row["zones"].split())
        and (not row["systems"] or system_id in row["systems"].split())
    ]
    national = [row for row in found if crossed.state in row["states"].split()]
    return [*found, *(() if national else (nothing_known(crossed),))]


def applies(asked_by: str, state: str, states: frozenset[str]) -> bool:
    """Whether what some states ask for applies in the waters of one.

    >>> [applies(text, "KZ", frozenset({"AZ", "KZ"})) for text in ("*", "AZ KZ", "AZ+KZ", "KZ+TM", "AZ")]
    [True, True, True, False, False]
    """
    for group in asked_by.split():
        together = set(group.split("+"))
        if group == ANY or (state in together and together <= states):
            return True
    return False


def nothing_known(crossed: Crossed) -> dict[str, Any]:
    """What is said of waters for which no national act is listed."""
    whose = "the table has no national act for them" if crossed.state else "whose waters they are is not known"
    return NOTHING_KNOWN | {"source": f"table of [permits.requirements]: {whose}", "remarks": whose}
