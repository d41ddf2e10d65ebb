from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


def chat_base(request: HttpRequest) -> str:
    """Where the page finds the chat service: as set, or the host it was opened on with the chat service's port."""
    if settings.CHAT_PUBLIC_URL:
        return str(settings.CHAT_PUBLIC_URL)
    host = urlsplit(f"//{request.get_host()}").hostname or "localhost"
    if ":" in host:
        host = f"[{host}]"
    return f"{request.scheme}://{host}:{settings.CHAT_PORT}"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """One page for every route of the client; it reads the address itself."""
    chat = chat_base(request)
    response = render(request, "web/index.html", {"chat_base": chat, "two_models": bool(settings.LLM_MODEL_B)})
    response["Content-Security-Policy"] = "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {chat}",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )
    response["Cache-Control"] = "no-cache"
    response["Referrer-Policy"] = "no-referrer"  # the links of our letters carry a token in the address
    return response
