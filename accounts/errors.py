"""What can go wrong with an account or its tokens. Each class carries its code; the sentence for the user lives at the edge."""

from __future__ import annotations


class AccountError(Exception):
    code = "server_error"
    retryable = False


class TokenError(AccountError):
    """A bearer or refresh token that opens nothing."""

    code = "token_invalid"


class TokenInvalid(TokenError):
    """Not a token of ours: forged, damaged, of another type or another service."""


class TokenExpired(TokenError):
    """Was ours; the client refreshes it and tries again."""

    code = "token_expired"
    retryable = True


class AuthFailed(TokenError):
    """A true token of a user who may not come in: deactivated, gone, logged out, or with a newer password."""

    code = "auth_failed"


class LoginFailed(AccountError):
    """Wrong name, wrong password or no such account: which one is not said."""

    code = "auth_failed"


class LinkInvalid(AccountError):
    """The link of an e-mail is not ours or was used up."""

    code = "link_invalid"


class LinkExpired(AccountError):
    code = "link_expired"


class MailUnavailable(AccountError):
    """The mail server did not take a letter that somebody waits for."""

    code = "mail_unavailable"
    retryable = True


class RateLimited(AccountError):
    """Too often; `retry_after_s` whole seconds from now the caller may try again."""

    code = "rate_limited"
    retryable = True

    def __init__(self, name: str, retry_after_s: int) -> None:
        super().__init__(f"{name}: try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s
