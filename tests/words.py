"""Look for the words of `words.toml` in the text files of the project: ``python -m tests.words [FILE ...]``."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
KINDS = {".py", ".md", ".toml", ".j2", ".js", ".css", ".yaml", ".yml", ".cff"}
FOLDERS = ("benchmarks", "data/raw", "docs", "flows", "pipeline", "studies", "tests", ".github")
WORDS = [(re.compile(rf"(?i)\b(?:{one['left']})\b"), one["write"]) for one in LIST["word"]]
RETIRED = re.compile(r"\| retired: \w+ under its old name")
"""A row of the data dictionary that has to name an old column."""


def text_files() -> Iterator[Path]:
    """Every file in which the words are looked for."""
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    for path in (*sorted(ROOT.iterdir()), *found):
        if path.suffix in KINDS and path.is_file() and path.relative_to(ROOT).as_posix() not in LIST["not_in"]:
            yield path


def left_words(path: Path) -> Iterator[str]:
    """Place, word and what to write, of each that a file has."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not RETIRED.search(line):
            for pattern, write in WORDS:
                for match in pattern.finditer(line):
                    yield f"{path}:{number}: `{match[0]}`: write {write}"


def main(names: Sequence[str]) -> int:
    """Print what is found in the files named, else in all; 1 where there is any."""
    known = set(text_files())
    paths = sorted(known & {Path(name).resolve() for name in names}) if names else sorted(known)
    found = [said for path in paths for said in left_words(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
