from __future__ import annotations

import uuid

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User

from conversations.models import ChatMessage, ChatSession
from traces.models import ChatDebugRun


def tell(session, *texts):
    for role, text in zip(["user", "assistant"] * 10, texts, strict=False):
        ChatMessage.objects.create(session=session, role=role, content=text)


@pytest.fixture
def hers(alice):
    session = ChatSession.objects.create(user=alice.user, title="Music in Davis")
    tell(session, "Live music in Davis tonight?", "Two concerts:\n# not a heading")
    return session


def paths(session):
    base = f"/api/v1/sessions/{session.pk}"
    return [("get", base), ("patch", base), ("delete", base), ("get", f"{base}/export"), ("get", f"{base}/export?kind=json")]  # fmt: skip


def test_a_session_is_made_listed_renamed_archived_and_deleted(alice):
    made = alice.post("/api/v1/sessions", {"title": "Weekend"})
    assert made.status_code == 201
    url = f"/api/v1/sessions/{made.json()['id']}"
    assert alice.patch(url, {"title": "Next weekend"}).json()["title"] == "Next weekend"
    assert alice.patch(url, {"archived": True}).json()["archived"] is True
    assert alice.get("/api/v1/sessions").json() == {"results": [], "next_offset": None}
    kept = alice.get("/api/v1/sessions?archived=true").json()["results"]
    assert [(one["title"], one["message_count"]) for one in kept] == [("Next weekend", 0)]
    assert alice.delete(url).status_code == 204
    assert not ChatSession.objects.exists()


def test_a_session_is_read_with_its_messages_in_order(alice, hers):
    read = alice.get(f"/api/v1/sessions/{hers.pk}").json()
    assert [(one["role"], one["content"], one["status"]) for one in read["messages"]] == [
        ("user", "Live music in Davis tonight?", "complete"),
        ("assistant", "Two concerts:\n# not a heading", "complete"),
    ]


def test_the_list_is_newest_first_and_comes_in_pages(alice, django_assert_num_queries):
    made = [str(ChatSession.objects.create(user=alice.user).pk) for _ in range(3)][::-1]
    with django_assert_num_queries(3):  # rate, account, sessions
        first = alice.get("/api/v1/sessions?limit=2").json()
    second = alice.get(f"/api/v1/sessions?limit=2&offset={first['next_offset']}").json()
    assert [one["id"] for one in first["results"] + second["results"]] == made
    assert second["next_offset"] is None


def test_renaming_does_not_move_a_session_to_the_top(alice, hers):
    newer = ChatSession.objects.create(user=alice.user)
    alice.patch(f"/api/v1/sessions/{hers.pk}", {"title": "Concerts"})
    assert [one["id"] for one in alice.get("/api/v1/sessions").json()["results"]] == [str(newer.pk), str(hers.pk)]


def test_nobody_sees_changes_or_deletes_the_session_of_another(alice, bob, guest, hers):
    staff = User.objects.create_superuser("root", password="x")
    bob_like = (bob, guest)
    for client in bob_like:
        for method, path in paths(hers):
            answer = getattr(client, method)(path, *([{"title": "Mine"}] if method == "patch" else []))
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
        assert client.get("/api/v1/sessions").json()["results"] == []
    assert staff.chat_sessions.count() == 0
    hers.refresh_from_db()
    assert (hers.title, hers.messages.count()) == ("Music in Davis", 2)


@pytest.mark.parametrize("by", ["its owner", "an operator", "the end of the account"])
def test_a_deleted_session_leaves_no_record_of_its_words(alice, bob, hers, by):
    his = ChatSession.objects.create(user=bob.user)
    for session in (hers, his):
        ChatDebugRun.objects.create(session=session, message="Live music?", as_of=session.created_at)
    match by:
        case "its owner":
            assert alice.delete(f"/api/v1/sessions/{hers.pk}").status_code == 204
        case "an operator":
            site.get_model_admin(ChatSession).delete_queryset(None, ChatSession.objects.filter(pk=hers.pk))
        case _:
            alice.user.delete()
    assert list(ChatDebugRun.objects.values_list("session_id", flat=True)) == [his.pk]


def test_sessions_need_a_sign_in(nobody, hers):
    for method, path in [*paths(hers), ("get", "/api/v1/sessions"), ("post", "/api/v1/sessions")]:
        assert getattr(nobody, method)(path).status_code == 401


def test_a_session_that_never_was_looks_like_that_of_another(alice):
    for session_id in (uuid.uuid4(), "abc", "1"):
        answer = alice.get(f"/api/v1/sessions/{session_id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_export_as_markdown_quotes_what_was_said(alice, hers):
    answer = alice.get(f"/api/v1/sessions/{hers.pk}/export")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="conversation-{hers.pk}.md"'
    lines = answer.content.decode().splitlines()
    assert [line for line in lines if line.startswith("#")] == ["# Music in Davis"]
    assert [line for line in lines if line.startswith(">")] == [
        "> Live music in Davis tonight?",
        "> Two concerts:",
        "> # not a heading",
    ]


@pytest.mark.parametrize("accept", ["text/markdown", "application/json", "*/*"])
@pytest.mark.parametrize("kind", ["markdown", "json"])
def test_the_kind_is_what_was_asked_for_whatever_is_accepted(alice, hers, accept, kind):
    answer = alice.get(f"/api/v1/sessions/{hers.pk}/export?kind={kind}", HTTP_ACCEPT=accept)
    assert (answer.status_code, answer["Content-Type"].split(";")[0].endswith(kind)) == (200, True)


def test_export_as_markdown_fetches_nothing_that_a_listing_names(alice, hers):
    ChatSession.objects.filter(pk=hers.pk).update(title="<b>\nKites\\")
    text = 'Kites ![x](https://a.example/x.png) \\[y](javascript:1) <img src="https://a.example/x"> [1]'
    ChatMessage.objects.create(session=hers, role="assistant", content=text)
    told = alice.get(f"/api/v1/sessions/{hers.pk}/export").content.decode()
    assert told.splitlines()[0] == r"# \<b> Kites\\"
    assert told.splitlines()[-1] == (
        r'> Kites !\[x](https://a.example/x.png) \\\[y](javascript:1) \<img src="https://a.example/x"> \[1]'
    )


def test_export_as_json_holds_the_same_as_reading(alice, hers):
    exported = alice.get(f"/api/v1/sessions/{hers.pk}/export?kind=json")
    assert exported["Content-Disposition"].startswith("attachment")
    assert exported.json() == alice.get(f"/api/v1/sessions/{hers.pk}").json()


@pytest.mark.parametrize(
    ("body", "field"),
    [({"title": "x" * 201}, "title"), ({"title": ""}, "title"), ({"title": "a\0"}, "title"), ({"archived": "maybe"}, "archived")],
)  # fmt: skip
def test_what_cannot_be_used_is_named(alice, hers, body, field):
    answer = alice.patch(f"/api/v1/sessions/{hers.pk}", body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("body", "status"), [("", 201), ("null", 201), ("{}", 201), ("[]", 400), ("0", 400), ('""', 400)]
)
def test_a_session_needs_no_body_but_an_object_if_any(alice, body, status):
    assert alice.post("/api/v1/sessions", body, content_type="application/json").status_code == status


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "archived=maybe"])
def test_bad_paging_is_named(alice, query):
    answer = alice.get(f"/api/v1/sessions?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, query.split("=")[0])
