"""Numba kernel that prices long geodesic legs piece by piece, without arrays of their points.

Points of a geodesic are those of Karney (2013), *Algorithms for geodesics*, to the third order of ε, which is about
0.002 on WGS84: within a tenth of a millimetre of those of PROJ on legs of a thousand kilometres.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from transcaspian.core.compiled import allocating, kernel
from transcaspian.core.grid import GEOD
from transcaspian.routing._kernels.descent import mean_cost

_SEMI_MINOR_M, _FLATTENING, _SECOND_E2 = GEOD.b, GEOD.f, GEOD.es / (1.0 - GEOD.es)
_N = GEOD.f / (2.0 - GEOD.f)


class _Geodesic(NamedTuple):
    """A geodesic on the auxiliary sphere: the names of Karney's section 2, and the coefficients of his series.

    Attributes
    ----------
    sin_0, cos_0
        Of the azimuth where it crosses the equator northward.
    tau_1, per_m
        The start by length, radians, and what is added to it per metre.
    to_sigma_1, to_sigma_2, to_sigma_3
        From length to arc.
    by_arc, to_lambda_1, to_lambda_2, to_lambda_3
        From arc to longitude.
    omega_1, integral_1
        Longitude on the sphere, and the integral, at the start.
    """

    sin_0: float
    cos_0: float
    tau_1: float
    per_m: float
    to_sigma_1: float
    to_sigma_2: float
    to_sigma_3: float
    by_arc: float
    to_lambda_1: float
    to_lambda_2: float
    to_lambda_3: float
    omega_1: float
    integral_1: float


@kernel
def _series(arc, one, two, three):  # type: ignore[no-untyped-def]
    """``arc + one sin 2 arc + two sin 4 arc + three sin 6 arc``."""
    s, c = math.sin(2.0 * arc), math.cos(2.0 * arc)
    return arc + s * (one + 2.0 * two * c + three * (4.0 * c * c - 1.0))


@kernel
def _geodesic(lat_deg, azimuth_deg):  # type: ignore[no-untyped-def]
    lat, azimuth = math.radians(lat_deg), math.radians(azimuth_deg)
    beta = math.atan2((1.0 - _FLATTENING) * math.sin(lat), math.cos(lat))
    sin_0 = math.sin(azimuth) * math.cos(beta)
    cos_0 = math.hypot(math.cos(azimuth), math.sin(azimuth) * math.sin(beta))
    sigma = math.atan2(math.sin(beta), math.cos(azimuth) * math.cos(beta))
    root = math.sqrt(1.0 + _SECOND_E2 * cos_0 * cos_0)
    e = (root - 1.0) / (root + 1.0)
    ee, eee = e * e, e * e * e
    scale = (1.0 + ee / 4.0) / (1.0 - e)
    by_arc = 1.0 - (1.0 - _N) / 2.0 * e - (2.0 + _N - 3.0 * _N * _N) / 8.0 * ee - (1.0 + 3.0 * _N) / 16.0 * eee
    to_lambda_1 = (1.0 - _N) / 4.0 * e + (1.0 - _N * _N) / 8.0 * ee + 3.0 / 64.0 * eee
    to_lambda_2 = (2.0 - 3.0 * _N) / 32.0 * ee + 3.0 / 64.0 * eee
    to_lambda_3 = 5.0 / 192.0 * eee
    return _Geodesic(
        sin_0,
        cos_0,
        _series(sigma, -e / 2.0 + 3.0 / 16.0 * eee, -ee / 16.0, -eee / 48.0),
        1.0 / (_SEMI_MINOR_M * scale),
        e / 2.0 - 9.0 / 32.0 * eee,
        5.0 / 16.0 * ee,
        29.0 / 96.0 * eee,
        _FLATTENING * sin_0 * by_arc,
        to_lambda_1,
        to_lambda_2,
        to_lambda_3,
        math.atan2(sin_0 * math.sin(sigma), math.cos(sigma)),
        _series(sigma, to_lambda_1, to_lambda_2, to_lambda_3),
    )


@kernel
def _point_at(line, metres):  # type: ignore[no-untyped-def]
    """Degrees of longitude from the start, and latitude in degrees."""
    sigma = _series(line.tau_1 + metres * line.per_m, line.to_sigma_1, line.to_sigma_2, line.to_sigma_3)
    s, c = math.sin(sigma), math.cos(sigma)
    lat = math.atan2(line.cos_0 * s, (1.0 - _FLATTENING) * math.hypot(line.sin_0, line.cos_0 * c))
    # the way to go is less than half around the globe
    omega = math.atan2(line.sin_0 * s, c) - line.omega_1
    omega -= 2.0 * math.pi * math.floor(omega / (2.0 * math.pi) + 0.5)
    s2, c2 = 2.0 * s * c, c * c - s * s
    integral = sigma + s2 * (line.to_lambda_1 + 2.0 * line.to_lambda_2 * c2 + line.to_lambda_3 * (4.0 * c2 * c2 - 1.0))
    return math.degrees(omega - line.by_arc * (integral - line.integral_1)), math.degrees(lat)


@allocating
def leg_costs(cells, frame, start, end, azimuth_deg, metres, parts):  # type: ignore[no-untyped-def]
    """Cost of geodesic legs, each the sum over equal pieces that are straight on the map.

    Parameters
    ----------
    cells
        `CellCosts`.
    frame
        ``(west_deg, north_deg, step_deg)`` of the grid.
    start, end
        ``(n, 2)`` degrees.
    azimuth_deg, metres
        ``(n,)``: heading of each leg at its start, and its length.
    parts
        ``(n,)``: how many pieces.

    Returns
    -------
    ndarray
        ``(n,)``; inf through a wall or off the grid.
    """
    west_deg, north_deg, step_deg = frame
    out = np.empty(parts.size)
    for i in range(parts.size):
        n = parts[i]
        piece_m = metres[i] / n
        r = (north_deg - start[i, 1]) / step_deg - 0.5
        c = (start[i, 0] - west_deg) / step_deg - 0.5
        total = 0.0
        if n == 1:  # as most are: no point between
            to_r = (north_deg - end[i, 1]) / step_deg - 0.5
            to_c = (end[i, 0] - west_deg) / step_deg - 0.5
            mean = mean_cost(cells, r, c, to_r, to_c)
            out[i] = mean * piece_m if mean < np.inf else np.inf
            continue
        line = _geodesic(start[i, 1], azimuth_deg[i])
        for k in range(1, n + 1):
            lon, lat = end[i, 0], end[i, 1]
            if k < n:
                lon, lat = _point_at(line, k * piece_m)
                lon += start[i, 0]
            to_r = (north_deg - lat) / step_deg - 0.5
            to_c = (lon - west_deg) / step_deg - 0.5
            mean = mean_cost(cells, r, c, to_r, to_c)
            if not mean < np.inf:
                total = np.inf
                break
            total += mean * piece_m
            r, c = to_r, to_c
        out[i] = total
    return out
