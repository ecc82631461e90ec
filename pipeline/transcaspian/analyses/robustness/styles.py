"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.robustness.layers import RANK_ACCEPTABILITY, ROBUSTNESS, SAMPLE_ROUTES, WEIGHT_FLIPS
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import BAD, GOOD, PINK, Category, Group, Style, Symbol, system_style

PROBABILITY_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#fde725"),
    (0.05, "#b5de2b"),
    (0.25, "#35b779"),
    (0.5, "#31688e"),
    (1.0, "#440154"),
)

"""Share of the samples whose route goes through a cell."""

LAYER_SET = LayerSet(
    (ROBUSTNESS, SAMPLE_ROUTES, RANK_ACCEPTABILITY, WEIGHT_FLIPS),
    {
        "robustness": (
            system_style(
                Symbol("#332288", 1.4),
                "format_number(100 * \"near_share\", 0) || ' % near'",
                name="share of samples near by",
            ),
        ),
        "sample_routes": (
            system_style(Symbol("#888888", 0.15)),
            Style(
                "near or not",
                Symbol("#888888", 0.15),
                "is_near",
                (Category("true", "near", Symbol(GOOD, 0.15)), Category("false", "elsewhere", Symbol(BAD, 0.15))),
            ),
        ),
        "rank_acceptability": (
            system_style(
                Symbol("#888888", 0.8), "format_number(100 * \"best_share\", 0) || ' % best'", name="candidate"
            ),
        ),
        "weight_flips": (
            Style(
                "criterion",
                Symbol(PINK, 0.5, "dash"),
                label='"criterion" || \' \' || "step" || \' to \' || format_number("factor", 2)',
                label_from_scale=1_500_000,
            ),
        ),
    },
    (
        Group(
            "How sure",
            ("robustness", "rank_acceptability", "weight_flips", "sample_routes"),
            ("robustness",),
            order=100,
            themes=("Risk",),
        ),
    ),
    {"probability": PROBABILITY_STOPS},
    order=50,
)
