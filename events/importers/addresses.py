"""A location as one line of text, taken apart: "Main Library, 145 Main St, Springfield, CA 95405, USA"."""

from __future__ import annotations

import re
from dataclasses import replace

from events.params import CITY_MAX, NAME_MAX, SHORT_MAX, STATE_MAX
from events.text import name_in, one_line, safe_url
from events.types import VenueData

STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO", "connecticut": "CT",
    "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
    "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD",
    "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE",
    "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY", "north carolina": "NC",
    "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI",
    "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
    "calif": "CA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "puerto rico": "PR",
}  # fmt: skip
PROVINCES = {
    "alberta": "AB", "british columbia": "BC", "manitoba": "MB", "new brunswick": "NB", "newfoundland and labrador": "NL",
    "nova scotia": "NS", "ontario": "ON", "prince edward island": "PE", "quebec": "QC", "québec": "QC", "saskatchewan": "SK",
}  # fmt: skip
_STATE_CODES = frozenset(STATES.values())
_PROVINCE_CODES = frozenset(PROVINCES.values())
_COUNTRIES = {
    "usa": "US", "us": "US", "u.s.a.": "US", "united states": "US", "united states of america": "US", "canada": "CA",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "england": "GB", "germany": "DE", "deutschland": "DE", "france": "FR",
    "ireland": "IE", "australia": "AU", "new zealand": "NZ", "mexico": "MX", "spain": "ES", "italy": "IT", "netherlands": "NL",
}  # fmt: skip
_US_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?$")
_CA_POSTCODE = re.compile(r"\b([A-Z]\d[A-Z])\s?(\d[A-Z]\d)$", re.I)
_STREET = re.compile(
    r"^(?:\d+[A-Za-z]?(?:[-–/]\d+)?\s+\S|(?:corner of|p\.?o\.? box)\b)|\b(?:street|st|avenue|ave|road|rd|blvd|boulevard|drive|dr|lane|ln|highway|hwy"
    r"|way|court|ct|place|pl|parkway|pkwy|square|sq|pike|trail)\.?(?:\s+[nsew]{1,2}\.?)?$",
    re.I,
)
_GLUED_TOWN = re.compile(
    r"^(\d.*\b(?:Street|St|Avenue|Ave|Road|Rd|Blvd|Boulevard|Drive|Dr|Lane|Ln|Highway|Hwy|Way|Court|Ct|Place|Pl|Parkway|Pkwy|Pike)\.?(?: [NSEW]{1,2})?)"
    r"\s+([A-Z][A-Za-z' .]+)$"
)
_ONLINE = re.compile(
    r"^(?:online|virtual(?:ly)?|zoom|webinar|google meet|microsoft teams|youtube|facebook live)\b|https?://|\bzoom\.us\b",
    re.I,
)
_ONLINE_ONLY_WORDS = re.compile(
    r"^(?:online|virtual(?:ly)?|zoom|webinar)(?: (?:event|meeting|only|via zoom|program))*$", re.I
)


def country_code(value: str) -> str:
    text = value.strip()
    if re.fullmatch(r"[A-Za-z]{2}", text):
        return "GB" if text.upper() == "UK" else text.upper()
    return _COUNTRIES.get(text.lower(), "")


def region_code(value: str, country: str = "") -> tuple[str, str]:
    """("California", "") -> ("CA", "US"); an unknown region is kept as written with the country given."""
    text = value.strip().rstrip(".")
    lowered, upper = text.lower(), text.upper()
    if country in ("", "US"):
        if lowered in STATES:
            return STATES[lowered], "US"
        if upper in _STATE_CODES:
            return upper, "US"
    if country in ("", "CA"):
        if lowered in PROVINCES:
            return PROVINCES[lowered], "CA"
        if upper in _PROVINCE_CODES:
            return upper, "CA"
    return text[:STATE_MAX], country


def is_online_location(text: str) -> bool:
    return bool(_ONLINE.search(text.strip()))


