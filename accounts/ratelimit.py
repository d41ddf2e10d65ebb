"""How often one caller may do what, counted over all processes: in Redis when REDIS_URL is set, else in PostgreSQL."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from limits import RateLimitItemPerSecond
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from accounts.errors import RateLimited
from accounts.params import Rate

_INCREMENT = """
INSERT INTO accounts_ratecounter AS counter (key, count, expires_at)
VALUES (%s, %s, now() + make_interval(secs => %s))
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN counter.expires_at <= now() THEN 0 ELSE counter.count END + excluded.count,
  expires_at = CASE WHEN counter.expires_at <= now() THEN excluded.expires_at ELSE counter.expires_at END
RETURNING count
"""


class PostgresStorage(Storage):
    """Fixed windows in one unlogged table; a count is one statement, so two processes never lose one."""

    STORAGE_SCHEME = ["eventzombie"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return DatabaseError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_INCREMENT, [key, amount, expiry])
            return int(cursor.fetchone()[0])

    def get(self, key: str) -> int:
        return int(self._live("count", key) or 0)

    def get_expiry(self, key: str) -> float:
        return float(self._live("extract(epoch from expires_at)", key) or time.time())

    def _live(self, column: str, key: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {column} FROM accounts_ratecounter WHERE key = %s AND expires_at > now()",  # noqa: S608  our own words
                [key],
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def check(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True

    def reset(self) -> int | None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_ratecounter")
            return int(cursor.rowcount)

    def clear(self, key: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_ratecounter WHERE key = %s", [key])


@cache
def _limiter() -> FixedWindowRateLimiter:
    storage = storage_from_string(settings.REDIS_URL) if settings.REDIS_URL else PostgresStorage()
    return FixedWindowRateLimiter(storage)


def _item(rate: Rate) -> RateLimitItemPerSecond:
    amount = max(1, round(rate.amount * settings.RATE_LIMIT_FACTOR))
    return RateLimitItemPerSecond(amount, rate.seconds, namespace=rate.name)


def _digest(identity: str) -> str:
    return hashlib.blake2b(identity.lower().encode("utf-8", "replace"), digest_size=12).hexdigest()


def hit(rate: Rate, identity: str) -> None:
    """Counts one use by `identity` (an address, a user id, an e-mail). Raises RateLimited when that was one too many."""
    item, who = _item(rate), _digest(identity)
    if not _limiter().hit(item, who):
        raise _limited(rate, item, who)


def check(rate: Rate, identity: str) -> None:
    """Raises RateLimited when nothing is left, without counting: for limits that count failures only."""
    item, who = _item(rate), _digest(identity)
    if not _limiter().test(item, who):
        raise _limited(rate, item, who)


def _limited(rate: Rate, item: RateLimitItemPerSecond, who: str) -> RateLimited:
    reset_at = _limiter().get_window_stats(item, who).reset_time
    return RateLimited(rate.name, min(rate.seconds, max(1, round(reset_at - time.time()))))


def network(address: str) -> str:
    """What counts as one caller: an IPv4 address, or an IPv6 /64, which is what one household gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
