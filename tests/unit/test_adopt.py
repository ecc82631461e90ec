"""The overlay of a study that edits become."""

from __future__ import annotations

import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import shapely

from tests.conftest import STUDY
from tests.layer_tables import LAYERS
from tests.unit.test_export import ABOUT, FILLED
from transcaspian import export
from transcaspian.core.errors import IngestError, RoutingError
from transcaspian.runs import adopt, edits
from transcaspian.runs.adopt import adopt_edits, overlay_text, systems_beside
from transcaspian.runs.archive.archived_runs import ArchivedRun
from transcaspian.runs.edits import Edits, SystemEdits, point_edits
from transcaspian.runs.engine import RunSettings
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


def test_edits_that_cannot_be_routed_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(name=DONE.run, manifest={"systems": [{"id": "main"}]})
    asked = Edits(cast("ArchivedRun", run), {"main": SystemEdits(via=((50.9, 41.1, None),))})

    def no_route(*_: Any) -> None:
        assert list(tmp_path.glob("*.toml")) + list(tmp_path.glob(".*.toml"))  # the trial is of a file
        raise RoutingError("no water leads there")

    monkeypatch.setattr(adopt, "_tried", no_route)
    done = DONE.model_dump(exclude={"run"})
    with pytest.raises(RoutingError, match="no water leads there"):
        adopt_edits(
            asked, RunSettings(STUDY, tmp_path), tmp_path / "over.toml", done, replace=False, watch=lambda *_: None
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layers", [["routes"], ["routes", "risk_front"]])
def test_a_point_that_a_run_does_not_have_is_named_with_those_that_it_has(
    layers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "sea.gpkg"
    table = [LAYERS[name] for name in layers]
    export.write_geopackage(package, FILLED, last_change=ABOUT.created_utc, table=table)
    monkeypatch.setattr(edits, "package_of", lambda run: package)
    run = cast("ArchivedRun", SimpleNamespace(name=DONE.run))
    points = FILLED["risk_front"]["point_id"].tolist()
    told = f"its points are {', '.join(points)}" if "risk_front" in layers else "it has no front"
    with pytest.raises(IngestError, match=f"has no point main/99: {told}"):
        point_edits("main/99", run)
    if "risk_front" in layers:
        (changed,) = point_edits(points[0], run).systems.values()
        assert changed.adopt == ("risk_front", points[0])


def test_edits_that_a_program_has_not_yet_written_into_the_file_are_seen(tmp_path: Path) -> None:
    edited, folder = tmp_path / "edited.gpkg", tmp_path / "copy"
    folder.mkdir()
    with closing(sqlite3.connect(edited)) as program:
        program.execute("pragma journal_mode = wal")
        program.execute("create table edits (id integer)")
        program.execute("insert into edits values (7)")
        program.commit()
        copy = edits._whole_copy(edited, folder)
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("select id from edits").fetchall() == [(7,)]


@pytest.mark.parametrize(
    ("area", "says"),
    [
        ("POLYGON ((50 42, 51 43, 51 42, 50 43, 50 42))", "Self-intersection"),
        ("POLYGON ((50 42, 51 42, 51 43, 50 42), (50.5 42.1, 50.9 42.1, 50.9 42.4, 50.5 42.1))", "it has a hole"),
        ("LINESTRING (50 42, 51 42)", "or is no polygon"),
    ],
)
def test_a_keep_out_area_that_cannot_be_used_says_why(area: str, says: str) -> None:
    with pytest.raises(IngestError, match=rf"a keep-out area cannot be used \(.*{says}"):
        list(edits._rings(shapely.from_wkt(area)))
