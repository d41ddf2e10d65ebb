"""How the admin looks and what its sidebar lists: to each account what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _page(title: str, icon: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}")}


def _list(title: str, icon: str, model: str, *, page: str = "") -> dict[str, Any]:
    """`page`: another page about the model than the list of its rows."""
    return {**_page(title, icon, page or f"{model}_changelist"), "permission": _may_view(model)}


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    app, _, name = model.partition("_")
    rights = [f"{app}.{act}_{name}" for act in ("view", "change")]  # who may change a row may look at it
    return lambda request: any(request.user.has_perm(right) for right in rights)


def _group(title: str, *items: dict[str, Any], folded: bool = False) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": folded, "items": list(items)}


def _runs() -> dict[str, Any]:
    """The runner lies beneath the list's address and has an entry of its own."""
    item = _list("Runs", "list_alt", "traces_chatdebugrun")
    return item | {"active": lambda request: "/chatdebugrun/" in request.path and "/debug-runner/" not in request.path}


# The greens of the chat page, light to dark.
MOSS = {
    "50": "#f1f7f3", "100": "#e0ede4", "200": "#c2dccb", "300": "#9cc7ab", "400": "#7fc7a0", "500": "#4c9a70", "600": "#2a7350", "700": "#20593f",
    "800": "#1b4733", "900": "#163a2a", "950": "#0c2219",
}  # fmt: skip

UNFOLD: dict[str, Any] = {
    "COLORS": {"primary": MOSS},
    "STYLES": [lambda request: static("traces/admin.css")],
    "SITE_TITLE": "EventZombie",
    "SITE_HEADER": "EventZombie",
    "SITE_SYMBOL": "event",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("web/icon.svg")},
    ],
    "SHOW_BACK_BUTTON": True,
    "LOGIN": {"form": "accounts.forms.AdminSignInForm"},
    "DASHBOARD_CALLBACK": "traces.overview.dashboard",
    "SIDEBAR": {
        "navigation": [
            {
                "items": [
                    _page("Overview", "monitoring", "index"),
                    _list("Debug runner", "troubleshoot", "traces_chatdebugrun", page="traces_runner"),
                    _list("Unmet demand", "search_off", "traces_demandcell"),
                ],
            },
            _group(
                "Answers",
                _runs(),
                _list("Events in answers", "leaderboard", "traces_eventdemand"),
                _list("Batches", "compare_arrows", "traces_batchrun"),
                _list("Questions", "quiz", "traces_questionset"),
                _list("Weights", "tune", "traces_weightprofile"),
                _list("Sessions", "forum", "conversations_chatsession"),
            ),
            _group(
                "Events",
                _list("Events", "event", "events_event"),
                _list("Occurrences", "schedule", "events_occurrence"),
                _list("Venues", "location_city", "events_venue"),
                _list("Sources", "rss_feed", "events_eventsource"),
                _list("Changes of facts", "history", "events_eventrevision"),
                _list("Places", "map", "locations_location"),
            ),
            _group(
                "Machinery",
                _list("Changes to carry", "outbox", "events_outboxmessage"),
                _list("Who follows changes", "hub", "events_outboxconsumer"),
                _list("Dead letters", "report", "events_deadletter"),
                _list("Changes of weights", "swap_vert", "traces_weightprofilechange"),
                _list("Prompt versions", "description", "traces_promptversion"),
                folded=True,
            ),
            _group(
                "Accounts",
                _list("Users", "person", "auth_user"),
                _list("Groups", "group", "auth_group"),
                _list("Registrations", "how_to_reg", "accounts_registration"),
                _list("Guests", "person_outline", "accounts_guestaccount"),
                _list("Revoked tokens", "block", "accounts_revokedtoken"),
                folded=True,
            ),
        ],
    },
}
