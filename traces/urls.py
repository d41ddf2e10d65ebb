"""The runner's addresses, under /admin/traces/chatdebugrun/. All of them are for staff."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from traces import views

View = Callable[..., HttpResponseBase]


def runner_urls() -> list[URLPattern]:
    return [
        _staff("debug-runner/", views.debug_runner, "runner"),
        _staff("debug-runner/compare/", views.compare, "compare"),
        _staff("debug-runner/stream", views.stream, "stream"),
        _staff("debug-runner/diff", views.diff_data, "diff"),
        _staff("debug-runner/recent", views.recent, "recent"),
        _staff("debug-runner/events", views.find_events, "events"),
        _staff("debug-runner/places", views.suggest, "places"),
        _staff("debug-runner/profiles", views.weight_profiles, "profiles"),
        _staff("debug-runner/profiles/use", views.use_profile, "use_profile"),
        _staff("debug-runner/<uuid:run_id>/json", views.run_data, "run"),
        _staff("debug-runner/<uuid:run_id>/why-not", views.why_not, "why_not"),
    ]


def _staff(route: str, view: View, name: str) -> URLPattern:
    def staff_only(request: HttpRequest, **named: object) -> HttpResponseBase:
        return admin.site.admin_view(view)(request, **named)

    return path(route, staff_only, name=f"traces_{name}")
