"""The default study and where its runs go, for flows that Prefect may begin in any folder."""

from importlib.util import find_spec
from pathlib import Path

from transcaspian.cli.options import DEFAULT_OUT as OUT
from transcaspian.cli.options import DEFAULT_STUDY as STUDY

_FLOWS = find_spec("flows")
CHECKOUT = Path(_FLOWS.origin).parents[1] if _FLOWS and _FLOWS.origin else Path()
PROJECT = CHECKOUT if (CHECKOUT / STUDY).is_file() and not STUDY.is_file() else Path()
"""The folder that they lie in: the working folder, or else, where only that has the study, the checkout."""
DEFAULT_STUDY = PROJECT / STUDY
DEFAULT_OUT = PROJECT / OUT
