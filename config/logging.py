"""One way to log for every Django process: lines for people locally, JSON lines for machines in production."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from config.env import env_str, is_production

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
OWN_LOGGERS = ("accounts", "api", "chat_service", "config", "conversations", "events", "locations", "traces", "web")
PROBES = re.compile(r'"(?:GET|HEAD) /(?:livez|readyz|health)\b')
SECRETS = (
    (re.compile(r"(\bBearer\s+)[\w.~+/=-]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(\b\w+://[^\s:/@]*:)[^\s@/]+@"), r"\1***@"),
    (re.compile(r"(/users/verify/)[^\s\"?]+"), r"\1***"),
    (re.compile(r"(\b(?:password|api_key|secret|token)[\"']?\s*[=:]\s*[\"']?)[^\s\"',&}]+", re.IGNORECASE), r"\1***"),
)
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


def without_secrets(text: str) -> str:
    """Tokens, also of the links in our letters, passwords in URLs and key=value secrets are masked: logs travel further than the process."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """One object a line; fields given as `extra` stand beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name, value in vars(record).items() if name not in STANDARD_FIELDS}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        # Masked value by value: a pattern run over the finished JSON could eat a quote and break the line.
        clean = {name: without_secrets(value) if isinstance(value, str) else value for name, value in entry.items()}
        return json.dumps(clean, ensure_ascii=False, default=lambda value: without_secrets(str(value)))


class NotAProbe(logging.Filter):
    """Health probes come every few seconds and say nothing when they succeed."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not PROBES.search(record.getMessage())


class WithoutQuery(logging.Filter):
    """What a reader searches for stands behind the path of a link, and is the reader's own."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                word.partition("?")[0] if isinstance(word, str) and word.startswith("/") else word
                for word in record.args
            )
        return True


def logging_config() -> dict[str, Any]:
    """For Django's LOGGING. LOG_LEVEL sets the level of our own loggers, LOG_FORMAT is `line` or `json`."""
    level = env_str("LOG_LEVEL", "INFO", choices=LEVELS)
    shape = env_str("LOG_FORMAT", "json" if is_production() else "line", choices=("line", "json"))
    quiet = {"level": "WARNING", "handlers": ["console"], "propagate": False}
    spoken = {"level": "INFO", "handlers": ["console"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"not_a_probe": {"()": NotAProbe}, "without_query": {"()": WithoutQuery}},
        "formatters": {
            "line": {
                "()": LineFormatter,
                "format": "{asctime} {levelname:<7} {name}: {message}",
                "style": "{",
                "datefmt": "%H:%M:%S",
            },
            "json": {"()": JsonFormatter},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": shape}},
        "root": {"level": "WARNING", "handlers": ["console"]},
        "loggers": {
            "django": quiet,
            "django.request": {"level": "ERROR", "handlers": ["console"], "propagate": False},
            "httpx": quiet,
            "uvicorn": spoken,
            "uvicorn.error": spoken,
            "uvicorn.access": spoken | {"filters": ["not_a_probe", "without_query"]},
            **{name: {"level": level, "handlers": ["console"], "propagate": False} for name in OWN_LOGGERS},
        },
    }
