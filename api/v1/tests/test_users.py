from __future__ import annotations

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone

from accounts import services, tokens
from accounts.models import GuestAccount, Registration
from accounts.params import RESET_PER_ADDRESS
from api.v1.tests.conftest import PASSWORD
from conversations.models import ChatSession

CAROL = {"email": "Carol@example.org", "password": PASSWORD, "first_name": "Carol", "last_name": None}


def link(letter):
    return re.search(r"http://localhost:8000/([a-z-]+)\?token=(\S+)", letter.body).groups()


def register(client, **changes):
    return client.post("/api/v1/users", {**CAROL, **changes})


def test_registering_verifying_and_signing_in(nobody):
    answer = register(nobody)
    assert (answer.status_code, answer.json()["email"]) == (201, CAROL["email"])
    login = {"username": "carol@example.org", "password": PASSWORD}
    assert nobody.post("/api/v1/token", login).status_code == 401  # not confirmed yet
    page, token = link(mail.outbox[0])
    assert page == "verify-email"
    verified = nobody.post(f"/api/v1/users/verify/{token}", None)
    assert (verified.status_code, verified.json()) == (
        200,
        {"message": "Your e-mail address is verified. You can sign in now."},
    )
    assert nobody.post("/api/v1/token", login).status_code == 200
    again = nobody.post(f"/api/v1/users/verify/{token}")
    assert (again.status_code, again.json()) == (200, {"message": "This e-mail address is already verified."})
    carol = User.objects.get(username="carol@example.org")
    assert (carol.email, carol.first_name, carol.last_name, carol.is_staff) == (
        "carol@example.org",
        "Carol",
        "",
        False,
    )


def test_registering_a_known_address_looks_like_any_other_and_changes_nothing(alice, nobody):
    fresh, known = register(nobody), register(nobody, email="ALICE@example.org", password="another-Green-9-door")
    assert (known.status_code, known.json()["message"]) == (fresh.status_code, fresh.json()["message"])
    assert [letter.subject for letter in mail.outbox] == ["Confirm your e-mail address", "You already have an account"]
    assert User.objects.get(pk=alice.user.pk).check_password(PASSWORD)


@pytest.mark.parametrize("opened", [0, 1])
def test_whichever_letter_of_two_registrations_is_opened_its_reader_chooses_the_password(nobody, opened):
    """Both letters look alike, and the one was sent for somebody else, who knows its password."""
    squatted, chosen = "squatter-Blue-1-door", "chosen-Red-3-doors"
    register(nobody, password=squatted)
    register(nobody)
    letters = [link(letter)[1] for letter in mail.outbox]
    verified = nobody.post(f"/api/v1/users/verify/{letters[opened]}").json()
    login = {"username": "carol@example.org"}
    assert [nobody.post("/api/v1/token", login | {"password": p}).status_code for p in (squatted, PASSWORD)] == [
        401
    ] * 2
    late = nobody.post(f"/api/v1/users/verify/{letters[1 - opened]}")
    assert late.json() == {"message": "This e-mail address is already verified."}
    choice = {"token": verified["reset_token"], "password": chosen}
    assert nobody.post("/api/v1/reset/confirm", choice).status_code == 200
    assert nobody.post("/api/v1/token", login | {"password": chosen}).status_code == 200


def test_who_registers_twice_with_one_password_need_not_choose_it_again(guest, nobody):
    register(nobody)
    register(guest, first_name="Caroline")
    for letter, message in zip(mail.outbox, ("is verified", "already verified"), strict=True):
        told = nobody.post(f"/api/v1/users/verify/{link(letter)[1]}").json()
        assert message in told["message"]
        assert "reset_token" not in told
    assert nobody.post("/api/v1/token", {"username": "carol@example.org", "password": PASSWORD}).status_code == 200
    carol = User.objects.get(username="carol@example.org")
    assert (carol.pk, carol.first_name) == (guest.user.pk, "Caroline")  # what was said last


