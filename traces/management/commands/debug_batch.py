from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from api.rag.errors import InvalidRequest
from api.rag.query.clock import clock_of
from traces.batch_models import BatchRun, QuestionSet
from traces.batch_run import checked_questions, order_batch, run_batch


class Command(BaseCommand):
    help = (
        "Run a saved set of questions under two settings and say which does better, by what, and how fast."
        ' A setting is JSON with some of weights, sizes, max_distance_miles, model, temperature: \'{"weights": {"location": 0.5}}\'.'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "questions", help="the name of a saved set, or a JSON file of questions, which is saved under its name"
        )
        parser.add_argument("--left", default="{}", help="a setting; {} is what production uses")
        parser.add_argument("--right", default="{}")
        parser.add_argument("--answers", action="store_true", help="let the model answer, too")
        parser.add_argument("--as-of", help="the clock of the questions; default: now")
        parser.add_argument("--zone", default=settings.DEFAULT_USER_ZONE)

    def handle(self, *args: Any, **o: Any) -> None:
        try:
            as_of = clock_of(o["as_of"]) if o["as_of"] else timezone.now()
        except ValueError as error:
            raise CommandError(f"--as-of {error}") from error
        try:
            questions = _questions(o["questions"])
            left, right = _setting("--left", o["left"]), _setting("--right", o["right"])
            batch = order_batch(questions, left, right, as_of=as_of, zone=o["zone"], answers=o["answers"])
        except InvalidRequest as error:
            raise CommandError(str(error)) from error
        rows = run_batch(batch)
        for _ in tqdm(rows, total=len(questions.questions), unit="question", disable=None):
            pass
        batch.refresh_from_db()
        if batch.status != BatchRun.Status.DONE:
            raise CommandError(batch.error)
        self._tell(batch)

    def _tell(self, batch: BatchRun) -> None:
        totals = batch.totals
        self.stdout.write(
            f"Batch {batch.pk}: {totals['questions']} questions; left wins {totals['left_wins']}, right wins"
            f" {totals['right_wins']}, ties {totals['ties']}; {totals['same_top']:.0%} of the best ten are the same."
        )
        for reason, count in totals["reasons"].items():
            self.stdout.write(f"  {reason:24} {count}")
        self.stdout.write(
            f"  {'':8} {'empty':>6} {'errors':>7} {'checked':>8} {'touched':>8} {'p50 ms':>8} {'p95 ms':>8}"
        )
        for name in ("left", "right"):
            side = totals[name]
            times = side["total_ms"] or {"p50": 0, "p95": 0}
            touched = side["corrected"] + side["withheld"]
            self.stdout.write(
                f"  {name:8} {side['empty']:6} {side['errors']:7} {side['checked']:8} {touched:8} {times['p50']:8} {times['p95']:8}"
            )


def _questions(name: str) -> QuestionSet:
    path = Path(name)
    if path.suffix != ".json":
        found = QuestionSet.objects.filter(name=name).first()
        if found is None:
            known = ", ".join(QuestionSet.objects.values_list("name", flat=True)[:20])
            raise CommandError(f"no set of questions is called {name!r}; saved: {known or 'none'}")
        return found
    try:
        rows = checked_questions(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{name}: {error}") from error
    return QuestionSet.objects.update_or_create(name=path.stem[:80], defaults={"questions": rows})[0]


def _setting(option: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{option} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise CommandError(f"{option} must be an object")
    return found
