"""How the layers look, and where they stand among others."""

from __future__ import annotations

from itertools import pairwise

from transcaspian.analyses.burial.layers import (
    ANCHOR_STRIKES,
    ASHORE,
    BURIAL_DATA,
    BURIAL_SECTIONS,
    BURIAL_TOOLS,
    BURIED,
    NO_TOOL,
    NOT_NEEDED,
    SHALLOW,
)
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import (
    BAD,
    BLACK,
    GOOD,
    QUIET,
    SKY,
    UNDECIDED,
    UNKNOWN_SYMBOL,
    Band,
    Category,
    Group,
    Style,
    Symbol,
)


def _bands(limits: tuple[float, ...], labels: tuple[str, ...], size_mm: float) -> tuple[Band, ...]:
    """Bands from good to bad."""
    colours = ("#0072B2", "#56B4E9", "#F0E442", "#E69F00", "#D55E00")
    return tuple(
        Band(low, high, label, Symbol(colour, size_mm))
        for (low, high), label, colour in zip(pairwise(limits), labels, colours, strict=True)
    )


LAYER_SET = LayerSet(
    (BURIAL_SECTIONS, ANCHOR_STRIKES, BURIAL_TOOLS, BURIAL_DATA),
    {
        "burial_sections": (
            Style(
                "verdict",
                UNKNOWN_SYMBOL,
                "verdict",
                (
                    Category(BURIED, BURIED, Symbol(GOOD, 1.4)),
                    Category(SHALLOW, SHALLOW, Symbol(UNDECIDED, 1.4)),
                    Category(NO_TOOL, NO_TOOL, Symbol(BAD, 1.4)),
                    Category(NOT_NEEDED, NOT_NEEDED, Symbol(SKY, 1.0)),
                    Category(ASHORE, ASHORE, Symbol(QUIET, 0.8)),
                ),
            ),
            Style(
                "target",
                UNKNOWN_SYMBOL,
                "target_m",
                bands=_bands(
                    (0.0, 0.3, 1.0, 2.0, 3.0, 1000.0),
                    ("under 0.3 m", "0.3–1 m", "1–2 m", "2–3 m", "3 m and more"),
                    1.4,
                ),
            ),
            Style(
                "strikes",
                UNKNOWN_SYMBOL,
                "strikes_at_most_per_year",
                bands=_bands(
                    (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e6),
                    ("under 1e-6 a year", "1e-6–1e-5", "1e-5–1e-4", "1e-4–1e-3", "1e-3 a year and more"),
                    1.4,
                ),
            ),
        ),
        "anchor_strikes": (Style("ships", UNKNOWN_SYMBOL, label='"ship_class"'),),
        "burial_tools": (Style("tool", Symbol(QUIET, 0.6), label='"tool"'),),
        "burial_data": (Style("positions", Symbol(BLACK, 1.0), label='"told"'),),
    },
    (
        Group(
            "Burial",
            ("burial_data", "burial_sections", "anchor_strikes", "burial_tools"),
            order=65,
            themes=("Engineering", "Risk"),
            note="How deep the cable must lie, what can bury it, and what strikes it.",
        ),
    ),
    {},
    order=62,
)
