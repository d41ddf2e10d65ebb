"""The whole of understanding: what the message says, what the client sends along, and what reaches the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.rag.query.ledger_json import from_json
from api.rag.query.understand import understand
from api.rag.query.wire import understood_json
from api.rag.types import HistoryMessage, ParsedQuery, QueryContext

pytestmark = pytest.mark.django_db  # without the mark there would be no test database to build the index from

NOW = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)  # Wednesday noon in California
ZONE = "America/Los_Angeles"
DAVIS, TORONTO = 5341704, 6167865
CLIENT_DEFAULTS: dict[str, Any] = {
    "date_from": "2026-11-18",
    "date_to": "2026-11-25",
    "age_min": 0,
    "age_max": 18,
    "max_price": Decimal(100),
}


@pytest.fixture
def ask(places: Any) -> Any:
    def asked(message: str, **sent: Any) -> ParsedQuery:
        return understand(message, context=QueryContext(**sent), now=NOW, zone=ZONE, gazetteer=places)

    return asked


def interval(query: ParsedQuery) -> tuple[str, str] | None:
    when = query.when
    return None if when is None else (f"{when.range.start:%m-%d %H:%M}", f"{when.range.end:%m-%d %H:%M}")


def told(query: ParsedQuery, field: str) -> list[tuple[str, bool, str, str]]:
    return [(c.label, c.hard, c.words, c.source) for c in query.constraints if c.field == field]


# -- the message -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("anything this weekend?", ""),
        ("What can I do with a 4-year-old in Santa Rosa this weekend?", "kids"),
        ("live music in Davis tonight", "live music"),
        ("free things for kids in Bloomington, Indiana this weekend", "kids"),
        ("farmers market near Petaluma on Saturday morning", "farmers market"),
        ("author talk in Raleigh next week", "author talk"),
        ("comedy in Toronto tomorrow night under $20", "comedy"),
        ("music for kids", "music for kids"),
        ("yoga for seniors in Davis", "yoga for seniors"),
        ("outdoor concerts in Davis", "outdoor concerts"),
        ("sensory friendly movies", "sensory friendly movies"),
        ("no sports in Davis", ""),
        ("5 December Toronto", ""),
        ("I only have an hour at lunch on Wednesday", ""),
        ("during my lunch break on Wednesday", ""),
        ("we'll be in Davis Friday through Sunday - wine tasting", "wine tasting"),
        ("something I can do alone on Christmas day", ""),
        ("something for a rainy Saturday", "indoor"),
        ("lunch on Saturday", "lunch"),
        ("farmers markets open on Tuesdays", "farmers markets"),
        ("open mic tonight", "open mic"),
        ("we are a group of 12 coworkers looking for a team outing next Thursday", "team outing"),
        ("whats poppin tonite", ""),
        ("are kids allowed?", "kids"),
        ("support group on Monday", "support group"),
        ("folk dances scheduled for Saturday", "folk dances"),
        ("she adores puppets. Is there a show with dragons?", "puppets, dragons"),
        ("what are the St. Francis lectures", "St. Francis lectures"),
        ("we wish to see some improv", "improv"),
        ("I'm in the mood for bluegrass", "bluegrass"),
        ("hmmm, pottery", "pottery"),
        ("I want to buy tickets to the Velvet Owls", "Velvet Owls"),
        ("Alexa, is there any improv on Friday?", "improv"),
        ("ok google find me a pottery class", "pottery class"),
        ("Alexa Jazz Trio", "Alexa Jazz Trio"),
        ("my dad uses a wheelchair, anything we could go to on Sunday", ""),
        ("wheelchair accessible concerts", "wheelchair accessible concerts"),
        ("something quiet on Friday night", ""),
        ("stroller friendly things to do tomorrow", ""),
        ("my in-laws are visiting from the 12th through the 15th of December, what should we see?", ""),
    ],
)
def test_search_text_is_topic_and_audience_without_the_rest(ask: Any, message: str, text: str) -> None:
    assert ask(message).search_text == text


def test_the_games_of_a_sport_are_none_for_a_table(ask: Any) -> None:
    assert ask("volleyball games on Friday").interests == ("sports",)
    assert ask("volleyball and board games on Friday").interests == ("sports", "games")


def test_what_one_does_not_feel_like_is_refused(ask: Any) -> None:
    assert ask("something for tonight, we don't feel like karaoke or trivia").excluded == ("karaoke", "trivia")


def test_every_constraint_says_what_it_came_from(ask: Any) -> None:
    query = ask("Free live music in Davis on Saturday for my 4 and 9 year olds, no sports")
    assert told(query, "price") == [("free", True, "free", "message")]
    assert told(query, "audience") == [("4-year-old, 9-year-old", True, "4 and 9 year olds", "message")]
    assert told(query, "place") == [("Davis, CA, United States", True, "Davis", "message")]
    assert told(query, "exclude") == [("sports", True, "no sports", "message")]
    assert told(query, "interest") == [("live music", False, "live music", "message")]


def test_interests_hold_the_topic_and_the_audience(ask: Any) -> None:
    assert ask("live music for my 4 year old").interests == ("live music", "kids")


@pytest.mark.parametrize("message", ["cheaper one?", "a free one", "free one"])
def test_one_of_what_was_asked_for_is_no_hour(ask: Any, message: str) -> None:
    before = ask("jazz in Davis on Saturday afternoon")
    assert interval(ask(message, ledger=before.ledger)) == interval(before)
    assert interval(ask("make it one", ledger=before.ledger)) == ("11-21 13:00", "11-21 14:00")


def test_who_looks_for_friends_looks_for_people_to_meet(ask: Any) -> None:
    assert ask("new in town and want to make new friends").interests == ("networking",)


def test_for_whom_a_course_is_stands_behind_it(ask: Any) -> None:
    first = ask("learn Spanish in Davis")
    assert told(ask("for total beginners", ledger=first.ledger), "interest")[0][2] == "learn Spanish for beginners"


@pytest.mark.parametrize("message", ["hot dog eating contest", "read to a therapy dog", "a sheep dog trial"])
def test_a_dog_in_an_event_is_no_dog_that_comes_along(ask: Any, message: str) -> None:
    assert "dog friendly" not in ask(message).interests


def test_the_zone_is_that_of_the_place_asked_about(ask: Any) -> None:
    query = ask("comedy in Toronto tonight", zone="America/Los_Angeles")
    assert (query.zone, interval(query)) == ("America/Toronto", ("11-18 17:00", "11-19 03:00"))


def test_a_month_is_no_place_and_a_place_no_month(ask: Any) -> None:
    march = ask("a march in Washington in May")
    assert march.place is not None
    assert march.place.label == "Washington, DC, United States"
    assert interval(march) == ("05-01 00:00", "06-01 00:00")


def test_movie_night_names_no_night(ask: Any) -> None:
    assert interval(ask("movie night on Saturday")) == ("11-21 00:00", "11-22 00:00")


def test_a_day_that_is_refused_is_not_the_day(ask: Any) -> None:
    def days(message: str) -> list[str]:
        return [f"{r.start:%m-%d}..{r.end:%m-%d}" for r in ask(message).when.ranges]

    assert days("concerts next week but not on Wednesday") == days("concerts next week except Wednesday")
    assert len(days("concerts next week but not on Wednesday")) == 2
    assert days("this weekend but not Saturday") == days("this Sunday")
    assert days("any day but Monday") == days("not on Monday")


def test_without_a_place_a_date_is_written_as_where_the_user_is(ask: Any) -> None:
    assert f"{ask('on 5/12', zone='Europe/London').when.range.start:%m-%d}" == "12-05"
    assert f"{ask('on 5/12', zone='America/Chicago').when.range.start:%m-%d}" == "05-12"
    assert f"{ask('on 5/12', zone='UTC').when.range.start:%m-%d}" == "05-12"
    assert f"{ask('on 5/12 in Boston, MA', zone='Europe/London').when.range.start:%m-%d}" == "05-12"


def test_good_morning_is_no_time(ask: Any) -> None:
    assert interval(ask("Good morning! Any concerts on Saturday?")) == ("11-21 00:00", "11-22 00:00")


def test_a_title_in_quotes_is_asked_for_literally(ask: Any) -> None:
    query = ask('when is "Saturday Night Fever" in Davis?')
    assert (query.quoted, query.when, query.search_text) == (("Saturday Night Fever",), None, "Saturday Night Fever")


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("Hi!", "smalltalk"),
        ("thanks a lot", "smalltalk"),
        ("no thanks", "smalltalk"),
        ("anything else?", "more"),
        ("show me more please", "more"),
        ("hi, any concerts tonight?", "find"),
        ("?!", "clarify"),
        ("🎉", "clarify"),
        ("concerts in Xyzzyville", "clarify"),
    ],
)
def test_intents(ask: Any, message: str, intent: str) -> None:
    assert ask(message).intent == intent


def test_more_excludes_what_was_shown(ask: Any) -> None:
    assert ask("anything else?", shown_event_ids=(3, 1, 2)).exclude_event_ids == (3, 1, 2)
    assert ask("concerts", shown_event_ids=(3, 1, 2)).exclude_event_ids == ()


# -- the place -------------------------------------------------------------------------------------------------------


def test_an_unknown_id_is_a_notice_and_never_the_whole_world(ask: Any) -> None:
    query = ask("live music", location_id=999_999_999)
    assert (query.place, query.intent) == (None, "clarify")
    assert [n.code for n in query.notices] == ["unknown_place"]


def test_the_id_wins_over_the_words_and_over_what_was_said(ask: Any) -> None:
    before = ask("comedy in Toronto")
    query = ask("same but in Raleigh", location_id=DAVIS, ledger=before.ledger)
    assert query.place is not None
    assert query.place.location_id == DAVIS


def test_what_was_said_wins_over_the_clients_label(ask: Any) -> None:
    before = ask("comedy in Toronto")
    query = ask("what about tomorrow", location_text="Davis, CA", ledger=before.ledger)
    assert query.place is not None
    assert query.place.location_id == TORONTO


def test_the_clients_label_may_change_between_turns(ask: Any) -> None:
    before = ask("comedy", location_text="Toronto, ON")
    query = ask("what about tomorrow", location_text="Davis, CA", ledger=before.ledger)
    assert query.place is not None
    assert query.place.location_id == DAVIS


def test_distance_in_words_and_from_the_client(ask: Any) -> None:
    assert ask("comedy within 25 miles of Davis").place.radius_miles == 25
    assert ask("comedy in Davis", max_distance_miles=2).place.radius_miles == 2
    assert ask("comedy near Davis, we have a car and can drive 40 minutes").place.radius_miles == 24
    assert ask("comedy within 25 miles of Davis", max_distance_miles=2).place.radius_miles == 25


# -- what the client sends along ---------------------------------------------------------------------------------------


def test_untouched_defaults_are_shown_and_limit_nothing(ask: Any) -> None:
    query = ask("comedy in Davis", **CLIENT_DEFAULTS)
    assert (query.audience, query.price) == (None, None)
    assert told(query, "audience") == [("ages 0-18", False, "", "default")]
    assert told(query, "price") == [("up to 100", False, "", "default")]


def test_the_clients_dates_hold_when_the_message_names_none(ask: Any) -> None:
    query = ask("comedy in Davis", **CLIENT_DEFAULTS)
    assert interval(query) == ("11-18 00:00", "11-26 00:00")  # `to` is inclusive
    assert [source for *_, source in told(query, "when")] == ["default"]


def test_words_win_over_the_clients_dates(ask: Any) -> None:
    query = ask("comedy in Davis tomorrow", **CLIENT_DEFAULTS)
    assert interval(query) == ("11-19 00:00", "11-20 00:00")
    assert [source for *_, source in told(query, "when")] == ["message"]


def test_filters_that_were_set_filter(ask: Any) -> None:
    query = ask("comedy", date_from="2026-12-01", date_to="2026-12-02", age_min=3, age_max=5, max_price=Decimal(15))
    assert interval(query) == ("12-01 00:00", "12-03 00:00")
    assert query.audience is not None
    assert (query.audience.age_min, query.audience.age_max, query.audience_hard) == (3, 5, True)
    assert query.price is not None
    assert (query.price.max_price, query.price_hard) == (Decimal(15), True)


def test_words_win_over_the_clients_filters(ask: Any) -> None:
    query = ask("free comedy for teens", age_min=3, age_max=5, max_price=Decimal(15))
    assert (query.price.free_only, query.audience.label) == (True, "teens")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", "2026-11-25"),
        ("2026-11-18", ""),
        ("2026-1", "2026-11-25"),
        ("2026-11-25", "2026-11-18"),
        ("2026-02-30", "2026-03-01"),
        ("2020-01-01", "2020-01-02"),
        ("not a day", "2026-11-25"),
        (None, None),
    ],
)
def test_dates_in_mid_edit_are_ignored(ask: Any, first: str | None, last: str | None) -> None:
    assert ask("comedy", date_from=first, date_to=last).when is None


def test_the_default_window_starts_today_by_the_clock_of_the_place(places: Any) -> None:
    evening = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)  # still Wednesday the 18th, 7 PM, in Davis
    sent = QueryContext(location_id=DAVIS, date_from="2026-11-19", date_to="2026-11-26")
    query = understand("comedy", context=sent, now=evening, zone=ZONE, gazetteer=places)
    assert interval(query) == ("11-18 00:00", "11-27 00:00")


def test_a_title_is_looked_for_beyond_the_default_window(ask: Any) -> None:
    assert ask('"The Nutcracker" in Davis', **CLIENT_DEFAULTS).when is None


def test_a_profile_speaks_when_the_message_has_no_topic(ask: Any) -> None:
    assert ask("anything tonight?", interests=("hike", "jazz")).interests == ("hike", "jazz")
    assert ask("comedy tonight", interests=("hike", "jazz")).interests == ("comedy",)


def test_needs_and_attendance_of_the_profile(ask: Any) -> None:
    query = ask("comedy", accessibility=("Wheelchair accessible",), is_virtual=True, preferred_times="evening")
    assert (query.access, query.attendance) == (("wheelchair",), "online")
    assert told(query, "when") == [("evening", False, "", "context")]


def test_an_unknown_zone_of_the_user_is_passed_over(ask: Any) -> None:
    assert ask("comedy tonight", zone="Mars/Olympus").zone == ZONE


# -- history, ledger, overrides ------------------------------------------------------------------------------------------


def history(*messages: str) -> tuple[HistoryMessage, ...]:
    welcome = HistoryMessage("assistant", "Hi! What are you looking for this weekend in Boston?")
    return (welcome, *(HistoryMessage("user", m) for m in messages))


def test_the_state_comes_from_the_history_when_no_session_is_sent(ask: Any) -> None:
    query = ask("what about tomorrow?", history=history("live music in Davis tonight", "under $20"))
    assert query.place.location_id == DAVIS
    assert (interval(query), query.search_text) == (("11-19 00:00", "11-20 00:00"), "live music")
    assert query.price.max_price == Decimal(20)


@pytest.mark.parametrize(
    "message",
    ["is it free?", "which of these is closest?", "save it", "how much does the first one cost?", "which days?"],
)
def test_a_question_about_what_was_told_where_nothing_was_says_so_and_changes_nothing(ask: Any, message: str) -> None:
    before = ask("jazz in Davis on Friday")
    query = ask(message, ledger=before.ledger)
    assert [n.code for n in query.notices] == ["not_told"]
    assert (interval(query), query.interests, query.search_text) == (interval(before), ("jazz",), "jazz")


def test_a_history_does_not_tell_which_events_were_told(ask: Any) -> None:
    assert ask("is it free?", history=history("jazz in Davis on Friday")).notices == ()


def test_a_question_about_nothing_at_all_is_asked_back(ask: Any) -> None:
    query = ask("is it free?", location_id=DAVIS)
    assert (query.intent, query.place.location_id) == ("clarify", DAVIS)


def test_the_clients_own_welcome_line_says_nothing(ask: Any) -> None:
    query = ask("concerts", history=history())
    assert (query.place, query.when) == (None, None)


def test_only_the_last_ten_questions_are_replayed(ask: Any) -> None:
    assert ask("tomorrow", history=history("comedy in Davis", *["hello"] * 10)).place is None
    assert ask("tomorrow", history=history("comedy in Davis", *["hello"] * 9)).place.location_id == DAVIS


def test_a_stored_ledger_wins_over_the_history(ask: Any) -> None:
    stored = ask("comedy in Toronto").ledger
    query = ask("tomorrow", ledger=stored, history=history("live music in Davis"))
    assert (query.place.location_id, query.search_text) == (TORONTO, "comedy")


def test_the_diff_names_only_what_this_turn_changed(ask: Any) -> None:
    before = ask("live music in Davis tonight").ledger
    assert ask("what about tomorrow?", ledger=before).ledger_diff == (
        {
            "field": "when",
            "op": "change",
            "from": "tonight: Wed, Nov 18, 5 PM – 3 AM",
            "to": "tomorrow: Thu, Nov 19",
            "words": "tomorrow",
        },
    )


def test_carried_constraints_say_so(ask: Any) -> None:
    before = ask("live music in Davis under $20").ledger
    query = ask("what about tomorrow?", ledger=before)
    assert told(query, "price") == [("up to $20", True, "under $20", "ledger")]


@pytest.mark.parametrize(
    "stored",
    [
        {"when": "soon"},
        {"when": {"start": "x", "end": "y"}},
        {"place": 3},
        {"place": {"id": 1, "label": "x", "lat": float("nan"), "lng": 0, "radius_miles": 1, "zone": "UTC"}},
        {"price": {"max_price": "NaN"}},
        {"audience": {"age_min": -4}},
        {"topics": "music"},
        {"shown": ["a"]},
        {"offer": 3},
    ],
)
def test_a_broken_ledger_is_a_notice(ask: Any, stored: dict[str, Any]) -> None:
    query = ask("comedy in Davis", ledger=stored)
    assert [n.code for n in query.notices] == ["bad_ledger"]
    assert query.place.location_id == DAVIS


def test_a_ledger_survives_json(ask: Any) -> None:
    query = ask(
        "Free outdoor jazz within 5 miles of Davis in the evenings next week for my 9 year old, wheelchair, no comedy"
    )
    stored = json.loads(json.dumps(query.ledger))
    again = ask("thanks", ledger=stored)
    assert dict(again.ledger) == stored
    assert again.when.ranges == query.when.ranges


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({"when": "tomorrow"}, ("11-19 00:00", "11-20 00:00")),
        ({"when": {"start": "2026-11-20T00:00", "end": "2026-11-21T00:00"}}, ("11-20 00:00", "11-21 00:00")),
        (
            {"when": {"start": "2026-11-20T00:00-08:00", "end": "2026-11-21T00:00-08:00"}},
            ("11-20 00:00", "11-21 00:00"),
        ),
        ({"when": None}, None),
        ({"when": "purple"}, ("11-18 17:00", "11-19 03:00")),
    ],
)
def test_overrides_of_the_day(ask: Any, edits: dict[str, Any], expected: tuple[str, str] | None) -> None:
    assert interval(ask("comedy in Davis tonight", ledger_overrides=edits)) == expected


def test_overrides_of_everything_else(ask: Any) -> None:
    edits = {
        "place": {"id": TORONTO},
        "audience": "4 and 9 year olds",
        "price": 15,
        "attendance": "in_person",
        "setting": "outdoor",
        "access": ["wheelchair"],
        "topics": ["jazz"],
        "excluded": ["sports"],
        "radius_miles": 25,
    }
    query = ask("comedy in Davis", ledger_overrides=edits)
    state = from_json(query.ledger)
    assert query.place.location_id == TORONTO
    assert query.place.radius_miles == 25
    assert (query.audience.ages, query.price.max_price) == ((4, 9), Decimal(15))
    assert (state.attendance, state.setting, state.access) == ("in_person", "outdoor", ("wheelchair",))
    assert (state.topics, state.excluded, query.notices) == (("jazz",), ("sports",), ())


def test_an_override_that_cannot_be_used_is_named(ask: Any) -> None:
    query = ask("comedy", ledger_overrides={"radius": "far", "colour": "red", "price": "a lot"})
    assert [n.detail["field"] for n in query.notices] == ["radius", "colour", "price"]


# -- the wire ------------------------------------------------------------------------------------------------------------


def test_the_wire_object_is_json_and_complete(ask: Any) -> None:
    data = json.loads(json.dumps(understood_json(ask("free jazz in Davis on Saturday"))))
    assert (data["when"]["start"], data["when"]["end"]) == ("2026-11-21T00:00:00-08:00", "2026-11-22T00:00:00-08:00")
    assert (data["when"]["zone"], data["when"]["source"], data["when"]["words"]) == (ZONE, "message", ["Saturday"])
    assert (data["place"]["id"], data["place"]["source"], data["radius_miles"]) == (DAVIS, "message", 10.0)
    assert [(c["field"], c["remove"]) for c in data["constraints"]] == [
        ("when", {"when": None}),
        ("place", {"place": None}),
        ("price", {"price": None}),
        ("interest", {"topics": None}),
    ]
    assert [c["field"] for c in data["ledger_diff"]] == ["when", "place", "price", "topics"]


def test_an_alternative_is_one_tap_away(ask: Any) -> None:
    query = ask("comedy in Davis next Friday")
    other = understood_json(query)["when"]["alternatives"][0]
    tapped = ask("comedy in Davis next Friday", ledger_overrides=other["override"])
    assert tapped.when.range == query.when.alternatives[0].range
    assert tapped.when.label == other["label"]


def test_a_constraint_is_taken_back_with_one_tap(ask: Any) -> None:
    query = ask("free comedy in Davis")
    remove = next(c["remove"] for c in understood_json(query)["constraints"] if c["field"] == "price")
    assert ask("free comedy in Davis", ledger_overrides=remove).price is None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    message=st.lists(
        st.sampled_from(
            [
                "forget",
                "any",
                "no",
                "not",
                "the",
                "kids",
                "4",
                "9",
                "year",
                "old",
                "under",
                "$20",
                "tonight",
                "tomorrow",
                "in",
                "Davis",
                "Toronto",
                "same",
                "but",
                "what",
                "about",
                "cheaper",
                "more",
                "yes",
                "also",
                "free",
                "jazz",
                "comedy",
                "within",
                "5",
                "miles",
                '"',
                "'",
                ",",
                ".",
                "?",
                "-",
                "next",
                "Friday",
                "and",
                "or",
                "21+",
                "start",
                "over",
                "İ",
                "🎉",
                "\x00",
            ]
        ),
        max_size=14,
    ).map(" ".join)
    | st.text(max_size=80),
    first=st.sampled_from(["", "live music in Davis tonight under $20 for my 4 year old", "comedy in Toronto"]),
)
def test_no_message_fails_and_every_answer_is_json(ask: Any, message: str, first: str) -> None:
    before = ask(first).ledger if first else None
    query = ask(message, ledger=before)
    json.dumps(understood_json(query))
    assert from_json(json.loads(json.dumps(query.ledger))) is not None
    assert query.place is None or query.zone == query.place.zone


def test_a_place_that_is_refused_is_no_topic(ask: Any) -> None:
    query = ask("jazz but not in Oakland")
    assert (query.place, query.search_text) == (None, "jazz")
    for message in ("jazz but not in Santa Rosa", "jazz that isn't in Santa Rosa"):
        query = ask(message, location_id=DAVIS)
        assert (query.place.location_id, query.search_text, query.excluded) == (DAVIS, "jazz", ())
        assert query.notices == ()
    assert [n.code for n in ask("jazz but not in Davis", location_id=DAVIS).notices] == ["place_choice_kept"]


def test_a_building_called_after_a_far_town_is_looked_for_here(ask: Any) -> None:
    for name in ("Luther Oakland Center", "Oakland Cinemas"):
        for message in (name, f"events at the {name}"):
            query = ask(message, location_id=TORONTO)
            assert (query.place.location_id, query.search_text, query.notices) == (TORONTO, name, ())
    assert [n.code for n in ask("theaters in Oakland", location_id=TORONTO).notices] == ["place_choice_kept"]


def test_any_and_first_are_of_the_word_they_stand_before(ask: Any) -> None:
    """NOW is a Wednesday."""
    day = ask("movie night Friday").when
    for message in ("any movie night Friday", "first movie night Friday", "next movie night Friday"):
        when = ask(message).when
        assert (when.ranges, when.words) == (day.ranges, ("Friday",))


def test_how_many_come_is_no_time(ask: Any) -> None:
    assert ask("party of 6, something fun tonight").when.ranges == ask("tonight").when.ranges
    assert ask("comedy for a group of 10 at 8 on Friday").when.ranges == ask("comedy at 8 on Friday").when.ranges


def test_outside_of_a_town_is_around_it_and_not_in_the_open(ask: Any) -> None:
    for message in ("jazz outside of Oakland", "jazz outside Oakland", "jazz just outside oakland"):
        query = ask(message)
        assert (query.place.label.split(",")[0], query.place.radius_miles) == ("Oakland", 25)
        assert (query.setting, query.search_text) == (None, "jazz")
    around = ask("jazz outside of Davis", location_id=DAVIS)
    assert (around.place.location_id, around.place.radius_miles, around.notices) == (DAVIS, 25, ())
    within = ask("jazz outside in Oakland")
    assert (within.place.label.split(",")[0], within.setting) == ("Oakland", "outdoor")
    assert ask("jazz outside Saturday").setting == "outdoor"


def test_a_county_is_as_large_as_it_is(ask: Any) -> None:
    query = ask("wineries in Sonoma County", max_distance_miles=5)
    assert query.place is not None
    assert (query.place.kind, query.place.radius_miles > 25) == ("county", True)
    assert told(query, "place") == [("Sonoma County, CA, United States", True, "Sonoma County", "message")]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("eventos gratis para niños este fin de semana", True),
        ("¿qué hay hoy cerca de Santa Rosa?", True),
        ("concerts gratuits pour enfants samedi", True),
        ("Veranstaltungen für Kinder am Wochenende", True),
        ("Dia de los Muertos in Petaluma", False),
        ("noche de jazz", False),
        ("free events for kids this weekend", False),
        ("am I too late for the farmers market?", False),
        ("per diem workshop, 10 per person tonight", False),
        ("Im Westen nichts Neues", False),
    ],
)
def test_who_writes_in_another_language_is_told_that_english_is_read(ask: Any, message: str, told: bool) -> None:
    assert ("language" in {notice.code for notice in ask(message).notices}) is told


def test_every_other_friday_says_that_all_of_them_are_looked_at(ask: Any) -> None:
    notices = [notice.code for notice in ask("jazz every other Friday in Davis").notices]
    assert (notices, [n.code for n in ask("jazz every Friday in Davis").notices]) == (["every_other"], [])


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Sacramento works too", ["several_places"]),
        ("or Sacramento", ["several_places"]),
        ("also Sacramento", ["several_places"]),
        ("Sacramento would be fine", ["several_places"]),
        ("what about Sacramento?", []),
        ("and in Sacramento?", []),
        ("in Sacramento instead", []),
    ],
)
def test_a_place_beside_the_last_is_looked_in_and_the_last_is_offered(ask: Any, message: str, told: list[str]) -> None:
    query = ask(message, ledger=ask("live music in Davis").ledger)
    assert query.place is not None
    assert (query.place.label, [n.code for n in query.notices]) == ("Sacramento, CA, United States", told)
    assert ([o.label for o in query.place.alternatives] == ["Davis, CA, United States"]) is bool(told)


def test_a_number_in_a_name_is_looked_for(ask: Any) -> None:
    assert [ask(m).search_text for m in ("Little 500", "10 is fine")] == ["500", ""]


def test_where_nobody_knows_is_no_topic_beside_another(ask: Any) -> None:
    near = {"location_id": DAVIS}
    assert [ask(m, **near).search_text for m in ("jazz near UCD", "anything near UCD", "jazz near the airport")] == [
        "jazz",
        "UCD",
        "jazz",
    ]


@pytest.mark.parametrize("message", ["events near SW1A 1AA", "concerts m5v 2t6", "K1A 0B1"])
def test_a_postcode_abroad_is_owned_up_to_and_is_no_hour(ask: Any, message: str) -> None:
    query = ask(message)
    assert (query.intent, query.when, query.place) == ("clarify", None, None)
    assert [n.code for n in query.notices] == ["unknown_place"]


def test_a_postcode_beside_its_town_is_left_out(ask: Any) -> None:
    query = ask("comedy in London SW1A 1AA")
    assert query.place is not None
    assert (query.place.label, query.when, query.search_text, query.notices) == (
        "London, England, United Kingdom",
        None,
        "comedy",
        (),
    )


@pytest.mark.parametrize("message", ["gate B2 9PM", "for 4 and 9 year olds", "room A1 at 7pm in Davis"])
def test_what_is_no_postcode(ask: Any, message: str) -> None:
    assert "unknown_place" not in [n.code for n in ask(message).notices]


@pytest.mark.parametrize(
    ("message", "ends"),
    [
        ("something to do before my flight at 6pm tomorrow", True),
        ("jazz before our dinner at 7 on Friday", True),
        ("jazz before 7 on Friday", False),
    ],
)
def test_who_has_to_be_elsewhere_needs_it_to_be_over(ask: Any, message: str, ends: bool) -> None:
    assert ask(message).when.must_end is ends
