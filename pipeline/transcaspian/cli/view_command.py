"""``view``: a run on a map in the browser."""

from __future__ import annotations

import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from transcaspian.cli.options import PATH
from transcaspian.cli.publish_command import PUBLISHED
from transcaspian.core.errors import ExportError

LOOPBACK = "127.0.0.1"


@click.command()
@click.argument("folder", metavar="[RUN]", type=PATH, default=PUBLISHED)
@click.option("--out", type=PATH, help="Only write the map into this folder, for a file server of yours.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the address. Default: any that is free.")
@click.option("--browser/--no-browser", default=True, help="Whether to open the browser at the address.")
def view(folder: Path, out: Path | None, port: int, browser: bool) -> None:
    """Show RUN (a folder, default: the published run) on a map in the browser, served on this machine alone.

    The map asks no other host. The run is not changed.
    """
    from transcaspian.export.web_map import write_web_map
    from transcaspian.runs.archive.archived_runs import read_manifest

    manifest, fault = read_manifest(folder)
    if fault:
        raise ExportError(f"{folder} is not a run that can be shown: {fault}. Give the folder of a run")
    if out is not None:
        write_web_map(folder, manifest, out)
        click.echo(f"{out}: serve this folder with any file server and open index.html")
        return
    with TemporaryDirectory(prefix="transcaspian-view-") as place:
        write_web_map(folder, manifest, Path(place) / "map")
        serve(Path(place) / "map", port, browser)


def serve(folder: Path, port: int, browser: bool) -> None:
    """Serve a folder on this machine until interrupted.

    Raises
    ------
    ExportError
        When the port cannot be had.
    """
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), partial(Quiet, directory=str(folder)))
    except OSError as exc:
        raise ExportError(
            f"port {port} of this machine cannot be had: {exc.strerror}. Give another with --port"
        ) from exc
    with server:
        address = f"http://{LOOPBACK}:{server.server_port}/"
        click.echo(f"{address} shows the map; end with Ctrl-C")
        if browser and not webbrowser.open(address):
            click.echo("no browser could be opened: open the address in yours")
        server.serve_forever()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""
