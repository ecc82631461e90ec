"""A run is published unseen only where it was held against the last published one, and lies within the rules."""

from __future__ import annotations

import copy
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from tests.conftest import ROOT, STUDY
from transcaspian import export
from transcaspian.core.frames import frame
from transcaspian.core.layers import CROSSINGS, ROUTE_SECTORS, ROUTES
from transcaspian.core.linear_reference import line_length_km
from transcaspian.products.figures import derived
from transcaspian.runs.archive.archived_runs import ArchivedRun, read_manifest
from transcaspian.runs.archive.register import RegisterEntry
from transcaspian.runs.archive.steps import MANIFEST
from transcaspian.runs.revisions import Review, review
from transcaspian.sources.verify import sha256_of
from transcaspian.study import ReviewRules, load_study
from transcaspian.study.review_limits import REVIEW_DEFAULTS

LAYERS = (ROUTES, CROSSINGS, ROUTE_SECTORS)
PACKAGE = "sea.gpkg"
UNITS = {"cost": "usd", "cost_base": "usd", "max_depth": "m"}
World = dict[str, Any]


def system(number: int, lat_deg: float) -> dict[str, Any]:
    """A route of 101 km due east, with all that a run tells of it."""
    return {
        "name": f"System {number}",
        "from_landing": f"west-{number}",
        "to_landing": f"east-{number}",
        "lonlat": [(50.0, lat_deg), (51.2, lat_deg)],
        "figures": {
            "cost": 2.5e6,
            "cost_base": 7.5e6,
            "max_depth": 700.0,
            "depth_unknown": 1.0,
            "dry": 0.5,
            "shallow": 12.0,
        },
        "crossed": [("cable-a", 20.0), ("cable-b", 60.0)],
        "zones": [("AZ", "territorial"), ("AZ", "seabed"), ("KZ", "seabed"), ("KZ", "territorial")],
    }


WORLD: World = {
    "schema_version": 3,
    "document": {
        "engineering": {"neighbours": {}, "sectors": {}},
        "sources": {"cables": {}, "borders": {}},
        "systems": [{"id": "main"}, {"id": "branch"}],
    },
    "asked": ["main", "branch"],
    "systems": {"main": system(1, 41.0), "branch": system(2, 42.0)},
    "ingest": {"hazards": 40, "cables": 10},
    "quarantined": 0,
    "seabed": {"min_elevation_m": -1025.0, "max_elevation_m": 3754.0, "unknown_share": 0.01},
}


def made(folder: Path, world: World) -> ArchivedRun:
    """A run as the pipeline writes it: its GeoPackage, by the table of layers, and its manifest."""
    folder.mkdir(parents=True)
    rows = {layer.name: [row for name in world["systems"] for row in rows_of(world, name, layer)] for layer in LAYERS}
    layers = {layer.name: frame(layer, rows[layer.name]) for layer in LAYERS}
    export.geopackage.write_geopackage(folder / PACKAGE, layers, last_change="2026-03-01T00:00:00.000Z", table=LAYERS)
    record = export.build_manifest(
        run={"id": folder.name, "created_utc": "2026-03-01T00:00:00.000Z"},
        study={"id": "sea", "document": world["document"]},
        code_sha256="0" * 64,
        sources=[{"role": "seabed", "id": "bed", "version": "1", "sha256": "0" * 64}],
        systems=[{"id": name, "figures": figures_of(item)} for name, item in world["systems"].items()],
        analyses={},
        findings=[],
        ingest={
            role: {"read": kept + world["quarantined"], "kept": kept, "quarantined": world["quarantined"]}
            for role, kept in world["ingest"].items()
        },
        seabed=world["seabed"],
        numbering={},
        settings={"systems": world["asked"]},
        files={PACKAGE: {"sha256": sha256_of(folder / PACKAGE), "bytes": (folder / PACKAGE).stat().st_size}},
    )
    record["schema_version"] = world["schema_version"]
    export.write_manifest(folder / MANIFEST, record)
    return in_folder(folder)


