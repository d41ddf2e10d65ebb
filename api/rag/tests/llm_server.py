"""A real HTTP server on a free port that speaks chat completions, well or badly, one scripted reply per request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from api.rag.params import LLMParams

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
PARAMS = LLMParams(
    connect_s=0.5,
    first_token_s=0.4,
    between_tokens_s=0.3,
    total_s=2.0,
    first_answer_s=3.0,
    backoff_s=0.01,
    max_response_bytes=2_000_000,
)
"""Impatient: a test waits tenths of a second for what hangs."""


class _Hang(Exception):
    """The reply goes on for ever."""


@dataclass
class LLMServer:
    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                length = 0
                while (header := await reader.readline()) not in (b"\r\n", b""):
                    name, _, value = header.decode().partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                self.requests.append({"line": line.decode(), **json.loads(await reader.readexactly(length))})
                self.asked.set()
                try:
                    await self.replies.pop(0)(writer)
                except _Hang:
                    await reader.read()  # until the client hangs up
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.hung_up.set()
            writer.close()


@asynccontextmanager
async def llm_server(*replies: Reply) -> AsyncIterator[LLMServer]:
    box = LLMServer(replies=list(replies))
    server = await asyncio.start_server(box.handle, "127.0.0.1", 0)
    box.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield box
    finally:
        server.close()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def delta(text: str) -> bytes:
    body = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": text}}],
    }
    return chunk(b"data: " + json.dumps(body).encode() + b"\n\n")


def usage(tokens_in: int, tokens_out: int) -> bytes:
    body = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [],
        "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out},
    }
    return chunk(b"data: " + json.dumps(body).encode() + b"\n\n")


DONE = chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def says(*texts: str, pause: float = 0.0) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(SSE)
        for text in texts:
            writer.write(delta(text))
            await writer.drain()
            await asyncio.sleep(pause)
        writer.write(usage(11, len(texts)) + DONE)
        await writer.drain()

    return reply


def refuses(status: int, *headers: str) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        body = b'{"error": {"message": "secret words of the server"}}'
        head = f"HTTP/1.1 {status} No\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        writer.write((head + "".join(f"{h}\r\n" for h in headers) + "\r\n").encode() + body)
        await writer.drain()

    return reply


def dies(*before: bytes) -> Reply:
    """Sends `before` and cuts the connection."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        for part in before:
            writer.write(part)
        await writer.drain()
        writer.transport.abort()

    return reply


def hangs(*before: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        for part in before:
            writer.write(part)
        await writer.drain()
        raise _Hang

    return reply


def sends(*parts: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(SSE)
        for part in parts:
            writer.write(part)
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    return reply
