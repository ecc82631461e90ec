"""``compare-as-laid``: a cable as it was laid against its design."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from transcaspian.cli.lists_command import read_lists
from transcaspian.cli.options import PATH, columns_option
from transcaspian.core.disk import replace_bytes
from transcaspian.core.errors import ExportError
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

        created = datetime.now(UTC).isoformat(timespec="seconds")
        deliver(xlsx, (design, as_laid), lambda path: write_as_laid_xlsx(path, compared, created_utc=created))
    if picture:
        from transcaspian.report.as_laid_picture import draw_as_laid_figure

        deliver(picture, (design, as_laid), lambda path: draw_as_laid_figure(path, compared))
    click.echo(json.dumps(compared.as_dict(), indent=2, ensure_ascii=False) if as_json else compared.as_text())


def deliver(path: Path, inputs: Sequence[Path], write: Callable[[Path], None]) -> None:
    """Write a file whole, under a name that is none of the lists that were read.

    Raises
    ------
    ExportError
        When the name is that of a list, or the file cannot be written there.
    """
    if any(path.resolve() == other.resolve() for other in inputs):
        raise ExportError(f"{path} is one of the lists that are compared: give the file another name")
    try:
        with TemporaryDirectory() as folder:
            draft = Path(folder) / "draft"
            write(draft)
            replace_bytes(path, draft.read_bytes())
    except OSError as exc:
        raise ExportError(f"{path} cannot be written: {exc.strerror or exc}; is its folder there?") from exc


def rule_lines(allowed: AsLaidTolerances) -> list[str]:
    """Each tolerance with its source."""
    named = ((item.name, getattr(allowed, item.name)) for item in fields(allowed))
    return [f"{name}: {one.value:g} {one.unit}\n    {one.status}: {one.source}" for name, one in named]