def in_folder(folder: Path) -> ArchivedRun:
    manifest, fault = read_manifest(folder)
    return ArchivedRun(folder, manifest, fault=fault)


def rows_of(world: World, name: str, layer: Any) -> list[dict[str, Any]]:
    item = world["systems"][name]
    if layer is ROUTES:
        own = {key: item[key] for key in ("name", "from_landing", "to_landing")}
        return [own | {"system_id": name, "geometry": LineString(item["lonlat"])}]
    if layer is CROSSINGS:
        return [
            {"system_id": name, "cable_id": asset, "name": asset.upper(), "kp_km": kp_km, "geometry": Point(50, 41)}
            for asset, kp_km in item["crossed"]
        ]
    return [
        {
            "system_id": name, "state": state, "zone": zone, "from_kp_km": 25.0 * place, "to_kp_km": 25.0 * place + 25,
            "geometry": LineString(item["lonlat"]),
        }
        for place, (state, zone) in enumerate(item["zones"])
    ]  # fmt: skip


def figures_of(item: dict[str, Any]) -> dict[str, Any]:
    figures = {"length": line_length_km(item["lonlat"]), **item["figures"]}
    return derived(**{f"{name}_{UNITS.get(name, 'km')}": value for name, value in figures.items()})


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> ArchivedRun:
    """The last published run."""
    return made(tmp_path_factory.mktemp("published") / "20260301T000000Z-before", WORLD)


def after(folder: Path, change: Callable[[World], Any] = lambda world: None) -> ArchivedRun:
    """The run of the next night, of a world in which something changed."""
    world = copy.deepcopy(WORLD)
    change(world)
    return made(folder / "20260302T000000Z-now", world)


def rules(**keys: Any) -> ReviewRules:
    return REVIEW_DEFAULTS.model_copy(update=keys)


@dataclass(frozen=True)
class Case:
    """A change of one thing: who is held by which rule, what is told, and the rule that lets it through."""

    name: str
    change: Callable[[World], Any]
    subject: str
    told: tuple[str, ...]
    allowed_by: dict[str, Any] | None = None


def of_main(key: str, value: Any) -> Callable[[World], None]:
    return lambda world: world["systems"]["main"].__setitem__(key, value)


def figure(key: str, value: float | None) -> Callable[[World], None]:
    return lambda world: world["systems"]["main"]["figures"].__setitem__(key, value)


def at(table: str, key: str, value: Any) -> Callable[[World], None]:
    return lambda world: world[table].__setitem__(key, value)


