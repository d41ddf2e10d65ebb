from __future__ import annotations

import json
import logging
import signal
import threading
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from events.changes import ConsumerUnavailable
from events.relay import Relay, carry_batch, enabled_consumers
from events.relay_params import RelayParams
from events.relay_status import prometheus_text, relay_status

log = logging.getLogger(__name__)
LOOK_S = 1.0


class Command(BaseCommand):
    help = "Carry changes of events to the indexes. Runs until stopped; the worker does the same. Any number may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--consumer", action="append", default=[], choices=list(settings.RELAY_CONSUMERS))
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")
        parser.add_argument("--status", action="store_true", help="only say what waits and how old it is")
        parser.add_argument("--format", choices=["table", "json", "prometheus"], default="table", help="of --status")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            self._status(options["format"])
            return
        consumers = enabled_consumers(options["consumer"])
        if not consumers:
            raise CommandError("No consumer is configured.")
        if options["once"]:
            self._once(consumers)
            return
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        with Relay(consumers) as relay:
            log.info("relay started for %s", ", ".join(consumer.name for consumer in consumers))
            while not stopping.wait(LOOK_S):
                if relay.failure:
                    raise CommandError(relay.failure)
        log.info("relay stopped")

    def _once(self, consumers: list[Any]) -> None:
        params, failed = RelayParams(), []
        for consumer in consumers:
            count = 0
            try:
                while (carried := carry_batch(consumer, params)).delivered or carried.buried:
                    count += carried.delivered
            except ConsumerUnavailable as error:
                failed.append(f"{consumer.name} takes nothing: {error}")
            finally:
                consumer.close()
            self.stdout.write(f"{consumer.name}: {count} changes delivered")
        if failed:
            raise CommandError("; ".join(failed))

    def _status(self, form: str) -> None:
        if form == "prometheus":
            self.stdout.write(prometheus_text(), ending="")
            return
        rows = relay_status()
        if form == "json":
            self.stdout.write(json.dumps([asdict(row) for row in rows], cls=DjangoJSONEncoder, indent=2))
            return
        line = "{:<12}{:>9}{:>10}{:>9}{:>7}{:>12}{:>9}  {}"
        self.stdout.write(
            line.format("consumer", "waiting", "retrying", "lag s", "dead", "delivered", "retried", "state")
        )
        for row in rows:
            state = f"down since {row.down_since:%Y-%m-%d %H:%M:%S}: {row.last_error}" if row.down_since else "up"
            numbers = (row.waiting, row.retrying, f"{row.lag_s:.1f}", row.dead, row.delivered, row.retried)
            self.stdout.write(line.format(row.name, *numbers, state))
