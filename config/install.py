"""`python3 -m config.install GROUP`: makes .venv and installs a dependency group into it, once per change.

Standard library alone: it runs before anything is installed. Plain syntax: an old Python must get as far as the message.
"""
# ruff: noqa: S603 - runs pip and Python themselves, with words of this file

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
BASE_DIR = Path(__file__).resolve().parent.parent
VENV = BASE_DIR / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = BASE_DIR / ".data" / "install.lock"
CONSTRAINTS = BASE_DIR / "constraints.txt"
WIDER = {"run": ("run", "dev"), "dev": ("dev",)}
OLDEST_PIP = "pip>=25.1"  # the first that knows --group
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


class NotInstalled(Exception):
    """The environment cannot be made; the message says what to do."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(group: str) -> int:
    try:
        LOCK.parent.mkdir(exist_ok=True)
        with LOCK.open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            install(group)
    except NotInstalled as problem:
        sys.stderr.write(str(problem) + "\n")
        return 1
    return 0


def install(group: str) -> None:
    if PYTHON.exists() and any(stamp(name).exists() and stamp(name).read_text() == key(name) for name in WIDER[group]):
        return
    if not PYTHON.exists() or not has_pip():
        make_venv(suitable_python())
    say(f"Installing what EventZombie needs into {VENV} (the first time takes minutes) ...")
    pip("install", "-q", "-U", OLDEST_PIP)
    # What is never imported need not be compiled; the rest is when it first is.
    pip("install", "-q", "--no-compile", torch_requirement(), *torch_source())
    pip(
        "install",
        "-q",
        "--no-compile",
        "--group",
        str(BASE_DIR / "pyproject.toml") + ":" + group,
        "-c",
        str(CONSTRAINTS),
    )
    stamp(group).write_text(key(group))


def stamp(group: str) -> Path:
    return VENV / ("installed-" + group)


def key(group: str) -> str:
    """Changes when the group, the pinned versions or the Python of the environment do."""
    groups = (BASE_DIR / "pyproject.toml").read_text(encoding="utf-8").split("[dependency-groups]")[1].split("\n[")[0]
    config = VENV / "pyvenv.cfg"
    parts = [group, groups, CONSTRAINTS.read_text(encoding="utf-8"), config.read_text() if config.exists() else ""]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def version_of(python: str) -> tuple[int, ...]:
    script = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True)
    return tuple(int(word) for word in done.stdout.split()) if done.returncode == 0 else (0,)


def suitable_python() -> str:
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for minor in range(14, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and version_of(found) >= OLDEST:
            return found
    raise NotInstalled(
        f"EventZombie needs Python 3.11 or newer; this is {platform.python_version()}. "
        "Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv) or run: make PYTHON=/path/to/python3.11 run"
    )


def has_pip() -> bool:
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode == 0


def make_venv(python: str) -> None:
    """With the venv's own pip, or - Debian keeps that in a package of its own - with the system's."""
    say(f"Making a virtual environment in {VENV} ...")
    done = subprocess.run([python, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if done.returncode == 0:
        return
    bare = subprocess.run([python, "-m", "venv", "--clear", "--without-pip", str(VENV)], capture_output=True)
    borrowed = [python, "-m", "pip", "--python", str(PYTHON), "install", "-q", OLDEST_PIP]
    if bare.returncode != 0 or subprocess.run(borrowed, capture_output=True).returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise NotInstalled(
            f"{python} cannot make a virtual environment: {(done.stdout + done.stderr).strip()}\n"
            "On Debian and Ubuntu: apt install python3-venv (or python3-pip)"
        )


def pip(*arguments: str) -> None:
    done = subprocess.run([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], cwd=str(BASE_DIR))
    if done.returncode != 0:
        raise NotInstalled(f"pip {' '.join(arguments)} failed; its message is above. Run the same command again.")


def torch_requirement() -> str:
    for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("torch=="):
            return line.strip()
    return "torch"


def torch_source() -> list[str]:
    """PyPI's torch brings gigabytes of CUDA; without an NVIDIA card take the CPU build, unless pip finds one anyway."""
    if sys.platform != "linux" or shutil.which("nvidia-smi") or os.environ.get("PIP_INDEX_URL"):
        return []
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "-q",
        "--dry-run",
        "--no-deps",
        "--ignore-installed",
        "--report",
        "-",
    ]
    done = subprocess.run([*command, torch_requirement()], capture_output=True, text=True)
    if done.returncode != 0:
        return []
    chosen = json.loads(done.stdout)["install"][0]["download_info"]["url"]
    if "cpu" in chosen.rsplit("/", 1)[1]:
        return []
    return ["--extra-index-url", TORCH_CPU_INDEX]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
