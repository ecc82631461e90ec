"""The project that a command is called in, and its flow files: those of the user are what runs.

A project is a folder that `transcaspian init` laid out, or the checkout.
"""

from __future__ import annotations

import os
import stat
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from transcaspian.cli.options import DEFAULT_OUT, DEFAULT_STUDY
from transcaspian.core.template import IN_WHEEL, template_folder

FLOW_FILE = Path("flows/trans_caspian.py")


def project_folder() -> Path:
    """The working folder or the first above it that has the flow file; else that of the package: its template."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # it was removed
        return template_folder()
    return next(filter(is_project, (here, *here.parents)), template_folder())


def is_project(folder: Path) -> bool:
    """Whether a folder has the flow file, and is not one where every user may put files, such as /tmp."""
    shared = stat.S_ISVTX | stat.S_IWOTH
    return (folder / FLOW_FILE).is_file() and folder.stat().st_mode & shared != shared


def default_paths(project: Path) -> tuple[Path, Path]:
    """The default study and the folder of its runs, for flows that Prefect may begin in any folder.

    Both are relative where the working folder has that study, and else those of the project; runs of the template in an
    installed package go to the working folder.
    """
    if DEFAULT_STUDY.is_file() or not (project / DEFAULT_STUDY).is_file():
        return DEFAULT_STUDY, DEFAULT_OUT
    return project / DEFAULT_STUDY, DEFAULT_OUT if project == IN_WHEEL else project / DEFAULT_OUT


def load_flow(project: Path, module: str, name: str) -> Any:
    """Load a flow of a project as ``flows.<module>``, so that processes begun from now on load the same by that name.

    Parameters
    ----------
    project
        Folder that has ``flows/<module>.py``.
    module, name
        Of the file, without its suffix, and of the flow in it.
    """
    loaded = sys.modules.get("flows")
    if loaded is not None and str(project / "flows") not in [str(Path(place).absolute()) for place in loaded.__path__]:
        for other in [key for key in sys.modules if key.partition(".")[0] == "flows"]:
            del sys.modules[other]
    sys.path.insert(0, str(project))
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(project), *filter(None, inherited)]))
    return getattr(import_module(f"flows.{module}"), name)
