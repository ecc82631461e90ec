"""What people found in the default study by hand is told by its run, and of a plain sea nothing is."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import rasterio
from shapely import LineString, box
from shapely.geometry import mapping

from tests.conftest import RAW, silent, whole_study
from transcaspian.core.findings import READY
from transcaspian.runs.engine import RunResult, RunSettings, run_study

pytestmark = pytest.mark.usefixtures("without_pictures")
CITED = 'source = "test"\nstatus = "ASSUMED"'
RULES = "".join(
    table for table in re.split(r"(?m)^(?=\[)", whole_study()) if not re.match(r"\[+(survey|installation)\b", table)
)
"""Without the plans of survey and installation, whose bands are of the Caspian."""
WATER = box(0.3, 40.4, 1.3, 41.6)


@pytest.mark.whole_run
@pytest.mark.parametrize(
    ("subject", "kind", "said"),
    [
        ("main", "route is the geodesic", "steepest slope 1.2"),
        ("turkmen", "dry or shallow route", "km lie dry and"),
        ("turkmen", "landing not viable", "Turkmenbashi is not viable"),
        ("reserve-2023", "agreed line changes states", "of AZ, KZ by agreed lines, of AZ, TM, KZ by equidistance"),
        ("turkmen", "states crossed", "AZ"),
        ("main", "depth error decides", "of 50 m"),
        ("main", "register incomplete", "is listed near the route"),
        ("turkmen", "published figure", "300 km, is not consistent with ours"),
        ("main-2023", "common cause", "Siyazan"),
        ("", "cost against published", "50.8 and 40.0 million USD"),
        ("", "criteria that never act", "the rule begins at 3°"),
        ("", "level older than the run", "2025-10"),
        ("", "bias of depths", "ETOPO 2022"),
        ("", "waterline", "shoreline"),
    ],
)
def test_the_default_study_is_told_what_was_seen_in_it(
    default_run: RunResult, subject: str, kind: str, said: str
) -> None:
    (sentence,) = [item.sentence for item in default_run.findings if (item.subject, item.kind) == (subject, kind)][:1]
    assert said in sentence


def landing(name: str, lon: float) -> str:
    return (
        f'[[landings]]\nid = "{name}"\nname = "{name}"\ncountry = "AZ"\nlon_deg = {lon}\nlat_deg = 41.0\n'
        f"max_snap_km = 20.0\n{CITED}\n"
    )


def collection(*features: tuple[dict[str, object], object]) -> str:
    rows = [{"type": "Feature", "properties": own, "geometry": mapping(shape)} for own, shape in features]
    return json.dumps({"type": "FeatureCollection", "features": rows})


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, without_pictures: None) -> RunResult:
    """A short route over an even, deep seabed with its own error, by the rules of the default study."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "shoreline.geojson").write_text(collection(({"epoch": "2025"}, WATER)))
    far = box(0.5, 41.5, 0.52, 41.51)
    named = {"name": "Far", "position_accuracy_m": 10.0}
    (folder / "cables.geojson").write_text(
        collection(
            (
                {**named, "cable_id": "c", "kind": "telecom_cable", "state": "operating"},
                LineString([(0.5, 41.5), (0.6, 41.5)]),
            )
        )
    )
    (folder / "hazards.geojson").write_text(
        collection(({**named, "hazard_id": "h", "kind": "restricted_area", "no_go": False}, far))
    )
    profile = {"height": 60, "width": 90, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    place = rasterio.transform.from_bounds(0, 40, 3, 42, 90, 60)
    with rasterio.open(folder / "sea.tif", "w", driver="GTiff", transform=place, **profile) as target:
        target.write(np.full((60, 90), -150, "float32"), 1)
    text = "\n".join(
        [
            'schema_version = 1\n[study]\nid = "plain"\ntitle = "Plain"\nrevision = "A"',
            "[area]\nwest_deg = 0.0\nsouth_deg = 40.0\neast_deg = 1.6\nnorth_deg = 42.0\ngrid_step_arcsec = 120.0",
            CITED,
            f'[water_level]\nlevel_m_msl = 0.0\nepoch = "2099"\n{CITED}\n[sources]',
            'seabed = { path = "sea.tif", citation = "t", '
            'error = { catzoc = "A1", source = "test", status = "ASSUMED" } }',
            *[f'{role} = {{ path = "{role}.geojson", citation = "t" }}' for role in ("shoreline", "cables", "hazards")],
            landing("a", 0.3),
            landing("b", 1.3),
            '[[systems]]\nid = "a-b"\nname = "A to B"\nfrom_landing = "a"\nto_landing = "b"\n',
            RULES[RULES.index("[prices.mobilisation]") :].replace("[-29.5, -30.0, -31.0]", "[-0.5, -1.0]"),
        ]
    )
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return run_study(RunSettings(folder / "study.toml", folder / "out", raw_dir=RAW), silent)


def test_a_plain_sea_has_no_finding_that_changes_a_plan(plain: RunResult) -> None:
    assert [str(item) for item in plain.findings if item.severity in ("critical", "major")] == []
    assert [item.to_do for item in plain.advice] == [READY]
