"""What a browser adds to a page's requests: it asks the other origin first, and hides answers that do not name the page's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

# headers that need no leave; JSON as a content type does
UNASKED = frozenset({"accept", "accept-language", "content-language"})


class CorsError(httpx.TransportError):
    """The page learns no more than from a cut cable."""


class Browser:
    """Requests of a page at `origin`, or of the page that each address serves itself where that is empty."""

    def __init__(self, origin: str) -> None:
        self.preflights = 0
        self._origin = origin
        self._allowed: set[tuple[str, str]] = set()
        self._http = httpx.Client(timeout=30)

    def close(self) -> None:
        self._http.close()

    def request(self, method: str, url: str, *, headers: Mapping[str, str], **more: Any) -> httpx.Response:
        with self.stream(method, url, headers=headers, **more) as response:
            response.read()
            return response

    @contextmanager
    def stream(self, method: str, url: str, *, headers: Mapping[str, str], **more: Any) -> Iterator[httpx.Response]:
        """Raises CorsError where a page would see a TypeError of fetch."""
        if not self._crosses(url):
            with self._http.stream(method, url, headers=dict(headers), **more) as response:
                yield response
            return
        asked = {*headers, *(["content-type"] if "json" in more else [])}
        self._ask_first(method, url, sorted({name.lower() for name in asked} - UNASKED))
        with self._http.stream(method, url, headers={**headers, "Origin": self._origin}, **more) as response:
            self._check(response)
            yield response

    def _crosses(self, url: str) -> bool:
        parts = urlsplit(url)
        return bool(self._origin) and f"{parts.scheme}://{parts.netloc}" != self._origin

    def _ask_first(self, method: str, url: str, names: list[str]) -> None:
        question = (method, url.partition("?")[0])
        if question in self._allowed:
            return
        self.preflights += 1
        answer = self._http.options(
            url,
            headers={
                "Origin": self._origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": ",".join(names),
            },
        )
        self._check(answer)
        if not answer.is_success:
            raise CorsError(f"the preflight of {url} was answered with {answer.status_code}")
        refused = set(names) - _list(answer, "Access-Control-Allow-Headers")
        if method.lower() not in _list(answer, "Access-Control-Allow-Methods") or refused:
            raise CorsError(f"{method} {url} with {names} is not allowed")
        if int(answer.headers.get("Access-Control-Max-Age", 0)) > 0:
            self._allowed.add(question)

    def _check(self, response: httpx.Response) -> None:
        if response.headers.get("Access-Control-Allow-Origin") not in (self._origin, "*"):
            raise CorsError(f"{response.status_code} of {response.url} does not name {self._origin}")


def _list(response: httpx.Response, header: str) -> set[str]:
    return {name.strip().lower() for name in response.headers.get(header, "").split(",")}
