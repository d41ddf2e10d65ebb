"""Every answer that is not a success has one body: code, message, retryable, retry_after, detail, and the field at fault.

`code` is what the single-page client reads; `detail.error_code` is what other clients of such backends read.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DatabaseError
from django.http import Http404, UnreadablePostError
from redis.exceptions import RedisError
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts import errors as account_errors
from api.rag.errors import InvalidRequest, RagError
from api.search.errors import SearchHandleExpired
from conversations.errors import SessionNotFound, TurnNotFound

log = logging.getLogger(__name__)

_BY_ACCOUNT_ERROR: dict[type[account_errors.AccountError], tuple[int, str]] = {
    account_errors.TokenExpired: (401, "Your sign-in has expired."),
    account_errors.TokenInvalid: (401, "This sign-in is not valid."),
    account_errors.AuthFailed: (401, "You are signed out. Please sign in again."),
    account_errors.LoginFailed: (401, "The name or the password is wrong, or the address is not confirmed yet."),
    account_errors.LinkExpired: (400, "This link has expired."),
    account_errors.LinkInvalid: (400, "This link is not valid."),
    account_errors.MailUnavailable: (503, "We cannot send e-mail right now. Please try again later."),
}
_BY_STATUS = {
    400: ("invalid_request", "The request could not be read."),
    401: ("auth_required", "Please sign in."),
    403: ("auth_failed", "You may not do this."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not answer to that method."),
    413: ("invalid_request", "The request is too large."),
    415: ("invalid_request", "Send JSON."),
    429: ("rate_limited", "Too many requests. Please wait a little."),
    500: ("server_error", "Something went wrong on our side."),
    503: ("server_error", "The service cannot answer right now. Please try again."),
}
RETRYABLE = {429, 500, 503}
# Errors that their status tells whole; the first that fits counts.
_STATUS_OF: dict[type[Exception], int] = {
    Http404: 404,
    PermissionDenied: 403,
    RequestDataTooBig: 413,
    SuspiciousOperation: 400,
    UnreadablePostError: 400,
    SessionNotFound: 404,
    TurnNotFound: 404,
}


def error_body(code: str, message: str, *, retryable: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "retryable": retryable,
        "retry_after": more.pop("retry_after", None),
        "detail": {"message": message, "error_code": code},
        **more,
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    set_rollback()
    if isinstance(error, account_errors.RateLimited):
        return _too_many(error.retry_after_s)
    if isinstance(error, account_errors.AccountError):
        return _account_answer(error)
    if isinstance(error, RagError):
        return _rag_answer(error)
    if isinstance(error, drf.Throttled):
        return _too_many(int(getattr(error, "wait", None) or 1))
    if isinstance(error, drf.ValidationError):
        return _invalid(error.detail)
    if isinstance(error, ModelValidationError):
        return _invalid(drf.ValidationError(error.messages).detail)
    for kind, status_code in _STATUS_OF.items():
        if isinstance(error, kind):
            return _plain(status_code)
    if isinstance(error, drf.APIException):
        return _api_answer(error)
    log.error("unhandled in %s", type(context.get("view")).__name__, exc_info=error)
    return _plain(503 if isinstance(error, DatabaseError | RedisError) else 500)


def _plain(status_code: int, message: str | None = None, headers: dict[str, str] | None = None) -> Response:
    code, usual = _BY_STATUS.get(status_code, _BY_STATUS[500])
    body = error_body(code, message or usual, retryable=status_code in RETRYABLE)
    return Response(body, status=status_code, headers=headers)


def _account_answer(error: account_errors.AccountError) -> Response:
    status_code, message = _BY_ACCOUNT_ERROR.get(type(error), (500, _BY_STATUS[500][1]))
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status_code == 401 else None
    return Response(error_body(error.code, message, retryable=error.retryable), status=status_code, headers=headers)


def _rag_answer(error: RagError) -> Response:
    if isinstance(error, InvalidRequest):
        return _invalid({error.field: str(error).removeprefix(f"{error.field}: ")})
    if isinstance(error, SearchHandleExpired):
        return Response(error_body(error.code, "This search has expired. Please search again."), status=404)
    log.warning("a search failed: %s", error.chain())
    status_code = 503 if error.retryable else 500
    message = "The event search is not available right now. Please try again in a moment."
    return Response(error_body(error.code, message, retryable=error.retryable), status=status_code)


def _api_answer(error: drf.APIException) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else None
    return _plain(error.status_code, str(error.detail) if error.status_code == 400 else None, headers)


def _too_many(retry_after_s: int) -> Response:
    code, message = _BY_STATUS[429]
    body = error_body(code, message, retryable=True, retry_after=retry_after_s)
    return Response(body, status=429, headers={"Retry-After": str(retry_after_s)})


def _invalid(detail: Any) -> Response:
    errors = detail if isinstance(detail, dict) else {"": detail}
    field, problem = _first(errors)
    message = f"{field}: {problem}" if field else problem
    named = {name: value for name, value in errors.items() if name}
    return Response(error_body("invalid_request", message, field=field or None, problems=named), status=400)


def _first(errors: Any) -> tuple[str, str]:
    """The path of the first field at fault and what is wrong with it."""
    path: list[str] = []
    while not isinstance(errors, str):
        if isinstance(errors, dict):
            name, errors = next(iter(errors.items()))
            if name not in ("", "non_field_errors"):
                path.append(str(name))
        elif errors:
            errors = next(one for one in errors if one)
        else:
            return ".".join(path), "is not valid"
    return ".".join(path), str(errors)
