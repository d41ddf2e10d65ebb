"""Citations and links: only known numbers and only addresses of cited rows pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.rag import facts as spell
from api.rag.guard.rows import Row, address

_CITE = re.compile(
    r"[\[【(]\s*\^?\s*(?:(?:sources?|src|event|ref|no\.?|#)\s*:?\s*#?)\s*\d+\s*[\]】)]"
    r"|[\[【]\s*\^?#?\d+(?:\s*(?:[,;&]|and|-)\s*\^?#?\d+)*\s*[\]】]"
)
_MARKDOWN = re.compile(r"!?\[(?P<label>[^\]\n]*)\]\(\s*<?(?P<url>(?:[^()\s>]|\([^()\s]*\))*+)>?[^)\n]*\)")
_REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s*\S+.*$")
# addresses written so that a careless eye does not see them: 'hxxps://', 'evil[.]example', 'evil dot com', and any host with a path
_HIDDEN = re.compile(
    r"\bh(?:xx|tt)ps?\b\S*|\S+\[\.\]\S+|(?<![\w.@/-])[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\w\S*"
    r"|\b[\w-]+(?:\s+|\s*[(\[])dot(?:\s+|[)\]]\s*)(?:com|org|net|info|io|co|edu|gov|us|ca|biz|app|dev)\b",
    re.I,
)
# a host by itself, whatever it ends in, and an address without its scheme
_HOST = re.compile(r"(?<![\w.@/-])[a-z][a-z0-9-]+(?:\.[a-z0-9-]{2,})*\.[a-z]{3,}(?![\w'])|(?<![:\w/])//\w\S*")
_MAYBE = re.compile(r"\w\.\w|:/|//|@|[a-z]:\S|\[\.\]|\bdot\b|\bh(?:xx|tt)p|www", re.I)  # nothing else can be an address
_MARKS = (".", ":", "@", "](", "//")
_WORDS_OF_LINKS = ("dot", "http", "hxxp", "www")
_NUMBERS = re.compile(r"\d+")
_TRAILING = ".,;:!?]}'\"*_"
MAX_RANGE = 10


@dataclass(frozen=True, slots=True)
class Edit:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    start: int
    end: int
    rows: tuple[int, ...]  # the known ones
    unknown: int
    text: str


def find_citations(folded: str, known: Mapping[int, Row]) -> list[Citation]:
    found = []
    for m in _CITE.finditer(folded):
        numbers = [int(n) for n in _NUMBERS.findall(m[0])]
        if "-" in m[0] and len(numbers) == 2 and 0 < numbers[1] - numbers[0] <= MAX_RANGE:
            numbers = list(range(numbers[0], numbers[1] + 1))
        rows = tuple(dict.fromkeys(n for n in numbers if n in known))
        found.append(
            Citation(
                m.start(), m.end(), rows, len([n for n in numbers if n not in known]), "".join(f"[{n}]" for n in rows)
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Link:
    """An address at [start, end). What stands for it when it may not pass is `instead`."""

    start: int
    end: int
    url: str
    instead: Edit | None = None
    sure: bool = True  # False where it may be a slip of the keyboard: 'evil.museum', 'tonight.bring'


def may_link(text: str) -> bool:
    """False for what `find_links` finds nothing in. A full stop or a colon at the end is of the sentence."""
    body = text.rstrip(" .:")
    return any(mark in body for mark in _MARKS) or any(mark in body.lower() for mark in _WORDS_OF_LINKS)


def find_links(text: str) -> list[Link]:
    if reference := _REFERENCE.match(text):
        return [Link(0, reference.end(), "")]
    found: list[Link] = []
    for m in _MARKDOWN.finditer(text):
        label = m["label"]
        cited = label.strip().lstrip("^").isdigit()
        # '[1](address)' keeps its number as a citation, '[label](address)' keeps its label as words
        opening = m.start() + (1 if m[0][0] == "!" else 0)
        after = m.end("label") + (1 if cited else 0)
        found.append(Link(after, m.end(), m["url"], None if cited else Edit(m.start(), opening + 1, "")))
    if not _MAYBE.search(text):
        return found
    taken = [(link.start, link.end) for link in found]
    addresses = (*spell.URL.finditer(text), *_HIDDEN.finditer(text))
    for i, m in enumerate((*addresses, *_HOST.finditer(text))):
        end = m.end()
        while end > m.start() and text[end - 1] in _TRAILING:
            end -= 1
        if not any(a <= m.start() < b for a, b in taken):
            taken.append((m.start(), end))
            found.append(Link(m.start(), end, text[m.start() : end], sure=i < len(addresses)))
    return found


def allowed(url: str, rows: Mapping[int, Row], numbers: tuple[int, ...]) -> bool:
    if not url.lower().startswith(("http://", "https://", "www.")):
        return False
    return any(rows[n].url and rows[n].url == address(url) for n in numbers)
