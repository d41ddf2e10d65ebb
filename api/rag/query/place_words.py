"""Words that decide whether a name is meant as a place. The two long lists are English words that are also names of towns, or one
letter from one; they were drawn from the SCOWL word list and the gazetteer."""

from __future__ import annotations

from api.rag.query.topics import TOPICS, topic_phrases


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Before a place, as good as a map pin.
STRONG_PREPOSITIONS = _words("in near around outside inside across throughout nearby visiting visit downtown")
# Before "in" they lead to a topic: "interested in reading".
INTO_TOPICS = _words(
    "interested participating participate involved lesson lessons course courses part believe specializing"
)
BESIDE = _words("near around outside nearby by")  # what lies in a town as well as towns
WHEREABOUTS = BESIDE | _words("in inside across throughout at")
# Before a place, but also before much else.
WEAK_PREPOSITIONS = _words("at from to by of via for on or and with about but over")
FOR_PEOPLE = _words("for with by and about from featuring feat starring")  # before a given name, a person follows
BEFORE_PERFORMERS = _words("with by featuring feat starring")
# "to" after these leads to a place; "of" and "from" after these measure from one.
GOING = _words(
    "going go trip travel traveling travelling traveler driving drive headed heading head moving move relocating fly flying flight"
    " drives get getting come coming back close next over returning return near nearest"
)
MEASURES = _words(
    "miles mile mi km kilometers kilometres kilometer minutes minute min mins hour hours radius distance north south east west outskirts"
    " far outside heart center centre middle city town suburbs suburb part parts side area downtown reach drive walk edge vicinity"
)
# Between the preposition and the name.
FILLERS = _words(
    "the downtown uptown midtown central greater historic old sunny rainy lovely beautiful north south east west northern southern"
    " eastern western metro metropolitan inner scenic charming snowy good ol city town lower upper"
    " uc csu unc suny"  # "near UC Davis"
)

# After a name, these make it the name of something else.
COUNTY_WORDS = _words("county parish borough")
STREET_WORDS = _words(
    "street st avenue ave road rd boulevard blvd drive lane ln way highway hwy route parkway pkwy terrace alley court pike turnpike"
    " park square bridge river"
)
LANDMARKS = _words("market station quarter village district")  # "near Kensington Market"
# What ends the names of parts of a town and of what lies in it: "Rincon Valley", "Spring Lake".
LOCAL_ENDS = LANDMARKS | _words(
    "valley lake park creek hills heights ridge beach mall campus square plaza gardens island"
)
# "Near the airport": there is one, and nobody knows where.
FACILITIES = _words(
    "airport hospital mall campus station stadium marina harbor harbour fairgrounds freeway highway courthouse hotel motel ferry pier depot"
    " university college waterfront convention"
)
STAYING = _words("staying stay stayed im i'm we're lodging camping")
WORKS = _words("musical movie film play band show opera ballet")
VENUE_WORDS = _words(
    "hall center centre theater theatre library museum school elementary middle high university college church chapel brewery brewing"
    " hotel inn house room zoo stadium arena airport bar cafe pub tavern winery vineyards farm farms ranch garden gardens gallery"
    " auditorium pavilion club lodge ballroom cemetery cathedral temple synagogue amphitheater barn depot mill"
)
# What towns have, by the town's own name: "the Sebastopol Community Center".
TOWN_VENUES = frozenset(
    f"{kind} {venue}"
    for kind, venues in (
        ("community", ("center", "centre", "hall", "library", "theater", "theatre", "garden", "pool")),
        ("public", ("library", "market", "garden", "pool")),
        ("senior", ("center", "centre")),
        ("city", ("hall",)),
        ("town", ("hall",)),
        ("civic", ("center", "centre")),
        ("farmers", ("market",)),
        ("regional", ("library",)),
        ("branch", ("library",)),
    )
    for venue in venues
)
BESIDE_AN_ANSWER = _words("only just or and maybe perhaps actually then instead please ok okay yes sorry")
STYLES = _words("style styled themed inspired")
THING_WORDS = STYLES | _words(
    "theme cheesesteak cheesesteaks pizza terrier terriers cream sprouts roll rolls chowder fries salad"
    " brunch-style marathoners accent accents steak steaks toast horn horns mustard sauce hot"
)  # fmt: skip
NOUN_PREFIXES = _words(
    "lake mount mt fort camp vs versus mr mrs ms dr saint sir lady lord queen king prince princess uncle aunt miss professor reverend author artist dj"
)
# After a lower-case common word, these show that the phrase is over and the word was a place.
BOUNDARY_WORDS = _words(
    "this next tonight today tomorrow on for with that where when at and or during over from after before between until monday tuesday"
    " wednesday thursday friday saturday sunday weekend please now area under free kid"
)

