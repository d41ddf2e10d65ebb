"""Named weight sets: saved in versions that never change, one of them in use, every change of that kept."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Max
from django.db.utils import InterfaceError

from api.rag.params import FACTORS, ScoringWeights
from api.rag.weights_in_use import forget_weights
from traces.models import WeightProfile, WeightProfileChange

log = logging.getLogger(__name__)
CHANGES_SHOWN = 20
_LOCK = 7_302_200  # advisory: one change of what is in use at a time


@dataclass(frozen=True, slots=True)
class Book:
    """`active` is None where the built-in weights are in use."""

    profiles: list[WeightProfile]
    active: WeightProfile | None
    changes: list[WeightProfileChange]


def weights_of(profile: WeightProfile) -> ScoringWeights:
    return ScoringWeights(**{f: getattr(profile, f) for f in FACTORS})


def stored_weights() -> ScoringWeights | None:
    """Of the profile in use. A database that does not answer leaves the built-in weights: retrieval will say what is wrong."""
    try:
        profile = WeightProfile.objects.filter(active=True).first()
    except (DatabaseError, InterfaceError) as error:
        log.warning("the weights in use could not be read: %s", error)
        return None
    return weights_of(profile) if profile else None


def book() -> Book:
    profiles = list(WeightProfile.objects.select_related("created_by"))
    changes = list(WeightProfileChange.objects.select_related("profile", "previous", "changed_by")[:CHANGES_SHOWN])
    return Book(profiles, next((p for p in profiles if p.active), None), changes)


@transaction.atomic
def save_profile(name: str, weights: ScoringWeights, *, user_id: int | None, note: str = "") -> WeightProfile:
    """A new version of the name. It is not used before somebody says so."""
    _one_at_a_time()
    last = WeightProfile.objects.filter(name=name).aggregate(last=Max("version"))["last"] or 0
    return WeightProfile.objects.create(
        name=name, version=last + 1, note=note, created_by_id=user_id, **weights.as_dict()
    )


@transaction.atomic
def use_profile(profile_id: int | None, *, user_id: int | None) -> WeightProfileChange | None:
    """From now on production ranks by this profile; None: by the built-in weights. Nothing to change gives None.

    Raises WeightProfile.DoesNotExist. Other processes follow within seconds.
    """
    _one_at_a_time()
    wanted = WeightProfile.objects.get(pk=profile_id) if profile_id is not None else None
    active = WeightProfile.objects.filter(active=True).first()
    if (wanted and wanted.pk) == (active and active.pk):
        return None
    WeightProfile.objects.filter(active=True).update(active=False)
    if wanted is not None:
        WeightProfile.objects.filter(pk=wanted.pk).update(active=True)
        wanted.active = True
    transaction.on_commit(forget_weights)
    return WeightProfileChange.objects.create(profile=wanted, previous=active, changed_by_id=user_id)


def go_back(*, user_id: int | None) -> WeightProfileChange | None:
    """Use again what was in use before the last change."""
    last = WeightProfileChange.objects.first()
    if last is None:
        return None
    return use_profile(last.previous_id, user_id=user_id)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def profile_json(profile: WeightProfile) -> dict[str, Any]:
    return {
        "id": profile.pk,
        "name": profile.name,
        "version": profile.version,
        "label": str(profile),
        "weights": weights_of(profile).as_dict(),
        "active": profile.active,
        "note": profile.note,
        "by": profile.created_by.get_username() if profile.created_by else "",
        "at": profile.created_at.isoformat(),
    }


def book_json(found: Book) -> dict[str, Any]:
    return {
        "profiles": [profile_json(p) for p in found.profiles],
        "active_id": found.active.pk if found.active else None,
        "built_in": ScoringWeights().as_dict(),
        "in_use": (weights_of(found.active) if found.active else ScoringWeights()).as_dict(),
        "changes": [
            {
                "to": str(c.profile or "built-in"),
                "from": str(c.previous or "built-in"),
                "by": c.changed_by.get_username() if c.changed_by else "",
                "at": c.changed_at.isoformat(),
            }
            for c in found.changes
        ],
    }
