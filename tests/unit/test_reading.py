"""The process that reads: whatever happens in it is one sentence, and it ends with the process that asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import unreliable_readers as readers
from tests.conftest import ROOT
from transcaspian.core import reading
from transcaspian.core.errors import IngestError, StudyError
from transcaspian.core.reading import Reading, ReadingLimits, read

pytestmark = pytest.mark.skipif(os.name == "nt", reason="on Windows files are read in the process itself")
PATH = Path("sea.gpkg")


def asked(reader: Callable[..., Any], *arguments: Any, **limits: float) -> Reading[Any]:
    return Reading(reader, PATH, (PATH, *arguments), "cables", ReadingLimits(**limits))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            asked(readers.raises),
            r"feature 12: it cannot be read \(AttributeError: no such thing in sea.gpkg\)\.",
        ),
        (asked(readers.crashes, signal.SIGSEGV), r"feature 12: a library crashed over it \(Segmentation fault\)"),
        (asked(readers.crashes, signal.SIGBUS), r"feature 12: a library crashed over it \(Bus error\)"),
        (asked(readers.leaves), r": a library crashed over it \(exit code 7\)"),
        (asked(readers.crashes, signal.SIGKILL), r"feature 12: reading it takes more memory"),
        (asked(readers.hangs, max_s=1.0), r"feature 12: it was not read within 1 s \(limits.max_read_s"),
        (asked(readers.fills_memory, max_mb=300.0), r"row 3 of blocks: reading it takes more .*limits.max_read_mb 300"),
        (asked(readers.aborts_for_memory), r": reading it takes more memory"),
    ],
    ids=lambda value: value.reader.__name__ if isinstance(value, Reading) else "",
)
def test_what_happens_to_a_reader_is_one_sentence(wanted: Reading[Any], told: str) -> None:
    with pytest.raises(IngestError, match=rf"^sea\.gpkg, layer cables(, |){told}") as error:
        read(wanted)
    assert "\n" not in str(error.value)
    assert read(asked(readers.gives, 3)).value.tolist() == [0, 1, 2]  # the next file is read


def test_what_a_reader_says_itself_is_passed_on_with_its_trace() -> None:
    with pytest.raises(IngestError, match=r"^sea\.gpkg: as the reader said it$") as error:
        read(asked(readers.refuses))
    assert "in refuses" in str(error.value.__cause__)


def test_the_fault_is_that_of_what_was_read() -> None:
    with pytest.raises(StudyError, match="Give another"):
        read(Reading(readers.raises, PATH, (PATH,), fault=StudyError, remedy="Give another"))


def test_all_that_libraries_say_comes_with_the_value_once() -> None:
    answer = read(asked(readers.warns))
    assert answer.value == 3
    said = ("said by Python", "CPLE_AppDefined in said by GDAL", "printed", "said by PROJ in C")
    assert sorted(answer.warnings) == sorted(said)
    assert read(asked(readers.gives, 1)).warnings == ()


def test_arrays_come_back_exactly_and_can_be_written() -> None:
    values = [read(asked(readers.gives, size)).value for size in (0, 1, 1_000_000)]
    for value in values:
        value[:1] = -1.0  # one value does not share the memory of another
    assert [value[:3].tolist() for value in values] == [[], [-1], [-1, 1, 2]]
    np.testing.assert_array_equal(values[2][1:], np.arange(1, 1_000_000))


def test_readers_load_nothing_that_computes() -> None:
    names = read(asked(readers.loaded)).value
    assert {"pyogrio", "rasterio"} <= set(names)
    assert not {"numba", "prefect", "matplotlib", "dask"} & set(names)


def test_many_threads_share_one_process() -> None:
    with ThreadPoolExecutor(8) as pool:
        wanted = [asked(readers.gives, size) for size in range(1, 40)]
        assert [value.value.size for value in pool.map(read, wanted)] == list(range(1, 40))
        processes = {answer.value for answer in pool.map(read, [asked(readers.process_id)] * 8)}
    assert len(processes) == 1
    assert os.getpid() not in processes


def test_one_that_leaves_because_it_has_nothing_to_do_is_followed_by_another() -> None:
    first = read(asked(readers.process_id)).value
    current = reading._current
    assert current is not None
    current.wire.sendall(bytes(reading.LENGTH_BYTES))  # as it leaves when nothing is asked for long
    assert read(asked(readers.process_id)).value != first


def test_a_process_that_was_forked_off_has_one_of_its_own() -> None:
    mine = read(asked(readers.process_id)).value
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(send, str(read(asked(readers.process_id)).value).encode())
            reading._end()
        finally:
            os._exit(0)
    os.close(send)
    with open(receive) as answer:
        theirs = int(answer.read())
    os.waitpid(child, 0)
    assert theirs != mine
    assert read(asked(readers.process_id)).value == mine


def test_what_a_reader_opens_on_its_way_is_read_in_its_process() -> None:
    nested = asked(readers.nested, asked(readers.process_id).path)
    assert len(set(read(nested).value)) == 1


@pytest.mark.parametrize("reader", ["hangs", "gives"])
def test_it_ends_with_the_process_that_asks_however_that_ends(tmp_path: Path, reader: str) -> None:
    code = (
        f"import sys, threading, time\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from tests import unreliable_readers as readers\n"
        "from tests.unit.test_reading import asked\nfrom transcaspian.core.reading import read\n"
        "print(read(asked(readers.process_id)).value, flush=True)\n"
        f"read(asked(readers.{reader}{', 1' if reader == 'gives' else ''})); time.sleep(60)"
    )
    asking = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert asking.stdout is not None
    reads = int(asking.stdout.readline())
    time.sleep(0.3)
    os.kill(reads, 0)
    asking.kill()
    asking.wait()
    for _ in range(100):
        if not is_running(reads):
            return
        time.sleep(0.1)
    raise AssertionError("the process that reads is still there")


def is_running(process: int) -> bool:
    """Whether a process works: not gone, and not merely waited for."""
    try:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    except FileNotFoundError:  # without `ps`
        return Path(f"/proc/{process}").exists()
    return bool(state.stdout.strip()) and not state.stdout.strip().startswith("Z")
