"""The study file: what it promises to accept, and what it says of what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.conftest import STUDY
from transcaspian.core.errors import StudyError
from transcaspian.study import load_study, parse_override, study_schema
from transcaspian.study.load import read_tables, study_of
from transcaspian.study.whole import WholeStudy


def test_default_study_has_the_published_systems() -> None:
    study = load_study(STUDY)
    lengths = [item for item in study.published_figures if item.quantity == "length_km"]
    first = {item.of[0]: item.value for item in reversed(lengths)}
    assert first == {"main": 380.0, "main-2023": 340.0, "reserve-2023": 330.0, "turkmen": 300.0}


def test_every_table_of_figures_is_cited() -> None:
    study = load_study(STUDY)

    def tables(model: object) -> list[object]:
        found = [model]
        for value in vars(model).values():
            for item in value if isinstance(value, tuple) else [value]:
                if hasattr(item, "model_fields_set"):
                    found += tables(item)
        return found

    cited = [table for table in tables(study) if hasattr(table, "source")]
    assert len(cited) > 20
    assert all(table.source and table.status in ("REAL", "DERIVED", "ASSUMED") for table in cited)


def test_study_is_frozen() -> None:
    study = load_study(STUDY)
    with pytest.raises(ValidationError):
        study.cost.base_cost_usd_per_km = 1.0  # type: ignore[misc]


def test_the_old_key_of_the_deepest_sea_is_read_with_a_note(tmp_path: Path) -> None:
    old = tmp_path / "old.toml"
    text = STUDY.read_text().replace("\nmax_depth_m = 1025.0", "", 1)
    old.write_text(text + '\n[sea]\nmax_depth_m = 800.0\nsource = "a chart"\nstatus = "REAL"\n')
    alone = load_study(old)
    assert alone.max_depth_m == 800.0
    assert "[sea] max_depth_m is an old key: write max_depth_m = 800 in [area]" in alone.renamed_keys[0]
    both = load_study(old, {"area.max_depth_m": 1025.0})
    assert both.max_depth_m == 1025.0
    assert "and not read, for [area] has one: write max_depth_m = 1025" in both.renamed_keys[0]
    assert load_study(STUDY).renamed_keys == ()


def test_override_reaches_keys_and_members_of_lists() -> None:
    study = load_study(STUDY, {"criteria.slope.weight": 2.5, "landings.aktau.lon_deg": 51.2})
    assert study.criteria.slope.weight == 2.5
    assert study.landing("aktau").lon_deg == 51.2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b=1.5", ("a.b", 1.5)),
        ("a=true", ("a", True)),
        ("a=[1, 2]", ("a", [1, 2])),
        ("a=plain text", ("a", "plain text")),
        ('a="quoted"', ("a", "quoted")),
    ],
)
def test_override_values_are_toml_or_text(text: str, expected: tuple[str, object]) -> None:
    assert parse_override(text) == expected


def test_a_list_is_not_said_to_be_empty_where_a_member_is_wrong() -> None:
    tables = read_tables(STUDY)
    tables["systems"] = [tables["systems"][0] | {"name": "A to\x1b B"}]
    with pytest.raises(StudyError, match=r"control character U\+001B: remove it$"):
        study_of(tables, "study")


def test_select_keeps_the_order_of_the_study() -> None:
    study = load_study(STUDY)
    assert [system.id for system in study.select(["turkmen", "main"])] == ["main", "turkmen"]
    with pytest.raises(StudyError, match=r"`nosuch` is not in the study: it has main, "):
        study.select(["nosuch"])


def test_grid_of_the_study_is_thirty_arc_seconds() -> None:
    grid = load_study(STUDY).area.grid()
    assert grid.shape == (1380, 1080)
    assert grid.step_deg == pytest.approx(1 / 120)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        (
            "cost_tolerance.excess_limits",
            [0.02, 0.01],
            r"`cost_tolerance`: excess_limits has 0\.02 before 0\.01: expected ascending",
        ),
        ("cost_tolerance.excess_limits", [0.01, 0.01], r"`cost_tolerance`: excess_limits has 0\.01 before 0\.01"),
        (
            "cost_tolerance.excess_limits",
            [0.0, 0.01],
            r"`cost_tolerance\.excess_limits\.0` is 0\.0: input should be greater than 0",
        ),
        (
            "cost_tolerance.excess_limits",
            [5],
            r"`cost_tolerance\.excess_limits\.0` is 5.*: input should be less than or equal to 1",
        ),
        ("cost_tolerance.excess_limits", [], r"`cost_tolerance`: excess_limits is empty: expected at least one"),
        ("cost_tolerance.source", "", r"`cost_tolerance\.source`"),
        ("alternatives.count", 0, r"`alternatives\.count` is 0: input should be greater than or equal to 1"),
        ("alternatives.count", 11, r"`alternatives\.count` is 11: input should be less than or equal to 10"),
        ("alternatives.count", 1.5, r"`alternatives\.count` is 1\.5: input should be a valid integer"),
        (
            "alternatives.min_separation_km",
            0,
            r"`alternatives\.min_separation_km` is 0.*: input should be greater than 0",
        ),
        ("alternatives.min_share", 0, r"`alternatives\.min_share` is 0.*: input should be greater than 0"),
        ("alternatives.min_share", 1.1, r"`alternatives\.min_share` is 1\.1: input should be less than or equal to 1"),
    ],
)
def test_zones_and_alternatives_that_make_no_sense_are_one_sentence(key: str, value: object, says: str) -> None:
    with pytest.raises(StudyError, match=says) as caught:
        load_study(STUDY, {key: value})
    assert "; " not in str(caught.value)


def test_zones_and_alternatives_are_asked_for_or_not_computed() -> None:
    study = load_study(STUDY)
    assert study.cost_tolerance is not None
    assert study.cost_tolerance.excess_limits == (0.005, 0.01, 0.02, 0.05)
    assert study.alternatives is not None
    assert (study.alternatives.count, study.alternatives.min_share) == (2, 0.5)
    other = load_study(STUDY.parents[1] / "tests" / "integration" / "black_sea.toml")
    assert other.cost_tolerance is None
    assert other.alternatives is None


def test_alternatives_are_not_built_together() -> None:
    study = load_study(STUDY)
    built = {system.id: [other.id for other in study.built_with(system)] for system in study.systems}
    assert built == {
        "main": ["reserve-2023", "turkmen"],
        "main-2023": ["reserve-2023", "turkmen"],
        "reserve-2023": ["main", "main-2023", "turkmen"],
        "turkmen": ["main", "main-2023", "reserve-2023"],
    }


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (None, None, True),  # a study that says nothing loses no crossing
        (None, [], True),
        ([], None, True),
        ([], [], False),
        (["b"], [], True),
        ([], ["a"], True),
        (["b"], ["a"], True),
    ],
)
def test_it_is_enough_that_one_of_two_systems_names_the_other(
    one: list[str] | None, other: list[str] | None, together: bool
) -> None:
    ids = {"a": "main", "b": "turkmen"}
    stated = {
        f"systems.{ids[name]}.coexists_with": None if named is None else [ids[n] for n in named]
        for name, named in (("a", one), ("b", other))
    }
    study = load_study(STUDY, stated)
    for system_id, neighbour in (("main", "turkmen"), ("turkmen", "main")):
        (system,) = study.select([system_id])
        assert (neighbour in [built.id for built in study.built_with(system)]) == together


def test_schema_names_every_table() -> None:
    current = {name for name, one in study_schema()["properties"].items() if not one.get("deprecated")}
    assert current == {*WholeStudy.model_fields, "extends"}


def test_every_key_of_every_table_says_what_it_means() -> None:
    schema = study_schema()
    keys = {
        f"{name}.{key}": one.get("description", "")
        for name, table in {"Study": schema, **schema["$defs"]}.items()
        for key, one in table["properties"].items()
    }
    assert len(keys) > 1000
    assert not [key for key, meaning in keys.items() if not meaning.strip()]


EXTENDING = """
extends = "base/trans.toml"
[study]
id = "other"
[criteria.slope]
weight = 2.5
[cost_tolerance]
excess_limits = [0.1]
[sources]
cables = { path = "own.geojson", citation = "ours" }
[[landings]]
id = "aktau"
lon_deg = 51.2
[[systems]]
id = "further"
name = "A further system"
from_landing = "buzovna"
to_landing = "aktau"
"""


def test_a_study_may_say_only_what_differs_from_another(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    text = STUDY.read_text().replace('hazards = { registry = "hazards-caspian", status = "ASSUMED" }',
                                     'hazards = { path = "../hazards.geojson", citation = "theirs" }')  # fmt: skip
    (tmp_path / "base" / "trans.toml").write_text(text)
    (tmp_path / "other.toml").write_text(EXTENDING)
    base, study = load_study(tmp_path / "base" / "trans.toml"), load_study(tmp_path / "other.toml")
    assert (study.study.id, study.study.title) == ("other", base.study.title)
    assert study.criteria.slope.weight == 2.5
    assert study.criteria.slope.bands == base.criteria.slope.bands
    assert study.cost_tolerance is not None
    assert study.cost_tolerance.excess_limits == (0.1,)
    assert study.landing("aktau").lon_deg == 51.2
    assert study.landing("aktau").lat_deg == base.landing("aktau").lat_deg
    assert [system.id for system in study.systems] == [*(system.id for system in base.systems), "further"]
    assert study.sources.cables is not None
    assert (study.sources.cables.path, study.sources.cables.registry) == ("own.geojson", None)
    assert study.sources.hazards is not None
    assert study.sources.hazards.path is not None
    assert (tmp_path / study.sources.hazards.path).resolve() == (tmp_path / "hazards.geojson").resolve()
    assert load_study(tmp_path / "other.toml", {"criteria.slope.weight": 4.0}).criteria.slope.weight == 4.0


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ('extends = "b.toml"', 'extends = "a.toml"', r"b\.toml extends .*a\.toml, which leads back to it"),
        ('extends = "a.toml"', "", r"a\.toml extends .*a\.toml, which leads back to it"),
        ('extends = "c.toml"', "", r"study file, which .*a\.toml extends, .*c\.toml cannot be read: No such file"),
        ('extends = "b.toml"', "x = [", r"b\.toml is not valid TOML"),
        ("extends = 3", "", r"a\.toml: `extends` is 3: expected the path of a study file"),
    ],
)
def test_a_study_that_extends_nothing_sound_is_one_sentence(tmp_path: Path, first: str, second: str, says: str) -> None:
    (tmp_path / "a.toml").write_text(first)
    (tmp_path / "b.toml").write_text(second)
    with pytest.raises(StudyError, match=says):
        load_study(tmp_path / "a.toml")
