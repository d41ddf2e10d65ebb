"""What people call places in chats, where GeoNames has no such name or buries it among airport codes."""

from __future__ import annotations

# geonameid -> names. The first places asked about under these names, not every place so called.
NICKNAMES: dict[int, tuple[str, ...]] = {
    5128581: ("NYC", "New York", "The Big Apple"),
    5125771: ("Manhattan",),
    5391959: ("SF", "San Fran", "The Bay Area", "Bay Area", "SF Bay Area"),
    5368361: ("LA", "L.A."),
    4140963: ("DC", "D.C.", "Washington DC", "Washington, D.C."),
    4560349: ("Philly",),
    4335045: ("NOLA",),
    5506956: ("Vegas",),
    4180439: ("ATL",),
    5746545: ("PDX",),
    5780993: ("SLC", "Salt Lake"),
    4544349: ("OKC",),
    4393217: ("KC", "Kansas City"),
    5877641: ("Mat-Su", "Mat-Su Valley", "Matanuska-Susitna"),
    4259418: ("Indy",),
    4887398: ("Chi-town", "Chitown"),
    5037649: ("Twin Cities",),
    5393287: ("Wine Country", "The Wine Country", "The North Bay"),
    5397664: ("Lake Tahoe", "Tahoe", "South Tahoe"),
    5376095: ("Napa Valley",),
    5809844: ("Pacific Northwest", "The Pacific Northwest", "PNW"),
    5106834: ("Upstate New York", "Upstate NY"),
    4940190: ("Cape Cod",),
    4487042: ("The Triangle", "Research Triangle", "Research Triangle Park", "RTP", "Raleigh-Durham"),
    4684888: ("DFW", "Dallas-Fort Worth"),
    6167865: ("The 6ix", "GTA"),
    5392171: ("Silicon Valley", "The South Bay"),
    5378538: ("East Bay", "The East Bay"),
    4930956: ("Beantown", "New England"),
    4726206: ("San Antone",),
    4699066: ("H-Town",),
    4671654: ("ATX",),
}

# FIPS number -> names of US counties that go without the word: no town of weight is called so.
COUNTY_NICKNAMES: dict[int, tuple[str, ...]] = {
    6041: ("Marin",),
    6013: ("Contra Costa",),
    12011: ("Broward",),
    12086: ("Miami-Dade",),
    17043: ("DuPage",),
    27053: ("Hennepin",),
    36119: ("Westchester",),
    39035: ("Cuyahoga",),
    51107: ("Loudoun",),
}
