"""Point to point: the fast search, the proof, and the refinement."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import Grid, length_m
from transcaspian.routing import Effort, LeastCostPath, RoutingProblem, least_cost_path, polyline_cost, refine, search
from transcaspian.routing.bound import first_narrowed, narrowed, tightened
from transcaspian.routing.problem import Mode
from transcaspian.runs.stages.handover import Results
from transcaspian.runs.stages.run_notes import gap_notes

GRID = Grid(50.0, 42.5, 1 / 120, 96, 96)
START, END = (50.08, 42.42), (50.71, 41.78)
SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=12)
MODES: tuple[Mode, ...] = ("fast", "full", "proven")


@pytest.fixture(autouse=True)
def _blocks_on_small_grids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_BLOCKS", ((1, 4),))


def random_sea(seed: int, grid: Grid = GRID) -> np.ndarray:
    """A smooth cost with closed areas, open around the two ends."""
    random = np.random.default_rng(seed)
    size = grid.rows / 96
    noise = ndimage.zoom(random.normal(size=(14, 14)), grid.rows / 14, order=3, grid_mode=True, mode="nearest")
    cost = np.exp(0.5 * noise).astype(np.float32)
    islands = ndimage.zoom(random.normal(size=(9, 9)), grid.rows / 9, order=1, grid_mode=True, mode="nearest")
    cost[islands > 1.0] = np.nan
    for lon, lat in (START, END):
        row, col = (int(v) for v in grid.to_rowcol(lon, lat))
        around = slice(max(row - round(6 * size), 0), row + round(7 * size))
        cost[around, max(col - round(6 * size), 0) : col + round(7 * size)] = 1.0
    return cost


def connected(cost: np.ndarray) -> bool:
    waters, _ = ndimage.label(np.isfinite(cost))
    cells = [tuple(int(np.floor(float(v) + 0.5)) for v in GRID.to_rowcol(*end)) for end in (START, END)]
    return bool(waters[cells[0]] == waters[cells[1]])


@FEW
@given(SEEDS)
def test_all_modes_agree_and_the_proof_holds(seed: int) -> None:
    cost = random_sea(seed)
    if not connected(cost):
        for mode in MODES:
            with pytest.raises(NoRouteError, match="separate waters"):
                least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), START, END)
        return
    paths = {mode: least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), START, END) for mode in MODES}
    for path in paths.values():
        assert tuple(path.lonlat[0]) == START
        assert tuple(path.lonlat[-1]) == END
        assert path.cost == pytest.approx(polyline_cost(RoutingProblem(GRID, cost), path.lonlat), rel=1e-9)
        assert np.isfinite(path.cost)
    # 24 by 24 blocks see islands of a few cells badly: the fast search promises a way, not the best of all ways
    assert paths["fast"].cost <= paths["full"].cost * 1.15
    assert paths["proven"].cost <= paths["full"].cost * 1.003
    bound = paths["proven"].bound
    assert bound is not None
    assert 0 < bound.lower <= min(path.cost for path in paths.values())
    assert bound.upper == paths["proven"].cost
    assert 0 <= bound.gap < 0.35
    assert 0 < bound.kept_share <= 1


@pytest.mark.parametrize("blocks", [((1, 4),), ()], ids=["by blocks", "no band"])
def test_a_proof_of_a_large_grid_holds(blocks: tuple[tuple[int, int], ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcaspian.routing.bound._LARGE", 0)
    monkeypatch.setattr(search, "_BLOCKS", blocks)
    for seed in range(4):
        cost = random_sea(seed)
        full, proven, on_one_thread = (
            least_cost_path(RoutingProblem(GRID, cost, effort=effort), START, END)
            for effort in (Effort("full"), Effort("proven"), Effort("proven", threads=1))
        )
        assert proven.cost <= full.cost * 1.003
        assert proven.bound is not None
        assert 0 < proven.bound.lower <= min(proven.cost, full.cost)
        assert proven.bound.upper == proven.cost
        assert np.array_equal(on_one_thread.lonlat, proven.lonlat)
        assert on_one_thread.bound == proven.bound


@FEW
@given(SEEDS, st.booleans())
def test_nothing_cheaper_is_left_out_and_no_line_beats_the_bound(seed: int, rough: bool) -> None:
    cost = random_sea(seed)
    random = np.random.default_rng(seed + 1)
    if rough:
        cost = cost * np.exp(0.5 * random.normal(size=cost.shape)).astype(np.float32)
    if not connected(cost):
        return
    best = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode="full")), START, END)
    for finest in (4, 1, 0.5):
        kept = narrowed(RoutingProblem(GRID, cost), (START, END), best.cost * 1.02, finest_block=finest)
        assert kept.bound.lower <= best.cost
        row, col = (np.floor(v + 0.5).astype(int) for v in GRID.to_rowcol(*best.lonlat.T))
        keep, block = kept.whole_blocks
        assert keep[row // block, col // block].all()
    for _ in range(20):
        line = best.lonlat.copy()
        line[1:-1] += random.normal(size=(len(line) - 2, 2)) * random.choice([1e-4, 1e-3, 5e-3])
        assert polyline_cost(RoutingProblem(GRID, cost), line) >= kept.bound.lower
    with pytest.MonkeyPatch.context() as patched:  # as on a large grid
        patched.setattr("transcaspian.routing.bound._LARGE", 0)
        patched.setattr("transcaspian.routing.bound._MAX_FIRST_BLOCKS", 600)
        patched.setattr("transcaspian.routing.bound._WIDE_GAP", 0.0)
        patched.setattr("transcaspian.routing.bound._AT_ONCE", 1.0)
        patched.setattr("transcaspian.routing.bound._BESIDE", 1.0)
        soon = first_narrowed(RoutingProblem(GRID, cost), (START, END), best.cost * 1.02)
        tighter = tightened(RoutingProblem(GRID, cost), (START, END), soon)
    keep, block = soon.whole_blocks
    assert block == 4
    assert keep[row // block, col // block].all()
    assert soon.bound.lower <= tighter.lower <= best.cost


def test_the_bound_is_tight_on_even_cost_and_sees_a_diagonal_wall() -> None:
    cost = np.ones(GRID.shape, np.float32)
    straight_m = length_m([START, END])
    assert narrowed(RoutingProblem(GRID, cost), (START, END), 2 * straight_m).bound.lower >= 0.975 * straight_m
    # cells that touch at corners only, from the south-western corner to nine tenths of the way
    i = np.arange(86)
    cost[95 - i, i] = np.nan
    around = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode="proven")), START, END)
    assert around.length_m > 1.2 * straight_m
    assert around.bound is not None
    assert around.bound.gap < 0.05


def test_the_way_through_a_strait_one_cell_wide_is_found() -> None:
    cost = np.ones(GRID.shape, np.float32)
    cost[50] = np.nan
    cost[50, 3] = 1.0
    lengths = [
        least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), START, END).length_m for mode in MODES
    ]
    assert max(lengths) / min(lengths) < 1.01
    assert min(lengths) > length_m([START, END])


def test_a_maze_is_solved() -> None:
    cost = np.ones(GRID.shape, np.float32)
    for k, row in enumerate(range(12, 90, 6)):
        cost[row] = np.nan
        cost[row, 1 if k % 2 else 94] = 1.0
    for mode in MODES:
        path = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), START, END)
        assert np.isfinite(polyline_cost(RoutingProblem(GRID, cost), path.lonlat))
        assert path.length_m > 10 * length_m([START, END]) * 0.9


@pytest.mark.parametrize("mode", MODES)
def test_ends_in_one_place_in_one_cell_and_on_the_edge(mode: Mode) -> None:
    cost = np.ones(GRID.shape, np.float32)
    same = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), START, START)
    assert same.length_m == pytest.approx(0, abs=1e-6)
    beside = (START[0] + 0.001, START[1])
    near = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), START, beside)
    assert near.length_m == pytest.approx(length_m([START, beside]), rel=1e-3)
    west, south, east, north = GRID.bounds
    across = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), (west, north), (east, south))
    assert across.length_m == pytest.approx(length_m([(west, north), (east, south)]), rel=3e-3)


@FEW
@given(SEEDS)
def test_refinement_comes_near_the_best_on_the_finer_grid(seed: int) -> None:
    finer = Grid(GRID.west_deg, GRID.north_deg, GRID.step_deg / 4, GRID.rows * 4, GRID.cols * 4)
    finer_cost = random_sea(seed, finer)
    # a coarse cell is closed where any of its cells is
    cost = finer_cost.reshape(96, 4, 96, 4).mean(axis=(1, 3)).astype(np.float32)
    if not connected(cost):
        return
    path = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode="full")), START, END)
    better = refine(RoutingProblem(GRID, cost), path, finer_cost=finer_cost)
    best = least_cost_path(RoutingProblem(finer, finer_cost, effort=Effort(mode="full")), START, END)
    given_cost = polyline_cost(RoutingProblem(finer, finer_cost), path.lonlat)
    assert better.cost <= given_cost
    assert better.cost == pytest.approx(polyline_cost(RoutingProblem(finer, finer_cost), better.lonlat), rel=1e-9)
    # the band may lie on the other side of an island than the best of the finer grid
    assert better.cost <= best.cost * 1.005 or given_cost > best.cost * 1.01


def test_a_band_that_is_closed_leaves_the_line_and_a_mapped_cost_is_read(tmp_path: Path) -> None:
    cost = np.ones(GRID.shape, np.float32)
    path = least_cost_path(RoutingProblem(GRID, cost), START, END)
    closed = refine(RoutingProblem(GRID, cost), path, adjust=lambda band, keep: band.cells.cost.fill(np.inf))
    np.testing.assert_array_equal(closed.lonlat, path.lonlat)
    np.save(tmp_path / "finer.npy", np.ones((384, 384), np.float32))
    mapped = refine(RoutingProblem(GRID, cost), path, finer_cost=np.load(tmp_path / "finer.npy", mmap_mode="r"))
    for factor in (1, 2, 3, 4):
        assert refine(RoutingProblem(GRID, cost), path, factor=factor).cost <= path.cost * (1 + 1e-9)
    assert mapped.length_m == pytest.approx(length_m([START, END]), rel=1e-3)


@FEW
@given(SEEDS)
def test_the_price_of_a_line_adds_up_and_knows_no_direction(seed: int) -> None:
    random = np.random.default_rng(seed)
    cost = np.exp(0.5 * random.normal(size=GRID.shape)).astype(np.float32)
    line = np.column_stack([random.uniform(50.05, 50.75, 8), random.uniform(41.75, 42.45, 8)])
    whole = polyline_cost(RoutingProblem(GRID, cost), line)
    assert polyline_cost(RoutingProblem(GRID, cost), line[::-1]) == pytest.approx(whole, rel=1e-6)
    assert polyline_cost(RoutingProblem(GRID, cost), line[:4]) + polyline_cost(
        RoutingProblem(GRID, cost), line[3:]
    ) == pytest.approx(whole, rel=1e-9)
    assert polyline_cost(RoutingProblem(GRID, np.full(GRID.shape, 3.0)), line) == pytest.approx(
        3 * length_m(line), rel=1e-6
    )
    cost[:, 40] = np.nan
    assert polyline_cost(RoutingProblem(GRID, cost), [(50.1, 42.0), (50.7, 42.0)]) == np.inf


def test_a_path_without_a_proof_says_so() -> None:
    path = least_cost_path(RoutingProblem(GRID, np.ones(GRID.shape), effort=Effort(mode="full")), START, END)
    assert isinstance(path, LeastCostPath)
    assert path.bound is None


@pytest.mark.parametrize("mode", ["fast", "full"])
def test_the_path_is_the_same_to_the_bit_on_one_thread(mode: str) -> None:
    grid = Grid(0.0, 40.0, 0.01, 500, 500)
    cost = np.random.default_rng(3).uniform(1, 3, grid.shape).astype(np.float32)
    ends = ((0.3, 39.6), (4.6, 35.4))
    one, two = (
        least_cost_path(RoutingProblem(grid, cost, effort=Effort(mode=mode, threads=threads)), *ends)
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one.lonlat, two.lonlat)
    assert one.cost == two.cost


def narrow_passages() -> dict[str, np.ndarray]:
    """A costly belt with a passage four cells wide far aside, straight and in the shape of a Z."""
    straight, bent = np.ones((200, 200), np.float32), np.ones((200, 200), np.float32)
    straight[90:102] = 10
    straight[90:102, 163:167] = 1
    bent[80:121] = 100
    bent[80:102, 163:167] = bent[98:102, 41:167] = bent[98:121, 41:45] = 1
    return {"straight": straight, "bent": bent}


@pytest.mark.parametrize("shape", ["straight", "bent"])
def test_the_fast_search_does_not_miss_a_narrow_passage_far_aside(shape: str) -> None:
    grid = Grid(0.0, 6.6 + 0.025, 0.00025, 200, 200)
    problem = RoutingProblem(grid, narrow_passages()[shape])
    ends = [tuple(float(v) for v in grid.to_lonlat(row, 100.0)) for row in (30.0, 170.0)]
    fast, full = (least_cost_path(problem.with_effort(mode=mode), *ends) for mode in ("fast", "full"))
    assert fast.cost <= full.cost * 1.005
    assert fast.bound is not None
    assert fast.bound.lower <= full.cost
    assert fast.bound.gap < 0.2


@pytest.mark.parametrize("contrast", [100.0, 1e4])
def test_where_blocks_tell_nothing_of_their_cells_the_fast_search_marches_over_all(contrast: float) -> None:
    random = np.random.default_rng(5)
    cost = (contrast ** random.random(GRID.shape)).astype(np.float32)
    fast, full = (
        least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode=mode)), START, END) for mode in ("fast", "full")
    )
    assert fast.cost <= full.cost * 1.001
    assert fast.bound is not None
    assert 0 < fast.bound.lower <= full.cost


def test_the_proof_of_a_rough_sea_is_near() -> None:
    # costs of one to a hundred over a few cells: what a block costs at least tells little of it
    rough = ndimage.gaussian_filter(np.random.default_rng(7).normal(size=GRID.shape), 2)
    cost = (100.0 ** (rough.argsort(axis=None).argsort() / rough.size).reshape(rough.shape)).astype(np.float32)
    path = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode="proven")), START, END)
    assert path.bound is not None
    assert path.bound.gap < 0.065


@FEW
@given(SEEDS)
def test_the_fast_search_bounds_what_it_may_have_missed(seed: int) -> None:
    cost = random_sea(seed)
    if connected(cost):
        fast = least_cost_path(RoutingProblem(GRID, cost), START, END)
        full = least_cost_path(RoutingProblem(GRID, cost, effort=Effort(mode="full")), START, END)
        assert fast.bound is not None
        assert 0 < fast.bound.lower <= min(fast.cost, full.cost) * (1 + 1e-9)
        assert fast.bound.upper == fast.cost


def test_a_gap_that_is_wider_than_the_study_allows_is_noted() -> None:
    def notes(lower: float | None) -> list[str]:
        bound = None if lower is None else SimpleNamespace(lower=lower)
        laid = SimpleNamespace(paths={"main": SimpleNamespace(path=SimpleNamespace(bound=bound, cost=150.0))})
        inputs = SimpleNamespace(study=SimpleNamespace(routing=None))
        return list(gap_notes(cast("Results", SimpleNamespace(inputs=inputs, laid=laid)), {}))

    assert notes(None) == []
    assert notes(149.9) == []
    assert "too few cells apart" in notes(0.0)[0]
    assert "main: another line could be cheaper by up to 50.0% of the cost that is certain" in notes(100.0)[0]
