from __future__ import annotations

import json
import logging

import pytest

from config.env import BadEnvironment
from config.logging import JsonFormatter, NotAProbe, WithoutQuery, logging_config, without_secrets


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("Authorization: Bearer eyJh.eyJz.c2ln", "Authorization: Bearer ***"),
        ("postgresql://eve:s3cret@host/db", "postgresql://eve:***@host/db"),
        ("redis://:s3cret@host:6379/0", "redis://:***@host:6379/0"),
        ('{"password": "s3cret", "name": "eve"}', '{"password": "***", "name": "eve"}'),
        ("api_key=abc&x=1", "api_key=***&x=1"),
        ('"GET /reset-password?token=eyJp.1vM.Xq-_ HTTP/1.1" 200', '"GET /reset-password?token=*** HTTP/1.1" 200'),
        ('"POST /api/v1/users/verify/eyJp.1vM.Xq-_ HTTP/1.1" 400', '"POST /api/v1/users/verify/*** HTTP/1.1" 400'),
        ("error_code=token_expired, first_token_ms=12", "error_code=token_expired, first_token_ms=12"),
        ("served at http://host:8003/embed", "served at http://host:8003/embed"),
    ],
)
def test_secrets_are_masked(spoken, written):
    assert without_secrets(spoken) == written


def test_json_line_holds_extra_fields_and_masks_them():
    record = logging.LogRecord("api", logging.INFO, __file__, 1, "turn %s", ("done",), None)
    record.trace_id = "t1"
    record.header = 'Bearer "abc.def'
    entry = json.loads(JsonFormatter().format(record))
    assert {name: entry[name] for name in ("level", "logger", "message", "trace_id")} == {
        "level": "INFO",
        "logger": "api",
        "message": "turn done",
        "trace_id": "t1",
    }


def test_probes_are_not_logged():
    def record(path: str) -> logging.LogRecord:
        return logging.LogRecord(
            "uvicorn.access", logging.INFO, "", 1, f'127.0.0.1 - "GET {path} HTTP/1.1" 200', (), None
        )

    assert [NotAProbe().filter(record(path)) for path in ("/livez", "/readyz?x=1", "/api/v1/events")] == [
        False,
        False,
        True,
    ]


def test_what_a_link_asks_for_is_not_logged():
    arguments = ("127.0.0.1:1", "GET", "/api/v1/search?query=divorce+support&limit=5", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 1, '%s - "%s %s HTTP/%s" %d', arguments, None)
    assert WithoutQuery().filter(record)
    assert record.getMessage() == '127.0.0.1:1 - "GET /api/v1/search HTTP/1.1" 200'


def test_production_logs_json_and_a_wrong_level_is_refused(monkeypatch):
    monkeypatch.setenv("ENV", "production")
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    assert logging_config()["handlers"]["console"]["formatter"] == "json"
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(BadEnvironment, match="LOG_LEVEL"):
        logging_config()
