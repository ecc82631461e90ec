"""What is kept for the next run: exact, read without executing anything, never taken where it would be wrong."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from tests.conftest import BARE, COARSE, RAW, STUDY, TINY, options
from transcaspian import cli
from transcaspian.core import code_hash as closure
from transcaspian.core.codec import Packed
from transcaspian.core.frames import frame
from transcaspian.core.grid import Grid
from transcaspian.core.layers import HAZARDS, RPL_POINTS
from transcaspian.core.registry import wings
from transcaspian.core.system_figures import SystemFigures
from transcaspian.routing._kernels.layout import RowRuns
from transcaspian.runs import cache
from transcaspian.runs.archive.live import live_in
from transcaspian.runs.archive.steps import INCOMPLETE
from transcaspian.runs.cache.store import ABANDONED_S
from transcaspian.runs.engine import OPTIONAL, STAGES, RunSettings, StudyRun, run_study
from transcaspian.runs.stages.ingredients import REMARKS
from transcaspian.runs.stages.order import (
    ALTERNATIVES,
    COST,
    COURSES,
    DEPTH,
    ENGINEERING,
    READ,
    ROUTES,
    WRITE,
    ZONES,
)
from transcaspian.runs.stages.read_inputs import wanted_study
from transcaspian.study import load_study
from transcaspian.study.own_line import OwnLine

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


def there_and_back(value: Any) -> Any:
    return cache.unpack(cache.pack(value))


@given(plain)
def test_plain_values_come_back_with_their_types(value: Any) -> None:
    back = there_and_back(value)
    assert back == value
    assert repr(back) == repr(value)  # a tuple is no list, 1 is no True, -0.0 is no 0


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint16", "bool", "U5"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), ()])
def test_arrays_come_back_writable_and_exact(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    back = there_and_back((array, array.T))[0]
    assert back.dtype == array.dtype
    assert back.flags.writeable
    np.testing.assert_array_equal(back, array)


def test_what_is_missing_stays_missing() -> None:
    back = there_and_back([float("nan"), float("-inf"), np.float32("nan"), np.array([np.nan, 1.0])])
    assert np.isnan(back[0])
    assert back[1] == -np.inf
    assert type(back[2]) is np.float32
    np.testing.assert_array_equal(back[3], [np.nan, 1.0])


def test_frames_geometries_and_our_classes_come_back(default_run: Any) -> None:
    point = Point(50.123456789012345, 40.1)
    data = frame(HAZARDS, [{"hazard_id": "Ä", "kind": "platform", "buffer_m": None, "no_go": True, "geometry": point}])
    pd.testing.assert_frame_equal(there_and_back(data), data)
    empty = frame(RPL_POINTS, [])
    pd.testing.assert_frame_equal(there_and_back(empty), empty)
    for name in ("routes", "rpl_points", "no_go", "quarantine", "sld"):
        read = gpd.read_file(next(default_run.folder.glob("*.gpkg")), layer=name)
        pd.testing.assert_frame_equal(there_and_back(read), read)
    study = load_study(STUDY)
    assert there_and_back(study) == study
    grid = Grid(45.0, 47.0, 0.1, 20, 30)
    figures = SystemFigures("main", 1.0, 2.0, None, None, 3.0, 0.1)
    rows = RowRuns(np.arange(3), np.arange(3), np.arange(3))
    assert there_and_back((grid, figures)) == (grid, figures)
    assert isinstance(there_and_back(rows), RowRuns)
    assert shapely.equals_exact(there_and_back(point), point, tolerance=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "beach trench", "target_m": 2.0},
        {"method": "HDD", "target_m": 0.0},
        {"method": "surface laid", "target_m": 1.5},
        {"method": "as found", "target_m": -0.5, "id": "as-stated"},
        {"near": ("crossing", "anchorage"), "within_km": 0.25},
    ],
    ids=str,
)
def test_rules_that_no_study_could_hold_come_back(changes: dict[str, Any]) -> None:
    rule = load_study(STUDY).engineering.burial[0].model_copy(update=changes)
    back = there_and_back((rule, [rule]))
    assert back == (rule, [rule])
    assert type(back[0]) is type(rule)
    assert {name: getattr(back[0], name) for name in changes} == changes


class Local:
    """Neither a dataclass nor of the package."""


@pytest.mark.parametrize(
    "value",
    [Local(), open, lambda: 1, {1, 2}, np.array([None]), bytearray(b"x"), os.stat_result],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_kept_is_a_programming_error(value: Any) -> None:
    with pytest.raises(TypeError, match=r"cannot be kept|of type"):
        cache.pack(value)


@pytest.mark.parametrize(
    "tree",
    [
        '{"class": "os:system", "fields": {"command": "touch pwned"}}',
        '{"class": "transcaspian.sources.rebuild:subprocess", "fields": {}}',
        '{"class": "transcaspian.sources.rebuild:rebuild", "fields": {"raw_dir": "."}}',
        '{"class": "transcaspian.cli:sys.exit", "fields": {}}',
        '{"model": "transcaspian.core.grid:Grid", "of": {}}',
    ],
)
def test_a_forged_file_can_call_nothing(tree: str) -> None:
    with pytest.raises(ValueError, match="is not a class of values"):
        cache.unpack(Packed(tree, bytearray()))


def test_the_store_gives_what_it_was_given_or_nothing(tmp_path: Path) -> None:
    store = cache.Store(tmp_path)
    packed = cache.pack({"a": np.arange(5.0)})
    entry = store.keep("depth", "f" * 64, {"study": {"x": 1}}, packed)
    found = store.find("depth", "f" * 64)
    assert found is not None
    loaded = store.load(found)
    assert loaded is not None
    assert loaded.sha256 == packed.sha256
    written = entry.data.read_bytes()
    turned = [written[:at] + bytes([written[at] ^ 1]) + written[at + 1 :] for at in range(len(written))]
    for damage in turned:
        entry = store.keep("depth", "f" * 64, {}, packed)
        entry.data.write_bytes(damage)
        loaded = store.load(entry)
        assert loaded is None or (loaded.tree, loaded.block) == (packed.tree, packed.block)
    for damage in (b"", b"x" * 7, written[:-1], turned[-1], turned[len(turned) // 2]):
        store.keep("depth", "f" * 64, {}, packed)
        entry.data.write_bytes(damage)
        found = store.find("depth", "f" * 64)
        assert found is not None
        assert store.load(found) is None
        assert store.find("depth", "f" * 64) is None, "what is damaged is gone"
    entry.path.write_text("{")
    assert store.find("depth", "f" * 64) is None
    assert store.entries() == []


def test_the_longest_unused_goes_first_and_nothing_is_left_of_dead_runs(tmp_path: Path) -> None:
    store = cache.Store(tmp_path)
    noise = np.random.default_rng(1).integers(0, 2**64, 125_000, np.uint64)  # takes its full size on the disk
    for age_s, name in enumerate(("new", "old", "older")):
        entry = store.keep(name, "0" * 64, {}, cache.pack(noise))
        os.utime(entry.path, (time.time() - 10 * age_s,) * 2)
    orphan = store.folder / "depth.02.data"
    orphan.write_bytes(b"without its ingredients")
    os.utime(orphan, (time.time() - 2 * ABANDONED_S,) * 2)
    young = store.folder / ".depth.01.data.0a1b2c3d"
    young.write_bytes(b"being written")
    assert [entry.stage for entry in store.prune(2.5)] == ["older"]
    assert [entry.stage for entry in store.entries()] == ["new", "old"]
    assert not orphan.exists()
    assert young.exists()
    store.prune(2.5, abandoned_s=0.0)  # a run is alone: its writer was killed
    assert not young.exists()
    store.prune(0)
    assert store.entries() == []


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (None, {"study": {}}, "nothing is kept yet"),
        ({"study": {"a.b": 1.0}}, {"study": {"a.b": 1.5}}, "a.b changed 1.0 → 1.5"),
        ({"study": {}}, {"study": {"a": 2}}, "a is new: 2"),
        ({"study": {"a": 2}}, {"study": {}}, "a is gone"),
        ({"data": {"hazards": "1"}}, {"data": {"hazards": "2"}}, "hazards is other data"),
        ({"after": {"cost": "1"}}, {"after": {"cost": "2"}}, "cost changed"),
        (
            {"code": {"transcaspian.core.grid": "1"}},
            {"code": {"transcaspian.core.grid": "2"}},
            "code of transcaspian.core.grid changed",
        ),
        ({"study": {}}, {"study": dict.fromkeys("abcde", 1)}, "a is new: 1, b is new: 1, c is new: 1 and 2 more"),
    ],
)
def test_the_reason_is_told_in_words(before: Any, now: Any, said: str) -> None:
    assert cache.why(before, now) == said


def test_members_of_lists_are_named_by_their_ids() -> None:
    assert cache.flattened({"a": [{"id": "x", "v": 1}], "b": [1, 2], "c": {}}) == {
        "a.x.id": "x", "a.x.v": 1, "b": [1, 2],
    }  # fmt: skip


def test_a_stage_depends_on_the_code_it_imports_and_on_no_other() -> None:
    routes = cache.code_of(ROUTES.function)
    assert "transcaspian.routing._kernels.march" in routes
    assert "transcaspian.core.geodesy" in routes
    for stage in STAGES[1:-1]:
        code = cache.code_of(stage.function)
        for other in (
            "core.styles",
            "report.map_picture",
            "export.write",
            "ingest.vectors",
            "sources.resolve",
            "cli.study_command",
        ):
            if (stage.name, other) == ("permits", "core.styles"):
                continue  # its value has sketches in these colours
            assert f"transcaspian.{other}" not in code, f"{stage.name} would be computed again for {other}"
    publish = cache.code_of(WRITE.function)
    assert "transcaspian.core.styles" in publish
    for name in ("report.css", "report.js", "report.html.j2", "system.css", "parts.html.j2"):
        assert f"transcaspian.report.page/{name}" in publish


def test_a_value_depends_on_every_library_that_computes_or_writes() -> None:
    versions = cache.library_versions()
    assert {"python", "numpy", "jinja2", "matplotlib", "fiona", "h5netcdf", "pillow", "pyarrow"} <= set(versions)
    assert not {"prefect", "rich", "ruff", "pytest"} & set(versions), "no figure comes of these"


def test_an_edited_style_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transcaspian.export import manifest

    package = tmp_path / "transcaspian"
    shutil.copytree(closure.ROOT / "transcaspian", package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(closure, "ROOT", tmp_path)
    monkeypatch.setattr(manifest, "PACKAGE", package)

    def hashes() -> tuple[dict[str, str], str]:
        for cached in (*(getattr(closure, name) for name in CACHED), manifest.code_sha256):
            cached.cache_clear()
        return cache.code_of(WRITE.function), manifest.code_sha256()

    try:
        before = hashes()
        with (package / "report" / "page" / "report.css").open("a") as style:
            style.write("/* other */")
        now = hashes()
    finally:
        monkeypatch.undo()
        hashes()
    changed = {name for name in now[0] if now[0][name] != before[0][name]}
    assert changed == {"transcaspian.report.page/report.css"}
    assert now[1] != before[1]


CACHED = ("code_of", "_closure", "_imported", "_path", "_beside", "_file_sha256")


ROBUSTNESS = next(stage for stage in OPTIONAL if stage.name == "robustness")


class Recorder:
    """Stands for a value and notes which of its attributes are read, and by which keys its mappings.

    ``each``: of the systems and landings too, for stages that have a value of each system.
    """

    def __init__(self, value: Any, read: set[str], prefix: str, each: bool = False) -> None:
        self._value, self._read, self._prefix, self._each = value, read, prefix, each

    def __getattr__(self, name: str) -> Any:
        if self._prefix == "study" and name in ("table", "required_table"):
            return partial(self._table_of, getattr(self._value, name))
        key = f"{self._prefix}.{name}".lstrip(".")
        value = getattr(self._value, name)
        if key in ("study", "study.study", "study.rules", "study.engineering", "study.routing") and value is not None:
            return Recorder(value, self._read, key, self._each)
        if key == "layers":
            return Layers(value, self._read)
        if self._each and key == "systems":
            return tuple(Recorder(system, self._read, "system") for system in value)
        if self._each and key == "study.landing":
            return lambda landing_id: Recorder(value(landing_id), self._read, "landing")
        self._read.add(key)
        return value

    def _table_of(self, ask: Callable[[type], Any], kind: type) -> Any:
        if kind not in [wing.table() for wing in wings()]:  # one of every study, as its attribute
            return getattr(self, next(name for name, table in self._value if type(table) is kind))
        self._read.add(next(f"study.{wing.name}" for wing in wings() if wing.table() is kind))
        return ask(kind)


class Layers(dict[str, Any]):
    """The layers, noting which are read."""

    def __init__(self, layers: Any, read: set[str]) -> None:
        super().__init__(layers)
        self._noted = read

    def __getitem__(self, role: str) -> Any:
        self._noted.add(f"layers.{role}")
        return super().__getitem__(role)

    def get(self, role: str, default: Any = None) -> Any:
        self._noted.add(f"layers.{role}")
        return super().get(role, default)

    def __contains__(self, role: object) -> bool:
        self._noted.add(f"layers.{role}")
        return super().__contains__(role)


METHODS = {"study.landing", "study.engineering.model_dump"}
EACH = (ROUTES, ZONES, COURSES, ENGINEERING, ALTERNATIVES)
"""Stages that have a value of each system."""
ROLES = {"seabeds": "seabed"}
"""Roles of data that stand elsewhere in the inputs."""


NAMED = {"system": ("id", "from_landing", "to_landing"), "landing": ("id",)}
"""What names a system and its landings: each value is kept by the first, and by what is read of the others."""
LINE = {"own_lists", "system.gives_whole_line", *(f"system.{key}" for key in OwnLine.model_fields)}
"""What people ask of the line of a system: ``line`` of each, or ``own_lists`` of all."""
INSTEAD = {
    "systems": "built_with",
    "built_with": "systems",
    "built_pairs": "systems",
    "alternative_of": "systems",
    "landings": "landing_points",
    "weights": "criteria",
    "fusion": "seabed_fusion",
}
"""By key of the study what stands for as much of it as a stage reads."""


def whole_landing(stage: Any, top: str, key: str) -> bool:
    """Whether a stage names all of both landings, and the key is none of the remarks that it would have to name."""
    remarks_count = stage.reads_remarks or key not in REMARKS
    return top == "landing" and {"start", "end"} <= set(stage.study) and remarks_count


def undeclared(stage: Any, read: set[str]) -> Iterator[str]:
    """What a stage read without naming it among its ingredients."""
    for key in read - METHODS:
        top, _, rest = key.partition(".")
        if top == "study":
            declared = any(rest == own or rest.startswith(f"{own}.") for own in stage.study)
            if not declared and INSTEAD.get(rest) not in stage.study:
                yield key
        elif key in LINE:
            if not {"line", "own_lists"} & set(stage.study):
                yield key
        elif top in NAMED:
            own = {rest} if top == "system" else {f"start.{rest}", f"end.{rest}"}
            if rest not in NAMED[top] and not own <= set(stage.study) and not whole_landing(stage, top, rest):
                yield key
        elif top == "systems":
            if "systems" not in stage.study:
                yield key
        elif top == "further":  # files of the stage's own table, or what its wing reads
            if not {stage.name, "railway"} & set(stage.data):
                yield key
        elif ROLES.get(top, rest or top) not in stage.data:
            yield key


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_every_stage_names_all_that_it_reads(tmp_path: Path) -> None:
    seen: dict[str, set[str]] = {}

    def perform(stage: Any, *args: Any) -> Any:
        if stage is not READ:
            read = seen.setdefault(stage.name, set())
            args = (Recorder(args[0], read, "", each=stage in EACH), *args[1:])
        return stage.function(*args)

    # the study that asks for the optional stages too; it is not written
    few = {"risk.max_routes": 3, "alternatives.count": 1, "robustness": None}
    settings = RunSettings(STUDY.parent / "digital_silk_way.toml", tmp_path, ("main",), COARSE | few, RAW)
    wanted = wanted_study(settings)
    with live_in(tmp_path / "live") as live:
        StudyRun(settings, wanted, Told(), perform, live, []).results()
    study = load_study(settings.study_path)
    asked = [stage for stage in STAGES[1:-1] if stage not in OPTIONAL or getattr(study, stage.name) is not None]
    asked.remove(ROBUSTNESS)  # it makes studies of its own: see below
    assert set(EACH) <= set(asked)
    assert set(seen) == {stage.name for stage in asked}
    assert "risk" in seen
    assert {stage.name: sorted(undeclared(stage, seen[stage.name])) for stage in asked} == {
        stage.name: [] for stage in asked
    }


STEERED = """
extends = "{study}"

