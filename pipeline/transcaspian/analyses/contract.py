"""What the rooms hand a wing: a wing declared as an `Analysis` is checked by mypy where it registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from transcaspian.core.registry import Wing
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.study import Study

    Analysis: TypeAlias = Wing[Study, Inputs, Handover, SystemPage, Section]
