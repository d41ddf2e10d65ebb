"""The two small clients of docs/clients, run as a reader would run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import Stack

CLIENTS = Path(__file__).resolve().parents[2] / "docs" / "clients"


@pytest.mark.parametrize("command", [[sys.executable, "client.py"], ["node", "client.mjs"]], ids=["python", "node"])
def test_a_client_prints_a_streamed_answer(page_stack: Stack, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(
        [*command, "things to do in Davis in the next 14 days"],
        cwd=CLIENTS,
        env={**os.environ, "EVENTZOMBIE_WEB": page_stack.web, "EVENTZOMBIE_CHAT": page_stack.chat},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answer, _, events = done.stdout.rpartition("\n\nEvents: ")
    assert "Davis" in answer
    assert events.strip() not in ("", "[]")
