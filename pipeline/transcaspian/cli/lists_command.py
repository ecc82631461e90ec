"""``check-rpl`` and ``compare-rpl``: the Route Position Lists of others, and ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from transcaspian.cli.options import EXIT_BAD_INPUT, PATH, POSITIVE, default_option
from transcaspian.cli.screen import counted
from transcaspian.rpl.compare import compare_rpl
from transcaspian.rpl.model import stated_length_km
from transcaspian.rpl.qa import Breach, Tolerances, check_rpl
from transcaspian.rpl.reader import RplSheet, place, read_rpl_sheet, rpl_of


def tolerance_option(name: str, unit: str, meaning: str) -> Callable[[Any], Any]:
    """An option for one of the tolerances, with its default."""
    flag, default = f"--{name.replace('_', '-')}", getattr(Tolerances, name)
    return default_option(flag, name, kind=float, default=default, meaning=meaning, metavar=unit.upper())


@click.command("check-rpl")
@click.argument("file", type=PATH)
@click.option("--sheet", default=None, metavar="NAME", help="Sheet of the workbook; needed where it has several.")
@tolerance_option("span_m", "m", "A leg is wrong when it differs from the geodesic by more than this, and")
@tolerance_option("span_percent", "%", "by more than this.")
@tolerance_option("bearing_deg", "deg", "What a bearing may differ by,")
@tolerance_option("bearing_over_km", "km", "on spans longer than this.")
@tolerance_option("slack_least_percent", "%", "Least slack.")
@tolerance_option("slack_most_percent", "%", "Most slack.")
@tolerance_option("drift_km", "km", "What a cumulative may drift from the sum of the geodesics.")
@tolerance_option("reconcile_km", "km", "What sums may differ by, besides their rounding.")
@tolerance_option("repeated_m", "m", "Two positions in a row that are closer are one.")
def check_list(file: Path, sheet: str | None, **tolerances: float) -> None:
    """Check the Route Position List in FILE (.csv or .xlsx), line by line; exit code 2 when anything is wrong."""
    found = read_rpl_sheet(file, sheet)
    breaches = () if found.rpl is None else check_rpl(found.rpl, Tolerances(**tolerances))
    for note in found.notes:
        click.echo(f"note: {note}")
    for line in list_lines(found, breaches):
        click.echo(line)
    click.echo(list_summary(found, len(list_lines(found, breaches)) - len(found.faults)))
    if found.faults or breaches:
        sys.exit(EXIT_BAD_INPUT)


@click.command("compare-rpl")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@default_option("--step-km", kind=click.FloatRange(0.01), default=10.0, meaning="Step of the KP table.")
@default_option("--moved-m", kind=POSITIVE, default=5.0, meaning="What counts as moved.")
@click.option("--cost-per-km", type=POSITIVE, help="Prices the difference in cable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare_lists(
    old: Path, new: Path, step_km: float, moved_m: float, cost_per_km: float | None, as_json: bool
) -> None:
    """Compare the Route Position Lists in OLD and NEW: KP to KP, what moved, lengths, crossings, every column."""
    sheets = {path: read_rpl_sheet(path) for path in (old, new)}
    before, after = (rpl_of(path, sheets[path]) for path in (old, new))
    names = str(old), str(new)
    found = compare_rpl(before, after, names, step_km=step_km, moved_m=moved_m, cost_per_cable_km=cost_per_km)
    notes = tuple(f"{path}: {note}" for path, sheet in sheets.items() for note in sheet.notes)
    found = replace(found, notes=notes)
    click.echo(json.dumps(found.as_dict(), indent=2, ensure_ascii=False) if as_json else found.as_text())


def list_lines(found: RplSheet, breaches: Sequence[Breach]) -> list[str]:
    """A line for each fault and breach, by the rows of the file; a figure at fault is not named twice."""
    lines = [(fault.row, str(fault)) for fault in found.faults]
    named = {(fault.row, fault.field) for fault in found.faults}
    for breach in breaches:
        row = row_of(found, breach)
        if (row, breach.column) not in named:
            lines.append((row, f"{place(row, breach.column, column_of(found, breach.column))}: {breach}"))
    return [line for _, line in sorted(lines, key=lambda item: item[0])]


def row_of(found: RplSheet, breach: Breach) -> int:
    """Row of the file that a breach speaks of."""
    if breach.place == "list":
        return found.heading_row
    return (found.rows if breach.place == "position" else found.span_rows)[breach.index]


def column_of(found: RplSheet, name: str) -> str:
    """Letter of the column of a field; that of its degrees where an angle stands in parts."""
    return found.columns.get(name, found.columns.get(f"{name[:3]}Deg", "") if name.endswith("itude") else "")


def list_summary(found: RplSheet, breaches: int) -> str:
    """Size of the list, and how much of it is wrong."""
    counts = {"fault": len(found.faults), "breach": breaches}
    verdict = ", ".join(counted(count, word) for word, count in counts.items() if count)
    if found.rpl is None:
        return f"{counted(len(found.rows), 'position')}, which make no route: {verdict}"
    route_km, cable_km = stated_length_km(found.rpl, "route_km"), stated_length_km(found.rpl, "cable_km")
    lengths = [f"{route_km:.3f} km" if route_km is not None else "no length stated"]
    lengths += [f"{cable_km:.3f} km of cable"] if cable_km is not None else []
    return f"{counted(len(found.rows), 'position')}, {', '.join(lengths)}: {verdict or 'no breach'}"
