"""All layers with their styles and groups: those of every run, and those that analyses register."""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import cache

from transcaspian.core.errors import WingError
from transcaspian.core.layers import CORE_LAYERS, Layer
from transcaspian.core.registry import LayerSet, extensions
from transcaspian.core.styles import CORE_GROUPS, CORE_STYLES, Group, Stops, Style


@cache
def layer_sets() -> tuple[LayerSet, ...]:
    """All of them in their order."""
    found = [LayerSet((), CORE_STYLES, CORE_GROUPS)]
    found += [LayerSet(layers, order=order) for order, layers in CORE_LAYERS.items()]
    for extension in extensions():
        if extension.layers is not None:
            found.append(
                checked(extension.name, extension.layers(), [layer for item in found for layer in item.layers])
            )
    return tuple(sorted(found, key=lambda item: item.order))


def checked(name: str, own: LayerSet, others: Iterable[Layer]) -> LayerSet:
    """The layers of an analysis, where they can stand beside others.

    Raises
    ------
    WingError
        When the name of one is taken, or one is published without style, group or ``asked_by``.
    """
    taken = {part.name for layer in others for part in layer.parts}
    grouped = {layer_name for group in own.groups for layer_name in group.layers}
    for layer in own.layers:
        if taken.intersection(part.name for part in layer.parts):
            raise WingError(f"the analysis `{name}` has a layer `{layer.name}`: this name is taken")
        if layer.published and not (layer.name in own.styles and layer.name in grouped and layer.asked_by == name):
            raise WingError(
                f"the analysis `{name}` publishes the layer `{layer.name}`: expected a style and a group for it, and "
                f"asked_by = {name!r}"
            )
    return own


@cache
def all_layers() -> dict[str, Layer]:
    """Every layer by its name; those of any geometry whole, as they are read and computed with."""
    return {layer.name: layer for item in layer_sets() for layer in item.layers}


@cache
def all_published() -> tuple[Layer, ...]:
    """The layers that runs publish, in their order, each of one kind of geometry."""
    return tuple(part for layer in all_layers().values() if layer.published for part in layer.parts)


def published_in(names: Container[str]) -> tuple[Layer, ...]:
    """The layers of a run: those that every run has, and those that its study asked for."""
    return tuple(layer for layer in all_published() if not layer.asked_by or layer.name in names)


@cache
def all_styles() -> dict[str, tuple[Style, ...]]:
    """The styles of every published layer; the parts of one have its styles."""
    styles = {name: given for item in layer_sets() for name, given in item.styles.items()}
    return styles | {layer.name: styles[layer.part_of] for layer in all_published() if layer.part_of}


@cache
def all_groups() -> tuple[Group, ...]:
    """All groups in the order they are read."""
    return tuple(sorted((group for item in layer_sets() for group in item.groups), key=lambda group: group.order))


def surface_stops(name: str) -> Stops:
    """The colours of a raster of an analysis."""
    return next(item.surfaces[name] for item in layer_sets() if name in item.surfaces)
