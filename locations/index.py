"""The gazetteer in memory: every name to its places in a few microseconds, in one block of bytes that processes can share.

Layout: a JSON header (name, format, offset and length of each column), then the columns. Mapped from a file, the operating system keeps
one copy for all processes; built for a test, it lives in a bytes object.
"""

from __future__ import annotations

import json
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from locations.geo import cell_of, cells_around, miles_between
from locations.regions import Region

FORMAT = 2  # of the file; raise it with every change of the layout or of what is marked
_MAGIC = b"EZGZ%04d" % FORMAT
_KINDS = ("city", "state", "country", "zip", "neighbourhood", "county")
_FILTER_BITS = 24


@dataclass(frozen=True, slots=True)
class IndexedPlace:
    id: int
    name: str
    label: str
    lat: float
    lng: float
    population: int
    weight: int  # in people: what it competes with
    country_code: str
    admin1: str
    timezone: str
    kind: str
    radius_miles: float | None


def _hash64(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


class GazetteerIndex:
    """Read-only. Rows are numbered 0..len-1; a hit is (row, whether the name is the place's own)."""

    def __init__(self, data: bytes | memoryview, regions: Mapping[str, tuple[Region, ...]]) -> None:
        view = memoryview(data)
        if bytes(view[:8]) != _MAGIC:
            raise ValueError("not a gazetteer index")
        (size,) = struct.unpack_from("<I", view, 8)
        header = json.loads(bytes(view[12 : 12 + size]))
        base = 12 + size + (-(12 + size)) % 8
        columns = {
            name: view[base + at : base + at + length].cast("B").cast(form)
            for name, (form, at, length) in header["columns"].items()
        }
        self._ids, self._by_id = columns["ids"], columns["by_id"]
        self._lat, self._lng, self._radius = columns["lat"], columns["lng"], columns["radius"]
        self._population, self._weight = columns["population"], columns["weight"]
        self._country, self._admin1, self._zone, self._kind = (
            columns[c] for c in ("country", "admin1", "zone", "kind")
        )
        self._text, self._text_at, self._name_length = columns["text"], columns["text_at"], columns["name_length"]
        self._filter, self._hashes, self._hits = columns["filter"], columns["hashes"], columns["hits"]
        self._cell_rows, self._cell_at = columns["cell_rows"], columns["cell_at"]
        self._words = header["words"]
        self._regions = regions
        self._region_words = frozenset(key.partition(" ")[0] for key in regions)
        self.nbytes = len(view)

    def __len__(self) -> int:
        return len(self._ids)

    def may_hold(self, key: str) -> bool:
        """False: no place is called so. True: probably one is (one in fifteen strings is a false alarm)."""
        bit = zlib.crc32(key.encode()) >> (32 - _FILTER_BITS)
        return bool(self._filter[bit >> 3] & (1 << (bit & 7)))

    def probe(self, key: str) -> tuple[bool, bool]:
        """(a place may be called so, a longer name may begin with these words), with the same rate of false alarms."""
        name = zlib.crc32(key.encode())
        holds, begins = name >> (32 - _FILTER_BITS), zlib.crc32(b" ", name) >> (32 - _FILTER_BITS)
        bits = self._filter
        return bits[holds >> 3] & (1 << (holds & 7)) != 0, bits[begins >> 3] & (1 << (begins & 7)) != 0

    def lookup(self, key: str) -> list[tuple[int, bool]]:
        """Rows with this folded name, the weightiest first, each with whether it is the place's own name."""
        if not self.may_hold(key):
            return []
        wanted = _hash64(key)
        start = bisect_left(self._hashes, wanted)
        end = bisect_right(self._hashes, wanted, lo=start)
        return [(hit >> 1, bool(hit & 1)) for hit in self._hits[start:end]]

    def begins_region(self, word: str) -> bool:
        """A state or country may be named from this word on."""
        return word in self._region_words

    def regions(self, key: str) -> tuple[Region, ...]:
        """States and countries with this folded name or code."""
        return self._regions.get(key, ())

    def weight(self, row: int) -> int:
        return int(self._weight[row])

    def point(self, row: int) -> tuple[float, float]:
        return self._lat[row], self._lng[row]

    def country(self, row: int) -> str:
        return self._words[self._country[row]]

    def zone(self, row: int) -> str:
        return self._words[self._zone[row]]

    def area(self, row: int) -> tuple[str, str, str]:
        """(country, admin1, kind)"""
        return self._words[self._country[row]], self._words[self._admin1[row]], _KINDS[self._kind[row]]

    def place(self, row: int) -> IndexedPlace:
        label = bytes(self._text[self._text_at[row] : self._text_at[row + 1]]).decode()
        radius = self._radius[row]
        country, admin1, kind = self.area(row)
        return IndexedPlace(
            id=self._ids[row],
            name=label[: self._name_length[row]],
            label=label,
            lat=self._lat[row],
            lng=self._lng[row],
            population=self._population[row],
            weight=self._weight[row],
            country_code=country,
            admin1=admin1,
            timezone=self.zone(row),
            kind=kind,
            radius_miles=radius if radius > 0 else None,
        )

    def by_id(self, location_id: int) -> IndexedPlace | None:
        at = bisect_left(self._ids_sorted, location_id)
        if at == len(self._by_id) or self._ids_sorted[at] != location_id:
            return None
        return self.place(self._by_id[at])

    @property
    def _ids_sorted(self) -> _Sorted:
        return _Sorted(self._ids, self._by_id)

    def nearest(self, lat: float, lng: float) -> IndexedPlace | None:
        """The closest town, for the clock and the country of a bare point; None where there is none for a hundred miles."""
        rows = [
            row
            for cell in cells_around(lat, lng)
            for row in self._cell_rows[self._cell_at[cell] : self._cell_at[cell + 1]]
        ]
        if not rows:
            return None
        return self.place(min(rows, key=lambda row: miles_between(lat, lng, self._lat[row], self._lng[row])))


class _Sorted:
    """ids[order[i]] as a sequence, for bisect."""

    __slots__ = ("_ids", "_order")

    def __init__(self, ids: Sequence[int], order: Sequence[int]) -> None:
        self._ids, self._order = ids, order

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, at: int) -> int:
        return self._ids[self._order[at]]


