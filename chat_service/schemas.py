"""The body of a chat's question."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.question import Question, SessionId, ShortText
from api.search.params import HANDLE_MAX_CHARS


class ChatRequest(Question):
    single_model_mode: bool = True
    preferred_model: ShortText | None = None  # a constant of one client; ours names an allowed model in `model`
    model: ShortText | None = None
    model_b: ShortText | None = None  # beside the first, where `single_model_mode` is false
    debug: bool = False
    session_id: SessionId = None
    search_handle: Annotated[str, Field(max_length=HANDLE_MAX_CHARS)] | None = None

    def settings(self) -> str:
        """What makes another question of the same words. A client that asks again may know more of the conversation by then."""
        grown = {"session_id", "chat_history"}
        return self.model_dump_json(exclude={"message": True, "context": grown, **dict.fromkeys(grown, True)})
