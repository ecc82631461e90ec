"""Many routes of one study: what the data dictionary says of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.core.registry import Extension

if TYPE_CHECKING:
    from transcaspian.core.registry import LayerSet


def layers() -> LayerSet:
    """Its layers."""
    from transcaspian.analyses.batch.layers import LAYER_SET

    return LAYER_SET


WING = Extension(name="batch", layers=layers)
