"""Distances and circles on the sphere. Degrees in, miles out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_MILES = 3958.7613
CIRCLE_STEPS = 30  # after these the circle is within some 3 % of the smallest
OUTLIER_SPREADS = 4.0  # farther than this many times the spread of 95 % of the points, and than
OUTLIER_MIN_MILES = 1500.0  # this: the Azores and Hawaii stay, a base in Cyprus is not the United Kingdom

Vectors = NDArray[np.float64]


def miles_between(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Great-circle distance (haversine). The root is clamped: rounding may push it past 1 at antipodes."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    return 2 * EARTH_RADIUS_MILES * math.asin(min(1.0, math.sqrt(h)))


def valid_point(lat: float | None, lng: float | None) -> bool:
    return (
        lat is not None
        and lng is not None
        and math.isfinite(lat)
        and math.isfinite(lng)
        and -90 <= lat <= 90
        and -180 <= lng <= 180
    )


def cell_of(lat: float, lng: float) -> int:
    """Number of the one-degree cell a point lies in, 0..64799."""
    row = min(179, max(0, math.floor(lat) + 90))
    return row * 360 + (math.floor(lng) + 180) % 360


def cells_around(lat: float, lng: float) -> list[int]:
    """The cell of the point and its eight neighbours: everything within some 40 miles at any inhabited latitude."""
    return sorted({cell_of(max(-89.9, min(89.9, lat + dy)), lng + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)})


def enclosing_circle(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """(lat, lng, miles) of a circle holding the points, close to the smallest one (Badoiu and Clarkson's walk to the farthest point).

    Points that lie far from all the others (a base overseas, a slip in the data) are left out. Raises ValueError for no points.
    """
    if not points:
        raise ValueError("no points")
    angles = np.radians(np.asarray(points, dtype=np.float64))
    lat, lng = angles[:, 0], angles[:, 1]
    vectors = np.stack([np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)], axis=1)
    vectors = vectors[_miles_from(_unit(np.median(vectors, axis=0)), vectors) <= _outlier_limit(vectors)]
    centre = _unit(vectors.mean(axis=0))
    for step in range(1, CIRCLE_STEPS if len(vectors) > 1 else 1):
        farthest = vectors[np.argmin(vectors @ centre)]  # the least cosine
        centre = _unit(centre + (farthest - centre) / (step + 1))
    miles = float(_miles_from(centre, vectors).max())
    return (
        math.degrees(math.asin(max(-1.0, min(1.0, centre[2])))),
        math.degrees(math.atan2(centre[1], centre[0])),
        miles,
    )


def _outlier_limit(vectors: Vectors) -> float:
    spread = _miles_from(_unit(np.median(vectors, axis=0)), vectors)
    return max(OUTLIER_MIN_MILES, OUTLIER_SPREADS * float(np.percentile(spread, 95)))


def _miles_from(centre: Vectors, vectors: Vectors) -> Vectors:
    return EARTH_RADIUS_MILES * np.arccos(np.clip(vectors @ centre, -1.0, 1.0))


def _unit(vector: Vectors) -> Vectors:
    length = math.sqrt(float(vector @ vector))
    return vector / length if length > 1e-12 else np.array([1.0, 0.0, 0.0])
