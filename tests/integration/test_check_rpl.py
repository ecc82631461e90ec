"""The command that checks any Route Position List."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.rpl_samples import CREATED, GOLDEN, sample_rpl
from transcaspian import cli
from transcaspian.rpl.writer import write_rpl_xlsx

FLAT, INTERLEAVED = GOLDEN / "rpl_flat.csv", GOLDEN / "rpl_interleaved.csv"


def check(*args: object) -> Result:
    return CliRunner().invoke(cli.command, ["check-rpl", *map(str, args)])


def said(result: Result) -> list[str]:
    """What is said below the table of columns, one line for each of 28, but for notes and warnings."""
    below = result.output.splitlines()[29:]
    return [line for line in below if not line.startswith(("note: ", "warning: "))]


def edited(source: Path, folder: Path, *edits: tuple[str, str]) -> Path:
    data = source.read_bytes()
    for old, new in edits:
        assert data.count(old.encode("cp1252")) == 1, old
        data = data.replace(old.encode("cp1252"), new.encode("cp1252"))
    (folder / source.name).write_bytes(data)
    return folder / source.name


@pytest.mark.parametrize(("path", "warned"), [(FLAT, "1 warning"), (INTERLEAVED, "1 warning")])
def test_a_sound_list_ends_well(path: Path, warned: str) -> None:
    result = check(path)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == f"8 positions, 363.636 km, 372.727 km of cable: no breach; {warned}"


def test_a_segment_of_a_system_is_said(tmp_path: Path) -> None:
    lines = FLAT.read_text("cp1252").splitlines()
    for number, line in enumerate(lines[6:], start=6):
        cells = line.split(";")
        cells[6] = f"{float(cells[6]) + 120.5:.3f}"
        lines[number] = ";".join(cells)
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="cp1252")
    result = check(tmp_path / "a.csv")
    assert result.exit_code == 0, result.output
    assert "note: KP begins at 120.500 km: taken as a segment's offset" in result.output.splitlines()
    assert result.output.splitlines()[-1] == "8 positions, 363.636 km, 372.727 km of cable: no breach; 1 warning"


def test_a_workbook_by_its_sheet(tmp_path: Path) -> None:
    write_rpl_xlsx(tmp_path / "a.xlsx", sample_rpl(), created_utc=CREATED)
    assert check(tmp_path / "a.xlsx", "--sheet", "RPL").exit_code == 0


def test_breaches_are_named_by_the_rows_of_the_file(tmp_path: Path) -> None:
    result = check(edited(INTERLEAVED, tmp_path, ("224.99,14.019", "44.99,10.019")))
    assert result.exit_code == 2
    lines = said(result)
    assert lines[0].startswith("row 12, DistBetweenPos (column G): found 10.019 km, the geodesic is 14.019 km: ")
    assert any(
        line.startswith("row 12, Bearing (column F): found 44.99°, the geodesic begins at 224.99°") for line in lines
    )
    assert any(line.startswith("row 13, DistCumulative (column H): ") for line in lines)
    assert lines[-1].endswith(f": {len(lines) - 1} breaches; 1 warning")


def test_in_a_flat_list_a_span_is_named_where_it_stands(tmp_path: Path) -> None:
    result = check(edited(FLAT, tmp_path, ("224.99;14.019", "224.99;10.019")))
    assert "row 8, DistBetweenPos (column F): found 10.019 km" in result.output


def test_a_figure_at_fault_is_named_once(tmp_path: Path) -> None:
    result = check(edited(INTERLEAVED, tmp_path, ("3,3,PLUP", "3,2,PLUP"), ("2,,,,,199.59", "2,,,,,x")))
    assert result.exit_code == 2
    assert result.output.count("row 15, PosNo (column B)") == 1
    assert "row 14, Bearing (column F): found `x`, expected a number alone" in result.output
    assert ": 2 faults; " in result.output.splitlines()[-1]


def test_a_list_without_positions_is_counted_not_checked(tmp_path: Path) -> None:
    result = check(edited(INTERLEAVED, tmp_path, ("43 34.3080 N", "43 64.3080 N"), ("43.571800", "")))
    assert result.exit_code == 2
    assert said(result) == [
        "row 13, Latitude (column D): found `43 64.3080 N`, expected minutes and seconds below 60",
        "8 positions, which make no route: 1 fault",
    ]


def test_tolerances_are_options(tmp_path: Path) -> None:
    path = edited(INTERLEAVED, tmp_path, ("199.59", "207.59"))
    assert check(path).exit_code == 2
    assert check(path, "--bearing-deg", "9").exit_code == 0


def test_a_file_that_is_no_list_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(args=["check-rpl", str(tmp_path / "none.csv")])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_a_plough_through_a_crossing_is_refused_and_one_up_to_it_warned_of(tmp_path: Path) -> None:
    span = "198.94,44.722,,2.500,45.840,,,DA1,DA"
    through = edited(INTERLEAVED, tmp_path, (f"{span},PLIB", f"{span},plough"))
    result = check(through)
    assert result.exit_code == 2
    found = (
        "row 16, ProtectionMethod (column O): found plough through the crossing at position 3A, expected PLUP before "
    )
    assert said(result)[0].startswith(found)
    warned = check(INTERLEAVED, "--plough-clear-m", "50000")
    assert warned.exit_code == 0
    warnings = [line for line in warned.output.splitlines() if line.startswith("warning: ")]
    assert warnings[1].startswith(
        "warning: row 14, ProtectionMethod (column O): found plough 44723 m from the crossing"
    )
    assert check(INTERLEAVED, "--strict").exit_code == 2
    assert check(INTERLEAVED, "--strict", "--straight-km", "400").exit_code == 0


def test_a_list_without_protection_says_by_its_events_where_the_plough_is(tmp_path: Path) -> None:
    result = check(edited(FLAT, tmp_path, ("3;PLUP / AC", "3;AC"), ("4;PLDN / WD 200", "4;WD 200")))
    assert result.exit_code == 2
    assert result.output.count("through the crossing at position 3A") == 2
