from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer as DRFRenderer


class _Escaping(DRFRenderer):
    ensure_ascii = True


class JSONRenderer(DRFRenderer):
    """JSON can name half a character ("\\ud800"), UTF-8 cannot: an answer that repeats one escapes it."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        try:
            return bytes(super().render(data, accepted_media_type, renderer_context))
        except UnicodeEncodeError:
            return bytes(_Escaping().render(data, accepted_media_type, renderer_context))
