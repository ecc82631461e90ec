"""Make the extracts of ``data/raw`` again from the published packages that carry the data."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

from transcaspian.core.errors import SourceError
from transcaspian.sources import _recipe
from transcaspian.sources.catalogue import REGISTRY_NAME, load_registry
from transcaspian.sources.verify import sha256_of

TIMEOUT_S = 1800


@dataclass(frozen=True)
class Rebuilt:
    """One extract: whether its new bytes are those registered."""

    file: str
    sha256: str
    same: bool

    def __str__(self) -> str:
        return f"{'same' if self.same else 'CHANGED':<9}{self.file}  sha256 {self.sha256}"


def rebuild(raw_dir: Path) -> list[Rebuilt]:
    """Rebuild every extract that comes from a package; hand-compiled files are left alone.

    What comes from a Debian package is left alone where there is no ``apt-get``.

    The packages are installed by name and exact version into a temporary environment with whatever package index
    ``pip`` is set up for. A file is replaced only when all of them were made.

    Raises
    ------
    SourceError
        When a package cannot be installed or the recipe fails; nothing is replaced then.
    """
    registry = load_registry(raw_dir / REGISTRY_NAME)
    registered = {source.file: source.sha256 for source in registry.source if source.origin == "package"}
    packages = {source.file: source.package for source in registry.source}
    with tempfile.TemporaryDirectory(prefix="transcaspian-rebuild-") as place:
        made = Path(place) / "made"
        made.mkdir()
        python = _environment(Path(place) / "venv")
        debian = _debian(Path(place) / "debian")
        _call([python, _recipe.__file__, str(made), *debian], "the recipe failed")
        if not debian:
            registered = {file: sha256 for file, sha256 in registered.items() if packages[file] != _recipe.DEBIAN}
        missing = sorted(set(registered) - {path.name for path in made.iterdir()})
        if missing:
            raise SourceError(f"the recipe made no {', '.join(missing)}: nothing was replaced")
        found = {name: sha256_of(made / name) for name in sorted(registered)}
        for name in found:
            _replace(made / name, raw_dir / name)
    return [Rebuilt(name, sha256, sha256 == registered[name]) for name, sha256 in found.items()]


def _environment(folder: Path) -> str:
    venv.create(folder, with_pip=True)
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _call([*pip, *_recipe.TOOLS], "the tools of the recipe cannot be installed")
    # only the data inside is wanted, not what the packages' code depends on
    _call([*pip, "--no-deps", *_recipe.REQUIREMENTS], "the packages with the data cannot be installed")
    return python


def _debian(folder: Path) -> list[str]:
    """Where the Debian package is unpacked; nothing where there is no ``apt-get``."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return []
    folder.mkdir()
    _call(["apt-get", "--quiet", "download", _recipe.DEBIAN], f"{_recipe.DEBIAN} cannot be downloaded", folder)
    (package,) = folder.glob("*.deb")
    _call(["dpkg-deb", "--extract", str(package), str(folder / "files")], f"{package.name} cannot be unpacked")
    return [str(folder / "files")]


def _call(command: list[str], trouble: str, folder: Path | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as exc:
        raise SourceError(f"sources rebuild: {trouble}: no end after {TIMEOUT_S} s. Try again later") from exc
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SourceError(f"sources rebuild: {trouble}: {last}. Check the network and the package index of pip")


def _replace(new: Path, old: Path) -> None:
    """Move bytes into place in one step, also across file systems."""
    beside = old.with_name(f".{old.name}.new")
    beside.write_bytes(new.read_bytes())
    os.replace(beside, old)