def without(*way: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        place = world
        for name in way[:-1]:
            place = place[name]
        del place[way[-1]]

    return change


def renamed(world: World) -> None:
    world["systems"] = {"trunk": world["systems"].pop("main"), **world["systems"]}
    world["document"]["systems"][0]["id"] = world["asked"][0] = "trunk"


def elsewhere_under_another_name(world: World) -> None:
    renamed(world)
    world["systems"]["trunk"] |= {"from_landing": "other", "lonlat": [(50.0, 41.02), (51.2, 41.0)]}


def dropped(world: World) -> None:
    del world["systems"]["branch"]
    world["document"]["systems"].pop()
    world["asked"].pop()


def added(world: World) -> None:
    world["systems"]["third"] = system(3, 43.0)
    world["document"]["systems"].append({"id": "third"})
    world["asked"].append("third")


ZIGZAG = [(50.0 + 0.1 * place, 41.0 + 0.05 * (place % 2)) for place in range(13)]
AZ_KZ = "AZ territorial, AZ seabed, KZ seabed, KZ territorial"
CASES = [
    Case("moved", of_main("lonlat", [(50.0, 41.0), (50.6, 41.12), (51.2, 41.0)]), "main",
         ("the route lies up to 13.", "in run 20260301T000000Z-before", "more than review.max_shift_km 10",
          "layer routes at KP 5"), {"max_shift_km": 14.0}),
    Case("turned round", of_main("lonlat", [(51.2, 41.0), (50.0, 41.0)]), "main",
         ("the route lies up to 101.0 km", "review.max_shift_km 10"), {"max_shift_km": 101.0}),
    Case("longer", of_main("lonlat", ZIGZAG), "main",
         ("length 100.961 km → 120.9", ", +19.8%", "more than review.max_length_change_percent 5", "layer routes"),
         {"max_length_change_percent": 25.0}),
    Case("more expensive", figure("cost", 2.7e6), "main",
         ("cost 2,500,000 USD → 2,700,000 USD, +8.0%", "review.max_cost_change_percent 5"),
         {"max_cost_change_percent": 8.1}),
    Case("more expensive by the cost book", figure("cost_base", 8.1e6), "main",
         ("cost by the cost book 7,500,000 USD → 8,100,000 USD, +8.0%", "review.max_cost_change_percent 5"),
         {"max_cost_change_percent": 8.1}),
    Case("deeper", figure("max_depth", 751.0), "main",
         ("deepest point 700.0 m → 751.0 m", "review.max_depth_change_m 50"), {"max_depth_change_m": 51.0}),
    Case("less deep", figure("max_depth", 600.0), "main", ("700.0 m → 600.0 m",), {"max_depth_change_m": 100.0}),
    Case("depth not known any more", figure("max_depth", None), "main",
         ("deepest point 700.0 m → unknown, which cannot be compared", "always held")),
    Case("a hole in the seabed", figure("depth_unknown", 9.0), "main",
         ("route of unknown depth 1.000 km → 9.000 km", "review.max_unknown_change_km 2"),
         {"max_unknown_change_km": 8.0}),
    Case("dry", figure("dry", 4.0), "main",
         ("route that lies dry 0.500 km → 4.000 km", "review.max_dry_change_km 2"), {"max_dry_change_km": 3.5}),
    Case("shallow", figure("shallow", 18.0), "main",
         ("shallow route 12.000 km → 18.000 km", "review.max_shallow_change_km 5"), {"max_shallow_change_km": 6.0}),
    Case("crosses another", of_main("crossed", [("cable-a", 20.0), ("cable-b", 60.0), ("cable-c", 81.5)]), "main",
         ("crossings 2 → 3; new: cable-c (CABLE-C) at KP 81.5", "review.allow_new_crossings false",
          "layer crossings"), {"allow_new_crossings": True}),
    Case("crosses one twice", of_main("crossed", [("cable-a", 20.0), ("cable-a", 25.0), ("cable-b", 60.0)]), "main",
         ("new: cable-a (CABLE-A) at KP 20.0, 25.0",), {"allow_new_crossings": True}),
    Case("crosses one less", of_main("crossed", [("cable-a", 20.0)]), "main",
         ("crossings 2 → 1; gone: cable-b (CABLE-B) at KP 60.0", "review.allow_lost_crossings false"),
         {"allow_lost_crossings": True}),
    Case("other zones", of_main("zones", [("AZ", "territorial"), ("KZ", "seabed"), ("KZ", "territorial")]), "main",
         (f"states and zones {AZ_KZ} → AZ territorial, KZ seabed, KZ territorial", "review.allow_zone_changes false",
          "layer route_sectors"), {"allow_zone_changes": True}),
    Case("zones in another order", of_main("zones", [("KZ", "territorial"), ("KZ", "seabed"), ("AZ", "seabed"),
                                                     ("AZ", "territorial")]), "main",
         ("review.allow_zone_changes false",), {"allow_zone_changes": True}),
    Case("a landing", of_main("to_landing", "harbour"), "main",
         ("landing at the end east-1 → harbour", "always held", "layer routes")),
    Case("a name", of_main("name", "Trunk"), "main", ("name System 1 → Trunk", "always held")),
    Case("a system missing", dropped, "branch", ("is in run 20260301T000000Z-before and is missing", "always held")),
    Case("a system more", added, "third", ("the system is new", "always held")),
    Case("features lost", at("ingest", "hazards", 35), "hazards",
         ("40 features → 35", "review.max_lost_features_percent 10", "sources.hazards"),
         {"max_lost_features_percent": 12.5}),
    Case("a role empty", at("ingest", "hazards", 0), "hazards", ("40 features → none", "always held")),
    Case("a role gone", without("ingest", "hazards"), "hazards", ("40 features → no longer read", "always held")),
    Case("deeper data", at("seabed", "min_elevation_m", -9999.0), "seabed",
         ("lowest elevation -1,025.0 m → -9,999.0 m", "review.max_elevation_change_m 50", "sources.seabed"),
         {"max_elevation_change_m": 9000.0}),
    Case("flatter data", at("seabed", "max_elevation_m", 1000.0), "seabed",
         ("highest elevation 3,754.0 m → 1,000.0 m",), {"max_elevation_change_m": 2754.0}),
    Case("holes in the data", at("seabed", "unknown_share", 0.05), "seabed",
         ("share of unknown depth 0.0100 → 0.0500", "review.max_unknown_share_change 0.02", "rasters/depth.tif"),
         {"max_unknown_share_change": 0.04}),
    Case("crossings not looked for", without("document", "engineering", "neighbours"), "crossings",
         ("they cannot be compared: run 20260301T000000Z-before alone has engineering.neighbours", "always held")),
    Case("zones not looked for", without("document", "sources", "borders"), "states and zones",
         ("they cannot be compared", "sources.borders or sources.sectors", "always held")),
]  # fmt: skip


def test_a_run_like_the_last_one_is_published(before: ArchivedRun, tmp_path: Path) -> None:
    assert review(after(tmp_path), before, REVIEW_DEFAULTS) == Review(())
    assert review(before, before, REVIEW_DEFAULTS) == Review(())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_of_one_thing_is_held_with_its_reason(case: Case, before: ArchivedRun, tmp_path: Path) -> None:
    now = after(tmp_path, case.change)
    held = review(now, before, REVIEW_DEFAULTS).held
    assert [reason.subject for reason in held] == [case.subject]
    for text in case.told:
        assert text in str(held[0])
    if case.allowed_by is not None:
        assert review(now, before, rules(**case.allowed_by)).held == ()
    else:
        assert "always held" in str(held[0])


def test_every_rule_of_the_study_is_tried_here() -> None:
    tried = {key for case in CASES for key in case.allowed_by or {}} | {"max_quarantined_share"}
    assert tried == set(ReviewRules.model_fields) - {"source", "status"}


def test_the_page_and_the_default_study_have_every_rule_with_its_default() -> None:
    defaults = REVIEW_DEFAULTS.model_dump(exclude={"source", "status"})
    page = (ROOT / "docs" / "how-to" / "revisions.md").read_text(encoding="utf-8")
    told = {key: json.loads(value) for key, value in re.findall(r"^\| `(\w+)` \| ([\w.]+) \|", page, re.MULTILINE)}
    assert told == defaults
    assert load_study(STUDY).review.model_dump(exclude={"source", "status"}) == defaults


@pytest.mark.parametrize("state", ["TM", None])
def test_waters_of_another_state_are_held_whatever_the_rules(
    state: str | None, before: ArchivedRun, tmp_path: Path
) -> None:
    zones = [*WORLD["systems"]["main"]["zones"], (state, "seabed" if state else None)]
    now = after(tmp_path, of_main("zones", zones))
    (held,) = review(now, before, rules(allow_zone_changes=True)).held
    assert held.subject == "main"
    assert ("waters of TM" if state else "waters of which the state is not known") in str(held)
    assert "always held" in str(held)
    assert "layer route_sectors at KP 100.0" in str(held)
    assert len(review(now, before, REVIEW_DEFAULTS).held) == 2, "the sequence too"


@pytest.mark.parametrize("change", [renamed, elsewhere_under_another_name])
def test_a_system_under_another_name_is_held_and_the_new_name_is_told(
    change: Callable[[World], None], before: ArchivedRun, tmp_path: Path
) -> None:
    missing, new = review(after(tmp_path, change), before, REVIEW_DEFAULTS).held
    assert (missing.subject, new.subject) == ("main", "trunk")
    assert "`trunk`, which is new, lies as it did: was it renamed?" in str(missing)


def test_a_run_that_was_asked_for_some_systems_lacks_no_other(before: ArchivedRun, tmp_path: Path) -> None:
    def crosses_the_other(world: World) -> None:
        world["systems"]["main"]["crossed"].append(("branch", 70.0))

    def only_main(world: World) -> None:
        del world["systems"]["branch"]
        world["asked"].remove("branch")

    both = after(tmp_path / "both", crosses_the_other)
    assert review(after(tmp_path / "one", only_main), both, REVIEW_DEFAULTS).held == ()
    (held,) = review(before, both, REVIEW_DEFAULTS).held
    assert "gone: branch (BRANCH) at KP 70.0" in str(held)


def test_the_first_run_is_held_against_its_own_rules_alone(tmp_path: Path) -> None:
    assert review(after(tmp_path / "good"), None, REVIEW_DEFAULTS) == Review(())
    bad = after(tmp_path / "bad", lambda world: world.update(quarantined=5))
    (held,) = review(bad, None, REVIEW_DEFAULTS).held
    assert str(held).startswith("cables: 33.3% of its features are in quarantine (more than review.max_quar")
    assert review(bad, None, rules(max_quarantined_share=0.34)).held == ()


def test_what_neither_study_asks_for_is_not_compared(tmp_path: Path) -> None:
    def path_only(world: World) -> None:
        world["document"] = {"systems": world["document"]["systems"]}
        for item in world["systems"].values():
            item["crossed"], item["zones"] = [], []
            item["figures"]["max_depth"] = None

    one, two = (after(tmp_path / name, path_only) for name in ("one", "two"))
    assert review(two, one, REVIEW_DEFAULTS) == Review(())


def test_what_an_earlier_version_did_not_record_is_noted_and_counts_from_then_on(tmp_path: Path) -> None:
    def earlier(world: World) -> None:
        world["schema_version"], world["seabed"] = 1, {}
        for item in world["systems"].values():
            del item["figures"]["dry"], item["figures"]["shallow"]

    old = after(tmp_path / "old", earlier)
    found = review(after(tmp_path / "same"), old, REVIEW_DEFAULTS)
    assert found.held == ()
    assert found.notes == (
        "review: route that lies dry, shallow route, lowest elevation, highest elevation, share of unknown depth not "
        "compared: not recorded by the version that made run 20260302T000000Z-now",
    )
    (held,) = review(after(tmp_path / "moved", figure("max_depth", 900.0)), old, REVIEW_DEFAULTS).held
    assert "deepest point" in str(held), "what it recorded is compared"


def damage(name: str, keep: int) -> Callable[[Path], Any]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:keep])


