"""The tools a model may call. Their arguments come from strangers twice over: validated, bounded, and never a filter.

None of them can widen what the reader asked for: a search ranks by other words inside the same constraints, an event is looked up
among those already found, and a missing event only when the reader named it.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.rag.types import ToolCall, ToolSpec

WORDS_MAX_CHARS = 200
SOURCE_NUMBER_MAX = 1_000


class ToolRefused(Exception):
    """The call cannot be run as it is; the text tells the model why."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SearchEvents(_Arguments):
    """Look again inside the reader's constraints, with other words for what it is about."""

    words: Annotated[str, Field(min_length=2, max_length=WORDS_MAX_CHARS, description="what the event is about")]


class GetEvent(_Arguments):
    """Everything the listing says about one numbered source, its whole description included."""

    n: Annotated[int, Field(ge=1, le=SOURCE_NUMBER_MAX, description="the number of the source")]


class ExplainMissing(_Arguments):
    """Why an event that the reader named is not among the sources."""

    title: Annotated[str, Field(min_length=3, max_length=WORDS_MAX_CHARS, description="as the reader wrote it")]


ARGUMENTS: dict[str, type[_Arguments]] = {
    "search_events": SearchEvents,
    "get_event": GetEvent,
    "explain_missing": ExplainMissing,
}


@cache
def tool_specs() -> tuple[ToolSpec, ...]:
    return tuple(
        ToolSpec(name, " ".join((model.__doc__ or "").split()), _schema(model)) for name, model in ARGUMENTS.items()
    )


def _schema(model: type[_Arguments]) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {key: schema[key] for key in ("type", "properties", "required", "additionalProperties")}


def arguments_of(call: ToolCall, max_chars: int) -> SearchEvents | GetEvent | ExplainMissing:
    """Raises ToolRefused."""
    model = ARGUMENTS.get(call.name)
    if model is None:
        raise ToolRefused("unknown_tool", f"There is no tool of that name; there are {', '.join(ARGUMENTS)}.")
    if len(call.arguments) > max_chars:
        raise ToolRefused("invalid_arguments", f"The arguments are longer than {max_chars} characters.")
    try:
        return model.model_validate_json(call.arguments or "{}")  # type: ignore[return-value]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "arguments"
        raise ToolRefused("invalid_arguments", f"{place}: {first['msg']}") from None
