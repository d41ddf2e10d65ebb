"""A run of the real runner over small programs instead of the real services: STATE_DIR WEB_PORT EMBEDDING_PORT."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from config.runner import __main__ as runner
from config.runner.admin import AdminLogin
from config.runner.services import Plan, Service
from config.runner.supervisor import Supervisor


class RehearsedPlan(Plan):
    @property
    def services(self) -> tuple[Service, ...]:
        def listener(name: str, port: int, variable: str) -> Service:
            return Service(name, ("-m", "http.server", str(port), "--bind", self.host), 2, 1, port, variable, "/")

        postgres = Service("postgres", ("-m", "config.embedded_postgres", "run"), 3)
        return (
            postgres,
            listener("embedding", self.embedding_port, "EMBEDDING_PORT"),
            Service("worker", ("-m", "http.server", "0", "--bind", self.host), 2),
            listener("web", self.web_port, "WEB_PORT"),
            *([Service("chat", ("-m", "no_such_module"), 2)] if "EZ_REHEARSE_BROKEN" in os.environ else []),
        )


class RehearsedRun(runner.Run):
    def export_model(self, supervisor: Supervisor) -> None:
        return

    def prepare(self, supervisor: Supervisor) -> AdminLogin:
        return AdminLogin("admin", "made-up")


def rehearsed_plan() -> Plan:
    state_dir, web_port, embedding_port = sys.argv[1:]
    return RehearsedPlan(
        state_dir=Path(state_dir).resolve(),
        host="127.0.0.1",
        web_port=int(web_port),
        chat_port=0,
        embedding_port=int(embedding_port),
        chat_workers=1,
        python=sys.executable,
        own_database=True,
    )


if __name__ == "__main__":
    os.environ.pop("DATABASE_URL", None)
    runner.plan_from_environment = rehearsed_plan
    runner.Run = RehearsedRun
    runner.START_ATTEMPTS = 1
    sys.exit(runner.main([]))
