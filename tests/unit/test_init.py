"""`transcaspian init`: a project is laid out whole or not at all, and an upgrade overwrites nothing of the user's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from transcaspian import cli
from transcaspian.cli import project_layout
from transcaspian.cli.project_layout import STAMP, lay_out_project
from transcaspian.core.errors import ExportError
from transcaspian.core.version import __version__

STUDY = "studies/trans_caspian.toml"


def call(*words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(cli.command, ["init", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def texts(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    lay_out_project(tmp_path / "project")
    return tmp_path / "project"


def with_template(monkeypatch: pytest.MonkeyPatch, **changes: bytes | None) -> None:
    """The installed version has another template: files by their stems; one of None is gone."""
    files = project_layout.wanted_files()
    for name, content in changes.items():
        (path,) = [path for path in [*files, "studies/new.toml"] if Path(path).stem == name and path != "prefect.toml"]
        files[path] = content or b""
        if content is None:
            del files[path]
    monkeypatch.setattr(project_layout, "wanted_files", lambda: dict(files))


def test_a_project_has_all_that_a_run_needs_and_a_stamp(tmp_path: Path) -> None:
    told = call(str(tmp_path / "a" / "b"))
    there = texts(tmp_path / "a" / "b")
    assert {
        STUDY, "studies/digital_silk_way.toml", "data/raw/registry.toml", "data/raw/LICENSES.md", "flows/__init__.py",
        "flows/trans_caspian.py", "prefect.yaml", "prefect.toml", "data/processed/.gitkeep", ".gitignore", "README.md",
        STAMP,
    } <= set(there)  # fmt: skip
    assert not [path for path in there if "__pycache__" in path or "/cache/" in path]
    stamp = json.loads(there[STAMP])
    assert stamp["version"] == __version__
    assert set(stamp["files"]) == set(there) - {STAMP}
    assert f"cd {tmp_path / 'a' / 'b'} && transcaspian run" in told


def test_a_folder_with_other_files_becomes_a_project_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert "next: transcaspian run" in call()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / STUDY).is_file()


@pytest.mark.parametrize("name", ["studies", "data", "flows", "prefect.yaml", "README.md", ".gitignore", STAMP])
def test_a_folder_that_has_one_of_the_names_is_left_as_it_was(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/nowhere")  # whatever it is
    with pytest.raises(ExportError) as told:
        lay_out_project(tmp_path)
    assert str(told.value).startswith(f"{tmp_path} has {name} already, nothing was written: ")
    assert told.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("fails_at", ["mkdir", "write_bytes", "rename"])
def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "notes.txt").write_text("mine")
    real, calls = getattr(Path, fails_at), []

    def failing(self: Path, *args: object, **more: object) -> object:
        calls.append(self)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        return real(self, *args, **more)

    monkeypatch.setattr(Path, fails_at, failing)
    for folder in ("new", "there"):
        calls.clear()
        with pytest.raises(ExportError, match="nothing was written: No space left on device"):
            lay_out_project(tmp_path / folder)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["notes.txt"]


def test_a_file_is_no_folder_for_a_project(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=r"no project in .*file, nothing was written: "):
        lay_out_project(tmp_path / "file")


def test_an_upgrade_renews_what_was_not_edited(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_template(monkeypatch, prefect=b"name: later\n", new=b"later = true\n")
    told = call("--upgrade", str(project))
    assert told.splitlines() == [
        "prefect.yaml: renewed", "studies/new.toml: new", f"the project is of transcaspian {__version__}"
    ]  # fmt: skip
    assert (project / "prefect.yaml").read_bytes() == b"name: later\n"
    assert (project / "studies" / "new.toml").read_bytes() == b"later = true\n"
    assert call("--upgrade", str(project)).count("\n") == 1, "then there is nothing more to do"


def test_an_upgrade_shows_what_was_edited_and_leaves_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "prefect.yaml").write_text("name: mine\n")
    (project / STUDY).write_text("mine = true\n")
    (project / "data/raw/towns_caspian.csv").write_bytes(b"\xff\xfe")
    (project / "studies" / "new.toml").write_text("mine too\n")
    (project / "README.md").unlink()
    before = texts(project)
    with_template(monkeypatch, prefect=b"name: later\n", new=b"later\n", towns_caspian=b"\xff", README=b"later\n")
    for _ in range(2):  # and again, until the user has decided
        told = call("--upgrade", str(project))
        assert f"{STUDY}: edited by you; the template is as it was\n" in told
        assert "prefect.yaml: edited by you, and the template changed: left alone" in told
        assert "  -name: mine\n  +name: later\n" in told
        assert "studies/new.toml: edited by you, and the template changed" in told
        assert "the files differ: 2 bytes here, 1 in the template" in told
        assert "README.md: you removed it: left so" in told
        assert told.endswith(f"the project is of transcaspian {__version__}, but for 3 of your files\n")
        assert {path: text for path, text in texts(project).items() if path != STAMP} == {
            path: text for path, text in before.items() if path != STAMP
        }


def test_force_takes_the_template_and_keeps_yours_beside_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_template(monkeypatch, prefect=b"name: later\n")
    for number, kept in enumerate(("prefect.yaml.old", "prefect.yaml.old2")):
        (project / "prefect.yaml").write_text(f"name: mine {number}\n")
        assert "prefect.yaml: renewed, yours is prefect.yaml.old" in call("--upgrade", "--force", str(project))
        assert (project / "prefect.yaml").read_bytes() == b"name: later\n"
        assert (project / kept).read_text() == f"name: mine {number}\n"
    (project / "README.md").unlink()
    assert "README.md: new" in call("--upgrade", "--force", str(project))


def test_a_file_that_the_template_no_longer_has_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_template(monkeypatch, digital_silk_way=None)
    assert "studies/digital_silk_way.toml: is no longer in the template" in call("--upgrade", str(project))
    assert (project / "studies" / "digital_silk_way.toml").is_file()
    assert "digital_silk_way" not in call("--upgrade", str(project))


@pytest.mark.parametrize("stamp", [None, "", "[]", '{"files": 3}', "é"])
def test_what_is_no_project_is_not_upgraded(tmp_path: Path, stamp: str | None) -> None:
    if stamp is not None:
        (tmp_path / STAMP).write_bytes(stamp.encode("latin-1"))
    with pytest.raises(ExportError, match=r"is no project of `transcaspian init`"):
        list(project_layout.upgrade(tmp_path))


def test_force_alone_is_refused() -> None:
    done = CliRunner().invoke(cli.command, ["init", "--force", "x"])
    assert done.exit_code == 2
    assert "--force says what an upgrade takes" in done.output
