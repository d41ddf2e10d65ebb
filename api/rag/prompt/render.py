"""The templates, and the version they make together. No logic of ours lives in them beyond leaving out what is unknown."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.rag import facts as spell
from api.rag.params import PromptParams
from api.rag.types import EventFacts, RankedEvent

TEMPLATES = Path(__file__).with_name("templates")
VERSION_CHARS = 12


@lru_cache(maxsize=1)
def template_version() -> str:
    """Changes when a byte of a template or of its name changes."""
    digest = hashlib.sha256()
    for path in sorted(TEMPLATES.glob("*.j2")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:VERSION_CHARS]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - a prompt is plain text
        trim_blocks=False,
        keep_trailing_newline=False,
    )


def render(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(**values).strip()


def datamarked(text: str, mark: str) -> str:
    """Spotlighting: words joined by a mark that clean text cannot contain, so that an order in it does not read like one."""
    return mark.join(text.replace(mark, " ").split())


def render_source(n: int, event: RankedEvent, params: PromptParams, now: Any, *, description: bool) -> str:
    facts = event.facts
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
        why="; ".join(spell.plain(w, params.name_max_chars) for w in event.why),
        description=datamarked(spell.plain(facts.description, params.description_max_chars), params.datamark)
        if description
        else "",
    )


def _status(facts: EventFacts) -> str:
    parts = [facts.status] if facts.status not in ("", "scheduled") else []
    parts += [facts.attendance] if facts.attendance in ("online", "mixed") else []
    return ", ".join(parts)
