"""The table of styles: every published layer has one, by columns it has, and colours are colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from tests.layer_tables import GROUPS, PUBLISHED, STYLES
from transcaspian.core.styles import (
    COST_STOPS,
    DEPTH_STOPS,
    EXCESS_STOPS,
    SYSTEM_COLOURS,
    Style,
    Symbol,
    for_run,
    rgb_at,
    system_colours,
)
from transcaspian.core.vocabulary import CABLE_KINDS, HAZARD_KINDS, ZONES

EVERY = [(name, style) for name, styles in STYLES.items() for style in styles]


def symbols(style: Style) -> Iterator[Symbol]:
    yield style.symbol
    for one in (*style.categories, *style.bands):
        yield one.symbol


def test_every_published_layer_has_a_style_and_stands_in_one_group() -> None:
    published = sorted(layer.name for layer in PUBLISHED)
    assert sorted(STYLES) == published
    assert sorted(name for group in GROUPS for name in group.layers) == published
    assert all(set(group.shown) <= set(group.layers) for group in GROUPS)


@pytest.mark.parametrize(("name", "style"), EVERY, ids=lambda value: getattr(value, "name", value))
def test_a_style_speaks_of_columns_that_its_layer_has(name: str, style: Style) -> None:
    columns = {layer.name: layer for layer in PUBLISHED}[name].field_names
    assert not style.attribute or style.attribute in columns
    assert set(re.findall(r'"(\w+)"', style.label)) <= set(columns)
    for symbol in symbols(style):
        assert re.fullmatch(r"#[0-9a-fA-F]{6}", symbol.colour)
        assert symbol.size_mm > 0
        assert 0 < symbol.opacity <= 1


def test_styles_cover_all_values_of_the_table() -> None:
    def values(name: str) -> set[str]:
        return {category.value for category in STYLES[name][0].categories}

    assert values("hazards") == set(HAZARD_KINDS)
    assert values("cables") == set(CABLE_KINDS)
    assert values("sectors") == set(ZONES)


def test_names_of_styles_are_unique_in_a_layer() -> None:
    for styles in STYLES.values():
        assert len({style.name for style in styles}) == len(styles)


def test_systems_have_colours_of_their_own_in_their_order() -> None:
    ids = [f"s{number}" for number in range(8)]
    assert list(system_colours(ids).values())[:6] == list(SYSTEM_COLOURS)
    assert system_colours(ids)["s6"] == SYSTEM_COLOURS[0]
    style = for_run(STYLES["routes"][0], ids, ())
    assert [category.value for category in style.categories] == ids
    assert [category.symbol.colour for category in style.categories] == list(system_colours(ids).values())
    assert style.label == STYLES["routes"][0].label


@pytest.mark.parametrize("stops", [DEPTH_STOPS, COST_STOPS, EXCESS_STOPS])
def test_colours_go_over_evenly_between_ascending_stops(stops: tuple[tuple[float, str], ...]) -> None:
    values = [value for value, _ in stops]
    assert values == sorted(values)
    assert [f"#{bytes(rgb).hex()}" for rgb in rgb_at(stops, values)] == [colour for _, colour in stops]
    middle = rgb_at(stops, (values[0] + values[1]) / 2).astype(int)
    first, second = rgb_at(stops, values[:2]).astype(int)
    assert np.abs(middle - (first + second) / 2).max() <= 1
    np.testing.assert_array_equal(rgb_at(stops, values[-1] + 1e6), rgb_at(stops, values[-1]))


def test_a_legend_of_many_kinds_has_those_that_a_run_has() -> None:
    for name in ("hazards", "constraints"):
        shown = for_run(STYLES[name][0], (), {"wreck", "platform"})
        assert [category.value for category in shown.categories] == ["platform", "wreck"]
