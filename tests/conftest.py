"""What every test may use: the checkout's data and study, and the versions in the header."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import hypothesis
import pytest

from transcaspian.runs.engine import RunResult, RunSettings, run_study
from transcaspian.study.rules import PREFIX, newest, rules_text

try:
    import fcntl
except ImportError:  # Windows: the processes of the tests then each run it
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).parents[1]
# the same examples on every machine and night: a failure is then a change of the code, not a draw of the lot
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.load_profile("fixed")
STUDY = ROOT / "studies" / "trans_caspian.toml"
RAW = ROOT / "data" / "raw"
# for what does not depend on how fine the grid is: a run takes a third of the time
COARSE = {"area.grid_step_arcsec": 120, "rules.landing_approach.max_km": 15.0}
# for what does not depend on the route either: half of the time again
TINY = {"area.grid_step_arcsec": 300, "rules.landing_approach.max_km": 40.0}
# without the analyses of the default study, which follow the engineered route
BARE: dict[str, Any] = {"link": None, "survey": None, "installation": None}
# and without what is drawn around a route
ROUTE_ALONE: dict[str, Any] = {**BARE, "alternatives": None, "cost_tolerance": None}
PICTURES = "transcaspian.report.page_process.pictures"


def options(overrides: dict[str, Any]) -> list[str]:
    """Values of a study as the command takes them."""
    return [word for key, value in overrides.items() for word in ("--set", f"{key}={value}")]


def without_drawing() -> Any:
    """For a block or one test: its runs draw no pictures, see `without_pictures`."""
    return patch(PICTURES, lambda **_: {})


def pytest_report_header() -> str:
    import fiona
    import numba
    import pyogrio
    import pyproj
    import rasterio
    import shapely

    return (
        f"shapely {shapely.__version__} (GEOS {shapely.geos_version_string}), pyproj {pyproj.__version__} "
        f"(PROJ {pyproj.proj_version_str}), pyogrio {pyogrio.__version__} (GDAL {pyogrio.__gdal_version_string__}), "
        f"fiona {fiona.__version__} (GDAL {fiona.__gdal_version__}), rasterio {rasterio.__version__} "
        f"(GDAL {rasterio.__gdal_version__}), numba {numba.__version__}"
    )


def whole_study() -> str:
    """The default study in one file: its rules stand in it, less the tables that it has in their place."""
    text = STUDY.read_text(encoding="utf-8").replace(f'extends = "{newest()}"\n', "")
    headings = set(re.findall(r"(?m)^\[.*\]$", text))
    tables = re.split(r"(?m)^(?=\[)", rules_text(newest().removeprefix(PREFIX)))
    return text + "\n" + "".join(table for table in tables if table.partition("\n")[0] not in headings)


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a variant of the default study in one file: each ``(old, new)`` pair is there, and is replaced."""

    def write(*replacements: tuple[str, str], name: str = "study.toml") -> Path:
        text = whole_study()
        for old, new in replacements:
            assert old in text, f"the default study no longer has {old!r}"
            text = text.replace(old, new, 1)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


NOT_HERE = "not on this machine: "


def need(program: str, package: str) -> str:
    """The path of a program of others; without it the test is skipped, and the end of the run says so loudly."""
    found = shutil.which(program)
    if found is None:
        without(f"{program} (Debian: {package})")
    assert found is not None
    return found


def without(what: str) -> None:
    """Skip the test for lack of something, and say so at the end of the run."""
    pytest.skip(f"{NOT_HERE}{what}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what was not tried; from the reports, because the tests may have run in other processes."""
    reasons = {str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())}
    for reason in sorted(reasons):
        if NOT_HERE in reason:
            terminalreporter.write_line(
                f"NOT TRIED, because {reason.partition(NOT_HERE)[2]} is missing here", yellow=True
            )


@pytest.fixture(scope="session")
def default_run(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """The default study, run once for all tests that look at it, also by those of the other process."""
    place = tmp_path_factory.getbasetemp()
    shared = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "default"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        from transcaspian.report.pictures import pictures

        with patch(PICTURES, pictures):  # also where the module that asks first has none
            return run_study(RunSettings(STUDY, shared / "out", raw_dir=RAW), silent)


@pytest.fixture(scope="module")
def without_pictures() -> Iterator[None]:
    """Runs draw no pictures: those take most of the time, and are files like others where no test looks at them."""
    with without_drawing():
        yield


@pytest.fixture(scope="session")
def coarse_values(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a coarse run of ``main`` keeps for the next, made once for all tests that would compute it again."""
    place = tmp_path_factory.getbasetemp()
    shared = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "coarse-values"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock, without_drawing():
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        run_study(RunSettings(STUDY, shared / "out", ("main",), TINY, RAW), silent)
    return shared / "out" / "trans-caspian" / ".cache"


@pytest.fixture
def warmed(coarse_values: Path) -> Callable[[Path], Path]:
    """Gives a folder of runs these values."""
    return partial(give_values, coarse_values)


def give_values(values: Path, out: Path) -> Path:
    """Let runs in ``out`` find kept values: they compute only what is other, and publish again."""
    to = out / "trans-caspian" / ".cache"
    to.mkdir(parents=True)
    for path in values.iterdir():
        if not path.name.startswith((".", "write.")):
            shutil.copy2(path, to)
    return out


def silent(stage: Any, seconds: float | None, told: str) -> None:
    """A watcher that shows nothing."""
