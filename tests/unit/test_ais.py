"""Positions of ships: synthetic ones with a known answer, and bad ones, each counted with its reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from transcaspian.analyses.burial.config import ShipClass, Traffic
from transcaspian.analyses.burial.read_ais import read_ais
from transcaspian.analyses.burial.strikes import crossings_of
from transcaspian.analyses.burial.traffic import passages_of_ais
from transcaspian.core.errors import IngestError
from transcaspian.core.grid import GEOD
from transcaspian.sources.datafile import DataFile

RULES = {"max_gap_h": 6.0, "max_speed_kn": 60.0, "min_speed_kn": 0.5, "time_format": None}
BOUNDS = (49.0, 40.0, 52.0, 43.0)
WATER = shapely.box(49.5, 40.0, 52.0, 43.0)
CABLE = np.array([(50.0, 41.5), (51.5, 41.6)])
SAID = {"source": "test", "status": "ASSUMED"}
SHIPS = tuple(
    ShipClass(
        id=name,
        displacement_t=9e3,
        drop_speed_kn=4.0,
        anchor_kg=3e3,
        chain_m=400.0,
        from_length_m=low,
        to_length_m=high,
        **SAID,
    )
    for name, low, high in (("short", 0.0, 100.0), ("long", 100.0, 300.0))
)


def voyage(
    mmsi: int, start: str, lon: float, speed_kn: float, length_m: float | None, northward: bool = True
) -> pd.DataFrame:
    """A ship along a meridian across the cable, every ten minutes."""
    hours = np.arange(0.0, 90_000.0 / (speed_kn * 1852.0), 1 / 6)
    metres = speed_kn * 1852.0 * hours
    begin, heading = (41.1, 0.0) if northward else (41.9, 180.0)
    lons, lats, _ = GEOD.fwd(*(np.full(len(hours), value) for value in (lon, begin, heading)), metres)
    times = pd.Timestamp(start, tz="UTC") + pd.to_timedelta(hours, "h")
    return pd.DataFrame(
        {
            "MMSI": mmsi,
            "BaseDateTime": times.strftime("%Y-%m-%dT%H:%M:%S"),
            "LAT": lats,
            "LON": lons,
            "SOG": speed_kn,
            "Length": length_m,
        }
    )


def read(path: Path, rows: pd.DataFrame, **columns: str) -> dict:
    """What is read of a file of these rows."""
    rows.to_csv(path, index=False)
    return read_ais(DataFile("burial.traffic.ais", path, "ais", columns=columns), RULES, WATER, BOUNDS)


def fleet() -> pd.DataFrame:
    """Six voyages of three ships, two of them of a known length."""
    return pd.concat(
        [
            voyage(273_000_001, "2025-01-01", 50.5, 10.0, 80.0),
            voyage(273_000_001, "2025-03-01", 50.6, 10.0, 80.0, northward=False),
            voyage(273_000_001, "2025-05-01", 50.7, 10.0, 80.0),
            voyage(423_000_002, "2025-02-01", 51.0, 14.0, 150.0),
            voyage(423_000_002, "2025-02-20", 51.1, 14.0, 150.0, northward=False),
            voyage(436_000_003, "2025-07-01", 51.2, 12.0, None),
        ]
    )


def test_synthetic_positions_give_their_own_passages(tmp_path: Path) -> None:
    found = read(tmp_path / "ais.csv", fleet())
    assert found["reasons"] == {"longer without a position than the limit: track broken": 3}
    assert (found["ships"], found["without_length"]) == (3, 1)
    assert len(found["lonlat"]) < 30, "straight tracks are few pieces"
    file = Traffic(
        id="ais",
        form="ais",
        data={"path": "ais.csv", "citation": "test"},
        period_days=365.0,
        unstated_ship="long",
        **SAID,
    )
    crossed = crossings_of(CABLE, passages_of_ais(file, found, SHIPS))
    by_ship = [crossed.per_year[crossed.ship == ship].sum() for ship in (0, 1)]
    assert by_ship == [pytest.approx(3.0), pytest.approx(3.0)], (
        "8,760 h are 365 days; no length is the class that is named"
    )
    assert sorted(crossed.speed_kn.round(2)) == [10.0, 10.0, 10.0, 12.0, 14.0, 14.0]
    twice = crossings_of(CABLE, passages_of_ais(file.model_copy(update={"period_days": 182.5}), found, SHIPS))
    assert twice.per_year.sum() == pytest.approx(12.0)


def test_each_bad_position_is_counted_and_none_changes_the_answer(tmp_path: Path) -> None:
    good = fleet()
    clean = read(tmp_path / "good.csv", good)
    one = good.iloc[[10]]
    bad = {
        "time cannot be read": one.assign(BaseDateTime="yesterday"),
        "position cannot be read": pd.concat([one.assign(LAT=91.0), one.assign(LON=181.0), one.assign(LON="?")]),
        "coast station (MMSI 00…)": one.assign(MMSI="002731234"),
        "no ship (MMSI is none of 2…7 and nine digits)": pd.concat(
            [one.assign(MMSI=m) for m in (111_273_001, 992_000_001, 0x7FFF_FFFF)]
        ),
        "outside of the area": one.assign(LAT=55.0),
        "on land": pd.concat([one.assign(LON=49.2), one.assign(LON=49.499)]),
        "same ship, time and position again": one,
        "second position of a ship at one time": one.assign(LON=50.9),
    }
    mixed = pd.concat([good.assign(SOG=good["SOG"].where(good["MMSI"] != 436_000_003, 102.3)), *bad.values()])
    found = read(tmp_path / "bad.csv", mixed.assign(SOG=mixed["SOG"].mask(mixed["MMSI"] == 423_000_002, 88.0)))
    counts = {reason: len(rows) for reason, rows in bad.items()}
    assert {reason: found["reasons"][reason] for reason in counts} == counts
    ships = good["MMSI"].value_counts()
    assert found["reasons"]["speed not available (102.3 kn): from positions"] == ships[436_000_003]
    assert found["reasons"]["speed over the limit: from positions"] == ships[423_000_002]
    assert found["reasons"]["earlier than the row before of its ship: put in order"] >= 1
    assert found["count"] == len(mixed)
    for name in ("lonlat", "speed_kn", "length_m"):
        np.testing.assert_array_equal(found[name], clean[name])
    assert len(found["places"]["on land"]) == 2


def test_rows_in_any_order_are_one_track(tmp_path: Path) -> None:
    good = fleet()
    shuffled = read(tmp_path / "shuffled.csv", good.sample(frac=1.0, random_state=3))
    np.testing.assert_array_equal(shuffled["lonlat"], read(tmp_path / "good.csv", good)["lonlat"])
    assert shuffled["reasons"]["earlier than the row before of its ship: put in order"] > len(good) / 3


def test_jumps_gaps_and_rest_break_a_track(tmp_path: Path) -> None:
    track = voyage(273_000_001, "2025-01-01", 50.5, 10.0, 80.0).reset_index(drop=True)
    jump, rest = track.copy(), track.copy()
    jump.loc[20, "LON"] = 51.9  # ten minutes away from 50.5
    rest.loc[:, ["LAT", "LON"]] = 41.3, 50.5
    found = read(tmp_path / "jump.csv", jump)
    assert found["reasons"] == {"faster between two positions than the limit: track broken": 2}
    assert np.abs(found["lonlat"][:, 2] - found["lonlat"][:, 0]).max() < 0.1
    still = read(tmp_path / "rest.csv", rest)
    assert still["reasons"] == {"at rest or slower than the limit: no passage": len(rest) - 1}
    assert still["lonlat"].shape == (0, 4)


@pytest.mark.parametrize("form", ["parquet", "seconds", "semicolon", "trailing", "format"])
def test_other_forms_give_the_same(tmp_path: Path, form: str) -> None:
    good, path = fleet(), tmp_path / "ais.csv"
    expected = read(path, good)
    moments = pd.to_datetime(good["BaseDateTime"])
    rules = RULES
    if form == "parquet":
        path = tmp_path / "ais.parquet"
        good.assign(BaseDateTime=moments.dt.tz_localize("UTC")).to_parquet(path)
    elif form == "seconds":
        good.assign(BaseDateTime=(moments - pd.Timestamp(0)) // pd.Timedelta("1s")).to_csv(path, index=False)
    elif form == "trailing":  # a separator at the end of each row, and texts with one in them
        named = good.assign(VesselName="A, B")
        path.write_text("\n".join(f"{line}," for line in named.to_csv(index=False).splitlines()))
    elif form == "semicolon":
        good.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    else:
        good.assign(BaseDateTime=moments.dt.strftime("%d/%m/%Y %H:%M:%S")).to_csv(path, index=False)
        rules = RULES | {"time_format": "%d/%m/%Y %H:%M:%S"}
    found = read_ais(DataFile("burial.traffic.ais", path, "ais"), rules, WATER, BOUNDS)
    np.testing.assert_array_equal(found["lonlat"], expected["lonlat"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"LAT": None}, "has no column for lat: it has MMSI, BaseDateTime, LON"),
        ({"BaseDateTime": "31/12/2025 10:00:00"}, "no time can be read, as `31/12/2025 10:00:00`: expected ISO 8601"),
        ({"LON": 49.1}, "none of 150 positions can be used: 150: on land"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_reason(tmp_path: Path, change: dict, says: str) -> None:
    rows = fleet().head(150)
    ((name, value),) = change.items()
    rows = rows.drop(columns=name) if value is None else rows.assign(**{name: value})
    with pytest.raises(IngestError) as fault:
        read(tmp_path / "ais.csv", rows)
    assert says in str(fault.value)


def test_columns_may_be_named(tmp_path: Path) -> None:
    odd = fleet().rename(columns={"MMSI": "vessel", "LON": "east"})
    found = read(tmp_path / "ais.csv", odd, mmsi="vessel", lon="east")
    assert found["ships"] == 3
    with pytest.raises(IngestError, match="no column for mmsi, lon"):
        read(tmp_path / "ais.csv", odd)
