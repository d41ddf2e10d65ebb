"""The letters we send. Links point at the page's own routes on PUBLIC_URL."""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import send_mail

from accounts.errors import MailUnavailable
from accounts.params import RESET_LINK_LIFETIME, VERIFY_LINK_LIFETIME

log = logging.getLogger(__name__)
_SIGNED = "\n\nEventZombie\n"
_NOT_YOU = "If this was not you, ignore this letter: nothing happens without the link."


def _link(path: str, token: str) -> str:
    return f"{settings.PUBLIC_URL}{path}?{urlencode({'token': token})}"


def _hours(lifetime: timedelta) -> str:
    return f"{lifetime // timedelta(hours=1)} hours"


def _send(to: str, subject: str, *paragraphs: str) -> None:
    """Raises MailUnavailable."""
    try:
        send_mail(subject, "\n\n".join(paragraphs) + _SIGNED, settings.DEFAULT_FROM_EMAIL, [to])
    except (OSError, SMTPException) as error:  # what a server says may quote the address
        log.warning("e-mail cannot be sent: %s", type(error).__name__)
        raise MailUnavailable("the mail server does not take letters") from error


def send_verification(to: str, token: str) -> None:
    _send(
        to,
        "Confirm your e-mail address",
        "Somebody, hopefully you, asked for an EventZombie account with this address. Open this link to confirm it:",
        _link("/verify-email", token),
        f"The link works for {_hours(VERIFY_LINK_LIFETIME)}. {_NOT_YOU}",
    )


def send_account_exists(to: str) -> None:
    _send(
        to,
        "You already have an account",
        "Somebody, hopefully you, asked for an EventZombie account with this address, but you already have one.",
        f"Sign in at {settings.PUBLIC_URL}/ - there you can also ask for a new password.",
    )


def send_reset(to: str, token: str) -> None:
    _send(
        to,
        "Choose a new password",
        "Open this link to choose a new password for EventZombie:",
        _link("/reset-password", token),
        f"The link works once, for {_hours(RESET_LINK_LIFETIME)}. {_NOT_YOU}",
    )


def send_no_account(to: str) -> None:
    _send(
        to,
        "There is no account with this address",
        "Somebody, hopefully you, asked for a new EventZombie password, but no account uses this address.",
        f"You may have used another address, or you can make an account at {settings.PUBLIC_URL}/.",
    )
