"""A laid cable against its design: what is told is the truth that the laid list was made from."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from matplotlib.image import imread

from tests.as_laid_samples import BODIES_KM, CORNERS, SLACK_PERCENT, TARGETS_M, Truth, as_laid, design, truth, turned
from tests.rpl_samples import CREATED
from transcaspian import cli
from transcaspian.core.errors import IngestError
from transcaspian.core.linear_reference import vertices_km
from transcaspian.report.as_laid_picture import draw_as_laid_figure
from transcaspian.rpl.as_laid import (
    DEFAULTS,
    LESS,
    MORE,
    SHORT,
    AsLaid,
    Tolerance,
    compare_as_laid,
    read_tolerances,
)
from transcaspian.rpl.as_laid_book import write_as_laid_xlsx
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.writer import write_rpl_csv, write_rpl_xlsx

DESIGN = design()
LEGS_KM = vertices_km(CORNERS)
SEEDS = [1, 2, 3]


def leg_at(km: float) -> int:
    return int(np.searchsorted(LEGS_KM, km) - 1)


def truly_out(made: Truth) -> dict[str, list[tuple[float, float]]]:
    """Stretches that are out of tolerance by the truth, on the design; those that touch are one."""
    found: dict[str, list[tuple[float, float]]] = {SHORT: [], LESS: [], MORE: []}
    cuts = sorted({*made.kp_km, *LEGS_KM.tolist()})
    for a, b in pairwise(cuts):
        if b - a < 1e-6:
            continue
        span = int(np.searchsorted(made.kp_km, (a + b) / 2) - 1)
        leg, burial, slack = leg_at((a + b) / 2), made.burial_m[span], made.slack_percent[span]
        bad = {
            SHORT: burial is not None and TARGETS_M[leg] - burial > DEFAULTS.burial_short.value + 1e-9,
            LESS: SLACK_PERCENT[leg] - slack > DEFAULTS.slack_less.value + 1e-9,
            MORE: slack - SLACK_PERCENT[leg] > DEFAULTS.slack_more.value + 1e-9,
        }
        for what in (what for what, is_bad in bad.items() if is_bad):
            if found[what] and abs(found[what][-1][1] - a) < 1e-6:
                found[what][-1] = (found[what][-1][0], b)
            else:
                found[what].append((a, b))
    return found


def told(found: AsLaid, what: str) -> list[tuple[float, float]]:
    return [(item.from_km, item.to_km) for item in found.findings if item.what == what]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("is_turned", [False, True])
def test_what_is_told_is_the_truth(seed: int, is_turned: bool) -> None:
    made = truth(seed)
    laid = as_laid(made, BODIES_KM)
    found = compare_as_laid(DESIGN, turned(laid) if is_turned else laid)
    assert found.is_reversed == is_turned
    positions = sorted(found.positions, key=lambda at: at.kp_km)
    assert [at.kp_km for at in positions] == pytest.approx(made.kp_km, abs=0.002)
    assert [at.offset_m for at in positions] == pytest.approx(made.offset_m, abs=0.1)
    for what, wanted in truly_out(made).items():
        assert np.array(sorted(told(found, what))).ravel() == pytest.approx(np.array(wanted).ravel(), abs=0.002)
    known_km = sum(b - a for a, b, m in zip(made.kp_km, made.kp_km[1:], made.burial_m, strict=False) if m is not None)
    assert found.judged_km["burial"] == pytest.approx(known_km, abs=0.01)
    assert found.judged_km["slack"] == pytest.approx(LEGS_KM[-1], abs=0.01)
    laid_cable_km = laid.positions[-1].cable_km
    assert found.cable_km == pytest.approx((DESIGN.positions[-1].cable_km, laid_cable_km), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_offsets_out_of_tolerance_are_where_the_truth_has_them(seed: int) -> None:
    made = truth(seed)
    found = compare_as_laid(DESIGN, as_laid(made))
    stretches = [(f.from_km, f.to_km, f.worst) for f in found.findings if f.what.startswith("the cable lies")]
    far = [(km, abs(m)) for km, m in zip(made.kp_km, made.offset_m, strict=True) if abs(m) > DEFAULTS.offset.value]
    assert far or not stretches
    for km, metres in far:
        assert any(a - 0.05 <= km <= b + 0.05 and worst >= metres - 0.2 for a, b, worst in stretches)
    for a, b, worst in stretches:
        assert any(a - 0.05 <= km <= b + 0.05 and worst == pytest.approx(metres, abs=0.3) for km, metres in far)
    sides = {f.what.split()[4] for f in found.findings if f.what.startswith("the cable lies")}
    assert sides == {"starboard" if m > 0 else "port" for m in made.offset_m if abs(m) > DEFAULTS.offset.value}


def test_bodies_are_found_by_name_and_number() -> None:
    made = truth(4)
    moved = BODIES_KM | {"JT 1": 60.0}
    found = compare_as_laid(DESIGN, as_laid(made, {name: km for name, km in moved.items() if name != "RPTR 2"}))
    by_name = {body.name: body for body in found.bodies}
    assert set(by_name) == {"RPTR 1", "JT 1"}
    assert found.not_found == ("RPTR 2",)
    laid_km = min(made.kp_km, key=lambda km: abs(km - 60.0))
    assert by_name["JT 1"].design_kp_km == pytest.approx(52.0, abs=1e-3)
    assert by_name["JT 1"].kp_km == pytest.approx(laid_km, abs=0.002)
    assert by_name["JT 1"].apart_m == pytest.approx(1000 * abs(laid_km - 52.0), rel=0.05)
    assert any(item.what == "JT 1 lies off its place" for item in found.findings)


def test_a_segment_is_compared_on_its_stretch_and_by_the_kp_of_the_design() -> None:
    made = truth(5)
    first, last = 10, 40
    part = Truth(made.kp_km[first : last + 1], made.offset_m[first : last + 1], made.burial_m[first:last],
                 made.slack_percent[first:last])  # fmt: skip
    offset_km = 200.0
    later = replace(
        DESIGN, positions=tuple(replace(at, route_km=(at.route_km or 0.0) + offset_km) for at in DESIGN.positions)
    )
    found = compare_as_laid(later, as_laid(part))
    assert [at.kp_km - offset_km for at in found.positions] == pytest.approx(part.kp_km, abs=0.002)
    assert found.stretches[0].from_km - offset_km == pytest.approx(part.kp_km[0], abs=0.002)
    assert found.stretches[-1].to_km - offset_km == pytest.approx(part.kp_km[-1], abs=0.002)


def test_what_is_not_stated_is_not_judged() -> None:
    laid = as_laid(truth(1))
    bare = replace(laid, spans=tuple(replace(s, burial_m=None, slack_percent=None, cable_km=None) for s in laid.spans))
    found = compare_as_laid(DESIGN, bare)
    assert found.judged_km == {"burial": 0, "slack": 0}
    assert not [item for item in found.findings if item.what in (SHORT, LESS, MORE)]
    assert "burial: insufficient information" in found.as_text()
    assert "slack: insufficient information" in found.as_text()


def test_a_cable_as_designed_has_nothing_out_of_tolerance() -> None:
    laid = replace(DESIGN, spans=tuple(replace(span, burial_m=span.target_burial_m) for span in DESIGN.spans))
    found = compare_as_laid(DESIGN, laid)
    assert found.findings == ()
    assert np.abs(found.offsets[1]).max() < 0.001
    barely = replace(laid, spans=tuple(replace(s, burial_m=(s.burial_m or 0) - 0.1) for s in laid.spans))
    assert compare_as_laid(DESIGN, barely).findings == ()


def test_tolerances_decide_and_come_with_their_sources(tmp_path: Path) -> None:
    path = tmp_path / "contract.toml"
    path.write_text('[offset]\nvalue = 5.0\nsource = "contract, 4.2"\nstatus = "REAL"\n')
    read = read_tolerances(path)
    assert read == replace(DEFAULTS, offset=Tolerance(5.0, "m", "contract, 4.2", "REAL"))
    laid = as_laid(truth(1))
    assert len(compare_as_laid(DESIGN, laid, tolerances=read).findings) > len(compare_as_laid(DESIGN, laid).findings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[offsets]\nvalue = 1.0", r"\[offsets\]: expected some of burial_short"),
        ("[offset]\nvalue = 1.0", "expected the keys value, source, status, the value in m"),
        ('[offset]\nvalue = -1.0\nsource = "x"\nstatus = "REAL"', "value is -1.0: expected m"),
        ('[offset]\nvalue = true\nsource = "x"\nstatus = "REAL"', "value is True"),
        ('[offset]\nvalue = nan\nsource = "x"\nstatus = "REAL"', "value is nan"),
        ('[offset]\nvalue = 1\nsource = " "\nstatus = "REAL"', "a source in words"),
        ('[offset]\nvalue = 1\nsource = "x"\nstatus = "SURE"', "REAL, DERIVED, ASSUMED"),
        ("offset = 3", "expected the keys"),
        ("[offset", "is not valid TOML"),
    ],
)
def test_wrong_tolerances_are_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(text)
    with pytest.raises(IngestError, match=says):
        read_tolerances(path)


def test_lists_of_other_places_have_nothing_in_common() -> None:
    elsewhere = replace(DESIGN, positions=tuple(replace(at, lat_deg=at.lat_deg + 3) for at in DESIGN.positions))
    with pytest.raises(IngestError, match="km apart or more everywhere"):
        compare_as_laid(DESIGN, elsewhere)


# -- table, workbook and picture


def test_the_workbook_says_what_the_comparison_does(tmp_path: Path) -> None:
    found = compare_as_laid(DESIGN, as_laid(truth(2), BODIES_KM))
    paths = [tmp_path / name for name in ("a.xlsx", "b.xlsx")]
    for path in paths:
        write_as_laid_xlsx(path, found, created_utc=CREATED)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    book = openpyxl.load_workbook(paths[0])
    rows = {name: list(book[name].iter_rows(min_row=2, values_only=True)) for name in book.sheetnames[1:]}
    edges_km = [(s.from_km, s.to_km) for s in found.stretches]
    assert np.array([row[:2] for row in rows["By KP"]]) == pytest.approx(np.array(edges_km))
    assert [row[3] for row in rows["By KP"]] == [s.burial_m for s in found.stretches]
    assert [row[2] for row in rows["Out of tolerance"]] == [item.what for item in found.findings]
    assert [row[3] for row in rows["Out of tolerance"]] == pytest.approx([item.worst for item in found.findings])
    assert len(rows["Positions"]) == len(found.positions)
    assert len(rows["Bodies"]) == len(found.bodies) == 3
    assert all(book[name].freeze_panes == "A2" and book[name].print_title_rows == "$1:$1" for name in rows)


def test_the_picture_is_drawn_also_where_little_is_known(tmp_path: Path) -> None:
    laid = as_laid(truth(2))
    bare = replace(laid, spans=tuple(replace(s, burial_m=None) for s in laid.spans))
    for number, listed in enumerate((laid, bare)):
        path = tmp_path / f"{number}.png"
        draw_as_laid_figure(path, compare_as_laid(DESIGN, listed, ("a $b$", "c")))
        assert imread(path).std() > 0.05


def written(folder: Path, name: str, rpl: Rpl) -> Path:
    path = folder / name
    (write_rpl_csv if path.suffix == ".csv" else write_rpl_xlsx)(path, rpl, created_utc=CREATED)
    return path


def run(*args: object) -> object:
    return CliRunner().invoke(cli.command, ["compare-as-laid", *map(str, args)])


def test_the_command_reads_both_lists_and_writes_table_workbook_and_picture(tmp_path: Path) -> None:
    made = truth(3)
    old, new = written(tmp_path, "design.csv", DESIGN), written(tmp_path, "laid.xlsx", as_laid(made, BODIES_KM))
    result = run(old, new, "--xlsx", tmp_path / "out.xlsx", "--picture", tmp_path / "out.png")
    assert result.exit_code == 0, result.output  # type: ignore[attr-defined]
    assert "burial: " in result.output  # type: ignore[attr-defined]
    assert (tmp_path / "out.xlsx").exists()
    assert (tmp_path / "out.png").exists()
    as_json = json.loads(run(old, new, "--json").output)  # type: ignore[attr-defined]
    offsets = [at["offset_m"] for at in as_json["positions"]]
    assert offsets == pytest.approx(made.offset_m, abs=0.5)  # as printed
    rules = run("--rules").output  # type: ignore[attr-defined]
    assert rules.count("ASSUMED: ") == 5
    assert run(old).exit_code == 2  # type: ignore[attr-defined]


def test_a_file_that_cannot_be_written_is_one_sentence_and_no_list_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = written(tmp_path, "design.csv", DESIGN), written(tmp_path, "laid.xlsx", as_laid(truth(1)))
    before = new.read_bytes()
    for option, path, says in (
        ("--xlsx", tmp_path / "none" / "a.xlsx", "is its folder there?"),
        ("--picture", tmp_path / "none" / "a.png", "is its folder there?"),
        ("--xlsx", new, "one of the lists that are compared"),
    ):
        with pytest.raises(SystemExit) as caught:
            cli.main(args=["compare-as-laid", str(old), str(new), option, str(path)])
        error = capsys.readouterr().err
        assert caught.value.code == 2
        assert says in error
        assert error.count("\n") == 1
    assert new.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["design.csv", "laid.xlsx"]
