"""What changed of one system in the published layers: its crossings, and how it lies at lower levels of the sea."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
LEVEL_FIGURES = {
    "from_extension_km": ("dry before the first water", "km"),
    "to_extension_km": ("dry after the last water", "km"),
    "dry_km": ("dry between", "km"),
    "shallow_km": ("shallow", "km"),
    "submerged_km": ("under water", "km"),
    "unknown_km": ("insufficient information", "km"),
    "max_depth_m": ("max depth", "m"),
}
"""Fields of the layer ``scenario_routes``: what each says, and its unit."""
SMALLEST = {"km": 0.0005, "m": 0.05}
"""What counts as a change: half of what lists and reports show."""


@dataclass(frozen=True)
class Changed:
    """A figure or an input before and now; None where it is not there."""

    what: str
    before: Any
    now: Any
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {brief(self.before)} → {brief(self.now)}"


@dataclass(frozen=True)
class CrossingChange:
    """A crossing that was added, is gone, or whose verdict changed.

    Attributes
    ----------
    state
        ``added``, ``gone`` or ``verdict``.
    before, now
        Its rows in the layer ``crossings``; None where there is none.
    """

    state: str
    before: Row | None
    now: Row | None

    @property
    def asset(self) -> str:
        """What is crossed."""
        row = self.now or self.before or {}
        return f"{row.get('name') or 'without a name'} ({row.get('cable_id')})"


def level_changes(before: Sequence[Row], now: Sequence[Row]) -> Iterator[Changed]:
    """Figures of the layer ``scenario_routes`` that changed, level by level, the highest first."""
    old, new = ({float(row["level_m_msl"]): row for row in rows} for rows in (before, now))
    for level in sorted({*old, *new}, reverse=True):
        for name, (meaning, unit) in LEVEL_FIGURES.items():
            was, is_now = (rows.get(level, {}).get(name) for rows in (old, new))
            if _differs(was, is_now, SMALLEST[unit]):
                yield Changed(f"{level:g} m: {meaning}", was, is_now, unit)


def _differs(before: Any, now: Any, least: float) -> bool:
    if before is None or now is None:
        return before is not now
    return abs(now - before) >= least


def crossing_changes(before: Sequence[Row], now: Sequence[Row]) -> tuple[CrossingChange, ...]:
    """What became of each crossing, in the order of the route.

    A crossing is the same as one before when it is of the same asset, and nearest to it along that asset: assets stay
    where they are when a route moves, and its kilometres do not.
    """
    pairs = sorted(
        (abs(_on_asset(old) - _on_asset(new)), i, j)
        for i, old in enumerate(before)
        for j, new in enumerate(now)
        if old["cable_id"] == new["cable_id"]
    )
    partner: dict[int, Row] = {}
    taken: set[int] = set()
    for _, i, j in pairs:
        if i not in taken and j not in partner:
            taken.add(i)
            partner[j] = before[i]
    found = []
    for j, new in enumerate(now):
        old = partner.get(j)
        if old is None:
            found.append(CrossingChange("added", None, new))
        elif old["verdict"] != new["verdict"]:
            found.append(CrossingChange("verdict", old, new))
    found += [CrossingChange("gone", old, None) for i, old in enumerate(before) if i not in taken]
    return tuple(sorted(found, key=lambda item: (item.now or item.before or {}).get("kp_km") or 0.0))


def _on_asset(row: Row) -> float:
    return float(row.get("asset_kp_km") or 0.0)


def brief(value: Any) -> str:
    """As it stands, in one line that is no table and not too long."""
    text = "–" if value is None else " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= 80 else text[:77] + "..."
