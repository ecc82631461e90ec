"""Compiled kernels are found again wherever the source lies, and a folder that cannot be written is said, once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transcaspian.core import kernel_cache

PACKAGE = kernel_cache.PACKAGE
USE_ONE = (
    "import numpy as np; from transcaspian.routing._kernels import heap; "
    "heap.heap_push(np.zeros(4), np.zeros(4, np.int64), 0, 1.0, 1); "
    "heap.heap_drop(np.zeros(4), np.zeros(4, np.int64), 1); "
    "from transcaspian.seabed._feature_kernels import fill_odd; fill_odd(np.zeros((2, 2), np.bool_))"
)


@pytest.fixture
def fresh() -> Iterator[None]:
    """What this process knows of the folder is forgotten before and after."""
    for known in (kernel_cache.version, kernel_cache.folder):
        known.cache_clear()
    yield
    for known in (kernel_cache.version, kernel_cache.folder):
        known.cache_clear()


def use_one(source: Path, **variables: str) -> str:
    """What a process says that uses kernels of two rooms."""
    environment = os.environ | {"PYTHONPATH": str(source), "NUMBA_DEBUG_CACHE": "1"} | variables
    done = subprocess.run([sys.executable, "-c", USE_ONE], env=environment, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_another_checkout_compiles_nothing(tmp_path: Path) -> None:
    kept = {"NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    assert "data saved to" in use_one(PACKAGE.parent, **kept)
    shutil.copytree(PACKAGE, tmp_path / "elsewhere" / "transcaspian", ignore=shutil.ignore_patterns("__pycache__"))
    told = use_one(tmp_path / "elsewhere", **kept)
    assert "data loaded from" in told
    assert "data saved to" not in told


@pytest.mark.usefixtures("fresh")
def test_any_kernel_edited_makes_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PACKAGE, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    before = kernel_cache.version()
    monkeypatch.setattr(kernel_cache, "PACKAGE", tmp_path / "copy")
    kernel_cache.version.cache_clear()
    assert kernel_cache.version() == before  # it is the source that counts, not where it lies
    for edited in ("routing/_kernels/lines.py", "seabed/_feature_kernels.py", "core/compiled.py"):
        (tmp_path / "copy" / edited).open("a", encoding="utf-8").write("\n# edited\n")
        kernel_cache.version.cache_clear()
        assert kernel_cache.version() != before
        before = kernel_cache.version()


@pytest.mark.usefixtures("fresh")
def test_versions_that_no_run_has_used_for_long_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folders = [tmp_path / f"{number:016x}" for number in range(9)]
    for age, folder in enumerate([*folders, tmp_path / "of_another_program"]):
        folder.mkdir()
        (folder / "complete").touch()
        os.utime(folder / "complete", (1e9 - age, 1e9 - age))
    kernel_cache.folder().mkdir()
    kernel_cache.mark_complete()
    left = {folder.name for folder in tmp_path.iterdir()}
    assert left == {kernel_cache.version(), "of_another_program", *(folder.name for folder in folders[:5])}
    # a run uses an older version again: it is the newest then
    monkeypatch.setattr(kernel_cache, "version", lambda: folders[4].name)
    monkeypatch.setattr(kernel_cache, "_beside", [])  # an earlier test may have had kernels compiled
    kernel_cache.folder.cache_clear()
    kernel_cache.compile_beside()
    monkeypatch.undo()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    kernel_cache.folder.cache_clear()
    (tmp_path / f"{99:016x}").mkdir()
    (tmp_path / f"{99:016x}" / "complete").touch()
    kernel_cache.mark_complete()
    assert folders[4].exists()
    assert not folders[3].exists()


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("in the way", encoding="ascii")
    told = use_one(PACKAGE.parent, NUMBA_CACHE_DIR=str(no_folder), TMPDIR=str(tmp_path))
    assert told.count("name a folder that can be written in NUMBA_CACHE_DIR") == 1
    assert f"kept only in {tmp_path}" in told
    again = use_one(PACKAGE.parent, NUMBA_CACHE_DIR=str(no_folder), TMPDIR=str(tmp_path))
    assert "data saved to" not in again


@pytest.mark.usefixtures("fresh")
def test_they_are_compiled_beside_a_run_only_where_they_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []

    class Process:
        def __init__(self, command: list[str], **_: Any) -> None:
            begun.append(command)

        def poll(self) -> int | None:
            return None if len(begun) == 1 else 0

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernel_cache, "_beside", [])
    monkeypatch.setattr(subprocess, "Popen", Process)
    kernel_cache.compile_beside()
    kernel_cache.compile_beside()
    assert begun == [[sys.executable, "-m", "transcaspian.routing.compile_kernels"]]
    assert kernel_cache.is_compiling_beside()
    monkeypatch.setattr(kernel_cache, "_beside", [])
    kernel_cache.folder().mkdir()
    kernel_cache.mark_complete()
    kernel_cache.compile_beside()
    assert len(begun) == 1
