"""What a person knows goes in: a list of their own, places to pass, edits made in QGIS; on a small sea."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner, Result

import transcaspian as tc
from tests.conftest import RAW, STUDY
from tests.integration.test_clients import debian_python_with
from transcaspian import cli
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import line_length_km
from transcaspian.rpl.model import Position, Rpl, Span
from transcaspian.rpl.writer import write_rpl_csv
from transcaspian.study import load_study

HERE = Path(__file__).parent
SYSTEM = "main-2023"
NAME = "trans-caspian"
SMALL = f"""extends = "{STUDY}"
[area]
west_deg = 48.5
south_deg = 39.5
east_deg = 53.5
north_deg = 44.0
grid_step_arcsec = 300.0
[rules.landing_approach]
max_km = 40.0
[alternatives]
count = 1
"""
pytestmark = pytest.mark.usefixtures("without_pictures")


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory, without_pictures: None) -> Path:
    """A folder with a small study and a published run of one of its systems in ``out``."""
    folder = tmp_path_factory.mktemp("sea")
    (folder / "small.toml").write_text(SMALL, encoding="utf-8")
    run = tc.run_study(folder / "small.toml", folder / "out", systems=[SYSTEM], raw_dir=RAW, publish=True)
    assert run.state == "published"
    return folder


@pytest.fixture(scope="module")
def published(sea: Path) -> Path:
    return (sea / "out" / NAME / "latest").resolve()


def study_with(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(f'extends = "small.toml"\n[[systems]]\nid = "{SYSTEM}"\n{text}\n', encoding="utf-8")
    return path


def run_own(sea: Path, text: str) -> tc.RunResult:
    return tc.run_study(study_with(sea, text), sea / "out", systems=[SYSTEM], raw_dir=RAW, publish=False)


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.command, [str(word) for word in words], standalone_mode=True, catch_exceptions=False)


def refused(sea: Path, text: str) -> str:
    """What `check` says of a study: one sentence."""
    with pytest.raises(tc.TranscaspianError) as caught:
        tc.check_study(study_with(sea, text, "wrong.toml"), raw_dir=RAW)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- a list of one's own


def test_a_list_of_ours_comes_out_as_it_went_in(sea: Path, published: Path) -> None:
    given = published / "rpl" / f"{SYSTEM}.csv"
    run = run_own(sea, f'rpl = "{given}"')
    before, now = tc.read_rpl(given), tc.read_rpl(run.folder / "rpl" / f"{SYSTEM}.csv")
    assert tc.compare_rpl(before, now).is_same
    assert [replace(at, lon_deg=0.0, lat_deg=0.0) for at in now.positions] == [
        replace(at, lon_deg=0.0, lat_deg=0.0) for at in before.positions
    ]
    assert now.spans == before.spans
    assert np.abs(now.lonlat - before.lonlat).max() < 2e-6  # printed in degrees and in minutes: one of them is read
    assert not any("differs from the rules" in note for note in run.notes)
    record = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    (source,) = [item for item in record["sources"] if item["role"] == f"line of {SYSTEM}"]
    assert source["file"] == given.name


def bare(sea: Path, rpl: Rpl, **changes: object) -> Path:
    """A list of the alter courses of another, with nothing but where they are."""
    kept = [at for at in rpl.positions if {"BMH", "LP", "AC"} & set(at.event.split(" / "))]
    positions = tuple(Position(str(i), "", at.lon_deg, at.lat_deg, None) for i, at in enumerate(kept, 1))
    spans = tuple(Span(str(i), str(i + 1), None, None, **changes) for i in range(1, len(kept)))  # type: ignore[arg-type]
    path = sea / "bare.csv"
    write_rpl_csv(path, Rpl(SYSTEM, "", "", positions, spans), created_utc="2026-01-01T00:00:00.000Z")
    return path


def test_what_a_list_leaves_empty_is_engineered_and_what_it_states_stands(sea: Path, published: Path) -> None:
    ours = tc.read_rpl(published / "rpl" / f"{SYSTEM}.csv")
    run = run_own(sea, f'rpl = "{bare(sea, ours, cable_type="LW")}"')
    found = tc.read_rpl(run.folder / "rpl" / f"{SYSTEM}.csv")
    assert {span.cable_type for span in found.spans} - {"LAND"} == {"LW"}
    assert {span.slack_percent for span in found.spans} == {span.slack_percent for span in ours.spans}
    engineered, names = (
        {name.split(" ")[0] for at in rpl.positions for name in at.event.split(" / ")} for rpl in (ours, found)
    )
    assert {"PLDN", "AC", "LP"} < engineered
    assert names == engineered - {"Tr", "JT"}  # where the cable changes, and the joint there
    assert tc.check_rpl(found) == ()
    assert any("asks for cable DA" in note for note in run.notes)
    rules = pyogrio.read_dataframe(run.folder / f"{NAME}.gpkg", layer="route_findings")["rule"]
    assert set(rules) >= {"engineering.cable_types.da-shore"}


def test_turns_and_legs_against_the_rules_are_told_and_not_mended(sea: Path) -> None:
    course = [[49.18, 41.08], [49.30, 41.16], [49.305, 41.163], [49.32, 41.05], [50.55, 43.1], [51.13, 43.64]]
    run = run_own(sea, f"course = {course}")
    found = pyogrio.read_dataframe(run.folder / f"{NAME}.gpkg", layer="route_findings")
    rules = set(found["rule"])
    key = "engineering.alter_course"
    assert {f"{key}.min_leg_km", f"{key}.max_alter_course_deg", f"{key}.turning_radius_m"} <= rules
    line = shapely.get_coordinates(pyogrio.read_dataframe(run.folder / f"{NAME}.gpkg", layer="routes").geometry.iloc[0])
    assert all((abs(line - vertex).sum(axis=1) < 1e-12).any() for vertex in course)


def test_locked_legs_keep_what_the_list_states_and_the_rest_is_engineered(sea: Path) -> None:
    course = [(49.18, 41.08), (49.6, 41.5), (50.0, 41.9), (50.1, 42.05), (50.5, 42.6), (51.13, 43.64)]
    positions = [Position(f"P{i}", "", lon, lat, None) for i, (lon, lat) in enumerate(course)]
    positions[3] = replace(positions[3], event="RPTR", depth_m=123.0)
    span = Span("", "", None, None, 7.0, cable_type="LW", protection_method="plough", target_burial_m=1.25)
    spans = tuple(replace(span, from_pos=f"P{i}", to_pos=f"P{i + 1}") for i in range(len(course) - 1))
    rpl = Rpl(SYSTEM, "", "", tuple(positions), spans)
    write_rpl_csv(sea / "locked.csv", rpl, created_utc="2026-01-01T00:00:00.000Z")
    run = run_own(sea, 'rpl = "locked.csv"\nlocked = [["P2", "P3"], ["P3", "P4"]]')

    found = tc.read_rpl(run.folder / "rpl" / f"{SYSTEM}.csv")
    numbers = [at.pos_no for at in found.positions]
    first, last = numbers.index("P2"), numbers.index("P4")
    assert found.lonlat[[first, last]] == pytest.approx(np.array([course[2], course[4]]), abs=2e-6)
    within, beside = found.spans[first:last], (*found.spans[:first], *found.spans[last:])
    assert {(one.cable_type, one.slack_percent, one.target_burial_m) for one in within} == {("LW", 7.0, 1.25)}
    assert not {"LW"} & {one.cable_type for one in beside}
    assert 7.0 not in {one.slack_percent for one in beside}
    assert {"P0", "P1", "P5"}.isdisjoint(numbers[first : last + 1])
    at = found.positions[numbers.index("P3")]
    assert "RPTR" in at.event.split(" / ")
    assert at.depth_m == 123.0
    assert found.positions[0].route_km is not None
    assert tc.check_rpl(found) == ()

    rows = pyogrio.read_dataframe(run.folder / f"{NAME}.gpkg", layer="route_findings")
    assert set(rows["FromPos"]) | set(rows["ToPos"]) <= {"P2", "P3", "P4"}
    assert any(rule.startswith("engineering.slack.") for rule in rows["rule"])
    (note,) = [note for note in run.notes if "differs from the rules" in note]
    assert all(rule in note for rule in rows["rule"])
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "Where the line as given and the rules differ" in page
    assert all(rule in page for rule in rows["rule"])


def test_an_alternative_of_an_earlier_run_is_the_line(sea: Path, published: Path) -> None:
    wanted = pyogrio.read_dataframe(published / f"{NAME}.gpkg", layer="alternatives").iloc[0]
    run = run_own(sea, f'adopt = {{ run = "{published.name}", id = "{wanted.alternative_id}" }}')
    routes = pyogrio.read_dataframe(run.folder / f"{NAME}.gpkg", layer="routes").set_index("system_id").loc[SYSTEM]
    beaches_km = routes["from_shore_km"] + routes["to_shore_km"]
    assert routes["length_km"] - beaches_km == pytest.approx(wanted.length_km, abs=1e-4)


def test_a_route_of_an_earlier_run_comes_back_with_its_manholes(sea: Path, published: Path) -> None:
    was = pyogrio.read_dataframe(published / f"{NAME}.gpkg", layer="routes").set_index("system_id").loc[SYSTEM]
    run = run_own(sea, f'adopt = {{ run = "{published.name}", id = "{SYSTEM}", layer = "routes" }}')
    now = pyogrio.read_dataframe(run.folder / f"{NAME}.gpkg", layer="routes").set_index("system_id").loc[SYSTEM]
    assert now["length_km"] == pytest.approx(was["length_km"], abs=1e-4)
    rpl = tc.read_rpl(run.folder / "rpl" / f"{SYSTEM}.csv")
    assert next((at.event, at.route_km) for at in rpl.positions if "BMH" in at.event) == ("BMH", 0.0)


# -- places to pass


def test_a_route_passes_its_via_point_to_the_metre(sea: Path) -> None:
    path = tc.route_system(
        study_with(sea, "via = [{ lon_deg = 50.5, lat_deg = 42.0, radius_km = 0.0 }]"), SYSTEM, raw_dir=RAW
    )
    lon, lat = path.lonlat.T
    assert min(GEOD.inv(lon, lat, [50.5] * len(lon), [42.0] * len(lon))[2]) < 0.01


def test_a_fixed_crossing_is_at_its_place_and_angle_and_turns_the_line_least(sea: Path) -> None:
    rows = pyogrio.read_dataframe(next(RAW.rglob("*cables*.geojson")))
    asset = next(
        row for row in rows.itertuples() if 42.0 < row.geometry.centroid.y < 43.5 or row.kind == "telecom_cable"
    )
    ends = shapely.get_coordinates(asset.geometry)
    longest = int(np.argmax(np.hypot(*np.diff(ends, axis=0).T)))
    there = ends[longest : longest + 2].mean(axis=0)
    text = f'via = [{{ crosses = "{asset.cable_id}", lon_deg = {there[0]}, lat_deg = {there[1]}, angle_deg = 60.0 }}]'
    path = tc.route_system(study_with(sea, text), SYSTEM, raw_dir=RAW)
    (held,) = path.held  # type: ignore[attr-defined]
    assert line_length_km(held.lonlat) == pytest.approx(2.0, abs=1e-6)

    def heading_deg(start: Sequence[float], end: Sequence[float]) -> float:
        return float(GEOD.inv(start[0], start[1], end[0], end[1])[0])

    def turn_deg(one_deg: float, other_deg: float) -> float:
        return abs((one_deg - other_deg + 180.0) % 360.0 - 180.0)

    begin, end = held.lonlat
    by_the_place_km = line_length_km([begin, there, end])
    assert by_the_place_km == pytest.approx(2.0, abs=1e-6), "the place lies on the leg"
    goes_deg, along_deg = heading_deg(there, end), heading_deg(there, there + 1e-3 * (ends[longest + 1] - there))
    assert min(turn_deg(goes_deg, along_deg), turn_deg(goes_deg, along_deg + 180.0)) == pytest.approx(60.0, abs=0.1)
    ways_deg = heading_deg(path.lonlat[0], there), heading_deg(there, path.lonlat[-1])
    turns = {
        round(way): sum(turn_deg(way, one) for one in ways_deg) for way in along_deg + np.array([60, 120, -60, -120])
    }
    assert min(turns, key=lambda way: turns[way]) % 360 == pytest.approx(goes_deg % 360, abs=1.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("via = [[52.5, 43.8]]", "via 1 at 52.50000 E, 43.80000 N and all within 0.5 km of it is on land"),
        ("via = [[60.0, 42.0]]", "is outside the study's area"),
        ("via = [[50.5, 42.0], [50.5, 42.0]]", "via 2 is the same place as via 1"),
        ("via = [[50.5, 420.0]]", "lat_deg` is 420.0"),
        (
            'via = [{ crosses = "nothing", lon_deg = 50.0, lat_deg = 42.0 }]',
            "`nothing`, which is no feature of sources.cables",
        ),
        ("keep_in = [[[50.0, 42.0], [51.0, 42.0], [51.0, 43.0]]]", "lies outside keep_in"),
        ("keep_out = [[[50.0, 42.0], [51.0, 43.0], [51.0, 42.0], [50.0, 43.0]]]", "keep_out: ring 1 is no polygon"),
        ("from_approach = { heading_deg = 250.0, length_km = 6.0 }", "250° from Siyazan leave the water"),
        ('rpl = "none.csv"', "which is not a file: paths count from the study file"),
        ('rpl = "a.csv"\ncourse = [[50.0, 42.0], [51.0, 43.0]]', "rpl and course both give the whole line"),
        ('locked = [["1", "2"]]', "give the list as `rpl`"),
        ("course = [[51.13, 43.64], [49.18, 41.08]]", "the list runs the other way"),
        ('adopt = { run = "latest", id = "main/1" }', "`latest`, which is another run after the next publication"),
        ('adopt = { run = "19990101", id = "main/1" }', "is not a folder with runs"),
    ],
)
def test_what_cannot_be_is_refused_by_check(sea: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str) -> None:
    monkeypatch.chdir(sea)
    assert says in refused(sea, text)


@pytest.mark.parametrize(
    ("locked", "says"),
    [
        ('[["6", "5"]]', "`6` does not come before `5` in the list"),
        ('[["5", "999"]]', "names the position `999`"),
        ('[["1", "5"]]', "`1`, which lies on the land tail of its list"),
        ('[["5", "7"], ["6", "8"]]', "overlap: lock them as one"),
    ],
)
def test_locked_legs_that_cannot_be_are_refused(sea: Path, published: Path, locked: str, says: str) -> None:
    assert says in refused(sea, f'rpl = "{published}/rpl/{SYSTEM}.csv"\nlocked = {locked}')


def test_via_points_and_locked_legs_have_one_order(sea: Path, published: Path) -> None:
    given = f'rpl = "{published}/rpl/{SYSTEM}.csv"\nlocked = [["9", "10"]]\n'
    assert "via 2 comes before via 1 along the list" in refused(sea, given + "via = [[50.4, 43.0], [49.6, 41.7]]")


def test_a_locked_leg_through_a_barrier_is_refused(sea: Path) -> None:
    ends = [(49.18, 41.08), (50.0, 40.42), (50.4, 40.45), (51.13, 43.64)]  # across Absheron
    positions = tuple(Position(str(i), "", lon, lat, None) for i, (lon, lat) in enumerate(ends, 1))
    spans = tuple(Span(str(i), str(i + 1), None, None) for i in range(1, len(ends)))
    write_rpl_csv(sea / "land.csv", Rpl(SYSTEM, "", "", positions, spans), created_utc="2026-01-01T00:00:00.000Z")
    said = refused(sea, 'rpl = "land.csv"\nlocked = [["1", "2"]]')
    assert "the locked legs 1 to 2 leave the water or enter a closed area" in said


# -- what-if in the terminal


def test_try_shows_figures_beside_the_published_run_and_writes_nothing(sea: Path, published: Path) -> None:
    before = sorted(path for path in (sea / "out").rglob("*") if path.is_file())
    words = ("try", sea / "small.toml", "--out", sea / "out", "--raw", RAW, "--system", SYSTEM)
    same = call(*words)
    assert same.exit_code == 0, same.output
    assert published.name in same.output
    assert [line.split()[-2] for line in same.output.splitlines() if "length" in line] == ["+0.00"]
    other = call(*words, "--set", f"systems.{SYSTEM}.via=[[50.5, 42.0]]")
    (length,) = [line for line in other.output.splitlines() if "length" in line]
    assert float(length.split()[-2]) > 0.5
    assert sorted(path for path in (sea / "out").rglob("*") if path.is_file()) == before
    wrong = CliRunner().invoke(cli.command, [*map(str, words), "--set", f"systems.{SYSTEM}.via=[[52.5, 43.8]]"])
    assert isinstance(wrong.exception, tc.TranscaspianError)


# -- the round trip through QGIS


@pytest.fixture(scope="module")
def qgis(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, object]]:
    python = debian_python_with("qgis.core", "python3-qgis")
    home = tmp_path_factory.mktemp("qgis-home")

    def edit(package: Path, *edits: list[object]) -> dict[str, object]:
        done = subprocess.run(
            [python, HERE / "qgis_edit.py", package, NAME, json.dumps(edits)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return found

    return edit


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """A copy of the published GeoPackage, to edit."""
    return Path(shutil.copy(published / f"{NAME}.gpkg", tmp_path / f"{NAME}.gpkg"))


def adopt(sea: Path, package: Path, *more: str) -> Result:
    return call("adopt", package, sea / "small.toml", "--out", sea / "out", "--raw", RAW, *more)


def test_the_project_has_a_group_to_edit_with_forms_and_snapping(
    copy: Path, qgis: Callable[..., dict[str, object]]
) -> None:
    found = qgis(copy)
    assert found["snapping"]
    assert found["snapped"] == ["cables", "edit_vertices", "edit_via", "routes"]
    assert found["read_only"]
    assert found["editable"] == dict.fromkeys(("edit_vertices", "edit_via", "edit_keep_out", "edit_remarks"), True)
    assert found["widgets"]["edit_via"]["system_id"] == "ValueMap"  # type: ignore[index]
    assert SYSTEM in found["systems"]  # type: ignore[operator]


def test_an_edit_that_was_not_meant_changes_nothing(
    sea: Path, copy: Path, qgis: Callable[..., dict[str, object]]
) -> None:
    qgis(copy, ["edit_vertices", "move", f"{SYSTEM}/2", 2e-8, 0.0])  # 2 mm
    done = adopt(sea, copy)
    assert done.exit_code == 0, done.output
    assert "nothing changed" in done.output
    assert not copy.with_suffix(".toml").exists()


def test_a_moved_vertex_becomes_an_overlay_a_report_and_a_what_if(
    sea: Path, published: Path, copy: Path, qgis: Callable[..., dict[str, object]]
) -> None:
    qgis(
        copy,
        ["edit_vertices", "move", f"{SYSTEM}/2", 0.02, 0.01],
        ["edit_remarks", "add", [[50.0, 42.0]], {"remarks": "survey here", "who": "GB"}],
    )
    done = adopt(sea, copy, "--who", "GB", "--why", "a wreck")
    assert done.exit_code == 0, done.output
    for said in (
        "moved by",
        "length",
        "max depth",
        "old KP",
        "against the rules" if "against" in done.output else "no rule",
    ):
        assert said in done.output
    overlay = load_study(copy.with_suffix(".toml"))
    (adopted,) = overlay.adopted
    assert (adopted.who, adopted.why, adopted.run) == ("GB", "a wreck", published.name)
    assert [remark.text for remark in overlay.remarks] == ["survey here"]
    rows = pyogrio.read_dataframe(published / f"{NAME}.gpkg", layer="edit_vertices")
    old = shapely.get_coordinates(rows.geometry)
    course = next(system for system in overlay.systems if system.id == SYSTEM).course
    assert [tuple(place) for place in old.tolist()].count(course[1]) == 0
    assert [*course[:1], *course[2:]] == [tuple(place) for i, place in enumerate(old.tolist()) if i != 1]
    assert (sea / "out" / NAME / "latest").resolve() == published, "a what-if is not published"
    name = done.output.split("runs publish ")[1].split("`")[0]
    before, now = (tc.read_rpl(folder / "rpl" / f"{SYSTEM}.csv") for folder in (published, published.parent / name))
    numbers = {(at.lon_deg, at.lat_deg): at.pos_no for at in before.positions}
    kept = [at for at in now.positions if (at.lon_deg, at.lat_deg) in numbers]
    assert len(kept) >= 2
    assert all(numbers[at.lon_deg, at.lat_deg] == at.pos_no for at in kept)
    again = CliRunner().invoke(
        cli.command, ["adopt", str(copy), str(sea / "small.toml"), "--out", str(sea / "out"), "--raw", str(RAW)]
    )
    assert "is there already" in str(again.exception)


def test_via_points_areas_and_vertices_that_are_added_are_read(
    sea: Path, copy: Path, qgis: Callable[..., dict[str, object]]
) -> None:
    ring = [[50.0, 42.2], [50.1, 42.2], [50.1, 42.3], [50.0, 42.3], [50.0, 42.2]]
    qgis(copy, ["edit_via", "add", [[50.4, 42.0]], {"radius_km": 2.0}], ["edit_keep_out", "add", ring, {}])
    done = adopt(sea, copy, "--no-run")
    assert done.exit_code == 0, done.output
    system = next(one for one in load_study(copy.with_suffix(".toml")).systems if one.id == SYSTEM)
    assert [(via.lon_deg, via.lat_deg, via.radius_km) for via in system.via] == [(50.4, 42.0, 2.0)]  # type: ignore[union-attr]
    assert len(system.keep_out) == 1


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ([["edit_vertices", "delete", f"{SYSTEM}/1"]], "is an end of the route and was deleted"),
        ([["edit_via", "add", [[50.4, 42.0]], {"system_id": "nautilus"}]], "`nautilus` is not one of the run"),
        ([["edit_via", "add", [[52.5, 43.8]], {}]], "via 1 at 52.50000 E, 43.80000 N"),
        (
            [["edit_via", "add", [[50.4, 42.0]], {}], ["edit_vertices", "move", f"{SYSTEM}/2", 0.02, 0.0]],
            "vertices and via points were both edited",
        ),
    ],
)
def test_edits_that_cannot_be_are_refused_and_leave_nothing(
    sea: Path, copy: Path, qgis: Callable[..., dict[str, object]], edits: list[list[object]], says: str
) -> None:
    qgis(copy, *edits)
    with pytest.raises(tc.TranscaspianError, match=says):
        adopt(sea, copy, "--no-run")
    assert not [path.name for path in copy.parent.iterdir() if "toml" in path.name]


def test_an_edited_file_of_another_run_is_refused(sea: Path, copy: Path, tmp_path: Path) -> None:
    with pytest.raises(tc.TranscaspianError, match="which is not among those in"):
        call("adopt", copy, sea / "small.toml", "--out", tmp_path, "--raw", RAW)
    (tmp_path / "text.gpkg").write_text("no database")
    for path, says in (
        (tmp_path / "text.gpkg", "cannot be read as a GeoPackage"),
        (tmp_path / "none.gpkg", "not a file"),
    ):
        with pytest.raises(tc.TranscaspianError, match=says):
            adopt(sea, path)
