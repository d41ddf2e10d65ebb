"""What runs, in the order it starts. It stops in the opposite order: the database goes last."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from config.env import env_int, env_path, env_port, env_str

BASE_DIR = Path(__file__).resolve().parents[2]
THIS_MACHINE = "127.0.0.1"
EVERY_ADDRESS = {"0.0.0.0": THIS_MACHINE, "::": "::1"}  # noqa: S104  -> where this machine reaches what listens there


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    arguments: tuple[str, ...]
    stop_seconds: int
    start_seconds: int = 1
    """Up for so long counts as started: the one sign of readiness where there is no port to ask."""
    port: int | None = None
    port_variable: str = ""
    ready_path: str | None = None
    address: str = THIS_MACHINE
    """Where this machine reaches it, as it stands in a URL."""


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
    def address(self) -> str:
        """Where this machine reaches web and chat, as it stands in a URL."""
        host = EVERY_ADDRESS.get(self.host, self.host)
        return f"[{host}]" if ":" in host else host

    @property
    def page(self) -> str:
        host = "localhost" if self.address in (THIS_MACHINE, "[::1]") else self.address
        return f"http://{host}:{self.web_port}/"

    @property
    def services(self) -> tuple[Service, ...]:
        """The seconds to stop add up to 15, the longest that Ctrl-C may take."""
        postgres = Service("postgres", ("-m", "config.embedded_postgres", "run"), stop_seconds=3)
        rest = (
            self._listener("embedding", ("-m", "embedding_service"), 2, self.embedding_port, THIS_MACHINE),
            # Django alone takes two seconds to import; what fails, fails within that.
            Service("worker", ("manage.py", "worker"), stop_seconds=3, start_seconds=4),
            self._listener(
                "web",
                self._uvicorn("config.asgi:application", self.web_port, 2, "--lifespan", "off"),
                3,
                self.web_port,
                self.address,
            ),
            self._listener(
                "chat",
                self._uvicorn("chat_service.app:create_app", self.chat_port, 3, "--factory", *self._workers()),
                4,
                self.chat_port,
                self.address,
            ),
        )
        return (postgres, *rest) if self.own_database else rest

    def _listener(self, name: str, arguments: tuple[str, ...], stop_seconds: int, port: int, address: str) -> Service:
        variable = f"{name.upper()}_PORT"
        return Service(
            name, arguments, stop_seconds, port=port, port_variable=variable, ready_path="/readyz", address=address
        )

    def _uvicorn(self, application: str, port: int, drain_seconds: int, *more: str) -> tuple[str, ...]:
        address = ("--host", self.host, "--port", str(port))
        return ("-m", "uvicorn", application, *address, "--timeout-graceful-shutdown", str(drain_seconds), *more)

    def _workers(self) -> tuple[str, ...]:
        return ("--workers", str(self.chat_workers)) if self.chat_workers > 1 else ()


def plan_from_environment() -> Plan:
    return Plan(
        state_dir=env_path("DATA_DIR", BASE_DIR / ".data").resolve(),
        host=env_str("BIND_HOST", THIS_MACHINE),
        web_port=env_port("WEB_PORT", 8000),
        chat_port=env_port("CHAT_PORT", 8002),
        embedding_port=env_port("EMBEDDING_PORT", 8003),
        chat_workers=env_int("CHAT_WORKERS", 1, minimum=1, maximum=32),
        python=sys.executable,
        own_database=env_str("DATABASE_URL") is None,
    )
