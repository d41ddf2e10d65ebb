"""The login that `make run` prints: made once, never reset once somebody has changed it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from config.env import env_str
from config.secret_store import remembered

PASSWORD_NAME = "ADMIN_PASSWORD"  # noqa: S105 - the name it is kept under


@dataclass(frozen=True, slots=True)
class AdminLogin:
    username: str
    password: str | None
    """None: somebody has set another password than the one kept here."""


def ensure_admin(state_dir: Path) -> AdminLogin:
    """Needs django.setup() and a migrated database. ADMIN_USERNAME and ADMIN_PASSWORD name the login for a new admin."""
    from django.contrib.auth import get_user_model

    username = env_str("ADMIN_USERNAME", "admin")
    password = env_str(PASSWORD_NAME) or remembered(
        state_dir / "secrets.json", PASSWORD_NAME, lambda: secrets.token_urlsafe(12)
    )
    users = get_user_model()._default_manager
    existing = users.filter(**{users.model.USERNAME_FIELD: username}).first()
    if existing is None:
        email = username if "@" in username else f"{username}@localhost"
        users.create_superuser(username, email=email, password=password)
        return AdminLogin(username, password)
    return AdminLogin(username, password if existing.check_password(password) else None)
