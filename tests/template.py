"""A migrated database that tests copy: a copy takes a tenth of a second, the migrations take ten seconds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from psycopg import sql

from config.embedded_postgres import database_url

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "eventzombie_template_"
_LOCK = 7_302_901
_KEPT = 3
_MIGRATE_S = 120


def base_url() -> str:
    """Of the PostgreSQL server the tests use."""
    return os.environ.get("DATABASE_URL") or database_url()


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@cache
def migrated_database() -> str:
    """Its name. Made where no run before made it for the same migrations and models. A few of other versions stay: they may be in use."""
    name, fresh = f"{PREFIX}{_digest()}", f"{PREFIX}fresh"
    with psycopg.connect(base_url(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # until the connection ends
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC", [f"{PREFIX}%"]
        )
        known = [row[0] for row in rows]
        if name not in known:
            for old in {fresh, *known[_KEPT:]} & set(known):
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
            for command in ("migrate", "createcachetable"):
                _manage(command, with_database(base_url(), fresh))
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(name))
            )
    return name


def _manage(command: str, url: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings", "ENV": "local"}
    subprocess.run(
        [sys.executable, "manage.py", command, "--verbosity", "0"],
        cwd=ROOT, env=environment, timeout=_MIGRATE_S, check=True,
    )  # fmt: skip


def _digest() -> str:
    files = [
        *ROOT.glob("*/migrations/*"),
        *ROOT.glob("*/models.py"),
        *ROOT.glob("*/*_models.py"),
        *ROOT.glob("*/models/*.py"),
    ]
    texts = [path.read_bytes() for path in sorted(files) if path.suffix in (".py", ".sql")]
    return hashlib.sha256(b"\0".join([django.__version__.encode(), *texts])).hexdigest()[:16]
