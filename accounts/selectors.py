from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q


def _with_email(email: str) -> Q:
    """Rows to look at: the database compares in capitals, where a dotless i is an I. `_same` says which of them it is."""
    return Q(email__iexact=email)


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def account_by_email(email: str) -> User | None:
    """The one active or inactive account that uses the address, as its user name or its e-mail."""
    users = User.objects.filter(Q(username=email.lower()) | _with_email(email)).order_by("pk")
    return next((user for user in users if _same(email, user.username) or _same(email, user.email)), None)


def username_for(identifier: str) -> str:
    """What a person types to sign in: a user name, or an e-mail address that only one account uses."""
    if User.objects.filter(username=identifier).exists():
        return identifier
    users = User.objects.filter(_with_email(identifier)).values_list("username", "email")
    names = [username for username, email in users if _same(identifier, email)]
    return names[0] if len(names) == 1 else identifier.lower()
