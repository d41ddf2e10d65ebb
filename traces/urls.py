"""The runner's addresses, under /admin/traces/chatdebugrun/. For staff who may look at runs; asking needs the right to add one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from traces import views
from traces.views import ASK, LOOK

View = Callable[..., HttpResponseBase]


def runner_urls() -> list[URLPattern]:
    return [
        _staff("debug-runner/", views.debug_runner, "runner"),
        _staff("debug-runner/compare/", views.compare, "compare"),
        _staff("debug-runner/stream", views.stream, "stream", right=ASK),
        _staff("debug-runner/diff", views.diff_data, "diff"),
        _staff("debug-runner/recent", views.recent, "recent"),
        _staff("debug-runner/events", views.find_events, "events"),
        _staff("debug-runner/places", views.suggest, "places"),
        _staff("debug-runner/profiles", views.weight_profiles, "profiles"),
        _staff("debug-runner/profiles/use", views.use_profile, "use_profile"),
        _staff("debug-runner/<uuid:run_id>/json", views.run_data, "run"),
        _staff("debug-runner/<uuid:run_id>/why-not", views.why_not, "why_not"),
    ]


def _staff(route: str, view: View, name: str, *, right: str = LOOK) -> URLPattern:
    def who_may(request: HttpRequest, **named: object) -> HttpResponseBase:
        if not request.user.has_perm(right):
            raise PermissionDenied
        return view(request, **named)

    def staff_only(request: HttpRequest, **named: object) -> HttpResponseBase:
        return admin.site.admin_view(who_may)(request, **named)

    return path(route, staff_only, name=f"traces_{name}")