def test_letters_of_an_address_that_has_an_account_by_now_make_no_other(nobody):
    register(nobody)
    register(nobody, password="squatter-Blue-1-door")
    first, second = (link(letter)[1] for letter in mail.outbox)
    nobody.post(f"/api/v1/users/verify/{first}")
    User.objects.filter(username="carol@example.org").delete()
    assert "already verified" in nobody.post(f"/api/v1/users/verify/{second}").json()["message"]
    assert not User.objects.filter(username="carol@example.org").exists()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("1", "too short"),
        ("1234567890123", "entirely numeric"),
        ("password1234", "too common"),
        ("carol@example", "too similar"),
        ("x" * 129, "no more than 128"),
    ],
)
def test_weak_passwords_are_refused_by_name(nobody, password, reason):
    answer = register(nobody, password=password)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid_request", "password")
    assert reason in str(answer.json()["problems"]["password"])
    assert (Registration.objects.count(), len(mail.outbox)) == (0, 0)


@pytest.mark.parametrize("email", ["", "carol", "carol@", "a\0b@example.org", "x" * 150 + "@example.org", None, 7, []])
def test_what_is_no_address_is_refused_by_name(nobody, email):
    answer = register(nobody, email=email)
    assert (answer.status_code, answer.json()["field"]) == (400, "email")


def test_a_link_expires_and_says_so(nobody, monkeypatch):
    register(nobody)
    token = link(mail.outbox[0])[1]
    monkeypatch.setattr(services, "VERIFY_LINK_LIFETIME", timedelta(seconds=-1))
    answer = nobody.post(f"/api/v1/users/verify/{token}")
    assert (answer.status_code, answer.json()["message"]) == (400, "This link has expired.")
    assert answer.json()["code"] == "link_expired"


@pytest.mark.parametrize("token", ["x", "a.b.c", "%F0%9F%98%80", "a:b"])
def test_a_link_that_is_not_ours_is_invalid(nobody, token):
    answer = nobody.post(f"/api/v1/users/verify/{token}")
    assert (answer.status_code, answer.json()["message"]) == (400, "This link is not valid.")


def test_a_reset_link_does_not_verify_and_a_verify_link_does_not_reset(alice, nobody):
    register(nobody)
    nobody.post("/api/v1/reset", {"email": "alice@example.org"})
    verify, reset = (link(letter)[1] for letter in mail.outbox)
    assert nobody.post(f"/api/v1/users/verify/{reset}").status_code == 400
    assert nobody.post("/api/v1/reset/confirm", {"token": verify, "password": PASSWORD + "x"}).status_code == 400


def test_resending_writes_only_to_who_waits_and_answers_all_alike(alice, nobody):
    register(nobody)
    mail.outbox.clear()
    addresses = ("carol@example.org", "alice@example.org", "stranger@example.org")
    answers = [nobody.post("/api/v1/users/resend-verification", {"email": address}) for address in addresses]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert [letter.to for letter in mail.outbox] == [["carol@example.org"]]
    assert nobody.post(f"/api/v1/users/verify/{link(mail.outbox[0])[1]}").status_code == 200


def test_a_reset_sets_the_password_once_and_ends_every_sign_in(alice, nobody):
    refresh = tokens.issue_tokens(alice.user)["refresh"]
    assert nobody.post("/api/v1/reset", {"email": "Alice@example.org"}).status_code == 200
    page, token = link(mail.outbox[0])
    assert page == "reset-password"
    weak = nobody.post("/api/v1/reset/confirm", {"token": token, "password": "1"})
    assert (weak.status_code, weak.json()["code"]) == (400, "invalid_request")
    new = {"token": token, "password": "other-Green-8-doors"}
    assert nobody.post("/api/v1/reset/confirm", new).status_code == 200
    assert nobody.post("/api/v1/reset/confirm", new).json()["code"] == "link_invalid"
    assert alice.get("/api/v1/users/me").json()["code"] == "auth_failed"
    assert nobody.post("/api/v1/token/refresh", {"refresh": refresh}).status_code == 401
    login = {"username": "alice@example.org", "password": new["password"]}
    assert nobody.post("/api/v1/token", login).status_code == 200


