"""A month of nights by a real server, once served and once by a worker, with each fault once.

``python -m tests.soak.month`` prints what was lost and ends with 1 where that is more than is promised: no night
without a fault, one night at most for each, no two runs at a time, nothing in the folder that is not whole. The nights
come one after another, as they are begun through Prefect, not by a clock that is moved.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.faults.test_decisions import wrong
from tests.soak.house import House, kill_family, until
from transcaspian.runs.archive.live import live_in

NIGHT_S = float(os.environ.get("TRANSCASPIAN_NIGHT_S", "240"))
NIGHTS = int(os.environ.get("TRANSCASPIAN_NIGHTS", "30"))
AWAY_S = 15.0
QUIET_S = 40.0
"""A run that Prefect shows as running and that holds no lock for so long is gone."""
LAST_STAGE = "write"
OVER = ("FAILED", "CRASHED", "CANCELLED")


def server_stopped_before(house: House, number: int) -> str:
    """Its time comes while no server answers."""
    night = house.night(number, in_s=5.0)
    stop_server(house)
    return night


def server_stopped_during(house: House, number: int) -> str:
    night = begun(house, number)
    stop_server(house)
    return night


def server_stopped_at_the_end(house: House, number: int) -> str:
    night = begun(house, number)
    until(lambda: house.stage() in ("", LAST_STAGE), NIGHT_S, "the last stage")
    stop_server(house)
    return night


def keeper_killed(house: House, number: int) -> str:
    """The service or the worker, with the run, as systemd does; and started again."""
    night = begun(house, number)
    kill_family(house.keeper)
    house.start_keeper()
    return night


def run_killed(house: House, number: int) -> str:
    night = begun(house, number)
    os.kill(house.run_process(), signal.SIGKILL)
    return night


def run_without_memory(house: House, number: int) -> str:
    night = begun(house, number)
    resource.prlimit(house.run_process(), resource.RLIMIT_AS, (1_000_000, 1_000_000))
    return night


def machine_rebooted(house: House, number: int) -> str:
    night = begun(house, number)
    house.kill_all()
    house.start_server()
    house.start_keeper()
    return night


FAULTS: tuple[Callable[[House, int], str], ...] = (
    server_stopped_before, server_stopped_during, server_stopped_at_the_end, keeper_killed, run_killed,
    run_without_memory, machine_rebooted,
)  # fmt: skip


def begun(house: House, number: int) -> str:
    """A night whose run is at work."""
    night = house.night(number)
    until(lambda: house.stage() or house.state(night) in OVER, NIGHT_S, "a run is at work")
    assert house.stage(), f"night {number} is over before its fault: {house.state(night)}"
    return night


def stop_server(house: House) -> None:
    kill_family(house.server)
    time.sleep(AWAY_S)
    house.start_server()


@dataclass
class Month:
    """What became of it."""

    kind: str
    nights: int
    faults: dict[int, str] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    overlaps: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        """Whether no more was lost than is promised."""
        return set(self.lost) <= set(self.faults) and not self.overlaps and not self.wrong

    def __str__(self) -> str:
        of = ", ".join(f"{number} ({self.faults.get(number, 'WITHOUT A FAULT')})" for number in self.lost)
        return (
            f"{self.kind}: {self.nights} nights, {len(self.faults)} faults, {len(self.lost)} nights lost"
            f"{': ' + of if of else ''}; {self.overlaps} overlaps; wrong: {self.wrong or 'nothing'}"
        )


def month(place: Path, kind: str, nights: int) -> Month:
    """Nights of a service or a worker, one after another; every n-th has a fault."""
    house, found = House(place, kind), Month(kind, nights)
    every = max(nights // len(FAULTS), 1)
    ids: dict[int, str] = {}
    try:
        house.set_up()
        for number in range(nights):
            turn, is_plain = divmod(number, every)
            fault = None if is_plain != every - 1 or turn >= len(FAULTS) else FAULTS[turn]
            if fault:
                found.faults[number] = fault.__name__
            began = time.monotonic()
            ids[number] = fault(house, number) if fault else house.night(number)
            is_done = settled(house, ids[number], number)
            took = f"{'published' if is_done else 'LOST'}, Prefect says {house.state(ids[number])}"
            print(
                f"{kind} {number}: {took}, {time.monotonic() - began:.0f} s {found.faults.get(number, '')}", flush=True
            )
        found.overlaps = overlaps(house, ids)
        done = house.nights_done()
    finally:
        house.kill_all()
    found.lost = sorted(set(range(nights)) - done)
    with live_in(house.home):
        pass
    found.wrong = list(wrong(house.home))
    return found


def settled(house: House, night: str, number: int) -> bool:
    """Wait until a night is published and no run is at work, or is over without; whether it is published."""
    ends, quiet_since = time.monotonic() + NIGHT_S, time.monotonic()
    while time.monotonic() < ends:
        state = house.state(night)
        if house.stage() or state in ("SCHEDULED", "PENDING"):
            quiet_since = time.monotonic()
        elif number in house.nights_done() or state in OVER or time.monotonic() > quiet_since + QUIET_S:
            break
        time.sleep(0.5)
    return number in house.nights_done()


def overlaps(house: House, ids: dict[int, str]) -> int:
    """How many nights that were published ran, by Prefect, while another one did."""
    done = house.nights_done()
    runs = [house.ask(f"/flow_runs/{ids[number]}") for number in sorted(done)]
    spans = sorted((run["start_time"], run["end_time"]) for run in runs if run["start_time"] and run["end_time"])
    return sum(later[0] < earlier[1] for earlier, later in pairwise(spans))


def main() -> None:
    """The month of each kind."""
    kept = True
    for kind in sys.argv[1:] or ("serve", "worker"):
        with tempfile.TemporaryDirectory() as folder:
            found = month(Path(folder), kind, NIGHTS)
        print(found, flush=True)
        kept = kept and found.is_kept
    sys.exit(not kept)


if __name__ == "__main__":
    main()
