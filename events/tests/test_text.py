from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.text import key_of, one_line, plain_text, safe_url, shorten, slug_of, zone_or_none


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Rock &amp; Roll", "Rock & Roll"),
        ("&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", "bold"),
        ("<p>One</p><p>Two<br>three</p>", "One\nTwo\nthree"),
        ("<script>alert(1)</script>Safe", "Safe"),
        ("<img src=x onerror=alert(1)>Hi", "Hi"),
        ("kids <5 welcome", "kids <5 welcome"),
        ("a\x00b\x07c", "abc"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("hidden\U000e0041\U000e0042tags", "hiddentags"),
        ("<\x1fscript>alert(1)</script>Safe", "Safe"),
        ("&lt;\u200bb&gt;bold&lt;/\u00adb&gt;", "bold"),
        ("<&#31;img src=x onerror=alert(1)>Hi", "Hi"),
        ("one\r\n\r\n\r\n\r\ntwo", "one\n\ntwo"),
        (None, ""),
        (12, ""),
    ],
)
def test_plain_text(raw: object, plain: str) -> None:
    assert plain_text(raw, 500) == plain


@given(st.text(max_size=400))
def test_no_text_keeps_markup_or_control_characters(raw: str) -> None:
    text = plain_text(raw, 200)
    assert len(text) <= 200
    assert not any(c < " " and c not in "\n\t" for c in text)
    assert not any(
        text[i : i + 1] == "<" and text[i + 1 : i + 2].isascii() and text[i + 1 : i + 2].isalpha()
        for i in range(len(text))
    )


def test_a_cut_text_ends_at_a_word() -> None:
    assert shorten("alpha beta gamma", 13) == "alpha beta…"
    assert one_line("a\nb\n\nc", 10) == "a b c"


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("https://example.org/a?b=1&amp;c=2", "https://example.org/a?b=1&c=2"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://user:pass@example.org/", ""),
        ("https://exa mple.org", ""),
        ("https://localhost/x", ""),
        ("//example.org/x", ""),
        ('https://example.org/"><script>', ""),
        ("https://example.org:99999/", ""),
        ("https://[broken", ""),
        ("https://example.org/" + "a" * 2000, ""),
    ],
)
def test_only_plain_http_links_pass(raw: str, url: str) -> None:
    assert safe_url(raw) == url


def test_keys_and_slugs() -> None:
    assert key_of("Café  O'Brien & Söhne!") == "cafe obrien sohne"
    assert slug_of("North Bay Bohemian") == "north-bay-bohemian"
    assert slug_of("東京イベント") != slug_of("大阪イベント")
    assert len(slug_of("x " * 400)) <= 110


def test_unknown_zones_are_none() -> None:
    assert zone_or_none("America/Toronto") is not None
    assert [zone_or_none(z) for z in ("Nowhere/City", "../etc/passwd", "", None, 5)] == [None] * 5
