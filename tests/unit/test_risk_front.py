"""Armour and burial along a line, and the front of cost against faults: against brute force over all choices."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import STUDY
from transcaspian.analyses.risk.cells import Planner, survey_cells
from transcaspian.analyses.risk.choice import cheapest_choice
from transcaspian.analyses.risk.config import RiskRules
from transcaspian.analyses.risk.front import Point, trace_front
from transcaspian.analyses.risk.ledger import SurveyedLine, ledger_of, step_costs, survey_line
from transcaspian.analyses.risk.protection import annuity, feasible, options_of, repairs_at
from transcaspian.analyses.risk.rates import Places, model_hazard
from transcaspian.core.errors import RiskError
from transcaspian.core.grid import Grid
from transcaspian.engineering import seabed_profile
from transcaspian.engineering.rule_sections import divided
from transcaspian.routing import RoutingProblem, ShoreLanding, route_between
from transcaspian.study import load_study

RISK = load_study(STUDY.parent / "digital_silk_way.toml").risk
assert RISK is not None
CAUSES = ("anchoring", "fishing", "other")
OPTIONS = options_of(RISK, CAUSES, 24_500.0)


def is_allowed(sequence: tuple[int, ...], least: int) -> bool:
    """Whether all runs are long enough."""
    edges = [0, *[i for i in range(1, len(sequence)) if sequence[i] != sequence[i - 1]], len(sequence)]
    return all(after - first >= min(least, len(sequence)) for first, after in pairwise(edges))


def best_by_force(cost: np.ndarray, least: tuple[int, int]) -> float:
    """The least cost of all sequences of pairs with runs long enough; inf where there is none."""
    steps, firsts, seconds = cost.shape
    each = np.arange(steps)
    first = [np.array(one) for one in product(range(firsts), repeat=steps) if is_allowed(one, least[0])]
    second = np.array([one for one in product(range(seconds), repeat=steps) if is_allowed(one, least[1])])
    return min(float(cost[each, one][each, second].sum(axis=1).min()) for one in first)


@settings(max_examples=60)
@given(
    st.integers(1, 6), st.integers(1, 3), st.integers(1, 2), st.integers(1, 4), st.integers(1, 4), st.integers(0, 9999)
)
def test_no_choice_with_runs_as_long_is_cheaper(
    steps: int, firsts: int, seconds: int, min_first: int, min_second: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    cost = random.integers(1, 9, (steps, firsts, seconds)).astype(float)
    cost[random.random(cost.shape) < 0.15] = np.inf
    expected = best_by_force(cost, (min_first, min_second))
    if not np.isfinite(expected):
        with pytest.raises(RiskError, match=r"can be laid along all of the line in runs as long"):
            cheapest_choice(cost, (min_first, min_second))
        return
    choice = cheapest_choice(cost, (min_first, min_second))
    assert cost[np.arange(steps), choice[:, 0], choice[:, 1]].sum() == pytest.approx(expected)
    assert is_allowed(tuple(choice[:, 0]), min_first)
    assert is_allowed(tuple(choice[:, 1]), min_second)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=25), st.integers(1, 6))
def test_ordered_rules_are_divided_as_the_engineer_divides_them(required: list[int], least: int) -> None:
    """With prices that are the same on every step, and lighter options closed, it is the division of `cable`."""
    weight = np.array([0.0, 1.0, 2.5, 4.0])
    cost = np.where(np.arange(4) >= np.array(required)[:, np.newaxis], weight, np.inf)[:, :, np.newaxis]
    runs = divided(np.array(required), weight, least)
    expected = sum((after - first) * weight[level] for first, after, level in runs)
    choice = cheapest_choice(cost, (least, 1))[:, 0]
    assert weight[choice].sum() == pytest.approx(expected)


def test_of_equal_choices_the_one_with_fewest_changes_is_taken() -> None:
    assert (cheapest_choice(np.ones((30, 3, 2)), (1, 1)) == cheapest_choice(np.ones((30, 3, 2)), (1, 1))[0]).all()


# the front


def line_of(rates: np.ndarray, **changes: np.ndarray) -> SurveyedLine:
    """A line of steps of 2 km with these rates of a bare cable, shape ``(causes, steps)``."""
    steps = rates.shape[1]
    given_or = {
        "may_lie": np.ones((*OPTIONS.shape, steps), bool),
        "paid_usd_per_km": np.zeros(steps),
        "repair_days": np.full((OPTIONS.shape[1], steps), 25.0),
        "repair_usd": np.full((OPTIONS.shape[1], steps), 1.2e6),
    } | changes
    return SurveyedLine(np.arange(steps + 1) * 2.0, rates, np.nan_to_num(rates, nan=0.004), **given_or)


def vertices(values: np.ndarray) -> list[tuple[float, float]]:
    """Corners of the lower left of the convex hull of points ``(n, 2)``: GEOS's hull of them and of two far away."""
    far = values.max(axis=0) * 1e6
    beyond = np.array([[far[0], values[:, 1].min()], [values[:, 0].min(), far[1]], far])
    # both axes alike, so that no corner is lost to rounding
    scale = values.max(axis=0)
    hull = shapely.convex_hull(shapely.multipoints(np.vstack([values, beyond]) / scale))
    corners = shapely.get_coordinates(hull) * scale
    return [(float(cost), float(faults)) for cost, faults in corners if cost <= scale[0] * 2 and faults <= scale[1] * 2]


