"""Accounts: guest, register, verify, sign in, reset. Nothing here tells a stranger whether an account exists."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User, update_last_login
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import emails, ratelimit
from accounts.errors import LinkExpired, LinkInvalid, LoginFailed
from accounts.models import GuestAccount, RateCounter, Registration, RevokedToken
from accounts.params import (
    GUEST_KEPT,
    LOGIN_FAILURES_ANYWHERE,
    LOGIN_FAILURES_HERE,
    MAIL_PER_RECIPIENT,
    REGISTRATION_KEPT,
    RESET_LINK_LIFETIME,
    VERIFY_LINK_LIFETIME,
    Rate,
)
from accounts.selectors import account_by_email, username_for

_verify_signer = signing.TimestampSigner(salt="accounts.verify", sep=".")
_reset_signer = signing.TimestampSigner(salt="accounts.reset", sep=".")


@dataclass(frozen=True, slots=True)
class NewAccount:
    email: str
    password: str
    first_name: str = ""
    last_name: str = ""
    guest_id: int | None = None  # the guest who asks: becomes the account, sessions and all


def create_guest() -> User:
    with transaction.atomic():
        user = User.objects.create_user(username=f"guest-{uuid.uuid4().hex}")
        GuestAccount.objects.create(user=user)
    return user


def sign_in(identifier: str, password: str, *, address: str) -> User:
    """Raises LoginFailed, or RateLimited after too many failures for this account."""
    check_failures(identifier, address)
    user = authenticate(None, username=username_for(identifier), password=password)
    if not isinstance(user, User):
        count_failure(identifier, address)
        raise LoginFailed("no account with this name and password")
    update_last_login(User, user)
    return user


def check_failures(identifier: str, address: str) -> None:
    """Raises RateLimited after too many failures for this account."""
    for rate, who in _failures(identifier, address):
        ratelimit.check(rate, who)


def count_failure(identifier: str, address: str) -> None:
    """Raises RateLimited when that was one too many."""
    for rate, who in _failures(identifier, address):
        ratelimit.hit(rate, who)


def _failures(identifier: str, address: str) -> tuple[tuple[Rate, str], ...]:
    return (LOGIN_FAILURES_HERE, f"{identifier} {address}"), (LOGIN_FAILURES_ANYWHERE, identifier)


def check_new_password(password: str, *, email: str = "", first_name: str = "", last_name: str = "") -> None:
    """Raises Django's ValidationError with every reason against it."""
    validate_password(password, User(username=email, email=email, first_name=first_name, last_name=last_name))


def register(account: NewAccount) -> None:
    """Sends a letter in either case: the link to confirm, or word that the address has an account already."""
    email = account.email.lower()
    ratelimit.hit(MAIL_PER_RECIPIENT, email)
    waiting = _waiting(email).last()
    password = make_password(account.password)
    # Both are worked out also when they are not used, so that all cases take as long.
    again = check_password(account.password, waiting.password if waiting else password)
    if account_by_email(email) is not None:
        emails.send_account_exists(email)
        return
    registration = waiting if waiting and again else Registration(email=email, password=password)
    registration.first_name, registration.last_name = account.first_name, account.last_name
    registration.guest_id = account.guest_id or registration.guest_id
    registration.save()
    _send_verification(registration)


def resend_verification(email: str) -> None:
    """To whom a registration waits for it, at most; silent otherwise."""
    email = email.lower()
    ratelimit.hit(MAIL_PER_RECIPIENT, email)
    waiting = _waiting(email).last()
    if waiting is not None and account_by_email(email) is None:
        _send_verification(waiting)


def _waiting(email: str) -> QuerySet[Registration]:
    return Registration.objects.filter(email=email, confirmed_at__isnull=True).order_by("pk")


def _send_verification(registration: Registration) -> None:
    emails.send_verification(registration.email, _verify_signer.sign_object({"id": registration.pk}))


@dataclass(frozen=True, slots=True)
class Verified:
    """`reset_token`: who opened the letter has to choose a password with it."""

    before: bool = False
    reset_token: str | None = None


