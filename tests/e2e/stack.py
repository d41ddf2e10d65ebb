"""The whole product as real processes on free ports, over a database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from conftest import ROOT, free_port, wait_for
from tests.template import base_url, migrated_database, with_database

COMMAND_S = 280


@dataclass
class Stack:
    web: str
    chat: str
    embedding: str
    database: str
    environment: dict[str, str]
    embedder: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        """Run a management command against the stack's database; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=COMMAND_S, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return done.stdout

    def fill(self, commands: Iterable[Sequence[str]]) -> None:
        """Management commands one after the other in one process: to start Django takes longer than most of them."""
        words = json.dumps([list(command) for command in commands])
        each = "import json; from django.core.management import call_command\nfor words in json.loads({!r}): call_command(*words)"
        self.manage("shell", "--verbosity", "0", "--command", each.format(words))

    def guest(self) -> dict[str, str]:
        """Authorization header of a new guest."""
        answer = httpx.post(f"{self.web}/api/v1/auth/guest", timeout=20)
        answer.raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access']}"}

    def ask(self, message: str, headers: dict[str, str], **body: Any) -> list[dict[str, Any]]:
        """The chunks of one turn."""
        chunks = []
        with httpx.stream(
            "POST", f"{self.chat}/api/v1/chat/stream", json={"message": message, **body}, headers=headers, timeout=60
        ) as response:
            if response.status_code != 200:
                response.read()
                raise RuntimeError(f"{response.status_code}: {response.text[:500]}")
            for line in response.iter_lines():
                if line.startswith("data:"):
                    chunks.append(json.loads(line[5:]))
        return chunks


@contextmanager
def database(name: str) -> Iterator[str]:
    """A migrated database of this process alone, dropped afterwards: two runs beside each other keep their own."""
    url, name, template = base_url(), f"{name}_{os.getpid()}", migrated_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')  # type: ignore[arg-type]
    try:
        yield with_database(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]


@contextmanager
def process(*command: str, environment: dict[str, str], ready: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        running = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        try:
            wait_for(ready, running)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text(errors='replace')[-3000:]}") from None
        yield running
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(5)


def embedding_service(stack: Stack, log: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return process("-m", "embedding_service", environment=stack.environment, ready=f"{stack.embedding}/readyz", log=log)


@contextmanager
def running_stack(name: str, *commands: tuple[str, ...], **settings: str) -> Iterator[Stack]:
    """Filled by `commands` (management commands run while the embedding service is up), everything ready."""
    web, chat, embedding = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        url = stack.enter_context(database(name))
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("EMBEDDING_", "PYTEST", "DJANGO_"))}
        environment |= {
            "DATABASE_URL": url,
            "EMBEDDING_BACKEND": "hash",
            "EMBEDDING_PORT": str(embedding),
            "EMBEDDING_URL": f"http://127.0.0.1:{embedding}",
            "CHAT_PORT": str(chat),
            "WEB_PORT": str(web),
            "PUBLIC_URL": f"http://127.0.0.1:{web}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV": "local",
            **settings,
        }
        running = Stack(
            f"http://127.0.0.1:{web}", f"http://127.0.0.1:{chat}", f"http://127.0.0.1:{embedding}", url, environment
        )
        running.embedder = stack.enter_context(embedding_service(running, logs / "embedding"))
        running.fill(commands)
        uvicorn = ("-m", "uvicorn", "--log-level", "warning", "--port")
        stack.enter_context(
            process(
                *uvicorn,
                str(web),
                "config.asgi:application",
                environment=environment,
                ready=f"{running.web}/livez",
                log=logs / "web",
            )
        )
        stack.enter_context(
            process(
                *uvicorn,
                str(chat),
                "--factory",
                "chat_service.app:create_app",
                environment=environment,
                ready=f"{running.chat}/readyz",
                log=logs / "chat",
            )
        )
        yield running
