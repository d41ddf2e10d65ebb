from __future__ import annotations

import re

from config.runner.services import BASE_DIR

READERS = re.compile(r"env_(?:str|int|bool|float|list|pairs|path|port|url|zone|secret)\(\s*\"(\w+)\"")


def test_the_example_names_every_variable_that_the_wiring_reads():
    read = set()
    for path in [*(BASE_DIR / "config").glob("*.py"), *(BASE_DIR / "config" / "runner").glob("*.py")]:
        read |= set(READERS.findall(path.read_text(encoding="utf-8")))
    example = (BASE_DIR / ".env.example").read_text(encoding="utf-8")
    assert read - set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set()
