"""English is read, and simple Spanish (`spanish.py`). A message in another language is searched for as it stands, and the reader is told
what that misses."""

from __future__ import annotations

import re
import unicodedata

from api.rag.query.text import words_of
from api.rag.types import Notice

READS_ENGLISH = Notice(
    "language",
    "I read English and simple Spanish: days, prices, ages and places said in another language may have been missed.",
)

READS_SPANISH = Notice(
    "language", "Leo español sencillo y respondo en inglés. (I read simple Spanish and answer in English.)"
)


_WORD = re.compile(r"[^\W\d_]+")
# Words of grammar: a title ("Dia de los Muertos", "Noche de Jazz") has few of them.
_GRAMMAR = frozenset(
    words_of(
        "para este esta estos estas que hay cerca hoy manana donde cuando con quiero quisiera busco tengo puedo quais onde quando perto "
        "pour ce cette ces avec demain aujourd quoi ou est sont cherche voudrais pres chez mes nos "
        "fur diese dieses diesem gibt heute mit mein meine meinen welche suche mochte nahe am im "
        "questo questa oggi domani cosa vicino dove cerco vorrei sono miei"
    )
)
_TOPICS = frozenset(
    words_of(
        "eventos gratis ninos ninas fin semana noche tarde conciertos musica familia hijos sabado domingo viernes actividades hacer algo "
        "evenements musique spectacle spectacles gratuit gratuits enfants soir samedi dimanche vendredi semaine weekend faire concerts "
        "veranstaltungen kostenlos kinder wochenende abend samstag sonntag freitag konzerte machen "
        "eventi bambini sabato domenica settimana fare gratuiti concerti criancas semana"
    )
)
_ENGLISH = frozenset(
    words_of(
        "the for with this these what is are there any near at on of and to my me i we do something anything find show tonight today "
        "tomorrow where when which free kids in a"
    )
)
FEW = 2  # words of another language that make a message one of it


def language_notices(message: str) -> tuple[Notice, ...]:
    letters = [ch for ch in message if ch.isalpha()] if not message.isascii() else []
    if 2 * sum("LATIN" not in unicodedata.name(ch, "") for ch in letters) > len(letters):
        return (READS_ENGLISH,)
    words = set(_WORD.findall(unicodedata.normalize("NFKD", message.lower()).encode("ascii", "ignore").decode()))
    foreign = len(words & (_GRAMMAR | _TOPICS))
    return (READS_ENGLISH,) if words & _GRAMMAR and foreign >= FEW and foreign > len(words & _ENGLISH) else ()
