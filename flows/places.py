"""The default study and where its runs go, for flows that Prefect may begin in any folder."""

from pathlib import Path

from pipeline.cli.options import DEFAULT_OUT as OUT
from pipeline.cli.options import DEFAULT_STUDY as STUDY

CHECKOUT = Path(__file__).parents[1]
PROJECT = CHECKOUT if (CHECKOUT / STUDY).is_file() and not STUDY.is_file() else Path()
"""The folder that they lie in: the working folder, or else, where only that has the study, the checkout."""
DEFAULT_STUDY = PROJECT / STUDY
DEFAULT_OUT = PROJECT / OUT
