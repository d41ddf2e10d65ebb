"""A feed from the web: bounded in time and size, and never from inside our own network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from events.params import ETAG_MAX, FETCH_DEADLINE_S, FETCH_MAX_BYTES, FETCH_MAX_REDIRECTS

_HEADERS = {
    "User-Agent": "EventZombie/1 (event feed importer)",
    "Accept": "text/calendar, application/ld+json, application/json, text/html, */*;q=0.1",
    "Accept-Encoding": "identity",
}

NAT64 = ipaddress.ip_network("64:ff9b::/96")


class FetchError(Exception):
    """The feed could not be fetched. `retryable` says whether trying later may help."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Fetched:
    """`not_modified`: the server says the body of `etag` is still current; then nothing was written."""

    url: str
    etag: str
    not_modified: bool = False


@dataclass(frozen=True, slots=True)
class FetchLimits:
    deadline_s: float = FETCH_DEADLINE_S
    max_bytes: int = FETCH_MAX_BYTES
    allow_private: bool = False


def fetch(url: str, target: Path, *, etag: str = "", limits: FetchLimits | None = None) -> Fetched:
    """Write the body of `url` to `target`. A packed body stays packed: `open_feed` unpacks it within bounds. Raises FetchError."""
    try:
        return asyncio.run(_followed(url, target, etag, limits or FetchLimits()))
    except (TimeoutError, httpx.TimeoutException) as error:
        raise FetchError("the feed did not arrive in time", retryable=True) from error
    except httpx.HTTPError as error:
        raise FetchError(f"the server cannot be reached: {error}", retryable=True) from error
    except (httpx.InvalidURL, ValueError) as error:  # of the address given, or of one it redirects to
        raise FetchError(f"not an address: {error}", retryable=False) from error


async def _followed(url: str, target: Path, etag: str, limits: FetchLimits) -> Fetched:
    """In async code only because that can be given up at any point: a server that drips its headers never runs into a timeout."""
    async with asyncio.timeout(limits.deadline_s):
        for _ in range(FETCH_MAX_REDIRECTS + 1):
            address = public_address(url, allow_private=limits.allow_private)
            answer = await _once(url, address, target, etag, limits)
            if isinstance(answer, Fetched):
                return answer
            url = urljoin(url, answer)
    raise FetchError("too many redirects", retryable=False)


async def _once(url: str, address: str, target: Path, etag: str, limits: FetchLimits) -> Fetched | str:
    """The feed, or the address it redirects to. The connection goes to the address that was checked, whatever DNS says by then."""
    asked = httpx.URL(url)
    pinned = asked.copy_with(host=address)
    headers = {**_HEADERS, "Host": asked.netloc.decode()} | ({"If-None-Match": etag} if etag else {})
    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(limits.deadline_s, connect=10.0), trust_env=False) as client,
        client.stream("GET", pinned, headers=headers, extensions={"sni_hostname": asked.raw_host.decode()}) as response,
    ):
        if response.status_code == 304:
            return Fetched(url, etag, not_modified=True)
        if response.is_redirect:
            return str(response.headers.get("location", ""))
        if response.status_code != 200:
            raise FetchError(
                f"the server answered {response.status_code}",
                retryable=response.status_code >= 500 or response.status_code == 429,
            )
        packing = response.headers.get("content-encoding", "").strip().lower()
        if packing not in ("", "identity", "gzip", "x-gzip"):
            raise FetchError(f"the body is packed as {packing[:40]}", retryable=False)
        size = 0
        with target.open("wb") as out:
            async for block in response.aiter_raw():
                size += len(block)
                if size > limits.max_bytes:
                    raise FetchError(f"more than {limits.max_bytes // 1024 // 1024} MiB", retryable=False)
                out.write(block)
        return Fetched(url, _etag(response))


def _etag(response: httpx.Response) -> str:
    """Empty when it could not be sent back as it is."""
    given = response.headers.get("etag", "")
    return given if given.isascii() and len(given) <= ETAG_MAX else ""


def public_address(url: str, *, allow_private: bool) -> str:
    """The IP address to connect to. Every address of the name must be public, or the name is refused. Raises FetchError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("only http and https addresses can be imported", retryable=False)
    if parts.username or parts.password:
        raise FetchError("an address with a password in it", retryable=False)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError) as error:
        raise FetchError(f"no such host: {parts.hostname}", retryable=isinstance(error, OSError)) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and (bad := next((a for a in addresses if not _is_public(a)), None)):
        raise FetchError(f"{parts.hostname} is {bad}: not a public address", retryable=False)
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%")[0])
    ip = _carried(ip) or ip
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or getattr(ip, "is_site_local", False))


def _carried(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: whoever carries the packets unpacks it."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour
