"""The rates of accounts/params.py as DRF throttles: `throttle_classes = [per_address(LOGIN_PER_ADDRESS)]`."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts import ratelimit
from accounts.errors import RateLimited
from accounts.params import Rate


def address_of(request: Request) -> str:
    """Who calls, as the server saw it: behind a proxy the ASGI server must be told to trust it (FORWARDED_ALLOW_IPS)."""
    return ratelimit.network(str(request.META.get("REMOTE_ADDR") or "local"))


class _Throttle(BaseThrottle):
    rate: Rate
    wait_s = 0

    def identity(self, request: Request) -> str:
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            ratelimit.hit(self.rate, self.identity(request))
        except RateLimited as error:
            self.wait_s = error.retry_after_s
            return False
        return True

    def wait(self) -> float:
        return self.wait_s


class _AddressThrottle(_Throttle):
    def identity(self, request: Request) -> str:
        return address_of(request)


class _UserThrottle(_Throttle):
    def identity(self, request: Request) -> str:
        return str(request.user.pk)


def per_address(rate: Rate) -> type[BaseThrottle]:
    return type(f"PerAddress_{rate.name}", (_AddressThrottle,), {"rate": rate})


def per_user(rate: Rate) -> type[BaseThrottle]:
    return type(f"PerUser_{rate.name}", (_UserThrottle,), {"rate": rate})
