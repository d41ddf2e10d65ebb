"""Two models side by side over one retrieval: interleaved, each with its own end, figures and failure."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User

from api.rag.errors import LLMUnavailable
from api.rag.llm.base import Piece
from api.rag.llm.router import Router
from api.rag.llm.scripted import ScriptedProvider
from api.rag.params import LLMParams
from api.rag.types import Prompt
from chat_service.chunks import CHUNK
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, Chunks, read_sse, wait_until
from conversations.models import ChatMessage, ChatTurn
from conversations.turns import forget_turns

Ask = Callable[..., Chunks]
QUESTION = {"message": "live music in the next 3 days", "location_id": SANTA_ROSA, "single_model_mode": False}
ONE = ["Live music night [1] is a good pick. ", "It should be fun. ", "Bring a friend. ", "Clap loudly."]
OTHER = ["Why not hear some music? ", "Live music night [1] costs $99. ", "Stay long. ", "Enjoy it."]
pytestmark = pytest.mark.usefixtures("concert")


def models(chat: ChatServer, *, a: Any = ONE, b: Any = OTHER, **of_b: Any) -> None:
    one = ScriptedProvider(a, name="one", model="model-one", delay_s=0.02)
    other = ScriptedProvider(b, name="other", model="model-other", **{"delay_s": 0.02, **of_b})
    chat.services.pipeline.router = Router([one, other], LLMParams(max_attempts=1))
    chat.services.pipeline.beside = "model-other"


def of(got: Chunks, slot: str) -> list[dict[str, Any]]:
    return [c for c in got.all if c.get("model") == slot]


def text(got: Chunks, slot: str) -> str:
    return "".join(c["token"] for c in of(got, slot) if c["type"] == "token")


def ends(got: Chunks) -> list[tuple[str, str]]:
    return [(c["model"], c["type"]) for c in got.all if c["type"] in ("done", "error")]


def test_two_models_answer_over_one_retrieval_each_with_its_own_end(chat: ChatServer, ask: Ask) -> None:
    models(chat)
    got = ask(**QUESTION)
    assert got.of("events")[0]["answers"] == ["A", "B"]
    assert len(got.of("events")) == 1
    assert text(got, "A").startswith("Live music night [1] is a good pick.")
    assert text(got, "B").startswith("Why not hear some music?")
    assert "$99" not in text(got, "B")  # the guard stands before both
    assert sorted(ends(got)) == [("A", "done"), ("B", "done")]
    done = {c["model"]: c for c in got.of("done")}
    assert (done["A"]["model_name"], done["B"]["model_name"]) == ("model-one", "model-other")
    assert (done["A"]["guard"]["corrected"], done["B"]["guard"]["corrected"]) == (0, 1)
    assert got.all[-1]["type"] == "system"
    for chunk in got.all:
        CHUNK.validate_python(chunk)


def test_their_words_come_interleaved(chat: ChatServer, ask: Ask) -> None:
    models(chat)
    slots = [c["model"] for c in ask(**QUESTION).of("token")]
    assert slots.index("B") < len(slots) - 1 - slots[::-1].index("A")
    assert slots.index("A") < len(slots) - 1 - slots[::-1].index("B")


def test_both_are_kept_and_the_conversation_goes_on_with_the_first(chat: ChatServer, ask: Ask) -> None:
    models(chat)
    got = ask(**QUESTION)
    kept = {m.model_slot: m for m in ChatMessage.objects.filter(role="assistant")}
    assert {slot: (m.content, m.status, m.usage["model"]) for slot, m in kept.items()} == {
        "A": (text(got, "A"), "complete", "model-one"),
        "B": (text(got, "B"), "complete", "model-other"),
    }
    again = ask(**QUESTION, session_id=got.of("turn")[0]["session_id"])
    assert len(again.of("done")) == 2
    assert ChatMessage.objects.filter(role="assistant").count() == 4


def test_the_faster_answer_ends_while_the_slower_one_is_written(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    models(chat, b=["Hm. "] * 20, delay_s=0.1)
    url, headers = f"{chat.url}/api/v1/chat/stream", token_of(alice)
    with httpx.stream("POST", url, json=QUESTION, headers=headers, timeout=30) as response:
        events = read_sse(response.iter_lines())
        assert next(c for _, c in events if c["type"] == "done")["model"] == "A"
        first, turn = ChatMessage.objects.get(role="assistant"), ChatTurn.objects.get()
        assert (first.status, turn.finished_at) == ("complete", None)  # saved before it was told
        rest = [c for _, c in events]
    assert [c["model"] for c in rest if c["type"] == "done"] == ["B"]
    assert rest[-1]["type"] == "system"


def test_a_second_model_that_fails_has_its_own_end_and_takes_nothing_from_the_first(chat: ChatServer, ask: Ask) -> None:
    models(chat, error=LLMUnavailable("down"), fail_after=0)
    got = ask(**QUESTION)
    assert sorted(ends(got)) == [("A", "done"), ("B", "done")]
    done = {c["model"]: c for c in got.of("done")}
    assert (done["A"]["status"], done["B"]["status"]) == ("complete", "failed")
    assert done["B"]["failure"] == {"code": "llm_unavailable", "retryable": True}
    assert (text(got, "B"), done["B"]["suggested_event_ids"]) == ("", [])
    assert [(c["code"], c["model"]) for c in of(got, "B") if c["type"] == "notice"] == [("second_answer_failed", "B")]
    assert not any(c.get("error") for c in got.all)  # a client would take the first answer away
    assert ChatMessage.objects.get(model_slot="B").error_code == "llm_unavailable"


def test_a_first_model_that_fails_leaves_the_composer_beside_the_second(chat: ChatServer, ask: Ask) -> None:
    models(chat)
    chat.services.pipeline.router = Router(
        [
            ScriptedProvider(["x"], name="one", model="model-one", error=LLMUnavailable("down"), fail_after=0),
            ScriptedProvider(OTHER, name="other", model="model-other"),
        ],
        LLMParams(max_attempts=1),
    )
    got = ask(**QUESTION, model="model-one")
    done = {c["model"]: c for c in got.of("done")}
    assert (done["A"]["provider"], done["B"]["provider"]) == ("composer", "other")
    assert "Live music night [1]" in text(got, "A")


def test_the_composer_may_stand_beside_a_model(chat: ChatServer, ask: Ask) -> None:
    models(chat)
    done = {c["model"]: c["provider"] for c in ask(**QUESTION, model_b="composer").of("done")}
    assert done == {"A": "one", "B": "composer"}


@pytest.mark.parametrize("why", ["no second model", "nothing found", "not asked for"])
def test_where_there_is_nothing_to_compare_there_is_one_answer(chat: ChatServer, ask: Ask, why: str) -> None:
    models(chat)
    body: dict[str, Any] = dict(QUESTION)
    if why == "no second model":
        chat.services.pipeline.beside = None
    elif why == "nothing found":
        body["candidate_event_ids"] = [10**9]
    else:
        body["single_model_mode"] = True
    got = ask(**body)
    assert (got.of("events")[0]["answers"], ends(got)) == (["A"], [("A", "done")])
    assert ("one_answer" in [n["code"] for n in got.of("notice")]) == (why != "not asked for")


def test_a_second_model_that_is_not_offered_is_named_before_the_stream(chat: ChatServer, ask: Ask) -> None:
    models(chat)
    got = ask(**QUESTION, model_b="gpt-of-my-own")
    assert (got.status, got.all[0]["code"]) == (422, "invalid_request")


def test_a_stream_of_two_answers_resumes_after_the_last_event_seen(
    chat: ChatServer, other_chat: ChatServer, ask: Ask, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    models(chat)
    got = ask(**QUESTION)
    turn_id = got.of("turn")[0]["turn_id"]
    for server in (chat, other_chat):
        for seen in (1, len(got.ids) // 2, len(got.ids) - 1):
            headers = {**token_of(alice), "Last-Event-ID": got.ids[seen - 1]}
            with httpx.stream("GET", f"{server.url}/api/v1/chat/turns/{turn_id}/stream", headers=headers) as response:
                assert [chunk for _, chunk in read_sse(response.iter_lines())] == got.all[seen:]


def test_two_old_answers_are_told_from_their_messages(
    chat: ChatServer, ask: Ask, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    models(chat)
    got = ask(**QUESTION)
    chat.loop.call_soon_threadsafe(chat.services.registry._runs.clear)
    assert forget_turns(-1) == 1
    url = f"{chat.url}/api/v1/chat/turns/{got.of('turn')[0]['turn_id']}/stream"
    with httpx.stream("GET", url, headers=token_of(alice)) as response:
        again = [chunk for _, chunk in read_sse(response.iter_lines())]
    assert [(c["type"], c.get("model")) for c in again] == [
        ("turn", None), ("token", "A"), ("done", "A"), ("token", "B"), ("done", "B"), ("system", "SYSTEM"),
    ]  # fmt: skip
    assert [c["token"] for c in again if c["type"] == "token"] == [text(got, "A"), text(got, "B")]


def test_a_stop_ends_both_and_keeps_what_each_had_said(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    models(chat, a=["It should be fun. "] * 200, b=["Stay long. "] * 200)
    url, headers = f"{chat.url}/api/v1/chat", token_of(alice)
    with httpx.stream("POST", f"{url}/stream", json=QUESTION, headers=headers, timeout=30) as response:
        events = read_sse(response.iter_lines())
        turn_id = next(events)[1]["turn_id"]
        seen = {c["model"]: c["token"] for _, c in zip_until_both(events)}
        assert httpx.post(f"{url}/turns/{turn_id}/stop", headers=headers).json()["stopped"] is True
        rest = [c for _, c in events]
    assert sorted((c["model"], c["status"]) for c in rest if c["type"] == "done") == [
        ("A", "cancelled"),
        ("B", "cancelled"),
    ]
    assert set(seen) == {"A", "B"}
    kept = {m.model_slot: m for m in ChatMessage.objects.filter(role="assistant")}
    assert {slot: (m.status, m.content != "") for slot, m in kept.items()} == {
        "A": ("cancelled", True), "B": ("cancelled", True),
    }  # fmt: skip


def zip_until_both(events: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    slots: set[str] = set()
    while slots != {"A", "B"}:
        event = next(events)
        if event[1]["type"] == "token":
            slots.add(event[1]["model"])
            yield event


def test_a_bug_in_one_answer_ends_both_without_an_error_chunk_that_would_hide_text(chat: ChatServer, ask: Ask) -> None:
    def broken(prompt: Prompt) -> Iterator[Piece]:
        yield from ["Why not hear some music? "] * 8
        raise ZeroDivisionError

    models(chat, a=["So. "] * 20, b=broken)
    got = ask(**QUESTION)
    assert sorted(ends(got)) == [("A", "done"), ("B", "done")]
    assert {c["status"] for c in got.of("done")} == {"failed"}
    assert [c["code"] for c in got.of("notice")] == ["server_error"]


def test_the_worker_of_two_answers_dies(
    chat: ChatServer, other_chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    from conversations.turns import end_lost_turns

    models(chat, b=["It should be fun. "] * 150, delay_s=0.1)
    headers = token_of(alice)
    with httpx.stream("POST", f"{chat.url}/api/v1/chat/stream", json=QUESTION, headers=headers, timeout=30) as response:
        events = read_sse(response.iter_lines())
        turn_id = uuid.UUID(next(events)[1]["turn_id"])
        assert next(c for _, c in events if c["type"] == "done")["model"] == "A"
        wait_until(lambda: chat.services.registry._runs[turn_id].saved > 8)
        chat.loop.call_soon_threadsafe(
            chat.services.registry.journal._runs.discard, chat.services.registry._runs[turn_id]
        )
        assert end_lost_turns(-1) == [turn_id]
        url = f"{other_chat.url}/api/v1/chat/turns/{turn_id}/stream"
        with httpx.stream("GET", url, headers=headers, timeout=30) as told:
            seen = [c for _, c in read_sse(told.iter_lines())]
    assert [(c["model"], c["status"]) for c in seen if c["type"] == "done"] == [("A", "complete"), ("B", "failed")]
