"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.robustness.layers import RANK_ACCEPTABILITY, ROBUSTNESS, SAMPLE_ROUTES, WEIGHT_FLIPS
from transcaspian.core.layer_catalogue import LayerSet
from transcaspian.core.styles import BAD, GOOD, Category, Group, Style, Symbol

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
            Style(
                "share of samples near by",
                Symbol("#332288", 1.4),
                "system_id",
                by_system=True,
                other="other",
                label="format_number(100 * \"near_share\", 0) || ' % near'",
            ),
        ),
        "sample_routes": (
            Style("system", Symbol("#888888", 0.15), "system_id", by_system=True, other="other"),
            Style(
                "near or not",
                Symbol("#888888", 0.15),
                "is_near",
                (Category("true", "near", Symbol(GOOD, 0.15)), Category("false", "elsewhere", Symbol(BAD, 0.15))),
            ),
        ),
        "rank_acceptability": (
            Style(
                "candidate",
                Symbol("#888888", 0.8),
                "system_id",
                by_system=True,
                other="other",
                label="format_number(100 * \"best_share\", 0) || ' % best'",
            ),
        ),
        "weight_flips": (
            Style(
                "criterion",
                Symbol("#CC79A7", 0.5, "dash"),
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
        ),
    ),
    {"probability": PROBABILITY_STOPS},
    order=50,
)
