"""What was measured, as rows, as a table in the README and as a figure."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import transcaspian.routing
from benchmarks.peers import WORKS

KEYS = (
    "case",
    "cells",
    "work",
    "solver",
    "seconds_median",
    "cpu_seconds_median",
    "runs",
    "peak_bytes_per_cell",
    "median_error",
    "path_excess",
    "ratio_to_ours",
)
SAME = ("machine", "python", "versions", "code")
"""What two runs must have in common for their rows to stand in one table."""
RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent / "README.md"
ROUTER = Path(transcaspian.routing.__file__).parent
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
WORK_TITLES = {
    "field": "Full field",
    "path": "Source to target with path",
    "refined": "Source to target with path, refined",
}
_OWN_COLOUR, _PEER_COLOUR = "#0072B2", "#D55E00"


def as_rows(measured: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the published keys, in their order."""
    return [{key: row[key] for key in KEYS} for row in measured]


def document(measured: Sequence[dict[str, Any]], leaks: dict[str, int]) -> dict[str, Any]:
    """All that was measured, with the machine, the versions and the date."""
    solvers = {solver.package: solver.version() for work in WORKS.values() for solver in work}
    return {
        "date": date.today().isoformat(),
        "machine": machine(),
        "load": round(os.getloadavg()[2], 1),
        "python": platform.python_version(),
        "versions": {**{name: _version(name) for name in ("numpy", "numba", "llvmlite", "scipy")}, **solvers},
        "code": code(),
        "leaks_of_6_walls": leaks,
        "paths_that_cut_walls": sorted({row["solver"] for row in measured if row["cuts_walls"]}),
        "rows": as_rows(measured),
    }


def machine() -> str:
    """Processor, its cores and the memory."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}, {memory_gib:.0f} GiB"


@cache
def code() -> str:
    """Digest of the router's sources and of the benchmark's: rows of two versions are not comparable."""
    digest = hashlib.sha256()
    for source in [*sorted(ROUTER.rglob("*.py")), *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def as_markdown(made: dict[str, Any]) -> str:
    """The machine, a table for each work, the leaks and the peers that are missing."""
    versions = made["versions"]
    known = ", ".join(f"{name} {number}" for name, number in sorted(versions.items()) if number)
    missing = sorted(name for name, number in versions.items() if number is None)
    parts = [f"{made['date']}; {made['machine']}; Python {made['python']}; {known}.", _shared(made)]
    if missing:
        parts.append("Not installed, therefore not measured: " + ", ".join(missing) + ".")
    for work, title in WORK_TITLES.items():
        rows = [row for row in made["rows"] if row["work"] == work]
        if rows:
            parts += [f"### {title}", _table(work, rows, made["paths_that_cut_walls"])]
    if made["paths_that_cut_walls"]:
        parts.append("† A path cuts a closed cell; what it runs there is priced at the sea's greatest friction.")
    if made["leaks_of_6_walls"]:
        walls = "\n".join(f"| {solver} | {count} |" for solver, count in made["leaks_of_6_walls"].items())
        parts += ["### Walls one cell thick: leaks of six", "| solver | leaks |\n|---|---:|\n" + walls]
    return "\n\n".join(parts)


def _shared(made: dict[str, Any]) -> str:
    """How busy the machine was: with more work than processors, wall times are longer than they need be."""
    load, cores = made["load"], os.cpu_count() or 1
    shared = "the machine was shared, compare the seconds of the processor" if load > cores else "the machine was idle"
    return f"Load in the last quarter of an hour: {load} on {cores} cores; {shared}."


def comparable(last: dict[str, Any], made: dict[str, Any]) -> bool:
    """Whether earlier results are of the same machine, versions and code; standard error says where they are not."""
    changed = [name for name in SAME if last.get(name) != made[name]]
    if changed:
        print(f"earlier results differ in their {', '.join(changed)}: they are left out", file=sys.stderr)
    return not changed


def with_last(made: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    """The rows of comparable earlier results, where they were not measured again, before the new ones."""

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in ("case", "cells", "work", "solver"))

    again = {key(row) for row in made["rows"]}
    return made | {
        "load": max(last["load"], made["load"]),
        "leaks_of_6_walls": last["leaks_of_6_walls"] | made["leaks_of_6_walls"],
        "paths_that_cut_walls": sorted({*last["paths_that_cut_walls"], *made["paths_that_cut_walls"]}),
        "rows": [row for row in last["rows"] if key(row) not in again] + made["rows"],
    }


def last_results(results: Path = RESULTS) -> dict[str, Any]:
    """What `save` wrote last."""
    made: dict[str, Any] = json.loads((results / "latest.json").read_text(encoding="utf-8"))
    return made


def over_seeds(rows: Sequence[dict[str, Any]]) -> str:
    """A table of the peers' times over ours, and their errors, over all seas of a kind: median and worst for us.

    Parameters
    ----------
    rows
        As published; a sea of another seed has its number after its name.
    """
    groups: dict[tuple[str, int, str, str], list[dict[str, Any]]] = {}
    ours: dict[tuple[str, int, str], float] = {}
    for row in rows:
        kind = row["case"].rstrip("0123456789 ")
        # the first row of each work is our own
        ours.setdefault((row["case"], row["cells"], row["work"]), row["cpu_seconds_median"] or 1e-9)
        groups.setdefault((kind, row["cells"], row["work"], row["solver"]), []).append(row)
    lines = [
        "| seas | cells | work | solver | seeds | × ours, median | × ours, worst | × processor, median "
        "| error, median | error, worst |",
        "|---|---:|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for (kind, cells, work, solver), group in groups.items():
        ratios = [row["ratio_to_ours"] for row in group]
        cpu = [row["cpu_seconds_median"] / ours[row["case"], cells, work] for row in group]
        errors = [100 * error for row in group if (error := _error(row)) is not None]
        error = f"{median(errors):.3f} % | {max(errors):.3f} %" if errors else "– | –"
        over_ours = f"{len(group)} | {median(ratios):.2f} | {min(ratios):.2f} | {median(cpu):.2f}"
        lines.append(f"| {kind} | {cells:,} | {work} | {solver} | {over_ours} | {error} |")
    return "\n".join(lines)


def write_between_marks(page: Path, table: str, name: str = "results") -> None:
    """Put a table between the marks of a page.

    Parameters
    ----------
    page
        A Markdown file that has both marks, `<!-- results: begin -->` and `<!-- results: end -->`, once.
    table
        What stands between them afterwards.
    name
        The first word of the marks, where they are of another table.

    Raises
    ------
    SystemExit
        When a mark is missing.
    """
    # a page may also speak of the marks, in the middle of a line
    begin, end = (mark.replace("results", name) for mark in (BEGIN, END))
    lines = page.read_text(encoding="utf-8").split("\n")
    if lines.count(begin) != 1 or lines.count(end) != 1:
        raise SystemExit(f"{page}: expected the lines {begin} and {end}, once each, around the place of the table")
    lines[lines.index(begin) + 1 : lines.index(end)] = [table]
    page.write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    """Write the last results into the benchmark's page and figure, and the table over all seeds into pages named."""
    made = last_results()
    publish(made)
    table = f"{made['date']}; {made['machine']}. {_shared(made)}\n\n{over_seeds(made['rows'])}"
    for page in sys.argv[1:]:
        write_between_marks(Path(page), table)
    print(table)