def build_index(places: Iterable[IndexedPlace], names: Iterable[tuple[int, str, bool]]) -> bytes:
    """The bytes of an index over these places and (location id, folded name, own name) rows; names of unknown ids are left out."""
    columns = _Columns()
    row_of: dict[int, int] = {}
    for place in places:
        row_of[place.id] = columns.add(place)
    hashes, hits, weights = [], [], []
    bits = bytearray(1 << (_FILTER_BITS - 3))
    for location_id, key, primary in names:
        row = row_of.get(location_id)
        if row is None:
            continue
        _mark(bits, key)
        at = key.find(" ")
        while at > 0:  # "new york city" can begin with "new " and "new york "
            _mark(bits, key[: at + 1])
            at = key.find(" ", at + 1)
        hashes.append(_hash64(key))
        hits.append(row << 1 | primary)
        weights.append(columns.weight[row])
    hash_array = np.array(hashes, dtype=np.uint64)
    order = np.lexsort((-np.array(weights, dtype=np.int64), hash_array))
    arrays = columns.arrays() | {
        "filter": ("B", np.frombuffer(bytes(bits), dtype=np.uint8)),
        "hashes": ("Q", hash_array[order]),
        "hits": ("I", np.array(hits, dtype=np.uint32)[order]),
    }
    return b"".join(_packed(arrays, columns.words))


def _mark(bits: bytearray, text: str) -> None:
    bit = zlib.crc32(text.encode()) >> (32 - _FILTER_BITS)
    bits[bit >> 3] |= 1 << (bit & 7)


def _packed(arrays: Mapping[str, tuple[str, np.ndarray]], words: Sequence[str]) -> Iterator[bytes]:
    table: dict[str, tuple[str, int, int]] = {}
    at = 0
    for name, (form, array) in arrays.items():
        table[name] = (form, at, array.nbytes)
        at += array.nbytes + (-array.nbytes) % 8
    header = json.dumps({"columns": table, "words": list(words)}).encode()
    yield _MAGIC + struct.pack("<I", len(header)) + header + b"\0" * ((-(12 + len(header))) % 8)
    for _, array in arrays.values():
        yield array.tobytes() + b"\0" * ((-array.nbytes) % 8)


class _Columns:
    def __init__(self) -> None:
        self.words: list[str] = []
        self._word_number: dict[str, int] = {}
        self.weight: list[int] = []
        self._rows: list[tuple[int, float, float, float, int, int, int, int, int, int]] = []
        self._labels: list[bytes] = []
        self._cells: list[int] = []

    def add(self, place: IndexedPlace) -> int:
        label = place.label if place.label.startswith(place.name) else f"{place.name}, {place.label}"
        self._labels.append(label.encode())
        self.weight.append(place.weight)
        self._cells.append(cell_of(place.lat, place.lng) if place.kind == "city" else -1)
        self._rows.append(
            (
                place.id,
                place.lat,
                place.lng,
                place.radius_miles or -1.0,
                place.population,
                self._word(place.country_code),
                self._word(place.admin1),
                self._word(place.timezone),
                _KINDS.index(place.kind),
                len(place.name),
            )
        )
        return len(self._rows) - 1

    def _word(self, word: str) -> int:
        number = self._word_number.setdefault(word, len(self.words))
        if number == len(self.words):
            self.words.append(word)
        return number

    def arrays(self) -> dict[str, tuple[str, np.ndarray]]:
        forms = ("q", "d", "d", "d", "q", "H", "H", "H", "B", "H")
        names = ("ids", "lat", "lng", "radius", "population", "country", "admin1", "zone", "kind", "name_length")
        columns = list(zip(*self._rows, strict=True)) or [()] * len(names)
        arrays = {n: (f, np.array(c, dtype=np.dtype(f))) for n, f, c in zip(names, forms, columns, strict=True)}
        lengths = np.array([0, *map(len, self._labels)], dtype=np.uint32)
        cells = np.array(self._cells, dtype=np.int32)
        by_cell = np.argsort(cells, kind="stable").astype(np.uint32)
        edges = np.searchsorted(cells[by_cell], np.arange(180 * 360 + 1)).astype(np.uint32)
        return arrays | {
            "by_id": ("I", np.argsort(arrays["ids"][1]).astype(np.uint32)),
            "weight": ("q", np.array(self.weight, dtype=np.int64)),
            "text": ("B", np.frombuffer(b"".join(self._labels), dtype=np.uint8)),
            "text_at": ("I", np.cumsum(lengths, dtype=np.uint32)),
            "cell_rows": ("I", by_cell),
            "cell_at": ("I", edges),
        }