GIVEN_NAMES = _words(
    "charlotte madison austin jackson paris sydney savannah dallas brooklyn chelsea florence victoria lincoln houston jordan georgia"
    " virginia carolina aurora logan mason hudson tyler troy eugene diego raleigh carson taylor bailey adelaide alice"
    " allen anna arthur beverly blake bradley brandon brenda bruce bryan carmen carol casey charles christian clara clayton clinton"
    " cody crystal daniel david dawson denver derek diana dixon dylan eden edison elizabeth emma erin ethel eva evan"
    " francisco frank franklin fred gary gene george gloria grace grant harrison harvey hazel heather helena henry holly howard hugo"
    " irving isabel ivy jack james jane jasper jefferson jenny jerome jesse joe joel john johnson jose joseph juan judith julian"
    " kelly kennedy kent kenny kevin kimberly kyle lance laura lauren laurel lawrence lee leo leon leslie lewis lily linda lisa lloyd"
    " lois louis lucas lucy luke luna lydia mabel marcus maria marian marie marion marissa mark marshall martha martin mary matthew"
    " maya melissa melody mercedes mia michael milan miles milton monica monroe montgomery morgan murray nancy naomi nelson newton"
    " nora norman oliver olivia oscar owen pablo palmer patricia paul pedro perry peter philip phoebe quincy ramona randolph raymond"
    " regina rex richard rita robert robin roger roland roman romeo rosa rosalie ross roy ruby russell ruth ryan sam samantha"
    " samuel santiago sara sarah scott sebastian selma seth shane sharon shelby sheldon sherman sidney sierra simon skyler sofia"
    " sophia spencer stanley stella stephen sterling steve steven stewart stuart susan sylvia terry theodore thomas tim tracy tristan"
    " valencia vernon veronica vincent vivian wade walker wallace walter warren wayne wesley whitney willard william williams willis"
    " wilson winston wyatt york zachary bennett cameron chester clara clark cleveland cooper dale dean dexter dolores douglas"
    " dudley duncan edgar edward ella ellen emily emily esther everett faith fiona gabriel gilbert glen gordon graham greta gus"
)
# Given names seen before a surname that is also a town: "Miles Davis".
FIRST_NAMES_ONLY = _words(
    "miles bette viola angela sammy geena kristin denzel martha george jack mick michael janet lebron stephen wayne thomas john james mary robert"
    " david william jimmy joe joan bob ray tom tim jim dave mike steve bill billy johnny elizabeth jane anne chris dan matt kate"
)

# After "in", "near" or "around" these are never a place by themselves, whatever their capitals.
NEVER_PLACES = _words(
    "concert person town home school church nature water spring summer fall autumn winter january february march april may june july"
    " august september october november december mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec"
    " english spanish french german italian chinese japanese korean portuguese russian arabic hindi latin dutch asl"
    " here there me us my our the a an this that these those it all any some one two three four five six seven eight nine ten"
    " person public private general particular advance addition case fact stock store shape love line time front back bed tune"
    " nice good best great cool fun free new old hot cold big small date music art dance food film movie movies book books kids kid"
    " event events show shows game games sport sports market class classes camp party fair festival live comedy theater theatre"
    " museum park parks beach lake river mountain mountains woods forest garden city country state county world noon midnight night morning"
    " evening day week weekend month year christmas easter halloween thanksgiving person hour hours minute minutes mile miles que una este para como amor sur un se da ba al tu mon"
    " north south east west northern southern eastern western central upper lower downtown uptown midtown bay coast ocean"
    " cafe centre aka thursday anno ie est pst building room suite hall theatre order between middle"
)

