"""What `import transcaspian` gives: these names and no others, with their types, described by examples that run."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import transcaspian
from tests.conftest import ROOT

PUBLIC = [
    "Comparison", "Grid", "LeastCostPath", "RoutingProblem", "Rpl", "RunResult", "Study", "Tolerances",
    "TranscaspianError", "__version__", "check_rpl", "check_study", "compare_rpl", "least_cost_path", "load_study",
    "publish_run", "read_rpl", "route_system", "run_study",
]  # fmt: skip
SOURCES = ROOT / "pipeline"
EXAMPLES = [
    ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(SOURCES.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
"""Every module that has an example."""


def test_the_public_names_are_these() -> None:
    assert transcaspian.__all__ == PUBLIC == dir(transcaspian)
    for name in PUBLIC:
        value = getattr(transcaspian, name)
        if name != "__version__":
            assert value.__name__ == name, "a public name is that of the thing itself"
    page = (ROOT / "docs" / "reference" / "compatibility.md").read_text(encoding="utf-8")
    assert not [name for name in PUBLIC if f"`{name}`" not in page]
    with pytest.raises(AttributeError, match="module 'transcaspian' has no attribute 'nosuch'"):
        _ = transcaspian.nosuch


@pytest.mark.parametrize("name", [name for name in PUBLIC if name[0].islower()])
def test_every_public_function_describes_its_parameters(name: str) -> None:
    function = getattr(transcaspian, name)
    described = inspect.getdoc(function) or ""
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.annotation is not parameter.empty
        assert parameter.name in described, f"{name}: {parameter.name}"


def test_the_import_loads_no_library_and_warns_of_nothing() -> None:
    code = (
        "import sys, transcaspian; dir(transcaspian); "
        "print(*sorted({'geopandas', 'numba', 'numpy', 'pandas', 'prefect', 'pyproj', 'shapely'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize("module", EXAMPLES)
def test_the_examples_run(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    outcome = doctest.testmod(import_module(module), extraglobs={"folder": tmp_path}, optionflags=options)
    assert outcome.failed == 0
    assert outcome.attempted > 0


@pytest.mark.whole_run
def test_a_type_checker_sees_each_name(tmp_path: Path) -> None:
    asked = [name for name in PUBLIC if not name.startswith("_")]
    module = tmp_path / "user.py"
    module.write_text("import transcaspian\n" + "".join(f"reveal_type(transcaspian.{name})\n" for name in asked))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(module)], cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    revealed = [line.partition("Revealed type is ")[2] for line in done.stdout.splitlines() if "Revealed" in line]
    assert len(revealed) == len(asked), done.stdout
    for name, told in zip(asked, revealed, strict=True):
        assert told.startswith('"def '), f"{name}: {told}"
