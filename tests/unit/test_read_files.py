"""A file that has not changed is not read again; one that has, or is asked for otherwise, is."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RAW, STUDY
from transcaspian.core.codec import digest
from transcaspian.core.reading import Answer, Reading, read
from transcaspian.ingest import boundary
from transcaspian.runs.stages.inputs import Inputs, RunSettings
from transcaspian.runs.stages.read_inputs import read_inputs, wanted_study


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunSettings, Inputs]:
    settings = RunSettings(STUDY, tmp_path_factory.mktemp("out"), raw_dir=RAW)
    return settings, read_inputs(settings, wanted_study(settings))


def read_again(monkeypatch: pytest.MonkeyPatch, settings: RunSettings) -> tuple[set[str], Inputs]:
    """The roles whose files were read, and what was read."""
    roles: set[str] = set()

    def noted(wanted: Reading[Any]) -> Answer[Any]:
        roles.add(wanted.arguments[0].role)
        return read(wanted)

    monkeypatch.setattr(boundary, "read", noted)
    return roles, read_inputs(settings, wanted_study(settings))


def test_what_was_read_is_taken_again(monkeypatch: pytest.MonkeyPatch, first: tuple[RunSettings, Inputs]) -> None:
    settings, before = first
    roles, now = read_again(monkeypatch, settings)
    assert not roles
    assert digest(now.seabeds) == digest(before.seabeds)
    assert {role: digest(read) for role, read in now.layers.items()} == {
        role: digest(read) for role, read in before.layers.items()
    }


@pytest.mark.parametrize(
    "changes",
    [{"since": "read"}, {"reuse": False}, {"overrides": {"area.south_deg": 36.5}}],
    ids=["asked for", "without reuse", "another area"],
)
def test_it_is_read_again_where_that_makes_a_difference(
    monkeypatch: pytest.MonkeyPatch, first: tuple[RunSettings, Inputs], changes: dict[str, object]
) -> None:
    settings, before = first
    roles, _ = read_again(monkeypatch, replace(settings, **changes))  # type: ignore[arg-type]
    tables = set() if "overrides" in changes else set(before.further)  # without positions, they are of any area
    assert roles == {"seabed", *before.layers, *tables}


def test_another_file_is_read_and_no_other(
    monkeypatch: pytest.MonkeyPatch, first: tuple[RunSettings, Inputs], tmp_path: Path
) -> None:
    settings, _ = first
    own = shutil.copy(RAW / "borders_caspian.geojson", tmp_path / "own.geojson")
    said = {"path": os.path.relpath(own, STUDY.parent), "citation": "c"}
    roles, _ = read_again(monkeypatch, replace(settings, overrides={"sources.borders": said}))
    assert roles == {"borders"}
