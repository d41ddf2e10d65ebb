"""The JSON-LD of a page, without a tree of it: that took a hundred times the page, and the parser hours over open comments."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
from bs4.dammit import UnicodeDammit

_COMMENT_OR_SCRIPT = re.compile(r"<!--|<script\b([^<>]{0,2000})>", re.I)
_JSON_LD = re.compile(r"\btype\s{0,9}=\s{0,9}[\"']?\s{0,9}application/ld\+json", re.I)
_SCRIPT_END = re.compile(r"</script", re.I)
_CONTROLS = re.compile(r"[\x00-\x1f]+")
_CDATA = re.compile(r"(?://|/\*)?[ \t]{0,9}(?:<!\[CDATA\[|\]\]>)[ \t]{0,9}(?:\*/)?")
# Each of them takes what it begins to the end, closed or not: nothing is looked at twice.
_STRING = r'"(?:[^"\\]|\\.)*+"?'
_STRING_OR_COMMENT = re.compile(rf"{_STRING}|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?", re.S)
_STRING_OR_LAST_COMMA = re.compile(rf"{_STRING}|,(?=\s*+[}}\]])", re.S)
_NO_ESCAPE = re.compile(r"\\([^\"\\/bfnrtu])")


def json_ld_scripts(body: bytes) -> Iterator[tuple[int, str]]:
    """(line, text) of each script of that type, but those in comments."""
    page = UnicodeDammit(body, is_html=True).unicode_markup or ""
    line = at = counted = 0
    while found := _COMMENT_OR_SCRIPT.search(page, at):
        if found[1] is None:
            end = page.find("-->", found.end())
        else:
            closing = _SCRIPT_END.search(page, found.end())
            end = closing.start() if closing else -1
            if _JSON_LD.search(found[1]):
                line, counted = line + page.count("\n", counted, found.start()), found.start()
                yield line + 1, page[found.end() : end if closing else len(page)]
        if end < 0:
            return
        at = end


def document_of(script: str) -> Any:
    """The JSON of a script; None of one that is empty. Raises orjson.JSONDecodeError."""
    text = script.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    if not text:
        return None
    try:
        return _loaded(text)
    except orjson.JSONDecodeError as error:
        # told of the text as it is written: in the mended one the place would be another
        with suppress(orjson.JSONDecodeError):
            return _loaded(_mended(text))
        raise error


def _loaded(text: str) -> Any:
    return orjson.loads(_CONTROLS.sub(" ", text))


def _mended(text: str) -> str:
    """What templates write for JSON and browsers never complain of: CDATA marks, comments, a comma after the last item, "\\'", all of it escaped."""
    text = _CDATA.sub("", text).strip().rstrip(";")
    if '"' not in text:
        text = html.unescape(text)
    text = _STRING_OR_COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else " ", text)
    return _STRING_OR_LAST_COMMA.sub(lambda found: _NO_ESCAPE.sub(r"\1", found[0]) if found[0] != "," else "", text)
