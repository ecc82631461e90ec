"""Soundings and contours as a seabed: what of them is read, and how near the surface is to the truth."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Point

from transcaspian.core.errors import IngestError
from transcaspian.ingest.seabed_reader import read_seabed
from transcaspian.sources.datafile import DataFile, Limits, StatedError

BOUNDS = (50.0, 41.0, 51.0, 42.0)


def truth(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Elevation of the seabed, metres."""
    return -200.0 - 40.0 * np.sin(9 * (lon - 50.0)) - 30.0 * np.cos(7 * (lat - 41.0))


def soundings(count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    at = np.random.default_rng(5).uniform((50.2, 41.2), (50.8, 41.8), (count, 2))
    return at[:, 0], at[:, 1]


def file(path: Path, **said: object) -> DataFile:
    return DataFile("seabed.points", path, "points", **said)  # type: ignore[arg-type]


def check_surface(path: Path, **said: object) -> None:
    """The grid that is read lies near the truth inside, and within its errors."""
    read = read_seabed(file(path, **said), BOUNDS)
    lon, lat = np.meshgrid(read.lon_deg, read.lat_deg)
    known = np.isfinite(read.elevation_m) & (np.abs(lon - 50.5) < 0.25) & (np.abs(lat - 41.5) < 0.25)
    assert known.mean() > 0.5
    off_m = read.elevation_m[known] - truth(lon[known], lat[known])
    assert np.sqrt((off_m**2).mean()) < 0.5
    assert read.between_m is not None
    assert (np.abs(off_m) < 3 * read.between_m[known] + 0.3).mean() > 0.97
    outside = (np.abs(lon - 50.5) > 0.3) | (np.abs(lat - 41.5) > 0.3)
    assert np.isnan(read.elevation_m[outside]).all()


def write_rows(path: Path, separator: str, heading: str = "", sign: float = 1.0) -> Path:
    lon, lat = soundings()
    rows = [
        f"{x:.6f}{separator}{y:.6f}{separator}{sign * z:.2f}" for x, y, z in zip(lon, lat, truth(lon, lat), strict=True)
    ]
    path.write_text("\n".join([*([heading] if heading else []), *rows]) + "\n")
    return path


@pytest.mark.parametrize("separator", [" ", "\t", ",", ";"])
def test_xyz_with_any_separator(tmp_path: Path, separator: str) -> None:
    check_surface(write_rows(tmp_path / "s.xyz", separator))


def test_xyz_with_headings_and_depths(tmp_path: Path) -> None:
    check_surface(write_rows(tmp_path / "s.txt", " ", "lon lat depth", -1.0))


def test_more_soundings_than_the_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"4,000 features, more than limits\.max_features 3,000"):
        read_seabed(file(write_rows(tmp_path / "s.xyz", " "), limits=Limits(max_features=3000)), BOUNDS)


def test_csv_of_depths(tmp_path: Path) -> None:
    check_surface(write_rows(tmp_path / "s.csv", ",", "lon,lat,depth_m", -1.0))


