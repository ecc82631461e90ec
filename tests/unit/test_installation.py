"""Vessels, loads, joints and the calendar: against sums by hand, and a calendar of its own that walks day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import RAW, ROOT
from tests.unit.test_landing import route
from transcaspian.analyses.installation.access import Weight, by_vessel, joints_of, loads_of
from transcaspian.analyses.installation.calendar import Planned, plan, plan_together
from transcaspian.analyses.installation.charts import calendar_svg
from transcaspian.analyses.installation.config import PAID_BY_SPEED, Installation, Share
from transcaspian.analyses.installation.days import Days
from transcaspian.analyses.installation.findings import installation_findings
from transcaspian.analyses.installation.fleet import Fleet, check_fleet
from transcaspian.analyses.installation.readers import vessels_here
from transcaspian.analyses.installation.stage import (
    Installed,
    in_one_calendar,
    installed,
    joint_rows,
    load_rows,
    operation_rows,
    project_of,
    section_rows,
    vessel_rows,
    window_rows,
)
from transcaspian.analyses.installation.tasks import Part, Task, tasks_of
from transcaspian.analyses.installation.vessels import LAYING, Vessel, vessels_of
from transcaspian.analyses.installation.windows import Closed, closed_days, of_constraints
from transcaspian.core.errors import IngestError, StudyError
from transcaspian.core.findings import Finding
from transcaspian.core.linear_reference import range_at
from transcaspian.engineering import EngineeredRoute, Feature, Nearby, bill_of_route
from transcaspian.sources.datafile import DataFile
from transcaspian.study import Season, Study, load_study

SILK_WAY = ROOT / "studies" / "digital_silk_way.toml"
FILE = RAW / "vessels_caspian.csv"


@cache
def study() -> Study:
    return load_study(SILK_WAY)


@cache
def rules() -> Installation:
    """Of the study, with no window of its systems."""
    return study().required_table(Installation).model_copy(update={"windows": ()})


@cache
def fleet() -> Fleet:
    return Fleet(vessels_of(vessels_here(DataFile("vessels", FILE, "vessels"))), rules())


@cache
def base() -> EngineeredRoute:
    """133 km over a plane beach of 10 m per km from either shore."""
    return route(10.0)


def planned(*windows: Closed, of: Fleet | None = None) -> Installed:
    made = installed(study(), of or fleet(), "main", base())
    return (
        made if not windows else replace(made, planned=plan([one.task for one in made.planned], windows, "2027-04-01"))
    )


def window(closed: tuple[str, str], **changes: Any) -> Closed:
    """A window; days of every year where they have no year."""
    season = Season(from_day=closed[0], to_day=closed[1]) if len(closed[0]) == 5 else None
    dates = (None, None) if season else closed
    told = {"from_km": 0.0, "to_km": 1e9, "name": "w", "cause": "other", "phases": (), "source": "s", "status": "REAL"}
    return Closed(**{**told, "season": season, "from_on": dates[0], "to_on": dates[1], **changes})


# -- the table of vessels


def table(tmp_path: Path, text: str) -> DataFile:
    path = tmp_path / "vessels.csv"
    path.write_text(text, encoding="utf-8")
    return DataFile("vessels", path, "vessels")


HEAD = (
    "name,work,length_m,beam_m,draught_m,min_depth_m,max_depth_m,cable_capacity_t,dp,max_hs_m,access,port,source,status"
)
ROW = "A,barge; main lay,90,16,3.5,5,200,900,yes,2.5,resident,baku,a yard,REAL"


def test_a_vessel_is_read_as_it_stands_and_what_is_empty_is_not_known(tmp_path: Path) -> None:
    text = f"{HEAD}\n{ROW}\nB,survey,,,4.0,,,,,,resident,aktau,a yard,ASSUMED\n"
    first, second = vessels_of(vessels_here(table(tmp_path, text)))
    assert (first.works, first.draught_m, first.cable_capacity_t, first.dp) == (("barge", "main lay"), 3.5, 900.0, True)
    assert (first.row, second.row) == (2, 3)
    assert (second.min_depth_m, second.max_depth_m, second.length_m, second.dp) == (None,) * 4
    assert second.min_working_depth_m(2.0) == 6.0, "its draught and what it keeps under the keel"
    assert first.min_working_depth_m(2.0) == 5.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("draught_m,", "draft,", "has no column draught_m"),
        (",3.5,5,", ",,5,", "row 2, column draught_m: is empty: without a draught nothing says what water it needs"),
        (",3.5,5,", ",-3.5,5,", "row 2, column draught_m: `-3.5` is no number over 0"),
        (",3.5,5,", ",0,5,", "row 2, column draught_m: `0` is no number over 0"),
        (",3.5,5,", ",3.5 m,5,", "row 2, column draught_m: `3.5 m` is no number over 0"),
        (",3.5,5,", ",nan,5,", "row 2, column draught_m: `nan` is no number over 0"),
        (",5,200,", ",5,4,", "row 2, column max_depth_m: 4 is not more than min_depth_m"),
        ("barge; main lay", "tug", "row 2, column work: `tug` is none of survey, geotechnical, barge, shallow plough"),
        ("barge; main lay", "", "row 2, column work: `` is none of"),
        ("barge; main lay", "main lay;survey", "A"),
        ("resident", "Resident", "row 2, column access: `Resident` is none of resident, canal"),
        ("yes", "DP2", "row 2, column dp: `DP2` is none of yes, no"),
        ("a yard", "", "row 2, column source: is empty"),
        ("REAL", "TRUE", "row 2, column status: `TRUE` is none of REAL, DERIVED, ASSUMED"),
        (ROW, "", "has no vessel"),
        (ROW, f"{ROW}\n{ROW}", "row 3, column name: `A` stands in row 2 too"),
    ],
)
def test_a_wrong_table_is_one_sentence_with_file_row_and_column(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = table(tmp_path, f"{HEAD}\n{ROW}\n".replace(old, new))
    if said == "A":
        assert vessels_here(file)["count"] == 1
        return
    with pytest.raises(IngestError) as found:
        vessels_here(file)
    assert said in str(found.value)
    assert str(file.path) in str(found.value)
    assert "\n" not in str(found.value)


def one_vessel(**changes: Any) -> Vessel:
    told: dict[str, Any] = {"name": "A", "works": ("main lay",), "length_m": 141.0, "beam_m": 16.8, "draught_m": 3.6}
    told |= dict.fromkeys(("min_depth_m", "max_depth_m", "cable_capacity_t", "max_hs_m", "dp"))
    told |= {"access": "canal", "port": "baku", "source": "s", "status": "REAL", "row": 7}
    return Vessel(**told | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        (
            {"length_m": 141.1},
            "row 7, column length_m: `A` has 141.1 m and comes by Volga-Don canal, which takes 141 m",
        ),
        ({"beam_m": 16.9}, "row 7, column beam_m: `A` has 16.9 m and comes by Volga-Don canal, which takes 16.8 m"),
        ({"draught_m": 3.7}, "row 7, column draught_m: `A` has 3.7 m and comes by Volga-Don canal, which takes 3.6 m"),
        ({"beam_m": None}, "row 7, column beam_m: is empty: `A` comes by canal, which asks for it"),
        ({"length_m": 155.0, "beam_m": 32.0, "draught_m": 6.5, "access": "resident"}, ""),
        ({"port": "odesa"}, "row 7, column port: `odesa` is none of installation.ports: baku, sumgait"),
    ],
)
def test_a_vessel_beyond_the_canal_is_refused_unless_it_is_there(changes: dict[str, Any], said: str) -> None:
    of = Fleet((one_vessel(**changes),), rules())
    if not said:
        check_fleet(of, "vessels.csv")
        return
    with pytest.raises(StudyError) as found:
        check_fleet(of, "vessels.csv")
    assert f"vessels.csv, {said}" in str(found.value)


def test_a_phase_names_a_vessel_that_does_it() -> None:
    def with_vessel(kind: str, name: str) -> Fleet:
        phases = tuple(
            phase.model_copy(update={"vessel": name}) if phase.kind == kind else phase for phase in rules().phases
        )
        return Fleet(fleet().vessels, rules().model_copy(update={"phases": phases}))

    check_fleet(with_vessel("main lay", "Khankendi"), "v.csv")
    assert with_vessel("main lay", "Khankendi").for_phase("plough").name == "Khankendi"  # type: ignore[union-attr]
    assert with_vessel("plough", "Khankendi").for_phase("main lay").name != "Khankendi"  # type: ignore[union-attr]
    for kind, name in (("main lay", "Nonesuch"), ("shore ends", "Khankendi")):
        with pytest.raises(StudyError, match=f"`{kind}`: vessel = `{name}` is none of v.csv that does it"):
            check_fleet(with_vessel(kind, name), "v.csv")


# -- what water, which vessel, how much cable


def test_kilometres_by_vessel_are_those_of_the_plane_beach() -> None:
    found = by_vessel(base(), fleet())
    km = {work: sum(part.length_km for part in found if part.work == work) for work in LAYING}
    assert km["barge"] == pytest.approx(2 * 0.5, abs=0.3), "5 m of water, 10 m per km"
    assert km["shallow plough"] == pytest.approx(2 * 0.5, abs=0.3)
    sea_km = base().profile.length_km - sum(base().profile.ashore_km)
    assert sum(km.values()) == pytest.approx(sea_km, abs=0.3)
    assert [part.work for part in found] == ["barge", "shallow plough", "main lay", "shallow plough", "barge"]


def test_water_that_no_vessel_lays_in_is_a_finding_and_unknown_depth_is_not() -> None:
    shallow = Fleet(tuple(replace(one, max_depth_m=100.0) for one in fleet().vessels), rules())
    found = by_vessel(base(), shallow)
    short = [part for part in found if part.reached == "no vessel reaches it"]
    assert sum(part.length_km for part in short) == pytest.approx(base().profile.length_km - 20.0, abs=2.0)
    (finding,) = [one for one in findings(planned(of=shallow)) if one.kind == "no vessel lays here"]
    assert f"lays {sum(part.length_km for part in short):.1f} km" in finding.sentence
    depth_m = base().profile.depth_m.copy()
    depth_m[200:210] = np.nan
    unknown = replace(base(), profile=replace(base().profile, depth_m=depth_m))
    assert {part.reached for part in by_vessel(unknown, fleet())} == {"reached", "insufficient information"}


def test_the_weight_is_that_of_types_with_slack_by_hand() -> None:
    weight, cable = Weight.of(base(), rules()), base().cable
    by_hand = 0.0
    edges_km = np.unique([0.0, base().profile.length_km, *(s.from_km for s in (*cable.types, *cable.slack))])
    for from_km, to_km in pairwise(edges_km.tolist()):
        middle = (from_km + to_km) / 2
        kind, slack = range_at(cable.types, middle).rule.cable_type, range_at(cable.slack, middle).rule.slack_percent
        by_hand += (to_km - from_km) * (1 + slack / 100) * rules().make_of(kind).t_per_km
    assert weight.cable_t[-1] == pytest.approx(by_hand)
    assert weight.cable_km[-1] == pytest.approx(cable.length_km)
    assert weight.km_to(weight.kp_at_km(50.0)) == pytest.approx(50.0)


@pytest.mark.parametrize("capacity_t", [40.0, 123.4, 5000.0])
def test_loads_are_no_heavier_than_the_vessel_carries_and_make_up_the_cable(capacity_t: float) -> None:
    vessels = tuple(replace(one, cable_capacity_t=capacity_t) for one in fleet().vessels)
    of, weight = Fleet(vessels, rules()), Weight.of(base(), rules())
    stretches = by_vessel(base(), of)
    loads = list(loads_of(stretches, weight))
    assert max(load.cable_t for load in loads) <= capacity_t + 1e-6
    ends = weight.t_to(stretches[-1].to_km) - weight.t_to(stretches[0].from_km)
    assert sum(load.cable_t for load in loads) == pytest.approx(ends)
    main = [load for load in loads if load.work == "main lay"]
    assert len(main) == int(np.ceil(sum(load.cable_t for load in main) / capacity_t - 1e-9))
    assert [load.number for load in main] == list(range(1, len(main) + 1))


def test_loads_are_not_counted_where_the_capacity_is_not_known() -> None:
    vessels = tuple(replace(one, cable_capacity_t=None) for one in fleet().vessels)
    made = planned(of=Fleet(vessels, rules()))
    assert {load.number for load in made.loads} == {None}
    assert "loads not known" in {one.kind for one in findings(made)}


@pytest.mark.parametrize("max_piece_km", [7.0, 25.0, 1000.0])
def test_no_piece_is_longer_than_it_can_be_made_and_the_list_is_told_what_it_lacks(max_piece_km: float) -> None:
    makes = {kind: make.model_copy(update={"max_piece_km": max_piece_km}) for kind, make in rules().cable.items()}
    changed = rules().model_copy(update={"cable": makes})
    weight = Weight.of(base(), changed)
    loads = tuple(loads_of(by_vessel(base(), fleet()), weight))
    joints = joints_of(base(), changed, weight, loads)
    ends_km = [0.0, *(weight.km_to(joint.kp_km) for joint in joints), base().cable.length_km]
    assert max(b - a for a, b in pairwise(ends_km)) <= max_piece_km + 1e-6
    listed = sum(event.name == "JT" for at in base().rpl.positions for event in at.events)
    assert (
        sum(joint.kind == "transition" and joint.in_list for joint in joints) == listed == len(base().cable.types) - 1
    )
    assert not any(joint.in_list for joint in joints if joint.kind in ("load", "factory length"))
    made = planned(of=Fleet(fleet().vessels, changed))
    (finding,) = [one for one in findings(made) if one.kind == "joints not in the list"]
    assert finding.sentence.startswith(
        f"{sum(not joint.in_list for joint in made.joints)} of {len(made.joints)} joints"
    )


# -- days


def test_days_are_those_of_the_cost_book_and_sums_by_hand() -> None:
    prices = study().prices
    assert prices is not None
    tasks = tasks_of(base(), fleet(), prices, planned().loads)
    laying = [one for one in tasks if one.phase in PAID_BY_SPEED]
    (paid,) = [item.quantity for item in bill_of_route(prices, base()).items if item.item == "vessel, laying"]
    extra = sum(one.extra.base for one in laying)
    inspected = (
        sum(part.length_km for part in base().cable.burial if part.rule.method == "plough") / 30.0
    )  # of the study: kilometres of inspection a day
    assert sum(one.work.base for one in laying) == pytest.approx(paid + extra + inspected)
    for one in tasks:
        lost = one.weather_percent
        assert one.days.base == pytest.approx(one.work.base / (1 - lost.base / 100))
        assert one.days.low <= one.days.base <= one.days.high
        assert one.days.high == pytest.approx(one.work.high / (1 - lost.high / 100))


def test_every_kilometre_of_the_route_is_in_one_phase_that_lays_it() -> None:
    prices = study().prices
    assert prices is not None
    covered = [
        part.length_km
        for phase in rules().phases
        if phase.kind in PAID_BY_SPEED
        for one in tasks_of(base(), Fleet(fleet().vessels, rules().model_copy(update={"phases": (phase,)})), prices, ())
        for part in one.parts
    ]
    ploughed = sum(part.length_km for part in base().cable.burial if part.rule.method == "plough")
    assert sum(covered) == pytest.approx(base().profile.length_km + ploughed), "ploughed ones are inspected too"


# -- the calendar


SEASONS = st.tuples(st.integers(1, 12), st.integers(1, 28), st.integers(1, 200))
NO_WEATHER = Share(low=0.0, base=0.0, high=0.0)


def task_of(parts: list[tuple[float, float, float]], phase: str = "plough", start_on: str = "") -> Task:
    """A task over stretches with their days of work."""
    made = tuple(Part(a, b, Days(days, days, days)) for a, b, days in parts)
    return Task(phase, None, made, Days(), NO_WEATHER, 1.0, "km", "s", "REAL", start_on)


def season_of(month: int, day: int, days: int) -> tuple[str, str]:
    first = date(2001, month, day)
    return f"{first:%m-%d}", f"{first + timedelta(days):%m-%d}"


def is_closed(one: Closed, day: date) -> bool:
    """By comparing texts of the calendar, one day at a time."""
    if one.season is None:
        return (one.from_on or "0000") <= str(day) <= (one.to_on or "9999")
    a, b, d = one.season.from_day, one.season.to_day, f"{day:%m-%d}"
    return a <= d <= b if a <= b else d >= a or d <= b


def places_on(item: Planned, number: int) -> list[tuple[float, float]]:
    """Where a task is at work on one of its days, by its share of all days of work."""
    length, total = len(item.worked_on), item.task.work.base
    begins, ends = number / length * total, (number + 1) / length * total
    found, done = [], 0.0
    for part in item.task.parts:
        days = part.days.base
        a, b = max(begins, done), min(ends, done + days)
        if a < b - 1e-9:
            scale = part.length_km / days
            found.append((part.from_km + (a - done) * scale, part.from_km + (b - done) * scale))
        done += days
    return found


def conflicts(item: Planned, windows: tuple[Closed, ...]) -> dict[str, int]:
    """Days on which a task is at work well inside of a closed window."""
    found: dict[str, int] = {}
    for number, day in enumerate(item.worked_on):
        for one in windows:
            inside = any(a < one.to_km - 0.01 and b > one.from_km + 0.01 for a, b in places_on(item, number))
            if one.closes(item.task.phase) and inside and is_closed(one, day):
                found[one.name] = found.get(one.name, 0) + 1
    return found


@settings(max_examples=60)
@given(
    st.lists(st.tuples(SEASONS, st.floats(0, 90), st.floats(5, 60)), max_size=4),
    st.lists(st.floats(1, 70), min_size=1, max_size=4),
    st.sampled_from(["2027-04-01", "2028-02-28", "2026-12-30"]),
)
def test_no_task_is_at_work_in_a_closed_window(
    given_windows: list[tuple[tuple[int, int, int], float, float]], days: list[float], start_on: str
) -> None:
    windows = tuple(
        window(season_of(*season), name=f"w{number}", from_km=from_km, to_km=from_km + length_km)
        for number, (season, from_km, length_km) in enumerate(given_windows)
    )
    tasks = [task_of([(0.0, 40.0, one / 2), (50.0, 100.0, one / 2)]) for one in days]
    found = plan(tasks, windows, start_on)
    last = date.fromisoformat(start_on) - timedelta(1)
    for item, asked in zip(found, days, strict=True):
        if not item.worked_on:  # then a window of theirs has every day of the year
            break
        assert conflicts(item, windows) == {}
        assert len(item.worked_on) == int(np.ceil(asked - 1e-9))
        assert list(item.worked_on) == sorted(set(item.worked_on))
        assert item.worked_on[0] > last
        last = item.worked_on[-1]
        assert bool(item.interruptions) <= bool(item.waits_for)


@settings(max_examples=40)
@given(SEASONS, st.floats(1, 60), st.integers(0, 364))
def test_a_fixed_start_stands_and_what_it_breaks_is_counted(
    season: tuple[int, int, int], days: float, later: int
) -> None:
    closed = window(season_of(*season), from_km=20.0, to_km=70.0)
    start = str(date(2027, 1, 1) + timedelta(later))
    (item,) = plan([task_of([(0.0, 100.0, days)], start_on=start)], (closed,), "2027-01-01")
    assert str(item.starts_on) == start
    wanted = conflicts(item, (closed,))
    told = dict(item.breaks)
    assert abs(told.get("w", 0) - wanted.get("w", 0)) <= 2, "the days on which it passes the edges"
    assert (not told) == (not wanted) or max(told.get("w", 0), wanted.get("w", 0)) <= 2


def test_a_window_over_the_turn_of_the_year_closes_both_sides_of_it() -> None:
    winter = window(("11-15", "03-31"))
    (item,) = plan([task_of([(0.0, 10.0, 5.0)])], (winter,), "2027-11-12")
    assert (str(item.starts_on), str(item.ends_on), item.waits_for) == ("2028-04-01", "2028-04-05", ("w",))
    (item,) = plan([task_of([(0.0, 10.0, 3.0)])], (winter,), "2027-11-12")
    assert (str(item.starts_on), str(item.ends_on), item.waits_for) == ("2027-11-12", "2027-11-14", ())


@pytest.mark.parametrize(
    ("closed", "year", "open_days"),
    [
        (("02-29", "02-29"), 2028, 365),
        (("02-29", "02-29"), 2027, 365),
        (("12-01", "02-29"), 2027, 275),
        (("12-01", "02-29"), 2028, 275),
        (("02-29", "03-31"), 2027, 334),
        (("02-29", "03-31"), 2028, 334),
    ],
)
def test_the_29th_of_february_is_a_day_in_the_years_that_have_it(
    closed: tuple[str, str], year: int, open_days: int
) -> None:
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    found = closed_days(*closed, date(year, 1, 1), days)
    assert days - int(found.sum()) == open_days


def test_a_task_longer_than_the_open_days_waits_between_and_says_so() -> None:
    closed = window(("09-01", "06-30"), from_km=0.0)
    (item,) = plan([task_of([(0.0, 100.0, 80.0)])], (closed,), "2027-01-01")
    assert len(item.worked_on) == 80
    assert (str(item.starts_on), str(item.ends_on)) == ("2027-07-01", "2028-07-18")
    assert (item.interruptions, item.waits_for) == (1, ("w",))


def test_windows_that_leave_no_day_end_the_plan_and_are_named() -> None:
    halves = (window(("01-01", "06-30"), name="a"), window(("07-01", "12-31"), name="b", from_km=50.0, to_km=60.0))
    made = planned(*halves)
    assert [bool(item.worked_on) for item in made.planned if item.task.phase == "plough"] == [False]
    ended = next(item for item in made.planned if not item.worked_on)
    assert set(ended.waits_for) == {"a", "b"}
    (finding,) = [one for one in findings(made) if one.kind == "no day left"]
    assert finding.severity == "critical"
    assert "`a`, `b` leave no day for" in finding.sentence


def test_windows_close_what_they_name_and_those_of_the_canal_only_the_passage() -> None:
    canal, harbour = window(("01-01", "12-30"), cause="canal"), window(("01-01", "12-30"), phases=("loading",))
    whole = window(("01-01", "12-30"))
    assert [one.closes("passage") for one in (canal, harbour, whole)] == [True, False, False]
    assert [one.closes("loading") for one in (canal, harbour, whole)] == [False, True, False]
    assert [one.closes("plough") for one in (canal, harbour, whole)] == [False, False, True]


def test_a_vessel_by_canal_comes_before_the_work_and_leaves_after_it_while_the_canal_is_open() -> None:
    made = planned()
    first, *work, last = made.planned
    assert first.task.phase == last.task.phase == "passage"
    assert first.task.vessel is not None
    assert first.task.vessel.name == "Shallow-draught plough barge"
    assert first.worked_on[-1] < min(item.worked_on[0] for item in work)
    late = plan([item.task for item in made.planned], made.windows, "2027-11-28")
    assert str(late[0].starts_on) == "2028-03-24", "15 days do not fit before the canal closes on 7 December"
    assert late[0].waits_for == ("Volga-Don canal",)


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.tuples(st.floats(1, 50), st.integers(0, 2)), min_size=1, max_size=4), min_size=1, max_size=3),
    st.lists(st.tuples(SEASONS, st.floats(0, 90), st.floats(5, 60)), max_size=2),
)
def test_in_one_calendar_no_vessel_is_at_two_places_and_no_system_works_in_a_closed_window(
    asked: list[list[tuple[float, int]]], given_windows: list[tuple[tuple[int, int, int], float, float]]
) -> None:
    vessels = fleet().vessels
    windows = tuple(
        window(season_of(*season), name=f"w{number}", from_km=from_km, to_km=from_km + length_km)
        for number, (season, from_km, length_km) in enumerate(given_windows)
    )
    systems = {
        f"s{number}": ([replace(task_of([(0.0, 100.0, days)]), vessel=vessels[at]) for days, at in tasks], windows)
        for number, tasks in enumerate(asked)
    }
    found = plan_together(systems, "2027-04-01")
    days: dict[tuple[str, date], str] = {}
    for name, (tasks, _) in systems.items():
        assert [item.task for item in found[name]] == tasks
        worked = [item for item in found[name] if item.worked_on]
        assert worked == list(found[name][: len(worked)]), "after one that has no day left none has"
        for before, item in pairwise(worked):
            assert before.worked_on[-1] < item.worked_on[0]
        for item in worked:
            assert conflicts(item, windows) == {}
            for on in item.worked_on:
                assert item.task.vessel is not None
                assert days.setdefault((item.task.vessel.name, on), name) == name
    if len(systems) == 1:
        assert found["s0"] == plan(systems["s0"][0], windows, "2027-04-01")


def test_in_one_calendar_vessels_pass_the_canal_once_and_alternatives_are_in_none() -> None:
    alone = [replace(planned(), system_id=name) for name in ("main", "main-2023", "turkmen")]
    main, former, turkmen = in_one_calendar(alone, {"main": "", "main-2023": "main", "turkmen": ""}, "2027-04-01")
    assert former.together == ()
    assert main.together[0] is turkmen.together[0]
    assert main.together[-1] is turkmen.together[-1]
    came, left = main.together[0].worked_on[-1], main.together[-1].worked_on[0]
    assert all(came < on < left for one in (main, turkmen) for item in one.together[1:-1] for on in item.worked_on)
    assert plan_together({"main": ([item.task for item in main.planned], main.windows)}, "2027-04-01") == {
        "main": main.planned
    }
    project = project_of([main, former, turkmen])
    assert project is not None
    assert project["systems"] == ["main", "turkmen"]
    last = [one.planned[-2].ends_on for one in (main, turkmen)]
    assert max(str(one) for one in last) <= project["ends_on"], "what shares vessels takes no less than each alone"
    (one,) = in_one_calendar(alone[:1], {"main": ""}, "2027-04-01")
    assert one.together == ()


def test_constraints_with_a_season_close_the_stretches_that_they_touch() -> None:
    def near(from_km: float, verdict: str, constraint_id: str = "spawn") -> Nearby:
        feature = Feature("f", "f", "spawning_area", base().lonlat, 0.0, 10.0, constraint_id=constraint_id)  # type: ignore[arg-type]
        return Nearby(from_km, from_km + 5.0, feature, "f", 0.0, from_km, verdict)  # type: ignore[arg-type]

    constraint = {
        "id": "spawn", "kind": "spawning_area", "data": {"path": "a.gpkg", "citation": "c"},
        "season": {"from_day": "04-01", "to_day": "07-15"}, "source": "s", "status": "REAL",
    }  # fmt: skip
    asked = load_study(SILK_WAY, {"constraints": [constraint]})
    told = replace(base(), nearby=(near(10.0, "inside"), near(30.0, "clear"), near(50.0, "inside", "other")))
    (found,) = of_constraints(asked, told)
    assert (found.from_km, found.to_km, found.cause, found.told) == (10.0, 15.0, "spawning_area", ("04-01", "07-15"))
    made = installed(asked, fleet(), "main", told)
    assert "spawn" in {name for item in made.planned for name in item.waits_for}


# -- what a study is refused for


def refused(**changes: Any) -> str:
    with pytest.raises(StudyError) as found:
        load_study(SILK_WAY, {f"installation.{key.replace('__', '.')}": value for key, value in changes.items()})
    return str(found.value)


WINDOW = {"id": "a", "cause": "ice", "source": "s", "status": "ASSUMED"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"windows": [WINDOW | {"closed": {"from_day": "01-01", "to_day": "12-31"}}]}, "`a` leave no day for `route"),
        (
            {
                "windows": [
                    WINDOW | {"closed": {"from_day": "10-01", "to_day": "05-31"}, "systems": ["turkmen"]},
                    WINDOW | {"id": "b", "closed": {"from_day": "05-15", "to_day": "09-30"}, "from_kp_km": 100.0},
                ]
            },
            "`a`, `b` leave no day for `route clearance` on KP 100 to its end of turkmen",
        ),
        ({"windows": [WINDOW | {"from_on": "2027-01-01"}]}, "`a` leave no day for"),
        ({"windows": [WINDOW | {"closed": {"from_day": "02-30", "to_day": "03-01"}}]}, "02-30 is no day of any year"),
        ({"windows": [WINDOW | {"from_on": "2027-02-29"}]}, "2027-02-29 is no day of the calendar"),
        ({"windows": [WINDOW]}, "give one of `closed` (days of every year) and `from_on` or `to_on`"),
        ({"windows": [WINDOW | {"from_on": "2028-01-01", "systems": ["mane"]}]}, "`a` names system `mane`"),
        ({"canal__closed": {"from_day": "01-01", "to_day": "12-31"}}, "leaves no day of the year for a passage"),
        ({"start_on": "2027-13-01"}, "2027-13-01 is no day of the calendar"),
        ({"ports": []}, "installation.ports"),
    ],
)
def test_windows_and_days_that_cannot_be_are_one_sentence(changes: dict[str, Any], said: str) -> None:
    assert said in refused(**changes)


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("crossings", {"per_day": {"low": 0.0, "base": 1.0, "high": 2.0}}, "greater than 0"),
        ("plough", {"speed_factor": {"low": 1.0, "base": 0.5, "high": 2.0}}, "do not ascend"),
        (
            "plough",
            {"per_day": {"low": 1.0, "base": 1.0, "high": 2.0}},
            "the speed of `plough` stands in prices.burial",
        ),
        (
            "loading",
            {"speed_factor": {"low": 1.0, "base": 1.0, "high": 2.0}},
            "`loading` has no speed in prices.burial",
        ),
        ("plough", {"weather_percent": {"low": 1.0, "base": 50.0, "high": 100.0}}, "less than 100"),
    ],
)
def test_rates_that_cannot_be_are_one_sentence(kind: str, change: dict[str, Any], said: str) -> None:
    phases = [phase.model_dump(mode="json", exclude_none=True) for phase in rules().phases]
    text = refused(phases=[phase | change if phase["kind"] == kind else phase for phase in phases])
    assert said in text
    assert "installation.phases" in text


def test_a_phase_that_is_left_out_is_not_forgotten() -> None:
    phases = [phase.model_dump(mode="json", exclude_none=True) for phase in rules().phases if phase.kind != "plough"]
    assert "installation.phases has no `plough`: add it" in refused(phases=phases)


# -- findings, rows and the picture


def findings(made: Installed) -> list[Finding]:
    return list(installation_findings(made, fleet(), study()))


def test_a_plan_that_breaks_a_window_says_which_and_when() -> None:
    phases = tuple(
        phase.model_copy(update={"start_on": "2027-12-20"}) if phase.kind == "plough" else phase
        for phase in rules().phases
    )
    winter = {"id": "winter", "cause": "weather", "closed": {"from_day": "12-01", "to_day": "02-29"}}
    of = rules().model_copy(update={"phases": phases})
    asked = Installation.model_validate({**of.model_dump(), "windows": (winter | {"source": "s", "status": "REAL"},)})
    made = planned(of=Fleet(fleet().vessels, asked))
    (finding,) = [one for one in findings(made) if one.kind == "plan breaks a window"]
    assert finding.severity == "major"
    assert "plough from 2027-12-20 to" in finding.sentence
    assert "`winter` on" in finding.sentence


def test_the_bill_and_the_plan_are_held_against_each_other() -> None:
    made = planned()
    days = sum(item.task.days.base for item in made.planned if item.task.phase != "passage")
    told = [one for one in findings(replace(made, bill_days=1.0)) if one.kind == "days of the bill"]
    assert f"the plan takes {days:.0f} (" in told[0].sentence
    assert not [one for one in findings(replace(made, bill_days=days)) if one.kind == "days of the bill"]


def test_a_lay_vessel_that_needs_more_water_than_the_list_gives_it_is_named() -> None:
    deep = tuple(replace(one, min_depth_m=14.0) if "main lay" in one.works else one for one in fleet().vessels)
    of = Fleet(deep, rules())
    found = list(installation_findings(planned(of=of), of, study()))
    (finding,) = [one for one in found if one.kind == "lay vessel needs more water"]
    assert "works from 14 m of water, and the list has the main lay begin in 10 m" in finding.sentence


def test_rows_have_all_their_columns_and_costs_are_days_times_the_price_of_the_book() -> None:
    made, prices = planned(window(("12-01", "02-29"))), study().prices
    assert prices is not None
    rows = list(operation_rows(made, prices, "ASSUMED"))
    for row in rows:
        if row["phase"] == "passage":
            assert row["cost_base_usd"] is None
            continue
        assert row["cost_base_usd"] == pytest.approx(row["days_base"] * prices.vessel_day.base, abs=0.005)
        assert row["cost_high_usd"] == pytest.approx(row["days_high"] * prices.vessel_day.high, abs=0.005)
        assert row["starts_on"] <= row["ends_on"] <= row["latest_end_on"]
        assert row["windows"] == "respected"
    assert len(vessel_rows(fleet())) == len(fleet().vessels)
    for found in (section_rows(made, fleet()), load_rows(made, fleet()), joint_rows(made)):
        assert list(found)
    assert [row["window"] for row in window_rows(made)] == ["Volga-Don canal"]


def test_the_picture_has_a_bar_for_every_operation_and_every_closed_day() -> None:
    made, prices = planned(), study().prices
    assert prices is not None
    closed = replace(made, windows=(window(("12-01", "02-29"), name="winter"),))
    rows = list(operation_rows(closed, prices, "ASSUMED"))
    svg = calendar_svg("main", 1, rows, list(window_rows(closed)))
    drawn = {group.get("data-operation") for group in svg.iter("g") if group.get("class") == "operation"}
    assert drawn == {row["operation_id"] for row in rows}
    texts = " ".join(text.text or "" for text in svg.iter("text"))
    assert "plough" in texts
    assert "closed: winter" in texts
    assert ET.tostring(svg)
    assert calendar_svg("main", 1, [], []) is not None


def test_a_study_that_extends_gives_a_table_of_its_own_in_place_of_the_registered_one(tmp_path: Path) -> None:
    vessels = 'vessels = { path = "mine.csv", citation = "quotations" }'
    text = f'extends = "{SILK_WAY.as_posix()}"\n[installation]\n{vessels}\n'
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    asked = load_study(tmp_path / "study.toml").required_table(Installation)
    assert (asked.vessels.path, asked.vessels.registry) == ("mine.csv", None)
    assert len(asked.phases) == 8
