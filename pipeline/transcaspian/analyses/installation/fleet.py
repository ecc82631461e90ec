"""Who does what: the vessel for each kind of work, and whether it can come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from transcaspian.analyses.installation.config import Canal, Installation, PhaseKind, Port
from transcaspian.analyses.installation.vessels import Vessel, vessels_of
from transcaspian.core.errors import StudyError

if TYPE_CHECKING:
    from transcaspian.runs.stages.inputs import Inputs

BY_PHASE: dict[PhaseKind, str] = {"shore ends": "barge"}
"""What kind of vessel does a phase; every other phase is done by the one of the main lay."""
MAIN_LAY: Literal["main lay"] = "main lay"


@dataclass(frozen=True)
class Fleet:
    """The vessels of a study with the rules that they work by."""

    vessels: tuple[Vessel, ...]
    rules: Installation

    def for_phase(self, kind: PhaseKind) -> Vessel | None:
        """The vessel of a phase: the one it names, else the first of the table that can; None: the table has none."""
        named = next((phase.vessel for phase in self.rules.phases if phase.kind == kind), None)
        if named is not None:
            return next(one for one in self.vessels if one.name == named)
        work = BY_PHASE.get(kind, MAIN_LAY)
        return self.for_phase(MAIN_LAY) if work == MAIN_LAY != kind else self.for_work(work)

    def for_work(self, work: str) -> Vessel | None:
        """The first of the table that does some work."""
        return next((one for one in self.vessels if work in one.works), None)

    def min_working_depth_m(self, vessel: Vessel) -> float:
        """Least water that a vessel works in."""
        return vessel.min_working_depth_m(self.rules.under_keel_m)

    def port_of(self, vessel: Vessel) -> Port:
        """Where it lies and loads."""
        return next(port for port in self.rules.ports if port.id == vessel.port)

    def passage(self, vessel: Vessel) -> str:
        """How it comes: resident, or when the canal is closed to it."""
        canal = self.rules.canal
        if vessel.is_resident or canal is None:
            return "resident"
        return f"{canal.name}, closed {canal.closed}; apply {canal.lead_days:g} days ahead"


def fleet_of(inputs: Inputs) -> Fleet:
    """The vessels of a study, with its rules."""
    read = inputs.further["installation.vessels"].value
    return Fleet(vessels_of(read), inputs.study.required_table(Installation))


def check_vessels(inputs: Inputs) -> None:
    """Refuse vessels that cannot come, and names that there are not."""
    check_fleet(fleet_of(inputs), inputs.further["installation.vessels"].provenance.file)


def check_fleet(fleet: Fleet, file: str) -> None:
    """Refuse vessels that cannot come, ports that are none of the study, and phases of vessels that are none.

    Parameters
    ----------
    file
        Of the table of vessels, for messages.

    Raises
    ------
    StudyError
        It names file, row and column.
    """
    ports = [port.id for port in fleet.rules.ports]
    for vessel in fleet.vessels:
        if vessel.port not in ports:
            raise _fault(file, vessel, "port", f"`{vessel.port}` is none of installation.ports: {', '.join(ports)}")
        if not vessel.is_resident:
            _check_canal(file, vessel, fleet.rules.canal)
    for phase in fleet.rules.phases:
        fit = [one.name for one in fleet.vessels if BY_PHASE.get(phase.kind, MAIN_LAY) in one.works]
        names = [one.name for one in fleet.vessels]
        if phase.vessel is not None and phase.vessel not in (fit if phase.kind in (MAIN_LAY, *BY_PHASE) else names):
            raise StudyError(
                f"installation.phases `{phase.kind}`: vessel = `{phase.vessel}` is none of {file} that does it: "
                f"expected one of {', '.join(fit) or 'none there is'}"
            )


def _check_canal(file: str, vessel: Vessel, canal: Canal | None) -> None:
    """Refuse a vessel that is not there and does not fit through the canal."""
    if canal is None:
        raise _fault(file, vessel, "access", f"`{vessel.name}` comes by canal: the study has no [installation.canal]")
    sizes: Sequence[tuple[str, float | None, float]] = (
        ("length_m", vessel.length_m, canal.max_length_m),
        ("beam_m", vessel.beam_m, canal.max_beam_m),
        ("draught_m", vessel.draught_m, canal.max_draught_m),
    )
    for column, size_m, limit_m in sizes:
        if size_m is None:
            raise _fault(file, vessel, column, f"is empty: `{vessel.name}` comes by canal, which asks for it")
        if size_m > limit_m:
            raise _fault(
                file,
                vessel,
                column,
                f"`{vessel.name}` has {size_m:g} m and comes by {canal.name}, which takes {limit_m:g} m at most: take "
                "a vessel that is resident, or a smaller one",
            )


def _fault(file: str, vessel: Vessel, column: str, what: str) -> StudyError:
    return StudyError(f"{file}, row {vessel.row}, column {column}: {what}")
