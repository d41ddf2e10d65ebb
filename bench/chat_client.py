"""Clients for load tests: raw sockets and one buffer each, read afterwards, so that the clients cost less than what they measure."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

END = b"0\r\n\r\n"


@dataclass
class Took:
    """One stream as it came. Times are seconds from the request."""

    first_byte_s: float = 0.0
    first_token_s: float = 0.0
    raw: bytearray = field(default_factory=bytearray)
    status: int = 0

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """(id, chunk) of each event but the heartbeats."""
        found = []
        for block in _dechunked(bytes(self.raw)).decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":") and ": " in line)
            if "data" in lines and lines["data"] != '{"type":"ping"}':
                found.append((lines.get("id", ""), json.loads(lines["data"])))
        return found


def request_of(url: str, headers: dict[str, str], body: dict[str, Any]) -> bytes:
    parts = urlsplit(url)
    content = json.dumps(body).encode()
    lines = [
        "POST /api/v1/chat/stream HTTP/1.1",
        f"Host: {parts.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def ask(url: str, headers: dict[str, str], body: dict[str, Any], *, deaf_s: float = 0.0) -> Took:
    """The whole stream; with `deaf_s` the client stops reading for so long after its first byte."""
    parts = urlsplit(url)
    took, began = Took(), time.perf_counter()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**16)
    try:
        writer.write(request_of(url, headers, body))
        head = await reader.readuntil(b"\r\n\r\n")
        took.status = int(head.split(b" ", 2)[1])
        while part := await reader.read(2**16):
            if not took.first_byte_s:
                took.first_byte_s = time.perf_counter() - began
                await asyncio.sleep(deaf_s)
            took.raw += part
            if not took.first_token_s and b'"type":"token"' in part:
                took.first_token_s = time.perf_counter() - began
            if took.raw.endswith(END) or took.status != 200:
                break
    finally:
        writer.close()
    return took


def _dechunked(raw: bytes) -> bytes:
    parts, at = [], 0
    while at < len(raw):
        line = raw.index(b"\r\n", at)
        size = int(raw[at:line], 16)
        parts.append(raw[line + 2 : line + 2 + size])
        at = line + 2 + size + 2
        if size == 0:
            break
    return b"".join(parts)
