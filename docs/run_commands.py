"""Run every shell block of the tutorial and the how-to pages: ``python docs/run_commands.py [PAGE ...]``.

Each page gets a project of its own, laid out by ``transcaspian init`` and with a coarse grid, in which one run stands.
A block below a line ``<!-- not run: WHY -->`` is left out, as is one that clones the repository. Names of runs in a
page stand for those that are there.

A block without a language right below one that is run shows its output: each of its lines has to come, but for figures
and names of runs, which depend on the grid and the day; ``…`` stands for what is left out. A block of ``text`` is not
compared: on a coarse grid other stages are computed, or other findings come.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
BLOCK = re.compile(
    r"(?ms)(?:^ *<!-- not run: ([^\n]*?) -->\n)?^ *```sh\n(.*?)^ *```$(?:\s*^ *```\n(.*?)^ *```$)?",
)
FIGURE = re.compile(r"[−+-]?\d[\d.,]*")
RUN_ID = re.compile(r"\b20\d{6}T\d{6}Z(?:-[0-9a-f]{8})?\b")
STEP = re.compile(r"(?m)^grid_step_arcsec = .*$")
COARSE_APPROACH = '\n[rules.landing_approach]\nmax_km = 15.0\nsource = "coarse"\nstatus = "ASSUMED"\n'
LIMIT_S = 300.0


def main(names: list[str]) -> int:
    """Run the blocks of the pages named, else of all; the number that failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        base = Path(place) / "base"
        lay_out(base)
        for page in [page for page in PAGES if not names or page.stem in names]:
            project = Path(place) / page.stem
            shutil.copytree(base, project, symlinks=True)
            failed += sum(run_block(page, project, *block) for block in blocks(page))
            shutil.rmtree(project)
    return failed


def blocks(page: Path) -> Iterator[tuple[str, str, str]]:
    """Of each block why it is not run, empty where it is, its lines, and the output that the page shows."""
    for why, text, shown in BLOCK.findall(page.read_text(encoding="utf-8")):
        yield (why or ("network" if "git clone" in text else "")), text, shown


def lay_out(project: Path) -> None:
    """A project with coarse studies and a run that is published."""
    made = call("transcaspian init .", project)
    if made.returncode:
        raise SystemExit(f"no project could be laid out:\n{made.stderr}")
    (project / ".venv").symlink_to(sys.prefix)
    sea = project / "tests" / "integration" / "black_sea.toml"
    sea.parent.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "integration" / sea.name, sea)
    for study in [*project.glob("studies/*.toml"), sea]:
        text = STEP.sub("grid_step_arcsec = 120.0", study.read_text(encoding="utf-8"))
        if "[rules.landing_approach]" not in text and "\n[[landings]]" in text:
            text += COARSE_APPROACH
        study.write_text(text, encoding="utf-8")
    done = call("transcaspian run --direct", project)
    if done.returncode:
        raise SystemExit(f"the run that every page begins with failed:\n{done.stderr}")


def call(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of a shell, with our command in its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    words, env = ["bash", "-euc", line], os.environ | {"PATH": path, "COLUMNS": "200"}
    try:
        return subprocess.run(words, cwd=folder, env=env, check=False, capture_output=True, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", f"not done within {LIMIT_S:g} s")


def run_block(page: Path, project: Path, why: str, text: str, shown: str) -> bool:
    """Run a block and say how it went; whether it failed."""
    title = f"{page.stem}: {text.strip().splitlines()[0].strip()}"
    if why:
        print(f"not run ({why}): {title}")
        return False
    output = ""
    for line in text.splitlines():
        begun = time.monotonic()
        done = call(with_runs(line.strip(), project), project)
        if done.returncode not in (0, 1) or (done.returncode == 1 and " health " not in line):
            print(
                f"FAILED ({done.returncode}): {page.stem}: {line.strip()}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
            )
            return True
        output += done.stdout + done.stderr
        print(f"{time.monotonic() - begun:6.1f} s  {page.stem}: {line.strip()}", flush=True)
    missing = first_missing(shown, output)
    if missing:
        print(f"FAILED (output): {title}\nis shown, and does not come: {missing}\n{output[-3000:]}")
    return bool(missing)


def first_missing(shown: str, output: str) -> str:
    """The first line of what a page shows that does not come in the output; empty where all do."""
    came = [masked(line) for line in output.splitlines()]
    for line in shown.splitlines():
        wanted, cut, _ = masked(line).partition("…")
        if wanted and not any(one.startswith(wanted) if cut else one == wanted for one in came):
            return line
    return ""


def masked(line: str) -> str:
    """A line without what depends on the grid and the day."""
    return " ".join(FIGURE.sub("#", RUN_ID.sub("RUN", line)).replace("─", "").split())


def with_runs(line: str, project: Path) -> str:
    """A line in which the runs of the project stand for those of the page: the last is the newest."""
    names = list(dict.fromkeys(RUN_ID.findall(line)))
    there = sorted(path.name for path in project.glob("data/processed/trans-caspian/20*T*Z*") if path.is_dir())
    for name, run in zip(reversed(names), reversed(there), strict=False):
        line = line.replace(name, run)
    return line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
