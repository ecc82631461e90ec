"""What the optional stages of a run add to it: each answers a further question, when the study asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Surface:
    """A raster on the study's grid.

    Attributes
    ----------
    array
        Shape ``grid.shape``, NaN for no data.
    colours
        Name of its colours in `transcaspian.core.registry.LayerSet.surfaces`.
    """

    name: str
    array: NDArray[np.float32]
    meaning: str
    unit: str
    colours: str


@dataclass(frozen=True)
class Findings:
    """What one optional stage found.

    Attributes
    ----------
    layers
        By the name that they have in the table of layers.
    figures
        For the manifest, as JSON holds them; each with its status and source.
    notes
        What a person should know before reading the figures.
    pages
        Text by the relative name of its file.
    """

    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    surfaces: tuple[Surface, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