def solver(values: np.ndarray):  # type: ignore[no-untyped-def]
    def solve(price: float) -> Point[int]:
        at = int((values[:, 0] + price * values[:, 1]).argmin())
        return Point(float(values[at, 0]), float(values[at, 1]), price, at)

    return solve


@given(st.integers(1, 40), st.integers(0, 10_000))
def test_the_front_of_any_solutions_has_all_corners_of_their_hull(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = np.column_stack([random.uniform(1e6, 2e6, count), random.uniform(0.1, 1.0, count)]).round(4)
    front = trace_front(solver(values), 100, 1e-9)
    found = [(point.cost, point.faults) for point in front.points]
    for vertex in vertices(values):
        assert np.isclose(np.array(found), vertex, rtol=1e-9).all(axis=1).any()
    assert front.gap <= 1e-9
    for cost, faults in found:
        assert not ((values[:, 0] <= cost) & (values[:, 1] <= faults) & (values != [cost, faults]).any(axis=1)).any()


def test_the_gap_says_how_far_a_coarse_front_may_be_off() -> None:
    angle = np.linspace(0, np.pi / 2, 400)
    values = np.column_stack([2e6 - 1e6 * np.sin(angle), 1.0 - 0.9 * np.cos(angle)])[::-1]
    for most in (4, 6, 9):
        front = trace_front(solver(values), most, 1e-9)
        assert front.solved == most
        cost = np.array([point.cost for point in front.points])
        faults = np.array([point.faults for point in front.points])
        extent = np.array([np.ptp(cost), np.ptp(faults)])
        corners = np.column_stack([cost, faults]) / extent
        legs = [shapely.LineString(pair) for pair in pairwise(corners)]
        hull = shapely.MultiLineString(legs)
        assert shapely.distance(hull, shapely.points(values / extent)).max() <= front.gap + 1e-9
    assert front.gap < 0.05


def test_the_knee_is_farthest_from_the_chord() -> None:
    values = np.array([[1.0, 10.0], [1.2, 3.0], [2.0, 2.0], [5.0, 1.0]]) * [1e6, 0.1]
    front = trace_front(solver(values), 50, 1e-6)
    assert front.points[front.knee].found == 1
    assert trace_front(solver(values[:1]), 50, 1e-6).knee == 0


def test_without_faults_the_front_is_the_cheapest() -> None:
    front = trace_front(solver(np.array([[5.0, 0.0], [6.0, 0.0]])), 50, 1e-6)
    assert [point.cost for point in front.points] == [5.0]


@settings(max_examples=20)
@given(st.integers(0, 500))
def test_a_toy_line_has_the_front_of_all_choices_of_its_segments(seed: int) -> None:
    """Two armours, two burials, four segments: all 256 choices by force."""
    random = np.random.default_rng(seed)
    rates = random.uniform(0, 0.005, (3, 4))
    few = options_of(
        RISK.model_copy(update={"armour": (RISK.armour[1], RISK.armour[2]), "burial": RISK.burial[:2]}),
        CAUSES,
        24_500.0,
    )
    line = line_of(rates, may_lie=np.ones((2, 2, 4), bool), repair_days=np.ones((2, 4)), repair_usd=np.ones((2, 4)))
    every = [np.array(one).reshape(4, 2) for one in product(range(2), repeat=8)]
    sums = [ledger_of(line, few, one).account() for one in every]
    values = np.array([[item.cost_usd, item.at_most] for item in sums])

    def solve(price: float) -> Point[None]:
        choice = cheapest_choice(step_costs(line, few, price), (1, 1))
        account = ledger_of(line, few, choice).account()
        return Point(account.cost_usd, account.at_most, price, None)

    front = trace_front(solve, 100, 1e-9)
    found = np.array([[point.cost, point.faults] for point in front.points])
    for cost, faults in found:
        dominating = (values[:, 0] <= cost * (1 - 1e-9)) & (values[:, 1] <= faults * (1 - 1e-9))
        assert not dominating.any()
    for vertex in vertices(values):
        assert np.isclose(found, vertex, rtol=1e-6).all(axis=1).any()


# sums


@given(st.integers(1, 30), st.integers(0, 1000))
def test_sections_and_causes_add_up_to_the_route(steps: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rates = random.uniform(0, 0.005, (3, steps))
    rates[:, random.random(steps) < 0.2] = np.nan
    line = line_of(rates, paid_usd_per_km=random.uniform(0, 1e4, steps))
    choice = np.column_stack([random.integers(0, size, steps) for size in OPTIONS.shape])
    ledger = ledger_of(line, OPTIONS, choice)
    whole = ledger.account()
    for parts in ([account for account, _, _ in ledger.sections()], ledger.stretches(5.0)):
        assert parts[0].from_km == 0.0
        assert parts[-1].to_km == whole.to_km
        for name in ("cost_usd", "faults", "at_most", "unknown_km", "repair_days_per_year", "repair_usd_per_year"):
            assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(whole, name))
    assert sum(whole.faults_per_year.values()) == pytest.approx(whole.faults)
    assert whole.unknown_km == pytest.approx(2.0 * np.isnan(rates).any(axis=0).sum())
    assert whole.at_most >= whole.faults - 1e-15
    assert sum(ledger.length_of(0, place) for place in range(OPTIONS.shape[0])) == pytest.approx(whole.length_km)


def test_a_uniform_rate_comes_to_rate_times_length() -> None:
    line = line_of(np.full((3, 50), 0.002))
    choice = np.tile([OPTIONS.armour_of("LW"), OPTIONS.burial_of("surface laid", 0.0)], (50, 1))
    account = ledger_of(line, OPTIONS, choice).account()
    assert account.faults_per_year == pytest.approx(dict.fromkeys(CAUSES, 0.2))
    assert account.cost_usd == pytest.approx(100.0 * 0.55 * 24_500.0)
    assert account.repair_usd_per_year == pytest.approx(0.6 * 1.2e6)


def test_armour_and_burial_let_their_shares_of_each_cause_pass() -> None:
    line = line_of(np.full((3, 1), 0.001))
    choice = np.array([[OPTIONS.armour_of("SA"), OPTIONS.burial_of("plough", 1.0)]])
    found = ledger_of(line, OPTIONS, choice).account().faults_per_year
    assert found == pytest.approx(
        {"anchoring": 0.002 * 0.75 * 0.4, "fishing": 0.002 * 0.4 * 0.1, "other": 0.002 * 0.375}
    )


def places_at(depth_m: list[float], slope_deg: list[float]) -> Places:
    """A degree of longitude apart."""
    return Places(50.0 + np.arange(len(depth_m)), np.full(len(depth_m), 42.0), np.array(depth_m), np.array(slope_deg))


def test_rock_armour_is_laid_near_the_hazards_that_rules_name_and_nowhere_else() -> None:
    places = places_at([100.0, 100.0, 100.0, 900.0], [0.0] * 4)
    place = OPTIONS.armour_of("RA")
    assert not feasible(OPTIONS, places)[place].any(), "no rule of engineering names a hazard"
    rock = (([shapely.Point(51.0, 42.0), shapely.Point(53.0, 42.0)], 5.0), ([shapely.box(51.9, 41.9, 52.1, 42.1)], 0.5))
    named = replace(OPTIONS, rock=rock)
    surface = OPTIONS.burial_of("surface laid", 0.0)
    assert feasible(named, places)[place, surface].tolist() == [False, True, True, False]
    others = [one for one in range(len(OPTIONS.armour)) if one != place]
    assert (feasible(named, places)[others] == feasible(OPTIONS, places)[others]).all()


def test_what_may_be_laid_goes_by_depth_slope_and_what_is_known() -> None:
    may = feasible(OPTIONS, places_at([5.0, 100.0, 700.0, 700.0, np.nan], [0.0, 0.0, 12.0, np.nan, np.nan]))

    def allowed(cable_type: str, method: str, target_m: float) -> list[bool]:
        return may[OPTIONS.armour_of(cable_type), OPTIONS.burial_of(method, target_m)].tolist()

    assert allowed("DA", "surface laid", 0.0) == [True, True, False, False, True]
    assert allowed("SA", "surface laid", 0.0) == [True, True, True, True, False]
    assert allowed("SA", "plough", 1.0) == [False, True, False, False, False]
    assert allowed("LW", "jetting", 1.0) == [False, False, False, True, False]
    assert allowed("DA", "jetting", 1.0) == [True, True, False, False, True]


def test_a_repair_takes_longest_where_the_depth_is_not_known() -> None:
    found = repairs_at(OPTIONS, RISK.repair, [5.0, 50.0, 500.0, np.nan])
    bare, ploughed = OPTIONS.burial_of("surface laid", 0.0), OPTIONS.burial_of("plough", 1.0)
    assert found.days[bare].tolist() == [28.0, 25.0, 27.0, 29.0]
    assert found.days[ploughed] == pytest.approx(found.days[bare] + 1.0)
    assert found.usd[bare, 1] == pytest.approx(400e3 + 60e3 * 11 + 12_500)


@pytest.mark.parametrize(("rate", "years"), [(0.05, 25.0), (0.1, 7.0), (0.0, 12.0)])
def test_present_value_is_the_sum_of_what_each_year_is_worth(rate: float, years: float) -> None:
    assert annuity(rate, years) == pytest.approx(sum((1 + rate) ** -year for year in range(1, int(years) + 1)))


# lines on a small sea


def small_sea(seed: int) -> tuple[Grid, np.ndarray]:
    """Depths of 20 to 300 m in broad patches."""
    grid = Grid(50.0, 42.6, 0.05, 12, 24)
    random = np.random.default_rng(seed)
    patches = np.kron(random.choice([20.0, 80.0, 150.0, 300.0], (3, 6)), np.ones((4, 4)))
    return grid, patches.astype(np.float32)


def planner_of(grid: Grid, depth_m: np.ndarray, rules: RiskRules = RISK) -> tuple[Planner, np.ndarray]:
    water = shapely.box(50.02, 42.02, 51.18, 42.58)
    rules = rules.model_copy(update={"earthquakes": None, "mud_volcanoes": None})
    hazard = model_hazard(grid.bounds, rules, None, None)
    options = options_of(rules, hazard.causes, 24_500.0)
    nothing = np.zeros(grid.shape, np.float32)
    everywhere = np.ones(grid.shape, bool)
    cells = survey_cells(hazard, options, everywhere, Places.of_cells(grid, everywhere, depth_m, nothing), nothing)
    west, east = (ShoreLanding(lon, 42.3, 0.0, name) for name, lon in (("west", 50.02), ("east", 51.18)))
    return Planner(
        cells,
        options,
        lambda price: route_between(RoutingProblem(grid, cells.cost_per_m(price), water), west, east).lonlat,
        lambda lonlat: survey_line(
            hazard, options, rules.repair, profile := seabed_profile(grid, depth_m, lonlat, 0.05, 1.0),
            np.zeros(len(profile.kp_km)),
        ),
        lambda line: (5, 2),
        "test",
    ), np.array([[50.02, 42.3], [51.18, 42.3]])  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_no_line_of_many_tried_by_force_dominates_a_point_of_the_front(seed: int) -> None:
    grid, depth_m = small_sea(seed)
    planner, ends = planner_of(grid, depth_m)
    front = trace_front(planner.solve, 12, 0.01)
    assert len(front.points) >= 4
    found = np.array([[point.cost, point.faults] for point in front.points])
    prices = [point.price for point in front.points]
    random = np.random.default_rng(seed)
    for _ in range(40):
        inner = np.column_stack([np.sort(random.uniform(50.1, 51.1, 3)), random.uniform(42.05, 42.55, 3)])
        line = planner.survey(np.vstack([ends[:1], inner, ends[1:]]))
        for price in prices[1:-1:3]:
            choice = cheapest_choice(step_costs(line, planner.options, price), (5, 2))
            account = ledger_of(line, planner.options, choice).account()
            better = (account.cost_usd < found[:, 0] * 0.998) & (account.at_most < found[:, 1] * 0.998)
            assert not better.any()


def test_a_dearer_fault_never_buys_more_faults() -> None:
    grid, depth_m = small_sea(3)
    planner, _ = planner_of(grid, depth_m)
    points = [planner.solve(price) for price in (0.0, 1e6, 1e7, 1e8, 1e10)]
    assert all(before.faults >= after.faults - 1e-9 for before, after in pairwise(points))
    assert all(before.cost <= after.cost * (1 + 1e-9) for before, after in pairwise(points))


def test_a_route_keeps_the_least_lengths_and_lays_only_what_may_be_laid() -> None:
    grid, depth_m = small_sea(4)
    planner, _ = planner_of(grid, depth_m)
    point = planner.solve(2e7)
    choice = point.found.ledger.choice
    assert is_allowed(tuple(choice[:, 0]), 5)
    assert is_allowed(tuple(choice[:, 1]), 2)
    line = planner.survey(point.found.lonlat)
    assert line.may_lie[choice[:, 0], choice[:, 1], np.arange(len(choice))].all()


def test_water_of_unknown_depth_is_no_way_to_hide_from_faults() -> None:
    """A sea of one depth with a patch without depths: the line does not seek the patch."""
    grid = Grid(50.0, 42.6, 0.05, 12, 24)
    depth_m = np.full(grid.shape, 150.0, np.float32)
    depth_m[2:10, 8:16] = np.nan
    planner, ends = planner_of(grid, depth_m)
    dear = planner.solve(1e9).found
    assert dear.ledger.account().unknown_km == 0.0
    straight = planner.survey(ends)
    crossing = ledger_of(straight, planner.options, cheapest_choice(step_costs(straight, planner.options, 1e9), (5, 2)))
    account = crossing.account()
    assert account.unknown_km > 20
    assert account.at_most > account.faults
