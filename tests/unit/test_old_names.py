"""Names that were retired work for one version more, as `core/old_names.toml` says."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from packaging.version import Version
from shapely import Point

import transcaspian
from transcaspian.cli import command
from transcaspian.core.errors import StudyError
from transcaspian.core.frames import frame, typed
from transcaspian.core.layer_catalogue import all_layers
from transcaspian.core.old_names import OldName, TwoNamesError, old_names, table_rows, with_new_keys
from transcaspian.core.version import __version__
from transcaspian.export import Raster
from transcaspian.runs.stages.assemble_run import under_old_names
from transcaspian.study import load_study, study_schema

ROOT = Path(__file__).parents[2]
STUDIES = ROOT / "studies"
KEYS = [one for one in old_names() if one.kind == "key"]
COLUMNS = [one for one in old_names() if one.kind == "column"]


def of_kind(kind: str) -> list[OldName]:
    return [one for one in old_names() if one.kind == kind]


def place_of(tables: Any, way: list[str]) -> Any:
    """The table at the end of a way; of `*` the first member that leads on."""
    for name in way:
        members = tables if isinstance(tables, list) else list(tables.values()) if name == "*" else []
        tables = members[0] if name == "*" else tables.get(name)
        if tables is None:
            return None
    return tables


def with_old(tables: dict[str, Any], one: OldName) -> bool:
    """Put the old name of a key in the place of the new one; whether the study has it."""
    *way, old = one.old.split(".")
    place = place_of(tables, way)
    if place is None or one.new not in place:
        return False
    place[old] = place.pop(one.new)
    return True


def study_with(one: OldName) -> tuple[Path, dict[str, Any]]:
    """A study of ours that has the key, and its tables with the old name."""
    from transcaspian.study.load import read_tables

    for path in sorted(STUDIES.glob("*.toml")):
        tables = read_tables(path)
        if with_old(tables, one):
            return path, tables
    raise AssertionError(f"no study of ours has {one.old}")


@pytest.mark.parametrize("one", KEYS, ids=lambda one: one.old)
def test_a_study_with_an_old_key_is_the_study_with_the_new_one_and_says_so_once(one: OldName) -> None:
    from transcaspian.study.load import study_of

    path, tables = study_with(one)
    old = study_of(tables, "the manifest")
    assert old.model_dump() == load_study(path).model_dump()
    assert old.old_names == (f"`{one.old}` is an old name: write `{one.new}`; version {one.until} refuses it",)
    assert load_study(path).old_names == ()


@pytest.mark.parametrize("one", [one for one in KEYS if "." in one.old and "*" not in one.old], ids=lambda one: one.old)
def test_a_change_by_the_old_key_reaches_the_new_one(one: OldName) -> None:
    path, tables = study_with(one)
    value = place_of(tables, one.old.split(".")) * 0.5
    old = load_study(path, {one.old: value})
    new = load_study(path, {one.old.rpartition(".")[0] + f".{one.new}": value})
    assert old.model_dump() == new.model_dump() != load_study(path).model_dump()
    assert len(old.old_names) == 1


@pytest.mark.parametrize("one", KEYS, ids=lambda one: one.old)
def test_both_names_at_once_are_one_error(one: OldName) -> None:
    from transcaspian.study.load import study_of

    _, tables = study_with(one)
    *way, old = one.old.split(".")
    place = place_of(tables, way)
    place[one.new] = place[old]
    told = f"the manifest: `{one.old}` is the old name of `{one.new}`, and both are given: remove the old one"
    with pytest.raises(StudyError) as caught:
        study_of(tables, "the manifest")
    assert str(caught.value) == told


def test_a_study_file_that_extends_another_may_have_the_old_key(tmp_path: Path) -> None:
    base = (STUDIES / "trans_caspian.toml").as_posix()
    one = next(one for one in KEYS if one.old.startswith("engineering.neighbours.") and one.new.endswith("_m"))
    *way, old = one.old.split(".")
    (tmp_path / "old.toml").write_text(f'extends = "{base}"\n[{".".join(way)}]\n{old} = 321.0\n')
    study = load_study(tmp_path / "old.toml")
    assert study.engineering is not None
    assert study.engineering.neighbours is not None
    assert getattr(study.engineering.neighbours, one.new) == 321.0
    assert len(study.old_names) == 1


def test_members_of_lists_and_of_tables_of_tables_are_reached() -> None:
    one = OldName("key", "systems.*.lay.*.slow", "fast", "9")
    tables = {"systems": [{"id": "a"}, {"lay": {"x": {"slow": 1}, "y": {"slow": 2}}}, {"lay": 3}]}
    found, told = with_new_keys(tables, [one])
    assert found == {"systems": [{"id": "a"}, {"lay": {"x": {"fast": 1}, "y": {"fast": 2}}}, {"lay": 3}]}
    assert told == ("`systems.*.lay.*.slow` is an old name: write `fast`; version 9 refuses it",)
    assert "slow" in json.dumps(tables), "what was given is not changed"
    with pytest.raises(TwoNamesError):
        with_new_keys({"systems": [{"lay": {"x": {"slow": 1, "fast": 1}}}]}, [one])


@pytest.mark.parametrize("one", KEYS, ids=lambda one: one.old)
def test_an_editor_takes_the_old_key_and_marks_it(one: OldName) -> None:
    schema = study_schema()
    checker = Draft202012Validator(schema)
    _, tables = study_with(one)
    plain = json.loads(json.dumps(tables, default=str))
    assert not list(checker.iter_errors(plain))
    assert f"old name of {one.new}" in json.dumps(schema)


@pytest.mark.parametrize("one", COLUMNS, ids=lambda one: f"{one.of}.{one.old}")
def test_a_layer_has_a_column_under_both_names(one: OldName) -> None:
    layer = all_layers()[one.of]
    by_name = {field.name: field for field in layer.fields}
    assert by_name[one.old].old_name_of == one.new
    row = dict.fromkeys(layer.field_names) | {one.new: 1.0, "geometry": Point(50, 40)}
    data = frame(layer, [row]) if by_name[one.new].type == "float" else frame(layer, [{**row, one.new: True}])
    assert data[one.old].tolist() == data[one.new].tolist() == [1]


@pytest.mark.parametrize("one", COLUMNS, ids=lambda one: f"{one.of}.{one.old}")
def test_a_run_of_the_version_before_is_read_under_the_new_name(one: OldName) -> None:
    layer = all_layers()[one.of]
    fill = {"str": "x", "int": 1, "float": 2.0, "bool": True}
    before = gpd.GeoDataFrame(
        {field.name: [fill[field.type]] for field in layer.fields if field.name != one.new},
        geometry=[Point(50, 40)], crs=4326,
    )  # fmt: skip
    assert typed(layer, before)[one.new].tolist() == before[one.old].tolist()


@pytest.mark.parametrize("one", of_kind("raster"), ids=lambda one: one.old)
def test_a_raster_is_written_under_both_names(one: OldName) -> None:
    import numpy as np

    plain = Raster(f"{one.new}_main", np.zeros((2, 2), np.float32), "what it is", "1", ())
    new, old = under_old_names([plain])
    assert new is plain
    assert (old.name, old.description) == (f"{one.old}_main", f"what it is; old name of {one.new}_main")
    assert old.array is plain.array


@pytest.mark.parametrize("one", of_kind("option"), ids=lambda one: one.old)
def test_an_old_option_works_with_a_warning(one: OldName) -> None:
    result = CliRunner().invoke(command, [one.of, one.old, "no number"])
    assert f"DeprecationWarning: {one.old} is an old name: write `{one.new}`" in result.stderr
    assert f"Invalid value for '{one.new}'" in result.stderr
    assert one.old not in CliRunner().invoke(command, [one.of, "--help"]).output


@pytest.mark.parametrize("one", of_kind("attribute"), ids=lambda one: one.old)
def test_an_old_attribute_is_the_new_one_with_a_warning(one: OldName) -> None:
    kind = getattr(transcaspian, one.of)
    made = object.__new__(kind)
    object.__setattr__(made, one.new, "there")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert getattr(made, one.old) == "there"
    assert [str(item.message) for item in caught] == [f"{one.of}.{one.old} is an old name: use {one.new}"]


def test_an_old_keyword_gives_the_new_attribute_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="slack_least_percent=…. is an old name: use min_slack_percent"):
        made = transcaspian.Tolerances(slack_least_percent=-7.0)
    assert made == transcaspian.Tolerances(min_slack_percent=-7.0)


def test_the_page_on_what_stays_has_every_old_name() -> None:
    page = (ROOT / "docs" / "reference" / "compatibility.md").read_text(encoding="utf-8")
    table = page.partition("| old | new | until |\n|---|---|---|\n")[2].partition("\n\n")[0]
    assert table.splitlines() == list(table_rows())


@pytest.mark.parametrize("one", old_names(), ids=lambda one: f"{one.kind} {one.of} {one.old}")
def test_no_old_name_outlives_its_version(one: OldName) -> None:
    assert Version(one.until) > Version(__version__)
