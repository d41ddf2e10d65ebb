from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from locations.memory import forget_gazetteer
from locations.testing import load_test_places


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The small gazetteer, loaded once for a module and taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        load_test_places()
        yield
        transaction.set_rollback(True)
    forget_gazetteer()
