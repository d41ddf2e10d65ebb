"""Bearer token -> who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from accounts.tokens import AuthFailed, TokenExpired, TokenInvalid, TokenUser, decode, load_user
from chat_service.errors import ChatError, ChatErrorCode


async def current_user(request: Request, authorization: Annotated[str | None, Header()] = None) -> TokenUser:
    """Raises ChatError 401 or 403 before any stream begins."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ChatError(ChatErrorCode.AUTH_REQUIRED)
    try:
        claims = decode(token.strip(), "access")
        user: TokenUser = await request.app.state.orm(lambda: load_user(claims))
        return user
    except TokenExpired:
        raise ChatError(ChatErrorCode.TOKEN_EXPIRED) from None
    except TokenInvalid:
        raise ChatError(ChatErrorCode.TOKEN_INVALID) from None
    except AuthFailed:
        raise ChatError(ChatErrorCode.AUTH_FAILED) from None


User = Annotated[TokenUser, Depends(current_user)]
