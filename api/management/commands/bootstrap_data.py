from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.db import BaseDatabaseCache
from django.core.management import call_command
from django.core.management.base import BaseCommand

from events.models import Event


class Command(BaseCommand):
    help = (
        "What a fresh installation needs: the cache table, the gazetteer and the sample feeds. Quick when all is there."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if isinstance(caches["default"], BaseDatabaseCache):
            call_command("createcachetable", verbosity=0)
        call_command("import_locations", if_empty=True)
        if not Event.objects.exists():
            call_command("import_events", sample=True)
