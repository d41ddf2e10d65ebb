"""The JSON-LD of a page, without a tree of it: that took a hundred times the page, and the parser hours over open comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4.dammit import UnicodeDammit

_COMMENT_OR_SCRIPT = re.compile(r"<!--|<script\b([^<>]{0,2000})>", re.I)
_JSON_LD = re.compile(r"\btype\s{0,9}=\s{0,9}[\"']?\s{0,9}application/ld\+json", re.I)
_SCRIPT_END = re.compile(r"</script", re.I)


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
