"""Bearer token -> who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from accounts.errors import TokenError
from accounts.tokens import TokenUser, decode, load_user
from chat_service.errors import ChatError, ChatErrorCode

_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT")


async def current_user(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> TokenUser:
    """Raises ChatError 401 or 403 before any stream begins."""
    token = given.credentials.strip() if given else ""
    if not token:
        raise ChatError(ChatErrorCode.AUTH_REQUIRED)
    try:
        claims = decode(token, "access")
        user: TokenUser = await request.app.state.orm(lambda: load_user(claims))
        return user
    except TokenError as error:
        raise ChatError(ChatErrorCode(error.code)) from None


User = Annotated[TokenUser, Depends(current_user)]
