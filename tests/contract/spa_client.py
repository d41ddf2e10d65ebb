"""The chat half of the existing single-page client, defects included: its parser, its classifier, its retry rules."""

from __future__ import annotations

import base64
import codecs
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from tests.contract.browser import Browser

RETRIES = 5
FIRST_WAIT_S = 1.0
JITTER = 0.2
PROBE_BELOW_S = 30
TROUBLE = "I'm having trouble connecting right now. Please try again."
SIGN_IN_AGAIN = "Please sign in again."

Kind = Literal["token_expired", "auth_failed", "timeout", "server_error", "network_error", "aborted", "interrupted"]
RETRIED = frozenset({"token_expired", "timeout", "server_error", "network_error", "interrupted"})


class Aborted(Exception):
    """The user pressed cancel, or left the page."""


def events_of(parts: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One JSON object per event; what does not parse is dropped in silence."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest, data = "", []
    for part in parts:
        *lines, rest = (rest + decoder.decode(part)).split("\n")
        for raw in lines:
            line = raw.rstrip()
            if line.startswith("data:"):
                data.append(line[5:].lstrip())
            elif not line and data:
                yield from _parsed(data)
                data = []
    if data:  # a last event without its blank line counts when its line was ended
        yield from _parsed(data)


def _parsed(data: list[str]) -> Iterator[dict[str, Any]]:
    try:
        chunk = json.loads("\n".join(data))
    except ValueError:
        return
    if isinstance(chunk, dict):
        yield chunk


def classify_answer(status: int, body: Any) -> Kind:
    """Of an answer that is not 2xx. `detail.error_code` is never looked at."""
    top = body if isinstance(body, dict) else {}
    code = top.get("code")
    if isinstance(code, str) and code.lower() in ("token_expired", "auth_failed"):
        return "token_expired" if code.lower() == "token_expired" else "auth_failed"
    text = str(top.get("message") or top.get("error") or "").lower()
    if ("token" in text and "expired" in text) or "unauthorized" in text or "not authenticated" in text:
        return "token_expired"
    if status == 401:
        return "token_expired"
    if status == 403:
        return "auth_failed"
    if status in (408, 504):
        return "timeout"
    return "server_error" if status >= 500 else "interrupted"


@dataclass
class Shown:
    """What the user sees of one question, and what went over the wire for it."""

    text: str = ""
    locked: bool = True  # the composer waits for a final chunk
    finals: int = 0
    errors: int = 0
    card_ids: list[list[int]] = field(default_factory=list)  # one per fetch of cards
    follow_ups: list[str] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)  # why each try ended, where it ended badly
    waits_s: list[float] = field(default_factory=list)
    posts: int = 0
    chunks: list[dict[str, Any]] = field(default_factory=list)


def seconds_left(token: str) -> float:
    payload = token.split(".")[1]
    exp = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("exp")
    return float("inf") if exp is None else exp - time.time()


