"""`manage.py test` runs the same pytest tests as `make test`."""

from __future__ import annotations

import argparse
from typing import Any


class PytestRunner:
    def __init__(self, verbosity: int = 1, failfast: bool = False, keepdb: bool = False, **_: Any) -> None:
        self.args = (
            (["-v"] if verbosity > 1 else []) + (["-x"] if failfast else []) + (["--reuse-db"] if keepdb else [])
        )

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--keepdb", action="store_true", help="Keep the test database between runs.")

    def run_tests(self, test_labels: list[str], **_: Any) -> int:
        import pytest

        return int(pytest.main([*self.args, *test_labels]))
