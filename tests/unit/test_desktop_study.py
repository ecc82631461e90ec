"""The desktop study, read back by other libraries: every figure is the run's, and the run stays as it was."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZipFile

import docx
import geopandas as gpd
import pyogrio
import pytest
from click.testing import CliRunner
from docx.table import Table as DocxTable

from tests.conftest import need, without
from transcaspian.cli import command
from transcaspian.core.errors import ExportError, StudyError, TranscaspianError
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.kinds import KINDS
from transcaspian.report.document.blocks import Chapter, Figure, Heading, Paragraph, TableBlock
from transcaspian.report.document.chapters import APPENDICES, MAKERS, chapters_of
from transcaspian.report.document.desk_study import DeskStudy
from transcaspian.report.document.docx_writer import Cover, write_docx
from transcaspian.report.document.missing import CHAPTER_OF_KIND, GAPS
from transcaspian.report.document.office import lay_out
from transcaspian.report.document.slots import slot_blocks
from transcaspian.runs import desktop_study
from transcaspian.runs.desktop_study import check_edited, deliver_report, desk_study, read_published
from transcaspian.study.document_tables import CHAPTERS, Document

NAME = "trans-caspian_desktop-study.docx"
STATUS = re.compile("REAL|DERIVED|ASSUMED")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def run(coarse_values: Path) -> Path:
    """A coarse run of ``main``, without pictures; other tests have made it."""
    (folder,) = coarse_values.parent.glob("2*")
    return folder


@pytest.fixture(scope="module")
def before(run: Path) -> dict[str, str]:
    """The hashes of its files before anything was written from it."""
    return hashes(run)


@pytest.fixture(scope="module")
def layers(run: Path) -> Callable[[str], gpd.GeoDataFrame]:
    """The layers of its GeoPackage, read again."""
    return lambda name: pyogrio.read_dataframe(run / "trans-caspian.gpkg", layer=name)


@pytest.fixture(scope="module")
def study(run: Path, tmp_path_factory: pytest.TempPathFactory) -> DeskStudy:
    """The run read back."""
    return desk_study(read_published(run), run, tmp_path_factory.mktemp("drawn"), Document(), Path())


@pytest.fixture(scope="module")
def without_office() -> Iterator[None]:
    """LibreOffice is not installed."""
    with patch("transcaspian.report.document.document.office", return_value=None):
        yield


@pytest.fixture(scope="module")
def out(run: Path, before: dict[str, str], without_office: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Document and diagrams of the run, with a text of the client."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "own.toml").write_text(
        '[document]\nnumber = "D-1"\nclient = "A & B"\nlogo = "logo.png"\n[document.text]\nmetocean = "sea.md"\n'
    )
    (folder / "sea.md").write_text(
        "# Winds\nFrom the *north*: 12.5 m/s.\n\n- a\n  - b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    (folder / "logo.png").write_bytes(PNG)
    made = deliver_report(run, folder / "made", ("docx", "sld"), folder / "own.toml")
    assert made.notes == ("LibreOffice is not installed: the contents get their pages when the document is opened and "
                          "updated",)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def document(out: Path) -> Any:
    return docx.Document(str(out / "made" / NAME))


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def table_under(document: Any, caption: str) -> DocxTable:
    """The table below a caption."""
    body = list(document.element.body)
    for place, element in enumerate(body):
        if element.tag.endswith("}p") and caption in "".join(element.itertext()) and element.pPr is not None:
            following = body[place + 1]
            if following.tag.endswith("}tbl"):
                return DocxTable(following, document)
    raise AssertionError(f"no table has the caption {caption}")


def cells(table: DocxTable) -> list[list[str]]:
    return [["".join(t.text or "" for t in cell.iter() if t.tag.endswith("}t")) for cell in row.tc_lst]
            for row in table._tbl.tr_lst]  # fmt: skip


def figure(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").rstrip("%"))


@pytest.mark.parametrize(
    ("layer", "caption", "order", "columns"),
    [
        ("sld", "Route by KP: main", "from_kp_km",
         {0: "from_kp_km", 1: "to_kp_km", 2: "length_km", 5: "min_depth_m", 6: "max_depth_m", 9: "slack_percent",
          11: "target_burial_m"}),
        ("sld", "Burial as planned: main", "from_kp_km", {0: "from_kp_km", 1: "to_kp_km", 2: "length_km"}),
        ("rpl_points", "Route Position List: main", "SeqNo",
         {0: "SeqNo", 1: "PosNo", 3: "Latitude", 4: "Longitude", 5: "DistCumulative", 6: "CableDistCumulative",
          7: "ApproxDepth"}),
        ("bill", "Cost: main", None, {1: "quantity", 3: "cost_low_usd", 4: "cost_base_usd", 5: "cost_high_usd"}),
        ("scenario_routes", "Lower levels of the sea: main", None, {0: "level_m_msl", 7: "max_depth_m"}),
        ("route_sectors", "Whose waters: main", None, {0: "from_kp_km", 1: "to_kp_km", 2: "length_km"}),
        ("alternatives", "Alternatives: main", None, {1: "length_km", 3: "cost_base_usd", 5: "reached_separation_km"}),
    ],
)  # fmt: skip
def test_every_figure_of_a_table_is_that_of_the_layer(
    document: Any,
    layers: Callable[[str], gpd.GeoDataFrame],
    layer: str,
    caption: str,
    order: str | None,
    columns: dict[int, str],
) -> None:
    rows = layers(layer)
    rows = rows if order is None else rows.sort_values(order)
    shown = cells(table_under(document, caption))[1:]
    assert len(shown) == len(rows) > 0
    for row, texts in zip(rows.to_dict("records"), shown, strict=True):
        for place, name in columns.items():
            if row[name] is None or row[name] != row[name]:
                assert texts[place] in ("insufficient information", "–")
                continue
            decimals = len(texts[place].partition(".")[2])
            assert figure(texts[place]) == pytest.approx(float(row[name]), abs=0.5 * 10**-decimals + 1e-9), (
                name,
                texts,
            )


def test_figures_in_sentences_are_those_of_the_layers(document: Any, layers: Callable[[str], gpd.GeoDataFrame]) -> None:
    (route,) = layers("routes").to_dict("records")
    (told,) = [p.text for p in document.paragraphs if "km of route and" in p.text]
    found = re.search(r"([\d,.]+) km of route and ([\d,.]+) km of cable, (\d+) stretches", told)
    assert found is not None
    assert figure(found[1]) == pytest.approx(route["length_km"], abs=0.05)
    assert figure(found[2]) == pytest.approx(route["cable_km"], abs=0.05)
    assert int(found[3]) == len(layers("sld"))


def test_every_table_of_figures_has_the_status_of_them(study: DeskStudy) -> None:
    for chapter in chapters_of(study):
        for block in chapter.blocks:
            if isinstance(block, TableBlock) and any(block.table.numeric):
                table = block.table
                has = (
                    STATUS.search(table.status) or "status" in table.headings or STATUS.search(" ".join(table.headings))
                )
                assert has, (chapter.id, table.title)


def test_styles_contents_captions_and_pages_are_what_word_counts_itself(document: Any, out: Path) -> None:
    styles = {p.style.name for p in document.paragraphs}
    assert {"Heading 1", "Heading 2", "Caption", "List Bullet"} <= styles
    titles = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    wanted = [f"{'Appendix: ' if name in APPENDICES else ''}{title}" for name, title in CHAPTERS.items()]
    assert titles == [title for title in wanted if title != "Further analyses"]
    with ZipFile(out / "made" / NAME) as file:
        body, foot = file.read("word/document.xml").decode(), file.read("word/footer1.xml").decode()
    captions = [p for p in document.paragraphs if p.style.name == "Caption"]
    assert len(re.findall(r"SEQ (?:Figure|Table) ", body)) == len(captions) > 20
    for kind in ("Figure", "Table"):
        numbers = [int(p.text.split(" ")[1].rstrip(":")) for p in captions if p.text.startswith(kind)]
        assert numbers == list(range(1, len(numbers) + 1))
    assert 'TOC \\o "1-2"' in body
    assert body.count('w:fldCharType="begin"') == body.count('w:fldCharType="end"')
    assert " PAGE " in foot
    assert " NUMPAGES " in foot
    anchors = set(re.findall(r'w:anchor="(_Toc\d+)"', body))
    assert anchors == set(re.findall(r'w:bookmarkStart [^>]*w:name="(_Toc\d+)"', body))


def test_lists_of_positions_lie_across_and_all_else_upright(document: Any) -> None:
    wide = {section.orientation for section in document.sections}
    assert len(wide) == 2
    for table in document.tables:
        columns = table._tbl.tblGrid.gridCol_lst
        width_mm = sum(column.w for column in columns) / 36_000
        assert width_mm == pytest.approx(257.0 if width_mm > 200 else 170.0, abs=0.5)


def test_what_was_not_read_and_what_is_missing_is_said(document: Any) -> None:
    text = "\n".join(p.text for p in document.paragraphs)
    assert re.search(r"ICPC Recommendation 9 .* whose text was NOT read", text)
    for what in ("soil along the route", "winds, waves, currents", "fishing by gear and season", "expected faults"):
        assert f"Insufficient information: {what}" in text
        assert "To be had from" in text


def test_the_text_of_the_client_stands_in_its_chapter_and_survives(document: Any, out: Path, run: Path) -> None:
    texts = [p.text for p in document.paragraphs]
    place = texts.index("Winds")
    assert texts.index("Metocean and ice") < place < texts.index("Shipping and fishing")
    assert texts[place + 1] == "From the north: 12.5 m/s."
    assert [run.text for run in document.paragraphs[place + 1].runs if run.italic] == ["north"]
    assert document.paragraphs[place + 3].style.name == "List Bullet 2"
    (out / "sea.md").write_text("# Winds\nFrom the south.\n")
    deliver_report(run, out / "again", ("docx",), out / "own.toml")
    assert "From the south." in [p.text for p in docx.Document(str(out / "again" / NAME)).paragraphs]


def test_a_document_that_a_person_edited_is_not_written_over(out: Path, tmp_path: Path) -> None:
    edited = tmp_path / NAME
    edited.write_bytes((out / "made" / NAME).read_bytes())
    check_edited(edited, overwrite=False)
    theirs = docx.Document(str(edited))
    theirs.core_properties.last_modified_by = "R. Engineer"
    theirs.save(str(edited))
    with pytest.raises(ExportError, match="was edited since it was written: move it away"):
        check_edited(edited, overwrite=False)
    check_edited(edited, overwrite=True)


def test_the_run_is_only_read(before: dict[str, str], run: Path, out: Path) -> None:
    with pytest.raises(ExportError, match="a run is never modified"):
        deliver_report(run, run / "report", ("sld",), None)
    assert hashes(run) == before


def test_a_run_without_a_stage_has_chapters_that_say_so(study: DeskStudy) -> None:
    bare = ("routes", "coastline", "landing_points", "kp_marks", "alternatives", "hazards", "no_go", "cables")
    page = replace(study.page, layers={name: study.page.layers[name] for name in bare}, results={})
    found = {chapter.id: chapter for chapter in chapters_of(replace(study, page=page, findings=(), advice=()))}
    assert found.keys() >= {name for name in CHAPTERS if name not in ("further", "rpl")}
    for gap in GAPS:
        told = " ".join(
            run.text for block in found[gap.chapter].blocks if isinstance(block, Paragraph) for run in block.runs
        )
        if gap.what != "alternatives of the route":
            assert gap.what in told
            assert gap.where in told


def test_figures_of_an_earlier_version_are_said_to_be_so_and_a_fault_of_ours_is_told(study: DeskStudy) -> None:
    layers = study.page.layers
    page = replace(study.page, results={"survey": AnalysisResult(layers, figures={})})
    changed = replace(study, page=page, is_of_this_code=False)
    told = " ".join(run.text for b in changed.analysed("installation") if isinstance(b, Paragraph) for run in b.runs)
    assert "made by an earlier version" in told
    with pytest.raises(KeyError):
        list(replace(changed, is_of_this_code=True).analysed("installation"))


def test_each_kind_and_each_chapter_has_its_place() -> None:
    assert CHAPTER_OF_KIND.keys() == {kind.name for kind in KINDS}
    assert list(MAKERS) == list(CHAPTERS)
    assert {gap.chapter for gap in GAPS} | {*CHAPTER_OF_KIND.values()} <= CHAPTERS.keys()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\n\n<b>no</b>\n", "line 3: has HTML (`<b>`)"),
        ("<div>\nno\n</div>\n", "line 1: has HTML (`<div>`)"),
        ("![beach](none.png)\n", "line 1 names the picture"),
        ("![beach](https://example.org/a.png)\n", "is not beside the text"),
        ("| a |\n|---|\n| <i>x</i> |\n", "has HTML (`<i>`)"),
    ],
)
def test_what_a_slot_may_not_hold_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "own.md").write_text(text)
    with pytest.raises(StudyError, match=re.escape(told)):
        slot_blocks(tmp_path / "own.md")


def test_markdown_becomes_blocks(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "own.md").write_text(
        "## Beach\n\n1. one\n2. **two** [site](https://example.org)\n\n> said\n\n```\nx < 1 & y\n```\n\n"
        "![The beach](a.png)\n"
    )
    heading, one, two, quote, code, picture = slot_blocks(tmp_path / "own.md")
    assert heading == Heading("Beach", 3)
    assert isinstance(one, Paragraph)
    assert isinstance(two, Paragraph)
    assert (one.look, two.runs[0].is_bold, two.runs[-1].link) == ("number", True, "https://example.org")
    assert isinstance(quote, Paragraph)
    assert isinstance(code, Paragraph)
    assert (quote.look, code.look, code.runs[0].text) == ("quote", "code", "x < 1 & y")
    assert picture == Figure(tmp_path / "a.png", "The beach")


def test_each_numbered_list_begins_at_1_and_an_empty_table_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("1. a\n2. b\n\ntext\n\n1. c\n\n| | |\n|---|---|\n")
    cover = Cover("T", (), "h", "f", datetime(2026, 1, 1))
    write_docx(tmp_path / "a.docx", cover, [Chapter("summary", "S", slot_blocks(tmp_path / "own.md"))], ["1"])
    made = docx.Document(str(tmp_path / "a.docx"))
    a, b, c = (p._p.pPr.numPr.numId.val for p in made.paragraphs if p.style.name == "List Number")
    assert a == b != c
    assert [len(table.rows) for table in made.tables] == [1]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[document.text]\nsummary = "none.md"\n', "none.md cannot be read: No such file"),
        ('[document.text]\nsumary = "a.md"\n', "did you mean `summary`?"),
        ('[document.text]\nsummary = "latin.md"\n', "is no text in UTF-8"),
        ('[document]\nlogo = "big.png"\n', "40 MB: give one of 10 MB at most"),
        ('[document]\nlogo = "latin.md"\n', "expected a whole PNG or JPEG"),
        ('[document]\nlogo = "cut.png"\n', "expected a whole PNG or JPEG"),
        ('[document]\nclientt = "x"\n', "did you mean `client`?"),
        ("[other]\n", "has no table [document]"),
    ],
)
def test_what_the_table_names_must_be_there(run: Path, tmp_path: Path, table: str, told: str) -> None:
    (tmp_path / "own.toml").write_text(table)
    (tmp_path / "latin.md").write_bytes("Höhe".encode("latin-1"))
    (tmp_path / "cut.png").write_bytes(PNG[:20])
    with (tmp_path / "big.png").open("wb") as file:
        file.write(PNG)
        file.truncate(40_000_000)
    options = ["report", str(run), "--out", str(tmp_path / "out"), "--document", str(tmp_path / "own.toml")]
    result = CliRunner().invoke(command, options)
    assert isinstance(result.exception, TranscaspianError)
    assert result.exception.exit_code == 2
    assert told in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_without_libreoffice_a_pdf_is_one_sentence(run: Path, tmp_path: Path) -> None:
    with (
        patch("transcaspian.report.document.office.shutil.which", return_value=None),
        patch("transcaspian.report.document.document.chapters_of", return_value=()),
        pytest.raises(ExportError, match="a PDF needs LibreOffice Writer"),
    ):
        deliver_report(run, tmp_path / "out", ("pdf",), None)
    assert not (tmp_path / "out").exists()


def test_without_the_packages_the_extra_is_named(run: Path, tmp_path: Path) -> None:
    missing = patch.dict(desktop_study.NEEDED, {"no_such_module": "no-such-package"})
    with missing, pytest.raises(ExportError, match=r"no-such-package: pip install 'transcaspian\[document\]'"):
        deliver_report(run, tmp_path, ("docx",), None)


def test_libreoffice_opens_it_and_the_contents_have_the_pages(out: Path, tmp_path: Path) -> None:
    need("soffice", "libreoffice-writer")
    text_of = need("pdftotext", "poppler-utils")
    pdf = tmp_path / "made.pdf"
    try:
        pages = lay_out(out / "made" / NAME, pdf)
    except ExportError as exc:
        without(f"LibreOffice Writer (Debian: libreoffice-writer): {exc}")
    headings = [
        p.text for p in docx.Document(str(out / "made" / NAME)).paragraphs if p.style.name in ("Heading 1", "Heading 2")
    ]
    assert len(pages) == len(headings)
    told = subprocess.run([text_of, "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout.split(
        "\f"
    )
    for heading, page in zip(headings, pages, strict=True):
        words = " ".join(told[int(page) - 1].split())
        assert " ".join(heading.split())[:40] in words, (heading, page)
    assert f"page 2 of {len(told) - 1}" in told[1]


def test_diagrams_have_the_same_texts_in_each_format(out: Path, layers: Callable[[str], gpd.GeoDataFrame]) -> None:
    folder = out / "made" / "sld"
    svg = re.sub(r"&lt;", "<", (folder / "main.svg").read_text(encoding="utf-8"))
    drawn = pyogrio.read_dataframe(folder / "main.dxf")  # GDAL's own reader of DXF
    texts = set(drawn["Text"].dropna()) - {""}
    assert {"SLD-CABLE", "SLD-POSITIONS", "SLD-BANDS", "SLD-PROFILE", "SLD-TEXT"} == set(drawn["Layer"])
    assert (folder / "main.pdf").read_bytes().startswith(b"%PDF")
    for text in texts:
        assert f">{text}</text>" in svg, text
    positions = layers("rpl_points").sort_values("SeqNo").to_dict("records")
    for row in positions:
        place = f"KP {row['DistCumulative']:.3f} · cable {row['CableDistCumulative']:.3f} km"
        assert any(place in text for text in texts), place
    assert any(text.startswith("BMH · Aktau") for text in texts)
    for band in ("territorial", "seabed", "plough 1 m", "SA"):
        assert any(band in text for text in texts), band


def test_labels_of_a_diagram_stand_apart(out: Path) -> None:
    drawn = pyogrio.read_dataframe(out / "made" / "sld" / "main.dxf")
    labels = drawn[(drawn["Layer"] == "SLD-POSITIONS") & drawn["Text"].fillna("").str.contains("KP")]
    across = sorted(labels.geometry.x)
    assert min(b - a for a, b in pairwise(across)) >= 4.19


def test_a_run_of_no_engineering_has_no_diagram(run: Path, tmp_path: Path) -> None:
    found = read_published(run)
    empty = replace(found, layers={**found.layers, "sld": found.layers["sld"].iloc[:0]})
    changed = patch.object(desktop_study, "read_published", return_value=empty)
    with changed, pytest.raises(ExportError, match="has no straight-line diagram"):
        deliver_report(run, tmp_path / "out", ("sld",), None)


def test_texts_of_an_extended_study_count_from_its_file(tmp_path: Path) -> None:
    from transcaspian.study.load import document_table

    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "study.toml").write_text('[document]\nclient = "C"\n[document.text]\nsummary = "s.md"\n')
    (tmp_path / "above.toml").write_text('extends = "base/study.toml"\n[document]\nnumber = "7"\n')
    table = document_table(tmp_path / "above.toml")
    assert (table.client, table.number, table.text) == ("C", "7", {"summary": "base/s.md"})
