"""The runs on the disk: registered, found, published by a decision, and every change of a bit noticed."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from tests.archives import STAMP_TIME, make_run, write_small
from tests.conftest import RAW
from transcaspian import cli
from transcaspian.core.errors import BusyError, ExportError
from transcaspian.runs.archive import lock
from transcaspian.runs.archive.archived_runs import ArchivedRun, find_run, last_published, runs_in, verify_run
from transcaspian.runs.archive.folder import open_run
from transcaspian.runs.archive.live import RUNNING, at_work, leftovers, live_in
from transcaspian.runs.archive.lock import locked
from transcaspian.runs.archive.pointer import LATEST, latest_name
from transcaspian.runs.archive.publication import confirm_run, publish_run
from transcaspian.runs.archive.register import HELD, PUBLISHED, REGISTER, REMOVED, UNKNOWN, WHAT_IF, read_register
from transcaspian.runs.archive.retention import Retention, expired_runs, prune, remove_run
from transcaspian.runs.archive.steps import STEP, steps_in
from transcaspian.runs.health import HealthLimits, health
from transcaspian.runs.reproduce import seed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_run(tmp_path / "sea", "20260102-bbbb", "2026-01-02T00:00:00.000Z", length_km=360.0)
    make_run(tmp_path / "sea", "20260101-aaaa", "2026-01-01T00:00:00.000Z", length_km=359.0)
    return tmp_path / "sea"


def command(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.command, ["runs", *words, "--out", str(home.parent), "--study", "sea"])
    return done.exit_code, done.output + str(done.exception or "")


def hidden(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir() if path.name.startswith("."))


def test_runs_stand_in_the_order_in_which_they_came(home: Path) -> None:
    found = runs_in(home)
    assert [run.name for run in found] == ["20260102-bbbb", "20260101-aaaa"]  # whatever the clock said
    assert [run.is_latest for run in found] == [False, True]
    assert [run.state for run in found] == [PUBLISHED, PUBLISHED]
    assert [run.lengths_km for run in found] == [{"main": 360.0}, {"main": 359.0}]


def test_a_run_is_named_by_its_beginning(home: Path) -> None:
    assert find_run(home, "20260102").name == "20260102-bbbb"
    assert find_run(home, "latest").name == "20260101-aaaa"
    with pytest.raises(ExportError, match=r"2 in .* have that name; the last runs there are: 20260102-bbbb"):
        find_run(home, "2026")
    with pytest.raises(ExportError, match=r"0 in .* have that name"):
        find_run(home, "2027")
    with pytest.raises(ExportError, match="is not a folder with runs"):
        runs_in(home / "nosuch")


def test_what_reads_latest_says_where_nothing_is_published(tmp_path: Path) -> None:
    home = tmp_path / "sea"
    make_run(home, "r", event=WHAT_IF)
    assert last_published(home) is None
    for words in (["verify"], ["show"], ["diff", "r"], ["reproduce"]):
        code, told = command(home, *words)
        assert code != 0
        assert "nothing is published yet" in told
    posted = CliRunner().invoke(cli.command, ["publish", "postgis", "postgresql://x", "--run", str(home / "latest")])
    assert "nothing is published yet" in str(posted.exception)
    (found,) = [item for item in health(home, RAW, HealthLimits(), STAMP_TIME) if item.name == "published run"]
    assert "nothing is published yet" in found.told


def test_a_good_run_has_no_fault(home: Path) -> None:
    assert verify_run(find_run(home, "latest")) == ()
    (home / "latest" / "a.txt-wal").write_text("")  # a GIS has it open
    assert verify_run(find_run(home, "latest")) == ()


def test_every_change_of_a_file_is_named(home: Path) -> None:
    folder = find_run(home, "latest").folder
    (folder / "a.txt").write_text("A.txt")
    (folder / "rpl" / "b.txt").unlink()
    (folder / "c.txt").write_text("")
    assert verify_run(find_run(home, "latest")) == (
        "a.txt was changed: 5 bytes, 5 were written",
        "rpl/b.txt is missing",
        "c.txt is not of this run",
    )


def test_a_run_is_made_again_in_a_folder_that_need_not_be_there(home: Path, tmp_path: Path) -> None:
    before, again = find_run(home, "latest"), tmp_path / "again" / "sea"
    seed(again, before.folder, STAMP_TIME)
    assert [run.name for run in runs_in(again)] == [before.name]
    with pytest.raises(ExportError, match="has runs: name an empty folder"):
        seed(again, before.folder, STAMP_TIME)


def flips(path: Path, step: int) -> list[tuple[int, int]]:
    return [(byte, (byte * 7) % 8) for byte in range(0, path.stat().st_size, step)]


def test_every_flipped_bit_of_a_run_is_found(home: Path) -> None:
    folder = find_run(home, "latest").folder
    for path in (folder / "a.txt", folder / "rpl" / "b.txt", folder / "manifest.json"):
        good = path.read_bytes()
        for byte, bit in flips(path, 1 if len(good) < 100 else 3):
            path.write_bytes(good[:byte] + bytes([good[byte] ^ (1 << bit)]) + good[byte + 1 :])
            assert verify_run(find_run(home, "latest")), f"{path.name}, byte {byte}"
        path.write_bytes(good)
    assert verify_run(find_run(home, "latest")) == ()


def test_every_flipped_bit_of_the_register_is_one_sentence_and_loses_nothing(home: Path) -> None:
    path = home / REGISTER
    good = path.read_bytes()
    for byte, bit in flips(path, 5):
        path.write_bytes(good[:byte] + bytes([good[byte] ^ (1 << bit)]) + good[byte + 1 :])
        with pytest.raises(ExportError, match="No run is lost: restore"):
            runs_in(home)
    path.write_bytes(good)
    assert len(runs_in(home)) == 2


def test_every_flipped_bit_of_latest_is_put_right_from_the_register(home: Path) -> None:
    path = home / LATEST
    good = path.read_bytes()
    for byte, bit in flips(path, 11):
        path.write_bytes(good[:byte] + bytes([good[byte] ^ (1 << bit)]) + good[byte + 1 :])
        with steps_in(home) as steps:
            assert any("restored from" in note for note in steps.notes), f"byte {byte}"
        assert latest_name(home) == "20260101-aaaa"


@pytest.mark.parametrize(
    "edit",
    [
        lambda lines: lines[:1] + lines[2:],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [line.replace('"published"', '"what-if"') for line in lines],
        lambda lines: [*lines[:-1], lines[-1][:-9]],
    ],
    ids=["taken away", "turned round", "twice", "edited", "cut off"],
)
def test_a_register_edited_by_hand_stops_in_one_sentence(home: Path, edit: Callable[[list[str]], list[str]]) -> None:
    make_run(home, "third")
    lines = edit((home / REGISTER).read_text().splitlines(keepends=True))
    (home / REGISTER).write_text("".join(lines))
    code, told = command(home, "list")
    assert code != 0
    assert REGISTER in told
    assert "No run is lost" in told
    with pytest.raises(ExportError, match="No run is lost"):
        make_run(home, "fourth")
    assert (home / "third" / "a.txt").is_file()
    (found,) = [item for item in health(home, RAW, HealthLimits(), STAMP_TIME) if not item.is_well]
    assert found.name == "register"


def test_a_register_that_is_gone_is_told_and_can_be_begun_from_the_runs(home: Path) -> None:
    (home / REGISTER).unlink()
    with pytest.raises(ExportError, match=f"{REGISTER} is missing"):
        runs_in(home)
    (home / LATEST).unlink()
    assert [run.state for run in runs_in(home)] == [WHAT_IF, WHAT_IF]
    publish_run(home, "20260102", STAMP_TIME)
    assert latest_name(home) == "20260102-bbbb"


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"schema_version": 2}'])
def test_a_damaged_manifest_is_told_and_stops_no_other_run(home: Path, text: str) -> None:
    (home / "20260102-bbbb" / "manifest.json").write_text(text)
    (fault,) = verify_run(find_run(home, "20260102"))
    assert "nothing of this run can be verified" in fault
    code, told = command(home, "list")
    assert code == 0
    assert "* 20260101-aaaa     0.0 MB  main 359.0 km" in told
    assert "20260102-bbbb     0.0 MB  damaged: its manifest cannot be read" in told


@pytest.mark.parametrize("name", ["/etc/passwd", "../../other/a.txt", "", "a/../../b", "a\\b"])
def test_a_manifest_leads_to_no_file_outside_its_folder(home: Path, name: str) -> None:
    path = home / "20260102-bbbb" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] = {name: {"sha256": "0" * 64, "bytes": 1}}
    path.write_text(json.dumps(manifest))
    (fault,) = verify_run(find_run(home, "20260102"))
    assert "leads out of the folder" in fault


def test_the_command_ends_with_2_where_something_was_changed(home: Path) -> None:
    assert command(home, "verify") == (0, "20260101-aaaa: 2 files, all as they were written\n")
    (home / "latest" / "a.txt").write_text("x")
    code, told = command(home, "verify")
    assert code == 2
    assert told.startswith("a.txt was changed: 1 bytes, 5 were written\n20260101-aaaa: 2 files, 1 fault\n")


def test_a_run_that_is_not_published_does_not_move_latest(home: Path) -> None:
    held = make_run(home, "kept-back", event=HELD)
    what_if = make_run(home, "what-if", event=WHAT_IF)
    assert latest_name(home) == "20260101-aaaa"
    assert os.readlink(home / "latest") == "20260101-aaaa"
    told = command(home, "list")[1]
    assert "? kept-back" in told
    assert "~ what-if" in told
    assert publish_run(home, "what", STAMP_TIME) == what_if
    assert (latest_name(home), os.readlink(home / "latest")) == ("what-if", "what-if")
    with pytest.raises(ExportError, match="is older than the published run what-if"):
        publish_run(home, "kept", STAMP_TIME)
    assert publish_run(home, "kept", STAMP_TIME, force=True) == held
    with pytest.raises(ExportError, match="is the published one already"):
        publish_run(home, "kept", STAMP_TIME)
    register = read_register(home)
    assert register is not None
    assert [entry.by for entry in register.entries] == ["run"] * 4 + ["person"] * 2


def test_a_damaged_run_is_not_published(home: Path) -> None:
    make_run(home, "what-if", event=WHAT_IF)
    (home / "what-if" / "a.txt").write_text("x")
    with pytest.raises(ExportError, match=r"is not as it was written and cannot be published: a\.txt was changed"):
        publish_run(home, "what-if", STAMP_TIME)
    assert latest_name(home) == "20260101-aaaa"


def test_a_run_copied_from_elsewhere_is_told_never_removed_and_published_by_force_alone(home: Path) -> None:
    shutil.copytree(home / "20260101-aaaa", home / "copied")
    assert verify_run(find_run(home, "copied")) == ("manifest.json is that of run 20260101-aaaa",)
    path = home / "copied" / "manifest.json"
    path.write_text(path.read_text().replace('"id": "20260101-aaaa"', '"id": "copied"'))
    found = find_run(home, "copied")
    assert found.state == UNKNOWN
    assert "! copied" in command(home, "list")[1]
    assert {item.name for item in health(home, RAW, HealthLimits(), STAMP_TIME) if not item.is_well} == {"register"}
    assert "copied" not in {run.name for run in expired_runs(home, Retention(0, 0))}
    with pytest.raises(ExportError, match="it was copied there from elsewhere"):
        publish_run(home, "copied", STAMP_TIME)
    publish_run(home, "copied", STAMP_TIME, force=True)
    assert last_published(home) == find_run(home, "copied")


def test_a_folder_with_the_name_of_another_study_is_told(home: Path) -> None:
    renamed = home.rename(home.with_name("ocean"))
    with pytest.raises(ExportError, match="holds the runs of the study `sea`"):
        make_run(renamed, "r")
    assert len(runs_in(renamed)) == 2


def test_one_run_at_a_time_and_the_other_is_told_who_is_at_work(home: Path) -> None:
    with live_in(home) as live:
        live.go_to("routes")
        assert f"process {os.getpid()}" in at_work(home)
        assert "in the stage routes" in at_work(home)
        with pytest.raises(BusyError, match=r"in the stage routes, since .*is at work in"), live_in(home):
            pass
        publish_run(home, "20260102", STAMP_TIME, force=True)  # a decision needs no run to end
    assert at_work(home) == ""
    assert hidden(home) == []


def test_runs_of_threads_of_one_process_are_kept_apart(tmp_path: Path) -> None:
    home = tmp_path / "sea"
    together = threading.Barrier(4)

    def some(_: int) -> list[str]:
        together.wait(10)
        made = []
        for _ in range(6):
            try:
                made.append(make_run(home, "20260102-bbbb").name)
            except BusyError:
                made.append("")
        return made

    with ThreadPoolExecutor(4) as threads, patch("transcaspian.runs.archive.live.PATIENCE_S", 0.2):
        names = [name for found in threads.map(some, range(4)) for name in found]
    made = [name for name in names if name]
    assert len(set(made)) == len(made) > 0
    assert {run.name for run in runs_in(home, PUBLISHED)} == set(made)
    assert all(not verify_run(run) for run in runs_in(home))
    assert home / latest_name(home) == runs_in(home)[-1].folder
    assert hidden(home) == []


def test_two_decisions_at_once_are_both_kept(home: Path) -> None:
    names = [make_run(home, f"r{number}", event=WHAT_IF).name for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda name: publish_run(home, name, STAMP_TIME, force=True), names))
    register = read_register(home)
    assert register is not None
    assert sorted(entry.run for entry in register.entries[-8:]) == names
    assert latest_name(home) == register.entries[-1].run


def test_what_killed_runs_left_is_removed_and_said(home: Path) -> None:
    (home / ".incomplete-20260103-cccc").mkdir()
    (home / ".incomplete-20260103-cccc" / "half.gpkg").write_text("half")
    (home / ".removed-20251231-zzzz").mkdir()
    said = {"stage": "cost", "began_utc": "2026-01-03T01:00:00Z", "process": 4711, "host": "ship", "boot": ""}
    (home / RUNNING).write_text(json.dumps(said))
    # as an earlier version named them
    (home / ".incomplete-20260103-dddd-0a1b2c3d-4711").mkdir()
    (home / ".latest-0a1b2c3d-4711").symlink_to("nowhere")
    (home / ".running-0a1b2c3d-4711.json").write_text("{}")
    (found,) = [item for item in health(home, RAW, HealthLimits(), STAMP_TIME) if item.name == "leftovers"]
    assert ".incomplete-20260103-cccc" in found.told
    assert found.told.endswith(": the next run removes them")
    with live_in(home) as live:
        notes = "\n".join(live.notes)
    assert "a run (process 4711 on ship, in the stage cost, since 2026-01-03T01:00:00Z) did not end" in notes
    assert notes.count("left by a run that did not end") == 2
    assert leftovers(home) == ()
    assert hidden(home) == []
    with live_in(home) as live:
        assert live.notes == ()


def test_an_interrupted_step_is_finished_by_the_next_command(home: Path) -> None:
    """Each part of a step is left out in turn, as if the power had gone there."""
    parts = (
        "transcaspian.runs.archive.steps.write_register",
        "transcaspian.runs.archive.steps.point",
        "pathlib.Path.unlink",
    )
    for number, part in enumerate(parts):
        what_if = make_run(home, f"r{number}", event=WHAT_IF)

        def gone(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with patch(part, gone), pytest.raises(KeyboardInterrupt):
            publish_run(home, what_if.name, STAMP_TIME)
        (home / ".step.lock").unlink(missing_ok=True)  # where `unlink` itself was left out
        assert (home / STEP).is_file()
        assert "* r" in command(home, "list")[1]
        assert latest_name(home) == os.readlink(home / "latest") == what_if.name
        register = read_register(home)
        assert register is not None
        assert [entry.event for entry in register.entries if entry.run == what_if.name] == [WHAT_IF, PUBLISHED]
        assert hidden(home) == []


def test_a_published_run_is_not_removed_and_a_removed_one_not_confirmed(home: Path) -> None:
    old = find_run(home, "20260102")
    publish_run(home, old.name, STAMP_TIME, force=True)
    with pytest.raises(ExportError, match="was published meanwhile, and stays"):
        remove_run(home, old, STAMP_TIME)
    assert verify_run(old) == ()
    gone = find_run(home, "20260101")
    remove_run(home, gone, STAMP_TIME)
    with pytest.raises(ExportError, match="is no longer the published one"):
        confirm_run(home, gone.name, STAMP_TIME)
    register = read_register(home)
    assert register is not None
    assert (register.entries[-1].event, register.entries[-1].run) == (REMOVED, gone.name)
    assert latest_name(home) == old.name


def test_thirty_what_ifs_evict_no_night(home: Path) -> None:
    for number in range(35):
        make_run(home, f"w{number:02}", event=WHAT_IF)
    gone = prune(home, Retention(newest=30, months=0), STAMP_TIME)
    assert gone == tuple(f"w{number:02}" for number in range(5))
    assert len(runs_in(home, PUBLISHED)) == 2


def test_a_run_is_held_when_another_was_published_while_it_was_made(home: Path) -> None:
    make_run(home, "what-if", event=WHAT_IF)
    with live_in(home) as live, open_run(live, "night", STAMP_TIME) as folder:
        write_small(folder.path, "night", "2026-01-03T00:00:00.000Z")
        publish_run(home, "what-if", STAMP_TIME)
        (why,) = folder.register(PUBLISHED, after="20260101-aaaa")
    assert "run what-if was published while this one was made" in why
    assert find_run(home, "night").state == HELD
    assert latest_name(home) == "what-if"


def test_a_volume_without_locks_is_one_sentence(tmp_path: Path) -> None:
    def without(_: int) -> None:
        raise OSError(95, "Operation not supported")

    with patch.object(lock, "_lock", without), pytest.raises(ExportError, match="lies on a volume without file locks"):
        make_run(tmp_path / "sea", "r")
    assert not (tmp_path / "sea" / "r").exists()


def test_a_lock_goes_with_its_holder_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with locked(path) as first:
        assert first is not None
        with locked(path, wait_s=0.05) as second:
            assert second is None
        assert path.exists()
    assert not path.exists()


def old_home(tmp_path: Path) -> Path:
    """A folder as the version before left it: no register, held runs apart, a pointer of two keys."""
    home = tmp_path / "sea"
    for number, name in enumerate(("r1", "r2", "r3")):
        make_run(home, name, f"2026-01-0{number + 1}T01:00:00.000Z")
    make_run(home, "h1", "2026-01-04T01:00:00.000Z", event=HELD)
    (home / "held").mkdir()
    (home / "h1").rename(home / "held" / "h1")
    (home / REGISTER).unlink()
    (home / LATEST).write_text('{"run": "r2", "confirmed_utc": "2026-01-05T01:00:00Z"}\n')
    (home / "latest").unlink()
    (home / "latest").symlink_to("r2")
    (home / "released.jsonl").write_text('{"run": "r1", "released_utc": "2026-01-01T02:00:00Z", "faults": []}\n')
    return home


def test_folders_of_the_version_before_stay_listed_verified_compared_and_prunable(tmp_path: Path) -> None:
    home = old_home(tmp_path)
    assert {run.name: run.state for run in runs_in(home)} == dict.fromkeys(("r1", "r2", "r3"), PUBLISHED) | {"h1": HELD}
    assert find_run(home, "latest").name == "r2"
    assert not (home / REGISTER).exists(), "looking changes nothing"
    assert command(home, "verify", "h1")[0] == 0
    with live_in(home) as live:
        assert any("registered 4 runs of an earlier version" in note for note in live.notes)
    assert latest_name(home) == "r2"
    assert json.loads((home / LATEST).read_text())["confirmed_utc"] == "2026-01-05T01:00:00Z"
    register = read_register(home)
    assert register is not None
    assert {entry.by for entry in register.entries} == {"earlier version"}
    assert publish_run(home, "h1", STAMP_TIME, force=True) == home / "h1"
    assert (home / "h1" / "a.txt").is_file()
    assert verify_run(find_run(home, "latest")) == ()
    assert set(prune(home, Retention(newest=1, months=0), STAMP_TIME + timedelta(days=9))) == {"r1", "r3"}
    assert (home / "released.jsonl").is_file()


def test_a_run_that_another_command_removes_meanwhile_is_not_published(home: Path) -> None:
    """Between the look at it and the step: `latest` would lead nowhere."""
    gone = make_run(home, "r9", event=WHAT_IF)
    before = latest_name(home)

    def removed(run: ArchivedRun) -> tuple[str, ...]:
        remove_run(home, run, STAMP_TIME)
        return ()

    with (
        patch("transcaspian.runs.archive.publication.verify_run", removed),
        pytest.raises(ExportError, match="is gone: another command removed it"),
    ):
        publish_run(home, gone.name, STAMP_TIME, force=True)
    assert latest_name(home) == before
    register = read_register(home)
    assert register is not None
    assert gone.name not in register.states
