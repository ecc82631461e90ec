"""A static catalogue over the published runs: pystac walks it from the root to every file of every run, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pystac
import pytest

from tests.archives import opened
from tests.layer_tables import LAYERS
from tests.unit.test_export import ABOUT, COMPUTED, GRID, rasters
from transcaspian import export
from transcaspian.core.errors import ExportError
from transcaspian.export import Content
from transcaspian.runs.archive.register import HELD, PUBLISHED
from transcaspian.runs.catalogue import write_catalogue

ALWAYS = {name: data for name, data in COMPUTED.items() if not LAYERS[name].asked_by}


@pytest.fixture(scope="module")
def out_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("processed")
    for study_id, run_id, state in (("sea", "r1", PUBLISHED), ("sea", "r2", HELD), ("lake", "r3", PUBLISHED)):
        about = replace(ABOUT, study_id=study_id, run_id=run_id)
        with opened(out / study_id, run_id) as folder:
            files = export.write_run(folder.path, Content(about, ALWAYS, GRID, rasters(("depth",))))
            manifest = export.build_manifest(
                run={"id": run_id, "created_utc": ABOUT.created_utc}, study={"id": study_id}, code_sha256="0",
                sources=[], findings=[], systems=[], ingest={}, seabed={}, numbering={}, settings={}, files=files,
                analyses={},
            )  # fmt: skip
            export.write_manifest(folder.path / "manifest.json", manifest)
            folder.register(state)
    return out


def test_pystac_walks_from_the_root_to_the_files_and_back(out_dir: Path) -> None:
    assert write_catalogue(out_dir) == {"lake": 1, "sea": 1}
    assert write_catalogue(out_dir) == {"lake": 1, "sea": 1}, "again, as a whole"
    root = pystac.Catalog.from_file(str(out_dir / "catalog.json"))
    collections = {child.id: child for child in root.get_children()}
    assert set(collections) == {"sea", "lake"}
    for study_id, collection in collections.items():
        assert isinstance(collection, pystac.Collection)
        assert collection.extent.spatial.bboxes[0] == pytest.approx(list(GRID.bounds))
        (item,) = collection.get_items()
        assert item.id == {"sea": "r1", "lake": "r3"}[study_id], "held runs are not in it"
        assert item.collection_id == collection.id
        for asset in item.assets.values():
            assert Path(asset.get_absolute_href() or "").is_file()
        alone = pystac.Item.from_file(item.get_self_href() or "")
        linked = alone.get_single_link("collection")
        assert linked is not None
        assert Path(linked.get_absolute_href() or "").resolve() == out_dir / study_id / "collection.json"


def test_no_link_names_a_place_of_this_machine(out_dir: Path) -> None:
    write_catalogue(out_dir)
    for path in [*out_dir.glob("*.json"), *out_dir.glob("*/collection.json"), *out_dir.glob("*/*/stac_item.json")]:
        hrefs = [link["href"] for link in json.loads(path.read_text())["links"]]
        assert all(href.startswith(("./", "../")) for href in hrefs), path


def test_without_a_published_run_it_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no published run lies below"):
        write_catalogue(tmp_path / "nothing")
    (tmp_path / "notes").mkdir()
    with pytest.raises(ExportError, match="no published run lies below"):
        write_catalogue(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]
