"""A straight-line diagram as DXF, for CAD: one drawing unit is a millimetre of the sheet, layers by what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transcaspian.report.sld_sheet import Box, Lettering, Sheet, Stroke

VERSION = "R2004"
"""The first with true colours; later ones hold UTF-8, which GDAL reads as Latin letters."""
LAYERS = {"CABLE": 1, "POSITIONS": 7, "BANDS": 8, "PROFILE": 5, "TEXT": 7}
"""With their colours by number."""
ANCHORS = {"left": "MIDDLE_LEFT", "center": "MIDDLE_CENTER", "right": "MIDDLE_RIGHT"}


def write_sld_dxf(path: Path, sheet: Sheet) -> None:
    """Write the drawing as DXF; needs the package ezdxf."""
    import ezdxf
    from ezdxf import units
    from ezdxf.colors import RGB, rgb2int

    drawing = ezdxf.new(VERSION, setup=False)
    drawing.units = units.MM
    for name, colour in LAYERS.items():
        drawing.layers.add(f"SLD-{name}", color=colour)
    space = drawing.modelspace()
    for mark in sheet.marks:
        looks: dict[str, Any] = {"layer": f"SLD-{mark.layer}", "true_color": rgb2int(RGB.from_hex(mark.colour))}
        if isinstance(mark, Stroke):
            space.add_lwpolyline(mark.points, dxfattribs=looks)
        elif isinstance(mark, Box):
            space.add_lwpolyline(corners_of(mark), close=True, dxfattribs=looks)
        else:
            add_text(space, mark, looks)
    drawing.saveas(path)


def corners_of(box: Box) -> list[tuple[float, float]]:
    """The corners of a box, anticlockwise."""
    (x, y), (width, height) = box.corner, box.size
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def add_text(space: Any, mark: Lettering, looks: dict[str, Any]) -> None:
    """A text at its point."""
    from ezdxf.enums import TextEntityAlignment

    text = space.add_text(mark.text, height=mark.height_mm, rotation=mark.turned_deg, dxfattribs=looks)
    text.set_placement(mark.at, align=TextEntityAlignment[ANCHORS[mark.align]])
