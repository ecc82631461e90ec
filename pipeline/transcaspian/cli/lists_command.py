"""``check-rpl`` and ``compare-rpl``: the Route Position Lists of others, and ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from transcaspian.cli.options import EXIT_BAD_INPUT, PATH, POSITIVE, columns_option, default_option
from transcaspian.cli.screen import counted
from transcaspian.core.disk import replace_text
from transcaspian.core.errors import IngestError
from transcaspian.rpl.boundary import read_rpl_sheet
from transcaspian.rpl.column_map import NO_MAP, read_column_map
from transcaspian.rpl.compare import compare_rpl
from transcaspian.rpl.model import stated_length_km
from transcaspian.rpl.practice import check_practice
from transcaspian.rpl.qa import Breach, Tolerances, check_rpl
from transcaspian.rpl.reader import RplSheet, place, rpl_of
from transcaspian.rpl.rules import RULES
from transcaspian.rpl.translate import TranslatedTable, translate_table

WIDEST = 34
"""Characters of a cell on the screen."""


def tolerance_option(name: str, unit: str, meaning: str) -> Callable[[Any], Any]:
    """An option for one of the tolerances, with its default."""
    flag, default = f"--{name.replace('_', '-')}", getattr(Tolerances, name)
    return default_option(flag, name, kind=float, default=default, meaning=meaning, metavar=unit.upper())


@click.command("check-rpl")
@click.argument("file", type=PATH, required=False)
@click.option("--sheet", default=None, metavar="NAME", help="Sheet of the workbook; needed where it has several.")
@columns_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@tolerance_option("span_m", "m", "A leg is wrong when it differs from the geodesic by more than this, and")
@tolerance_option("span_percent", "%", "by more than this.")
@tolerance_option("bearing_deg", "deg", "What a bearing may differ by,")
@tolerance_option("bearing_over_km", "km", "on spans longer than this.")
@tolerance_option("min_slack_percent", "%", "Smallest slack.")
@tolerance_option("max_slack_percent", "%", "Largest slack.")
@tolerance_option("drift_km", "km", "What a cumulative may drift from the sum of the geodesics.")
@tolerance_option("reconcile_km", "km", "What sums may differ by, besides their rounding.")
@tolerance_option("repeated_m", "m", "Two positions in a row that are closer are one.")
@tolerance_option("jump_km", "km", "Longest span.")
@tolerance_option("plough_clear_m", "m", "A plough is up within this of a crossing.")
@tolerance_option("body_clear_km", "km", "What repeaters, joints and branching units keep from a crossing,")
@tolerance_option("body_depth_factor", "x", "or so many times the depth, where that is more,")
@tolerance_option("boundary_clear_km", "km", "from a boundary,")
@tolerance_option("turn_clear_km", "km", "and from an alter course")
@tolerance_option("large_turn_deg", "deg", "of at least this.")
@tolerance_option("straight_km", "km", "A longer stretch without an alter course is named.")
@click.option("--strict", is_flag=True, help="Exit code 2 for warnings too.")
@click.option("--rules", is_flag=True, is_eager=True, help="Print the rules, with their sources, and stop.")
def check_list(
    file: Path | None,
    sheet: str | None,
    columns: Path | None,
    as_json: bool,
    strict: bool,
    rules: bool,
    **tolerances: float,
) -> None:
    """Say what each column of the Route Position List in FILE was taken for, and check it line by line.

    FILE is a table (.csv, .xlsx) or a vector file (GeoPackage, GeoJSON, KML, Shapefile). Exit code 2 when anything is
    wrong; what is planned against practice is a warning.
    """
    limits = Tolerances(**tolerances)
    if rules:
        click.echo("\n".join(rule.shown(limits) for rule in RULES))
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE': a Route Position List, or --rules alone.")
    (found,) = read_lists((file,), (sheet,), columns)
    breaches = check_rpl(found.rpl, limits) if found.rpl else ()
    warnings = check_practice(found.rpl, limits) if found.rpl else ()
    if as_json:
        click.echo(json.dumps(list_json(found, breaches, warnings), indent=2, ensure_ascii=False))
    else:
        say_list(found, breaches, warnings)
    if found.faults or breaches or (strict and warnings):
        sys.exit(EXIT_BAD_INPUT)


def say_list(found: RplSheet, breaches: Sequence[Breach], warnings: Sequence[Breach]) -> None:
    """What was understood, what to know of it, what is wrong, and what is against practice."""
    say_columns(found)
    for note in found.notes:
        click.echo(f"note: {note}")
    wrong = list_lines(found, breaches)
    for line in wrong:
        click.echo(line)
    for warning in warnings:
        click.echo(f"warning: {breach_line(found, warning)}")
    click.echo(list_summary(found, len(wrong) - len(found.faults), len(warnings)))


@click.command("compare-rpl")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--old-sheet", metavar="NAME", help="Sheet, layer or system of OLD; needed where it has several.")
@click.option("--sheet", metavar="NAME", help="The same of NEW.")
@columns_option
@default_option("--step-km", kind=click.FloatRange(0.01), default=10.0, meaning="Step of the KP table.")
@default_option("--moved-m", kind=POSITIVE, default=5.0, meaning="What counts as moved.")
@click.option("--cost-per-km", type=POSITIVE, help="Prices the difference in cable.")
@click.option(
    "--translate", type=PATH, help="A table (.csv, .xlsx) whose KPs of OLD are printed as those of NEW, as CSV."
)
@click.option("--kp-column", "kp_columns", multiple=True, metavar="NAME", help="Column of KPs in it; may be repeated.")
@click.option("--out", type=PATH, help="File for the translated table, instead of the screen.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare_lists(
    old: Path,
    new: Path,
    old_sheet: str | None,
    sheet: str | None,
    columns: Path | None,
    cost_per_km: float | None,
    as_json: bool,
    translate: Path | None,
    kp_columns: tuple[str, ...],
    out: Path | None,
    **asked: float,
) -> None:
    """Compare the Route Position Lists in OLD and NEW: KP to KP, what moved, lengths, crossings, every column."""
    sheets = read_lists((old, new), (old_sheet, sheet), columns)
    before, after = (rpl_of(path, found) for path, found in zip((old, new), sheets, strict=True))
    if translate is not None:
        say_translated(translate_table(translate, before, after, kp_columns=kp_columns), out)
        return
    if kp_columns or out:
        raise click.UsageError("--kp-column and --out say what becomes of a table: give --translate too")
    found = compare_rpl(before, after, (str(old), str(new)), cost_per_cable_km=cost_per_km, **asked)
    notes = tuple(f"{path}: {note}" for path, item in zip((old, new), sheets, strict=True) for note in item.notes)
    found = replace(found, notes=notes)
    if as_json:
        understood = {
            name: [asdict(item) for item in sheet.understood]
            for name, sheet in zip(("old", "new"), sheets, strict=True)
        }
        click.echo(json.dumps({**found.as_dict(), "columns": understood}, indent=2, ensure_ascii=False))
    else:
        click.echo(found.as_text())


def say_translated(found: TranslatedTable, out: Path | None) -> None:
    """The table, in a file or on the screen; what to know of it stands apart from it."""
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if out is None:
        click.echo(found.csv, nl=False)
    else:
        replace_text(out, found.csv)
        click.echo(f"open: {out}")


def read_lists(files: Sequence[Path], sheets: Sequence[str | None], columns: Path | None) -> tuple[RplSheet, ...]:
    """The lists in files, by one map of columns, every line of which is used in one of them."""
    by = read_column_map(columns) if columns else NO_MAP
    found = tuple(read_rpl_sheet(file, sheet, by) for file, sheet in zip(files, sheets, strict=True))
    unused = [text for text in found[0].unused if all(text in other.unused for other in found)]
    if unused:
        headings = ", ".join(f"`{item.heading}`" for item in found[0].understood)
        raise IngestError(
            f"{columns} names the column `{unused[0]}`, which {files[0]} does not have: it has {headings}"
        )
    return found


def say_columns(found: RplSheet) -> None:
    """A line for each column: what was understood."""
    rows = [("", "heading", "read as", "unit", "first value", "read")]
    rows += [
        (item.column, item.heading, item.field or "not read", item.unit, item.first, str(item.count))
        for item in found.understood
    ]
    cells = [[cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False))
        click.echo(f"{line}  {row[-1].rjust(widths[-1])}")


def list_json(found: RplSheet, breaches: Sequence[Breach], warnings: Sequence[Breach]) -> dict[str, Any]:
    """All of it for programs."""
    return {
        "sheet": found.sheet,
        "positions": len(found.rows),
        "columns": [asdict(item) for item in found.understood],
        "notes": list(found.notes),
        "wrong": list_lines(found, breaches),
        "warnings": [
            {"rule": item.rule, "row": row_of(found, item), "column": item.column, "says": str(item)}
            for item in warnings
        ],
    }


def list_lines(found: RplSheet, breaches: Sequence[Breach]) -> list[str]:
    """A line for each fault and breach, by the rows of the file; a figure at fault is not named twice."""
    lines = [(fault.row, str(fault)) for fault in found.faults]
    named = {(fault.row, fault.field) for fault in found.faults}
    for breach in breaches:
        row = row_of(found, breach)
        if (row, breach.column) not in named:
            lines.append((row, breach_line(found, breach)))
    return [line for _, line in sorted(lines, key=lambda item: item[0])]


def breach_line(found: RplSheet, breach: Breach) -> str:
    """A breach by row, field and column of the file."""
    return f"{place(row_of(found, breach), breach.column, found.columns.get(breach.column, ''))}: {breach}"


def row_of(found: RplSheet, breach: Breach) -> int:
    """Row of the file that a breach speaks of."""
    if breach.place == "list":
        return found.heading_row
    return (found.rows if breach.place == "position" else found.span_rows)[breach.index]


def list_summary(found: RplSheet, breaches: int, warnings: int) -> str:
    """Size of the list, how much of it is wrong, and how much against practice."""
    counts = {"fault": len(found.faults), "breach": breaches}
    verdict = ", ".join(counted(count, word) for word, count in counts.items() if count) or "no breach"
    if found.rpl is None:
        return f"{counted(len(found.rows), 'position')}, which make no route: {verdict}"
    route_km, cable_km = stated_length_km(found.rpl, "route_km"), stated_length_km(found.rpl, "cable_km")
    lengths = [f"{route_km:.3f} km" if route_km is not None else "no length stated"]
    lengths += [f"{cable_km:.3f} km of cable"] if cable_km is not None else []
    warned = f"; {counted(warnings, 'warning')}" if warnings else ""
    return f"{counted(len(found.rows), 'position')}, {', '.join(lengths)}: {verdict}{warned}"