def verify(token: str, *, now: datetime) -> Verified:
    """Makes the account that the link stands for. Raises LinkExpired or LinkInvalid.

    Who reads the letters of an address cannot tell whose registration each was sent for. So where several wait, none of their
    passwords opens the account: its reader chooses one.
    """
    content = _unsigned(_verify_signer, token, VERIFY_LINK_LIFETIME.total_seconds())
    registration = Registration.objects.filter(pk=content.get("id", 0)).first()
    if registration is None:
        raise LinkInvalid("the registration is gone")
    with transaction.atomic():
        waiting = list(_waiting(registration.email).select_for_update())
        if registration not in waiting:
            return Verified(before=True)
        Registration.objects.filter(pk__in=[one.pk for one in waiting]).update(confirmed_at=now)
        return _make_account(registration, sure=len(waiting) == 1)


def _make_account(registration: Registration, *, sure: bool) -> Verified:
    if account_by_email(registration.email) is not None:
        return Verified(before=True)
    asking = User.objects.filter(registrations=registration, guest_account__isnull=False, is_active=True)
    user = asking.first() or User()
    user.username = user.email = registration.email
    user.first_name, user.last_name = registration.first_name, registration.last_name
    user.password = registration.password if sure else make_password(None)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # an operator made the account at the same moment
        return Verified(before=True)
    GuestAccount.objects.filter(user=user).delete()
    return Verified(reset_token=None if sure else _reset_token(user))


def request_reset(email: str) -> None:
    """A letter goes out in either case; only the owner of the address learns which."""
    email = email.lower()
    ratelimit.hit(MAIL_PER_RECIPIENT, email)
    user = account_by_email(email)
    if user is None or not user.is_active:
        emails.send_no_account(email)
    else:
        emails.send_reset(email, _reset_token(user))


def _reset_token(user: User) -> str:
    return _reset_signer.sign_object({"id": user.pk, "pv": user.get_session_auth_hash()})


def user_of_reset(token: str) -> User:
    """Raises LinkExpired, or LinkInvalid also when the link was used: the password it was made under is gone."""
    content = _unsigned(_reset_signer, token, RESET_LINK_LIFETIME.total_seconds())
    user = User.objects.filter(pk=content.get("id", 0), is_active=True).first()
    if user is None or content.get("pv") != user.get_session_auth_hash():
        raise LinkInvalid("used up")
    return user


def confirm_reset(token: str, password: str) -> None:
    """Sets the password; every token issued under the old one stops working. Raises Django's ValidationError too."""
    user = user_of_reset(token)
    validate_password(password, user)
    with transaction.atomic():
        held = User.objects.select_for_update().get(pk=user.pk)
        if held.password != user.password:
            raise LinkInvalid("used up")
        held.set_password(password)
        held.save(update_fields=["password"])


def _unsigned(signer: signing.TimestampSigner, token: str, max_age_s: float) -> dict[str, Any]:
    try:
        content = signer.unsign_object(token, max_age=max_age_s)
    except signing.SignatureExpired:
        raise LinkExpired("expired") from None
    except (signing.BadSignature, ValueError):
        raise LinkInvalid("not a link of ours") from None
    if not isinstance(content, dict):
        raise LinkInvalid("not a link of ours")
    return content


def purge(now: datetime) -> dict[str, int]:
    """Removes what nobody can use any more; how many of each."""
    from conversations.models import ChatSession

    recent = ChatSession.objects.filter(user=OuterRef("pk"), updated_at__gte=now - GUEST_KEPT)
    old = Q(last_login__isnull=True) | Q(last_login__lt=now - GUEST_KEPT)
    guests = User.objects.filter(
        ~Exists(recent), old, guest_account__created_at__lt=now - GUEST_KEPT, is_staff=False, is_superuser=False
    )
    return {
        "guests": guests.delete()[1].get("auth.User", 0),
        "registrations": Registration.objects.filter(created_at__lt=now - REGISTRATION_KEPT).delete()[0],
        "revoked tokens": RevokedToken.objects.filter(expires_at__lt=now).delete()[0],
        "rate counters": RateCounter.objects.filter(expires_at__lt=now).delete()[0],
    }
