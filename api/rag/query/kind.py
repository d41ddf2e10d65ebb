"""Attendance, setting, access, distance and quoted titles, in the words of a message. Topics live in `topics`."""

from __future__ import annotations

import re
from typing import Literal

from api.rag.params import UnderstandingParams
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
    "find_distance",
    "find_quoted",
    "topic_terms",
]

Attendance = Literal["online", "in_person"]
Setting = Literal["indoor", "outdoor"]
MILES_PER_KM = 0.621371

ATTENDANCE_PHRASES: dict[str, Attendance] = {
    **dict.fromkeys(
        ("online", "virtual", "virtually", "on zoom", "via zoom", "over zoom", "by zoom", "zoom", "livestream", "live stream", "livestreamed",
         "live streamed", "live streaming", "streamed", "streaming", "webinar", "webinars", "remote", "remotely", "from home", "from my couch",
         "from the couch", "online only", "virtual event", "virtual events", "online event", "online events"),
        "online",
    ),
    **dict.fromkeys(("in person", "in-person", "face to face", "on site", "onsite", "offline", "physical", "in real life", "irl"), "in_person"),
}  # fmt: skip
SETTING_PHRASES: dict[str, Setting] = {
    **dict.fromkeys(
        ("indoor", "indoors", "inside", "rainy day", "rainy", "rain proof", "rainproof", "if it rains", "in case of rain", "out of the rain",
         "out of the cold", "out of the heat", "air conditioned", "under a roof", "rain or shine indoors", "because it's raining", "it's raining"),
        "indoor",
    ),
    **dict.fromkeys(
        ("outdoor", "outdoors", "outside", "open air", "open-air", "al fresco", "alfresco", "fresh air", "in the sun", "in the open",
         "sunny day", "out in nature", "in nature"),
        "outdoor",
    ),
}  # fmt: skip
_ACCESS: dict[str, str] = {
    "wheelchair": "wheelchair, wheelchairs, wheelchair accessible, wheelchair access, wheelchair friendly, wheelchair user, step free, step-free,"
    " no stairs, no steps, without stairs, ramp, elevator, elevators, ada accessible, barrier free, accessible, accessibility, disabled access, mobility scooter,"
    " walker friendly, handicap accessible, handicapped accessible, limited mobility, mobility issues, mobility impaired",
    "sensory": "sensory friendly, sensory-friendly, sensory needs, sensory issues, sensory sensitive, autism friendly, autism-friendly, autism, autistic,"
    " relaxed performance, relaxed performances, relaxed screening, low sensory, sensory, quiet hours, adhd, neurodivergent, special needs, calm hour",
    "asl": "asl, sign language, signed performance, asl interpreted, asl interpreter, asl interpretation, bsl, sign interpreted, deaf, deaf friendly",
    "captions": "captions, captioned, captioning, subtitled, subtitles, open captions, hard of hearing, hearing loop, assistive listening",
    "audio description": "audio description, audio described, blind, low vision, visually impaired, vision impaired, braille",
    "stroller": "stroller, strollers, stroller friendly, stroller accessible, pram, pushchair, buggy",
    "service animal": "service dog, service dogs, service animal, service animals, guide dog, guide dogs",
    "seating": "seating, seats, places to sit, chairs available, somewhere to sit",
    "quiet": "quiet, calm, not too loud, not loud, quieter, not too crowded, no loud noises, uncrowded, not crowded",
}
ACCESS_PHRASES: dict[str, str] = {p.strip(): need for need, phrases in _ACCESS.items() for p in phrases.split(",")}
KIND_TRAPS = (
    "online tickets", "tickets online", "inside out", "remote control",
    "blind date", "blind dates", "color blind", "zoom room", "physical therapy", "physical education", "streaming service", "buy online",
    "sign up online", "register online", "book online", "physical activity", "blind tasting", "blind wine tasting", "easily accessible",
    "accessible by bus", "accessible by train", "accessible by public transit", "accessible by transit",
)  # fmt: skip

