"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.design.layers import BRANCH_LEGS, BRANCHING_UNITS, DESIGN_ROUTES, SHARED_HAZARDS
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    QUIET,
    SKY,
    VERMILION,
    Category,
    Group,
    Style,
    Symbol,
    system_style,
)

LAYER_SET = LayerSet(
    (DESIGN_ROUTES, SHARED_HAZARDS, BRANCHING_UNITS, BRANCH_LEGS),
    {
        "design_routes": (
            system_style(Symbol(BLACK, 0.7)),
            Style(
                "separation asked for",
                Symbol("#333333", 0.5),
                label="format_number(\"separation_asked_km\", 0) || ' km'",
                label_from_scale=1_500_000,
            ),
        ),
        "shared_hazards": (
            Style(
                "kind",
                Symbol(QUIET, 1.6),
                "kind",
                (
                    Category("anchor", "an anchor", Symbol(BLUE, 1.6)),
                    Category("earthquake", "an earthquake", Symbol(VERMILION, 1.6)),
                    Category("mud_volcano", "a mud volcano", Symbol("#8c510a", 1.6)),
                ),
                other="other",
            ),
        ),
        "branching_units": (
            Style(
                "way of joining",
                Symbol(PINK, 2.6, marker="triangle"),
                "way",
                (
                    Category("best place", "at the best place", Symbol(GREEN, 3.0, marker="triangle")),
                    Category("on the trunk", "on the trunk as it is", Symbol(ORANGE, 2.6, marker="triangle")),
                ),
                other="other",
                label="'BU'",
            ),
        ),
        "branch_legs": (
            Style(
                "way of joining",
                Symbol(QUIET, 0.6),
                "way",
                (
                    Category("best place", "by a unit at the best place", Symbol(GREEN, 0.8)),
                    Category("on the trunk", "by a unit on the trunk as it is", Symbol(ORANGE, 0.6, "dash")),
                    Category("separate", "by a cable of its own", Symbol(SKY, 0.6, "dot")),
                ),
                other="other",
            ),
        ),
    },
    (
        Group(
            "Systems planned together",
            ("branching_units", "branch_legs", "shared_hazards", "design_routes"),
            ("branching_units", "branch_legs"),
            order=70,
        ),
    ),
    {},
    order=10,
)
