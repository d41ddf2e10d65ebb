"""Tools in the words of chat completions: how they are offered, how calls arrive in pieces, how results go back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.rag.params import LLMParams
from api.rag.types import Prompt, ToolCall, ToolRound

CALLS_READ = 16  # further ones of a runaway stream are not even kept


def request_tools(prompt: Prompt) -> dict[str, Any]:
    if not prompt.tools:
        return {}
    functions = [{"name": t.name, "description": t.description, "parameters": dict(t.parameters)} for t in prompt.tools]
    return {"tools": [{"type": "function", "function": f} for f in functions]}


def told(done: ToolRound) -> Iterator[dict[str, Any]]:
    calls = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in done.calls
    ]
    yield {"role": "assistant", "content": done.said, "tool_calls": calls}
    for call, result in zip(done.calls, done.results, strict=True):
        yield {"role": "tool", "tool_call_id": call.id, "content": result}


class ToolCalls:
    """Puts calls together from their pieces. Nothing here trusts the shape of a chunk, or its size."""

    def __init__(self, params: LLMParams) -> None:
        self._max_chars = params.max_tool_arguments_chars
        self._parts: dict[int, list[str]] = {}  # index -> id, name, arguments

    def add(self, chunk: Any) -> bool:
        """Says whether the chunk held a piece of a call."""
        choices = getattr(chunk, "choices", None)
        delta = getattr(choices[0], "delta", None) if isinstance(choices, list) and choices else None
        pieces = getattr(delta, "tool_calls", None)
        for piece in pieces if isinstance(pieces, list) else ():
            index, function = getattr(piece, "index", None), getattr(piece, "function", None)
            if not isinstance(index, int) or len(self._parts) >= CALLS_READ:
                continue
            parts = self._parts.setdefault(index, ["", "", ""])
            parts[0] = parts[0] or _text(getattr(piece, "id", None))
            parts[1] = parts[1] or _text(getattr(function, "name", None))
            # one more than allowed is kept, so that what is too long is refused and not cut
            room = self._max_chars + 1 - len(parts[2])
            parts[2] += _text(getattr(function, "arguments", None))[: max(0, room)]
        return bool(pieces)

    def whole(self) -> Iterator[ToolCall]:
        for index, (id_, name, arguments) in sorted(self._parts.items()):
            yield ToolCall(id_ or f"call_{index}", name, arguments)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
