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


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "EventZombie",
    "SITE_HEADER": "EventZombie",
    "SITE_SYMBOL": "event",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("web/icon.svg")},
    ],
    "SHOW_BACK_BUTTON": True,
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
                _list("Runs", "list_alt", "traces_chatdebugrun"),
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
