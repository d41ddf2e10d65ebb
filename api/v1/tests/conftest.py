from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import RateCounter
from accounts.services import create_guest

PASSWORD = "tall-Green-7-doors"


@pytest.fixture(autouse=True)
def _usual_settings(settings):
    settings.PUBLIC_URL, settings.CORS_ALLOWED_ORIGINS = "http://localhost:8000", ["http://localhost:5173"]
    settings.RATE_LIMIT_FACTOR = 1.0


@pytest.fixture(autouse=True)
def _fresh_counters(db):
    RateCounter.objects.all().delete()
    cache.clear()


class Client(APIClient):
    default_format = "json"


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue_tokens(user)['access']}")
    client.user = user
    return client


@pytest.fixture
def nobody():
    return Client(raise_request_exception=False)


@pytest.fixture
def alice(db):
    return signed_in(User.objects.create_user("alice@example.org", "alice@example.org", PASSWORD))


@pytest.fixture
def bob(db):
    return signed_in(User.objects.create_user("bob@example.org", "bob@example.org", PASSWORD))


@pytest.fixture
def guest(db):
    return signed_in(create_guest())
