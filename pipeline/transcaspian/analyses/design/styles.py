"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.design.layers import BRANCH_LEGS, BRANCHING_UNITS, DESIGN_ROUTES, SHARED_HAZARDS
from transcaspian.core.layer_catalogue import LayerSet
from transcaspian.core.styles import QUIET, Category, Group, Style, Symbol

LAYER_SET = LayerSet(
    (DESIGN_ROUTES, SHARED_HAZARDS, BRANCHING_UNITS, BRANCH_LEGS),
    {
        "design_routes": (
            Style("system", Symbol("#000000", 0.7), "system_id", by_system=True, other="other"),
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
                    Category("anchor", "an anchor", Symbol("#0072B2", 1.6)),
                    Category("earthquake", "an earthquake", Symbol("#D55E00", 1.6)),
                    Category("mud_volcano", "a mud volcano", Symbol("#8c510a", 1.6)),
                ),
                other="other",
            ),
        ),
        "branching_units": (
            Style(
                "way of joining",
                Symbol("#CC79A7", 2.6, marker="triangle"),
                "way",
                (
                    Category("best place", "at the best place", Symbol("#009E73", 3.0, marker="triangle")),
                    Category("on the trunk", "on the trunk as it is", Symbol("#E69F00", 2.6, marker="triangle")),
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
                    Category("best place", "by a unit at the best place", Symbol("#009E73", 0.8)),
                    Category("on the trunk", "by a unit on the trunk as it is", Symbol("#E69F00", 0.6, "dash")),
                    Category("separate", "by a cable of its own", Symbol("#56B4E9", 0.6, "dot")),
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
