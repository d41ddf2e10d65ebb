from __future__ import annotations

import psycopg
import pytest
from django.db import connection


@pytest.mark.django_db
def test_live_and_ready_with_a_database(client):
    assert client.get("/livez").json() == {"status": "live"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "database": "up"})


@pytest.mark.django_db
def test_not_ready_when_the_database_is_away(client, monkeypatch):
    def away(self):
        raise psycopg.OperationalError("connection refused")

    def refused():
        with connection.wrap_database_errors:
            away(None)

    monkeypatch.setattr(connection, "cursor", refused)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not_ready", "database": "down"})
    assert client.get("/livez").status_code == 200
