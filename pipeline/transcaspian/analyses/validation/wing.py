"""Routed lines beside as-laid ones: what the data dictionary says of their layers."""

from __future__ import annotations

from transcaspian.core.registry import Extension, LayerSet


def layers() -> LayerSet:
    """Its layers."""
    from transcaspian.analyses.validation.layers import LAYER_SET

    return LAYER_SET


WING = Extension(name="validation", layers=layers)
