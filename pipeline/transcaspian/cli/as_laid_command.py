"""``compare-as-laid``: a cable as it was laid against its design."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import click

from transcaspian.cli.lists_command import columns_option, read_lists
from transcaspian.cli.options import PATH
from transcaspian.rpl.as_laid import DEFAULTS, AsLaidTolerances, compare_as_laid, read_tolerances
from transcaspian.rpl.reader import rpl_of


@click.command("compare-as-laid")
@click.argument("design", type=PATH, required=False)
@click.argument("as_laid", type=PATH, required=False)
@click.option("--design-sheet", metavar="NAME", help="Sheet, layer or system of DESIGN; needed where it has several.")
@click.option("--sheet", metavar="NAME", help="The same of AS_LAID.")
@columns_option
@click.option("--tolerances", type=PATH, metavar="FILE.TOML", help="Tolerances of the contract, with their sources.")
@click.option("--xlsx", type=PATH, metavar="FILE.XLSX", help="Write the tables as a workbook.")
@click.option("--picture", type=PATH, metavar="FILE.PNG", help="Draw burial, slack and offset by KP.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--rules", is_flag=True, help="Print the tolerances, with their sources, and stop.")
def compare_laid(
    design: Path | None,
    as_laid: Path | None,
    design_sheet: str | None,
    sheet: str | None,
    columns: Path | None,
    tolerances: Path | None,
    xlsx: Path | None,
    picture: Path | None,
    as_json: bool,
    rules: bool,
) -> None:
    """Compare the list AS_LAID with that of the DESIGN: burial, slack, position offsets, and what is out of tolerance.

    KPs are those of the design. What a list does not state is not judged, and said so.
    """
    allowed = read_tolerances(tolerances) if tolerances else DEFAULTS
    if rules:
        click.echo("\n".join(rule_lines(allowed)))
        return
    if design is None or as_laid is None:
        raise click.UsageError("Missing argument 'DESIGN' or 'AS_LAID': two Route Position Lists, or --rules alone.")
    sheets = read_lists((design, as_laid), (design_sheet, sheet), columns)
    lists = [rpl_of(path, found) for path, found in zip((design, as_laid), sheets, strict=True)]
    compared = compare_as_laid(lists[0], lists[1], (str(design), str(as_laid)), allowed)
    if xlsx:
        from transcaspian.rpl.as_laid_book import write_as_laid_xlsx

        write_as_laid_xlsx(xlsx, compared, created_utc=datetime.now(UTC).isoformat(timespec="seconds"))
    if picture:
        from transcaspian.report.as_laid_picture import draw_as_laid_figure

        draw_as_laid_figure(picture, compared)
    click.echo(json.dumps(compared.as_dict(), indent=2, ensure_ascii=False) if as_json else compared.as_text())


def rule_lines(allowed: AsLaidTolerances) -> list[str]:
    """Each tolerance with its source."""
    named = ((item.name, getattr(allowed, item.name)) for item in fields(allowed))
    return [f"{name}: {one.value:g} {one.unit}\n    {one.status}: {one.source}" for name, one in named]
