"""The documents of the chat hold: schemas are current, examples are what really comes, the small clients work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.core import mail

from accounts.tokens import issue_tokens
from chat_service.chunks import CHUNK
from chat_service.errors import ChatErrorCode
from chat_service.schema_files import FOLDER, schemas, text_of
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, Chunks, scripted
from conversations.models import ChatMessage

DOCS = FOLDER.parent
Ask = Callable[..., Chunks]


def fenced(name: str, language: str) -> list[str]:
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["chat.json", "chunks.json"])
def test_the_committed_schema_is_current(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(schemas()[name]), "make schemas"


@pytest.mark.usefixtures("concert")
def test_the_documented_question_is_answered_in_the_documented_order(ask: Ask) -> None:
    question, _ = map(json.loads, fenced("CHAT_API.md", "json"))
    got = ask(**question)
    (order,) = fenced("WEBSOCKET_CONTRACT.md", "transcript")
    pattern = " ".join(order.split()).replace("token* ", "(token )*")
    kinds = " ".join(c["type"] for c in got.all if c["type"] != "notice")
    assert re.fullmatch(pattern, kinds), kinds
    for chunk in got.all:
        CHUNK.validate_python(chunk)


def test_the_documented_refusal_is_the_one_that_comes(chat: ChatServer) -> None:
    _, refusal = map(json.loads, fenced("CHAT_API.md", "json"))
    answer = httpx.post(f"{chat.url}/api/v1/chat/stream", json={"message": "hi"})
    assert (answer.status_code, answer.json()) == (401, refusal)


def test_every_code_is_documented() -> None:
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("CHAT_API.md", "WEBSOCKET_CONTRACT.md"))
    internal = {"location_error"}
    assert {code for code in ChatErrorCode if f"`{code}`" not in text} == internal


@pytest.mark.usefixtures("concert")
@pytest.mark.parametrize("client", [[sys.executable, "chat.py"], ["node", "chat.mjs"]])
def test_the_small_clients_print_the_answer(chat: ChatServer, alice: User, client: list[str]) -> None:
    if shutil.which(client[0]) is None:
        pytest.skip(f"needs {client[0]}")
    scripted(chat, delay_s=0.02)
    token = issue_tokens(alice)["access"]
    program = [client[0], str(Path(DOCS / "clients" / client[1]))]
    done = subprocess.run(
        [*program, chat.url, token, "live music near Santa Rosa, CA in the next 3 days"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    answer = ChatMessage.objects.get(role="assistant")
    assert (done.returncode, done.stdout.strip()) == (0, answer.content.strip())
    assert str(answer.event_ids[0]) in done.stderr
    refused = subprocess.run(
        [*program, chat.url, "x.y.z", "hi"], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr or "401" in refused.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.usefixtures("concert")
def test_the_documented_calls_work_one_after_the_other(chat: ChatServer, live_server: Any, tmp_path: Path) -> None:
    first, rest = fenced("CHAT_API.md", "sh")
    environment = {"WEB": str(live_server), "CHAT": chat.url, "PATH": os.environ["PATH"]}

    def run(script: str) -> str:
        command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    run(first)
    letter = re.search(r"verify-email\?token=(\S+)", str(mail.outbox[-1].body))
    assert letter
    environment["LETTER"] = letter[1]
    told = run(first.partition("# An account")[0] + rest)
    assert told.count('"type":"done"') == 3  # asked, resumed, asked again
    assert '"should_refresh":false' in told
    assert '"stopped":false' in told
    assert "> live music in the next 3 days" in told
    assert "> only free ones" in told
    assert "signed out" in told
    answers = ChatMessage.objects.filter(role="assistant").values_list("session_id", "status")
    assert len({session for session, _ in answers}) == 1
    assert {status for _, status in answers} <= {"complete", "no_matches"}


ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/v1/chat/stream", {"json": {"message": "live music", "location_id": SANTA_ROSA}}),
    ("GET", "/api/v1/chat/turns/{turn}/stream", {}),
    ("POST", "/api/v1/chat/turns/{turn}/stop", {}),
    ("GET", "/api/v1/chat/ping", {}),
    ("GET", "/api/v1/chat/health", {}),
    ("GET", "/livez", {}),
    ("GET", "/readyz", {}),
    ("GET", "/metrics", {}),
]
# anonymous, somebody else, whose turn it is, staff: staff may not read other people's turns here
POLICY = {
    "/api/v1/chat/stream": (401, 200, 200, 200),
    "/api/v1/chat/turns/{turn}/stream": (401, 404, 200, 404),
    "/api/v1/chat/turns/{turn}/stop": (401, 404, 200, 404),
    "/api/v1/chat/ping": (200, 200, 200, 200),
    "/api/v1/chat/health": (200, 200, 200, 200),
    "/livez": (200, 200, 200, 200),
    "/readyz": (200, 200, 200, 200),
    "/metrics": (200, 200, 200, 200),  # on a machine of one's own; see METRICS_TOKEN
}


def test_every_route_has_a_policy() -> None:
    served = {path.replace("{turn_id}", "{turn}") for path in schemas()["chat.json"]["paths"]}
    assert served == set(POLICY) == {path for _, path, _ in ROUTES}


@pytest.mark.usefixtures("concert")
def test_every_route_lets_in_whom_it_should(chat: ChatServer, ask: Ask, alice: User, token_of: Any) -> None:
    turn = ask("live music", location_id=SANTA_ROSA).of("turn")[0]["turn_id"]
    bob = User.objects.create_user("bob", "bob@example.org", "a long password")
    staff = User.objects.create_user("staff", "staff@example.org", "a long password", is_staff=True)
    callers = [{}, token_of(bob), token_of(alice), token_of(staff)]
    for method, path, given in ROUTES:
        url = f"{chat.url}{path.format(turn=turn)}"
        seen = tuple(httpx.request(method, url, headers=h, timeout=30, **given).status_code for h in callers)
        assert seen == POLICY[path], path
