"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.network.layers import NETWORK_LEGS, NETWORK_NODES, NETWORK_PATHS
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import PINK, QUIET, Category, Dash, Group, Marker, Style, Symbol

NETWORK_NODE_SYMBOLS: tuple[tuple[str, str, Marker], ...] = (
    ("border", "#D55E00", "triangle"),
    ("city", "#111111", "square"),
    ("landing", "#0072B2", "diamond"),
)

NETWORK_LEG_SYMBOLS: tuple[tuple[str, str, Dash], ...] = (
    ("subsea", "#0072B2", "solid"),
    ("railway", "#111111", "dash"),
    ("highway", "#D55E00", "solid"),
    ("given", "#999999", "dot"),
)

LAYER_SET = LayerSet(
    (NETWORK_NODES, NETWORK_LEGS, NETWORK_PATHS),
    {
        "network_nodes": (
            Style(
                "kind",
                Symbol(QUIET, 2.4, marker="square"),
                "kind",
                tuple(
                    Category(kind, kind, Symbol(colour, 2.6, marker=marker))
                    for kind, colour, marker in NETWORK_NODE_SYMBOLS
                ),
                label='"name"',
            ),
        ),
        "network_legs": (
            Style(
                "what it follows",
                Symbol(QUIET, 0.6),
                "kind",
                tuple(Category(kind, kind, Symbol(colour, 0.8, dash)) for kind, colour, dash in NETWORK_LEG_SYMBOLS),
                label="\"leg_id\" || ' ' || format_number(\"length_km\", 0) || ' km'",
                label_from_scale=10_000_000,
            ),
        ),
        "network_paths": (Style("path", Symbol(PINK, 1.4, opacity=0.5), label='"name"'),),
    },
    (
        Group(
            "Network", ("network_nodes", "network_paths", "network_legs"), ("network_nodes", "network_legs"), order=50
        ),
    ),
    {},
    order=30,
)
