"""A database of its own for each run of a benchmark, beside the one in use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

PREFIX = "eventzombie_bench_"  # and the process's id, so that two benchmarks can run at once


@contextmanager
def bench_database() -> Iterator[None]:
    """Sets Django up on a fresh database that is dropped afterwards, as are those of runs that were killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    own, name = connection.settings_dict["NAME"], f"{PREFIX}{os.getpid()}"
    with connection.cursor() as cursor:
        for left in (*leftovers(), name):
            cursor.execute(f"DROP DATABASE IF EXISTS {left} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    connection.close_pool()
    connections.databases["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connection.close_pool()
        connections.databases["default"]["NAME"] = own
        connection.settings_dict["NAME"] = own
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.close()
        connection.close_pool()


def leftovers() -> list[str]:
    """Databases whose benchmark is gone: no such process here, and nobody is connected (it may run on another machine)."""
    from django.db import connection

    from config.processes import is_running

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname ~ %s"
            " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = pg_database.datname)",
            [f"^{PREFIX}[0-9]+$"],
        )
        return [name for (name,) in cursor.fetchall() if not is_running(int(name.removeprefix(PREFIX)))]
