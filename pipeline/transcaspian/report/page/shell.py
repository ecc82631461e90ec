"""What all pages share: template, style and script in one file that asks no other host."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import jinja2
import orjson
from markupsafe import Markup


def rendered(template: str, styles: Sequence[str], script: str, **values: Any) -> str:
    """A page.

    Parameters
    ----------
    template, styles, script
        Names of files of this room; the styles are joined in their order.
    values
        What the template names, beside ``policy``, ``style`` and ``script``.
    """
    style = "".join(text_of(name) for name in styles)
    code = text_of(script)
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(text_of),
    )
    shared = {"policy": policy(code, style), "style": Markup(style), "script": Markup(code)}
    return environment.get_template(template).render(shared | values)


def text_of(name: str) -> str:
    """The text of a file of this room."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def policy(script: str, style: str) -> str:
    """The content security policy of a page: pictures from inside it, one script, one style, and nothing else."""
    # each is let in by its hash: an attribute that got through as markup would still not run
    return (
        f"default-src 'none'; img-src data:; script-src '{integrity(script)}'; style-src '{integrity(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def integrity(text: str) -> str:
    """The hash by which a content security policy knows a script or a style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def as_json(value: object) -> str:
    """JSON that may stand inside a script element: nothing in it can end that element."""
    return orjson.dumps(value).decode().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