def in_manifest(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def damaged(folder: Path) -> None:
        record = json.loads((folder / MANIFEST).read_text())
        change(record)
        (folder / MANIFEST).write_text(json.dumps(record))

    return damaged


def sql(statement: str, *, is_told: bool = True) -> Callable[[Path], None]:
    """Changes the GeoPackage; ``is_told``: as if it had been written so."""

    def damaged(folder: Path) -> None:
        with closing(sqlite3.connect(folder / PACKAGE)) as database, database:
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')  # of the spatial index: they need functions of GDAL
            database.execute(statement)
        if is_told:
            in_manifest(lambda record: record["files"][PACKAGE].update(sha256=sha256_of(folder / PACKAGE)))(folder)

    return damaged


def longer(record: dict[str, Any]) -> None:
    record["systems"][0]["figures"]["length"]["value"] += 1.0


UNREADABLE = {
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), f"{MANIFEST} is missing or cannot be read"),
    "a cut manifest": (damage(MANIFEST, 700), f"{MANIFEST} is missing or cannot be read"),
    "another schema": (in_manifest(lambda record: record.update(schema_version=4)), "Input should be 1, 2 or 3"),
    "no schema": (in_manifest(lambda record: record.pop("schema_version")), "schema_version: Field required"),
    "no systems": (in_manifest(lambda record: record.update(systems=[])), "`systems` is []"),
    "no table": (in_manifest(lambda record: record.pop("ingest")), "`ingest` is missing"),
    "no code": (in_manifest(lambda record: record["code"].pop("sha256")), "code.sha256: Field required"),
    "no figure": (in_manifest(lambda record: record["systems"][0]["figures"].pop("dry")), "main.figures.dry"),
    "no fact": (in_manifest(lambda record: record["seabed"].pop("unknown_share")), "lacks seabed.unknown_share"),
    "not a number": (
        in_manifest(lambda record: record["seabed"].update(unknown_share=float("nan"))), "`seabed.unknown_share` is nan"
    ),
    "no file named": (
        in_manifest(lambda record: record["files"].update(other=record["files"].pop(PACKAGE))),
        f"names no file {PACKAGE}",
    ),
    "another length": (in_manifest(longer), "the route of main is 100.961 km long, in manifest.json 101.961 km"),
    "no package": (lambda folder: (folder / PACKAGE).unlink(), f"{PACKAGE} cannot be read: No such file"),
    "a cut package": (damage(PACKAGE, 40_000), f"{PACKAGE} is not as it was written"),
    "an edited package": (sql("UPDATE crossings SET cable_id = 'x'", is_told=False), "is not as it was written"),
    "no layer": (sql("DROP TABLE crossings"), "layer crossings"),
    "no column": (sql("ALTER TABLE crossings DROP COLUMN cable_id"), "layer crossings, lacks the column cable_id"),
    "no route": (sql("UPDATE routes SET system_id = 'other' WHERE system_id = 'main'"), "has 0 routes of main"),
    "no line": (sql("UPDATE routes SET geom = NULL WHERE system_id = 'main'"), "routes of main: expected one line"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Table/view crossings is referenced")
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_last_run_that_cannot_be_read_is_a_reason_to_hold_and_no_crash(
    name: str, before: ArchivedRun, tmp_path: Path
) -> None:
    destroy, told = UNREADABLE[name]
    folder = made(tmp_path / "20260301T000000Z-before", WORLD).folder
    destroy(folder)
    (held,) = review(before, in_folder(folder), REVIEW_DEFAULTS).held
    assert held.subject == "run 20260301T000000Z-before"
    assert "the last published run cannot be compared with: " in str(held)
    assert told in str(held)
    assert "(always held): see `transcaspian runs verify 20260301T000000Z-before`" in str(held)


def test_a_manifest_that_is_not_the_registered_one_is_none_to_compare_with(before: ArchivedRun) -> None:
    entry = RegisterEntry("published", before.name, "sea", "0" * 64, "2026-03-01T00:00:00Z", "run", (), "")
    (held,) = review(before, replace(before, entry=entry), REVIEW_DEFAULTS).held
    assert "the register has another hash for it" in str(held)


def test_the_last_run_is_only_read(before: ArchivedRun) -> None:
    def there() -> set[tuple[str, bytes]]:
        return {(path.name, path.read_bytes()) for path in before.folder.iterdir()}

    was = there()
    review(before, before, REVIEW_DEFAULTS)
    assert there() == was


small = st.floats(0.0, 1000.0)
worlds = st.builds(
    lambda lonlat, figures, crossed, zones: {"main": system(1, 41.0) | {
        "lonlat": lonlat, "figures": dict(zip(WORLD["systems"]["main"]["figures"], figures, strict=True)),
        "crossed": crossed, "zones": zones,
    }},
    st.lists(st.tuples(st.floats(48.0, 52.0), st.floats(38.0, 44.0)), min_size=2, max_size=9, unique=True),
    st.tuples(small, small, st.none() | small, small, small, small),
    st.lists(st.tuples(st.sampled_from("abc"), small), max_size=5),
    st.lists(st.tuples(st.sampled_from(["AZ", "KZ", None]), st.sampled_from(["seabed", None])), max_size=5),
)  # fmt: skip


@settings(max_examples=8)
@given(worlds)
def test_no_run_differs_from_itself(tmp_path_factory: pytest.TempPathFactory, systems: World) -> None:
    run = made(tmp_path_factory.mktemp("any") / "run", WORLD | {"systems": systems})
    strict = {key: 0.0 for key, value in REVIEW_DEFAULTS if isinstance(value, float)}
    assert review(run, run, rules(**strict)) == Review(())
