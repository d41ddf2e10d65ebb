"""What runs, in the order it starts. It stops in the opposite order: the database goes last."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from config.env import env_int, env_path, env_port, env_str

BASE_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    arguments: tuple[str, ...]
    stop_seconds: int
    port: int | None = None
    port_variable: str = ""
    ready_path: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: where its state lies, where it listens, what it starts."""

    state_dir: Path
    host: str
    web_port: int
    chat_port: int
    embedding_port: int
    chat_workers: int
    python: str
    own_database: bool

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    @property
    def page(self) -> str:
        return f"http://localhost:{self.web_port}/"

    @property
    def services(self) -> tuple[Service, ...]:
        """The seconds to stop add up to 15, the longest that Ctrl-C may take."""
        postgres = Service("postgres", ("-m", "config.embedded_postgres", "run"), 3)
        rest = (
            Service("embedding", ("-m", "embedding_service"), 2, self.embedding_port, "EMBEDDING_PORT", "/readyz"),
            Service("worker", ("manage.py", "worker"), 3),
            Service(
                "web",
                self._uvicorn("config.asgi:application", self.web_port, 2),
                3,
                self.web_port,
                "WEB_PORT",
                "/readyz",
            ),
            Service(
                "chat",
                (*self._uvicorn("chat_service.app:create_app", self.chat_port, 3), "--factory", *self._workers()),
                4,
                self.chat_port,
                "CHAT_PORT",
                "/readyz",
            ),
        )
        return (postgres, *rest) if self.own_database else rest

    def _uvicorn(self, application: str, port: int, drain_seconds: int) -> tuple[str, ...]:
        address = ("--host", self.host, "--port", str(port))
        return ("-m", "uvicorn", application, *address, "--timeout-graceful-shutdown", str(drain_seconds))

    def _workers(self) -> tuple[str, ...]:
        return ("--workers", str(self.chat_workers)) if self.chat_workers > 1 else ()


def plan_from_environment() -> Plan:
    return Plan(
        state_dir=env_path("DATA_DIR", BASE_DIR / ".data").resolve(),
        host=env_str("BIND_HOST", "127.0.0.1"),
        web_port=env_port("WEB_PORT", 8000),
        chat_port=env_port("CHAT_PORT", 8002),
        embedding_port=env_port("EMBEDDING_PORT", 8003),
        chat_workers=env_int("CHAT_WORKERS", 1, minimum=1, maximum=32),
        python=sys.executable,
        own_database=env_str("DATABASE_URL") is None,
    )
