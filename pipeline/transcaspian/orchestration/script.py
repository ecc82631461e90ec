"""A file of `flows` that is begun as a script: ``python flows/trans_caspian.py``, in whatever folder."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from transcaspian.cli import any_streams, one_sentence
from transcaspian.core.errors import OrchestratorError
from transcaspian.orchestration.prefect_environment import prepare
from transcaspian.orchestration.project import load_flow


def run_script(file: str, name: str, *arguments: str) -> NoReturn:
    """Run a flow of its project with the flow's defaults, as a flow of its module, and end the program.

    The script itself would define it a second time, where no other process can load it from.

    Parameters
    ----------
    file
        Of the script.
    name
        Of the flow in it.
    arguments
        Paths that the script must be given, as a usage line names them.
    """
    path = Path(file).absolute()
    with suppress(ValueError):
        sys.path.remove(
            str(path.parent)
        )  # a script's modules are those of its own folder, which are named as others are
    given = sys.argv[1:]
    with any_streams(), one_sentence():
        prepare()
        if len(given) != len(arguments):
            usage = " ".join(["python", sys.argv[0], *arguments])
            raise OrchestratorError(f"expected `{usage}`, got {given}; the command `transcaspian` has options")
        load_flow(path.parents[1], path.stem, name)(*map(Path, given))
    sys.exit()
