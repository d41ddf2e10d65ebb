"""What an operator may do with messages that a consumer would not take."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from events.models import DeadLetter, OutboxConsumer, OutboxMessage


@transaction.atomic
def requeue(ids: Iterable[int]) -> int:
    """Give them to their consumer anew, with all attempts; how many. Those of a consumer that is gone stay."""
    letters = list(
        DeadLetter.objects.select_for_update()
        .filter(pk__in=list(ids), consumer__in=OutboxConsumer.objects.values("name"))
        .order_by("pk")
    )
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            consumer=letter.consumer,
            event_id=letter.event_id,
            kind=letter.kind,
            version=letter.version,
            payload=letter.payload,
        )
        for letter in letters
    )
    return DeadLetter.objects.filter(pk__in=[letter.pk for letter in letters]).delete()[0]


@transaction.atomic
def discard(ids: Iterable[int]) -> int:
    return DeadLetter.objects.filter(pk__in=list(ids)).delete()[0]
