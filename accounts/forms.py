from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from accounts import ratelimit
from accounts.errors import RateLimited
from accounts.params import LOGIN_PER_ADDRESS, MINUTE
from accounts.services import check_failures, count_failure


class AdminSignInForm(AuthenticationForm):
    """Signing in to the admin, under the limits of `/api/v1/token`: what failed there counts here, and the other way round."""

    def clean(self) -> Any:
        name = self.cleaned_data.get("username") or ""
        address = ratelimit.network(str(self.request.META.get("REMOTE_ADDR") or "local"))
        try:
            ratelimit.hit(LOGIN_PER_ADDRESS, address)
            check_failures(name, address)
            try:
                return super().clean()
            except ValidationError:
                count_failure(name, address)
                raise
        except RateLimited as error:
            minutes = -(-error.retry_after_s // MINUTE)
            raise ValidationError(f"Too many tries. Wait {minutes} min and try again.", code="rate_limited") from error
