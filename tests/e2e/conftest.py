"""A browser and a running product for the tests of the page."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.stack import Stack, running_stack

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LINK = re.compile(r"http://\S+token=\S+")
SHOWN_MS = 30_000  # the page itself waits 4.6 s before it gives an answer up, and the machine may be busy
expect.set_options(timeout=SHOWN_MS)
PLACES = "from locations.testing import load_test_places; load_test_places()"


@pytest.fixture(scope="session")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outbox")


@pytest.fixture
def letters(outbox: Path) -> Callable[[str], str]:
    """The link in the latest letter to an address."""

    def link(address: str) -> str:
        texts = [path.read_text() for path in sorted(outbox.iterdir(), key=lambda path: path.stat().st_mtime_ns)]
        return LINK.findall(next(text for text in reversed(texts) if f"To: {address}" in text))[-1]

    return link


@pytest.fixture(scope="session")
def page_stack(outbox: Path) -> Iterator[Stack]:
    """Every process of the product, over a small gazetteer and the sample events of two towns."""
    with running_stack(
        f"eventzombie_page_{os.getpid()}",  # two runs beside each other must not drop each other's
        ("shell", "--verbosity", "0", "--command", PLACES),
        ("import_events", "events/sample/santa-rosa.ics"),
        ("import_events", "events/sample/davis.ics"),
        ("update_embeddings",),
        RATE_LIMIT_FACTOR="100",
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
        EMAIL_FILE_PATH=str(outbox),
    ) as running:
        yield running


# Playwright holds an event loop open, in which the ORM of later tests would refuse to work
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM} (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, page_stack: Stack) -> Iterator[Page]:
    """A visitor who was never here; the test fails on any error in the browser's console."""
    context = browser.new_context(
        base_url=page_stack.web,
        viewport={"width": 1280, "height": 900},
        timezone_id="America/Los_Angeles",
        locale="en-US",
    )
    page = context.new_page()
    page.set_default_timeout(SHOWN_MS)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    # A refused request is an error to the console and a case of the tests to us.
    assert [trouble for trouble in troubles if "Failed to load resource" not in trouble] == []
