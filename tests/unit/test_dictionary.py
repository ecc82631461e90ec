"""The data dictionary: the committed page is current, and every column stands in it with its meaning."""

from __future__ import annotations

import ast
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import get_args

import geopandas as gpd
import pytest
from shapely import Point

from tests.conftest import ROOT
from tests.layer_tables import GROUPS, LAYERS, PUBLISHED, STYLES
from transcaspian.analyses.design.stage import BEST, ON_TRUNK, SEPARATE
from transcaspian.analyses.network.legs import SEA_AND_LAND
from transcaspian.analyses.validation.layers import VALIDATION
from transcaspian.core.fields import FIELDS, Field, columns, define
from transcaspian.core.layers import BORDERS, HAZARDS, Layer
from transcaspian.core.styles import BURIAL_COLOURS, CABLE_COLOURS, INSTALLATION_COLOURS, ZONE_COLOURS
from transcaspian.core.vocabulary import (
    CABLE_TYPES,
    INSTALLATION_KINDS,
    NOT_KNOWN,
    PROTECTION_METHODS,
    ZONES,
    AssetVerdict,
    HazardVerdict,
    Joining,
    LandingVerdict,
    LegKind,
    RiskVerdict,
    SharedKind,
)
from transcaspian.ingest.contracts import conform
from transcaspian.report import dictionary
from transcaspian.report.dictionary import REGENERATE, data_dictionary
from transcaspian.routing.shared import SHARED_KINDS
from transcaspian.sources.datafile import DataFile

EVERY = tuple(LAYERS.values())
INGESTED = [layer for layer in LAYERS.values() if layer.ingested]


def section(heading: str) -> str:
    """The text under a heading of the third level; layers that are alike but for their geometry share one."""
    parts = (text.partition("\n") for text in data_dictionary().split("\n### ")[1:])
    return next(text.split("\n## ")[0] for title, _, text in parts if heading in (title, *title.split(", ")))


