"""Options that several commands share, and the codes they end with.

The name of an option's parameter is that of the field of the settings that it fills.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

DEFAULT_STUDY = Path("studies/trans_caspian.toml")
DEFAULT_RAW = Path("data/raw")
DEFAULT_OUT = Path("data/processed")
EXIT_BAD_INPUT = 2
POSITIVE = click.FloatRange(0)
PATH = click.Path(path_type=Path)

Decorator = Callable[[Any], Any]


def default_option(*names: str, default: Any, meaning: str, kind: Any = None, metavar: str | None = None) -> Decorator:
    """An option whose help shows its default.

    Parameters
    ----------
    names
        ``--max-age-h``, and the name of its parameter where that is another.
    default, kind
        Of its value; without a kind that of the default.
    meaning, metavar
        Its help, and what stands for its value there.
    """
    return click.option(*names, type=kind, default=default, show_default=True, help=meaning, metavar=metavar)


def out_option(meaning: str) -> Decorator:
    """The option that names the folder of all runs."""
    return default_option("--out", "out_dir", kind=PATH, default=DEFAULT_OUT, meaning=meaning)


def _overrides(context: click.Context, option: click.Parameter, texts: Sequence[str]) -> dict[str, Any]:
    from transcaspian.study import parse_override  # help is shown without it

    return dict(map(parse_override, texts))


study_argument = click.argument("study_path", metavar="[STUDY]", type=PATH, default=DEFAULT_STUDY)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    callback=_overrides,
    metavar="KEY=VALUE",
    help="Override a key of the study, e.g. criteria.slope.weight=2.0 or landings.aktau.lon_deg=51.2; repeatable.",
)
columns_option = click.option(
    "--columns", type=PATH, metavar="MAP.TOML", help="What headings are to be read as; see docs/how-to/read-a-list.md."
)
raw_option = click.option(
    "--raw",
    "raw_dir",
    type=PATH,
    help="Folder with registry.toml and the extracts. Default: data/raw beside or above the study.",
)
raw_folder_option = default_option("--raw", "raw_dir", kind=PATH, default=DEFAULT_RAW, meaning="Folder of the data.")
study_id_option = default_option(
    "--study", "study_id", default="trans-caspian", metavar="ID", meaning="Id of the study."
)


def runs_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name the folder of the runs of a study, which the command takes as ``home``."""

    @out_option("Folder of the runs.")
    @study_id_option
    @wraps(command)
    def with_home(*args: Any, out_dir: Path, study_id: str, **given: Any) -> Any:
        return command(*args, home=out_dir / study_id, **given)

    return with_home
