from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.services import purge


class Command(BaseCommand):
    help = "Remove idle guests, old registrations, expired revocations and counters. Safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in purge(timezone.now()).items():
            self.stdout.write(f"{name}: {count}")
