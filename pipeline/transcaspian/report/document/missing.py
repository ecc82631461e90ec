"""What a desktop study should have and a run may not: what is missing, what for, and where it can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.report.document.blocks import Block, said
from transcaspian.report.document.desk_study import DeskStudy

GEOLOGICAL = ("mud_volcano", "sand_wave", "pockmark", "gas_seep", "shallow_gas", "mud_flow", "fault_line", "slide_scar")
GROUND = ("rock",)
ICE = ("ice_gouge",)
SHORE = ("surf_zone",)
SHIPPING = ("anchorage", "fairway", "ais_density", "dredged_channel", "dumping_ground", "port_limit", "fishing_effort")
OBSTACLES = ("wreck", "uxo")
INDUSTRY = (
    *("platform", "oil_gas_field", "suspended_well", "abandoned_well", "template", "trestle", "oil_terminal", "intake"),
    *("outfall", "wind_farm", "licence_block", "telecom_cable", "power_cable", "pipeline", "other"),
)
NATURE = (
    *("spawning_area", "marine_protected_area", "ramsar_site", "seal_site", "archaeology", "restricted_area"),
    *("military_area", "survey_area", "permit_zone"),
)
CHAPTER_OF_KIND = {
    kind: chapter
    for chapter, kinds in {
        "geohazards": GEOLOGICAL,
        "geology": GROUND,
        "metocean": (*ICE, *SHORE),
        "shipping": (*SHIPPING, *OBSTACLES),
        "assets": INDUSTRY,
        "environment": NATURE,
    }.items()
    for kind in kinds
}
"""The chapter in which each kind of hazard, constraint and asset is told: every kind has one."""


@dataclass(frozen=True)
class Gap:
    """Something that a run may lack.

    Attributes
    ----------
    is_there
        Whether the run has it.
    """

    chapter: str
    what: str
    where: str
    is_there: Callable[[DeskStudy], bool]


def has_layer(name: str) -> Callable[[DeskStudy], bool]:
    """Whether a layer has rows."""
    return lambda study: bool(len(study.rows(name)))


def has_kind(*kinds: str) -> Callable[[DeskStudy], bool]:
    """Whether the hazards or constraints of the study have one of these kinds."""
    return lambda study: any(
        bool(study.rows(layer)["kind"].isin(kinds).any())
        for layer in ("hazards", "constraints")
        if len(study.rows(layer))
    )


def has_analysis(name: str) -> Callable[[DeskStudy], bool]:
    """Whether the study asked this question."""
    return lambda study: name in study.page.results


def never(study: DeskStudy) -> bool:
    """The tool takes no such data: the client's own text says it."""
    return False


GAPS = (
    Gap(
        "route",
        "legs, cable, slack and protection by KP",
        "tables [engineering] of the study, then `transcaspian run`",
        has_layer("sld"),
    ),
    Gap(
        "system", "link budget and capacity", "table [link] of the study; the maker of the cable", has_analysis("link")
    ),
    Gap(
        "landings",
        "landing sheets",
        "tables [engineering] and [engineering.landing] of the study",
        has_layer("landing_sheets"),
    ),
    Gap(
        "landings",
        "site visits: beach, access, manhole, station, power, land tail",
        "a visit to each landing; the text of the client in this chapter",
        never,
    ),
    Gap(
        "geology",
        "soil along the route: type and strength of the seabed to the burial depth",
        "marine survey with CPT and cores; geological services and operators of offshore fields; "
        "[[burial.soil]] and [[burial.soil_logs]] of the study",
        has_analysis("burial"),
    ),
    Gap(
        "geohazards",
        "faults, slides, shallow gas and mud flows as mapped",
        "survey with sub-bottom profiler; site surveys of operators; [[constraints]] of these kinds",
        has_kind("fault_line", "slide_scar", "shallow_gas", "mud_flow"),
    ),
    Gap(
        "geohazards",
        "rates of damage by earthquakes and mud volcanoes",
        "table [risk] of the study",
        has_analysis("risk"),
    ),
    Gap(
        "metocean",
        "winds, waves, currents near the seabed and water levels by month",
        "hydrometeorological services of the states on the shore (for the Caspian Sea they work together in CASPCOM); "
        "reanalyses; moorings of operators",
        never,
    ),
    Gap(
        "metocean",
        "zones gouged by ice, and the depth of gouges",
        "survey of the shallow ends; charts of ice of the hydrometeorological services; a constraint of kind ice_gouge",
        has_kind(*ICE),
    ),
    Gap(
        "shipping",
        "traffic of ships by class along the route",
        "AIS of a year from a provider or a coastal authority; [[burial.traffic]] of the study",
        has_kind("ais_density", "fairway"),
    ),
    Gap(
        "shipping",
        "fishing by gear and season",
        "fishery authorities of the states; fishery liaison; a constraint of kind fishing_effort",
        has_kind("fishing_effort"),
    ),
    Gap(
        "shipping",
        "anchorages, port limits, dredged channels",
        "harbour masters; electronic charts; constraints of these kinds",
        has_kind("anchorage", "port_limit", "dredged_channel"),
    ),
    Gap(
        "shipping",
        "wrecks and unexploded ordnance",
        "hydrographic services; a magnetometer in the survey; constraints of these kinds",
        has_kind(*OBSTACLES),
    ),
    Gap(
        "assets",
        "as-laid positions of cables and pipelines, and their owners' consent",
        "operators of the assets named here; crossing agreements after ICPC Recommendation 3",
        never,
    ),
    Gap(
        "environment",
        "protected areas, spawning grounds and seal sites as areas",
        "environment authorities; constraints of these kinds",
        has_kind("marine_protected_area", "ramsar_site", "spawning_area", "seal_site"),
    ),
    Gap(
        "environment",
        "what states ask for",
        "table [permits.requirements] of the study; local agents",
        has_layer("permit_register"),
    ),
    Gap(
        "burial",
        "depth of lowering against what acts: anchors, fishing gear, ice",
        "table [burial] of the study with traffic and soil",
        has_analysis("burial"),
    ),
    Gap("risk", "expected faults and repairs", "table [risk] of the study", has_analysis("risk")),
    Gap("alternatives", "alternatives of the route", "table [alternatives] of the study", has_layer("alternatives")),
    Gap("alternatives", "how sure the route is", "table [robustness] of the study", has_analysis("robustness")),
    Gap(
        "installation",
        "scope of survey, vessels and their reach, calendar of the works",
        "tables of the study for survey, vessels and calendar; owners of vessels",
        lambda study: any(study.sections("installation")),
    ),
    Gap("cost", "cost by items", "table [prices] of the study: a cost book with sources", has_layer("bill")),
)
"""Chapter by chapter."""


def gaps_of(study: DeskStudy, chapter: str = "") -> list[Gap]:
    """What a run lacks, of one chapter or of all."""
    return [gap for gap in GAPS if chapter in ("", gap.chapter) and not gap.is_there(study)]


def missing(study: DeskStudy, chapter: str) -> Iterator[Block]:
    """What a chapter says of what it lacks."""
    for gap in gaps_of(study, chapter):
        yield said(f"{NOT_KNOWN.capitalize()}: {gap.what}. To be had from: {gap.where}.", "note")