# Codes of states that are also words: without a comma or capitals they count at the end of the message only.
WORD_CODES = _words(
    "in or me hi ok oh id de la ma pa al co mo so is us it at be my no to by do am as an go on if we he ar as so"
)
COUNTRY_CODES = _words("us usa uk uae nz")  # "the us" is a country, "with us" is not

NEAR_ME = (
    r"\b(?:near|around|close to|by|next to) (?:me|us|here|home|my (?:house|home|place|apartment|hotel|location|office|work))\b"
    r"|\b(?:in|around) (?:my|our|the|this) (?:area|neighbou?rhood|vicinity|part of town)\b|\bclose ?by\b|\bnearby\b|\baround here\b"
    r"|\bwhere (?:i am|i'm at|i live|we are|we live)\b|\bmy (?:current )?location\b|\bin walking distance\b|\bwithin walking distance\b|\blocally\b"
)
# One of these stands in whatever NEAR_ME matches.
NEAR_ME_WORDS = _words(
    """
me us here home house place apartment hotel location office work area neighborhood neighbourhood vicinity part by closeby
nearby where locally walking
"""
)

COMMON_WORDS = _words(
    """
abbey abridge abut acacias accord acme acre admiralty advance afar agar agency airport akin alabaster albino ales alley
alliance aloha along alpha alpine altar alto altos amble amen amir amity ampere anaconda anchovy anew anger angered angers
angles angora annex ant antelope anthem antlers apace ape apex apples apt arbutus arcade arch archangel archer arches archway
are arena arenas ares argyle aria arias armada aroma aromas arrest arroyo arroyos arsenal as ascension ascot ash ask aspen
assent assumption astrakhan atlas auburn auditorium august aura auras awash axis ay aye baa bacon bad bade badger bag
bagatelle bah bail bake baker bale balk balky ball ballast ballots balm balsa balsas bamboo banana band bane banes bang bangs
bani bank banks banning bantam bar barber barbing bard bare barge baring barium bark barker barking barley baron basalt basic
basin basing bassi basso bast bat bath battle battlefield baud bay beach beacon bear beaux beaver bed bee beer beers beets beg
begun bell belle bells belt bend bender bent berg berry best beta betting bevel bias bicker biking bile billings billy bimbo
binges bishop bison bittern blacksmiths blades bland blarney bled blender blessing bliss blond bloomer blossom bluff bluffs
bode bodega bola bolder bole boll bologna bolt bonanza bonbon bone bong bonito bonny bony boo boom boos boot booth bore born
borne boron bot botany bouillon boulder boundary bountiful bourbon bow bowling bowman box bra brad brains bran branch brand
bras brassy bravo bray breakers breakwater brewer briar brick bridge brier brig brigantine bright brilliant broach broke brook
brooks browning bruin brush brusque buckeye bud buffalo bugle bullet bullion bulls bully bum bungalow burden burg burns burs
burst bury busby bush busing busy butler butte butterfly buttes buy cab cabana cabanas cabaret cacao cache cactus cairns
calabash calcium caller calliope calypso camber came can canals canaries candor cane canning canoe canon canton canyon caraway
carbonate cardigan carefree cargo caribou carnation carp carpenter carpi cars carver cascade cash cashmere casino casinos
cassia cassino cast castor cat cathedral cavalier cave caves cayenne cedar celebration centenary centennial center central
cents centurion century cerise chad chamber chamberlain champagne champion chancy chandler change chaparral charge chars chase
cheddar chevron chichis chili chilly chin china chinchilla chinking chino chipping chop church circa circle cis citadel citrus
clans claret clarion clay clemency clever climax clit clones clover cloverleaf coaling coats cockatoo cocoa cognac coin cola
college collie colliers cologne colon columbine comas combine come comer comet comfort commerce commonwealth communal
conception concession concise concord concrete condom condor confederation confines confluence congas congress conservation
contest continental convent converse conversion convoy cook cool cooper cordon cork corn cornea cornier corning corona
coronation corpus corral cot cotes cottage cotter cottonwood couches council countryside court cove coven coves coward cox
coyote crane creek creel crescent crest crick cricket crone crook crooks crucible cruet crystal cults cumming curry cut cuts
cygnet cypress dad dado dale damask dame damp dandy dare darling date dauphin deadwood deal deb debar debark defiance deforest
deli delis delta delve demo dent deport deposit derby diamond dibble die dig dike dill dilly dining diorama dire diss divan
divas do doc docking dodge doffing dole dollar dome dominion don dooms dour downer downs downtown drain drama dresser drew
driver dromedary dross drug drum dry dual ducats dud dug dun dunes dung dunning duns duping dyer ea eagle ear early earth east
eastern ebbs echelon echo eclectic economy ecru ed effort egg eke elixir elk ell elm emblem emerald eminence emo empire
emporia emporium encamp energy engineer enigma enter enterprise equality era erode err espy essay est ester eureka evergreen
excel exhibition experiment export eye fairway faith falcon falconer fang fare farina farmland fate federal felicity felines
fell felling ferns fertile fey fiche fiddlesticks fife finale fines finis firth fiscal fisher fishers fishhook flagstaff flee
fleet flint flocking flora florin floss flushing force ford fords foreman forest forges forks forth fortune fossil foster
fountain four fours fowling freedom freehold freeman freer freshwater friend friendly friendship front frost fry fully fussy
gala galena gallant gals gaming gamut gander gang gap gardenia garland garner garnet garnish garrison gas gassing gates
gateway gay gees genes gent gentry gibbon gibbons gill give glad gland glen glide globe go god goes going gold golden
goldenrod golf gondola gonna goodwill google gore gorges goring gosh got grab grabs grace graces grad graft grain gram grand
grandson grange granges granite grant grants grapevine gratis grave gray grays green greenback grenade griffin grill grimes
grins groom grottoes grove groves grub grues guano guinea guise gunning guy gypsum ha hacienda hackney haiku hail hale hales
halfway hallow halls ham hamlet hang hank happy harbor hard hardy harmony harrow hart harts harvest hassocks haste hat hatch
hatting haven hawker hawthorn hay hays hazard headland headlands headstone healing heath heather hector heel heist hell helper
hem hemlock herald heritage hermitage heron hexing hey hickory hideaway hideout highland highlands highways hill hillier hills
hillside hilltop hims hinge hinges hippo hire hit ho hobo hocking holder holiday holler holly homburg home homeland homer
homestead homesteader hometown hominy honcho hone honey hook hooker hooks hope horde horn hosanna hose hospital hot hour hove
hub hue hull humble hums humus hunter hunting hurricane hurt hut ifs ii imperial independence industry ins intercourse iota
irate is islands isle ivy jack jackpot jade jam jar jars jasper jay jelling jersey jingling job joiner jubilee junco juncos
junction junior juntas jury justice kale kapok karakul karma keener kens keys keystone kill killdeer kiln kilo kin kinder
kindred king kingfisher kissing klutz knock lab laces lack lad lag lakes lam lama lamas lame lancing lander landfall landing
landmark lapel laps largo larkspur larva lases latte lattes laurel lavender law lawn lay lazy lea lead leader lee leech leek
leer leers lees legacy lei lend lens lent level lever liberal liberation liberty lice licking lids liege limbo lime limerick
limestone limit limo linden line linger lint lints lion lira lire lisle list lit liter littoral lively lives lizard llama
llano lo loans locking locust lode log logon logos lone long lookout loon loose lop lorn lorry loss lot loving loyal luau luck
lucky lug lure luster lye lynch mace mackinaw mad madam made madras madrasa madrigal magazine magenta magnesia magnet magnolia
mahogany maiden maidenhead maidens maize male mallet mallow mama mammoth man manage mane manga mange manger mango manly
manning manor mansion mantel mantilla many maracas marathon marble march marches mares margarita margaritas maria marina
marine marines maritime mark marks marlin marquise mars mart marten martin martinet martinis martins mas mascara mascot mason
mass massacre massing matador may mayflower mayo maze mead meadow meadows mecca media medias medley medulla meeker megalopolis
melon meme men mentor mercury mere meres meridian merino merinos mermaid mesa mescal meshed mesquite messy met meta metes
metro metropolis mica midland midlands midstream midtown midway mile miles mill miller millet mills mine miner mining minis
minor minster mire missal mission mite mobile mocha mogul moires mold mole mono monster monument moody moos mop mope moraine
mores moron morrow mos moss mosses most moth motley mound mounds mountainside much mud muddy muff mulberry mullion muse mussel
mustang mutters myrtle mystic nag name narrows nasal natal naval nave naves nay neath needles net never newborn newel newton
nice nine noble nods noel none noonday normal north northeast northern northward northwest oar oasis oblong occidental ocher
odder ode of officer ogre okay oleo omega on one onset opal opera opportunity or oracle oral orange oratorio oratorios orchard
orchards ore orient oriental osprey otter oust outer outlook over overland oxbow pa pace pacific pack pact page pail pains
paint paisley pal palazzo pale palisade palling palmetto pals pampas panacea panda pane pang panhandle panic panorama pant pap
papa papaya paper par parachute paradise paragon paramount parches parchment pare parent pares parks parkway parole parsons
partizan pasha pasta pastas paste pat pavilion pawing pay pea pearl peck pecs peculiar peel peer pelican pelves pen penal
penguin peninsula per perches perk perm perseverance pert pest petal peters pets petting peyote piano piazza piazze pica
picayune pierce pigeon piles pill pin pinch pine pines pink pinnacle pinto pioneer piranhas pita piton placer plain plains
plan planes plantation plaque plate plateau plateaux platen plaza plenty plover plum plunge pocking point police poll polling
polo pols ponder pool pop pope poplar porches porcupine pore port portage portal porter poses posing posse post postal potting
pouch pound pout powers pram pray prey price principal pristine privateer proctor progress promontory prospect prosper
prosperity prosperous proven provost pry puck pueblo puke puma punch purchase pure quart quarter quarto quiche quiches race
radon raglan raiding rail rain rainbow rainier raja rake ran ranger rapids ravel ravels raven ravine ray rayon razes re
reading real ream receiving rector red redemption redhead redwood reek reform rehab rein reliance reps republic research
reserve reservoir rest retreat reunion revel revere rho rib rice rich rid riddle ridge rifle rind ring ringlet ripe rivers
roan robe robins rock rod rode rodeo roe roebuck roes rogers roles romaine roman root rose rosebud roses rosette rosewood rot
rote rots rotunda rouge roulette roundup rouse rude rue rugby rule rum run rung ruse rush rusk rust rustic rye sabres sachet
sack sad sag saga sago saints sake saki sale sales saline salmon salon salt salve samba same sampans sand sandbank sanders
sandstone sandwich sandy sane sap sapphire sari saris sassafras sassier sauce saucier savage savanna save sawmill sawmills sax
say scenic scissors scone scurry seaboard seaman searchlight seaside sec secretary section sector sedan see seem sees sells
semaphore semi send senna sent sentinel serpentine servant servo settle severance shaft shamrock shanghai shaping sharpness
sheering shepherd sherry shields shiner shipyard shit shoals shone shoreline shush sic side sigma silly silos silt silvan sim
simian simmering sin sine singleton sins sir sire siren sis sisal sissy sisters ski skyline slaughter sledge slough smile
smiley smith smiths smock snow snowflake snug soars sober soften sol soli solo son song sore sorrel sort sos sot soul sour
sours souse south soy spa sparks spas spay speedway split spoken spring springs spry spur spy sriracha stagecoach stains stall
stamps staple staples star stark start startup stave steadfast steep stein sterling sterna stiles still stilling stock stoke
stone stonewall store story stow strand strawberry street strong strum sturgeon sublimity success sue sues sully sulphur
sultan sultana summit sumo sundown sunflower sunning sunrise sunset sunshine superior supreme surprise sway swisher swords
sycamore sylvan tab tabu tactic tad talent tales talisman tallow talon tamale tame tamest tangent tangerine tango tank tanner
tape tapes taping tapping tar tare taro tarp tars tartar tasty tat taut tea temperance tempi temple tequila termini terminus
terrace terry than thatcher them thermal thorn thrall thunderbolt tiling till timberland time ting tire tires tiring tiro
tiros tit to toast toll tomahawk tombstone tome tool tooting tore torn tornado torrent tors totes tour tours tower trail train
trainer tranquillity tresses trial triangle tribune trident trim trinity trip trooper tropic troy trundle tuba tubas tube
tucker tulle tumble tunas tundra tune tunes turkey turn turner tussling tutu tux tweed twist tyro tyros union unity university
upland uplands uptown us used usher utopia vale valence valentine valley valor van var vars varsity vary vase verdigris verges
vermilion vermillion vernal vesper veteran vex vi viburnum vicar vice victor victory villa villas vine vineyard vineyards viol
viola violet virgin vise vista vogue volcano vols wade wadi wagoner wail wake waldo walker wall walls walnut wampum wangle
wanna war ward warden warder ware warns warren warrior wash watchtower waterproof waterways ways we wean weaver wedding weed
weer wees weir welch welcome well welling wells welsh welt west westerly western wetter wheeler wheeling wheelwright whetstone
whistler white whitefish whiting wick wilder wilderness willow willows windfall wines wing wink winner winters wise withers
woodbine woodland woodlands wool worms worth wrangle wrens wright wrist yam ye yea yens yoga yore young zebra zephyr zone zoo
"""
)

