"""Rules that contradict each other or their source are named, with what to change; the default study has none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import STUDY
from tests.unit.test_cable import legs_of, profile_of
from transcaspian.core.errors import StudyError
from transcaspian.engineering.cable import engineer_cable
from transcaspian.engineering.findings import slack_findings, too_slack_km
from transcaspian.runs.stages.run_findings import contradiction_findings
from transcaspian.runs.stages.run_notes import study_notes
from transcaspian.study import Study, load_study


def said(overrides: dict[str, Any]) -> list[str]:
    return [str(one) for one in load_study(STUDY, overrides).contradictions]


def test_the_default_study_agrees_with_itself() -> None:
    assert said({}) == []


@pytest.mark.parametrize(
    ("overrides", "says", "action"),
    [
        (
            {"engineering.slack.slack-ploughed.slack_percent": 1.5},
            "slack 1.5 % of rule `slack-ploughed` contradicts rule `plough`",
            "put a rule with methods",
        ),
        (
            {
                "engineering.slack.slack-ploughed.methods": ["jetting"],
                "engineering.slack.slack-deep.slack_percent": 2.0,
            },
            "slack 2 % of rule `slack-deep` contradicts rule `plough`, by which cable is ploughed there (at 600 m",
            "put a rule with methods",
        ),
        (
            {"engineering.burial.plough.to_depth_m": 1200.0},
            "rule `lwp-deep` lays LWP where rule `plough` ploughs (at 1,100 m of water)",
            "or give it armour",
        ),
        (
            {"engineering.cable_types.sa-buried.cable_type": "RA"},
            "rule `sa-buried` lays RA from 50 to 200 m of water and names no hazard: rock armour is for rock, surf",
            'name the hazard (near = ["rock"], within_km)',
        ),
        (
            {"engineering.cable_types.sa-steep.cable_type": "RA"},
            "rule `sa-steep` lays RA from 10 degrees and names no hazard",
            "SA or LWA where it is buried",
        ),
        ({"engineering.cable_types.da-unknown.cable_type": "RA"}, "rule `da-unknown` lays RA and names no", "name the"),
        (
            {"engineering.cable_types.ra-rock.near": ["crossing"]},
            "rule `ra-rock` lays RA and names no hazard",
            "name the hazard",
        ),
        (
            {"engineering.cable_types.sa-steep.cable_type": "LWP"},
            "rule `sa-steep` lays LWP where rule `surface-steep` leaves the cable on the seabed",
            "bury it there, or lay SA or LWA",
        ),
        (
            {"engineering.cable_types.lwa-ploughed.cable_type": "DA"},
            "rule `lwa-ploughed` lays DA at 600 m of water, deeper than `sa-buried` lays SA",
            "give the deeper water the lighter cable",
        ),
        (
            {"engineering.slack.slack-steep.slack_percent": 1.0},
            "slack 1 % of rule `slack-steep` on 8 degrees is less than the 1.5 % of `slack-surface` on flatter seabed",
            "give the steeper seabed at least as much slack",
        ),
        (
            {"engineering.slack.slack-surface.slack_percent": 0.2},
            "slack 0.2 % of rule `slack-surface` for cable on the seabed is less than the 0.5 % of `slack-ploughed`",
            "give cable that is laid on the seabed at least as much slack",
        ),
        ({"engineering.burial.plough.status": "REAL"}, "rule `plough` of engineering.burial is REAL", "write ASSUMED"),
        (
            {"engineering.slack.slack-steep.methods": ["trenching"], "engineering.landing.shore_end_method": "jetting"},
            "rule `slack-steep` of engineering.slack holds for trenching, which no rule of burial asks for",
            "add the rule of burial",
        ),
        (
            {"engineering.amplifiers.repeater_spacing_km": 120.0},
            "repeater_spacing_km is 120 km, and link.repeatered.span_budget_db of 18 dB reaches 103 km",
            "set it to 103 km less the land tails",
        ),
        ({"link.attenuation_db_per_km": 0.2}, "engineering.amplifiers.unrepeatered_km is 340 km", "raise the budget"),
    ],
)
def test_a_contradiction_is_named_with_what_to_change(overrides: dict[str, Any], says: str, action: str) -> None:
    study: Study = load_study(STUDY, overrides)
    (first, *_) = [str(one) for one in study.contradictions if says in one.sentence]
    assert action in first
    assert f"rules: {first}" in list(study_notes(study)), "`check` and the notes of a run name it"
    assert says in " ".join(one.sentence for one in contradiction_findings(study))


WHOLE = STUDY.parent / "digital_silk_way.toml"


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"link.group_index": 1.47}, "link.group_index is 1.47 and network.fibre.group_index 1.468: a line has two"),
        (
            {"risk.availability.anchor_drag_km": 5.0},
            "risk.availability.anchor_drag_km is 5 km and design.shared_hazards.anchor.drag_km 10 km",
        ),
        (
            {"risk.repair.spare_usd_per_km": 24500.0},
            "risk.repair.spare_usd_per_km is 24,500 and the base of prices.spare 12,500: a kilometre of spare cable",
        ),
        (
            {"risk.burial.plough-1.to_depth_m": 800.0},
            "rule `plough` of engineering.burial holds to 1,000 m of water, and `plough-1` of risk.burial to 800 m",
        ),
    ],
)
def test_tables_of_analyses_that_say_the_same_thing_twice_must_agree(overrides: dict[str, Any], says: str) -> None:
    assert load_study(WHOLE).contradictions == ()
    (found,) = load_study(WHOLE, overrides).contradictions
    assert says in found.sentence
    assert found.action.startswith("give both")


@pytest.mark.parametrize("name", ["unrepeatered_km", "ropa_from_terminal_km", "repeater_spacing_km"])
def test_a_reach_shorter_than_the_shortest_section_is_refused(name: str) -> None:
    with pytest.raises(StudyError, match=f"amplifiers.{name} 4.9 is shorter than the shortest section of cable"):
        load_study(STUDY, {f"engineering.amplifiers.{name}": 4.9})


def test_slack_on_cable_that_is_laid_on_the_seabed_contradicts_nothing() -> None:
    assert said({"engineering.slack.slack-deep.slack_percent": 3.0}) == []


def test_a_route_says_on_how_much_ploughed_cable_slack_is_too_much() -> None:
    rules = load_study(STUDY, {"engineering.slack.slack-ploughed.slack_percent": 1.5}).engineering
    assert rules is not None
    profile = profile_of([5.0] * 40 + [100.0] * 60 + [300.0] * 101, step_km=0.25)
    cable = engineer_cable(profile, {}, rules, legs_of([0.0, profile.length_km]))
    ploughed_km = sum(item.length_km for item in cable.burial if item.rule.method == "plough")
    assert too_slack_km(cable) == pytest.approx(ploughed_km, abs=0.5)
    (finding,) = slack_findings("a", cable)
    assert f"on {too_slack_km(cable):.1f} km of ploughed cable" in finding.sentence
    agreed = load_study(STUDY).engineering
    assert agreed is not None
    assert not list(slack_findings("a", engineer_cable(profile, {}, agreed, legs_of([0.0, profile.length_km]))))
