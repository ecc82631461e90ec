"""Move the fragments of this folder to the end of the first section of the change log: ``python changes/join.py``."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent


def fragments(folder: Path) -> dict[Path, str]:
    """The lines of each fragment, in the order of their names.

    Raises
    ------
    ValueError
        When one is not a list.
    """
    found = {
        path: path.read_text(encoding="utf-8").strip()
        for path in sorted(folder.glob("*.md"))
        if path.name != "README.md"
    }
    for path, text in found.items():
        if not text.startswith("- "):
            raise ValueError(f"{path}: expected lines that begin with `- `")
    return found


def joined(log: str, texts: list[str]) -> str:
    """A change log with the fragments at the end of its first section."""
    heads = [match.start() for match in re.finditer(r"(?m)^## ", log)]
    end = heads[1] if len(heads) > 1 else len(log)
    return f"{log[:end].rstrip()}\n" + "".join(f"{text}\n" for text in texts) + (f"\n{log[end:]}" if log[end:] else "")


if __name__ == "__main__":
    found = fragments(FOLDER)
    path = FOLDER.parent / "CHANGELOG.md"
    path.write_text(joined(path.read_text(encoding="utf-8"), list(found.values())), encoding="utf-8")
    for fragment in found:
        fragment.unlink()
