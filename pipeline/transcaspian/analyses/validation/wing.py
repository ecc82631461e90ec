"""Routed lines beside as-laid ones: what the data dictionary says of their layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.registry import Extension

if TYPE_CHECKING:
    from transcaspian.core.registry import LayerSet


def layers() -> LayerSet:
    """Its layers."""
    from transcaspian.analyses.validation.layers import LAYER_SET

    return LAYER_SET


WING = Extension(name="validation", layers=layers)