[area]
grid_step_arcsec = 300

[rules.landing_approach]
max_km = 40.0

[[systems]]
id = "main"
via = [{{ lon_deg = 50.4, lat_deg = 41.3, radius_km = 5.0 }}]
keep_out = [[[50.0, 41.9], [50.3, 41.9], [50.3, 42.2], [50.0, 41.9]]]
diverse_from = ["planned-turkmen"]
{constraints}
"""
CONSTRAINT = """
[[constraints]]
id = "layer-{number}"
kind = "{kind}"
source = "test"
status = "ASSUMED"
{keys}
"""
AREA = 'data = { path = "area.geojson", citation = "test", status = "ASSUMED" }'
CONSTRAINTS = {"anchorage": AREA, "fairway": f"friction = 1.0\n{AREA}", "telecom_cable": 'from_source = "cables"'}


@pytest.mark.whole_run
def test_stages_name_what_they_read_of_constraints_and_of_lines_that_people_give(tmp_path: Path) -> None:
    text = "".join(
        CONSTRAINT.format(number=number, kind=kind, keys=keys)
        for number, (kind, keys) in enumerate(CONSTRAINTS.items())
    )
    (tmp_path / "study.toml").write_text(STEERED.format(study=STUDY.as_posix(), constraints=text))
    gpd.GeoDataFrame(geometry=[box(50.6, 41.0, 50.8, 41.2)], crs=4326).to_file(tmp_path / "area.geojson")
    settings = RunSettings(tmp_path / "study.toml", tmp_path / "out", ("main",), raw_dir=RAW)
    seen: dict[Any, set[str]] = {}

    def perform(stage: Any, *args: Any) -> Any:
        if stage is not READ:
            args = (Recorder(args[0], seen.setdefault(stage, set()), "", each=stage in EACH), *args[1:])
        return stage.function(*args)

    with live_in(tmp_path / "out" / "trans-caspian") as live:
        StudyRun(settings, wanted_study(settings), Told(), perform, live, []).results()
    assert {stage.name: sorted(undeclared(stage, read)) for stage, read in seen.items()} == {
        stage.name: [] for stage in seen
    }
    assert {"study.constraints", "system.via", "study.diverse_from"} <= set().union(*seen.values())


def test_what_repeats_other_stages_names_all_that_they_name() -> None:
    for stage in (DEPTH, COST):
        assert {"landings" if key == "landing_points" else key for key in stage.study} <= set(ROBUSTNESS.study)
        assert set(stage.data) <= set(ROBUSTNESS.data)
    assert {"systems", "direction", "rules.landing_approach", "robustness"} <= set(ROBUSTNESS.study)


class Told:
    """What each stage of a run said."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def __call__(self, stage: Any, seconds: float | None, told: str) -> None:
        if seconds is not None:
            self.of[stage.name] = told

    @property
    def computed(self) -> set[str]:
        return {name for name, told in self.of.items() if told != "reused"} - {"read"}