_UNIT = r"(?P<unit>miles?|mi|kms?|kilometers?|kilometres?)"
_DISTANCE = bounded(
    rf"(?<![\d.:/$])(?P<n>\d{{1,4}}(?:\.\d)?)[\s-]*{_UNIT}\b(?:[\s-]*radius)?(?:\s+(?:or less|max|away|or so))?(?:\s+(?:of|from|around)(?:\s+(?:here|me|home|us))?\b)?"
)
_DRIVE = bounded(
    r"\b(?:within\s+)?(?:(?:a|an|about)\s+)*(?P<n>\d{1,3}|half an|half|one|two|an)[\s-]*(?P<unit>minutes?|mins?|min|hours?|hrs?|hr)'?s?[\s-]+(?:of\s+|by\s+)?"
    r"(?P<how>drive|driving|car|walk|walking|foot)(?:\s+(?:of|from|away))*\b"
)
# 'within an hour of Denver' and '30 minutes from Raleigh' are ways to go; 'within an hour', 'an hour from now' and 'an hour of jazz' are not.
_TIME_FROM = bounded(
    r"\b(?:within\s+(?:(?:a|about)\s+)?(?=(?:half\s+)?\S+[\s-]*\w+\s+(?:of|from)\b)|(?=(?:half\s+)?\S+[\s-]*\w+\s+(?:away\s+)?from\b))"
    r"(?P<n>\d{1,3}|half an|one|two|an)[\s-]*(?P<unit>minutes?|mins?|hours?|hrs?)\s+(?:away\s+)?(?P<how>of|from)\b(?!\s+(?:now|then|today|\d|sun|noon|mid|dark))"
)
_CAN_DRIVE = bounded(
    r"\b(?P<how>drive|walk)\s+(?:(?:for|about|around|maybe|up to|at most|no more than|as far as)\s+){0,2}"
    r"(?P<n>\d{1,3}|half an|one|two|an)[\s-]*(?P<unit>minutes?|mins?|hours?|hrs?)\b"
)
_ON_FOOT = bounded(r"\b(?:within\s+|in\s+)?(?:walking distance|walkable)(?:\s+(?:of|from))?\b")
_DISTANCE_SIGNS = bounded(r"\b(?:mi|mile|miles|kms?|kilomet\w+|drive|driving|walk\w*|by car|on foot)\b")
_TRAVEL = re.compile(r"driv|walk|\bcar\b|foot")
_RUNS_AFTER = bounded(r"\s*(?:runs?|races?|hikes?|walks?|rides?|loop|trail|marathon|fun run)\b")
_QUOTED = bounded(r"\"([^\"]{2,200})\"|(?:(?<=\s)|^)'([^'\s](?:[^']|'(?=\w)){0,198}[^'\s])'(?=[\s.,;:!?)]|$)")


def access_need(words: str) -> str:
    """The need behind what a client's preferences call it; its own words when it is none of ours."""
    clean = " ".join(words.lower().replace("_", " ").replace("-", " ").split())
    return ACCESS_PHRASES.get(clean, clean)


def find_distance(low: str, params: UnderstandingParams) -> tuple[float | None, Span | None]:
    """Miles from the place that still count as there, and where the words stand."""
    drive = _TIME_FROM.search(low) if "within" in low or " from " in low else None
    if drive is None and not _DISTANCE_SIGNS.search(low):
        return None, None
    drive = drive or ((_DRIVE.search(low) or _CAN_DRIVE.search(low)) if _TRAVEL.search(low) else None)
    if drive is not None:
        minutes = {"half an": 0.5, "half": 0.5, "one": 1.0, "an": 1.0, "two": 2.0}.get(drive["n"]) or float(drive["n"])
        if drive["unit"].startswith("h"):
            minutes *= 60
        per_minute = (
            params.walking_miles / 40 if drive["how"] in ("walk", "walking", "foot") else params.drive_miles_per_minute
        )
        return round(minutes * per_minute, 1), drive.span()
    on_foot = _ON_FOOT.search(low) if "walk" in low else None
    if on_foot is not None:
        return params.walking_miles, on_foot.span()
    for match in _DISTANCE.finditer(low):
        if _RUNS_AFTER.match(low, match.end()):
            continue  # '5 mile run' is what to do, not how far away
        miles = float(match["n"]) * (1.0 if match["unit"].startswith("mi") else MILES_PER_KM)
        if miles > 0:
            return round(miles, 1), match.span()
    return None, None


def find_quoted(text: str) -> list[tuple[Span, str]]:
    """Titles in quotes: the span with its quotes, and what is between them."""
    if '"' not in text and "'" not in text:
        return []
    found = ((m.span(), (m[1] or m[2] or "").strip()) for m in _QUOTED.finditer(text))
    return [(span, title) for span, title in found if title]
