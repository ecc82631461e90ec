"""CSV files by their headings: a cell never stands in the column beside its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcaspian.core.errors import IngestError
from transcaspian.ingest.csv_rows import read_rows

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(texts, min_size=width, max_size=width).filter(lambda row: any(map(str.strip, row))), max_size=5
    ).map(lambda rows: (width, rows))
)


def written(folder: Path, text: str) -> Path:
    (folder / "a.csv").write_text(text, encoding="utf-8", newline="")
    return folder / "a.csv"


@given(tables, st.data())
def test_commas_at_the_ends_of_lines_change_nothing(table: tuple[int, list[list[str]]], data: st.DataObject) -> None:
    width, rows = table
    names = [f"column {n}" for n in range(width)]
    quoted = [",".join('"' + text.replace('"', '""') + '"' for text in row) for row in (names, *rows)]
    commas = [data.draw(st.integers(0, 2)) * "," for _ in quoted]
    with tempfile.TemporaryDirectory() as folder:
        ends = "".join(line + end + "\r\n" for line, end in zip(quoted, commas, strict=True))
        found = read_rows(written(Path(folder), ends))
    assert found.names == tuple(names)
    assert [list(row) for row in found.cells] == rows
    assert found.numbers == tuple(range(2, len(rows) + 2))


def test_the_index_that_pandas_writes_is_left_out(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "lon": ["50.5", "51"]})
    frame.to_csv(tmp_path / "a.csv")
    assert read_rows(tmp_path / "a.csv").cells == (("a", "50.5"), ("b", "51"))


def test_blank_rows_count_and_are_passed_over(tmp_path: Path) -> None:
    found = read_rows(written(tmp_path, "\ufeffid, lon\n\n,,\na,50.5\n , \n"))
    assert (found.names, found.cells, found.numbers) == (("id", "lon"), (("a", "50.5"),), (4,))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,lon,lat\na,1,2\nb,1\n", r"a\.csv, row 3, has 2 cells and ends before `lat`"),
        ("id,lon,lat\na,50,5,41\n", r"a\.csv, row 2: `41` in cell 4 stands under no heading"),
        ("id,,lat\na,x,41\n", r"row 2: `x` in cell 2 stands under no heading"),
        ("id,lon,lon\na,1,2\n", r"the heading `lon` more than once"),
        ('id,lon\n"a,1\n', r"a\.csv cannot be read: unexpected end of data"),
    ],
)
def test_a_row_that_does_not_fit_its_headings_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(IngestError, match=says):
        read_rows(written(tmp_path, text))
