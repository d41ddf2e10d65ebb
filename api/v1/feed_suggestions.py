"""A site that a user suggests: a source that nothing imports until an operator approves it in the admin."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from django.utils.text import slugify

from events.models import EventSource


def suggest(url: str, name: str, *, user_id: int) -> bool:
    """False when the site is known already; the same site is kept once, whoever suggests it."""
    _, created = EventSource.objects.get_or_create(
        slug=slug_of(url),
        defaults={
            "name": name or _host(url)[:200],
            "url": url,
            "kind": EventSource.Kind.JSONLD,
            "active": False,
            "approved": False,
            "submitted_by_id": user_id,
        },
    )
    return created


def slug_of(url: str) -> str:
    digest = hashlib.sha256(url.rstrip("/").lower().encode()).hexdigest()[:10]
    return f"suggested-{slugify(_host(url))[:90]}-{digest}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
