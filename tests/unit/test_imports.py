"""The rules of the house, read from the imports: they go down only, and some libraries live in some rooms alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the bottom up: a room imports from its own level and from the levels below it.
LEVELS = [
    {"pipeline", "pipeline.errors", "pipeline.interrupt", "pipeline.disk", "pipeline.spread"},
    {
        "pipeline.study",
        "pipeline.grid",
        "pipeline.layers",
        "pipeline.styles",
        "pipeline.figures",
        "pipeline.findings",
        "pipeline.frames",
        "pipeline.landgraph",
        "pipeline.rpl",
        "pipeline.xmltext",
    },
    {"pipeline.sources"},
    {"pipeline.archive", "pipeline.reuse"},
    {"pipeline.ingest"},
    {"pipeline.seabed"},
    {"pipeline.routing"},
    {"pipeline.engineering"},
    # risk weighs engineered routes and lays its own through the router: above both, as the network is
    {"pipeline.network", "pipeline.risk", "pipeline.robustness", "pipeline.validation"},
    {"pipeline.products", "pipeline.export", "pipeline.report", "pipeline.revisions"},
    {"pipeline.stages"},
    {"pipeline.run"},
    {
        "pipeline.batch",
        "pipeline.validate",
        "pipeline.reproduce",
        "pipeline.health",
        "pipeline.cli",
        "pipeline.__main__",
    },
    {"flows"},
]
ONLY_IN = {
    "prefect": ("flows",),
    "prefect_dask": ("flows",),
    "distributed": ("flows",),
    "pyogrio": ("pipeline.ingest", "pipeline.export"),
    "fiona": ("pipeline.ingest", "pipeline.export"),
    "rasterio": ("pipeline.ingest", "pipeline.export"),
    "rasterio.features": ("pipeline.ingest", "pipeline.export", "pipeline.seabed", "pipeline.routing"),
    "xarray": ("pipeline.ingest", "pipeline.export"),
    "jinja2": ("pipeline.report",),
    "markupsafe": ("pipeline.report",),
    "orjson": ("pipeline.export", "pipeline.report"),
    "pyarrow": ("pipeline.export",),
    "psycopg": ("pipeline.export",),
    "pystac": ("pipeline.export",),
    "openpyxl": ("pipeline.ingest", "pipeline.export"),
    "numba": ("pipeline.routing", "pipeline.seabed"),
    "matplotlib": ("pipeline.report",),
    "click": ("pipeline.cli",),
    "httpx": ("pipeline.sources", "flows"),  # there for its errors alone: those of Prefect's client
}
# The recipe runs as a script of its own in a temporary environment, never inside the pipeline.
EXEMPT = {"pipeline.sources._recipe"}


def modules() -> list[tuple[str, Path]]:
    found = []
    for top in ("pipeline", "flows"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return [(name, path) for name, path in found if name not in EXEMPT]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    return "flows" if module.split(".")[0] == "flows" else ".".join(module.split(".")[:2])


def level(module: str) -> int | None:
    return next((number for number, rooms in enumerate(LEVELS) if room(module) in rooms), None)


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_go_down_only(name: str, path: Path) -> None:
    own = level(name)
    assert own is not None, f"{name} stands in no room of LEVELS"
    for target in imported(path):
        if target.split(".")[0] in ("pipeline", "flows"):
            other = level(target)
            # `from pipeline import __version__` names an attribute of the package, not a room
            if other is not None:
                assert other <= own, f"{name} imports {target}, which stands above it"


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_libraries_stay_in_their_rooms(name: str, path: Path) -> None:
    targets = set(imported(path))
    for library, rooms in ONLY_IN.items():
        if library == "rasterio":
            used = {t for t in targets if t == library or t.startswith("rasterio.")} - {
                t for t in targets if t.startswith("rasterio.features")
            }
            used -= {"rasterio.features"}
        else:
            used = {t for t in targets if t == library or t.startswith(library + ".")}
        assert not used or room(name) in rooms, f"{name} imports {sorted(used)}: only {rooms} may"
