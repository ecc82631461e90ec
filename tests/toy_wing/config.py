"""The table ``[trawling]`` of a study."""

from __future__ import annotations

from transcaspian.study.base import Cited, Positive
from transcaspian.study.schema import AnalysisTable, Study


class Trawling(AnalysisTable, Cited):
    """How deep trawls reach."""

    max_depth_m: Positive

    def check_study(self, study: Study) -> None:
        """Refuse a depth that this sea does not have."""
        if self.max_depth_m > study.max_depth_m:
            raise ValueError(f"trawling.max_depth_m is {self.max_depth_m:g}: the sea is {study.max_depth_m:g} m deep")
