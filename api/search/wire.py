"""What a search tells its edge, JSON-ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from api.rag.answer_wire import notice_json
from api.rag.types import Notice
from api.search.asking import Asked
from api.search.types import FACETS, Facet, SearchRequest


def facets_json(facets: Mapping[str, Facet]) -> dict[str, Any]:
    return {
        name: {
            "buckets": [
                {"value": b.value, "label": _label(name, b.label), "count": b.count} for b in facets[name].buckets
            ],
            "more": facets[name].more,
        }
        for name in FACETS
    }


def filters_json(asked: Asked, request: SearchRequest) -> dict[str, Any]:
    """The parameters as they were taken, so that a client can show them as chips; null: not asked."""
    return {
        "location_id": request.location_id,
        "date_from": _iso(request.date_from),
        "date_to": _iso(request.date_to),
        "categories": list(request.categories),
        "is_virtual": request.is_virtual,
        "ages": None if request.age_min is None and request.age_max is None else [request.age_min, request.age_max],
        "price": None if request.max_price is None else float(request.max_price),
        "radius": request.radius_miles,
        "sort": asked.sort,
        "timezone": asked.query.zone,
    }


def notices_json(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    return [notice_json(notice) for notice in notices]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _label(name: str, label: str) -> str:
    return f"{(day := date.fromisoformat(label)):%a} {day.day} {day:%b}" if name == "day" else label
