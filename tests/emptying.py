"""What a test committed is taken away again: only tables with rows are emptied, and what Django derives from the models stays.

Django's own flush truncates every table and then writes content types and permissions anew, a fifth of a second after each test.
"""

from __future__ import annotations

from django.core.management.color import no_style
from django.db import connections
from django.test import TransactionTestCase

DERIVED = frozenset({"django_content_type", "auth_permission"})


def empty(alias: str) -> None:
    connection = connections[alias]
    quote = connection.ops.quote_name
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - DERIVED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {quote(name)})" for name in tables))
        filled = [name for name, rows in zip(tables, cursor.fetchone(), strict=True) if rows]
    if filled:
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), filled, allow_cascade=True))


def _empty_each(test: TransactionTestCase) -> None:
    for alias in test._databases_names(include_mirrors=False):
        empty(alias)


def replace_flush() -> None:
    TransactionTestCase._fixture_teardown = _empty_each