class NotWrittenError(Exception):
    """The run would be written now."""


def computed_by(settings: RunSettings) -> set[str]:
    """The stages that a run would compute; it writes none."""
    told = Told()

    def unwritten(stage: Any, *args: Any) -> Any:
        if stage is WRITE:
            raise NotWrittenError
        return stage.function(*args)

    try:
        run_study(settings, told, unwritten)
    except NotWrittenError:
        return told.computed | {"write"}
    return told.computed


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_what_is_reused_gives_the_bytes_of_a_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    settings = RunSettings(STUDY, tmp_path / "kept", ("main",), TINY | BARE, RAW)

    def run(**change: Any) -> tuple[Any, Told]:
        told = Told()
        return run_study(dataclasses.replace(settings, **change), told), told

    first, told = run()
    assert told.computed == {"depth", "cost", "waters", *LINES, "write"}
    again, told = run()
    assert told.computed == set()
    assert again.reused
    assert (again.folder, again.figures, again.notes) == (first.folder, first.figures, first.notes)

    costlier = {**TINY, **BARE, "criteria.depth.weight": 1.2, "review.allow_new_crossings": True}
    changed, told = run(overrides=costlier)
    assert told.computed == {"cost", *LINES, "write"}
    assert told.of["cost"] == "criteria.depth.weight changed 1.0 → 1.2"
    whole, _ = run(overrides=costlier, reuse=False, out_dir=tmp_path / "whole")
    numbers = {"manifest.json", "rpl/numbers.json", "rpl/main.csv", "rpl/main.xlsx"}
    mine, others = files(changed.folder), files(whole.folder)
    # the positions bear the numbers of the run before, which the run in the empty folder does not have
    listed = {
        name for name in mine if name.endswith((".gpkg", "rpl_points.geojson", "rpl_lines.geojson", "stac_item.json"))
    }
    for name in mine.keys() - numbers - listed - {"report.html", "changes.md", "changes.png"}:
        assert mine[name] == others[name], name

    slacker = dataclasses.replace(settings, overrides={**costlier, "engineering.slack.slack-deep.slack_percent": 2.5})
    assert computed_by(slacker) == {"engineering", "write"}
    since_waters = {"waters", "courses", "zones", "engineering", "alternatives", "write"}
    assert computed_by(dataclasses.replace(slacker, since="waters")) == since_waters
    whole_study = {key: value for key, value in costlier.items() if key not in BARE}
    assert computed_by(dataclasses.replace(settings, overrides=whole_study)) == {*BARE, "write"}


