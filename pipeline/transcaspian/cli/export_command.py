"""``export``: a run in the formats of other programs."""

from __future__ import annotations

from pathlib import Path

import click

from transcaspian.cli.options import PATH
from transcaspian.cli.publish_command import PUBLISHED
from transcaspian.runs.exported import WRITERS, export_run


@click.command()
@click.argument("run", type=PATH, default=PUBLISHED)
@click.option(
    "--format", "names", multiple=True, required=True, metavar="NAME", help=f"{', '.join(WRITERS)}; repeatable."
)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="Where to; made where it is not there.")
def export(run: Path, names: tuple[str, ...], out: Path) -> None:
    """Write all layers of a run in a format of other programs.

    RUN is the folder of a run, by default the published one of the default study; it is not changed. gdb: a file
    geodatabase. shp: Shapefiles, with tables of names and texts that they cut. kmz: one file for globes. dxf: a drawing
    in the local UTM zone. fgb, parquet: FlatGeobuf and GeoParquet, a file for each layer.
    """
    for name in dict.fromkeys(names):
        done = export_run(run, name, out)
        click.echo(f"{done.path}: {done.features} features in {done.layers} layers, read back")
