from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.params import LOGIN_FAILURES_HERE, LOGIN_PER_ADDRESS

RIGHT = {"username": "ada", "password": "a long password"}
WRONG = {**RIGHT, "password": "wrong"}
LOGIN = "/admin/login/"


@pytest.fixture(autouse=True)
def ada(db: None) -> User:
    return User.objects.create_superuser("ada", "ada@example.org", "a long password")


def test_too_many_wrong_passwords_close_the_admin_to_this_address_only() -> None:
    here, elsewhere = Client(), Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(LOGIN_FAILURES_HERE.amount):
        assert "Too many tries" not in here.post(LOGIN, WRONG).text
    refused = here.post(LOGIN, RIGHT)
    assert refused.status_code == 200
    assert "Too many tries. Wait 15 min and try again." in refused.text
    assert here.post(LOGIN, {**RIGHT, "username": "ADA"}).status_code == 200
    assert elsewhere.post(LOGIN, RIGHT).status_code == 302


def test_failures_at_both_doors_are_counted_together() -> None:
    client = Client()
    for _ in range(LOGIN_FAILURES_HERE.amount):
        assert client.post("/api/v1/token", WRONG, content_type="application/json").status_code == 401
    assert "Too many tries" in client.post(LOGIN, RIGHT).text


def test_one_address_may_not_try_many_names() -> None:
    client = Client()
    for n in range(LOGIN_PER_ADDRESS.amount):
        client.post(LOGIN, {**WRONG, "username": f"user-{n}"})
    assert "Too many tries" in client.post(LOGIN, RIGHT).text


def test_the_right_password_signs_in_however_often() -> None:
    for _ in range(LOGIN_FAILURES_HERE.amount + 1):
        assert Client().post(LOGIN, RIGHT).status_code == 302
