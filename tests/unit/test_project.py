"""Whose flows are run: those of the project that a command is called in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from transcaspian.core import template
from transcaspian.orchestration import project
from transcaspian.orchestration.project import default_paths, project_folder

LOAD = """
import os, sys
from pathlib import Path
from transcaspian.orchestration.project import load_flow
for folder in sys.argv[1:]:
    print(load_flow(Path(folder), "trans_caspian", "trans_caspian"), sys.modules["flows.trans_caspian"].__file__)
print(os.environ["PYTHONPATH"].split(os.pathsep)[0])
"""


def flow_in(folder: Path, told: str = "a flow") -> Path:
    """A project with a flow file."""
    (folder / "flows").mkdir(parents=True)
    (folder / "flows" / "__init__.py").write_text("")
    (folder / "flows" / "trans_caspian.py").write_text(f"trans_caspian = {told!r}\n")
    return folder


def test_it_is_the_working_folder_or_the_first_above_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outer = flow_in(tmp_path / "outer")
    inner = flow_in(outer / "inner")
    (inner / "studies" / "mine").mkdir(parents=True)
    for working, wanted in ((outer, outer), (inner, inner), (inner / "studies" / "mine", inner)):
        monkeypatch.chdir(working)
        assert project_folder() == wanted


def test_elsewhere_it_is_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert project_folder() == ROOT
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert project_folder() == ROOT


def test_a_folder_where_every_user_may_put_files_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = flow_in(tmp_path / "shared")
    shared.chmod(0o1777)  # as /tmp is
    (shared / "mine").mkdir()
    monkeypatch.chdir(shared / "mine")
    assert project_folder() == ROOT


def test_the_default_study_is_that_of_the_working_folder_or_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = Path("studies/trans_caspian.toml"), Path("data/processed")
    monkeypatch.chdir(ROOT)
    assert default_paths(ROOT) == (study, out)
    monkeypatch.chdir(tmp_path)
    assert default_paths(ROOT) == (ROOT / study, ROOT / out)
    assert default_paths(tmp_path) == (study, out), "a study that is nowhere is missed here"
    monkeypatch.setattr(project, "IN_WHEEL", ROOT)
    assert default_paths(ROOT) == (ROOT / study, out), "nothing is written into an installed package"


def test_the_template_lies_in_the_package_or_is_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert template.template_folder() == ROOT
    monkeypatch.setattr(template, "IN_WHEEL", tmp_path)
    assert template.template_folder() == tmp_path


def test_one_project_after_another_gives_its_own_flow(tmp_path: Path) -> None:
    folders = [str(flow_in(tmp_path / name, f"of {name}")) for name in ("first", "second", "first again")]
    done = subprocess.run(
        [sys.executable, "-c", LOAD, *folders], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    told = done.stdout.splitlines()
    assert told[:-1] == [f"of {Path(folder).name} {folder}/flows/trans_caspian.py" for folder in folders]
    assert told[-1] == folders[-1], "processes that are begun from now on find the same"
