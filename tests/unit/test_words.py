"""No file has a word that we left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import words


def test_no_file_has_a_word_that_we_left() -> None:
    assert [said for path in words.text_files() for said in words.left_words(path)] == []


def test_the_check_looks_where_words_stand() -> None:
    names = {path.relative_to(words.ROOT).as_posix() for path in words.text_files()}
    assert {"ARCHITECTURE.md", "pipeline/transcaspian/core/grid.py", "docs/tutorial.md", "tests/conftest.py"} <= names


@pytest.mark.parametrize(("text", "count"), [
    ("{}_cost_path".format("least"), 0), ("the {} one".format("dear" + "er"), 1), ("{0}_km, {0}_X".format("LEAST"), 2),
    ("no" + "body and Who" + "ever", 2), ("Counter.most_common(3)", 0), ("it came to a" + "new_x", 0),
])  # fmt: skip
def test_a_word_is_found_in_any_case_and_as_a_whole(tmp_path: Path, text: str, count: int) -> None:
    (tmp_path / "a.md").write_text(text)
    assert len(list(words.left_words(tmp_path / "a.md"))) == count