def test_the_committed_page_is_current() -> None:
    page = (ROOT / "docs" / "reference" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == data_dictionary(), f"the page is not current; regenerate it: {REGENERATE}"


@pytest.mark.parametrize("layer", PUBLISHED, ids=lambda layer: layer.name)
def test_a_published_layer_stands_there_with_all_its_columns(layer: Layer) -> None:
    text = section(layer.name)
    assert f"key {' and '.join(f'`{key}`' for key in layer.keys)};" in text
    assert all(style.name in text for style in STYLES[layer.name])
    for field in layer.fields:
        assert f"| `{field.name}` | {field.type} | {field.unit} | {'' if field.required else 'may be'} | " in text
        assert field.meaning.replace("|", "\\|") in text


@pytest.mark.parametrize("layer", VALIDATION, ids=lambda layer: layer.name)
def test_a_layer_of_a_validation_stands_there_with_all_its_columns(layer: Layer) -> None:
    text = section(layer.name)
    assert all(f"| `{field.name}` | {field.type} | {field.unit} | " in text for field in layer.fields)


@pytest.mark.parametrize("layer", INGESTED, ids=lambda layer: layer.name)
def test_a_layer_that_is_read_says_names_values_and_limits(layer: Layer) -> None:
    text = section(f"{layer.name}, as read")
    for field in layer.fields:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{field.name}` |")]
        assert field.meaning in row
        assert all(f"`{word}`" in row for word in (*field.aliases, *field.choices))
        assert field.minimum is None or f"at least {field.minimum:g}" in row


def test_layers_stand_once_under_their_groups() -> None:
    text = data_dictionary()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        *(group.title for group in GROUPS),
        "Batches",
        "Layers that are read",
        "Layers of a validation",
    ]
    names = [title for line in text.splitlines() if line.startswith("### ") for title in line[4:].split(", ")]
    once = {*(layer.name for layer in PUBLISHED), *(part.name for layer in VALIDATION for part in layer.parts)}
    assert sorted(name for name in names if name in once) == sorted(
        [*once, *(layer.name for layer in INGESTED if layer.name in once)]
    )


def test_what_it_says_of_empty_cells_is_what_reading_does() -> None:
    """No id, source, status or no_go in the file: the page names what stands in, and reading puts it there."""
    said = {field.name: dictionary.when_empty(HAZARDS, field) for field in HAZARDS.fields}
    data = gpd.GeoDataFrame({"name": ["a"], "kind": ["platform"]}, geometry=[Point(50, 42)], crs=4326)
    file = DataFile("hazards", ROOT / "ours.gpkg", "ours", citation="our survey", status="REAL")
    (row,) = conform(HAZARDS, data, file, ()).layer.to_dict("records")
    assert (said["hazard_id"], row["hazard_id"]) == ("name of the file and number of the row", "ours-0")
    assert (said["source"], row["source"]) == ("citation of the source in the study", "our survey")
    assert (said["status"], row["status"]) == ("status of the source in the study", "REAL")
    assert (said["no_go"], row["no_go"]) == ("`false`", False)
    assert (said["name"], said["kind"], said["remarks"]) == ("required", "required", "")


def test_bars_are_escaped_in_every_cell() -> None:
    assert dictionary.table(("a", "b"), [("x|y", "z")]) == "| a | b |\n|---|---|\n| x\\|y | z |\n"
    layer = Layer("x", "Point", "m", (Field("f", "str", "either | or", choices=("a|b",)),), key="f", ingested=True)
    (row,) = [line for line in dictionary.read(layer).splitlines() if line.startswith("| `f`")]
    assert "either \\| or" in row
    assert "`a\\|b`" in row


def test_a_column_is_defined_once() -> None:
    """The dictionary refuses a second definition; every definition is a column of some layer, and the same in each."""
    define(FIELDS["length_km"])
    with pytest.raises(ValueError, match="the column length_km is defined twice"):
        define(Field("length_km", "float", "another length", "km"))
    assert {field.key for layer in EVERY for field in layer.current_fields} == set(FIELDS)
    for layer in EVERY:
        for field in layer.current_fields:
            assert replace(field, required=FIELDS[field.key].required) == FIELDS[field.key]


def test_columns_are_listed_by_their_keys() -> None:
    system, kind, source = columns("system_id? kind:hazard!", Field("source", "str", "of another kind"))
    assert [field.name for field in (system, kind, source)] == ["system_id", "kind", "source"]
    assert [field.required for field in (system, kind, source)] == [False, True, False]
    with pytest.raises(ValueError, match="no column lenght_km is defined"):
        columns("system_id lenght_km")
    with pytest.raises(ValueError, match="a column stands twice: kind kind"):
        columns("kind:hazard kind:asset")


def test_lists_of_words_are_the_same_wherever_they_stand() -> None:
    """Where code needs the words one by one, they are those of the columns."""
    assert get_args(SharedKind) == SHARED_KINDS
    assert set(get_args(LegKind)) == set(SEA_AND_LAND)
    assert set(get_args(Joining)) == {BEST, ON_TRUNK, SEPARATE}
    assert all(NOT_KNOWN in get_args(verdict) for verdict in (AssetVerdict, HazardVerdict, LandingVerdict, RiskVerdict))
    assert set(CABLE_COLOURS) == set(CABLE_TYPES)
    assert set(BURIAL_COLOURS) == set(PROTECTION_METHODS)
    assert set(INSTALLATION_COLOURS) == set(INSTALLATION_KINDS)
    assert set(ZONE_COLOURS) == set(ZONES)


def test_rows_name_only_columns_of_their_layer() -> None:
    """Every call of `Layer.row` in the code, also where no test runs it."""
    package = ROOT / "pipeline" / "transcaspian"
    modules = [
        import_module(".".join(("transcaspian", *path.relative_to(package).with_suffix("").parts)))
        for path in package.rglob("layers.py")
    ]
    named = {name: layer for module in modules for name, layer in vars(module).items() if isinstance(layer, Layer)}
    found = 0
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="row"), keywords=given) if name in named:
                    found += 1
                    assert {item.arg for item in given} - {None} <= set(named[name].field_names), f"{path}, {name}"
    assert found > 25


def test_a_row_has_a_value_for_every_column() -> None:
    """From what is given, else from the first source that has it; a column left out or made up is refused."""
    first, second = SimpleNamespace(source="a map", status="REAL"), SimpleNamespace(source="b", position_accuracy_m=5)
    row = BORDERS.row(Point(50, 42), first, second, border_id="x", state_a="RU", state_b="KZ")
    assert row == {
        "border_id": "x", "state_a": "RU", "state_b": "KZ", "source": "a map", "status": "DERIVED",
        "position_accuracy_m": 5, "geometry": Point(50, 42),
    }  # fmt: skip
    assert list(row) == [*BORDERS.field_names, "geometry"]
    with pytest.raises(KeyError, match="a row of layer borders has no position_accuracy_m"):
        BORDERS.row(Point(50, 42), border_id="x", state_a="RU", state_b="KZ", source="a map")
    with pytest.raises(KeyError, match="layer borders has no columns"):
        BORDERS.row(Point(50, 42), state_c="AZ")
