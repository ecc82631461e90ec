"""GRASS GIS as a subprocess: a throw-away location without a projection, and the commands `r.cost` and `r.path`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

MEMORY_MB = 16000
"""So much that GRASS keeps its working arrays in memory, or it would page them to the disk."""

_WATCHED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
"""Started by a small process: a large one would leave its own size behind as the command's."""


@cache
def grass_version() -> str | None:
    """Version of the installed program; None without one."""
    if shutil.which("grass") is None:
        return None
    said = subprocess.run(["grass", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"GRASS GIS (\S+)", said.stdout + said.stderr)
    return found[1] if found else None


class Grass:
    """A location with one cost raster of square unit cells; it is deleted with the object.

    When ``peaks`` is a list, each command's greatest resident size is added to it, in bytes.
    """

    peaks: ClassVar[list[int] | None] = None

    def __init__(self, per_cell: NDArray[np.float32]) -> None:
        """Import a cost, NaN where closed."""
        self.shape = per_cell.shape
        self._folder = tempfile.TemporaryDirectory(prefix="bench-grass-")
        root = Path(self._folder.name)
        subprocess.run(["grass", "-e", "-c", "XY", str(root / "sea")], check=True, capture_output=True)
        base = subprocess.run(["grass", "--config", "path"], check=True, capture_output=True, text=True).stdout.strip()
        session = root / "session"
        session.write_text(f"GISDBASE: {root}\nLOCATION_NAME: sea\nMAPSET: PERMANENT\nGUI: text\n", encoding="utf-8")
        self._environment = {
            **os.environ,
            "GISBASE": base,
            "GISRC": str(session),
            "PATH": f"{base}/bin:{base}/scripts:{os.environ['PATH']}",
            "LD_LIBRARY_PATH": f"{base}/lib",
            "GRASS_OVERWRITE": "1",
            "GRASS_VERBOSE": "0",
        }
        raw = root / "cost.bin"
        np.ascontiguousarray(per_cell, np.float32).tofile(raw)
        rows, cols = self.shape
        frame = {"north": rows, "south": 0, "east": cols, "west": 0, "rows": rows, "cols": cols}
        self._run("r.in.bin", "-f", input=raw, output="cost", bytes=4, anull="nan", **frame)
        raw.unlink()
        self._run("g.region", raster="cost")

    def cost(self, source: tuple[int, int]) -> None:
        """`r.cost -k` over the whole raster."""
        self._run("r.cost", "-k", input="cost", output="field", start_coordinates=self._place(source), memory=MEMORY_MB)

    def field(self) -> NDArray[np.float64]:
        """What `cost` has made; inf where nothing arrives."""
        raw = Path(self._folder.name) / "field.bin"
        self._run("r.out.bin", "-f", input="field", output=raw, null="inf", bytes=8)
        field = np.fromfile(raw, np.float64).reshape(self.shape)
        raw.unlink()
        return field

    def path(self, source: tuple[int, int], target: tuple[int, int]) -> NDArray[np.float64]:
        """Cells from the target back to the source, ``(n, 2)`` row and column."""
        ends = {"start_coordinates": self._place(source), "stop_coordinates": self._place(target)}
        self._run("r.cost", "-k", input="cost", output="field", outdir="way", memory=MEMORY_MB, **ends)
        self._run("r.path", input="way", vector_path="line", start_coordinates=self._place(target))
        text = self._run("v.out.ascii", input="line", format="standard", type="line", output="-")
        places = np.array(re.findall(r"^ +(-?[\d.]+) +(-?[\d.]+) *$", text, re.MULTILINE), float)
        places = places[(places[:, 0] % 1 == 0.5) & (places[:, 1] % 1 == 0.5)]  # not the line's categories
        return np.column_stack([self.shape[0] - places[:, 1] - 0.5, places[:, 0] - 0.5])

    def _place(self, cell: tuple[int, int]) -> str:
        row, col = cell
        return f"{col + 0.5},{self.shape[0] - row - 0.5}"

    def _run(self, command: str, *flags: str, **options: Any) -> str:
        words = [command, *flags, *(f"{name}={value}" for name, value in options.items())]
        if self.peaks is not None:
            words = [sys.executable, "-S", "-c", _WATCHED, *words]
        done = subprocess.run(words, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        if self.peaks is not None:
            self.peaks.append(1024 * int(done.stderr.splitlines()[-1]))
        return done.stdout
