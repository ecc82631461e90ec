"""What is exported says what it takes and gives, in the sections of numpydoc."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import FunctionType
from typing import Any

import pytest

import transcaspian
from tests.conftest import ROOT

WHOLE = ("core.geodesy", "core.grid", "core.linear_reference", "core.old_names")
"""Modules whose every public function is described as those of the public face are."""
FACES = (
    "engineering",
    "export",
    "ingest",
    "products",
    "report.page",
    "routing",
    "runs.cache",
    "runs.revisions",
    "seabed",
)
"""Packages whose ``__all__`` is what others may use; of their functions the parameters that need a word have one."""
DESCRIBED = (
    "engineering",
    "ingest",
    "routing",
    "rpl.compare",
    "rpl.model",
    "rpl.qa",
    "runs.cache",
    "seabed",
    "study",
)
"""Those of which every function has all its Parameters, Returns and an example, and every class its fields."""
FIELDS = ("__dataclass_fields__", "_fields", "model_fields")
MANY = 4
SHARE = 0.8
"""Of the public functions with as many parameters, what has to have a section on them; to be raised, never lowered."""


def described(function: Any) -> dict[str, str]:
    """Sections of a docstring by their titles."""
    title, *rest = re.split(r"(?m)^(\w+)\n-{3,}\n", inspect.getdoc(function) or "")
    return {"": title, **dict(zip(rest[::2], rest[1::2], strict=True))}


def exported() -> Iterator[Any]:
    """Functions of the public face, and of the modules that are described whole."""
    yield from (
        value for name in transcaspian.__all__ if isinstance(value := getattr(transcaspian, name), FunctionType)
    )
    for module in map(import_module, (f"transcaspian.{name}" for name in WHOLE)):
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_"):
                yield value


def names_in(section: str) -> set[str]:
    """The names that the entries of a section begin with."""
    return {name.strip(" *") for line in re.findall(r"(?m)^\S.*$", section) for name in line.split(",")}


@pytest.mark.parametrize("function", list(exported()), ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_an_exported_function_says_what_it_takes_and_gives(function: FunctionType) -> None:
    sections = described(function)
    assert sections[""].strip()
    parameters = set(inspect.signature(function).parameters)
    assert not parameters or names_in(sections.get("Parameters", "")) == parameters
    gives = function.__annotations__.get("return")
    assert gives in ("None", None) or gives.startswith("Iterator") or sections.get("Returns", "").strip()
    says = inspect.getdoc(function) or ""
    assert ">>>" in says or f".{function.__name__}(" in (transcaspian.__doc__ or "") or gives.startswith("Iterator")


@pytest.mark.parametrize("name", [name for name in transcaspian.__all__ if name[0].isupper()])
def test_an_exported_class_says_what_it_holds(name: str) -> None:
    kind = getattr(transcaspian, name)
    sections = described(kind)
    assert sections[""].strip()
    fields = names_of_fields(kind)
    told = names_in(sections.get("Attributes", "") + sections.get("Parameters", ""))
    assert not fields or told, f"{name} lists none of its {len(fields)} fields"
    assert told <= fields | set(dir(kind))


@pytest.mark.parametrize("face", FACES)
def test_functions_of_a_face_describe_their_parameters(face: str) -> None:
    module = import_module(f"transcaspian.{face}")
    functions = [one for name in module.__all__ if isinstance(one := getattr(module, name), FunctionType)]
    assert functions
    assert not [one.__name__ for one in functions if inspect.signature(one).parameters and not tells(one)]


@pytest.mark.parametrize("face", DESCRIBED)
def test_a_described_face_shows_what_each_name_gives(face: str) -> None:
    module = import_module(f"transcaspian.{face}")
    shown = inspect.getdoc(module) or ""
    missing = [f"{name}: {what}" for name in module.__all__ for what in lacks(getattr(module, name), shown)]
    assert not missing


def lacks(value: Any, shown: str) -> Iterator[str]:
    """Parameters and sections that are missing; the example of the face itself may show a function."""
    sections = described(value)
    if isinstance(value, FunctionType):
        yield from sorted(set(inspect.signature(value).parameters) - names_in(sections.get("Parameters", "")))
        if value.__annotations__.get("return") not in ("None", None) and not sections.keys() & {"Returns", "Yields"}:
            yield "Returns"
        if ">>>" not in sections.get("Examples", "") and not re.search(rf">>> .*\b{value.__name__}\(", shown):
            yield "Examples"
    elif isinstance(value, type) and names_of_fields(value) and not sections.keys() & {"Attributes", "Parameters"}:
        yield "Attributes"


def names_of_fields(kind: type) -> set[str]:
    """Of a dataclass, a named tuple or a table of a study."""
    return {name for those in FIELDS for name in getattr(kind, those, ())}


def tells(function: FunctionType) -> bool:
    """Whether a docstring has a section on parameters, and names in it only those that there are."""
    told = names_in(described(function).get("Parameters", ""))
    return bool(told) and told <= set(inspect.signature(function).parameters)


def public_functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Public functions of public modules with many parameters, with their place; commands are described by help."""
    for path in sorted((ROOT / "pipeline" / "transcaspian").rglob("*.py")):
        parts = path.relative_to(ROOT / "pipeline").parts
        if "cli" in parts or any(part.startswith("_") and part != "__init__.py" for part in parts):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) >= MANY:
                yield f"{path}:{node.lineno} {node.name}", node


def test_functions_of_many_parameters_describe_them() -> None:
    found = list(public_functions())
    told = [place for place, node in found if "Parameters\n" in (ast.get_docstring(node) or "")]
    assert len(told) >= SHARE * len(found), f"{len(told)} of {len(found)}"
