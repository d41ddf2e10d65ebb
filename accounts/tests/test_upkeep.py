from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from accounts.models import GuestAccount, Registration
from accounts.params import GUEST_KEPT, REGISTRATION_KEPT
from accounts.services import create_guest
from accounts.upkeep import AccountUpkeep
from conversations.models import ChatSession


@pytest.mark.django_db
def test_the_worker_purges_what_nobody_can_use_any_more_and_nothing_else() -> None:
    idle, active, young = create_guest(), create_guest(), create_guest()
    long_ago = timezone.now() - GUEST_KEPT - timedelta(days=1)
    GuestAccount.objects.filter(user__in=[idle, active]).update(created_at=long_ago)
    for guest in (idle, active):
        ChatSession.objects.create(user=guest)
    ChatSession.objects.filter(user=idle).update(updated_at=long_ago)
    carol = User.objects.create_user("carol@example.org")
    User.objects.filter(pk=carol.pk).update(date_joined=long_ago)
    old = Registration.objects.create(email="dan@example.org", password="x")
    Registration.objects.create(email="eve@example.org", password="x")
    Registration.objects.filter(pk=old.pk).update(created_at=timezone.now() - REGISTRATION_KEPT - timedelta(hours=1))
    upkeep = AccountUpkeep()
    upkeep.look()
    assert set(User.objects.values_list("pk", flat=True)) == {active.pk, young.pk, carol.pk}
    assert list(Registration.objects.values_list("email", flat=True)) == ["eve@example.org"]
    Registration.objects.update(created_at=timezone.now() - 2 * REGISTRATION_KEPT)
    upkeep.look()  # not due yet
    assert Registration.objects.count() == 1
