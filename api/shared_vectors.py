"""Query vectors that the workers share through Redis, where REDIS_URL is set.

The database cache would cost about what a vector does, so without Redis each worker keeps its own. Redis down: a vector is computed.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.cache import BaseCache, caches
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class SharedVectors:
    def __init__(self, cache: BaseCache) -> None:
        self._cache = cache

    def get(self, key: str) -> Any:
        try:
            return self._cache.get(key)
        except RedisError as error:
            log.warning("no shared query vectors: %s", error)
            return None

    def set(self, key: str, value: bytes, timeout: int) -> None:
        try:
            self._cache.set(key, value, timeout=timeout)
        except RedisError as error:
            log.warning("a query vector could not be shared: %s", error)


def shared_vectors() -> SharedVectors | None:
    return SharedVectors(caches["default"]) if settings.REDIS_URL else None
