"""The overlay of a study that edits become."""

from __future__ import annotations

import tomllib
from types import SimpleNamespace
from typing import cast

import pytest

from tests.conftest import STUDY
from transcaspian.runs.adopt import overlay_text, systems_beside
from transcaspian.runs.archive.archived_runs import ArchivedRun
from transcaspian.runs.edits import Edits, SystemEdits
from transcaspian.study import load_study
from transcaspian.study.own_line import Adoption

DONE = Adoption(run="20261124T135912Z", file="edited.gpkg", who="GB", when="2026-11-29", why="a survey")
REMARK = (50.0, 42.0, "", "survey here", "GB", "")


@pytest.mark.parametrize("systems", [{}, {"main": SystemEdits(via=((50.9, 41.1, None),))}])
@pytest.mark.parametrize("remarks", [None, (), (REMARK,)])
def test_remarks_are_of_the_study_whatever_else_was_edited(
    systems: dict[str, SystemEdits], remarks: tuple[tuple[float, float, str, str, str, str], ...] | None
) -> None:
    edits = Edits(cast("ArchivedRun", None), systems, remarks)
    found = tomllib.loads(overlay_text(edits, load_study(STUDY), "study.toml", DONE))
    texts = None if remarks is None else [item[3] for item in remarks]
    assert (None if "remarks" not in found else [item["text"] for item in found["remarks"]]) == texts
    assert [set(item) for item in found.get("systems", ())] == [{"id", "via"}] * len(systems)
    assert len(found["adopted"]) == 1
    assert "remarks" not in found["adopted"][0]


def test_a_trial_has_the_systems_of_the_run_that_are_built_together_with_the_edited_one() -> None:
    """Else the list of the edited one would lack the crossings of its sisters."""
    study = load_study(STUDY)
    changed = {"main": SystemEdits(adopt=("risk_front", "main/2"))}

    def asked(*laid: str) -> tuple[str, ...]:
        run = SimpleNamespace(manifest={"systems": [{"id": name} for name in laid]})
        return systems_beside(Edits(cast("ArchivedRun", run), changed), study)

    beside = [other.id for other in study.built_with(study.systems[0])]
    assert "reserve-2023" in beside
    assert asked("main", "main-2023", "reserve-2023", "turkmen") == ("main", *beside)
    assert asked("main") == ("main",)
