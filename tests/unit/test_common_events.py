"""What takes two cables at once: against simulated anchors and earthquakes, and against the rates of each line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from shapely import Point

from tests.conftest import STUDY
from tests.unit.test_outages import arrival, shares_out
from transcaspian.analyses.risk.common_events import (
    ExposedLine,
    Lines,
    anchor_outages,
    ashore_outages,
    crosses_too,
    eruptions,
    event_outages,
    outages_of,
    quake_events,
)
from transcaspian.analyses.risk.config import AvailabilityRules
from transcaspian.analyses.risk.outages import YEAR_DAYS, Outage, Ship, out_of_service, per_year
from transcaspian.analyses.risk.rates import Places, model_hazard, rates_at
from transcaspian.analyses.risk.seismicity import Catalogue, Recurrence
from transcaspian.core.grid import GEOD
from transcaspian.study import Landing, load_study
from transcaspian.study import Place as GivenPlace

RISK = load_study(STUDY.parent / "digital_silk_way.toml").risk
assert RISK is not None
RULES = RISK.availability
assert RULES is not None
QUAKES = RISK.earthquakes
assert QUAKES is not None
BOUNDS = (50.0, 40.5, 53.0, 43.0)
RANDOM = np.random.default_rng(7)
KNOWN = Recurrence(
    Catalogue(
        np.full(30, "2000-01-01", "datetime64[s]"),
        RANDOM.uniform(50.5, 52.5, 30),
        RANDOM.uniform(41.0, 42.5, 30),
        RANDOM.uniform(5.3, 7.4, 30),
    ),
    *(30, 30, 30),
    b=0.8,
    b_error=0.15,
    years=40.0,
    completeness_mw=5.3,
)
HAZARD = model_hazard(BOUNDS, RISK, KNOWN, [Point(51.2, 41.72), Point(51.9, 42.4)])


def line_at(lat_deg: float, landings: tuple[Landing, ...] = (), steps: int = 400) -> ExposedLine:
    """A bare cable along a parallel, with the rates of the study at 60 m of water."""
    lon = np.linspace(50.6, 52.4, steps + 1)
    middle, lat = (lon[1:] + lon[:-1]) / 2, np.full(steps, lat_deg)
    length_km = GEOD.inv(lon[:-1], np.full(steps, lat_deg), lon[1:], np.full(steps, lat_deg))[2] / 1000.0
    rates = rates_at(HAZARD, Places(middle, lat, np.full(steps, 60.0), np.full(steps, 0.5)))
    faults = dict(zip(rates.causes, rates.at_most * length_km, strict=True))
    return ExposedLine(middle, lat, faults, np.ones(steps), np.full(steps, 6.0), np.ones(steps), landings)


def test_drags_cross_a_second_cable_as_often_as_drawn_at_random() -> None:
    random = np.random.default_rng(25)
    drag_km, apart_km = 10.0, np.array([0.5, 3.0, 8.0])
    begin, course = random.uniform(-drag_km, drag_km, 2_000_000), random.uniform(0.0, 2 * np.pi, 2_000_000)
    end = begin + drag_km * np.sin(course)
    first = (begin < 0) != (end < 0)
    for distance in apart_km:
        both = first & ((begin < distance) != (end < distance))
        assert crosses_too(distance, drag_km) == pytest.approx(both.sum() / first.sum(), rel=0.02, abs=1e-3)


def test_anchors_take_both_where_both_lie_within_a_drag() -> None:
    lines = (line_at(41.7), line_at(41.75))
    apart_km = GEOD.inv(51.5, 41.7, 51.5, 41.75)[2] / 1000.0
    *alone, both = anchor_outages(lines, 10.0)
    every = float(lines[0].of("anchoring").sum())
    assert both.per_year == pytest.approx(every * crosses_too(apart_km, 10.0), rel=1e-3)
    assert alone[0].per_year + both.per_year == pytest.approx(every)
    assert both.days == (6.0, 12.0)
    # what breaks one anchor in four on the other cable breaks both a quarter as often
    armoured = replace(lines[1], anchor_passes=np.full(400, 0.25), faults={"anchoring": lines[1].of("anchoring") / 4})
    *_, fewer = anchor_outages((lines[0], armoured), 10.0)
    assert fewer.per_year == pytest.approx(both.per_year / 4)
    far = [outage for outage in anchor_outages((lines[0], line_at(42.3)), 10.0) if outage.is_common]
    assert sum(outage.per_year for outage in far) == 0


@pytest.mark.parametrize("apart_deg", [0.01, 0.1, 0.6])
def test_events_break_each_line_as_often_as_its_rates_say(apart_deg: float) -> None:
    lines = (line_at(41.7), line_at(41.7 + apart_deg))
    events = quake_events(lines, HAZARD, QUAKES, KNOWN)
    for line, breaks in zip(lines, events.breaks, strict=True):
        assert (events.per_year * breaks).sum() == pytest.approx(line.of("earthquake").sum(), rel=0.03)
    volcanic = eruptions(lines, HAZARD.mud_volcanoes or (), 0.02)
    for line, breaks in zip(lines, volcanic.breaks, strict=True):
        assert (volcanic.per_year * breaks).sum() == pytest.approx(line.of("mud_volcano").sum())


def drawn_quakes(lines: Lines, years: float, random: np.random.Generator) -> np.ndarray:
    """How often earthquakes of a simulation break each line on the mean, shape ``(2, earthquakes)``."""
    shocks = random.integers(0, len(KNOWN.mainshocks), random.poisson(years * KNOWN.per_year))
    # Frankel's kernel: each coordinate is normal with c / sqrt(2)
    away_m = 1000.0 * QUAKES.kernel_km * np.sqrt(random.exponential(1.0, shocks.size))
    lon, lat, _ = GEOD.fwd(
        KNOWN.mainshocks.lon_deg[shocks], KNOWN.mainshocks.lat_deg[shocks], random.uniform(0, 360, shocks.size), away_m
    )
    top = 10.0 ** (-KNOWN.b * (max(7.9, float(KNOWN.mainshocks.magnitude_mw.max())) - 5.3))
    magnitude = 5.3 - np.log10(1.0 - random.uniform(size=shocks.size) * (1.0 - top)) / KNOWN.b
    breaks = np.zeros((2, shocks.size))
    for which, line in enumerate(lines):
        step_km = GEOD.inv(*[line.lon_deg[0], line.lat_deg[0], line.lon_deg[1], line.lat_deg[1]])[2] / 1000.0
        for band in QUAKES.breaks:
            of_band = np.flatnonzero((magnitude >= band.from_mw) & (magnitude < band.to_mw))
            # lines along a parallel, within some 40 km of which it is straight
            north_km = 111.08 * (lat[of_band] - line.lat_deg[0])
            half_km = np.sqrt(np.maximum(band.reach_km**2 - north_km**2, 0.0))
            east_km = 83.2 * np.cos(np.radians(line.lat_deg[0])) / np.cos(np.radians(41.7)) * (lon[of_band] - 50.6)
            whole_km = step_km * len(line.lon_deg)
            chord_km = np.clip(np.minimum(east_km + half_km, whole_km) - np.maximum(east_km - half_km, 0.0), 0.0, None)
            breaks[which, of_band] = 2.0 * band.probability / (np.pi * band.reach_km) * chord_km
    return breaks


def test_earthquakes_take_both_as_often_as_drawn_at_random() -> None:
    lines, years = (line_at(41.7), line_at(41.8)), 1_000_000.0
    found = list(event_outages("earthquake", quake_events(lines, HAZARD, QUAKES, KNOWN)))
    broken = -np.expm1(-drawn_quakes(lines, years, np.random.default_rng(25)))
    assert per_year(found, 0) == pytest.approx(broken[0].sum() / years, rel=0.02)
    assert found[-1].per_year == pytest.approx(broken.prod(axis=0).sum() / years, rel=0.02)


def landing(name: str, country: str, **places: tuple[float, float]) -> Landing:
    given = {
        key: GivenPlace(lon_deg=lon, lat_deg=lat, source="test", status="ASSUMED") for key, (lon, lat) in places.items()
    }
    where = {"lon_deg": 50.0, "lat_deg": 41.0, "max_snap_km": 5.0, "source": "test", "status": "ASSUMED"}
    return Landing(id=name, name=name, country=country, **where, **given)


def ashore(one: tuple[Landing, ...], other: tuple[Landing, ...]) -> dict[str, tuple[float, float, float]]:
    """Events a year of the first line alone, of the second alone, and of both, by cause."""
    found: dict[str, list[float]] = {}
    for outage in ashore_outages((line_at(41.7, one), line_at(41.9, other)), RULES):
        which = 2 if outage.is_common else int(outage.days[0] == 0)
        found.setdefault(outage.cause, [0.0, 0.0, 0.0])[which] += outage.per_year
    return {cause: tuple(yearly) for cause, yearly in found.items()}  # type: ignore[misc]


def test_what_is_ashore_takes_both_where_it_is_shared() -> None:
    a, b, c = landing("a", "AZ"), landing("b", "KZ"), landing("c", "TM")
    rate = {"manhole": RULES.manhole, "station": RULES.station, "state": RULES.state}
    yearly = {cause: risk.events_per_year for cause, risk in rate.items()}
    shared = ashore((a, b), (a, c))
    for cause in rate:
        assert shared[cause] == pytest.approx((yearly[cause],) * 3)
    apart = ashore((a, b), (landing("d", "AZ"), landing("e", "KZ")))
    assert apart["manhole"] == pytest.approx((2 * yearly["manhole"], 2 * yearly["manhole"], 0.0))
    assert apart["state"] == pytest.approx((0.0, 0.0, 2 * yearly["state"]))
    # within one state there is one state to lose
    domestic = ashore((a, landing("d", "AZ")), (b, c))
    assert domestic["state"] == pytest.approx((yearly["state"], 2 * yearly["state"], 0.0))


def test_stations_are_shared_where_they_are_given_at_one_place_or_behind_one_manhole() -> None:
    a = landing("a", "AZ", cable_station=(49.7, 40.6), beach_manhole=(49.71, 40.6))
    same = landing("b", "AZ", cable_station=(49.7, 40.6), beach_manhole=(49.9, 40.6))
    behind = landing("c", "AZ", beach_manhole=(49.71, 40.6))
    elsewhere = landing("d", "AZ", cable_station=(49.8, 40.6), beach_manhole=(49.71, 40.6))
    common = {
        other.id: {cause for cause, yearly in ashore((a,), (other,)).items() if yearly[2] > 0}
        for other in (same, behind, elsewhere)
    }
    assert common == {"b": {"station", "state"}, "c": {"manhole", "station", "state"}, "d": {"manhole", "state"}}


def test_a_system_alone_is_out_as_it_is_in_a_pair_without_a_second_repair() -> None:
    one, none = line_at(41.7, (landing("a", "AZ"), landing("b", "KZ"))), ExposedLine()
    alone = outages_of((one, none), RULES, HAZARD, KNOWN)
    assert {outage.cause for outage in alone} == {*HAZARD.causes, "manhole", "station", "state"} - {"ice"}
    assert not any(outage.is_common for outage in alone)
    pair = outages_of((one, line_at(42.3, (landing("c", "AZ"),))), RULES, HAZARD, KNOWN)
    assert per_year(pair, 0) == pytest.approx(per_year(alone, 0), rel=1e-3)
    ship = Ship(RISK.repair.waiting_days)
    # epicentres lie on cells that are laid out again for every pair
    assert out_of_service(pair, ship).one >= out_of_service(alone, ship).one * (1 - 1e-3)


def test_the_nearer_two_cables_lie_the_longer_both_are_out() -> None:
    def both(apart_deg: float) -> float:
        pair = (line_at(41.6), line_at(41.6 + apart_deg))
        return out_of_service(outages_of(pair, RULES, HAZARD, KNOWN), Ship(20.0)).both

    found = [both(apart) for apart in (0.005, 0.03, 0.08, 0.3)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 2 * found[-1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"anchor_drag_km": 0.0}, "anchor_drag_km"),
        (
            {"manhole": {"events_per_year": -1.0, "repair_days": 1.0, "source": "s", "status": "ASSUMED"}},
            "greater than or",
        ),
        ({"vessels": [{"id": "repair", "waiting_days": 1.0, "source": "s", "status": "ASSUMED"}]}, "more than once"),
        (
            {"vessels": [{"id": "v", "waiting_days": 1.0, "closed": {"from_day": "02-30", "to_day": "03-01"},
                          "source": "s", "status": "ASSUMED"}]},
            "02-30 is no day of any year",
        ),
        (
            {"vessels": [{"id": "v", "waiting_days": 1.0, "closed": {"from_day": "06-01", "to_day": "05-31"},
                          "source": "s", "status": "ASSUMED"}]},
            "vessel `v` is closed from 06-01 to 05-31, all year: leave it out",
        ),
        ({"spares": None, "drag": 1.0}, "Extra inputs"),
    ],
)  # fmt: skip
def test_figures_that_make_no_sense_are_refused(change: dict[str, object], told: str) -> None:
    given = {**RULES.model_dump(mode="json"), **change}
    with pytest.raises(ValidationError, match=told):
        AvailabilityRules.model_validate(given, strict=False)


def test_an_outage_of_nothing_counts_for_nothing() -> None:
    assert out_of_service([Outage("ice", 0.0, (5.0, 5.0))], Ship(20.0)).both == 0


MORE_FAULTS = 8
"""Than the rates of the study have, so that few years hold many coincidences."""


def drawn_works(lines: Lines, apart_km: float, years: int) -> Iterator[np.ndarray]:
    """Days of work on each line by every event at sea of a simulation, shape ``(2, events)``; 0: it does not break."""
    random, drag_km, reach_km = np.random.default_rng(25), RULES.anchor_drag_km, RULES.anchor_drag_km + apart_km
    # of the drags that begin so near to the first line, 2 · drag / π over twice that distance cross it
    drags = lines[0].of("anchoring").sum() * MORE_FAULTS * np.pi * reach_km / drag_km
    begin = random.uniform(-reach_km, reach_km, random.poisson(drags * years))
    end = begin + drag_km * np.sin(random.uniform(0.0, 2 * np.pi, begin.size))
    yield np.array([(begin < at) != (end < at) for at in (0.0, apart_km)])
    yield random.poisson(MORE_FAULTS * drawn_quakes(lines, years, random))
    volcanoes = HAZARD.mud_volcanoes or ()
    breaks = np.array([eruptions((line, ExposedLine()), volcanoes, 0.02).breaks[0] for line in lines])
    yield random.poisson(MORE_FAULTS * np.repeat(breaks, random.poisson(0.02 * years, len(volcanoes)), axis=1))
    for which, line in enumerate(lines):
        faults = sum(line.of(cause).sum() for cause in ("fishing", "other"))
        yield np.eye(2)[:, [which] * random.poisson(MORE_FAULTS * faults * years)]


@pytest.mark.parametrize("ship", [Ship(20.0), Ship(75.0, 340.0, 108.0)], ids=["of this sea", "by canal"])
def test_systems_are_out_of_service_as_in_a_simulation_of_all_that_takes_them(ship: Ship) -> None:
    """Dragged anchors, earthquakes, eruptions, faults of their own, and a manhole, a station and states of both."""
    years, random, shore = 40_000, np.random.default_rng(7), {"beach_manhole": (49.71, 40.6)}
    ends = [[landing(one, "AZ", **shore), landing(other, "KZ")] for one, other in (("a", "b"), ("c", "d"))]
    lines = (line_at(41.7, tuple(ends[0])), line_at(41.75, tuple(ends[1])))
    drawn: list[list[np.ndarray]] = [[], []]

    def add(which: int, begin: np.ndarray, end: np.ndarray) -> None:
        drawn[which].append(np.column_stack([begin, end])[end > begin])

    apart_km = GEOD.inv(51.5, 41.7, 51.5, 41.75)[2] / 1000.0
    for breaks in drawn_works(lines, apart_km, years):
        days = 6.0 * breaks[:, breaks.any(axis=0)]
        begin = random.uniform(0.0, years * YEAR_DAYS, days.shape[1])
        first = days[0] <= days[1]  # the quicker one, where both are broken
        for which, waits in enumerate((~first, first)):
            second = np.where(waits & (days[1 - which] > 0), days[1 - which], 0.0)
            add(which, begin, np.where(days[which] > 0, arrival(begin, ship) + second + days[which], begin))
    places = {"manhole": ([0, 1], [0], [1]), "station": ([0, 1], [0], [1]), "state": ([0, 1], [0, 1])}
    for name, taken in places.items():
        rule = getattr(RULES, name)
        for of in taken:
            begin = random.uniform(0.0, years * YEAR_DAYS, random.poisson(rule.events_per_year * years))
            for which in of:
                add(which, begin, begin + rule.repair_days)
    lines = tuple(replace(one, faults={k: MORE_FAULTS * of for k, of in one.faults.items()}) for one in lines)
    found = out_of_service(outages_of(lines, RULES, HAZARD, KNOWN), ship)
    simulated = shares_out(drawn, years)
    assert (found.one, found.other, found.both) == pytest.approx(simulated, rel=0.01)
