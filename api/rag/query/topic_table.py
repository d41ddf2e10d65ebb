"""The topics, one table. `topics` has what is done with it.

`phrases` are read in messages. `terms` are words of an event's title, tags or category that make it one of these (they also refuse it);
`related` words only count for the category factor.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.rag.query.text import plural_forms


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    phrases: tuple[str, ...]
    terms: frozenset[str]
    related: frozenset[str]


def _topic(name: str, phrases: str, terms: str, related: str = "") -> Topic:
    words = {form for term in terms.split() for form in plural_forms(term)}
    more = {form for term in related.split() for form in plural_forms(term)}
    return Topic(name, tuple(p.strip() for p in (name + "," + phrases).split(",")), frozenset(words), frozenset(more))


TOPICS: dict[str, Topic] = {
    t.name: t
    for t in (
        _topic(
            "live music",
            "music, concert, band, gig, live band, musician, acoustic, singer songwriter, songwriter, recital, jam session, rock music,"
            " rock band, rock concert, rock show, indie rock, folk music, country music, blues, reggae, metal band, punk show,"
            " music festival, live jazz and blues, cover band, tribute band, kid rock, gospel music, gospel choir, musical performance",
            "music concert band gig musician songwriter acoustic recital blues folk rock reggae",
            "live jazz bluegrass tour show performance",
        ),
        _topic(
            "jazz",
            "jazz music, jazz band, jazz night, swing band, big band, jazzy",
            "jazz",
            "music concert band live",
        ),
        _topic(
            "bluegrass", "bluegrass music, old time music, fiddle", "bluegrass fiddle banjo", "music folk concert jam"
        ),
        _topic(
            "classical music",
            "classical, symphony, orchestra, chamber music, string quartet, philharmonic, choir, chorus, choral, piano recital",
            "classical symphony orchestra chamber philharmonic choir chorus choral quartet",
            "music concert recital",
        ),
        _topic(
            "date night",
            "date nights, date idea, romantic evening, romantic",
            "romantic couple valentine date",
            "music dinner wine",
        ),
        _topic("opera", "", "opera", "music classical concert theatre theater"),
        _topic("hip hop", "hip-hop, rap, rapper, r&b", "hip-hop rap", "music concert dj"),
        _topic(
            "dj",
            "dj set, dance party, nightclub, club night, edm, techno, house music, rave, clubbing",
            "dj edm techno rave nightclub",
            "dance party music nightlife",
        ),
        _topic(
            "nightlife",
            "bar crawl, pub crawl, night out, girls night, girls night out, night life, happy hour, bars, pubs",
            "nightlife bar pub",
            "party dj music drink",
        ),
        _topic("karaoke", "", "karaoke", "music bar"),
        _topic("open mic", "open mike, open mic night", "mic", "open music poetry comedy"),
        _topic(
            "comedy",
            "stand up, standup, stand up comedy, standup comedy, comedian, comic, improv, comedy show, comedy club, funny show",
            "comedy comedian improv standup comic",
            "humor humour laugh show",
        ),
        _topic(
            "theatre",
            "theater, see a play, a play, plays, musical, drama, broadway, stage show, stage play, live theater, live theatre, performing arts, puppet show, puppets, puppet theater, shakespeare, ballet and theatre",
            "theatre theater play musical drama broadway puppet",
            "performance stage show act shakespeare",
        ),
        _topic(
            "dance",
            "dancing, ballet, salsa, tango, square dance, line dance, line dancing, swing dance, swing dancing, ballroom, contra dance, salsa dancing, dance class, dance performance",
            "dance dancing ballet salsa tango ballroom contra",
            "performance swing",
        ),
        _topic(
            "film",
            "movie, cinema, film screening, movie night, film festival, screening, documentary, films",
            "film movie cinema screening documentary",
            "festival",
        ),
        _topic(
            "art",
            "art show, gallery, galleries, art gallery, exhibition, exhibit, painting, art walk, art class, arts, sculpture, photography, art opening, visual art, arts and culture, artsy, arty, artistic",
            "art gallery exhibition exhibit painting sculpture photography artist",
            "museum culture show opening",
        ),
        _topic(
            "museum",
            "museum exhibit, science museum, art museum, children's museum, history museum, planetarium",
            "museum planetarium",
            "exhibit exhibition art history science",
        ),
        _topic(
            "craft",
            "arts and crafts, crafts, crafting, knitting, crochet, quilting, sewing, pottery, ceramics, maker, makerspace, maker faire, woodworking, paint and sip, diy",
            "craft knitting crochet quilting sewing pottery ceramics maker woodworking artisan",
            "art workshop class",
        ),
        _topic(
            "author talk",
            "book signing, author reading, author event, author visit, author, book reading, book launch, poetry reading, poetry, poetry slam, spoken word, book talk, literary event, meet the author",
            "author signing reading poetry book literary poet",
            "talk literature bookstore lecture writer library",
        ),
        _topic(
            "book club",
            "book clubs, reading group, book discussion, book group",
            "book",
            "club discussion reading literature",
        ),
        _topic(
            "storytime",
            "story time, story hour, baby storytime, toddler time, toddler storytime, read aloud",
            "storytime story",
            "kids children toddler baby library book",
        ),
        _topic(
            "talks",
            "talk, lecture, seminar, panel, panel discussion, speaker, speaker series, lecture series",
            "talk lecture seminar panel speaker",
            "discussion conference education",
        ),
        _topic(
            "workshop",
            "class, workshops and classes, course, lesson, hands on, training, cooking workshop, learn",
            "workshop class course lesson training",
            "education learning",
        ),
        _topic(
            "farmers market",
            "farmer market, farmers' market, farm market, market, flea market, produce market, night market, green market, swap meet",
            "market farmer",
            "farm produce vendor food local",
        ),
        _topic(
            "craft fair",
            "artisan market, holiday market, christmas market, makers market, craft show, bazaar, art fair, craft market, holiday bazaar",
            "fair bazaar artisan craft",
            "market vendor holiday handmade",
        ),
        _topic(
            "festival",
            "fest, fair, street fair, county fair, carnival, street festival, block party, celebration",
            "festival fest fair carnival celebration",
            "street community parade",
        ),
        _topic("parade", "parades", "parade", "festival street holiday"),
        _topic(
            "food",
            "food festival, food and drink, foodie, dinner, brunch, lunch, tasting, culinary, food trucks, food truck, cooking, cooking class, bake sale, potluck, pancake breakfast, bbq, barbecue, chili cook off, restaurant week, street food, eat",
            "food dinner brunch tasting culinary cooking bbq barbecue potluck chili breakfast lunch",
            "drink chef kitchen market",
        ),
        _topic(
            "wine",
            "wine tasting, winery, wineries, vineyard, wine festival",
            "wine winery vineyard",
            "tasting food drink",
        ),
        _topic(
            "beer",
            "beer festival, brewery, breweries, craft beer, brewfest, taproom, beer garden, oktoberfest",
            "beer brewery brewing ale taproom brewfest",
            "tasting food drink",
        ),
        _topic(
            "alcohol",
            "drinking, booze, cocktails, cocktail",
            "alcohol cocktail wine beer brewery winery spirits booze",
            "bar drink",
        ),
        _topic(
            "sports",
            "sport, sporting event, game day, basketball, wheelchair basketball, football, soccer, baseball, softball, hockey, volleyball, tennis, pickleball, golf, rugby, lacrosse, wrestling, boxing, swim meet, track meet, ball game, athletics, roller derby, skateboarding, bowling",
            "sport athletic basketball football soccer baseball softball hockey volleyball tennis pickleball golf rugby lacrosse wrestling boxing derby bowling",
            "game match team league tournament fitness",
        ),
        _topic(
            "running",
            "fun runs, trail run, go for a run, 5k, 10k, marathon, half marathon, fun run, race, running club, turkey trot, parkrun, run walk",
            "run running 5k 10k marathon race trot",
            "fitness sport walk",
        ),
        _topic(
            "cycling",
            "bike ride, biking, bicycle, bike, mountain biking",
            "bike bicycle cycling ride",
            "sport trail outdoor",
        ),
        _topic(
            "fitness",
            "workout, exercise, gym, zumba, pilates, crossfit, exercise class, aerobics, tai chi",
            "fitness workout exercise zumba pilates aerobics",
            "wellness health class",
        ),
        _topic(
            "yoga",
            "yoga class, goat yoga, meditation, mindfulness",
            "yoga meditation mindfulness",
            "wellness health fitness class",
        ),
        _topic(
            "wellness",
            "health, wellbeing, sound bath, health fair, support group, self care",
            "wellness health wellbeing",
            "fitness yoga meditation",
        ),
        _topic(
            "hike",
            "hiking, nature walk, guided hike, guided walk, trail walk, trails, walking tour of the park, bird walk",
            "hike hiking trail walk",
            "nature outdoor park recreation",
        ),
        _topic(
            "nature",
            "wildlife, birding, bird watching, birdwatching, park, state park, stargazing, star party, kayaking, kayak, camping, beach, fishing",
            "nature wildlife bird birding outdoors park stargazing kayak camping fishing",
            "recreation trail environment hike",
        ),
        _topic(
            "garden",
            "gardening, gardens, botanical garden, plant sale, horticulture, native plants, garden tour",
            "garden gardening plant botanical horticulture",
            "nature outdoors",
        ),
        _topic(
            "animals",
            "animal, zoo, petting zoo, aquarium, farm animals, dogs, dog show, cat show, pet adoption, adoption event, horses, horse show, baby animals",
            "animal zoo aquarium pet dog cat horse",
            "farm wildlife nature",
        ),
        _topic(
            "dog friendly",
            "dog-friendly, bring my dog, bring our dog, bring the dog, bring a dog, bring dogs, with my dog, with our dog, with the dog, and the dog, and our dog, and my dog, dogs allowed, pet friendly, dog is coming, dog is coming along, dog comes along, bringing the dog, bringing my dog, bringing our dog, taking the dog, taking my dog, taking our dog, take the dog, take my dog, take our dog, dog in tow",
            "dog pet",
            "outdoor park",
        ),
        _topic(
            "games",
            "board games, board game night, game night, bingo, chess, dungeons and dragons, d&d, video games, video game, gaming, card games, cards, magic the gathering, tabletop, esports, poker, arcade, bingo night",
            "game bingo chess trivia gaming tabletop esports",
            "night club play",
        ),
        _topic("trivia", "trivia night, quiz night, pub quiz, pub trivia, quiz", "trivia quiz", "game night bar"),
        _topic(
            "tech meetup",
            "tech, technology, tech event, programming, coding, hackathon, developer meetup, software, startup, startups, ai, machine learning, data science, robotics, virtual reality, vr, computer class, tech talk",
            "tech technology programming coding hackathon developer software startup ai robotics computer vr",
            "meetup data science conference career",
        ),
        _topic(
            "networking",
            "business networking, mixer, career fair, job fair, meetup, meet up, meet people, make friends, meet new people, make new friends, find friends, find new friends, new friends, singles, speed dating, singles night",
            "networking mixer career job meetup singles",
            "business social community",
        ),
        _topic(
            "science",
            "science fair, stem, steam, science night, astronomy",
            "science stem steam astronomy",
            "technology museum education",
        ),
        _topic(
            "history",
            "heritage, historical, historic tour, history tour, reenactment, family history, genealogy, archaeology",
            "history heritage historical historic reenactment genealogy archaeology",
            "museum tour lecture",
        ),
        _topic(
            "tour",
            "guided tour, walking tour, ghost tour, house tour, home tour, food tour, tours",
            "tour",
            "guided walk history",
        ),
        _topic(
            "kids", "", "kid children child family youth toddler storytime", "baby preschool playtime puppet parent"
        ),
        _topic("camp", "summer camp, day camp, winter camp, spring break camp, camps", "camp", "kids children youth"),
        _topic("teens", "", "teen teenager youth", "tween school"),
        _topic("seniors", "", "senior", "adult older elder"),
        _topic(
            "religion",
            "religious, religious event, church, church service, worship, bible study, prayer, spiritual, gospel, spirituality",
            "religion religious church worship bible prayer spiritual spirituality gospel mass",
            "faith",
        ),
        _topic(
            "politics",
            "political, rally, protest, town hall, civic, city council, government meeting, council meeting, public meeting, activism",
            "politics political rally protest civic council government election",
            "community meeting",
        ),
        _topic(
            "volunteering",
            "volunteer, volunteer opportunities, community service, park cleanup, cleanup, beach cleanup, food drive, give back, blood drive, donate blood, blood donation",
            "volunteer volunteering cleanup",
            "community service charity",
        ),
        _topic(
            "charity",
            "fundraiser, fundraising, benefit, charity event, gala, auction, benefit concert",
            "charity fundraiser fundraising benefit gala auction",
            "community cause",
        ),
        _topic(
            "lgbtq",
            "pride, drag show, drag, drag brunch, queer, gay, lesbian, lgbt, lgbtq+, trans, 2slgbtq",
            "lgbtq lgbt pride drag queer lgbtq2s",
            "gender community",
        ),
        _topic(
            "culture",
            "cultural, cultural event, cultural festival, language exchange, spanish conversation, indigenous, powwow, world culture",
            "culture cultural indigenous powwow language",
            "festival community heritage",
        ),
        _topic(
            "holiday lights",
            "christmas lights, tree lighting, christmas tree lighting, light show, lantern festival, menorah lighting, santa, meet santa, visit santa, photos with santa, holiday events, christmas events, christmas event, christmas stuff, christmas things, christmasy, christmassy, christmas concert, nutcracker, the nutcracker",
            "light lighting santa christmas holiday menorah nutcracker lantern",
            "winter tree parade market",
        ),
        _topic(
            "halloween",
            "haunted house, pumpkin patch, corn maze, trick or treat, trick or treating, trunk or treat, costume party",
            "halloween haunted pumpkin maze costume spooky",
            "fall family",
        ),
        _topic("fireworks", "firework, firework show", "firework", "celebration festival july"),
        _topic("easter egg hunt", "egg hunt", "easter egg", "hunt kids family"),
        _topic(
            "garage sale",
            "yard sale, rummage sale, estate sale, book sale, tag sale, thrift",
            "sale rummage thrift",
            "market community",
        ),
        _topic(
            "cars",
            "car show, cars and coffee, cruise in, auto show, motorcycle, monster trucks, monster truck",
            "car auto motorcycle truck",
            "show",
        ),
        _topic(
            "skating",
            "ice skating, roller skating, ice rink, skate night, skate",
            "skating skate rink",
            "ice sport family",
        ),
        _topic(
            "swimming",
            "swim, pool, open swim, water park, splash pad",
            "swim swimming pool splash",
            "sport family water",
        ),
        _topic(
            "magic show",
            "magician, circus, acrobats, juggling, magic",
            "magic magician circus",
            "show family performance",
        ),
        _topic(
            "community",
            "community event, social, neighborhood event, neighbourhood event",
            "community social neighborhood neighbourhood",
            "",
        ),
    )
}

# Words that look like a topic and are none: read, so that nothing else reads them.
TRAPS = (
    "of course", "play dates", "play date", "playdate", "rock creek", "market street", "market st", "learn more", "talk to me", "class of", "run by",
    "eat in", "park district", "park city", "parking", "price range", "cards against", "family size", "art of", "plays well",
)  # fmt: skip
