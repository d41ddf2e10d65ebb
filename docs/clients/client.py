"""A small client of EventZombie: sign in as a guest, ask, print the answer as it streams. Standard library only.

python client.py "live music in Davis tonight"
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

WEB = os.environ.get("EVENTZOMBIE_WEB", "http://localhost:8000")
CHAT = os.environ.get("EVENTZOMBIE_CHAT", "http://localhost:8002")


def post(url: str, body: Any = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body or {}).encode(), headers, method="POST")  # noqa: S310  our own addresses
    return urllib.request.urlopen(request, timeout=60)  # noqa: S310


def chunks(response: Any) -> Iterator[dict[str, Any]]:
    """One JSON object per event; comments, ids and heartbeats are passed over."""
    data: list[str] = []
    for raw in response:
        line = raw.decode().rstrip("\r\n")
        if line.startswith("data:"):
            data.append(line[5:].lstrip())
        elif not line and data:
            yield json.loads("\n".join(data))
            data = []


def main(question: str) -> int:
    access = json.load(post(f"{WEB}/api/v1/auth/guest"))["access"]
    for chunk in chunks(post(f"{CHAT}/api/v1/chat/stream", {"message": question}, access)):
        if chunk.get("error"):
            sys.stderr.write(f"{chunk['error_code']}: {chunk['error']}\n")
            return 1
        if chunk.get("type") == "token":
            sys.stdout.write(chunk["token"])
            sys.stdout.flush()
        elif chunk.get("model") == "A" and chunk.get("done"):
            sys.stdout.write(f"\n\nEvents: {chunk['suggested_event_ids']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:]) or "What is on this weekend in Santa Rosa, CA?"))
