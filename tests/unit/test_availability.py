"""Availability and spare of a study's systems: the published events make up the published figures."""

from __future__ import annotations

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from scipy.stats import poisson

from tests.conftest import STUDY
from tests.unit.test_common_events import HAZARD, KNOWN, line_at
from transcaspian.analyses.risk.availability import Availability, CableLaid, SystemsLaid, spare_findings
from transcaspian.core.errors import StudyError
from transcaspian.core.frames import frames
from transcaspian.study import load_study

STUDY_FILE = STUDY.parent / "digital_silk_way.toml"
LATITUDES = {"main": 41.9, "main-2023": 41.88, "reserve-2023": 41.8, "turkmen": 41.0}


@pytest.fixture(scope="module")
def found() -> Availability:
    study = load_study(STUDY_FILE)
    assert study.risk is not None
    systems = {system.id: system for system in study.systems}
    lines = {}
    for name, system in systems.items():
        ends = (study.landing(system.from_landing), study.landing(system.to_landing))
        lines[name] = replace(line_at(LATITUDES[name]), landings=ends)
    lonlat = {name: np.column_stack([line.lon_deg, line.lat_deg]) for name, line in lines.items()}
    laid = SystemsLaid(study, study.risk, HAZARD, KNOWN, systems, lines, lonlat)
    cables = {name: CableLaid(["DA"] * 100 + ["LW"] * 300, 1.0) for name in lines}
    return Availability.of(laid, cables, "ASSUMED")


@pytest.fixture(scope="module")
def layers(found: Availability) -> dict[str, gpd.GeoDataFrame]:
    return frames(found.rows)


def test_the_published_events_make_up_the_published_hours(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """By hand, from the layer of events alone: for the ship of this sea, which comes in every season."""
    rows = layers["availability"][layers["availability"]["ship"] == "repair"]
    assert len(rows) == 4 + 5  # main and main-2023 are never built together
    for row in rows.to_dict("records"):
        events = layers["outages"]
        is_pair = isinstance(row["other_system_id"], str)
        same = events["other_system_id"] == row["other_system_id"] if is_pair else events["other_system_id"].isna()
        events = events[(events["system_id"] == row["system_id"]) & same]
        a = b = c = 0.0
        for event in events.to_dict("records"):
            wait = row["waiting_days"] if event["by_ship"] else 0.0
            first, second = (
                days + wait if days > 0 else 0.0
                for days in (event["work_days"], event["other_work_days"] if is_pair else 0.0)
            )
            daily = event["events_per_year"] / 365.25
            c += daily * min(first, second)
            a += daily * (first - min(first, second))
            b += daily * (second - min(first, second))
        if is_pair:
            out = 1 - math.exp(-c) + math.exp(-c) * (1 - math.exp(-a)) * (1 - math.exp(-b))
            assert row["common_h_per_year"] == pytest.approx(365.25 * 24 * (1 - math.exp(-c)))
            chance = (1 - math.exp(-a - c)) * (1 - math.exp(-b - c))
            assert row["if_independent_h_per_year"] == pytest.approx(365.25 * 24 * chance)
        else:
            out = 1 - math.exp(-a)
        assert row["out_h_per_year"] == pytest.approx(365.25 * 24 * out)
        assert row["availability_percent"] == pytest.approx(100 * (1 - out))


def test_a_ship_from_afar_makes_everything_worse(layers: dict[str, gpd.GeoDataFrame]) -> None:
    rows = layers["availability"].set_index(layers["availability"]["availability_id"].str.rpartition("@")[0])
    near, far = (rows[rows["ship"] == ship]["out_h_per_year"] for ship in ("repair", "by-canal"))
    assert (far > near).all()
    assert far["main"] > 2.5 * near["main"]


def test_only_systems_between_the_same_states_are_told_of_as_reserve(found: Availability) -> None:
    told = [finding for finding in found.findings if finding.kind == "availability"]
    assert [finding.subject for finding in told] == ["main", "main-2023"]
    assert all("reserve-2023" in finding.sentence for finding in told)
    assert all("by what takes both" in finding.sentence and "by-canal" in finding.sentence for finding in told)
    figures = found.figures["services"]["main/reserve-2023@repair"]
    is_worse = figures["out_h_per_year"] > 2 * figures["if_independent_h_per_year"]
    assert told[0].severity == ("minor" if is_worse else "information")
    parts = figures["coincidence_h_per_year"] + sum(figures["common_h_per_year"].values())
    assert parts == pytest.approx(figures["out_h_per_year"])


def test_spare_is_for_the_repairs_of_one_plan_by_type_and_depot(found: Availability) -> None:
    stocks = {(stock.depot_id, stock.cable_type): stock for stock in found.stocks}
    assert {kind for _, kind in stocks} == {"DA", "LW"}
    yearly = sum(
        float(sum(faults.sum() for faults in line.faults.values()))
        for name, line in found.laid.lines.items()
        if name != "main-2023"  # another plan of main
    )
    assert sum(stock.repairs_expected for stock in found.stocks) == pytest.approx(yearly * 365.0 / 365.25)
    for stock in found.stocks:
        assert stock.repairs_covered >= 1
        assert poisson.cdf(stock.repairs_covered, stock.repairs_expected) >= 0.95
        assert stock.spare_km == pytest.approx(stock.repairs_covered * 1.0)
    (told,) = [finding for finding in found.findings if finding.kind == "spare cable"]
    assert f"{sum(stock.spare_km for stock in found.stocks):.1f} km" in told.sentence
    assert told.severity == "minor"
    assert "the bills have 3.0 km for the depots" in told.sentence
    (enough,) = spare_findings(found.laid, found.stocks, dict.fromkeys(found.depot_km, 100.0))
    assert enough.severity == "information"
    assert "km more than repairs ask for" in enough.sentence


def test_a_depot_lies_at_a_landing() -> None:
    with pytest.raises(StudyError, match=r"depot `west` .* lies at `atlantis`, which is no landing: expected one of"):
        load_study(
            STUDY_FILE,
            {"risk.availability.spares.depots": [{"id": "west", "landing": "atlantis"}]},
        )
