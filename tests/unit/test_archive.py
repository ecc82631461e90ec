"""The runs on the disk: found in their order, named by their beginning, and every change of a file noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli, export
from pipeline.archive.folder import open_run
from pipeline.archive.runs import find_run, runs_in, verify_run
from pipeline.errors import ExportError
from pipeline.sources.verify import sha256_of
from tests.unit.test_export import STAMP_TIME


def publish(out: Path, run_id: str, created_utc: str, length_km: float = 359.0) -> Path:
    """A small run, published the way every run is."""
    with open_run(out, "sea", run_id, STAMP_TIME) as folder:
        (folder.path / "rpl").mkdir()
        for name in ("a.txt", "rpl/b.txt"):
            (folder.path / name).write_text(name)
        files = {name: {"sha256": sha256_of(folder.path / name), "bytes": len(name)} for name in ("a.txt", "rpl/b.txt")}
        manifest = export.build_manifest(
            run={"id": folder.run_id, "created_utc": created_utc}, study={"id": "sea"}, code_sha256="0", sources=[],
            findings={},
            systems=[{"id": "main", "figures": {"length": {"value": length_km}}}], counts={}, seabed={}, numbering={},
            settings={},
            files=files,
        )  # fmt: skip
        export.write_manifest(folder.path / "manifest.json", manifest)
        return folder.publish()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path, "20260102-bbbb", "2026-01-02T00:00:00.000Z", 360.0)
    publish(tmp_path, "20260101-aaaa", "2026-01-01T00:00:00.000Z")
    return tmp_path / "sea"


def test_runs_stand_in_the_order_they_were_made(home: Path) -> None:
    found = runs_in(home)
    assert [run.folder.name for run in found] == ["20260101-aaaa", "20260102-bbbb"]
    assert [run.is_latest for run in found] == [True, False]  # published last, though made before
    assert [run.lengths_km for run in found] == [{"main": 359.0}, {"main": 360.0}]


def test_a_run_is_named_by_its_beginning(home: Path) -> None:
    assert find_run(home, "20260102").folder.name == "20260102-bbbb"
    assert find_run(home, "latest").folder.name == "20260101-aaaa"
    with pytest.raises(ExportError, match=r"2 in .* have that name; the last runs there are: 20260101-aaaa"):
        find_run(home, "2026")
    with pytest.raises(ExportError, match=r"0 in .* have that name"):
        find_run(home, "2027")
    with pytest.raises(ExportError, match="is not a folder with runs"):
        runs_in(home / "nosuch")


def test_a_good_run_has_no_fault(home: Path) -> None:
    assert verify_run(find_run(home, "latest")) == ()
    (home / "latest" / "a.txt-wal").write_text("")  # a GIS has it open
    assert verify_run(find_run(home, "latest")) == ()


def test_every_change_is_named(home: Path) -> None:
    folder = find_run(home, "latest").folder
    (folder / "a.txt").write_text("A.txt")
    (folder / "rpl" / "b.txt").unlink()
    (folder / "c.txt").write_text("")
    assert verify_run(find_run(home, "latest")) == (
        "a.txt was changed: 5 bytes, 5 were written",
        "rpl/b.txt is missing",
        "c.txt is not of this run",
    )


@pytest.mark.parametrize("text", ["", "[]", "{", "{}"])
def test_a_damaged_manifest_is_told_and_stops_no_other_run(home: Path, text: str) -> None:
    (home / "20260102-bbbb" / "manifest.json").write_text(text)
    (fault,) = verify_run(find_run(home, "20260102"))
    assert "nothing of this run can be verified" in fault
    listed = CliRunner().invoke(cli.command, ["runs", "list", "--out", str(home.parent), "--study", "sea"])
    assert listed.exit_code == 0
    assert "* 20260101-aaaa     0.0 MB  main 359.0 km" in listed.output
    assert "20260102-bbbb     0.0 MB  damaged: its manifest cannot be read" in listed.output


def test_the_command_ends_with_2_where_something_was_changed(home: Path) -> None:
    words = ["runs", "verify", "--out", str(home.parent), "--study", "sea"]
    good = CliRunner().invoke(cli.command, words)
    assert (good.exit_code, good.output) == (0, "20260101-aaaa: 2 files, all as they were written\n")
    (home / "latest" / "a.txt").write_text("x")
    bad = CliRunner().invoke(cli.command, words)
    assert bad.exit_code == 2
    assert bad.output == "a.txt was changed: 1 bytes, 5 were written\n20260101-aaaa: 2 files, 1 fault\n"


def test_files_are_those_of_the_manifest(home: Path) -> None:
    manifest = json.loads((home / "latest" / "manifest.json").read_text())
    assert find_run(home, "latest").manifest == manifest
