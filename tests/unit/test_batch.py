"""Batches: every pair under every weighting in every scenario, a row for each, and no fault of one loses the others."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from pyarrow import parquet
from shapely import LineString

from tests.conftest import RAW, ROUTE_ALONE, STUDY, TINY, options, silent, without_drawing
from transcaspian import cli, routing
from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, run_batch
from transcaspian.analyses.batch.config import load_batch
from transcaspian.analyses.batch.files import GROUP_ROWS, RowFile, check_rows
from transcaspian.analyses.batch.layers import BATCH_ROUTES
from transcaspian.analyses.batch.member import RouteMembers
from transcaspian.analyses.batch.plan import BatchGround, chunks_of, plan_members
from transcaspian.core.errors import IngestError, RoutingError, StudyError, TranscaspianError
from transcaspian.core.spread import on_threads
from transcaspian.engineering import bill_of, quantities_along
from transcaspian.rpl.pairs import read_pairs
from transcaspian.runs.archive.archived_runs import run_at, verify_run
from transcaspian.runs.engine import RunSettings, run_study
from transcaspian.runs.stages.engineer_systems import listed_ground
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import model_bed, price_bed, with_cost
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.seabed import with_free_approaches
from transcaspian.study import load_study, study_of

HEAD = f"""
[batch]
id = "tried"
title = "A batch of the tests"
study = "{STUDY}"
"""
PAIRS = "pair_id,from_name,from_lon_deg,from_lat_deg,to_name,to_lon_deg,to_lat_deg\n"
INLAND = "inland,Kyiv,30.5,50.4,,50.1,40.5\n"
GOOD = "own,,50.11438,40.51903,Kuryk,51.68116,43.18032\n"


@pytest.fixture
def batch_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str, pairs: str = "") -> Path:
        (tmp_path / "pairs.csv").write_text(pairs, encoding="utf-8")
        path = tmp_path / "batch.toml"
        path.write_text(HEAD + text, encoding="utf-8")
        return path

    return write  # type: ignore[return-value]


def batch(path: Path, threads: int = 2, out: str = "out") -> BatchResult:
    how = partial(on_threads, threads=threads)
    return run_batch(BatchSettings(path, path.parent / out, TINY, RAW, how), lambda done, failed, members: None)


def test_members_are_all_pairs_on_all_grounds_and_grounds_come_together(batch_file: Callable[..., Path]) -> None:
    path = batch_file(
        '[pairs]\nsystems = ["turkmen", "main"]\n'
        'landings = [{id = "x", from_landing = "aktau", to_landing = "kuryk"}]\n'
        '[[weights]]\nid = "a"\n[[weights]]\nid = "b"\nset = {"criteria.slope.weight" = 2.0}\n'
        '[[sweeps]]\nkey = "criteria.depth.weight"\nvalues = [0.5, 1.0, 2.0]\n'
        '[[scenarios]]\nid = "s"\n[[scenarios]]\nid = "t"\nset = {"water_level.level_m_msl" = -30.0}\n'
    )
    members = plan_members(load_batch(path), path, load_study(STUDY))
    assert len(members) == 3 * 2 * 3 * 2
    assert len({member.id for member in members}) == len(members)
    assert members[0].id == "main/a,criteria.depth.weight=0.5/s"
    assert members[-1].ground.overrides == {
        "water_level.level_m_msl": -30.0, "criteria.slope.weight": 2.0, "criteria.depth.weight": 2.0,
    }  # fmt: skip
    grounds = [member.ground for member in members]
    changes = sum(one != other for one, other in pairwise(grounds))
    assert changes == 11, "each ground is made once"
    assert [member for chunk in chunks_of(members) for member in chunk] == list(members)
    assert all(len({member.ground.weights_id for member in chunk}) == 1 for chunk in chunks_of(members))
    every = batch_file("[pairs]\nevery_two_landings = true\n")
    assert len(plan_members(load_batch(every), every, load_study(STUDY))) == 6 * 5 / 2


@pytest.mark.parametrize(
    ("text", "pairs", "says"),
    [
        ("[pairs]\n", "", r"`pairs`: no pairs: give `systems`"),
        ('[pairs]\nsystems = ["nosuch"]', "", r"system `nosuch` is not in the study"),
        (
            '[pairs]\nlandings = [{id = "x", from_landing = "atlantis", to_landing = "kuryk"}]',
            "",
            r"x names the landing `atlantis`, which is not among sumgait",
        ),
        (
            '[pairs]\nlandings = [{id = "x", from_landing = "kuryk", to_landing = "kuryk"}]',
            "",
            r"pair `x` begins and ends at `kuryk`",
        ),
        (
            '[pairs]\nsystems = ["main"]\nlandings = [{id = "main", from_landing = "aktau", to_landing = "kuryk"}]',
            "",
            r"two pairs are named `main`",
        ),
        (
            '[limits]\nmax_members = 3\n[pairs]\nsystems = ["*"]',
            "",
            r"asks for 4 pairs on 1 grounds, 4 routes, more than limits\.max",
        ),
        (
            '[pairs]\nsystems = ["*"]\n[[weights]]\nid = "a"\nset = {"sources.seabed" = 1}',
            "",
            r"`a` sets sources\.seabed: all routes of a batch share sources, landings",
        ),
        (
            '[pairs]\nsystems = ["*"]\n[[weights]]\nid = "a"\n[[weights]]\nid = "a"',
            "",
            r"weights has the id `a` more than once",
        ),
        (
            '[pairs]\nsystems = ["*"]\n[[sweeps]]\nkey = "a"\nvalues = []',
            "",
            r"`sweeps\.0\.values` is \[\]",
        ),
        ('[pairs]\nsystem = ["*"]', "", r"`pairs\.system` is not a key of a batch"),
        (
            '[pairs]\nsystems = ["*"]\n[[weights]]\nid = "a"\nset = {"criteria.slope.weight" = -1.0}',
            "",
            r"weighting `a` in scenario `as-given`: `criteria\.slope\.weight` is -1",
        ),
        (
            '[pairs]\nsystems = ["*"]\n[[weights]]\nid = "a"\nset = {"criteria.kraken.weight" = 1.0}',
            "",
            r"the study has no table `criteria\.kraken`",
        ),
        ("[pairs", "", r"batch file .*batch\.toml is not valid TOML"),
    ],
)
def test_a_wrong_batch_is_one_sentence(batch_file: Callable[..., Path], text: str, pairs: str, says: str) -> None:
    path = batch_file(text, pairs)
    with pytest.raises(TranscaspianError, match=says):
        batch(path)
    assert not (path.parent / "out").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"has the columns none: expected pair_id"),
        ("pair_id,from_lon_deg\nx,1\n", r"from_lat_deg is missing"),
        (PAIRS, r"has no rows below its heading"),
        (PAIRS + GOOD + GOOD, r"pair_id `own` more than once"),
        (PAIRS + "x,,1,2,,3,north\n", r"row 2, to_lat_deg: 'north': expected degrees between -90 and 90"),
        (PAIRS + "x,,nan,2,,3,4\n", r"row 2, from_lon_deg: 'nan'"),
        (PAIRS + "x,,51.2,43.6,,3,94\n", r"row 2, to_lat_deg: '94'"),
        (PAIRS + "a/b,,1,2,,3,4\n", r"row 2, pair_id: 'a/b' names no pair"),
        (PAIRS + "x,,1,2\n", r"row 2, has 4 cells and ends before `to_name`"),
        (PAIRS + "\n" + "x,,51,2,43,6,,3,4\n", r"row 3: `3` in cell 8 stands under no heading"),
    ],
)
def test_a_wrong_table_of_pairs_is_named_by_row_and_column(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(IngestError, match=says) as caught:
        read_pairs(path)
    assert str(path) in str(caught.value)


def test_a_table_of_pairs_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"none\.csv cannot be read: No such file"):
        read_pairs(tmp_path / "none.csv")


VARIED = """
[pairs]
systems = ["main", "reserve-2023"]
file = { path = "pairs.csv", max_snap_km = 15.0, citation = "tests" }
[[weights]]
id = "as-given"
[[weights]]
id = "steep"
set = { "criteria.slope.weight" = 4.0 }
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BatchResult]:
    folder = tmp_path_factory.mktemp("batch")
    (folder / "pairs.csv").write_text(PAIRS + GOOD + INLAND)
    (folder / "batch.toml").write_text(HEAD + VARIED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1790000000")
        return folder / "batch.toml", batch(folder / "batch.toml")


def test_a_member_that_cannot_be_routed_is_a_row_that_says_why(published: tuple[Path, BatchResult]) -> None:
    _, result = published
    assert (result.members, result.failed, result.faults) == (8, 2, 0)
    rows = gpd.read_parquet(result.folder / "routes.parquet")
    assert tuple(rows.columns[:-1]) == BATCH_ROUTES.field_names
    assert rows.crs == "EPSG:4326"
    assert list(rows["state"]) == ["routed", "routed", "routed", "failed"] * 2
    failed = rows[rows["state"] == "failed"]
    assert failed["reason"].str.contains("landing Kyiv at 30.50000 E, 50.40000 N is ").all()
    assert failed.geometry.isna().all()
    assert failed["length_km"].isna().all()
    assert {item.pair_id: (item.routes, item.failed) for item in result.pairs} == {
        "main": (2, 0), "reserve-2023": (2, 0), "own": (2, 0), "inland": (2, 2),
    }  # fmt: skip
    assert verify_run(run_at(result.folder)) == ()


@without_drawing()
def test_members_are_routed_as_a_run_routes_them(published: tuple[Path, BatchResult], tmp_path: Path) -> None:
    """The same line as a run of that system finds where it does not prove or refine it."""
    rows = gpd.read_parquet(published[1].folder / "routes.parquet").set_index("member_id")
    quick = {**TINY, **ROUTE_ALONE, "routing.proven": False, "routing.refinement": 1, "criteria.slope.weight": 4.0}
    run = run_study(RunSettings(STUDY, tmp_path, ("main",), quick, RAW, reuse=False), silent)
    path = gpd.read_file(run.folder / "trans-caspian.gpkg", layer="least_cost_paths").iloc[0]
    row = rows.loc["main/steep/as-given"]
    np.testing.assert_allclose(shapely.get_coordinates(row.geometry), shapely.get_coordinates(path.geometry), atol=1e-9)
    assert row["length_km"] == pytest.approx(path["length_km"], rel=1e-9)
    assert row["friction_cost"] == pytest.approx(path["friction_cost"], rel=1e-9)
    # by the cost book of the study, as the same line is priced elsewhere
    inputs = read_inputs(RunSettings(STUDY, tmp_path, ("main",), quick, RAW))
    bed = model_bed(inputs)
    near = listed_ground(inputs, with_cost(bed, price_bed(inputs, bed)))
    prices, rules = inputs.study.prices, inputs.study.engineering
    assert prices is not None
    assert rules is not None
    total = bill_of(prices, quantities_along(near, shapely.get_coordinates(row.geometry), rules)).total
    assert {name: row[name] for name in dataclasses.asdict(total)} == dataclasses.asdict(total)
    assert 0.9 < row["cost_base_usd"] / run.figures[0].cost.cost_base_usd < 1.0, "legs, land tails and beaches are more"
    # positions that lie where the landings of the reserve do: the approach to them is as free as to landings
    assert rows.loc["own/as-given/as-given", "friction_cost"] == pytest.approx(
        rows.loc["reserve-2023/as-given/as-given", "friction_cost"], rel=1e-6
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_the_rows_are_the_same_to_the_byte_on_any_threads(
    published: tuple[Path, BatchResult], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, result = published
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    again = batch(path, threads, f"out{threads}")
    for name in ("routes.parquet", "manifest.json"):
        assert (again.folder / name).read_bytes() == (result.folder / name).read_bytes()


def test_a_fault_of_the_program_loses_no_other_member(
    batch_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = batch_file('[pairs]\nsystems = ["main", "main-2023"]\n')
    real = routing.route_between

    def broken(*args: Any, **more: Any) -> Any:
        if args[1].name == "Siyazan":
            raise ZeroDivisionError("a bug")
        return real(*args, **more)

    monkeypatch.setattr(routing, "route_between", broken)
    done = CliRunner().invoke(
        cli.command, ["batch", str(path), "--out", str(path.parent / "out"), "--raw", str(RAW), *options(TINY)]
    )
    assert done.exit_code == 1
    assert "1 members failed by a fault of the program" in done.output
    (file,) = (path.parent / "out").rglob("routes.parquet")
    rows = gpd.read_parquet(file.resolve())
    assert list(rows["state"]) == ["routed", "failed"]
    assert "ZeroDivisionError: a bug" in rows["reason"][1]
    assert "Traceback" in rows["traceback"][1]


def test_nothing_is_published_when_none_can_be_routed(batch_file: Callable[..., Path]) -> None:
    path = batch_file(
        '[pairs]\nfile = { path = "pairs.csv", max_snap_km = 15.0, citation = "tests" }\n', PAIRS + INLAND
    )
    with pytest.raises(RoutingError, match=r"none of the 1 members could be routed; the first: inland/as-given"):
        batch(path)
    assert not (path.parent / "out").exists()


def test_rows_are_written_group_by_group_with_none_lost(tmp_path: Path) -> None:
    count = 2 * GROUP_ROWS + 7
    rows = [
        dict.fromkeys(BATCH_ROUTES.field_names)
        | {"member_id": f"m{number}", "length_km": float(number), "geometry": LineString([(0, 0), (number, 1)])}
        for number in range(count)
    ]
    with RowFile(tmp_path / "one.parquet", BATCH_ROUTES) as one:
        one.add(rows)
    with RowFile(tmp_path / "many.parquet", BATCH_ROUTES) as many:
        for row in rows:
            many.add([row])
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "many.parquet").read_bytes()
    check_rows(tmp_path / "one.parquet", BATCH_ROUTES, count)
    assert parquet.ParquetFile(tmp_path / "one.parquet").num_row_groups == 3
    read = gpd.read_parquet(tmp_path / "one.parquet")
    assert list(read["length_km"]) == [float(number) for number in range(count)]
    with pytest.raises(TranscaspianError, match="rows: 3 written"):
        check_rows(tmp_path / "one.parquet", BATCH_ROUTES, 3)


def test_an_approach_is_as_free_as_to_a_landing_of_the_study() -> None:
    settings = RunSettings(STUDY, overrides=TINY, raw_dir=RAW)
    inputs = read_inputs(settings)
    document = inputs.study.model_dump(mode="json", exclude_none=True)
    places = [(48.2, 42.4), (48.25, 42.45)]  # near each other, so that their approaches overlap
    for number, (lon, lat) in enumerate(places):
        document["landings"].append({**document["landings"][0], "id": f"new{number}", "lon_deg": lon, "lat_deg": lat})
    bed = model_bed(inputs)
    without = price_bed(inputs, bed)
    with_them = price_bed(dataclasses.replace(inputs, study=study_of(document, "test")), bed)
    criteria = inputs.study.criteria
    assert criteria.crossings is not None
    free_km = {"shallow": criteria.shallow.approach_km, "crossings": criteria.crossings.free_radius_km}
    found = with_free_approaches(bed.grid, without, places, free_km)
    assert (found != without.friction_cost)[np.isfinite(found)].any()
    np.testing.assert_allclose(found, with_them.friction_cost, rtol=1e-6)


def test_the_work_travels_without_what_it_keeps() -> None:
    import pickle

    inputs = read_inputs(RunSettings(STUDY, overrides=TINY, raw_dir=RAW))
    work = RouteMembers(inputs)
    path = STUDY.parent / "batches" / "weights.toml"
    members = plan_members(load_batch(path), path, inputs.study)
    work.prepared(members[0].ground)
    assert len(pickle.dumps(work)) < 5e6, "not the ground, which a worker makes for itself"
    assert json.dumps(pickle.loads(pickle.dumps(work)).document) == json.dumps(work.document)


@pytest.mark.parametrize("study", ["trans_caspian.toml", "digital_silk_way.toml"])
def test_tables_of_analyses_refuse_no_member(study: str) -> None:
    inputs = cast(Inputs, SimpleNamespace(study=load_study(STUDY.parent / study)))
    assert len(inputs.study.tables) > 0, "what it has of analyses goes by the engineered route"
    ground = BatchGround("w", "s", {"criteria.slope.weight": 2.0})
    assert RouteMembers(inputs).study_on(ground).criteria.slope.weight == 2.0


def test_the_example_batch_can_be_planned() -> None:
    path = STUDY.parent / "batches" / "weights.toml"
    study = load_study(path.parent / load_batch(path).batch.study)
    assert len(plan_members(load_batch(path), path, study)) == 32


def test_a_cluster_goes_through_prefect(batch_file: Callable[..., Path]) -> None:
    path = batch_file('[pairs]\nsystems = ["main"]\n')
    with pytest.raises(StudyError, match="--dask needs the command `transcaspian`"):
        CliRunner().invoke(cli.command, ["batch", str(path), "--dask", "tcp://x"], catch_exceptions=False)
    with pytest.raises(StudyError, match="exclude each other"):
        CliRunner().invoke(
            cli.command, ["batch", str(path), "--dask", "tcp://x", "--threads", "2"], catch_exceptions=False
        )
