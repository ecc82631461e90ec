"""Why a value cannot be reused, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHOWN = 3


def flattened(value: Any, key: str = "") -> dict[str, Any]:
    """Leaves of nested tables by their dotted keys; members of a list of tables by their ids.

    Parameters
    ----------
    value
        As read from TOML or JSON.
    key
        Dotted key of the value itself; empty at the top.

    Returns
    -------
    dict
        Leaves by dotted key; an empty table has none.

    Examples
    --------
    >>> flattened({"systems": [{"id": "main", "via": [1, 2]}]})
    {'systems.main.id': 'main', 'systems.main.via': [1, 2]}
    """
    if isinstance(value, Mapping):
        members = list(value.items())
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) and "id" in item for item in value):
        members = [(item["id"], item) for item in value]
    else:
        return {key: value}
    return {name: leaf for own, item in members for name, leaf in flattened(item, f"{key}.{own}".lstrip(".")).items()}


def why(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> str:
    """What differs between the ingredients of a value that is kept and those that are wanted.

    Parameters
    ----------
    before, now
        Tables of ingredients by kind: ``study`` (leaves by dotted keys), ``data`` and ``after`` (hashes by name),
        ``code`` (hashes by module), ``libraries`` (versions by name); None: nothing is kept.

    Returns
    -------
    str
        The first three differences, and how many more there are.

    Examples
    --------
    >>> why({"study": {"area.grid_step_arcsec": 30}}, {"study": {"area.grid_step_arcsec": 300}})
    'area.grid_step_arcsec changed 30 → 300'
    """
    if before is None:
        return "nothing is kept yet"
    told = [
        sentence
        for kind, table in now.items()
        for key in sorted({*table, *before.get(kind, {})})
        if (sentence := _change(kind, key, before.get(kind, {}), table))
    ]
    if not told:
        return "the kept value is gone"
    rest = len(told) - SHOWN
    return ", ".join(told[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _change(kind: str, key: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    missing = object()
    old, new = before.get(key, missing), now.get(key, missing)
    if old == new:
        return ""
    if kind == "data":
        return f"{key} is no longer there" if new is missing else f"{key} is other data"
    if kind == "after":
        return f"{key} changed"
    if kind == "code":
        return f"code of {key} changed"
    if old is missing:
        return f"{key} is new: {_shown(new)}"
    if new is missing:
        return f"{key} is gone"
    return f"{key} changed {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
