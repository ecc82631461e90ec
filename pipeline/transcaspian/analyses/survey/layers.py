"""The layers of the analysis and their columns."""

from __future__ import annotations

from typing import Literal, get_args

from transcaspian.analyses.installation import layers as installation
from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer

Surveyed = Literal["shore", "lines", "samples", "crossing"]
SURVEYED: tuple[Surveyed, ...] = get_args(Surveyed)

define(
    Field("survey_section_id", "str", "identifier: system and number", required=True),
    Field("surveyed", "str", "beach and shore end, lines at sea, samples, crossings", choices=SURVEYED, required=True),
    Field("width_m:corridor", "float", "of the corridor, half to either side of the route", "m"),
    Field("sensors", "str", "what is run along the lines"),
    Field("swath_m", "float", "narrowest swath of them at the smallest depth; empty: depth not known", "m"),
    Field("spacing_m:lines", "float", "between neighbouring lines; empty: one line, or depth not known", "m"),
    Field("lines", "int", "lines side by side; empty: insufficient information", "1"),
    Field("line_km:survey", "float", "length of all lines; empty: insufficient information", "km"),
    Field("survey_line_id", "str", "identifier: section and line", required=True),
    Field("line:survey", "int", "number from port", "1"),
    Field("offset_m:survey", "float", "from the route, starboard positive", "m"),
    Field("station_id", "str", "identifier: system, kind and number", required=True),
    Field("samples:survey", "str", "which samples of the study, or the id of what is crossed", required=True),
    Field("survey_work_id", "str", "identifier: system, work and vessel", required=True),
    Field("stations", "int", "samples or crossings", "1"),
)
REACHED = installation.REACHED

SURVEY_SECTIONS = Layer(
    "survey_sections",
    "Polygon",
    "the survey corridor of each route, section by section: width, lines, vessel, and where none is there",
    columns(
        """survey_section_id system_id surveyed from_kp_km to_kp_km length_km min_depth_m max_depth_m width_m:corridor
        area_km2 sensors swath_m spacing_m:lines lines line_km:survey vessel access reached days_low days_base
        days_high source status"""
    ),
    key="survey_section_id",
    asked_by="survey",
)
SURVEY_LINES = Layer(
    "survey_lines",
    "LineString",
    "survey lines of each section, beside each other along the route",
    columns(
        """survey_line_id survey_section_id system_id line:survey offset_m:survey from_kp_km to_kp_km length_km vessel
        reached status"""
    ),
    key="survey_line_id",
    asked_by="survey",
)
SURVEY_STATIONS = Layer(
    "survey_stations",
    "Point",
    "where samples are taken, and crossings to inspect",
    columns("station_id system_id surveyed samples:survey kp_km depth_m vessel access reached source status"),
    key="station_id",
    asked_by="survey",
)
SURVEY_WORK = Layer(
    "survey_work",
    "LineString",
    "the survey of each route by vessel: kilometres, stations and days",
    columns(
        """survey_work_id system_id surveyed vessel access reached length_km line_km:survey stations days_low days_base
        days_high source status"""
    ),
    key="survey_work_id",
    asked_by="survey",
)