# Not misspelt towns: "in fencing" is not Penzing.
LOOKALIKES = _words(
    """
acacia aching action airports aliens alliances always angels angled apostles argues arrays assist assure backing baking ballad
banged banging banking banner barely barges barney baronet barracks barrier barrio batsman batter batting behind belong benign
billing biting bosses bottle boulders bracket braking braves breast bricks broken buckle buckled bundle buried bushes butter
button camera campaign camping cancel canine canned cannon cannot canons cantor canvas carbon caring carrot cartel castes
castles chambers champs changed changing chariot charters chases citing clarinet clergy colder collar colonel colony combat
conceal consent consolation constant constitution contain converge coroner cotton craters crates crawled create crimes
crystals cunning cursing dancers dangers dangling daring dating debate delays demand denial device digest divine diving dorsal
doubling downed dramas draped drawer drilling driven eagles ending enterprises eroded example extreme fading failing falcons
falling favorite favorites feeling figures filing filling fishery fishes fixing fleets forests fountains fourth francs fresco
funding gables gaining galley gaping garden gardener gardens gasping gender genera ginger glider golfer granny grasses grassy
greens guards guided guides guiding guineas gurney hammer handing hangar hanging harden harder hating haunting helmet herring
hidden hitting holidays hooves hoping horses hosting hotter hounds hungry indigo inhuman jaguar jaguars joining killer ladder
landed ledger lesser liberals liking lining linking listen literal living longer longing losses madden mainland malaria
managed manager manages mandolin manner mantra manual margin maroon marshal martial martian martini marvel massage masses
medial median mention merged merging messing minded missions modeling modest molded monastic monopoly morale morals mortar
muster mutant mutual national nature nipples novella pacing pained panels panting paranoia parish parked particle passes
passing pastor paternal patron pausing paving paying pearls peeling pendant pending phrase pillar plague plantations plaques
policy polite poorer ported portico postage prepare purely purification quartz racing raiders raised raises random ranged
rangers ranges readings recipe reforms reggae registry renewal rental republican republics reservoirs retire revered reverse
reward ridden rivals rovers rudder sacrament sailing sailor saliva salvage sample samples samurai seafood search searing
serene serial series serves serving severe shaking shaman sharing sharks shells shimmering shining siding sierra simple singer
sipping smiling somber sooner source splits sprang sprint sprung spying stained stairs stealing stellar stirring stokes
strains string strings stroke submit subset sulfur summer superiors surname surprised surprises survey swirling tailor tangle
tavern temper temples termed tingling tongue torment trapped tucked turnout unions unison valves venture victories voluntary
waking walked walkers wander wanting warmer warned warning warring weasel weddings weight welding wellington wetland whales
willing winning working workshop written yanking
"""
)

# What is asked for before it is a place, even alone: "bingo", "rugby", "opera".
TOPIC_WORDS = frozenset(phrase for phrase in topic_phrases() if " " not in phrase).union(
    *(topic.terms for topic in TOPICS.values())
)
