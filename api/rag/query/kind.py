"""Attendance, setting, access and quoted titles, in the words of a message. Topics live in `topics`."""

from __future__ import annotations

from typing import Literal

from api.rag.query.text import Span, bounded
from api.rag.query.topics import exclusion_terms, topic_terms

__all__ = [
    "ACCESS_PHRASES",
    "ATTENDANCE_PHRASES",
    "KIND_TRAPS",
    "SETTING_PHRASES",
    "Attendance",
    "Setting",
    "access_need",
    "exclusion_terms",
    "find_quoted",
    "topic_terms",
]

Attendance = Literal["online", "in_person"]
Setting = Literal["indoor", "outdoor"]

ATTENDANCE_PHRASES: dict[str, Attendance] = {
    **dict.fromkeys(
        ("online", "virtual", "virtually", "on zoom", "via zoom", "over zoom", "by zoom", "zoom", "livestream", "live stream", "livestreamed",
         "live streamed", "live streaming", "streamed", "streaming", "webinar", "webinars", "remote", "remotely", "from home", "from my couch",
         "from the couch", "online only", "virtual event", "virtual events", "online event", "online events"),
        "online",
    ),
    **dict.fromkeys(("in person", "in-person", "face to face", "on site", "onsite", "offline", "physical", "in real life", "irl"), "in_person"),
}  # fmt: skip
_RAINING = ("raining", "rainy", "pouring", "wet out", "wet outside", "stormy", "storming", "snowing", "freezing")
# Weather that people speak of because they want a roof.
_BAD_WEATHER = (
    *(f"{a}{b}" for a in ("", "if ", "when ", "because ", "since ", "as ", "in case ") for b in ("it rains", "it storms", "it snows")),
    *(f"{a}{b} {c}" for a in ("", "if ", "when ", "because ", "since ", "as ") for b in ("it's", "it is", "its") for c in _RAINING),
    *(f"{a}{b}" for a in ("", "but ") for b in ("not in the rain", "not in the cold", "not in the heat", "not in the snow")),
    *(f"{a}{b}{c}" for a in ("", "because ", "since ", "it's ", "it is ", "its ", "because it's ", "because its ", "since it's ", "since its ")
      for b in ("too hot", "too cold", "too wet", "too windy", "too smoky", "so hot", "so cold", "hot", "cold", "freezing", "smoky")
      for c in (" outside", " out", " out there", " to be outside", " to be out")),
    *(f"{a}{b} {c}" for a in ("", "the ") for b in ("weather is", "weather's", "weather looks") for c in ("bad", "awful", "terrible", "horrible", "lousy", "crappy", "gross")),
    *(f"{a}{b} weather" for a in ("", "in ", "because of the ", "in case of ") for b in ("bad", "awful", "terrible", "lousy", "rainy")),
    *(f"{a}{b}" for a in ("", "it ", "if it ") for b in ("looks like rain", "might rain", "may rain", "is going to rain", "will rain", "is supposed to rain")),
    "it's going to rain", "it's supposed to rain", "its going to rain", "it'll rain", "supposed to rain", "rain is coming", "calling for rain", "it's gonna rain", "its gonna rain", "gonna rain", "going to rain",
    "gonna pour", "gonna be raining", "gonna be wet", "chance of rain", "rain in the forecast",
)  # fmt: skip
SETTING_PHRASES: dict[str, Setting] = {
    **dict.fromkeys(
        ("indoor", "indoors", "inside", "rainy day", "rainy", "raining", "rain proof", "rainproof", "in case of rain", "out of the rain",
         "out of the cold", "out of the heat", "air conditioned", "air conditioning", "with ac", "with a c", "has ac", "under a roof",
         "rain or shine indoors", *_BAD_WEATHER),
        "indoor",
    ),
    **dict.fromkeys(
        ("outdoor", "outdoors", "outside", "open air", "open-air", "al fresco", "alfresco", "fresh air", "in the sun", "in the open",
         "sunny day", "out in nature", "in nature"),
        "outdoor",
    ),
}  # fmt: skip
_CANNOT_WALK = tuple(
    f"{a} walk{b}"
    for a in ("can't", "cannot", "can not", "couldn't", "doesn't", "don't", "unable to", "not able to", "hard to", "hard for me to")
    for b in (" far", " much", " very far", " too far", " that far", " well", " very well", " very much", " a lot", " long", " long distances")
)  # fmt: skip
_NO_STAIRS = (
    *(f"{a} {b} stairs" for a in ("can't", "cannot", "can not", "doesn't", "don't", "unable to") for b in ("do", "climb", "manage", "handle", "use", "take")),
    "trouble with stairs", "stairs are hard", "stairs are a problem", "avoid stairs", "too many stairs", "few stairs",
)  # fmt: skip
_ACCESS: dict[str, str] = {
    "wheelchair": "wheelchair, wheelchairs, wheelchair accessible, wheelchair access, wheelchair friendly, wheelchair user, step free, step-free,"
    " no stairs, no steps, without stairs, ramp, elevator, elevators, ada accessible, barrier free, accessible, accessibility, disabled access, mobility scooter,"
    " walker friendly, handicap accessible, handicapped accessible, limited mobility, mobility issues, mobility impaired,"
    " a cane, crutches, on crutches, walking stick, uses a walker, use a walker, using a walker, with a walker, trouble walking, bad knees, bad hip, "
    + ", ".join((*_CANNOT_WALK, *_NO_STAIRS)),
    "sensory": "sensory friendly, sensory-friendly, sensory needs, sensory issues, sensory sensitive, autism friendly, autism-friendly, autism, autistic,"
    " relaxed performance, relaxed performances, relaxed screening, low sensory, sensory, quiet hours, adhd, neurodivergent, special needs, calm hour",
    "asl": "asl, sign language, signed performance, asl interpreted, asl interpreter, asl interpretation, bsl, sign interpreted, deaf, deaf friendly",
    "captions": "captions, captioned, captioning, subtitled, subtitles, open captions, hard of hearing, hearing loop, assistive listening",
    "audio description": "audio description, audio described, blind, low vision, visually impaired, vision impaired, braille",
    "stroller": "stroller, strollers, stroller friendly, stroller accessible, pram, pushchair, buggy",
    "service animal": "service dog, service dogs, service animal, service animals, guide dog, guide dogs",
    "seating": "seating, seated, can't stand long, can't stand for long, cant stand for long, cannot stand for long, can't stand for very long, cannot stand long,"
    " can't be on her feet, can't be on his feet, can't be on my feet, can't be on their feet, on her feet long, on my feet long, seats, places to sit, chairs available, somewhere to sit",
    "quiet": "quiet, calm, not too loud, not loud, quieter, not too crowded, no loud noises, uncrowded, not crowded",
}
ACCESS_PHRASES: dict[str, str] = {
    form: need
    for need, phrases in _ACCESS.items()
    for p in phrases.split(",")
    for form in {p.strip(), p.strip().replace("wheelchair", "wheel chair")}
}
# What is refused by a word of its own.
REFUSING_PHRASES: dict[str, str] = dict.fromkeys(
    ("non religious", "nonreligious", "not religious", "secular"), "religion"
) | dict.fromkeys(
    ("don't drink", "doesn't drink", "do not drink", "does not drink", "can't drink", "cannot drink", "not drinking", "isn't drinking", "aren't drinking",
     "without drinking", "non drinker", "non drinkers", "alcohol free", "booze free", "non alcoholic", "nonalcoholic", "don't drink alcohol",
     "doesn't drink alcohol", "can't drink alcohol"),
    "alcohol",
)  # fmt: skip
# Home is where somebody works or is, not how they come along.
HOME_TRAPS = tuple(
    f"{a} from home"
    for a in ("work", "works", "working", "worked", "far", "away", "close", "mile", "miles", "mi", "min", "mins", "minutes", "minute", "hour",
              "hours", "hr", "hrs", "blocks", "drive", "walk", "ride", "not far", "too far")
)  # fmt: skip
KIND_TRAPS = (
    "online tickets", "tickets online", "inside out", "remote control",
    "blind date", "blind dates", "color blind", "zoom room", "physical therapy", "physical education", "streaming service", "buy online",
    "sign up online", "register online", "book online", "physical activity", "blind tasting", "blind wine tasting", "easily accessible",
    "bus accessible", "transit accessible", "accessible by bus", "accessible by train", "accessible by public transit", "accessible by transit",
)  # fmt: skip

_QUOTED = bounded(r"\"([^\"]{2,200})\"|(?:(?<=\s)|^)'([^'\s](?:[^']|'(?=\w)){0,198}[^'\s])'(?=[\s.,;:!?)]|$)")


def access_need(words: str) -> str:
    """The need behind what a client's preferences call it; its own words when it is none of ours."""
    clean = " ".join(words.lower().replace("_", " ").replace("-", " ").split())
    return ACCESS_PHRASES.get(clean, clean)


def find_quoted(text: str) -> list[tuple[Span, str]]:
    """Titles in quotes: the span with its quotes, and what is between them."""
    if '"' not in text and "'" not in text:
        return []
    found = ((m.span(), (m[1] or m[2] or "").strip()) for m in _QUOTED.finditer(text))
    return [(span, title) for span, title in found if title]
