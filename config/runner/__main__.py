"""`python -m config.runner`: claim, clear up, database, data, services, then watch until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from config import embedded_postgres
from config.embedded_postgres import PostgresUnavailable
from config.env import BadEnvironment, env_str, load_env_file
from config.processes import run_program, send, wait_until_gone
from config.runner.admin import AdminLogin
from config.runner.leftovers import AlreadyRunning, claim, runner_pid, stop_leftovers, taken_ports
from config.runner.logs import LogPrinter
from config.runner.services import BASE_DIR, Plan, Service, plan_from_environment
from config.runner.supervisor import State, Supervisor, SupervisorGone
from config.secret_store import SecretStoreDamaged

EXIT_STOPPED = 0
EXIT_FAILED = 1
POLL_SECONDS = 0.1
WATCH_SECONDS = 0.3
REMIND_SECONDS = 15
READY_SECONDS = 180
START_ATTEMPTS = 3
STOP_SECONDS = 30


class NotStarted(Exception):
    """The run cannot go on; the message is for the person who typed `make run`."""


class Interrupted(Exception):
    """Ctrl-C or SIGTERM came before everything was up."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Run:
    """One `make run`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stopping = threading.Event()
        self.began = time.monotonic()

    def listen_for_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())

    def go(self) -> int:
        """The story of a run."""
        with claim(self.plan.state_dir):
            self.clear_up()
            database_url = self.start_database()
            try:
                with Supervisor(self.plan, os.environ, database_url) as supervisor:
                    self.export_model(supervisor)
                    self.start_first(supervisor)
                    login = self.prepare(supervisor)
                    with LogPrinter(self.log_files(), self.stopping.set):
                        self.start_rest(supervisor)
                        self.announce(login)
                        return self.watch(supervisor)
            finally:
                self.stop_all()

    def clear_up(self) -> None:
        for described in stop_leftovers(self.plan.state_dir):
            say(f"Stopped what an earlier run left: {described}")
        taken = taken_ports(self.plan)
        if taken:
            raise NotStarted("\n".join(str(port) for port in taken))

    def start_database(self) -> str:
        if not self.plan.own_database:
            say("database   from DATABASE_URL")
            return env_str("DATABASE_URL", "")
        started = time.monotonic()
        url = embedded_postgres.ensure_running(self.plan.state_dir / "postgres")
        say(f"postgres   ready in {time.monotonic() - started:.1f} s")
        return url

    def log_files(self) -> list[tuple[str, Path]]:
        files = [(service.name, self.plan.logs / f"{service.name}.log") for service in self.plan.services]
        if self.plan.own_database:
            files.append(("postgres", self.plan.state_dir / "postgres" / "server.log"))
        return files

    def export_model(self, supervisor: Supervisor) -> None:
        """Writes the graph that the embedding service runs fastest; at once when an earlier run did."""
        command = [self.plan.python, "-m", "embedding_service.export"]
        export = run_program(command, cwd=BASE_DIR, env=supervisor.environment)
        if export.returncode != 0:
            say(f"embedding  its faster graph could not be written, it will serve without:\n{export.stderr}")

    def start_first(self, supervisor: Supervisor) -> None:
        """The model loads while the data is prepared."""
        for service in self.plan.services:
            if service.name in ("postgres", "embedding"):
                supervisor.start(service.name)

    def prepare(self, supervisor: Supervisor) -> AdminLogin:
        answer = self.plan.state_dir / "admin-login.json"
        answer.unlink(missing_ok=True)
        command = [self.plan.python, "-m", "config.runner.prepare", str(answer)]
        process = subprocess.Popen(command, cwd=BASE_DIR, env=supervisor.environment, start_new_session=True)  # noqa: S603
        while process.poll() is None:
            if self.stopping.wait(POLL_SECONDS):
                process.terminate()
                process.wait()
                raise Interrupted
        if process.returncode != 0:
            raise NotStarted("Preparing the data failed; the lines above say why.")
        login = AdminLogin(**json.loads(answer.read_text(encoding="utf-8")))
        answer.unlink()
        return login

    def start_rest(self, supervisor: Supervisor) -> None:
        waiting = {service.name: service for service in self.plan.services}
        for name, state in supervisor.states().items():
            if state.status == "STOPPED":
                say(f"{name:<10} starting ...")
                supervisor.start(name)
        started = reminded = time.monotonic()
        seen: dict[str, set[int]] = {name: set() for name in waiting}
        while waiting:
            if self.stopping.wait(WATCH_SECONDS):
                raise Interrupted
            states = supervisor.states()
            for name, service in list(waiting.items()):
                seen[name].add(states[name].pid)
                self.check_that_it_stays_up(states[name], starts=len(seen[name] - {0}))
                if is_ready(service, states[name]):
                    del waiting[name]
                    say(f"{name:<10} ready in {time.monotonic() - started:.1f} s")
            if time.monotonic() - started > READY_SECONDS:
                raise NotStarted(f"Not ready after {READY_SECONDS} s: {', '.join(waiting)}. See {self.plan.logs}")
            if time.monotonic() - reminded > REMIND_SECONDS:
                reminded = time.monotonic()
                say(f"... still waiting for {', '.join(waiting)}")

    def check_that_it_stays_up(self, state: State, *, starts: int) -> None:
        if state.status == "FATAL" or starts > START_ATTEMPTS:
            raise NotStarted(f"{state.name} does not stay up. See {self.plan.logs / state.name}.log")

    def announce(self, login: AdminLogin) -> None:
        password = login.password or "(the password that was set for it)"
        say("")
        say(f"  EventZombie is up ({time.monotonic() - self.began:.1f} s).")
        say(f"  Page    {self.plan.page}")
        say(f"  Admin   {self.plan.page}admin/   {login.username} / {password}")
        say(f"  Logs    {self.plan.logs}")
        say("  Stop    Ctrl-C")
        say("")

    def watch(self, supervisor: Supervisor) -> int:
        """Says plainly when a service dies and comes back; the supervisor does the restarting."""
        try:
            return self.watch_services(supervisor)
        except SupervisorGone:
            time.sleep(POLL_SECONDS)  # its socket closes a moment before it has ended
            if not supervisor.died:
                raise
            say("The supervisor itself died. Stopping its services; start again with: make run")
            return EXIT_FAILED

    def watch_services(self, supervisor: Supervisor) -> int:
        known = supervisor.states()
        while not self.stopping.wait(WATCH_SECONDS):
            states = supervisor.states()
            for name, state in states.items():
                for line in changes(known[name], state):
                    say(line)
            known = states
        say("Stopping ...")
        return EXIT_STOPPED

    def stop_all(self) -> None:
        stop_leftovers(self.plan.state_dir)
        if self.plan.own_database:
            embedded_postgres.stop(self.plan.state_dir / "postgres")
        say("Stopped.")


def is_ready(service: Service, state: State) -> bool:
    if state.status != "RUNNING":
        return False
    if service.port is None or service.ready_path is None:
        return True
    try:
        answer = httpx.get(f"http://{service.address}:{service.port}{service.ready_path}", timeout=5, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK


def changes(before: State, after: State) -> list[str]:
    if before.pid and before.pid != after.pid:
        lines = [f"{before.name} (process {before.pid}) died; the supervisor starts it again."]
        return [*lines, f"{before.name} runs again as process {after.pid}."] if after.pid else lines
    if after.status == "FATAL" and before.status != "FATAL":
        return [f"{after.name} does not stay up; the supervisor has given up on it. See its log."]
    if after.pid and not before.pid:
        return [f"{after.name} runs again as process {after.pid}."]
    return []


def stop_running(plan: Plan) -> int:
    """`make stop`: ends the run of this folder, or what is left of one."""
    pid = runner_pid(plan.state_dir)
    if pid is not None:
        send(pid, signal.SIGTERM)
        if wait_until_gone([pid], STOP_SECONDS):
            say(f"The run (process {pid}) does not stop.")
            return EXIT_FAILED
        say("Stopped.")
        return EXIT_STOPPED
    Run(plan).stop_all()
    return EXIT_STOPPED


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.runner", description=__doc__)
    parser.add_argument("action", nargs="?", default="run", choices=("run", "stop"))
    options = parser.parse_args(arguments)
    try:
        load_env_file(BASE_DIR / ".env")
        plan = plan_from_environment()
        if options.action == "stop":
            return stop_running(plan)
        run = Run(plan)
        run.listen_for_signals()
        return run.go()
    except Interrupted:
        return EXIT_STOPPED
    except (
        NotStarted,
        AlreadyRunning,
        PostgresUnavailable,
        SupervisorGone,
        BadEnvironment,
        SecretStoreDamaged,
    ) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
