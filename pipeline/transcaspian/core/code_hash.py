"""Which code a value depends on: a module, all of ours that it imports, what lies beside them, and the libraries."""

from __future__ import annotations

import ast
import hashlib
import platform
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distributions, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOP = "transcaspian"
"""Our package; an analysis of another distribution depends on the modules of its own package too."""
DISTRIBUTION = "transcaspian"
NO_VALUES = {"click", "httpx", "prefect", "rich"}
"""Of the libraries that we ask for, those that show and fetch: no value depends on them."""
EXTRAS = ("land", "parquet")
"""Of the optional ones, those that read and write values."""
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)[^;]*(?:;(.*))?$")


@cache
def library_versions() -> dict[str, str]:
    """Version by name of Python and of every library that a value may depend on, and of all that these need."""
    found: dict[str, str] = {}
    waiting = _needed(DISTRIBUTION)
    while waiting:
        name = waiting.pop()
        if name in found or name in NO_VALUES:
            continue
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # optional, or for another system
            continue
        waiting += _needed(name)
    if not found:  # the checkout is used without being installed
        found = {item.name.lower(): item.version for item in distributions()}
    return {"python": platform.python_version(), **dict(sorted(found.items()))}


def _needed(distribution: str) -> list[str]:
    """Names of what an installed distribution asks for."""
    try:
        asked = [REQUIREMENT.match(line) for line in requires(distribution) or ()]
    except PackageNotFoundError:
        return []
    return [
        found[1].lower().replace("_", "-")
        for found in asked
        if found and ("extra" not in (found[2] or "") or any(f'"{name}"' in found[2] for name in EXTRAS))
    ]


def code_of(module: str) -> dict[str, str]:
    """Hash of a module, of each that may run with it, and of what lies beside them (templates, styles, scripts)."""
    return _hashes(_closure(module))


def code_behind(*functions: Callable[..., Any]) -> dict[str, str]:
    """Hash of all that functions import when they are called, and of the modules where they stand.

    What other functions beside them import does not count: the parts of an analysis stand in one module.
    """
    found: set[str] = set()
    for function in functions:
        for name in (*_above(function.__module__), *_imported(function.__module__, function.__name__)):
            found |= _closure(name)
        found.add(function.__module__)
    return _hashes(found)


def _hashes(modules: Collection[str]) -> dict[str, str]:
    beside = {f"{name}/{path.name}": _file_sha256(path) for name in modules for path in _beside(name)}
    return {name: _sha256(name) for name in sorted(modules)} | dict(sorted(beside.items()))


@cache
def _closure(module: str) -> frozenset[str]:
    """A module and all modules of its package and of ours that are loaded with it; none where it is no module."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found and _path(name) is not None:
            found.add(name)
            waiting += (*_imported(name), *_above(name))
    return frozenset(found)


def _above(module: str) -> tuple[str, ...]:
    """The package that a module stands in."""
    package = module.rpartition(".")[0]
    return (package,) if package else ()


@cache
def _imported(module: str, function: str = "") -> tuple[str, ...]:
    """What a module imports of ours when it runs; imports for annotations alone do not count.

    ``function``: what it imports when that one of its functions is called, with those beside it that this one names.
    """
    path = _path(module)
    assert path is not None
    names = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _running(_without_others(tree, function) if function else tree.body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(name for name in names if name.split(".")[0] in (TOP, module.split(".")[0]))


def _without_others(tree: ast.Module, function: str) -> list[ast.stmt]:
    """The statements of a module without the functions that one of them does not lead to."""
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    found: set[str] = set()
    waiting = [function]
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += [node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)]
    return [one for one in tree.body if not isinstance(one, ast.FunctionDef) or one.name in found]


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
    top, *below = module.split(".")
    place = ROOT / TOP if top == TOP else _home(top)
    if place is None or place.is_file():
        return None if below else place
    place = place.joinpath(*below)
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _home(top: str) -> Path | None:
    """The folder of a package of others, or the file of a module that is none."""
    spec = find_spec(top)
    places = [*(spec.submodule_search_locations or ()), spec.origin] if spec else [None]
    return Path(places[0]) if places[0] else None


@cache
def _beside(module: str) -> tuple[Path, ...]:
    """Files of a package that are no modules."""
    path = _path(module)
    if path is None or path.name != "__init__.py":
        return ()
    return tuple(one for one in sorted(path.parent.iterdir()) if one.is_file() and one.suffix not in (".py", ".pyc"))


@cache
def _sha256(module: str) -> str:
    path = _path(module)
    assert path is not None
    return _file_sha256(path)


@cache
def _file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
