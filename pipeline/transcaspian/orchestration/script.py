"""A file of `flows` that is begun as a script: ``python flows/trans_caspian.py``, in whatever folder."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from transcaspian.cli import any_streams, one_sentence
from transcaspian.core.errors import OrchestratorError
from transcaspian.orchestration.prefect_environment import prepare


def run_script(flow: str, *arguments: str) -> NoReturn:
    """Run a flow with its defaults, as a flow of its module, and end the program.

    Parameters
    ----------
    flow
        Its module and name, ``flows.batch:trans_caspian_batch``. The script itself would define it a second time, where
        no other process can load it from.
    arguments
        Paths that the script must be given, as a usage line names them.
    """
    module, _, name = flow.partition(":")
    given = sys.argv[1:]
    with any_streams(), one_sentence():
        prepare()
        if len(given) != len(arguments):
            usage = " ".join(["python", sys.argv[0], *arguments])
            raise OrchestratorError(f"expected `{usage}`, got {given}; the command `transcaspian` has options")
        getattr(import_module(module), name)(*map(Path, given))
    sys.exit()