def venue_of_text(raw: str) -> VenueData | None:
    """The venue a location line names; None when it names none. What cannot be told apart stays in the name."""
    text = one_line(raw.replace("\\,", ",").replace("\n", ", "), 600)
    text = re.sub(r"\s*\((\d+ [^()]*)\)$", r", \1", text)  # "Arts Center (12 Main St, Springfield, IN)"
    if not name_in(text, 600):
        return None
    if is_online_location(text):
        url = safe_url(text.split()[0]) if text.lower().startswith("http") else ""
        if url or _ONLINE_ONLY_WORDS.match(text) or text.lower().startswith(("online", "virtual", "zoom", "http")):
            return VenueData(name="Online", kind="online", url=url[:500])
    parts = [
        part.strip(" .-–") for part in re.split(r"\s*,\s*|\s+[-–—]\s+(?=\d+ )|\s*\|\s*", text) if part.strip(" .-–")
    ]
    venue, parts = _take_region([part for part in parts if name_in(part, 600)])
    street = next((i for i, part in enumerate(parts) if _STREET.search(part) and i <= 2), None)
    if venue.state and parts:
        last = parts.pop()
        if street is not None and street == len(parts):
            if glued := _GLUED_TOWN.match(last):  # "12 Main St Springfield"
                last, venue = glued[1], replace(venue, city=glued[2][:CITY_MAX])
            parts.append(last)
        elif re.search(r"\d", last):
            parts.append(last)
        else:
            venue = replace(venue, city=last[:CITY_MAX])
    if street is not None and street < len(parts):
        name = ", ".join(parts[:street])
        rest = parts[street + 1 :]
        venue = replace(venue, street_address=", ".join([parts[street], *rest])[:NAME_MAX])
    else:
        name = ", ".join(parts)
    name = re.sub(r"\s*[(\[]\s*$", "", name)
    if not (name or venue.street_address or venue.city):
        return None
    kind = "place" if name or venue.street_address else "city"
    return replace(venue, name=name[:NAME_MAX], kind=kind)  # type: ignore[arg-type]


def town_of_text(text: str) -> VenueData | None:
    """A town with its state, such as "Santa Rosa, CA"; None when it is none."""
    found = venue_of_text(text)
    return found if found is not None and found.city else None


def _take_region(parts: list[str]) -> tuple[VenueData, list[str]]:
    """Country, postcode and state off the end."""
    left = list(parts)
    country = postcode = state = ""
    if len(left) > 1 and (code := _COUNTRIES.get(left[-1].lower())):
        country = code
        left.pop()
    if (
        left
        and (found := _CA_POSTCODE.search(left[-1]) or _US_ZIP.search(left[-1]))
        and (len(left) > 1 or found.start() > 0)
    ):
        is_canada = found.re is _CA_POSTCODE
        candidate = left[-1][: found.start()].strip(" .")
        if candidate or len(left) > 1:
            postcode = f"{found[1]} {found[2]}".upper() if is_canada else found[1]
            country = country or ("CA" if is_canada else "US")
            left[-1:] = [candidate] if candidate else []
    if left:
        code, of_country = region_code(left[-1], country)
        if of_country and (code in _STATE_CODES or code in _PROVINCE_CODES) and (len(left) > 1 or postcode):
            state, country = code, of_country
            left.pop()
        elif m := re.match(r"^(.*\S)\s+([A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?)$", left[-1]):  # "Springfield CA"
            code, of_country = region_code(m[2], country)
            known = code in _STATE_CODES or code in _PROVINCE_CODES
            if of_country and known and (postcode or (len(left) > 1 and m[2] == code)):
                state, country = code, of_country
                left[-1] = m[1]
    return VenueData(state=state, postal_code=postcode[:20], country_code=country), left


def room_and_name(name: str) -> tuple[str, str]:
    """ "Museum of Art - Room Number: Atrium" -> ("Museum of Art", "Atrium")."""
    if m := re.match(r"^(.*?)\s*[-–,:]\s*(?:Room(?: Number)?|Rm)\.?\s*:?\s+(.{1,120})$", name, re.I):
        return m[1], one_line(m[2], SHORT_MAX)
    return name, ""
