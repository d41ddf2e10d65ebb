"""Both services at one address, in one process: `uvicorn --factory config.one_origin:create_app --port 8000`.

For clients that know a single base. Larger installations let a proxy send /api/v1/chat/ to the chat service instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]
CHAT = "/api/v1/chat/"


def create_app() -> Application:
    from chat_service.app import create_app as create_chat

    chat = create_chat()  # sets Django up
    from django.core.asgi import get_asgi_application

    return beside(chat, get_asgi_application())


def beside(chat: Application, site: Application) -> Application:
    """What the chat answers goes to it, the process's start and end too; everything else goes to the site."""

    async def one_origin(scope: Any, receive: Any, send: Any) -> None:
        is_chat = scope["type"] == "lifespan" or scope["path"].startswith(CHAT)
        await (chat if is_chat else site)(scope, receive, send)

    return one_origin
