"""Who may do what in the runner: look at runs, ask, change what production ranks by."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from traces.models import ChatDebugRun, WeightProfile
from traces.urls import runner_urls

LOOK, ASK, WEIGH = "view_chatdebugrun", "add_chatdebugrun", "change_weightprofile"
WEIGHTS = {"semantic": 1, "location": 1, "time": 1, "category": 1, "popularity": 1}
JSON = "application/json"


@pytest.fixture
def run(db: None) -> ChatDebugRun:
    return ChatDebugRun.objects.create(message="what Alice asked", as_of=timezone.now(), status="error")


def account(*rights: str, staff: bool = True) -> Client:
    user = User.objects.create_user(f"user-{uuid.uuid4()}", is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights, content_type__app_label="traces"))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def addresses(run: ChatDebugRun) -> list[str]:
    return [
        reverse(f"admin:{url.name}", args=[run.pk] if "run_id" in url.pattern.converters else [])
        for url in runner_urls()
    ]


def test_staff_without_the_right_to_look_see_nothing_of_a_run(run: ChatDebugRun) -> None:
    for client in (account(), account(ASK, WEIGH)):
        answers = [client.get(address) for address in addresses(run)]
        assert {answer.status_code for answer in answers if answer.status_code != 405} == {403}
        assert not any(b"what Alice asked" in answer.content for answer in answers)
        overview = client.get(reverse("admin:index"))
        assert overview.status_code == 200
        assert b"what Alice asked" not in overview.content


def test_who_is_no_staff_is_sent_to_the_login(run: ChatDebugRun) -> None:
    for client in (Client(), account(LOOK, ASK, WEIGH, staff=False)):
        for address in addresses(run):
            answer = client.get(address)
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")


def test_who_may_look_opens_a_shared_link_and_may_not_ask_or_change_weights(run: ChatDebugRun) -> None:
    client = account(LOOK)
    page = client.get(reverse("admin:traces_runner"), {"run": run.pk})
    assert (page.status_code, page.context["runner_config"]["may"]) == (200, {"ask": False, "weigh": False})
    assert client.get(reverse("admin:traces_run", args=[run.pk])).json()["run"]["message"] == "what Alice asked"
    assert client.post(reverse("admin:traces_stream"), {"message": "jazz"}, content_type=JSON).status_code == 403
    profile = WeightProfile.objects.create(name="far", **WEIGHTS)
    saving = client.post(reverse("admin:traces_profiles"), {"name": "x", "weights": WEIGHTS}, content_type=JSON)
    using = client.post(reverse("admin:traces_use_profile"), {"profile": profile.pk}, content_type=JSON)
    assert (saving.status_code, using.status_code) == (403, 403)
    assert (WeightProfile.objects.count(), WeightProfile.objects.filter(active=True).count()) == (1, 0)


def test_who_may_change_weights_saves_and_uses_a_profile(run: ChatDebugRun) -> None:
    client = account(LOOK, WEIGH)
    saved = client.post(reverse("admin:traces_profiles"), {"name": "even", "weights": WEIGHTS}, content_type=JSON)
    (profile,) = saved.json()["profiles"]
    used = client.post(reverse("admin:traces_use_profile"), {"profile": profile["id"]}, content_type=JSON)
    assert used.json()["active_id"] == profile["id"]
    back = client.post(reverse("admin:traces_use_profile"), {"back": True}, content_type=JSON).json()
    assert (back["active_id"], len(back["changes"])) == (None, 2)


def test_the_sidebar_lists_what_the_account_may_open(db: None) -> None:
    def listed(client: Client) -> list[str]:
        groups = client.get(reverse("admin:index")).context["sidebar_navigation"]
        return [item["title"] for group in groups for item in group["items"] if item["has_permission"]]

    assert listed(account()) == ["Overview"]
    assert listed(account(LOOK)) == ["Overview", "Debug runner", "Runs"]


def test_a_request_of_another_site_changes_nothing(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("ada"))
    answer = client.post(reverse("admin:traces_profiles"), {"name": "x", "weights": WEIGHTS}, content_type=JSON)
    assert (answer.status_code, WeightProfile.objects.count()) == (403, 0)


@pytest.mark.parametrize("typed", ["\0", "9" * 5000, "²", "٣", "%", ""])
def test_whatever_is_typed_into_a_search_is_answered(run: ChatDebugRun, typed: str) -> None:
    client = account(LOOK)
    pages = [reverse(f"admin:traces_{name}") for name in ("recent", "events", "places")]
    assert {client.get(page, {"q": typed}).status_code for page in pages} == {200}


@pytest.mark.parametrize(
    "body",
    ["{", "[" * 100_000, "[1]", '{"event_id": [1]}', '{"event_id": 1e400}', '{"name": "\\u0000", "weights": [1]}', '{"profile": Infinity}',
     '{"message": "jazz", "location_id": 1e400}', '{"message": "jazz", "location_id": 1' + "0" * 400 + "}", '{"message": "jazz", "replay_of": "\\ud800"}', '{"name": "\\ud800", "weights": {"time": NaN}}'],
)  # fmt: skip
def test_a_form_that_means_nothing_is_refused_and_fails_nowhere(run: ChatDebugRun, body: str) -> None:
    client = account(LOOK, ASK, WEIGH)
    pages = [reverse(f"admin:traces_{name}") for name in ("profiles", "use_profile", "stream")]
    pages.append(reverse("admin:traces_why_not", args=[run.pk]))
    statuses = {page: client.post(page, body, content_type=JSON).status_code for page in pages}
    assert [page for page, status in statuses.items() if status >= 500] == []