LINES = {"routes", "zones", "courses", "engineering", "alternatives"}


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_a_change_computes_what_shows_it_and_no_more(tmp_path: Path, warmed: Callable[[Path], Path]) -> None:
    settings = RunSettings(STUDY, warmed(tmp_path), ("main",), TINY | BARE, RAW)
    aktau = load_study(STUDY).landing("aktau")

    def computed(**change: Any) -> set[str]:
        return computed_by(dataclasses.replace(settings, overrides=TINY | BARE | change))

    assert computed() == {"write"}, "the values are there, and no run"
    for shown in (
        {"study.revision": "B"},
        {"study.title": "Another title"},
        {"systems.main.name": "Another name"},
        {"criteria.slope.source": "another norm"},
        {"criteria.slope.status": "DERIVED"},
        {"review.max_shift_km": 17.0},
        {"routing.max_gap": 0.3},
        {"cost.base_cost_usd_per_km": 30_000.0},
    ):
        assert computed(**shown) == {"write"}, shown
    manhole = {"lon_deg": aktau.lon_deg, "lat_deg": aktau.lat_deg, "source": "a survey", "status": "ASSUMED"}
    for listed in (
        {"landings.aktau.source": "another survey"},
        {"systems.main.lay": {"fibre_pairs": 8, "source": "a plan", "status": "ASSUMED"}},
    ):
        assert computed(**listed) == {"engineering", "write"}, listed
    from_manhole = {"courses", "zones", "engineering", "alternatives", "write"}
    assert computed(**{"landings.aktau.beach_manhole": manhole}) == from_manhole, "the route begins at it"
    assert computed(**{"landings.aktau.cable_station": manhole}) == {"courses", "engineering", "write"}
    renamed = manhole | {"source": "another survey"}
    assert computed(**{"landings.aktau.beach_manhole": renamed}) == {"engineering", "write"}
    assert computed(**{"area.max_depth_m": 1030.0}) == {"depth", "write"}, "what it lets pass is the same"
    assert computed(**{"cost_tolerance.excess_limits": [0.02]}) == {"zones", "write"}
    assert computed(**{"alternatives.count": 1}) == {"alternatives", "write"}
    assert computed(**{"engineering.neighbours.approach_km": 1.0}) == {"engineering", "write"}
    assert computed(**{"landings.aktau.name": "Another town"}) == {*LINES, "write"}, "alternatives name the towns"
    assert computed(**{"landings.aktau.lon_deg": aktau.lon_deg + 0.01}) == {"cost", *LINES, "write"}
    assert computed(**{"criteria.depth.weight": 1.2}) == {"cost", *LINES, "write"}
    # no slope here has friction, so the cost stays; on finer data there may be one
    assert computed(**{"criteria.slope.weight": 7.0}) == {"cost", "routes", "write"}


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_prefect_is_asked_only_where_something_is_computed(tmp_path: Path, warmed: Callable[[Path], Path]) -> None:
    out = warmed(tmp_path)

    class Counted:
        asked = 0

        def run(self, settings: RunSettings, watch: Any, dask: str | None) -> Any:
            Counted.asked += 1
            return run_study(settings, watch)

    def run(*more: str) -> str:
        words = ["run", str(STUDY), "--system", "main", "--out", str(out), "--raw", str(RAW), *options(TINY)]
        done = CliRunner().invoke(cli.command, [*words, *more], obj=Counted(), catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    run()
    assert Counted.asked == 1
    again = run()
    assert Counted.asked == 1, "nothing had changed"
    assert again.count("least-cost paths") == 1
    left = out / "trans-caspian" / f"{INCOMPLETE}20260101T000000Z-00000000"
    left.mkdir()
    changed = run("--set", "study.revision=B")
    assert Counted.asked == 2
    assert f"removed {left.name}, left by a run that did not end" in " ".join(changed.split())
    assert changed.count("least-cost paths") == 1, "the stages are told once"
    run("--from", "write")
    assert Counted.asked == 3


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_a_system_more_computes_that_system(tmp_path: Path, warmed: Callable[[Path], Path]) -> None:
    settings = RunSettings(STUDY, warmed(tmp_path), ("main",), TINY | BARE, RAW)
    told, asked = Told(), {}

    def perform(stage: Any, *args: Any) -> Any:
        if stage in EACH:
            asked[stage.name] = [system.id for system in args[0].systems]
        return stage.function(*args)

    def unwritten(stage: Any, *args: Any) -> Any:
        if stage is WRITE:
            raise NotWrittenError
        return perform(stage, *args)

    both = run_study(dataclasses.replace(settings, systems=("main", "main-2023")), told, perform)
    assert asked == {name: ["main-2023"] for name in LINES}, "main-2023 is an alternative of main: they do not meet"
    assert told.computed == {*LINES, "write"}
    assert told.of["routes"].startswith("main-2023: ")
    assert [item.system_id for item in both.figures] == ["main", "main-2023"]
    with pytest.raises(NotWrittenError):
        run_study(dataclasses.replace(settings, systems=("main", "reserve-2023")), told, unwritten)
    assert asked["routes"] == ["reserve-2023"]
    assert asked["engineering"] == ["main", "reserve-2023"], (
        "they are built together, and name each other in their lists"
    )


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_damage_is_found_and_mended(tmp_path: Path, warmed: Callable[[Path], Path]) -> None:
    settings = RunSettings(STUDY, warmed(tmp_path), ("main",), TINY, RAW)
    first = run_study(settings, Told())
    (first.folder / "report.html").write_bytes(b"rot")
    for entry in cache.Store(tmp_path / "trans-caspian").entries():
        if entry.stage == "routes.main":
            data = bytearray(entry.data.read_bytes())
            data[-1] ^= 1
            entry.data.write_bytes(data)
    told = Told()
    second = run_study(settings, told)
    assert (
        told.of["write"]
        == f"run {first.folder.name} is damaged: report.html was changed: 3 bytes, "
        + told.of["write"].rpartition("3 bytes, ")[2]
    )
    assert any("routes of main: the kept value was damaged" in note for note in second.notes)
    assert second.folder != first.folder
    assert [round(item.length_km, 9) for item in second.figures] == [round(item.length_km, 9) for item in first.figures]
