"""SVG as elements: what is text stays text, whatever it holds."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import ArrayLike

from transcaspian.core.xmltext import xml_text


def element(parent: ET.Element | None, tag: str, text: str = "", **attributes: object) -> ET.Element:
    """A new element under ``parent``; ``class_`` is the class, and an underscore in a name is a hyphen."""
    given = {name.rstrip("_").replace("_", "-"): xml_text(str(value)) for name, value in attributes.items()}
    made = ET.Element(tag, given) if parent is None else ET.SubElement(parent, tag, given)
    if text:
        made.text = xml_text(text)
    return made


def path_data(places: ArrayLike, *, closed: bool = False, decimals: int = 2) -> str:
    """The ``d`` of a path through places, shape ``(n, 2)``."""
    points = np.asarray(places, float).round(decimals)
    text = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f"M{text}{'Z' if closed else ''}"


def as_html(root: ET.Element) -> str:
    """The element as it stands in an HTML page."""
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)
