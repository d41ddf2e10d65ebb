from __future__ import annotations

import json
from pathlib import Path

from django.core.management import call_command
from django.test import Client

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi" / "rest.json"


def test_the_committed_schema_is_up_to_date(tmp_path):
    """Write it anew with: make schemas"""
    fresh = tmp_path / "rest.json"
    call_command("spectacular", format="openapi-json", file=str(fresh), validate=True, fail_on_warn=True)
    assert json.loads(COMMITTED.read_text()) == json.loads(fresh.read_text())


def test_the_schema_is_served_to_nobody(db):
    for path in ("/api/v1/schema", "/api/schema", "/schema", "/api/v1/docs", "/docs", "/openapi.json"):
        assert Client().get(path).status_code == 404


def test_every_route_that_takes_a_body_says_that_it_may_be_too_large():
    paths = json.loads(COMMITTED.read_text())["paths"]
    taking = [operation for path in paths.values() for operation in path.values() if "requestBody" in operation]
    assert len(taking) > 10
    assert all("413" in operation["responses"] for operation in taking)
