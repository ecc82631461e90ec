"""What a reader must know of the lines beside the published route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transcaspian.core.findings import Finding
from transcaspian.routing.alternatives import Alternative


def alternative_findings(system_id: str, found: Sequence[Alternative], margin: float) -> Iterator[Finding]:
    """The cheapest alternative, where it costs less than the published route.

    Parameters
    ----------
    margin
        Share that the price of a line may be off by: less is no difference.
    """
    best = min(found, key=lambda one: one.excess, default=None)
    if best is None or best.excess >= -margin:
        return
    yield Finding(
        kind="better alternative",
        severity="major",
        subject=system_id,
        sentence=(
            f"alternative {best.rank} ({best.line.length_m / 1000.0:.1f} km) costs {-best.excess:.1%} less than the "
            "route"
        ),
        action=f"take alternative {best.rank} ([[systems]] adopt)",
        source="layer alternatives",
    )
