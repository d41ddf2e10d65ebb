"""Ask one question and print the answer: `python chat.py http://localhost:8002 TOKEN "live music tonight"`.

Needs httpx. A cut on the way is resumed where it was; the same key makes a repeated question the same turn.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

WAITS_S = (0.4, 1.2, 3.0)


def local_zone() -> str | None:
    """The IANA name of this machine's zone, where it tells one: by it "tonight" is meant while no place is named."""
    return os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2] or None


def events(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, chunk) of each event; comments are skipped."""
    event_id, data = "", ""
    for line in response.iter_lines():
        if line.startswith("id:"):
            event_id = line[3:].strip()
        elif line.startswith("data:"):
            data = line[5:].strip()
        elif not line and data:
            yield event_id, json.loads(data)
            data = ""


def ask(base: str, token: str, message: str, **body: Any) -> Iterator[dict[str, Any]]:
    """The chunks of one turn, once each, until SYSTEM. Raises httpx.HTTPStatusError; its body has `code` and `retryable`."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
    turn, last, tries = "", "", 0
    with httpx.Client(base_url=f"{base}/api/v1/chat", headers=headers, timeout=60) as client:
        while True:
            if turn:
                more = {"Last-Event-ID": last} if last else {}
                request = client.stream("GET", f"/turns/{turn}/stream", headers=more)
            else:
                request = client.stream("POST", "/stream", json={"message": message, **body})
            try:
                with request as response:
                    if response.is_error:
                        response.read()
                        response.raise_for_status()
                    for event_id, chunk in events(response):
                        if chunk["type"] == "ping" or chunk.get("code") == "resume":
                            continue
                        turn, last, tries = chunk.get("turn_id", turn), event_id or last, 0
                        yield chunk
                        if chunk["type"] == "system":
                            return
            except httpx.TransportError:
                pass
            if tries == len(WAITS_S):
                raise ConnectionError("the answer broke off on the way")
            time.sleep(WAITS_S[tries])
            tries += 1


def main() -> None:
    base, token, message = sys.argv[1:4]
    for chunk in ask(base, token, message, timezone=local_zone()):
        match chunk["type"]:
            case "token":
                sys.stdout.write(chunk["token"])
                sys.stdout.flush()
            case "notice":
                sys.stderr.write(f"[{chunk['code']}] {chunk['message']}\n")
            case "error":
                sys.exit(f"{chunk['error_code']}: {chunk['error']}")
            case "done":
                sys.stdout.write("\n")
                sys.stderr.write(f"events: {chunk['suggested_event_ids']}\n")


if __name__ == "__main__":
    main()