class SpaClient:
    def __init__(
        self,
        *,
        rest: str,
        stream: str,
        access: str,
        refresh: str = "",
        origin: str = "",
        sleep: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`origin` is where the page itself was loaded from; empty: from the address that it asks."""
        self.rest, self.stream = rest, stream
        self.access, self.refresh = access, refresh
        self.logged_out = False
        self._sleep = sleep
        self.browser = Browser(origin)

    def close(self) -> None:
        self.browser.close()

    def send(
        self,
        message: str,
        *,
        history: list[dict[str, str]] | None = None,
        location_id: int | str | None = None,
        on_chunk: Callable[[Shown, dict[str, Any]], None] = lambda shown, chunk: None,
    ) -> Shown:
        """`on_chunk` may raise Aborted, which is what the cancel button does, or sleep, which a slow reader does."""
        shown = Shown()
        body = request_body(message, history or [], location_id)
        for attempt in range(RETRIES + 1):
            if seconds_left(self.access) < PROBE_BELOW_S:
                self._probe()
            kind = self._try(body, shown, on_chunk)
            if kind is None or kind == "aborted":
                return shown
            shown.kinds.append(kind)
            if kind == "auth_failed":
                return _ended(shown, SIGN_IN_AGAIN)
            if kind == "token_expired":
                self._probe()
            if kind not in RETRIED or attempt == RETRIES or self.logged_out:
                break
            wait = FIRST_WAIT_S * 2**attempt * random.uniform(1 - JITTER, 1 + JITTER)
            shown.waits_s.append(wait)
            self._sleep(wait)
        return _ended(shown, TROUBLE)

    def _try(
        self, body: dict[str, Any], shown: Shown, on_chunk: Callable[[Shown, dict[str, Any]], None]
    ) -> Kind | None:
        headers = {"Authorization": f"Bearer {self.access}", "Accept": "text/event-stream"}
        shown.posts += 1
        url = f"{self.stream}/api/v1/chat/stream"
        try:
            with self.browser.stream("POST", url, json=body, headers=headers) as response:
                if not response.is_success:
                    response.read()
                    return classify_answer(response.status_code, _json(response))
                for chunk in events_of(response.iter_raw()):
                    shown.chunks.append(chunk)
                    self._show(shown, chunk)
                    on_chunk(shown, chunk)
        except Aborted:
            return "aborted"
        except httpx.TimeoutException:
            return "timeout"
        except httpx.TransportError:
            return "network_error"
        return None

    def _show(self, shown: Shown, chunk: dict[str, Any]) -> None:
        if chunk.get("error"):
            shown.errors += 1
            _ended(shown, TROUBLE)
        elif chunk.get("model") == "A" and chunk.get("done") is True:
            shown.finals += 1
            shown.locked = False
            ids = [int(i) for i in chunk.get("suggested_event_ids") or [] if str(i).lstrip("-").isdigit()]
            shown.follow_ups = list(chunk.get("follow_up_questions") or [])
            if ids:
                shown.card_ids.append(ids)
        elif chunk.get("model") == "A" and isinstance(chunk.get("token"), str):
            shown.text += chunk["token"]

    def cards(self, ids: list[int]) -> list[dict[str, Any]]:
        """Call 5."""
        return list(self._rest_call("/api/v1/events", {"ids": ids}).json())

    def _probe(self) -> None:
        """Call 6: its only use is to make the interceptor refresh the token."""
        self._rest_call("/api/v1/events", {"limit": 1})

    def _rest_call(self, path: str, params: dict[str, Any]) -> httpx.Response:
        if seconds_left(self.access) <= 0:
            self._refresh()
        answer = self._get(path, params)
        if answer.status_code == 401 and self._refresh():
            answer = self._get(path, params)
        return answer

    def _get(self, path: str, params: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access}"}
        return self.browser.request("GET", f"{self.rest}{path}", params=params, headers=headers, timeout=5)

    def _refresh(self) -> bool:
        url = f"{self.rest}/api/v1/token/refresh"
        answer = self.browser.request("POST", url, json={"refresh": self.refresh}, headers={}, timeout=5)
        if not answer.is_success:
            self.logged_out = True
            return False
        self.access = answer.json()["access"]  # a rotated refresh token would be ignored
        return True


def request_body(message: str, history: list[dict[str, str]], location_id: int | str | None) -> dict[str, Any]:
    today = time.time()
    day = [time.strftime("%Y-%m-%d", time.gmtime(today + n * 86_400)) for n in (0, 7)]
    return {
        "message": message.strip(),
        "single_model_mode": True,
        "preferred_model": "llama3.2:3b",
        "debug": False,
        "location_id": location_id,
        "chat_history": history,
        "context": {
            "location_id": location_id,
            "location_label": None,
            "location": None,
            "preferences": {
                "interests": [],
                "preferredTimes": "any",
                "transportation": "any",
                "context_summary": "",
            },
            "session_id": None,
            "chat_history": history,
            "date_range": {"from": day[0], "to": day[1]},
            "age_range": {"min": 0, "max": 18},
            "max_price": 100,
            "user_location": None,
            "max_distance_miles": None,
            "is_virtual": None,
            "debug": False,
        },
    }


def _ended(shown: Shown, text: str) -> Shown:
    """The partial answer goes, one fixed text takes its place."""
    shown.text, shown.locked = text, False
    return shown


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def harmless(chunks: list[dict[str, Any]]) -> list[str]:
    """What in a whole answer would hurt the client; empty when nothing would."""
    troubles = []
    ends = [c for c in chunks if c.get("error") or (c.get("model") == "A" and c.get("done") is True)]
    if len(ends) != 1:
        troubles.append(f"{len(ends)} ends of the answer")
    for chunk in chunks:
        if chunk.get("error") and chunk.get("type") != "error":
            troubles.append(f"an error in a chunk that is none: {chunk}")
        if chunk.get("model") == "SYSTEM" and chunk.get("debug_run_id"):
            troubles.append("a debug link nobody asked for")
        if "token" in chunk and (not isinstance(chunk["token"], str) or chunk.get("done")):
            troubles.append(f"a token that is lost: {chunk}")
        for name, value in chunk.items():
            if name.endswith("_event_ids") and not all(type(i) is int for i in value):
                troubles.append(f"{name} are not whole numbers: {value}")
    if ends and any("token" in c for c in chunks[chunks.index(ends[0]) + 1 :]):
        troubles.append("text after the end")
    return troubles
