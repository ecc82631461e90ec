"""Validation: routed lines beside lines that lie there, statistics and fitted weights. Values in, values out."""

from pipeline.validation.distance import Reading, even, read_off, within_share
from pipeline.validation.fit import Search, Split, folds, hold_out, search
from pipeline.validation.lines import Cable, cables_of
from pipeline.validation.preference import Preference, aside, preference
from pipeline.validation.sections import CutRules, End, Section, sections_of
from pipeline.validation.summary import LEAST_CABLES, Contest, contest, medians

__all__ = [
    "LEAST_CABLES",
    "Cable",
    "Contest",
    "CutRules",
    "End",
    "Preference",
    "Reading",
    "Search",
    "Section",
    "Split",
    "aside",
    "cables_of",
    "contest",
    "even",
    "folds",
    "hold_out",
    "medians",
    "preference",
    "read_off",
    "search",
    "sections_of",
    "within_share",
]
