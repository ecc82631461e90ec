"""How the layers look, and where they stand among others."""

from __future__ import annotations

from itertools import pairwise

from transcaspian.analyses.risk.layers import (
    AVAILABILITY,
    OUTAGES,
    RISK_FRONT,
    RISK_SECTIONS,
    ROUTE_RISK,
    SPARE_STOCK,
)
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import (
    BLACK,
    BURIAL_COLOURS,
    CABLE_COLOURS,
    GOOD,
    UNDECIDED,
    UNKNOWN_SYMBOL,
    Band,
    Category,
    Group,
    Style,
    Symbol,
    categories,
    system_style,
)

FAULT_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#ffffe5"),
    (0.001, "#fee391"),
    (0.003, "#fe9929"),
    (0.006, "#cc4c02"),
    (0.02, "#662506"),
)

"""Expected faults of a bare cable per km and year."""


def fault_bands(size_mm: float) -> tuple[Band, ...]:
    """Bands of expected faults per 1,000 km and year; a well buried cable of the shelf has some 0.1 to 0.5."""
    limits = (0.0, 0.1, 0.3, 1.0, 3.0, 1000.0)
    colours = ("#0072B2", "#56B4E9", "#F0E442", "#E69F00", "#D55E00")
    labels = ("under 0.1", "0.1–0.3", "0.3–1", "1–3", "3 and more")
    return tuple(
        Band(low, high, f"{label} per 1,000 km and year", Symbol(colour, size_mm))
        for (low, high), colour, label in zip(pairwise(limits), colours, labels, strict=True)
    )


LAYER_SET = LayerSet(
    (RISK_FRONT, RISK_SECTIONS, ROUTE_RISK, AVAILABILITY, OUTAGES, SPARE_STOCK),
    {
        "risk_front": (
            system_style(Symbol(BLACK, 0.5), '"rank"'),
            Style(
                "choice",
                Symbol("#999999", 0.5),
                label="CASE WHEN \"is_knee\" THEN 'knee' "
                "WHEN \"is_lowest_present_value\" THEN 'lowest present value' END",
            ),
        ),
        "risk_sections": (
            Style("cable type", UNKNOWN_SYMBOL, "cable_type", categories(CABLE_COLOURS, 1.0)),
            Style("protection", UNKNOWN_SYMBOL, "protection_method", categories(BURIAL_COLOURS, 1.0)),
        ),
        "route_risk": (
            Style("faults", UNKNOWN_SYMBOL, "faults_at_most_per_1000km_year", bands=fault_bands(1.6)),
            Style(
                "verdict",
                Symbol(UNDECIDED, 1.4),
                "verdict",
                (Category("known", "known", Symbol(GOOD, 1.4)),),
            ),
        ),
        "availability": (
            Style(
                "availability",
                UNKNOWN_SYMBOL,
                "availability_percent",
                bands=tuple(
                    Band(low, high, label, Symbol(colour, 1.0))
                    for low, high, label, colour in (
                        (0.0, 99.0, "under 99 %", "#D55E00"),
                        (99.0, 99.9, "99–99.9 %", "#E69F00"),
                        (99.9, 99.99, "99.9–99.99 %", "#56B4E9"),
                        (99.99, 100.01, "99.99 % and more", "#0072B2"),
                    )
                ),
                label="round(\"availability_percent\", 4) || ' %'",
            ),
        ),
        "outages": (
            Style(
                "takes both",
                Symbol(UNDECIDED, 0.8),
                "takes",
                (Category("both", "both systems", Symbol("#D55E00", 1.0)),),
            ),
        ),
        "spare_stock": (
            Style("stock", Symbol(BLACK, 3.0), label="\"cable_type\" || ' ' || round(\"spare_km\", 1) || ' km'"),
        ),
    },
    (
        Group(
            "Cost against risk",
            ("spare_stock", "risk_front", "risk_sections", "route_risk", "availability", "outages"),
            order=60,
            themes=("Risk",),
        ),
    ),
    {"faults": FAULT_STOPS},
    order=60,
)
