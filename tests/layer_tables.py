"""All layers, styles and groups, as tests compare them."""

from dataclasses import replace

from transcaspian.core.layer_catalogue import all_groups, all_layers, all_published, all_styles

LAYERS, PUBLISHED, STYLES = all_layers(), all_published(), all_styles()
GROUPS = tuple(
    replace(group, layers=tuple(part.name for name in group.layers for part in LAYERS[name].parts))
    for group in all_groups()
    if all(LAYERS[name].published for name in group.layers)
)
ALWAYS = tuple(layer for layer in PUBLISHED if not layer.asked_by)
DEFAULT = tuple(layer for layer in PUBLISHED if layer.asked_by in ("", "prices", "link", "survey", "installation"))
"""Of the default study: it has a cost book, compares two designs of each link, plans survey and installation, and asks
for no other optional stage."""
