"""Options that several commands share, and the codes they end with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEFAULT_STUDY = Path("studies/trans_caspian.toml")
DEFAULT_RAW = Path("data/raw")
DEFAULT_OUT = Path("data/processed")
EXIT_BAD_INPUT = 2

study_argument = click.argument("study", type=click.Path(path_type=Path), default=DEFAULT_STUDY)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key of the study, e.g. criteria.slope.weight=2.0 or landings.aktau.lon_deg=51.2; repeatable.",
)
raw_option = click.option(
    "--raw",
    "raw_dir",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder with registry.toml and the extracts. Default: data/raw beside or above the study.",
)


def out_option(meaning: str) -> Callable[[Any], Any]:
    """The option that names the folder of all runs."""
    return click.option(
        "--out", "out_dir", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True, help=meaning
    )


study_id_option = click.option(
    "--study", "study_id", default="trans-caspian", show_default=True, metavar="ID", help="Id of the study."
)
