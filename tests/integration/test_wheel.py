"""The built wheel in an empty environment outside the checkout: init, check, run, and a night that is served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.conftest import COARSE, RAW, ROOT, STUDY, TINY, options, silent, without_drawing
from tests.flows.served import Service, environment, night_study
from transcaspian.core.template import template_files
from transcaspian.runs.engine import RunSettings, run_study

pytestmark = [pytest.mark.whole_run, pytest.mark.prefect]

SETTINGS = options(TINY)
EDIT = """    result = run_in_tasks(settings, dask)
    (settings.out_dir / "edited").write_text(__file__)
"""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and a project that it laid out."""

    bin: Path
    project: Path

    @property
    def settings(self) -> dict[str, str]:
        """Variables of its processes: nothing leads to the checkout."""
        home = str(self.project.parent / "home")
        return environment(PREFECT_HOME=home, PYTHONPATH="", PATH=f"{self.bin}{os.pathsep}{os.environ['PATH']}")

    def call(self, *words: str, code: int = 0) -> str:
        """What a program of the environment prints in the project."""
        done = subprocess.run(
            [str(self.bin / words[0]), *words[1:]], cwd=self.project, env=self.settings, capture_output=True, text=True,
            check=False, timeout=400,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(place), str(ROOT)]
    subprocess.run(command, check=True)
    (found,) = place.glob("transcaspian-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("installed")
    venv.create(place / "venv")
    found = Installed(place / "venv" / ("Scripts" if os.name == "nt" else "bin"), place / "project")
    pip = [sys.executable, "-m", "pip", "--python", str(found.bin / "python"), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-index", "--ignore-installed", str(wheel)], check=True)
    (packages,) = (place / "venv").rglob("site-packages")
    # the libraries of the environment of the tests; what its own .pth files name, the checkout, is not followed
    others = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (packages / "libraries.pth").write_text("\n".join(others))
    found.project.mkdir()
    found.call("transcaspian", "init", ".")
    return found


def test_the_wheel_has_one_name_and_the_template_of_a_project(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"transcaspian", wheel.name.split("-py3")[0] + ".dist-info"}
    template = {name.partition("/template/")[2] for name in names if "/template/" in name}
    assert template == set(template_files())
    assert "data/raw/LICENSES.md" in template
    assert not [name for name in names if "__pycache__" in name or ("/cache/" in name and "/template/" in name)]


def test_it_is_the_wheel_that_runs(installed: Installed) -> None:
    told = installed.call("python", "-c", "import transcaspian; print(transcaspian.__file__)")
    assert Path(told.strip()).is_relative_to(installed.project.parent / "venv")
    assert "the study can be run" in installed.call("transcaspian", "check", *options(COARSE))


def test_a_project_runs_through_prefect_and_without_as_the_checkout_does(installed: Installed, tmp_path: Path) -> None:
    """The digits of the run are of study, sources and code: the wheel has the same as the checkout."""
    run = ["transcaspian", "run", "--system", "main", *SETTINGS]
    assert "not published (what-if)" in installed.call(*run)
    assert "nothing changed" in installed.call(*run, "--direct")
    (made,) = [path for path in (installed.project / "data/processed/trans-caspian").iterdir() if "T" in path.name]
    with without_drawing():
        ours = run_study(RunSettings(STUDY, tmp_path, ("main",), TINY, RAW), silent)
    assert made.name.partition("-")[2] == ours.folder.name.partition("-")[2]
    lists = [folder / "rpl" / "main.csv" for folder in (made, ours.folder)]
    rows = [path.read_text(encoding="utf-8-sig").splitlines() for path in lists]
    assert [line for line in rows[0] if "Created" not in line] == [line for line in rows[1] if "Created" not in line]


@pytest.mark.slow
def test_a_night_that_is_served_runs_the_edited_flow_of_the_project(installed: Installed) -> None:
    project = installed.project
    (project / "night").mkdir()
    night_study(project / "night").rename(project / "studies" / "trans_caspian.toml")
    flow = project / "flows" / "trans_caspian.py"
    text = flow.read_text(encoding="utf-8")
    assert EDIT.splitlines()[0] in text
    flow.write_text(text.replace(f"{EDIT.splitlines()[0]}\n", EDIT), encoding="utf-8")
    other = project / "night" / "flows"  # of another project, in the folder where the service begins
    other.mkdir()
    (other / "__init__.py").write_text("raise ImportError('not these flows')\n")
    command = [str(installed.bin / "transcaspian"), "serve", "--cron", "* * * * *", "--timezone", "UTC"]
    command += ["--study", str(project / "studies" / "trans_caspian.toml"), "--out", str(project / "data/processed")]
    log = project / "serve.log"
    with (
        log.open("w") as told,
        subprocess.Popen(command, cwd=project / "night", env=installed.settings, stdout=told, stderr=told) as process,
    ):
        service = Service(process, log, project / "data" / "processed", "")
        try:
            (night, *_) = service.nights(1)
            assert night["state_type"] == "COMPLETED", service.told()
            assert service.end() == 0, service.told()
        finally:
            process.kill()
    assert (service.out / "edited").read_text() == str(flow)
    latest = json.loads((service.out / "trans-caspian" / "latest.json").read_text())["run"]
    assert (service.out / "trans-caspian" / latest / "report.html").is_file()


def test_an_upgrade_tells_the_edited_files_and_leaves_them(installed: Installed) -> None:
    (installed.project / "prefect.yaml").write_text("name: mine\n")
    assert "prefect.yaml: edited by you; the template is as it was" in installed.call(
        "transcaspian", "init", "--upgrade"
    )
    told = installed.call("transcaspian", "init", ".", code=2)
    assert told.startswith("error: . has .gitignore, ")
    assert told.count("\n") == 1
