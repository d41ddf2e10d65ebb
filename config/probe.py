"""`python -m config.probe PORT PATH`: a container's health check. Standard library alone, so that it starts at once."""

from __future__ import annotations

import http.client
import os
import sys

TIMEOUT_S = 4


def allowed_host() -> str:
    """A name that Django answers to: the first of ALLOWED_HOSTS that is a name."""
    for word in os.environ.get("ALLOWED_HOSTS", "").split(","):
        name = word.strip().lstrip(".")
        if name and name != "*":
            return name
    return "localhost"


def probe(port: int, path: str) -> int:
    """The HTTP status. Speaks as the TLS proxy in front does, else production answers with a redirect to https."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers={"Host": allowed_host(), "X-Forwarded-Proto": "https"})
        return connection.getresponse().status
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    try:
        status = probe(int(arguments[0]), arguments[1])
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if status != http.client.OK:
        sys.stderr.write(f"answered {status}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
