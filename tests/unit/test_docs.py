"""The documentation is current: the dictionary, the links, the commands and the keys that it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline import cli
from pipeline.layers import LAYERS, PUBLISHED
from pipeline.report.dictionary import REGENERATE, data_dictionary
from pipeline.study import load_study, parse_override
from tests.conftest import ROOT, STUDY

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each line of a shell block that begins with our command."""
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0].rsplit("/", 1)[-1] == "transcaspian":
                yield words[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist_with_their_options(page: Path) -> None:
    for words in commands(page):
        command: click.Command = cli.command
        while isinstance(command, click.Group):
            name, *words = words
            assert name in command.commands, f"{page.name}: transcaspian {name}"
            command = command.commands[name]
        known = {option: param for param in command.params for option in param.opts}
        for number, word in enumerate(words):
            if word.startswith("--"):
                assert word in known, f"{page.name}: {command.name} {word}"
            if word == "--set" and "=" in words[number + 1]:
                load_study(STUDY, dict([parse_override(words[number + 1])]))


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in PAGES[1:]:
        if page.name != "README.md":
            assert page.relative_to(ROOT / "docs").as_posix() in index
    assert "docs/README.md" in (ROOT / "README.md").read_text(encoding="utf-8")
