from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q


def account_by_email(email: str) -> User | None:
    """The one active or inactive account that uses the address, as its user name or its e-mail."""
    return User.objects.filter(Q(username=email.lower()) | Q(email__iexact=email)).order_by("pk").first()


def username_for(identifier: str) -> str:
    """What a person types to sign in: a user name, or an e-mail address that only one account uses."""
    if User.objects.filter(username=identifier).exists():
        return identifier
    names = list(User.objects.filter(email__iexact=identifier).values_list("username", flat=True)[:2])
    return names[0] if len(names) == 1 else identifier.lower()
