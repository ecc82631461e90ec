"""The benchmark's own parts: its seas, the plane of its peers, and the rows it reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import router, whole_runs
from benchmarks.cases import MADE, SEAS, Case, Even, MadeSea, Sheet, finer, finer_cost
from benchmarks.measure import Reference, leaks, measure
from benchmarks.peers import FIELDS
from benchmarks.report import (
    BEGIN,
    END,
    KEYS,
    as_rows,
    comparable,
    document,
    last_results,
    over_seeds,
    save,
    with_last,
    write_between_marks,
)
from transcaspian.core.grid import GEOD
from transcaspian.routing import RoutingProblem, least_cost_path


@pytest.fixture(scope="module")
def sea() -> MadeSea:
    return MadeSea()


def test_the_sea_is_the_same_at_two_resolutions(sea: MadeSea) -> None:
    grid = sea.grid(40_000)
    coarse, fine = sea.cost(grid), sea.cost(finer(grid, 3))[1::3, 1::3]
    assert (np.isnan(coarse) == np.isnan(fine)).mean() > 0.999
    both = np.isfinite(coarse) & np.isfinite(fine)
    np.testing.assert_allclose(coarse[both], fine[both], rtol=1e-3)


def test_the_sea_has_the_friction_and_the_walls_it_is_said_to_have(sea: MadeSea) -> None:
    for cost in (sea.cost(sea.grid(90_000)), sea.cost(Case.of(sea, 90_000).sheet)):
        assert np.isnan(cost).mean() == pytest.approx(sea.closed_share, abs=0.03)
        assert 1 <= np.nanmin(cost) < 2
        assert 80 < np.nanmax(cost) <= 100


def test_a_finer_sea_is_closed_in_the_same_cells(sea: MadeSea) -> None:
    grid = sea.grid(10_000)
    cost = sea.cost(grid)
    fine = finer_cost(sea, grid, cost, 4)
    assert np.array_equal(np.isnan(fine), np.isnan(cost).repeat(4, 0).repeat(4, 1))


def test_the_sheet_has_a_centre_at_the_source_and_its_plane_is_one(sea: MadeSea) -> None:
    sheet = Case.of(sea, 50_000).sheet
    place = np.array([float(v) for v in sheet.to_rowcol(*sea.source)])
    np.testing.assert_allclose(place, place.round(), atol=1e-6)
    grid, side_m = sheet.plane()
    assert grid.shape == sheet.shape
    for spacing_m in grid.spacing_m():
        np.testing.assert_allclose(spacing_m, side_m, rtol=2e-4)


def test_a_sheet_is_conformal() -> None:
    sheet = Sheet(5.0e6, 5.5e6, 1000.0, 100, 100)
    lon, lat = sheet.to_lonlat([50, 51], [50, 50])
    from transcaspian.core.grid import GEOD

    _, _, north_m = GEOD.inv(lon[0], lat[0], lon[1], lat[1])
    assert north_m == pytest.approx(float(sheet.side_m[50:52].mean()), rel=1e-5)


def test_our_solver_comes_near_to_its_reference_and_holds_walls(sea: MadeSea) -> None:
    case = Case.of(sea, 30_000)
    cost = sea.cost(case.grid)
    reference = Reference.of(sea, case.grid, cost)
    job = FIELDS[0].job(case.grid, cost, sea.source)
    assert reference.median_error(job.read(job.work())) < 0.1
    assert leaks(FIELDS[0]) == 0


@pytest.mark.parametrize("kind", [*MADE, Even.name])
def test_every_kind_of_sea_has_a_way_between_its_ends(kind: str) -> None:
    sea = SEAS[kind]()
    grid = sea.grid(60_000)
    problem = RoutingProblem(grid, sea.cost(grid))
    path = least_cost_path(problem, sea.source, sea.target)
    assert path.length_m > 400_000
    if kind == "serpentine":
        assert path.length_m > 5_000_000  # to and fro between the walls


def test_on_an_even_sea_the_field_is_the_geodesic() -> None:
    sea = Even()
    case = Case.of(sea, 30_000)
    truth = sea.exact(case.grid)
    row, col = 20, 30
    _, _, metres = GEOD.inv(*sea.source, *(float(v) for v in case.grid.to_lonlat(row, col)))
    assert truth[row, col] == pytest.approx(metres, rel=1e-6)
    reference = Reference.of(sea, case.grid, sea.cost(case.grid))
    job = FIELDS[0].job(case.grid, sea.cost(case.grid), sea.source)
    assert reference.median_error(job.read(job.work())) < 0.003


def test_rows_of_an_earlier_run_stay_where_they_were_not_measured_again() -> None:
    def row(case: str, seconds: float) -> dict[str, Any]:
        return dict.fromkeys(KEYS, 1) | {"case": case, "seconds_median": seconds}

    last = {"rows": [row("a", 1.0), row("b", 1.0)], "paths_that_cut_walls": ["peer"]}
    last |= {"load": 1.5, "leaks_of_6_walls": {"peer": 2}}
    new = {"rows": [row("b", 2.0), row("c", 2.0)], "paths_that_cut_walls": [], "load": 1.0, "leaks_of_6_walls": {}}
    both = with_last(new, last)
    assert [(one["case"], one["seconds_median"]) for one in both["rows"]] == [("a", 1.0), ("b", 2.0), ("c", 2.0)]
    assert (both["paths_that_cut_walls"], both["load"], both["leaks_of_6_walls"]) == (["peer"], 1.5, {"peer": 2})


def test_results_of_another_version_are_not_mixed_with_new_ones(capsys: pytest.CaptureFixture[str]) -> None:
    made = document([], {})
    assert comparable(made, made)
    assert not comparable(made | {"code": "another"}, made)
    assert capsys.readouterr().err == "earlier results differ in their code: they are left out\n"


def test_results_are_saved_after_every_sea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(case: Case, *_: object) -> list[dict[str, Any]]:
        if case.sea.name == "archipelago":
            raise KeyboardInterrupt
        return [dict.fromkeys(KEYS, 0) | {"case": case.sea.name, "cuts_walls": False}]

    monkeypatch.setattr(router, "measure", ended)
    monkeypatch.setattr(router, "save", lambda made: save(made, tmp_path))
    with pytest.raises(KeyboardInterrupt):
        router.main(["--sizes", "0.01", "--works", "path", "--cases", "even", "archipelago"])
    assert [row["case"] for row in last_results(tmp_path)["rows"]] == ["even"]


def test_rows_have_the_published_keys(sea: MadeSea) -> None:
    rows = list(measure(Case.of(sea, 30_000), ["field", "path"], ["none"], runs=1, memory=False))
    assert {tuple(row) for row in as_rows(rows)} == {KEYS}
    assert {row["work"] for row in rows} == {"field", "path"}
    assert rows[0]["ratio_to_ours"] == 1


def test_a_table_over_seeds_shows_the_median_and_the_worst(tmp_path: Path) -> None:
    rows = [
        {"case": f"caspian-like{name}", "cells": 6, "work": "field", "solver": solver, "ratio_to_ours": ratio,
         "cpu_seconds_median": ratio * share, "median_error": ratio / 1000, "path_excess": None}
        for solver, share in (("ours", 1.0), ("peer", 0.8))
        for name, ratio in (("", 5.0), (" 2", 3.0), (" 10", 9.0))
    ]  # fmt: skip
    table = over_seeds(rows)
    assert table.splitlines()[-1] == "| caspian-like | 6 | field | peer | 3 | 5.00 | 3.00 | 0.80 | 0.500 % | 0.900 % |"
    page = tmp_path / "page.md"
    page.write_text(f"before {BEGIN}, {END}\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_between_marks(page, table)
    assert page.read_text(encoding="utf-8") == f"before {BEGIN}, {END}\n{BEGIN}\n{table}\n{END}\nafter\n"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match="once each"):
        write_between_marks(page, table)
    assert page.read_text(encoding="utf-8") == "no marks"


def test_a_run_is_held_against_the_other_code_by_the_ratio_of_medians() -> None:
    seconds = {"one system, all options off": (4.0, 5.0, 9.0), "the plain script": (2.0, 2.5, 2.0)}
    rows = [
        {"case": name, "seconds": s, "cpu_seconds": s, "peak_mb": 1.0} for name, own in seconds.items() for s in own
    ]
    assert "| one system, all options off | the plain script | 2.50 | 2.50 | 2.5 |" in whole_runs.as_table(rows)
