"""``new``: a first study of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from transcaspian.cli.options import PATH, raw_option

POSITION = "LON,LAT[,NAME[,COUNTRY]]"


@click.command()
@click.argument("path", metavar="STUDY", type=PATH)
@click.option("--from", "start", required=True, metavar=POSITION, help="A landing, degrees: 41.63,41.65,Batumi,GE.")
@click.option("--to", "end", required=True, metavar=POSITION, help="The other landing.")
@click.option("--seabed", type=PATH, help="A file of depths or elevations, in place of what is embedded or fetched.")
@click.option("--shoreline", type=PATH, help="A file of water as areas, in place of what is embedded.")
@click.option("--level-m-msl", type=float, help="Water level above mean sea level. Default: the sea's, else 0 m.")
@raw_option
def new(path: Path, start: str, end: str, **given: Any) -> None:
    """Write STUDY, a study that runs from a pair of landings, and say what was chosen.

    Rules of the trade are those of the newest packaged set (`transcaspian rules`). Nothing is written where it would
    not run.
    """
    from transcaspian.runs.new_study import NewStudy, position_of, write_new_study

    ends = position_of(start, "from"), position_of(end, "to")
    wanted = NewStudy(path, ends, **given)
    for sentence in write_new_study(wanted):
        click.echo(sentence)
