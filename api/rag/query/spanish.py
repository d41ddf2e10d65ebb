"""A message in Spanish, phrase by phrase in the English that the rules read. Not a translation: days, hours, ages, prices, company and
common topics become what they are in English; every other word - a name, a title - stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from api.rag.query.kind import find_quoted
from api.rag.query.text import words_of
from locations.normalize import fold_word


def _table(text: str) -> dict[str, str]:
    """ "sabado = saturday; domingo = sunday", in as many lines as it takes."""
    pairs = (entry.split("=") for line in text.strip().splitlines() for entry in line.split(";"))
    return {spanish.strip(): english.strip() for spanish, english in pairs}


_DAYS = _table(
    "lunes = monday; martes = tuesday; miercoles = wednesday; jueves = thursday; viernes = friday; sabado = saturday; domingo = sunday"
)
_SPANS = _table("semana = week; mes = month; fin de semana = weekend; finde = weekend")
_MONTHS = _table(
    "enero = January; febrero = February; marzo = March; abril = April; mayo = May; junio = June; julio = July; agosto = August;"
    "septiembre = September; octubre = October; noviembre = November; diciembre = December"
)
_NUMBERS = _table(
    "dos = 2; tres = 3; cuatro = 4; cinco = 5; seis = 6; siete = 7; ocho = 8; nueve = 9; diez = 10; once = 11; doce = 12"
)
_PARTS = _table("manana = morning; tarde = afternoon; noche = night")

# Each line: Spanish = English, without accents. The longest phrase wins.
_COMMON = _table("""
hola = hi; buenos dias = hi; buenas tardes = hi; buenas noches = hi; gracias = thanks; muchas gracias = thanks; por favor = please; si = yes
hoy = today; manana = tomorrow; pasado manana = the day after tomorrow; ahora = now; ahorita = now; esta noche = tonight; hoy por la noche = tonight
hoy en la noche = tonight; manana por la noche = tomorrow night; manana en la noche = tomorrow night; manana por la manana = tomorrow morning
manana en la manana = tomorrow morning; esta tarde = this afternoon; esta manana = this morning; por la noche = at night; en la noche = at night
por la tarde = in the afternoon; en la tarde = in the afternoon; por la manana = in the morning; en la manana = in the morning
de la manana = am; de la tarde = pm; de la noche = pm; mediodia = noon; medianoche = midnight; noche = night; tarde = afternoon
entre semana = on weekdays; todos los dias = every day; cualquier dia = any day; este ano = this year; dias = days; dia = day; semanas = weeks; ano = year; anos = years
meses = months; hora = hour; horas = hours; minutos = minutes; dentro de = in; en navidad = at christmas; navidad = christmas; nochebuena = christmas eve
navideno = christmas; navidena = christmas; navidenos = christmas; navidenas = christmas
nochevieja = new year's eve; fin de ano = new year's eve; ano nuevo = new year's day; dia de accion de gracias = thanksgiving
accion de gracias = thanksgiving; semana santa = easter; vacaciones = vacation; dia de los muertos = dia de los muertos; cinco de mayo = cinco de mayo
a las = at; a la = at; las = the; despues de las = after; despues de la = after; despues de = after; despues del trabajo = after work
antes de las = before; antes de la = before; antes de = before; hasta las = until; hasta la = until; desde las = from; a partir de las = from; entre las = between; y las = and; mas tarde = later
mas temprano = earlier; algo mas tarde = something later; algo mas temprano = something earlier; temprano = early; tarde en la noche = late at night; por una hora = for an hour
gratis = free; gratuito = free; gratuita = free; gratuitos = free; gratuitas = free; sin costo = free; barato = cheap; barata = cheap; baratos = cheap
baratas = cheap; economico = cheap; economicos = cheap; mas barato = cheaper; mas baratos = cheaper; mas barata = cheaper; algo mas barato = something cheaper; algo mas cerca = something closer; dolares = dollars
dolar = dollar; menos de = under; por menos de = under; maximo = at most; hasta = up to; no mas de = no more than
ninos = kids; ninas = girls; nino = kid; nina = girl; hijo = son; hija = daughter; hijos = children; hijas = daughters; bebe = baby; bebes = babies
adolescentes = teens; adolescente = teen; adultos mayores = seniors; adultos = adults; familia = family; familias = families; familiar = family
amigos = friends; amigas = friends; pareja = partner; esposa = wife; esposo = husband; novia = girlfriend; novio = boyfriend; abuela = grandmother
abuelo = grandfather; abuelos = grandparents; toda la familia = the whole family; perro = dog; mi perro = my dog; mascotas = pets
nietos = grandkids; jovenes = teens; peques = kids; mama = mom; papa = dad; yo = me; nosotros = us
silla de ruedas = wheelchair; al aire libre = outdoors; afuera = outdoors; adentro = indoors; bajo techo = indoors; en linea = online
en persona = in person; presencial = in person; virtual = online
cerca de mi = near me; cerca de aqui = near here; por aqui = around here; aqui = here; cerca de = near; cerca = nearby; alrededor de = around
a menos de = within; mas cerca = closer; millas = miles; milla = mile; kilometros = km; en el centro = downtown; centro de = downtown
musica = music; musica en vivo = live music; en vivo = live; concierto = concert; conciertos = concerts; teatro = theater; obra de teatro = play
cine = movie; pelicula = movie; peliculas = movies; baile = dance; bailar = dancing; danza = dance; arte = art; museo = museum; museos = museums
exposicion = exhibition; exposiciones = exhibitions; feria = fair; ferias = fairs; mercado = market; mercado de agricultores = farmers market
mercados = markets; comida = food; vino = wine; vinos = wine; cerveza = beer; deporte = sports; deportes = sports; futbol = soccer
beisbol = baseball; baloncesto = basketball; senderismo = hiking; caminata = hike; caminatas = hikes; correr = running; carrera = race
cuentos = storytime; hora del cuento = storytime; hora de cuentos = storytime; lectura = reading; libros = books; libro = book
club de lectura = book club; biblioteca = library; bibliotecas = libraries; taller = workshop; talleres = workshops; clase = class; clases = classes
fiesta = party; fiestas = parties; desfile = parade; fuegos artificiales = fireworks; circo = circus; magia = magic; juegos = games
juegos de mesa = board games; ajedrez = chess; ciencia = science; tecnologia = technology; jardin = garden; jardineria = gardening; animales = animals
zoologico = zoo; parque = park; parques = parks; playa = beach; voluntariado = volunteering; comedia = comedy; manualidades = crafts
pintura = painting; pintar = painting; ceramica = pottery; cocina = cooking; cocinar = cooking; cafe = coffee; historia = history
poesia = poetry; naturaleza = nature; tren = train; trenes = trains; titeres = puppets; luces = lights; evento = event; eventos = events
actividad = activity; actividades = activities; cosas = things; lugares = places; lugar = place; cosas que hacer = things to do; opciones = options; mas opciones = more options
espanol = spanish; en espanol = in spanish; bilingue = bilingual; iglesia = church; bar = bar; restaurante = restaurant
que hay = what is there; que hay de nuevo = what is new; que pasa = what is happening; que hacer = what to do; que puedo hacer = what can i do
que podemos hacer = what can we do; donde = where; donde es = where is it; cuando = when; cuando es = when is it; a que hora = what time
a que hora es = what time is it; a que hora empieza = what time does it start; a que hora termina = when does it end; cuanto cuesta = how much is it
cuanto = how much; es gratis = is it free; hay algo = is there anything; hay = is there; otra cosa = something else; algo mas = anything else
algo = something; otro = another; otra = another; otros = other; otras = other; algun = any; alguna = any; algunos = some; mas = more
quiero = i want; queremos = we want; quisiera = i would like; me gustaria = i would like; nos gustaria = we would like; busco = looking for
buscamos = looking for; estoy buscando = looking for; tengo = i have; tenemos = we have; puedo = can i; podemos = can we; hacer = do; ir = go; ir a = go; para ir a = to go; mejor = rather; divertido = fun; divertida = fun; divertidos = fun; uno = one
ver = see; me gusta = i like; nos gusta = we like; odio = i hate; no quiero = i don't want; no me gusta = i don't like; nada de = no
que no sea = not; que no sean = not; excepto = except; menos el = except; pero no = but not; pero = but; sin = without; con = with; para = for; para ir = to go; para ver = to see; para que edades = for what ages; edades = ages; edad = age; somos = we are; soy = i am; y = and; o = or; e = and
de = of; del = of the; al = to the; el = the; la = the; los = the; un = a; una = a; unos = some; unas = some; en = in; mi = my; mis = my
nuestro = our; nuestra = our; nuestros = our; es = is; son = are; hablas espanol = do you speak spanish; habla espanol = do you speak spanish; hablan espanol = do you speak spanish; que = that; por = for; este = this; esta = this; estos = these; estas = these
sea = is; sean = are; cual = which; cuales = which; se = ; lo = ; me = me; nos = us; te = you; no = no; fin de semana = weekend; semana = week; mes = month
el primero = the first one; el segundo = the second one; el tercero = the third one; la primera = the first one; la segunda = the second one
proximo = next; proxima = next; proximos = next; proximas = next
""")

# A message without one of these is a title or a name ("Dia de los Muertos", "Fiesta de la Familia").
_SURE = frozenset(
    words_of(
        "hoy manana hay que quiero queremos quisiera busco buscamos cuando donde cuanto este esta estos estas proximo proxima para cerca algo"
        " tengo puedo podemos gracias hola mas gusta gustaria si otra otro nada antes despues desde hasta"
        " entre menos somos soy ano anos millas dolares navidad hablas habla navideno navidena navidenos navidenas mejor"
    )
) | {*_DAYS, *(f"{day.removesuffix('s')}s" for day in _DAYS), *(set(_MONTHS) - {"mayo"})}
_ALIKE = frozenset(words_of("a no me bar virtual familiar te lo se el la los las de si"))  # say nothing of the language
_ALSO_ENGLISH = frozenset(words_of("hay sin domingo"))  # hay rides, Sin City, Placido Domingo
# Part of a name unless a word of the table follows: Los Angeles, Dos Palos, Mar del Plata.
_LEADING = frozenset(words_of("el la los las de del al y mi mis")) | set(_NUMBERS)

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 6  # words of a phrase
_SIGNS = {ord("¿"): None, ord("¡"): None}


def _phrases() -> dict[tuple[str, ...], str]:
    said = _COMMON | _NUMBERS
    for day, english in _DAYS.items():
        many = day if day.endswith("s") else f"{day}s"
        said |= {many: f"{english}s", f"los {many}": f"{english}s", f"todos los {many}": f"every {english}"}
        said |= {day: english, f"el {day}": english}
        said |= {f"{day} {by} la {part}": f"{english} {at}" for by in ("por", "en") for part, at in _PARTS.items()}
    for noun, english in (*_DAYS.items(), *_SPANS.items()):
        for coming in (f"proximo {noun}", f"proxima {noun}", f"{noun} proximo", f"{noun} proxima", f"{noun} que viene"):
            said |= {f"{the}{coming}": f"next {english}" for the in ("", "el ", "la ")}
    said |= {f"de {month}": english for month, english in _MONTHS.items()}
    said |= {f"en {month}": f"in {english}" for month, english in _MONTHS.items()}
    return {tuple(spanish.split()): english for spanish, english in said.items()}


_PHRASES = _phrases()
_VOCABULARY = frozenset(word for phrase in _PHRASES for word in phrase)
_KINDS = "classes|class|concerts?|workshops?|club|events?|activities|fairs?|markets?|lights|night|party|parties|parade|games|music"
# What comes out in the order of Spanish: "son of 8 years", "of 2 to 4", "at 7 and media", "classes of yoga".
_ORDER = (
    (re.compile(r"\bof (\d{1,2}) (?:to|a) (\d{1,2}) years\b"), r"ages \1 to \2"),
    (re.compile(r"\bof (\d{1,2}) (?:y|and) (\d{1,2}) years\b"), r"ages \1 and \2"),
    (
        re.compile(r"\b(son|daughter|kid|girl|baby|children|kids|girls|grandkids) of (\d{1,2}) years?\b"),
        r"\2 year old \1",
    ),
    (re.compile(r"\bof (\d{1,2}(?::\d\d)?) (?:to|a) (?=\d)"), r"from \1 to "),
    (re.compile(r"\b(\d{1,2}) (?:y|and) media\b"), r"\1:30"),
    (re.compile(rf"\b({_KINDS})(?: of)? (christmas)\b"), r"\2 \1"),
    (re.compile(rf"\b({_KINDS}) of (?!the\b|my\b|this\b)([^\W\d_]+)\b"), r"\2 \1"),
    (re.compile(r"^that (?!is\b|are\b)"), "what "),
)


def in_english(message: str) -> str:
    """What the rules read: of a message in Spanish its English, any other as it is. Linear in the length of the message."""
    words = [fold_word(word) for word in _WORD.findall(message)]
    if not _is_spanish(message, words):
        return message
    found, quoted = list(_WORD.finditer(message)), [span for span, _ in find_quoted(message)]
    out, at, done = [], 0, 0
    while at < len(words):
        in_quotes = any(start <= found[at].start() < end for start, end in quoted)
        length = 0 if in_quotes else _phrase_at(found, words, at)
        if length:
            out += [message[done : found[at].start()], _PHRASES[tuple(words[at : at + length])]]
            done = found[at + length - 1].end()
        at += length or 1
    read = "".join((*out, message[done:])).translate(_SIGNS)
    for pattern, english in _ORDER:
        read = pattern.sub(english, read)
    return " ".join(read.split())


def _is_spanish(message: str, words: Sequence[str]) -> bool:
    if not words or not ("¿" in message or "¡" in message or any(word in _SURE for word in words)):
        return False
    own = [word for word in words if word not in _ALIKE and not word.isdigit()] or words
    known = [word for word in own if word in _VOCABULARY]
    return len(known) == len(own) or 2 * sum(word not in _ALSO_ENGLISH for word in known) >= len(own)


def _phrase_at(found: Sequence[re.Match[str]], words: Sequence[str], at: int) -> int:
    """How many words from here on are one phrase of the table; 0 where they are none, or belong to a name."""
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + length]) in _PHRASES and not (length == 1 and _leads_a_name(words, at)):
            return 0 if _in_a_name(found, words, at, at + length) else length
    return 0


def _leads_a_name(words: Sequence[str], at: int) -> bool:
    if words[at] == "de" and at and words[at - 1] in _VOCABULARY:  # clases de yoga
        return False
    following = words[at + 1] if at + 1 < len(words) else ""
    return words[at] in _LEADING and following not in _VOCABULARY and not following.isdigit()


def _in_a_name(found: Sequence[re.Match[str]], words: Sequence[str], start: int, end: int) -> bool:
    """Capitals from the second word on, one after the other: "en Playa del Rey"."""
    if start == 0 or not found[start][0].istitle():
        return False
    after = next((n for n in range(end, min(end + 3, len(words))) if words[n] not in _LEADING), end)
    return after < len(words) and found[after][0].istitle()
