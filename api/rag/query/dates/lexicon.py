"""Words and what they mean to time. Tables only."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY_SHORT = (("mon",), ("tue", "tues"), ("wed", "weds"), ("thu", "thur", "thurs"), ("fri",), ("sat",), ("sun",))
WEEKDAYS: dict[str, int] = {name: n for n, name in enumerate(_WEEKDAY_NAMES)}
WEEKDAYS.update({short: n for n, shorts in enumerate(_WEEKDAY_SHORT) for short in shorts})
PLURAL_WEEKDAYS: dict[str, int] = {name + "s": n for n, name in enumerate(_WEEKDAY_NAMES)}
WEAK_WEEKDAYS = frozenset({"sun", "sat", "wed", "mon", "fri"})
# "Where we sat", "in the sun", "how they wed": a short name that ends a message is no day behind these.
NO_DAY_AFTER = _words(
    """
    i we you he she it they who that the a full hot warm midnight winter summer bright some no more enough just never newly to get
    had have has be is are stir in under of with and soak
    """
)

_MONTH_NAMES = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sep", "sept"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
MONTHS: dict[str, int] = {name: n for n, names in enumerate(_MONTH_NAMES, 1) for name in names}
WEAK_MONTHS = frozenset({"may", "march", "mar", "jan", "jun", "sep", "dec", "august", "april", "june"})
MONTH_LABELS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAY_LABELS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

SEASONS: dict[str, int] = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
SOUTHERN = frozenset({"AU", "NZ", "ZA", "AR", "CL", "UY", "PY", "BO", "PE", "NA", "BW", "ZW", "MZ", "LS", "SZ", "BR"})

_UNITS_BASE = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
NUMBER_WORDS: dict[str, int] = {word: n for n, word in enumerate(_UNITS_BASE + _TEENS, 1)}
NUMBER_WORDS.update({"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50})
VAGUE_COUNTS: dict[str, int] = {"couple": 2, "few": 3, "several": 7}
ORDINAL_WORDS: dict[str, int] = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    "thirteenth": 13,
    "fourteenth": 14,
    "fifteenth": 15,
    "sixteenth": 16,
    "seventeenth": 17,
    "eighteenth": 18,
    "nineteenth": 19,
    "twentieth": 20,
    "thirtieth": 30,
}

SPELLING: dict[str, str] = {
    "tmr": "tomorrow",
    "tmrw": "tomorrow",
    "tmw": "tomorrow",
    "tommorow": "tomorrow",
    "tomorrows": "tomorrow",
    "tomorrow's": "tomorrow",
    "today's": "today",
    "todays": "today",
    "tonight's": "tonight",
    "tonite": "tonight",
    "2nite": "tonight",
    "2night": "tonight",
    "2day": "today",
    "2morrow": "tomorrow",
    "2moro": "tomorrow",
    "otd": "today",
    "todya": "today",
    "tomorro": "tomorrow",
    "tdoay": "today",
    "tommorw": "tomorrow",
    "wendsday": "wednesday",
    "wensdy": "wednesday",
    "wendnesday": "wednesday",
    "thursdsay": "thursday",
    "thirsday": "thursday",
    "frieday": "friday",
    "saturaday": "saturday",
    "wensday": "wednesday",
    "saterday": "saturday",
    "janurary": "january",
    "novemeber": "november",
    "decemeber": "december",
    "wkend": "weekend",
    "wknd": "weekend",
    "week-end": "weekend",
    "week end": "weekend",
    "week-ends": "weekends",
    "weekend's": "weekend",
    "week's": "week",
    "fortnight's": "fortnight",
    "hour's": "hour",
    "day's": "day",
    "month's": "month",
    "nxt": "next",
    "wk": "week",
    "yr": "year",
    "qtr": "quarter",
    "current": "this",
    "wks": "weeks",
    "afernoon": "afternoon",
    "aft": "afternoon",
    "arv": "afternoon",
    "mrng": "morning",
    "mrning": "morning",
    "evng": "evening",
    "arvo": "afternoon",
    "mornin": "morning",
    "tmrow": "tomorrow",
    "tomoz": "tomorrow",
    "2mrw": "tomorrow",
    "noonish": "noon",
    "morningish": "morning",
    "afternoonish": "afternoon",
    "eveningish": "evening",
    "b4": "before",
    "ltr": "later",
    "lunchtimes": "lunchtime",
    "dinnertimes": "dinnertime",
    "afternon": "afternoon",
    "morn": "morning",
    "evenin": "evening",
    "eve'": "eve",
    "'til": "til",
    "untill": "until",
    "xmas": "christmas",
    **dict.fromkeys(_words("hanukah hannukah hannukkah chanukah channukah chanukkah chanuka"), "hanukkah"),
    "día": "dia",
    "norooz": "nowruz",
    **dict.fromkeys(_words("hashana hashanna hashonah hashona"), "hashanah"),
    "thru": "through",
    "mornings": "mornings",
    "o'clock": "oclock",
    "upcomming": "upcoming",
}
# "Saturday's market"
SPELLING |= {f"{name}'s": name for name in (*_WEEKDAY_NAMES, *(names[0] for names in _MONTH_NAMES))}


def _slips(word: str) -> set[str]:
    """A letter left out, two letters swapped, a letter doubled; the first letter is hardly ever wrong, and Frida is a name."""
    left_out = {word[:n] + word[n + 1 :] for n in range(1, len(word) - 1)}
    swapped = {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(1, len(word) - 1)}
    doubled = {word[:n] + word[n] + word[n:] for n in range(1, len(word))}
    return left_out | swapped | doubled


# Long names of days and months: none of their slips is another English word.
_OFTEN_MISSPELT = (
    *_WEEKDAY_NAMES,
    *(names[0] for names in _MONTH_NAMES if len(names[0]) > 6),
    "weekend",
    "tomorrow",
    "tonight",
    "thanksgiving",
    "christmas",
    "halloween",
)
for _name in _OFTEN_MISSPELT:
    for _slip in _slips(_name) - {*_OFTEN_MISSPELT}:
        SPELLING.setdefault(_slip, _name)

FROM_DUSK = frozenset({"Hanukkah", "Passover"})

# Length of a unit: (months, days, seconds).
UNITS: dict[str, tuple[int, int, int]] = {}
for _names, _length in (
    (("second", "seconds", "sec", "secs"), (0, 0, 1)),
    (("minute", "minutes", "min", "mins"), (0, 0, 60)),
    (("hour", "hours", "hr", "hrs", "h"), (0, 0, 3600)),
    (("day", "days", "d"), (0, 1, 0)),
    (("week", "weeks", "w"), (0, 7, 0)),
    (("fortnight", "fortnights"), (0, 14, 0)),
    (("month", "months", "mo", "mos"), (1, 0, 0)),
    (("quarter", "quarters", "qtr", "qtrs"), (3, 0, 0)),
    (("year", "years", "yr", "yrs"), (12, 0, 0)),
    (("decade", "decades"), (120, 0, 0)),
):
    UNITS.update(dict.fromkeys(_names, _length))
TIME_UNITS = _words(
    """
    weekend weekends nights evenings business weekdays mon next more
    """
) | frozenset(UNITS)

PARTS: dict[str, str] = {
    "morning": "morning",
    "mornings": "morning",
    "afternoon": "afternoon",
    "afternoons": "afternoon",
    "evening": "evening",
    "evenings": "evening",
    "night": "night",
    "nights": "night",
    "nightly": "night",
    "nite": "night",
    "midday": "midday",
    "lunchtime": "midday",
    "noontime": "midday",
    "daytime": "daytime",
    "matinee": "matinee",
    "matinees": "matinee",
    "overnight": "overnight",
    "dinnertime": "dinner time",
    "suppertime": "dinner time",
    "eve": "evening",
}

NEXT_WORDS = frozenset({"next", "following"})
COMING_WORDS = frozenset({"coming", "upcoming"})
LAST_WORDS = frozenset({"last", "past", "previous"})
EVERY_WORDS = frozenset({"every", "each", "any", "all"})

PREFIX_UNITS = _words(
    """
    $ £ € # ages age aged grade grades route rt hwy highway interstate room suite apt apartment unit zip pier
    level under below over above pm am vol volume chapter part season episode no number line bus gate studio
    exit than
    """
)
SUFFIX_UNITS = _words(
    """
    dollars dollar bucks buck usd eur gbp cad euros pounds quid cents miles mile mi km kms kilometers kilometres
    people persons person adults adult kids kid children child guests guest tickets ticket seats friends of-us
    feet ft foot yds yards percent stars star toddlers teens teenagers boys girls months-old players songs bands
    floors dogs somethings events things ideas options places spots families couples women men students blocks
    block inch inches lb lbs acres x minute-drive minutes-drive hour-drive toddler teen teenager boy girl sons
    daughters nieces nephews grandkids grandchildren graders grader miler k
    """
)
PEOPLE = _words(
    """
    kid kids child children toddler toddlers teen teens boy boys girl girls son sons daughter daughters tween
    tweens preschooler preschoolers youth youths adult adults ages age aged babies baby grandkids grandchildren
    nephew niece infants
    """
)
ADDRESS_AFTER_ORDINAL = _words(
    """
    st street ave avenue av road rd blvd boulevard floor grade grades grader graders annual anniversary birthday
    century edition ward district place row time inning amendment street's bday generation episode season party
    """
)
CONNECTORS = frozenset({"-", "–", "—", "to", "and", "or", "&", "/", "through", ",", "until"})

# Words that may follow a bare hour or a bare day of the month without making it a count of something.
SAFE_NEXT = (
    _words(
        """
    . , ! ? ; : ) ( " ' - – — & / in at on from to for with and or near around after before between by until til
    till through of if please is are that this we i my but not except o morning mornings afternoon afternoons
    evening evenings night nights tonight today tomorrow local sharp ish onwards onward oclock pm am weekend any
    anything some something what where which who how there when while so because then than as maybe next within pst est
    cst mst et pt ct mt cet gmt utc edt pdt cdt mdt only instead rather too also please that's thats it's its we're i'm im
    """
    )
    | {""}
    | frozenset(WEEKDAYS)
    | frozenset(PLURAL_WEEKDAYS)
)

DASHES = frozenset({"-", "–", "—"})
RANGE_WORDS = frozenset(
    {"into", "leave", "leaving", "depart", "departing", "to", "-", "–", "—", "until", "till", "til", "through"}
)
UNION_WORDS = frozenset({"and", "or", "nor", "&", "/", "+", "plus"})
EXCLUDE_WORDS = _words(
    """
    not neither except excluding without besides isn't aren't doesn't can't cannot don't no never skip minus avoid avoiding barring
    """
)
LATER_WORDS = frozenset({"later", "earlier", "sooner"})  # "no later than 10"
# Words beside an hour that is the whole answer: "make it 8", "how about 5?", "8 works".
ANSWERING = _words(
    """
    - – make it how what about try say or and actually no sorry i mean meant change to at then maybe let's rather better
    instead please is fine works good ok okay starting start around by ? ! . ,
    """
)
# "Thursday, no, Friday", "Friday, I mean Saturday": the last one.
CORRECTING = _words("no nope sorry oops whoops wait actually rather mean meant correction")
EXCLUDE_PAIRS = frozenset(
    {("other", "than"), ("apart", "from"), ("aside", "from"), ("instead", "of"), ("rather", "than")}
)
PRE_WORDS: dict[str, str] = {
    "until": "until",
    "till": "until",
    "til": "until",
    "through": "until",
    "by": "by",
    "before": "before",
    "after": "after",
    "past": "after",
    "from": "from",
    "since": "from",
    "starting": "from",
    "beginning": "from",
    "between": "between",
    "around": "around",
    "about": "around",
    "circa": "around",
    "approximately": "around",
    "approx": "around",
    "roughly": "around",
    "toward": "around",
    "towards": "around",
    "~": "around",
}
ENDING = _words("end ends ending finish finishes finishing finished done over home wrap wraps leave")  # "ending by 9"
# "Off work at 5", "we land at 4", "my shift ends at 9": from that hour on there is time.
ARRIVALS = _words("land lands landing arrive arrives arriving")
COMING_IN = _words("get gets getting fly flies flying drive driving come coming roll rolling check checking")
DEPARTING = _words("out home back fly flying leave leaving depart departing heading head drive driving check checkout")
DUTIES = _words("work school class practice preschool daycare shift meeting conference office")
FREED = _words("free available off done finished out through back home")
WHO_IS_FREED = _words("i'm im we're am are is i'll we'll she's he's they're get gets getting being be")
# "I can't do Friday", "we won't be able to make it before 6": the refusal, and the words for being there at all that may stand
# between it and the time. Of an hour, those of arriving too.
DENIALS = _words(
    """
    not can't cannot don't doesn't won't isn't aren't couldn't wouldn't cant dont doesnt wont isnt arent never unable
    """
)
ATTENDING = _words(
    """
    do make it attend come go going out join be been able to want wanna like really ever available free around have time any get
    meet us in town up here
    """
)
ARRIVING = _words("home there back off done finish finished leave arrive land")
BEFORE_A_TIME = _words("on in at the for during this next any all either of early late")
# "I'm busy", "we already have plans".
WHO_IS_BUSY = _words(
    """
    i i'm im i've i'll i'd we we're were we've we'll we'd am
    """
)
THEY_ARE_BUSY = _words("he he's she she's they they're they've kids husband wife are is")
HAVING = _words("have has had got having")
BUSY = _words("busy booked unavailable away swamped occupied working")
ENGAGED = _words("plans commitments something stuff work")
NAPPING = _words("nap naps napping naptime")  # "the baby naps from 1 to 3"
BESIDE_BUSY = _words(
    """
    already always usually also both all fully completely pretty really super otherwise just other some prior family dinner gonna
    going be to need must gotta stuck at the my our out
    """
)
CLAUSE_STARTS = _words(", . ! ? ; : - but and because since so") | {""}
GOOD = _words("work good great ideal possible")  # "isn't good"
FINE = _words("fine good ok okay better great perfect free")
BAD = _words("out bad hard tough tricky impossible busy booked taken full")
TOO = _words("soon late early far")  # "is too soon"
FILLERS = _words(
    """
    early late     , on at in of the for @ during over some sometime say maybe perhaps preferably ideally especially how what
    anytime any time a but ' ’ ( ) also either both like again just only then ~ about around it's its is be
    happening specifically i.e mainly mostly your my our day days pst est ending ends finish finishes finishing finished done
    """
)
PREPOSITIONS = _words(
    """
    in on at by for from to until till til through during over around before after since of this next last every
    each any early mid late between the coming upcoming end - – following & into middle start beginning all
    """
)
QUALIFIERS = _words("early late mid middle tail any every each this whole entire")
MONTH_NEEDS = _words("in this next of early mid late until during - through to and or by since before after")
NOT_AFTER_MONTH = _words("be i we have not need want ' you they it he she there also")
# Words that begin another thought behind a feast and its preposition: "on Thanksgiving what's open".
THOUGHT_AFTER = _words(
    """
    itself too also only instead but when where what what's which who how any anything something there there's then because without
    under so not nothing early late you can could do does will would should
    """
)
YEAR_NEEDS = _words("in of during until till by after before since year for")
SEASON_NEEDS = _words(
    "next last coming following in during over for by until till this through before after early late mid all -"
)
FRACTION_OF = _words("price off hour hours mile miles cup of time size marathon day pound inch")
PART_TOPICS = _words(
    "market markets club clubs school life glory owl owls lights sky shift swim camp camping stay trip oats"
)
NIGHT_TOPICS = _words(
    "date game games movie film family ladies girls poker quiz craft bingo opening theme trivia karaoke mic info information curriculum parent parents"
)
# What is on by night, unless the message speaks of what is not: they settle a bare 9, 10 or 11.
BY_NIGHT = _words(
    "trivia quiz karaoke mic mics concert concerts gig gigs band bands dj djs dancing party parties clubbing nightclub nightclubs "
    "bar bars pub pubs drinks cocktails nightlife jazz blues comedy standup improv rave burlesque "
    "dinner cabaret nye"
)
BY_DAY = _words(
    "kid kids child children toddler toddlers baby babies family families storytime birthday brunch breakfast coffee morning "
    "mornings class classes camp workshop"
)
NOT_AFTER_SCHOOL = _words(
    "program programs programme activities activity care club clubs class classes camp camps special snack snacks"
)
EVENT_NOUNS = _words("events event calendar concerts shows festivals happenings activities")
# Fixed phrases whose words are no time, whatever stands around them.
NO_TIMES: dict[str, tuple[tuple[str, ...], ...]] = {}
for _phrase in [
    "good morning",
    "good afternoon",
    "good evening",
    "good night",
    "now and then",
    "the today show",
    "sunday school",
    "sunday times",
    "saturday night fever",
    "saturday night live",
    "friday night lights",
    "sunday in the park with george",
    "ruby tuesday",
    "friday harbor",
    "friday harbour",
    "wednesday addams",
    "green day",
    "groundhog day the musical",
    "nightmare before christmas",
    "twelfth night",
    *(
        f"{people} new year"
        for people in _words("hmong khmer lao thai ethiopian tamil islamic burmese balinese assyrian")
    ),
    "days of christmas",
    "tuesdays with morrie",
    "one night only",
    "one - night - only",
    "midsummer night's dream",
]:
    _parts = tuple(_phrase.split())
    NO_TIMES[_parts[0]] = (*NO_TIMES.get(_parts[0], ()), _parts)
