"""The lists of a run are read as they were written, in each of their formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from transcaspian.rpl.compare import compare_rpl
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.practice import check_practice
from transcaspian.rpl.qa import check_rpl
from transcaspian.rpl.reader import read_rpl
from transcaspian.rpl.writer import write_rpl_csv, write_rpl_xlsx
from transcaspian.runs.engine import RunResult

CREATED = "2026-01-31T12:00:00Z"
HALF = {"lon_deg": 5.01e-7, "lat_deg": 5.01e-7, "route_km": 5.01e-4, "cable_km": 5.01e-4, "bearing_deg": 0.00501}
# a leg is printed as the difference of the printed cumulatives
HALF_OF_LEG = {"route_km": 1.001e-3, "cable_km": 2.001e-3}
TEXTS = ("pos_no", "event", "remarks", "chart")


def rows_of(path: Path) -> list[str]:
    """The rows of the list, without what stands above it."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith("Seq No")) :]


def check_near(printed: Rpl, exact: Rpl) -> None:
    """Every figure within the last digit that is printed, every text the same."""
    for one, other in zip(printed.positions, exact.positions, strict=True):
        assert [getattr(one, name) for name in TEXTS] == [getattr(other, name) for name in TEXTS]
        for name in ("lon_deg", "lat_deg", "route_km", "cable_km"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=HALF[name]), (one.pos_no, name)
    for leg, true in zip(printed.spans, exact.spans, strict=True):
        for name in ("from_pos", "to_pos", "cable_type", "cable_code", "protection_method", "territorial_water", "eez"):
            assert getattr(leg, name) == getattr(true, name), (leg.from_pos, name)
        for name in ("route_km", "cable_km"):
            assert getattr(leg, name) == pytest.approx(getattr(true, name), abs=HALF_OF_LEG[name]), (leg.from_pos, name)
        assert leg.bearing_deg == pytest.approx(true.bearing_deg, abs=HALF["bearing_deg"])
        assert (leg.slack_percent, leg.target_burial_m) == (true.slack_percent, true.target_burial_m)


@pytest.mark.parametrize("system", ["main", "main-2023", "reserve-2023", "turkmen"])
def test_a_list_of_ours_comes_back_as_it_was_written(system: str, default_run: RunResult, tmp_path: Path) -> None:
    folder = default_run.folder
    (geopackage,) = folder.glob("*.gpkg")
    exact, again = read_rpl(geopackage, system), read_rpl(geopackage, system)
    assert exact == again
    assert compare_rpl(exact, again).is_same
    write_rpl_csv(tmp_path / "a.csv", exact, created_utc=CREATED)
    assert rows_of(tmp_path / "a.csv") == rows_of(folder / "rpl" / f"{system}.csv")
    for write, suffix in ((write_rpl_csv, "csv"), (write_rpl_xlsx, "xlsx")):
        printed = read_rpl(folder / "rpl" / f"{system}.{suffix}")
        check_near(printed, exact)
        write(tmp_path / f"b.{suffix}", printed, created_utc=CREATED)
        second = read_rpl(tmp_path / f"b.{suffix}")
        assert (second.positions, second.spans) == (printed.positions, printed.spans)
        assert compare_rpl(printed, second).is_same


@pytest.mark.parametrize("system", ["main", "main-2023", "reserve-2023", "turkmen"])
def test_a_list_of_ours_is_planned_as_lists_are_checked(system: str, default_run: RunResult) -> None:
    rpl = read_rpl(default_run.folder / "rpl" / f"{system}.csv")
    assert check_rpl(rpl) == ()
    assert check_practice(rpl) == ()
