"""The templates, and the version they make together. No logic of ours lives in them beyond leaving out what is unknown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, FileSystemLoader, StrictUndefined

from api.rag import facts as spell
from api.rag.params import PromptParams
from api.rag.types import EventFacts, RankedEvent

TEMPLATES = Path(__file__).with_name("templates")
VERSION_CHARS = 12
SOURCES_REMEMBERED = 2048  # about 1 KB each: the same events are told again and again
_stored: ContextVar[Mapping[str, str] | None] = ContextVar("stored_templates", default=None)


@contextmanager
def stored_templates(texts: Mapping[str, str] | None) -> Iterator[None]:
    """Inside, prompts are built from these templates (text by file name) and not from the files; None: from the files."""
    token = _stored.set(texts)
    try:
        yield
    finally:
        _stored.reset(token)


def template_version() -> str:
    """Changes when a byte of a template or of its name changes."""
    stored = _stored.get()
    return templates()[0] if stored is None else _version_of(stored)


@lru_cache(maxsize=1)
def templates() -> tuple[str, Mapping[str, str]]:
    """The version of the files and their texts by name."""
    texts = {path.name: path.read_bytes().decode() for path in sorted(TEMPLATES.glob("*.j2"))}
    return _version_of(texts), texts


def _version_of(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(name.encode() + b"\0" + texts[name].encode() + b"\0")
    return digest.hexdigest()[:VERSION_CHARS]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return _environment_of(FileSystemLoader(TEMPLATES))


def _environment_of(loader: FileSystemLoader | DictLoader) -> Environment:
    environment = Environment(
        loader=loader,
        auto_reload=False,  # else it asks the disk at every use
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - a prompt is plain text
        trim_blocks=False,
        keep_trailing_newline=False,
    )
    environment.globals.clear()  # no template uses them, and to copy them for each source took half of its time
    return environment


def render(name: str, **values: Any) -> str:
    stored = _stored.get()
    environment = _environment() if stored is None else _environment_of(DictLoader(dict(stored)))
    return environment.get_template(name).render(**values).strip()


def datamarked(text: str, mark: str) -> str:
    """Spotlighting: words joined by a mark that clean text cannot contain, so that an order in it does not read like one."""
    return mark.join(text.replace(mark, " ").split())


def render_source(n: int, event: RankedEvent, params: PromptParams, now: datetime, *, description: bool) -> str:
    new_year = now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)  # of `now` only the year is told
    write = _source if _stored.get() is None else _source.__wrapped__
    return write(n, event.facts, event.why, params, new_year, description)


@lru_cache(maxsize=SOURCES_REMEMBERED)
def _source(
    n: int, facts: EventFacts, why: tuple[str, ...], params: PromptParams, now: datetime, description: bool
) -> str:
    return render(
        "source.txt.j2",
        n=n,
        title=spell.title(facts),
        when=spell.format_when(facts, now),
        zone=facts.zone,
        where=spell.format_where(facts),
        price=spell.format_price(facts),
        ages=spell.format_ages(facts),
        status=_status(facts),
        why="; ".join(spell.plain(w, params.name_max_chars) for w in why),
        description=datamarked(spell.plain(facts.description, params.description_max_chars), params.datamark)
        if description
        else "",
    )


def _status(facts: EventFacts) -> str:
    parts = [facts.status] if facts.status not in ("", "scheduled") else []
    parts += [facts.attendance] if facts.attendance in ("online", "mixed") else []
    return ", ".join(parts)
