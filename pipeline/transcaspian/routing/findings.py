"""What a reader must know of the lines beside the published route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transcaspian.core.findings import Finding
from transcaspian.routing.alternatives import Alternative


def alternative_findings(
    system_id: str, found: Sequence[Alternative], margin: float, *, held: bool = False
) -> Iterator[Finding]:
    """The cheapest alternative, where it costs less than the published route.

    Parameters
    ----------
    margin
        Share that the price of a line may be off by: less is no difference.
    held
        Whether the route keeps places or legs that its alternatives do not: then the difference is their price.
    """
    best = min(found, key=lambda one: one.excess, default=None)
    if best is None or best.excess >= -margin:
        return
    yield Finding(
        kind="better alternative",
        severity="minor" if held else "major",
        subject=system_id,
        sentence=(
            f"alternative {best.rank} ({best.line.length_m / 1000.0:.1f} km) costs {-best.excess:.1%} less than the "
            "route"
            f"{', and does not keep its via points and locked legs' if held else ''}"
        ),
        action="see whether the via points and locked legs are worth that"
        if held
        else f"take alternative {best.rank} ([[systems]] adopt)",
        source="layer alternatives",
    )
