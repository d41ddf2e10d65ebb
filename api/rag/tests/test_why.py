from __future__ import annotations

from dataclasses import replace

from api.rag.tests.answer_rows import NOW, facts, query
from api.rag.why import matched_words


def test_a_phrase_speaks_for_its_words_and_short_words_say_nothing() -> None:
    asked = replace(query(), interests=("live music",), search_text="Live music at an old barn")
    event = facts(1, "An Evening of Live Music at the Barn", NOW)
    assert matched_words(event, asked) == ["live music", "barn"]


def test_whole_words_are_compared() -> None:
    asked = replace(query(), interests=("art",), search_text="art classes for hikers")
    assert matched_words(facts(1, "Birthday Party at the Art-Deco Bar", NOW), asked) == ["art"]
    assert matched_words(facts(2, "Party for Everyone", NOW), asked) == []
    assert matched_words(facts(3, "Watercolor Class for a Hiker", NOW), asked) == ["classes", "hikers"]


def test_a_plural_is_met_by_its_singular() -> None:
    asked = replace(query(), interests=(), search_text="movies classes berries")
    assert matched_words(facts(1, "Movie Class with a Berry", NOW), asked) == ["movies", "classes", "berries"]
