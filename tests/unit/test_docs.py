"""The documentation is current: the links, the commands, the keys and the tables that it names."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.conftest import ROOT, STUDY, need
from transcaspian import cli
from transcaspian.study import load_study, parse_override
from transcaspian.study.load import read_tables

SILK_WAY = STUDY.parent / "digital_silk_way.toml"
BLACK_SEA = ROOT / "tests" / "integration" / "black_sea.toml"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def commands(page: Path) -> Iterator[list[str]]:
    """The words after our command, of each line of a shell block and of code within the text that begins with it."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
    lines += re.findall(r"`(transcaspian [^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    for line in lines:
        words = shlex.split(line, comments=True)
        if words and words[0].rsplit("/", 1)[-1] == "transcaspian":
            yield words[1:]


def overrides(page: Path) -> list[str]:
    """What follows ``--set``, wherever it stands."""
    text = page.read_text(encoding="utf-8")
    return [quoted or plain for quoted, plain in re.findall(r"--set (?:'([^']+)'|([^\s`']+=[^\s`']+))", text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist_with_their_options(page: Path) -> None:
    for words in commands(page):
        command: click.Command = cli.command
        while isinstance(command, click.Group):
            name, *words = words
            found = command.get_command(click.Context(command), name)
            assert found, f"{page.name}: transcaspian {name}"
            command = found
        known = {option: param for param in command.params for option in param.opts}
        for word in words:
            if word.startswith("--"):
                assert word.partition("=")[0] in known, f"{page.name}: {command.name} {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_keys_that_are_set_are_keys_of_a_study(page: Path, tmp_path: Path) -> None:
    studies = {"network": SILK_WAY}
    for block in re.findall(r"```toml\n(extends.*?)```", page.read_text(encoding="utf-8"), re.S):
        (tmp_path / "study.toml").write_text(block.replace('extends = "', f'extends = "{STUDY.parent.as_posix()}/', 1))
        studies |= dict.fromkeys(set(tomllib.loads(block)) - set(read_tables(STUDY)), tmp_path / "study.toml")
        break
    for text in overrides(page):
        key, value = parse_override(text)
        load_study(studies.get(key.partition(".")[0], STUDY), {key: value})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_of_a_study_are_what_the_model_takes(page: Path, tmp_path: Path) -> None:
    """Each TOML block: over the study it extends, over the default study, or as what the smallest study begins with."""
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
        given = tomllib.loads(re.sub(r"(?m)^   ", "", block))
        if "extends" in given:
            base = STUDY.parent / given["extends"]
            (tmp_path / "study.toml").write_text(block.replace(given["extends"], str(base), 1), encoding="utf-8")
            load_study(tmp_path / "study.toml")
        elif "landings" in given:
            rest = BLACK_SEA.read_text(encoding="utf-8")
            (tmp_path / "study.toml").write_text(block + rest[rest.index("[cost]") :], encoding="utf-8")
            load_study(tmp_path / "study.toml")
        else:
            (tmp_path / "study.toml").write_text(f'extends = "{STUDY.as_posix()}"\n{block}', encoding="utf-8")
            load_study(tmp_path / "study.toml")


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))) <= targets


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in PAGES[1:]:
        if page.name != "README.md":
            assert page.relative_to(ROOT / "docs").as_posix() in index
    assert "docs/README.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_deployments_find_their_code_from_a_worker() -> None:
    """A worker begins in a folder of its own, so a relative folder is not that of the checkout."""
    folders = re.findall(r"(?m)^\s+directory: (\S.*?)(?: #.*)?$", (ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    assert folders == ['"{{ $PWD }}"']


def units() -> dict[str, str]:
    """The units of systemd in the page about nightly runs, by their names."""
    text = (ROOT / "docs" / "how-to" / "schedule.md").read_text(encoding="utf-8")
    return dict(re.findall(r"`/etc/systemd/system/([\w-]+\.service)`:\n\n```ini\n(.*?)```", text, re.S))


def test_systemd_takes_the_units_as_they_stand(tmp_path: Path) -> None:
    verify = need("systemd-analyze", "systemd")
    found = units()
    assert list(found) == ["transcaspian-server.service", "transcaspian.service"]
    checkout = tmp_path / "opt"
    for program in ("prefect", "transcaspian"):  # it looks whether they can be called
        path = checkout / ".venv" / "bin" / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)

    def said_of(texts: dict[str, str]) -> str:
        for name, text in texts.items():
            (tmp_path / name).write_text(text.replace("/opt/transcaspian", str(checkout)))
        words = [verify, "--man=no", "--recursive-errors=yes", "verify", *(str(tmp_path / name) for name in texts)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr + (f"exit code {done.returncode}" if done.returncode else "")

    assert said_of(found) == ""
    for right, wrong in (("=always", "=allways"), ("ExecStart=", "ExecStrat="), ("/bin/", "/nosuch/")):
        changed = {name: text.replace(right, wrong) for name, text in found.items()}
        assert wrong.strip("=") in said_of(changed), "a fault would be told"
