from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "static" / "web").glob("*.js"))


@pytest.fixture(autouse=True)
def _usual_addresses(settings):
    settings.CHAT_PUBLIC_URL, settings.CHAT_PORT, settings.ALLOWED_HOSTS = "", 8002, ["*"]


def policy(answer) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("path", ["/", "/verify-email?token=x", "/reset-password?token=x"])
def test_every_route_of_the_page_is_the_page(path):
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b'src="/static/web/main.js"' in answer.content


def test_the_page_loads_from_its_own_origin_and_talks_to_the_chat_service_alone():
    answer = Client().get("/", headers={"host": "events.example:8000"})
    assert policy(answer) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self' http://events.example:8002",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert 'name="chat-base" content="http://events.example:8002"' in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("host", "base"), [("localhost", "http://localhost:8002"), ("[::1]:8000", "http://[::1]:8002")]
)
def test_the_chat_service_is_on_the_same_host(host, base):
    assert f'content="{base}"' in Client().get("/", headers={"host": host}).content.decode()


def test_the_chat_service_may_be_elsewhere(settings):
    settings.CHAT_PUBLIC_URL = "https://chat.example"
    answer = Client().get("/")
    assert 'content="https://chat.example"' in answer.content.decode()
    assert policy(answer)["connect-src"] == "'self' https://chat.example"


@pytest.mark.parametrize(("second", "told"), [("", False), ("composer", True)])
def test_the_page_knows_whether_there_are_two_models(settings, second, told):
    settings.LLM_MODEL_B = second
    assert (b'name="two-models"' in Client().get("/").content) is told


def test_a_host_that_is_not_ours_is_refused(settings):
    settings.ALLOWED_HOSTS = ["events.example"]
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_page_only_reads():
    assert Client().post("/").status_code == 405


def test_there_is_no_inline_script_or_style():
    page = (ROOT / "templates" / "web" / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!www\.geonames\.org)', page) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_text_reaches_the_page_as_text(script):
    found = re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script.read_text()
    )
    assert found == []


def test_the_sources_of_the_places_are_named():
    assert re.search(r"GeoNames</a>, CC BY 4\.0", Client().get("/").content.decode())
