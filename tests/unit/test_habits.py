"""What a release and a first change rely on: fragments, citation, hooks and the workflow say what is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.conftest import ROOT
from transcaspian.core.version import __version__


def join() -> ModuleType:
    spec = importlib.util.spec_from_file_location("join", ROOT / "changes" / "join.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_fragments_go_to_the_end_of_the_first_section(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("what this is\n")
    (tmp_path / "b.md").write_text("- second\n  and more\n")
    (tmp_path / "a.md").write_text("- first\n")
    texts = list(join().fragments(tmp_path).values())
    log = "# Changelog\n\n## 2 (unreleased)\n- before\n\n## 1\n- old\n"
    assert join().joined(log, texts) == (
        "# Changelog\n\n## 2 (unreleased)\n- before\n- first\n- second\n  and more\n\n## 1\n- old\n"
    )
    (tmp_path / "c.md").write_text("no list\n")
    with pytest.raises(ValueError, match="expected lines"):
        join().fragments(tmp_path)


def test_the_fragments_that_are_there_can_be_joined() -> None:
    join().fragments(ROOT / "changes")


def test_the_citation_has_the_version_and_the_licence() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == __version__
    assert f'license = "{cited["license"]}"' in (ROOT / "pyproject.toml").read_text()


def test_hooks_are_local() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    for hook in hooks["repos"][0]["hooks"]:
        assert hook["entry"].startswith(".venv/bin/")


def test_the_workflow_calls_make_targets_alone() -> None:
    (job,) = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text())["jobs"].values()
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    assert set(job["strategy"]["matrix"]["target"]) <= targets
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make ${{ matrix.target }}"]
