"""The runs on the disk: found in their order, named by their beginning, and every change of a file noticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli, export
from pipeline.archive.folder import confirm_run, open_run, pointers_to
from pipeline.archive.prune import remove_run
from pipeline.archive.runs import find_run, latest_name, runs_in, verify_run
from pipeline.archive.unfinished import Whereabouts, leftovers, sweep
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


def test_two_runs_in_threads_of_one_process_do_not_touch_each_other(tmp_path: Path) -> None:
    """Every run is published under a name of its own, though all are of one second, and `latest` leads to one."""
    publish(tmp_path, "20260101-aaaa", "2026-01-01T00:00:00.000Z")
    home = tmp_path / "sea"
    together = threading.Barrier(4)

    def some(_: int) -> list[Path]:
        together.wait(10)
        return [publish(tmp_path, "20260102-bbbb", "2026-01-02T00:00:00.000Z") for _ in range(12)]

    with ThreadPoolExecutor(4) as threads:
        folders = [folder for found in threads.map(some, range(4)) for folder in found]
    assert len(set(folders)) == 48
    assert all(not verify_run(run) for run in runs_in(home))
    assert len(runs_in(home)) == 49
    assert home / latest_name(home) in folders
    assert os.readlink(home / "latest") == latest_name(home)
    assert leftovers(home) == ()


def test_a_run_that_begins_leaves_alone_what_another_of_its_process_has_in_hand(tmp_path: Path) -> None:
    one = publish(tmp_path, "20260101-aaaa", "2026-01-01T00:00:00.000Z")
    home = tmp_path / "sea"
    with pointers_to(one, STAMP_TIME) as point:
        assert len(leftovers(home)) == 2
        assert sweep(home) == ()
        two = publish(tmp_path, "20260102-bbbb", "2026-01-02T00:00:00.000Z")
        assert latest_name(home) == two.name
        point()
    assert latest_name(home) == one.name
    assert os.readlink(home / "latest") == one.name
    assert leftovers(home) == ()


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["ours", "gone"])
def test_what_a_dead_run_left_is_swept_whatever_number_its_process_had(home: Path, pid: int) -> None:
    (home / f".incomplete-20260103-cccc-0a1b2c3d-{pid}").mkdir()
    (home / f".incomplete-20260103-cccc-0a1b2c3d-{pid}" / "half.gpkg").write_text("half")
    (home / f".incomplete-20260103-dddd-{pid}").mkdir()  # as runs before named it
    for name in (f".latest-{pid}", f".latest-0a1b2c3d-{pid}"):
        (home / f"{name}.json").write_text("{}")
        (home / name).symlink_to("nowhere")
    (home / f".running-0a1b2c3d-{pid}.json").write_text('{"stage": "cost", "began_utc": "2026-01-03T01:00:00Z"}')
    (home / f".running-4e5f6a7b-{pid}.json").write_text("")
    notes = sweep(home)
    assert len(notes) == 8
    assert sum("died in the stage cost, which began 2026-01-03T01:00:00Z" in note for note in notes) == 1
    assert sum("died nobody knows where" in note for note in notes) == 1
    assert leftovers(home) == ()
    assert sorted(path.name for path in home.iterdir()) == ["20260101-aaaa", "20260102-bbbb", "latest", "latest.json"]


def test_what_a_living_run_of_another_process_has_in_hand_stays(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        mark = home / f".running-0a1b2c3d-{other.pid}.json"
        mark.write_text("{}")
        assert sweep(home) == ()
        other.communicate(b"\n")
    assert len(sweep(home)) == 1
    assert not mark.exists()


def test_where_a_run_is_stands_in_a_file_until_it_has_ended(home: Path) -> None:
    at = Whereabouts()
    at.go_to("read")
    assert leftovers(home) == ()
    at.live_in(home)
    at.go_to("depth")
    (mark,) = leftovers(home)
    assert json.loads((home / mark).read_text())["stage"] == "depth"
    assert sweep(home) == ()
    at.leave()
    assert leftovers(home) == ()
    gone = Whereabouts()
    gone.live_in(home / "nowhere")
    gone.go_to("depth")  # the run itself will say that there is no such folder
    gone.leave()
    assert (at.stage, gone.stage) == ("depth", "depth")


def test_a_run_that_became_the_last_good_one_is_not_removed(home: Path) -> None:
    doomed = find_run(home, "20260102")
    confirm_run(doomed.folder, STAMP_TIME)
    with pytest.raises(ExportError, match="has become the last good one meanwhile"):
        remove_run(doomed)
    assert verify_run(doomed) == ()


def test_a_run_that_was_removed_does_not_become_the_last_good_one(home: Path) -> None:
    gone = find_run(home, "20260102")
    remove_run(gone)
    with pytest.raises(ExportError, match="was removed while another run found it current"):
        confirm_run(gone.folder, STAMP_TIME)
    assert latest_name(home) == "20260101-aaaa"
    assert leftovers(home) == ()
