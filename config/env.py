"""Typed readers of the environment.

A variable that is unset or empty gives the default. Anything else must be a value of the asked type:
a flag set to "maybe" is an error that names the variable, the value and the fix - never a silent False.
"""

from __future__ import annotations

import math
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.secret_store import remembered

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
PRODUCTION = "production"
SECRET_MIN_CHARS = 32
QUOTED = re.compile(r"""(["'])(?P<inside>.*?)\1(?:\s+#.*)?""")


class BadEnvironment(Exception):
    """A variable that is missing or unusable; the message says which, what it holds and what to set."""

    def __init__(self, name: str, problem: str, fix: str) -> None:
        super().__init__(f"{name}: {problem} {fix}")
        self.name = name


def _raw(name: str) -> str | None:
    value = os.environ.get(name, "").strip()
    return value or None


@overload
def env_str(name: str, default: str, *, choices: Iterable[str] | None = None) -> str: ...
@overload
def env_str(name: str, default: None = None, *, choices: Iterable[str] | None = None) -> str | None: ...
def env_str(name: str, default: str | None = None, *, choices: Iterable[str] | None = None) -> str | None:
    value = _raw(name)
    if value is None:
        return default
    _check_choice(name, value, choices)
    return value


def _check_choice(name: str, value: str, choices: Iterable[str] | None) -> None:
    if choices is not None and value not in (allowed := sorted(choices)):
        raise BadEnvironment(name, f"{value!r} is not a choice.", f"Set it to one of: {', '.join(allowed)}.")


def env_bool(name: str, default: bool = False) -> bool:
    value = _raw(name)
    if value is None:
        return default
    word = value.lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise BadEnvironment(name, f"{value!r} is neither yes nor no.", f"Set {name}=1 or {name}=0, or unset it.")


def _check_bounds(name: str, value: float, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and value < minimum:
        raise BadEnvironment(name, f"{value} is too small.", f"Set it to {minimum} or more.")
    if maximum is not None and value > maximum:
        raise BadEnvironment(name, f"{value} is too large.", f"Set it to {maximum} or less.")


def env_int(name: str, default: int, *, minimum: int | None = None, maximum: int | None = None) -> int:
    value = _raw(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        raise BadEnvironment(name, f"{value!r} is not a whole number.", f"Set it like {name}={default}.") from None
    _check_bounds(name, number, minimum, maximum)
    return number


def env_float(name: str, default: float, *, minimum: float | None = None, maximum: float | None = None) -> float:
    value = _raw(name)
    if value is None:
        return default
    try:
        number = float(value)
    except ValueError:
        raise BadEnvironment(name, f"{value!r} is not a number.", f"Set it like {name}={default}.") from None
    if not math.isfinite(number):
        raise BadEnvironment(name, f"{value!r} is not a finite number.", f"Set it like {name}={default}.")
    _check_bounds(name, number, minimum, maximum)
    return number


def env_port(name: str, default: int) -> int:
    return env_int(name, default, minimum=1, maximum=65535)


def env_list(name: str, default: Iterable[str] = (), *, choices: Iterable[str] | None = None) -> list[str]:
    """Comma-separated words; empty words are dropped."""
    value = _raw(name)
    if value is None:
        return list(default)
    words = [word for part in value.split(",") if (word := part.strip())]
    for word in words:
        _check_choice(name, word, choices)
    return words


def env_pairs(name: str) -> dict[str, str]:
    """Comma-separated name:value; the values may be secrets, so the error shows none."""
    pairs = [word.partition(":") for word in env_list(name)]
    if not all(separator and value for _, separator, value in pairs):
        raise BadEnvironment(name, "holds a part that is no pair.", "Write it as name:value,name:value.")
    return {key: value for key, _, value in pairs}


def env_zone(name: str, default: str) -> str:
    """The name of a time zone."""
    value = env_str(name, default)
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadEnvironment(name, f"{value!r} is no time zone.", f"Set it like {name}={default}.") from None


def env_path(name: str, default: Path) -> Path:
    """An absolute path; a relative one is taken from the current folder, `~` is the home folder."""
    value = _raw(name)
    path = default if value is None else Path(value).expanduser()
    return path.absolute()


@overload
def env_url(name: str, default: str, *, schemes: Iterable[str] = ...) -> str: ...
@overload
def env_url(name: str, default: None = None, *, schemes: Iterable[str] = ...) -> str | None: ...
def env_url(name: str, default: str | None = None, *, schemes: Iterable[str] = ("http", "https")) -> str | None:
    """A URL with one of `schemes`, without its trailing slash."""
    value = _raw(name)
    if value is None:
        return default
    allowed = sorted(schemes)
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.lower() not in allowed or not rest:
        raise BadEnvironment(name, f"{value!r} is not a URL.", f"It must start with {' or '.join(allowed)}://.")
    return value.rstrip("/")


def is_production() -> bool:
    return env_str("ENV", "local", choices=("local", "test", PRODUCTION)) == PRODUCTION


def env_secret(name: str, *, remember_in: Path) -> str:
    """The secret in `name` or in the file named by `name`_FILE; generated once into `remember_in` outside production.

    Raises BadEnvironment when production has none, or when it is too short to be one.
    """
    value = _raw(name)
    file_name = _raw(f"{name}_FILE")
    if value is None and file_name is not None:
        try:
            value = Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadEnvironment(f"{name}_FILE", f"cannot be read ({error}).", "Point it at a readable file.") from None
    if value is None:
        if is_production():
            fix = f"Set {name} (or {name}_FILE), for example to the output of: openssl rand -hex 32"
            raise BadEnvironment(name, "is required when ENV=production.", fix)
        return remembered(remember_in, name, lambda: secrets.token_urlsafe(48))
    if len(value) < SECRET_MIN_CHARS:
        raise BadEnvironment(
            name, f"has only {len(value)} characters.", f"Use at least {SECRET_MIN_CHARS} random ones."
        )
    return value


def load_env_file(path: Path) -> list[str]:
    """Put the `NAME=value` lines of `path` into the environment where unset; returns the names that were set.

    Blank lines, `# comments` and a leading `export ` are fine, as are quotes around the value; a missing file is too.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    taken = []
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, separator, value = text.partition("=")
        name = name.strip()
        if not separator or not name.isidentifier():
            raise BadEnvironment(f"{path.name} line {number}", f"{line!r} is not NAME=value.", "Fix or remove it.")
        if name not in os.environ:
            os.environ[name] = _unquoted(value.strip())
            taken.append(name)
    return taken


def _unquoted(value: str) -> str:
    """Without the quotes around it and the comment behind it."""
    if quoted := QUOTED.fullmatch(value):
        return quoted["inside"]
    return f" {value}".split(" #", 1)[0].strip()