def test_a_column_that_the_study_names(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.csv", ",", "lon,lat,tiefe", -1.0)
    check_surface(path, depth_column="Tiefe", values="depth_m_down")
    with pytest.raises(IngestError, match=r"no column `sonde`, which depth_column in sources\.seabed\.points names"):
        read_seabed(file(path, depth_column="sonde"), BOUNDS)
    with pytest.raises(IngestError, match=r"no depth column: found tiefe; name .* by depth_column in sources\.seabed"):
        read_seabed(file(path), BOUNDS)


def test_points_in_a_projection_with_heights_of_their_own(tmp_path: Path) -> None:
    lon, lat = soundings()
    points = gpd.GeoSeries([Point(*at) for at in zip(lon, lat, strict=True)], crs=4326).to_crs(32639)
    high = [Point(at.x, at.y, z) for at, z in zip(points, truth(lon, lat), strict=True)]
    gpd.GeoDataFrame(geometry=high, crs=32639).to_file(tmp_path / "s.gpkg")
    check_surface(tmp_path / "s.gpkg")


def contours(levels: np.ndarray) -> gpd.GeoDataFrame:
    """Lines of equal depth of the truth."""
    import contourpy

    lon, lat = np.linspace(50.2, 50.8, 301), np.linspace(41.2, 41.8, 301)
    made = contourpy.contour_generator(lon, lat, truth(*np.meshgrid(lon, lat)))
    rows = [(-level, LineString(line)) for level in levels for line in made.lines(level) if len(line) > 3]
    return gpd.GeoDataFrame({"depth": [row[0] for row in rows]}, geometry=[row[1] for row in rows], crs=4326)


def test_contours_have_no_plateaus_between_them_and_say_how_far_apart_they_are(tmp_path: Path) -> None:
    contours(np.arange(-270.0, -130.0, 5.0)).to_file(tmp_path / "c.gpkg")
    read = read_seabed(file(tmp_path / "c.gpkg"), BOUNDS)
    lon, lat = np.meshgrid(read.lon_deg, read.lat_deg)
    known = np.isfinite(read.elevation_m) & (np.abs(lon - 50.5) < 0.2) & (np.abs(lat - 41.5) < 0.2)
    off_m = read.elevation_m[known] - truth(lon[known], lat[known])
    assert np.sqrt((off_m**2).mean()) < 1.0
    assert read.between_m is not None
    assert read.between_m[known].min() == pytest.approx(5.0 / (2 * np.sqrt(3.0)), rel=1e-3)
    same = np.diff(read.elevation_m, axis=1) == 0
    assert same.mean() < 0.01


def test_contours_without_depths_are_refused(tmp_path: Path) -> None:
    lines = contours(np.arange(-270.0, -130.0, 20.0))
    lines.rename(columns={"depth": "name"}).to_file(tmp_path / "named.gpkg")
    with pytest.raises(IngestError, match=r"named\.gpkg has no depth column: found name"):
        read_seabed(file(tmp_path / "named.gpkg"), BOUNDS)
    lines.assign(depth=np.nan).to_file(tmp_path / "empty.gpkg")
    with pytest.raises(IngestError, match=r"no feature has a depth in `depth`"):
        read_seabed(file(tmp_path / "empty.gpkg"), BOUNDS)
    lines.assign(depth=50.0).to_file(tmp_path / "one.gpkg")
    with pytest.raises(IngestError, match=r"all contours are of 50: expected at least two levels"):
        read_seabed(file(tmp_path / "one.gpkg"), BOUNDS)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("50.1 41.1\n50.2 41.2\n", "2 columns and no depth column"),
        ("50.1 41.1 -20\n50.2 here -30\n50.3 41.2 -30\n", "1 rows have no number in the first two columns"),
        ("10.1 41.1 -20\n10.2 41.2 -30\n10.3 41.5 -30\n", "give the seabed of this sea"),
        ("41.1 50.1 -20\n41.2 50.2 -30\n41.5 50.3 -30\n", "longitude and latitude look swapped"),
        ("50.1 41.1 -20\n50.2 41.2 -30\n", "depths at 2 places: expected at least three"),
        ("50.1 41.1 -20\n50.2 41.2 -30\n50.3 41.3 -20\n50.4 41.4 -20\n", "span no surface"),
    ],
)  # fmt: skip
def test_points_that_make_no_seabed(tmp_path: Path, rows: str, says: str) -> None:
    (tmp_path / "s.xyz").write_text(rows)
    with pytest.raises(IngestError, match=says) as fault:
        read_seabed(file(tmp_path / "s.xyz"), BOUNDS)
    assert "s.xyz" in str(fault.value)


def test_a_grid_of_errors_is_of_a_grid(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.xyz", " ")
    stated = StatedError(raster=tmp_path / "e.tif")
    with pytest.raises(IngestError, match=r"holds points or lines, and sources\.seabed\.points\.error names a grid"):
        read_seabed(file(path, stated_error=stated), BOUNDS)


def test_rows_without_a_depth_are_left_out_with_a_note(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.csv", ",", "lon,lat,depth", -1.0)
    path.write_text(path.read_text() + "50.5,41.5,\n50.6,41.5,none\n")
    assert read_seabed(file(path), BOUNDS).notes[-1] == "s.csv: 2 of 4002 have no depth in `depth` and are left out"
