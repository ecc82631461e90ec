"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.installation.layers import NOT_REACHED, REACHED
from transcaspian.analyses.survey.layers import SURVEY_LINES, SURVEY_SECTIONS, SURVEY_STATIONS, SURVEY_WORK
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import BAD, BLUE, GOOD, QUIET, UNKNOWN_SYMBOL, Category, Group, Style, Symbol

LAYER_SET = LayerSet(
    (SURVEY_SECTIONS, SURVEY_LINES, SURVEY_STATIONS, SURVEY_WORK),
    {
        "survey_sections": (
            Style(
                "corridor",
                Symbol(QUIET, 0.3, fill="solid", opacity=0.25),
                "reached",
                (
                    Category(REACHED, REACHED, Symbol(GOOD, 0.3, fill="solid", opacity=0.25)),
                    Category(NOT_REACHED, NOT_REACHED, Symbol(BAD, 0.3, fill="solid", opacity=0.35)),
                ),
            ),
        ),
        "survey_lines": (Style("line", Symbol(BLUE, 0.2), label='"line"', label_from_scale=50_000),),
        "survey_stations": (
            Style(
                "station",
                UNKNOWN_SYMBOL,
                "reached",
                (
                    Category(REACHED, REACHED, Symbol(GOOD, 1.6)),
                    Category(NOT_REACHED, NOT_REACHED, Symbol(BAD, 1.6, marker="cross")),
                ),
            ),
        ),
        "survey_work": (Style("work", Symbol(QUIET, 0.4), label='"vessel"'),),
    },
    (
        Group(
            "Survey",
            ("survey_stations", "survey_lines", "survey_sections", "survey_work"),
            (),
            order=46,
            note="The corridor to survey, its lines and samples, and who reaches them.",
        ),
    ),
    {},
    order=26,
)
