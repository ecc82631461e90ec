"""Names that a version retired, from ``old_names.toml``: each works for one version more, beside the new one."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

FILE = Path(__file__).with_suffix(".toml")
ANY = "*"
"""In the key of a study: any member of a list of tables, or of a table of tables."""
ClassT = TypeVar("ClassT", bound=type)


class TwoNamesError(ValueError):
    """Tables have a value under its old name and its new one."""


@dataclass(frozen=True)
class OldName:
    """One name that was retired.

    Attributes
    ----------
    kind
        ``key``, ``column``, ``layer``, ``raster``, ``stage``, ``option`` or ``attribute``.
    old, new
        The names; of a key the old one is dotted, and the new one stands in its last place.
    until
        The version that knows the old name no more.
    of
        What has it: layer, command or class; empty where the name says it.
    """

    kind: str
    old: str
    new: str
    until: str
    of: str = ""

    def __str__(self) -> str:
        """What a user is told."""
        return f"is an old name: write `{self.new}`; version {self.until} refuses it"


@cache
def old_names() -> tuple[OldName, ...]:
    """All of the file, in its order."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(OldName(kind, **one) for kind, listed in tables.items() for one in listed)


def old_to_new(kind: str, of: str = "") -> dict[str, str]:
    """Old names of a kind to the new ones.

    Parameters
    ----------
    kind
        As of `OldName`.
    of
        What has them: layer, command or class.

    Returns
    -------
    dict
        New names by the old ones, in the order of the file.

    Examples
    --------
    >>> old_to_new("stage")["publish"]
    'write'
    """
    return {one.old: one.new for one in old_names() if (one.kind, one.of) == (kind, of)}


def with_new_keys(tables: Mapping[str, Any], listed: Sequence[OldName] | None = None) -> tuple[Any, tuple[str, ...]]:
    """Tables of a study with each key under its new name, and a sentence on each old name that they have.

    Parameters
    ----------
    tables
        As read from a file; they are not changed.
    listed
        The names to look for; None: the keys of ``old_names.toml``.

    Returns
    -------
    tuple
        Tables that share what was not renamed, and what to tell the user: each old name once.

    Raises
    ------
    TwoNamesError
        When a value stands there under both names.

    Examples
    --------
    >>> with_new_keys({"corridor": {"excess_limits": [0.1]}})[0]
    {'cost_tolerance': {'excess_limits': [0.1]}}
    """
    told = []
    for one in [name for name in old_names() if name.kind == "key"] if listed is None else listed:
        tables, is_there = _renamed(tables, one.old.split("."), one)
        if is_there:
            told.append(f"`{one.old}` {one}")
    return tables, tuple(told)


def _renamed(place: Any, way: Sequence[str], one: OldName) -> tuple[Any, bool]:
    """A place with the key at the end of a way under its new name, and whether it was there."""
    name, *further = way
    if name == ANY:
        members = place.items() if isinstance(place, Mapping) else enumerate(place) if isinstance(place, list) else ()
        found = {key: _renamed(member, further, one) for key, member in members}
        if not any(is_there for _, is_there in found.values()):
            return place, False
        values = {key: value for key, (value, _) in found.items()}
        return (list(values.values()) if isinstance(place, list) else values), True
    if not isinstance(place, Mapping) or name not in place:
        return place, False
    if further:
        value, is_there = _renamed(place[name], further, one)
        return ({**place, name: value}, True) if is_there else (place, False)
    if one.new in place:
        raise TwoNamesError(f"`{one.old}` is the old name of `{one.new}`, and both are given: remove the old one")
    return {one.new if key == name else key: value for key, value in place.items()}, True


def table_rows() -> Iterator[str]:
    """The rows old → new of the page on what stays.

    Returns
    -------
    iterator of str
        Markdown, in the order of the file.

    Examples
    --------
    >>> next(table_rows()).count("|")
    4
    """
    for one in old_names():
        where = {"column": " of layer ", "option": " of ", "attribute": " of "}.get(one.kind, "")
        yield f"| {one.kind} `{one.old}`{where and f'{where}`{one.of}`'} | `{one.new}` | {one.until} |"


def with_old_attributes(kind: ClassT) -> ClassT:
    """A class whose retired attributes are read, and given as keywords, under their old names too.

    Either warns, with a `DeprecationWarning`.

    Parameters
    ----------
    kind
        A class that has them under their new names; it is changed.

    Returns
    -------
    type
        The same class, so that this decorates it.

    Examples
    --------
    >>> from transcaspian.rpl.compare import Comparison
    >>> isinstance(vars(Comparison)[next(iter(old_to_new("attribute", "Comparison")))], property)
    True
    """
    renamed = old_to_new("attribute", kind.__name__)
    for old, new in renamed.items():
        setattr(kind, old, property(_reader(f"{kind.__name__}.{old}", new)))
    made = vars(kind)["__init__"]

    @wraps(made)
    def make(self: Any, *values: Any, **named: Any) -> None:
        for old in renamed.keys() & named:
            warnings.warn(
                f"{kind.__name__}({old}=…) is an old name: use {renamed[old]}", DeprecationWarning, stacklevel=2
            )
            named[renamed[old]] = named.pop(old)
        made(self, *values, **named)

    kind.__init__ = make  # type: ignore[misc]
    return kind


def _reader(old: str, new: str) -> Callable[[Any], Any]:
    def read(self: Any) -> Any:
        warnings.warn(f"{old} is an old name: use {new}", DeprecationWarning, stacklevel=2)
        return getattr(self, new)

    return read
