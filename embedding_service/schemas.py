"""What enters and leaves, for validation on the way in and for the OpenAPI page."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, model_validator


class EmbedRequest(BaseModel):
    """`texts` for several, `text` for one. Order is kept; texts over the model's limit are cut and marked in `truncated`."""

    text: StrictStr | None = None
    texts: Annotated[list[StrictStr], Field(min_length=1)] | None = None
    encoding_format: Literal["float", "base64"] = "float"

    @model_validator(mode="after")
    def one_of_text_and_texts(self) -> EmbedRequest:
        if (self.text is None) == (self.texts is None):
            raise ValueError("send either text or texts")
        return self

    def all_texts(self) -> list[str]:
        return [self.text] if self.text is not None else list(self.texts or [])


class EmbedResponse(BaseModel):
    embeddings: list[list[float]] | list[str] = Field(description="base64: little-endian float32, one string per text")
    model: str
    dimension: int
    processing_time_ms: float
    truncated: list[bool]


class OpenAIRequest(BaseModel):
    model_config = ConfigDict(extra="ignore")

    input: StrictStr | Annotated[list[StrictStr], Field(min_length=1)]
    model: StrictStr
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: StrictStr | None = None

    def all_texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else list(self.input)


class OpenAIEmbedding(BaseModel):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class OpenAIUsage(BaseModel):
    prompt_tokens: int
    total_tokens: int


class OpenAIResponse(BaseModel):
    object: Literal["list"] = "list"
    data: list[OpenAIEmbedding]
    model: str
    usage: OpenAIUsage


class Info(BaseModel):
    model: str
    version: str
    dimension: int
    max_tokens: int
    backend: str
    device: str
    precision: str
    lanes: int
    max_texts: int
    max_chars: int
    service_version: str


class ErrorDetail(BaseModel):
    code: str
    message: str
    type: str


class ErrorBody(BaseModel):
    error: ErrorDetail


class Status(BaseModel):
    status: str


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """OpenAPI for a body that the handler reads itself, because it must bound and refuse before it parses."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
