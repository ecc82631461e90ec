"""The rules of the house, read from the imports: they go down only, and some libraries live in some rooms alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the bottom up: a room imports from itself and from the rooms below it. Wings register themselves, so that study,
# products, report and runs can ask for them without naming them.
FLOORS = [
    "core",
    "study",
    "sources",
    "ingest",
    "seabed",
    "routing",
    "rpl",
    "engineering",
    "products",
    "export",
    "report",
    "runs",
    "analyses",
    "cli",
    "orchestration",
    "flows",
]
MAX_ARROWS = 90
ONLY_IN = {
    "prefect": ("orchestration", "flows"),
    "distributed": ("orchestration", "flows"),
    "pyogrio": ("ingest", "rpl", "export", "runs"),
    "fiona": ("ingest", "export"),
    "rasterio": ("ingest", "export"),
    "rasterio.features": ("ingest", "export", "seabed", "routing"),
    "xarray": ("ingest", "export"),
    "jinja2": ("report",),
    "markupsafe": ("report", "analyses"),
    "orjson": ("ingest", "export", "report"),
    "pyarrow": ("export", "analyses"),
    "psycopg": ("runs",),
    "pystac": ("export",),
    "xlsxwriter": ("export",),
    "openpyxl": ("ingest", "rpl", "export"),
    "numba": ("core", "routing"),  # one place says how kernels are compiled and kept; routing adds an intrinsic
    "matplotlib": ("report", "runs"),
    "docx": ("report",),
    "ezdxf": ("export", "report"),
    "markdown_it": ("report",),
    "click": ("cli",),
    "httpx": ("sources", "orchestration"),  # there for the errors of Prefect's client, and whether one can be made
}
# The recipe runs as a script of its own in a temporary environment, never inside the pipeline.
EXEMPT = {"transcaspian.sources._recipe"}


def modules() -> list[tuple[str, Path]]:
    found = []
    for top, folder in (("transcaspian", ROOT / "pipeline"), ("flows", ROOT)):
        for path in sorted((folder / top).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
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
    """The room of a module; of the package itself, which is the public face, none."""
    first, _, rest = module.partition(".")
    return first if first == "flows" else rest.partition(".")[0]


def arrows() -> dict[tuple[str, str], set[str]]:
    """Rooms that import another, and the modules that do."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, path in modules():
        for target in imported(path):
            other = room(target) if target.split(".")[0] in ("transcaspian", "flows") else ""
            if other in FLOORS and other != room(name):
                found.setdefault((room(name), other), set()).add(f"{name} imports {target}")
    return found


def test_every_module_stands_in_a_room() -> None:
    assert not {name for name, _ in modules() if room(name) not in {*FLOORS, "", "__main__"}}


def test_imports_go_down_only() -> None:
    floors = {name: number for number, name in enumerate(FLOORS)}
    up = [sorted(found) for (own, other), found in arrows().items() if own in floors and floors[other] > floors[own]]
    assert not up


def test_few_rooms_know_each_other() -> None:
    assert len(arrows()) <= MAX_ARROWS


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
