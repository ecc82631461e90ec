"""How every picture is saved: the same figure gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

NO_VERSION: Any = {"Software": None}
"""Metadata of a picture: the same picture gives the same bytes with any version of the library."""


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure under the very name given, whatever its suffix, and without the version of the library."""
    FigureCanvasAgg(figure)
    with path.open("wb") as file:
        figure.savefig(file, format="png", metadata=NO_VERSION)