def _table(work: str, rows: Sequence[dict[str, Any]], cutting: Sequence[str]) -> str:
    accuracy = "median_error" if work == "field" else "path_excess"
    title = "median error" if work == "field" else "path excess"
    lines = [
        f"| case | cells | solver | seconds | of the processor | × ours | bytes/cell | {title} |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        mark = " †" if work != "field" and row["solver"] in cutting else ""
        error = "–" if row[accuracy] is None else f"{100 * row[accuracy]:.3f} %"
        memory = "–" if row["peak_bytes_per_cell"] is None else f"{row['peak_bytes_per_cell']:.0f}"
        lines.append(
            f"| {row['case']} | {row['cells']:,} | {row['solver']}{mark} | {row['seconds_median']:.3f} "
            f"| {row['cpu_seconds_median']:.3f} | {row['ratio_to_ours']:.2f} | {memory} | {error} |"
        )
    return "\n".join(lines)


def save(made: dict[str, Any], results: Path = RESULTS) -> None:
    """Write `latest.json`, whole or not at all."""
    results.mkdir(exist_ok=True)
    new = results / "latest.json.new"
    new.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    new.replace(results / "latest.json")


def publish(made: dict[str, Any], *, results: Path = RESULTS, readme: Path = README) -> str:
    """Draw the figure and write the tables into the benchmark's page; the tables."""
    draw([row for row in made["rows"] if not row["case"][-1].isdigit()], results / "latest.png")
    table = as_markdown(made)
    write_between_marks(readme, table)
    return table


def draw(rows: Sequence[dict[str, Any]], file: Path) -> None:
    """Seconds against error on logarithmic axes, a panel for each case, size and work that is given."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    judged = [row for row in rows if _error(row) is not None]
    panels = list(dict.fromkeys((row["case"], row["cells"], row["work"]) for row in judged))
    if not panels:
        return
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    figure, axes = plt.subplots(lines, columns, figsize=(6.2 * columns, 4.6 * lines), squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, panel in zip(axes.flat, panels, strict=False):
        _draw_panel(axis, panel, [row for row in judged if (row["case"], row["cells"], row["work"]) == panel])
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _draw_panel(axis: Any, panel: tuple[str, int, str], rows: Sequence[dict[str, Any]]) -> None:
    case, cells, work = panel
    axis.set_title(f"{WORK_TITLES[work]}\n{case}, {cells / 1e6:.2g} million cells", fontsize=11)
    axis.set_xlabel("seconds (median)")
    axis.set_ylabel("median error, %" if work == "field" else "path excess, %")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.grid(True, which="both", color="0.9", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.margins(x=0.12, y=0.2)
    marks = "osD^vP*X<>"
    for mark, row in zip(marks * 2, rows, strict=False):
        own = row["solver"].startswith("transcaspian")
        # what is better than a ten-thousandth of a percent is drawn there
        error = max(100 * (_error(row) or 0), 1e-4)
        colour = _OWN_COLOUR if own else _PEER_COLOUR
        face = colour if own else "white"
        axis.plot(
            row["seconds_median"], error, mark, ms=9, mec=colour, mfc=face, mew=1.6, ls="none", label=row["solver"]
        )
    axis.legend(fontsize=7.5, loc="best", framealpha=0.85)


def _error(row: dict[str, Any]) -> float | None:
    value = row["median_error"] if row["work"] == "field" else row["path_excess"]
    return None if value is None else float(value)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
