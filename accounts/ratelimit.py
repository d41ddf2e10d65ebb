"""How often one caller may do what, counted over all processes: in Redis when REDIS_URL is set, else in PostgreSQL."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from accounts.errors import RateLimited
from accounts.params import Rate

_COUNT = """
INSERT INTO accounts_ratecounter AS counter (key, count, expires_at)
SELECT %s, %s, now() + make_interval(secs => %s){after}
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
            cursor.execute(_COUNT.format(after=""), [key, amount, expiry])
            return int(cursor.fetchone()[0])

    def hit_in_turn(self, items: Sequence[tuple[RateLimitItem, str]]) -> int:
        """Counts one use of each, up to the first that is over its amount, in one statement; says how many were within theirs."""
        parts, values = [], list[str | int]()
        for n, (item, who) in enumerate(items):
            after = f" FROM use_{n - 1} WHERE count <= %s" if n else ""
            parts.append(f"use_{n} AS ({_COUNT.format(after=after)})")
            values += [item.key_for(who), 1, item.get_expiry(), *([items[n - 1][0].amount] if n else [])]
        counts = " UNION ALL ".join(f"SELECT {n}, count FROM use_{n}" for n in range(len(items)))  # noqa: S608  our own words
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {', '.join(parts)} {counts}", values)
            return sum(count <= items[n][0].amount for n, count in cursor.fetchall())

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
    return FixedWindowRateLimiter(_storage_in_redis(settings.REDIS_URL) if settings.REDIS_URL else PostgresStorage())


def _storage_in_redis(url: str) -> Storage:
    wait_s = settings.REDIS_TIMEOUT_S
    storage = storage_from_string(url, socket_timeout=wait_s, socket_connect_timeout=wait_s)
    assert isinstance(storage, Storage)  # an address of another scheme might name an asynchronous one
    return storage


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


def hit_in_turn(*uses: tuple[Rate, str]) -> None:
    """`hit` for each (rate, identity) up to the first that is one too many: what that one refuses counts for none after it."""
    items = [(_item(rate), _digest(identity)) for rate, identity in uses]
    storage = _limiter().storage
    if isinstance(storage, PostgresStorage):
        within = storage.hit_in_turn(items)
    else:
        within = next((n for n, (item, who) in enumerate(items) if not _limiter().hit(item, who)), len(items))
    if within < len(items):
        raise _limited(uses[within][0], *items[within])


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
