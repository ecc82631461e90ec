"""Which code a value depends on: a module, all of ours that it imports, what lies beside them, and the libraries."""

from __future__ import annotations

import ast
import hashlib
import inspect
import platform
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
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
        if found and ("extra" not in (found[2] or "") or any(name in re.split("['\"]", found[2]) for name in EXTRAS))
    ]


@cache
def code_of(*functions: Callable[..., Any]) -> dict[str, str]:
    """Hash of functions, of each module that may run when they do, and of what lies beside them (templates, styles).

    A function that imports what it computes with depends on these modules, not on the others that its own module
    names; one that imports nothing, or names anything else of its module, depends on its module.
    """
    modules: set[str] = set()
    called: dict[str, str] = {}
    for function in functions:
        own, text = function.__module__, textwrap.dedent(inspect.getsource(function))
        called[f"{own}:{function.__qualname__}"] = hashlib.sha256(text.encode()).hexdigest()
        body = ast.parse(text).body
        needed = _names(body, own)
        if not needed or _loaded(body) & set(function.__globals__):
            needed = (*needed, own)
        modules = modules.union(*map(_closure, needed))
    beside = {f"{name}/{path.name}": _file_sha256(path) for name in modules for path in _beside(name)}
    code = {name: _file_sha256(path) for name in sorted(modules) if (path := _path(name))}
    return called | code | dict(sorted(beside.items()))


def _loaded(statements: Sequence[ast.stmt]) -> set[str]:
    """Names that statements use and do not import themselves."""
    nodes = [node for one in statements for node in ast.walk(one)]
    imported = {a.asname or a.name for one in nodes if isinstance(one, ast.Import | ast.ImportFrom) for a in one.names}
    return {one.id for one in nodes if isinstance(one, ast.Name)} - imported


@cache
def _closure(module: str) -> frozenset[str]:
    """A module and all modules of its package and of ours that are loaded with it."""
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
    return _names(ast.parse(path.read_text(encoding="utf-8")).body, module) if path else ()


def _names(statements: Sequence[ast.AST], module: str) -> tuple[str, ...]:
    """Names of ours, or of its own package, that statements of a module import; not all of them are modules."""
    names = []
    for node in _running(statements):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(name for name in names if name.split(".")[0] in (TOP, module.split(".")[0]))


def _running(statements: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """All statements but those under ``if TYPE_CHECKING``."""
    for one in statements:
        if isinstance(one, ast.If) and isinstance(one.test, ast.Name) and one.test.id == "TYPE_CHECKING":
            continue
        yield one
        for inner in ("body", "orelse", "handlers", "finalbody"):
            yield from _running(getattr(one, inner, ()))


@cache
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
def _file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