def test_asking_for_a_reset_tells_a_stranger_nothing(alice, nobody):
    answers = [nobody.post("/api/v1/reset", {"email": address}) for address in ("alice@example.org", "no@example.org")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert len(mail.outbox) == 2  # one letter each, so that both take as long


@pytest.mark.parametrize("lookalike", ["al\u0131ce@example.org", "alice@\u017fample.org"])
def test_an_address_that_only_looks_like_an_account_s_gets_no_link_to_it(alice, nobody, lookalike):
    """In capitals a dotless i is an I and a long s an S, and the database compares in capitals; whoever owns that domain got the letter."""
    User.objects.filter(pk=alice.user.pk).update(email=lookalike.replace("\u0131", "i").replace("\u017f", "s"))
    assert nobody.post("/api/v1/reset", {"email": lookalike}).status_code == 200
    register(nobody, email=lookalike)
    subjects = [letter.subject for letter in mail.outbox]
    assert subjects == ["There is no account with this address", "Confirm your e-mail address"]
    assert nobody.post("/api/v1/token", {"username": lookalike, "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    ("path", "email"),
    [
        ("users", "carol@example.org"),
        ("users", "alice@example.org"),
        ("reset", "alice@example.org"),
        ("reset", "no@example.org"),
    ],
)
@pytest.mark.parametrize(
    "failure", [ConnectionRefusedError(), TimeoutError(), SMTPServerDisconnected(), SMTPRecipientsRefused({})]
)
def test_while_the_mail_server_is_away_everybody_is_told_alike(
    alice, nobody, monkeypatch, caplog, path, email, failure
):
    monkeypatch.setattr("accounts.emails.send_mail", Mock(side_effect=failure))
    answer = nobody.post(f"/api/v1/{path}", {"email": email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "mail_unavailable", True)
    assert answer.json()["message"] == "We cannot send e-mail right now. Please try again later."
    assert [record.getMessage() for record in caplog.records if record.name == "accounts.emails"] == [
        f"e-mail cannot be sent: {type(failure).__name__}"
    ]


def test_resets_are_limited(nobody):
    for number in range(RESET_PER_ADDRESS.amount):
        assert nobody.post("/api/v1/reset", {"email": f"a{number}@example.org"}).status_code == 200
    assert nobody.post("/api/v1/reset", {"email": "one@example.org"}).status_code == 429


def test_one_address_gets_few_letters_however_they_are_asked_for(nobody):
    codes = [nobody.post("/api/v1/reset", {"email": "one@example.org"}).status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2


def test_a_guest_keeps_the_conversations_when_registering(guest, nobody):
    session = ChatSession.objects.create(user=guest.user, title="Music in Davis")
    assert register(guest).status_code == 201
    assert guest.get("/api/v1/users/me").status_code == 200  # a guest until the address is confirmed
    nobody.post(f"/api/v1/users/verify/{link(mail.outbox[0])[1]}")
    assert guest.get("/api/v1/users/me").json()["code"] == "auth_failed"
    pair = nobody.post("/api/v1/token", {"username": "carol@example.org", "password": PASSWORD}).json()
    nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert [one["id"] for one in nobody.get("/api/v1/sessions").json()["results"]] == [str(session.pk)]
    assert nobody.get("/api/v1/users/me").json()["is_guest"] is False
    assert not GuestAccount.objects.exists()


def test_a_guest_upgrades_once(guest, nobody):
    register(guest)
    register(guest, email="dan@example.org")
    for letter in mail.outbox:
        assert nobody.post(f"/api/v1/users/verify/{link(letter)[1]}").status_code == 200
    assert User.objects.get(pk=guest.user.pk).username == "carol@example.org"
    assert User.objects.filter(username="dan@example.org").exclude(pk=guest.user.pk).exists()


def test_a_stale_token_does_not_hinder_registering(nobody):
    nobody.credentials(HTTP_AUTHORIZATION="Bearer x.y.z")
    assert register(nobody).status_code == 201


def test_purging_removes_idle_guests_and_leaves_the_others(guest, alice, db):
    long_ago = timezone.now() - timedelta(days=40)
    idle, busy = services.create_guest(), services.create_guest()
    GuestAccount.objects.filter(user__in=[idle, busy]).update(created_at=long_ago)
    ChatSession.objects.create(user=busy)
    removed = services.purge(timezone.now())
    assert removed == {"guests": 1, "registrations": 0, "revoked tokens": 0, "rate counters": 0}
    assert set(User.objects.values_list("pk", flat=True)) == {guest.user.pk, alice.user.pk, busy.pk}
