"""`python -m config.runner.prepare [FILE]`: tables, places, sample events and the admin's login, in one process.

One process, because each start of Django costs about two seconds. Everything in it is done once and skipped later.
The login goes into FILE, for the runner to print.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path


def prepare(answer_file: Path | None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.conf import settings
    from django.core.management import CommandError, call_command

    from config.runner.admin import ensure_admin
    from config.secret_store import write_private

    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("bootstrap_data")
    except CommandError as error:
        sys.exit(f"{error}")
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # empty: locally files are found where they lie, but it is asked for
    login = ensure_admin(settings.DATA_DIR)
    if answer_file is not None:
        write_private(answer_file, json.dumps(asdict(login)))


if __name__ == "__main__":
    prepare(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
