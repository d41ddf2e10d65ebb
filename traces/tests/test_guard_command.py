from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

SOURCE = {
    "n": 1,
    "facts": {
        "id": 7,
        "title": "Clay Whistle Workshop",
        "start": "2026-11-21T10:00:00-08:00",
        "end": "2026-11-21T11:30:00-08:00",
        "venue": {"name": "Juniper Hall", "city": "Davis"},
        "price": {"min": 5, "max": 5, "currency": "USD"},
    },
}
LINE = {"id": "a", "now": "2026-11-20T09:00:00-08:00", "zone": "America/Los_Angeles", "sources": [SOURCE]}


def run(path: Path, *lines: str) -> list[dict]:  # type: ignore[type-arg]
    path.write_text("\n".join(lines), encoding="utf-8")
    out = StringIO()
    call_command("guard", jsonl=str(path), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_lie_split_over_deltas_is_put_right(tmp_path: Path) -> None:
    deltas = ["Clay Whistle Workshop [1] is on Sun", "day at 10 AM at Juni", "per Hall and costs $", "9."]
    assert run(tmp_path / "in.jsonl", json.dumps({**LINE, "deltas": deltas})) == [
        {
            "id": "a",
            "text": "Clay Whistle Workshop [1] is on Saturday, November 21 at 10 AM at Juniper Hall and costs $5.",
            "checked": 4,
            "corrected": 2,
            "withheld": 0,
            "findings": [
                {
                    "kind": "date",
                    "text": "Sunday",
                    "outcome": "corrected",
                    "replacement": "Saturday, November 21",
                    "row": 1,
                },
                {"kind": "price", "text": "$9", "outcome": "corrected", "replacement": "$5", "row": 1},
            ],
            "cited_event_ids": [7],
        }
    ]


def test_a_bad_line_is_named_and_the_others_are_answered(tmp_path: Path) -> None:
    path, out = tmp_path / "in.jsonl", StringIO()
    path.write_text('{"id": "x"}\nnot json\n' + json.dumps({**LINE, "deltas": ["Enjoy!"]}), encoding="utf-8")
    with pytest.raises(CommandError, match="2 lines"):
        call_command("guard", jsonl=str(path), stdout=out)
    first, second, third = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["id"], first["error"]) == ("x", "now: is missing")
    assert second["line"] == 2
    assert third["text"] == "Enjoy!"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"[" * 100_000, "not JSON: nested too deep"),
        (b'{"id": NaN}', "not JSON: NaN is no JSON number"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit"),
        (b"null", "an object is needed"),
        (b"\xff\xfe\x00", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b'{"now": "0001-01-01T00:00:00+00:00", "zone": "America/Los_Angeles", "deltas": [], "sources": []}', "now: is no ISO time: '0001-01-01T00:00:00+00:00'"),
        (b'{"now": "2026-11-20", "deltas": [1], "sources": []}', "deltas: must be a list of strings"),
        (b'{"now": "2026-11-20", "deltas": [], "sources": {}}', "sources: must be a list"),
        (b'{"now": "2026-11-20", "deltas": [], "sources": [], "zone": "../../etc/passwd"}', "zone: is no time zone: '../../etc/passwd'"),
        (b'{"now": "2026-11-20", "deltas": [], "sources": [{"n": 1, "facts": {"start": "noon"}}]}', "sources[0].facts.start: is no ISO time: 'noon'"),
    ],
)  # fmt: skip
def test_whatever_stands_in_a_line_the_next_is_answered(tmp_path: Path, line: bytes, error: str) -> None:
    path, out = tmp_path / "in.jsonl", StringIO()
    good = json.dumps({**LINE, "deltas": ["Enjoy!"]}).encode()
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\n" + line + b"\n" + good)
    with pytest.raises(CommandError, match="1 line could"):
        call_command("guard", jsonl=str(path), stdout=out)
    first, second, third = (json.loads(answer) for answer in out.getvalue().splitlines())
    assert (second["line"], second["error"]) == (2, error)
    assert first["text"] == third["text"] == "Enjoy!"


def test_half_a_character_is_written_as_it_was_read(tmp_path: Path) -> None:
    assert run(tmp_path / "in.jsonl", json.dumps({**LINE, "id": "\ud83d", "deltas": ["Enjoy\ud83d!"]}))[0] == {
        "id": "\ud83d", "text": "Enjoy!", "checked": 0, "corrected": 0, "withheld": 0, "findings": [], "cited_event_ids": [],
    }  # fmt: skip


def test_a_missing_file_is_said_plainly() -> None:
    with pytest.raises(CommandError, match="cannot read"):
        call_command("guard", jsonl="/nowhere/at/all.jsonl")
