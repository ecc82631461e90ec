"""Which code a value depends on: a module and all of ours that it imports, and the libraries."""

from __future__ import annotations

import ast
import hashlib
import platform
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOP = "pipeline"
LIBRARIES = ("geopandas", "numba", "numpy", "pandas", "pyogrio", "pyproj", "rasterio", "scipy", "shapely", "xarray")
"""Those that compute or read: another version of one of them may give other figures."""


@cache
def library_versions() -> dict[str, str]:
    """Version by name of the libraries, and of Python."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def code_of(module: str) -> dict[str, str]:
    """Hash of a module and of each that may run with it, by name."""
    return {name: _sha256(name) for name in sorted(_closure(module))}


@cache
def _closure(module: str) -> frozenset[str]:
    """A module and all modules of ours that are loaded with it."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found and _path(name) is not None:
            found.add(name)
            waiting += _imported(name)
            if "." in name:
                waiting.append(name.rpartition(".")[0])
    return frozenset(found)


@cache
def _imported(module: str) -> tuple[str, ...]:
    """What a module imports of ours when it runs; imports for annotations alone do not count."""
    path = _path(module)
    assert path is not None
    names = []
    for node in _running(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(name for name in names if name.split(".")[0] == TOP)


def _running(statements: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """All statements but those under ``if TYPE_CHECKING``."""
    for one in statements:
        if isinstance(one, ast.If) and isinstance(one.test, ast.Name) and one.test.id == "TYPE_CHECKING":
            continue
        yield one
        for inner in ("body", "orelse", "handlers", "finalbody"):
            yield from _running(getattr(one, inner, ()))


def _path(module: str) -> Path | None:
    """The file of a module; None where the name is not that of a module."""
    place = ROOT.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _sha256(module: str) -> str:
    path = _path(module)
    assert path is not None
    return hashlib.sha256(path.read_bytes()).hexdigest()
