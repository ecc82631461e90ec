"""The page of a run put together of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from transcaspian.core.frames import of_system
from transcaspian.core.grid import Grid
from transcaspian.core.styles import CORE_STYLES, DEPTH_STOPS, rgb_at
from transcaspian.core.svg import as_html
from transcaspian.export import Description
from transcaspian.report.chart import drawn_note
from transcaspian.report.page.chart_map import MAP_LAYERS, Layers, MapLayer, Mercator, map_svg
from transcaspian.report.page.chart_profile import profile_svg
from transcaspian.report.page.content import (
    Published,
    SystemPart,
    assumptions_table,
    published_tables,
    script_data,
    sources_table,
    summary_table,
    system_parts,
)
from transcaspian.report.page.first_page import FirstPage
from transcaspian.report.page.reading_aids import ABBREVIATIONS, file_links
from transcaspian.report.page.shell import as_json, rendered
from transcaspian.study import Study

KM_PER_DEG_NORTH = 111.2
"""For saying how coarse a resolution is, to a kilometre; nothing is measured by it."""
LEGEND_DEPTHS_M = (0, 20, 50, 100, 200, 400, 600, 800, 1000, 2000, 5000)


@dataclass(frozen=True)
class Page:
    """All that the page tells.

    Attributes
    ----------
    about
        What the run says of itself.
    study
        The study as it was run.
    layers
        The published layers by name.
    grid
        Frame of the depths, EPSG:4326.
    depth_m
        Shape ``grid.shape``, below the declared level, NaN where not known.
    notes
        What a person should know before reading the figures.
    published
        Published figures beside ours, and the branches of the network.
    first
        What stands first on it.
    system_page
        Name of the file of the page of the whole system, which stands beside this one; empty: there is none.
    written
        Names of the files beside it; a folder ends in ``/``.
    """

    about: Description
    study: Study
    layers: Layers
    grid: Grid
    depth_m: NDArray[np.float32]
    notes: tuple[str, ...]
    published: Published
    first: FirstPage
    system_page: str = ""
    written: tuple[str, ...] = ()


def write_page(path: Path, page: Page) -> None:
    """Write the page; the same values give the same bytes.

    Parameters
    ----------
    path
        File to write.
    page
        All that the page shows.
    """
    path.write_bytes(page_html(page).encode())  # as it is: another line end would change the hashes of the policy


def page_html(page: Page) -> str:
    """The whole page."""
    systems = system_parts(page.layers)
    return rendered(
        "report.html.j2",
        ("report.css",),
        "report.js",
        about=page.about,
        system_page=page.system_page,
        data=Markup(as_json(script_data(page.layers, Mercator(*page.grid.bounds)))),
        notes=page.notes,
        first=page.first,
        summary=summary_table(page.layers["routes"]),
        published=published_tables(page.published),
        systems=systems,
        map=Markup(as_html(map_svg(page.layers, page.grid, page.depth_m, map_title(systems)))),
        profiles=[Markup(profile) for profile in profiles_of(systems, page.layers)],
        map_layers=[titled(item, page.layers) for item in reversed(MAP_LAYERS) if len(page.layers.get(item.name, ()))],
        colour_of={item.name: CORE_STYLES[item.name][0].symbol.colour for item in MAP_LAYERS},
        depths=depth_legend(page.depth_m),
        sources=sources_table(page.about),
        assumptions=assumptions_table(page.study),
        resolution_km=resolution_km(page.about),
        files=file_links(page.written),
        abbreviations=ABBREVIATIONS,
    )


def titled(item: MapLayer, layers: Layers) -> MapLayer:
    """A layer of the map, with what is left out of it where it is crowded."""
    note = drawn_note(layers, item.name)
    return replace(item, title=f"{item.title} ({note})") if note else item


def resolution_km(about: Description) -> str:
    """How coarse the seabed data are, to two digits."""
    return f"{about.resolution_deg * KM_PER_DEG_NORTH:.2g}"


def profiles_of(systems: Sequence[SystemPart], layers: Layers) -> list[str]:
    """The chart of each system that has a profile."""
    found = []
    for system in systems:
        own = of_system(layers["route_profile"], system.id)
        if len(own) > 1:
            found.append(as_html(profile_svg(system.id, system.name, own, of_system(layers["sld"], system.id))))
    return found


def map_title(systems: Sequence[SystemPart]) -> str:
    """What the map shows, for who does not see it."""
    names = ", ".join(system.name for system in systems)
    return f"Map of {names} over the depth of the sea; the tables below say the same"


def depth_legend(depth_m: NDArray[np.float32]) -> list[tuple[int, str]]:
    """Depths with their colours, to the deepest of the sea."""
    deepest_m = float(np.nanmax(depth_m)) if np.isfinite(depth_m).any() else 0.0
    shown = [depth for depth in LEGEND_DEPTHS_M if depth <= deepest_m]
    return [(depth, f"#{bytes(rgb_at(DEPTH_STOPS, depth)).hex()}") for depth in shown]
