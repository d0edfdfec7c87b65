//! Which pictures each theme has, who paints them, and which words name them.

use super::{
    Scenery, abstracts, books, children, city, club, comets, cooking, crafts, data, flat, food, glass, home, learning,
    music, nature, observatory, outdoors, people, product, race, safety, sea, serving, space, sport, trains, travel,
    work,
};
use crate::agent::draw::brush::Brush;
use crate::agent::script::Theme;

type Painter = fn(&mut Brush<'_>, &Scenery<'_>);

/// One picture of a theme. Its number is its place in the theme's list.
pub(super) struct Picture {
    /// The words that it shows: whole words, or beginnings of words where they end with `~`.
    pub(super) names: &'static str,
    /// Words of which the prompt has to speak for this picture to be meant: `yellow` is a walkway in a warehouse only.
    pub(super) world: Option<&'static str>,
    /// Whether it would be odd in a film in which nobody speaks of it.
    pub(super) wants_name: bool,
    pub(super) paint: Painter,
}

const fn usual(paint: Painter, names: &'static str) -> Picture {
    Picture { names, world: None, wants_name: false, paint }
}

const fn special(paint: Painter, names: &'static str) -> Picture {
    Picture { names, world: None, wants_name: true, paint }
}

const fn within(world: &'static str, paint: Painter, names: &'static str) -> Picture {
    Picture { names, world: Some(world), wants_name: true, paint }
}

const TRAIN: &str = "train trains rail~ railway~ zug nachtzug~ sleeper~";
const CLUB: &str = "club~ nightclub~ dj~ rave~ techno disco~ laser~";
pub(super) const COMET: &str = "comet~ komet~ asteroid~ meteor~";
const RUN: &str = "run runs running runner~ race races marathon~ jog~ lauf~";
const WAREHOUSE: &str = "warehouse~ forklift~ pallet~ logistic~ lager~ gabelstapler~ factory factories";
const SAFETY: &str = "warehouse~ forklift~ safe safely safety hazard~ sicherheit~ accident~";
const BIRTHDAY: &str = "birthday~ cake~ candle~ confetti torte~ geburtstag~ anniversary";

/// The pictures of a theme, in the order of their numbers.
pub(super) fn of(theme: Theme) -> &'static [Picture] {
    match theme {
        Theme::City => CITY,
        Theme::Nature => NATURE,
        Theme::Sea => SEA,
        Theme::Travel => TRAVEL,
        Theme::Product => PRODUCT,
        Theme::Food => FOOD,
        Theme::Music => MUSIC,
        Theme::People => PEOPLE,
        Theme::Sport => SPORT,
        Theme::Home => HOME,
        Theme::Work => WORK,
        Theme::Learning => LEARNING,
        Theme::Space => SPACE,
        Theme::Data => DATA,
        Theme::Abstract => ABSTRACT,
    }
}

const CITY: &[Picture] = &[
    usual(city::skyline, "skyline tower~ city metropolis town stadt traffic car~ rooftop~ bridge~"),
    usual(city::street, "street~ shop~ market~ marktplatz store~ alley~ cobblestone~ walk~ café cafe commuter~ square"),
    special(city::bus_street, "bus buses tram~ coach shuttle stop"),
    within(
        "bücherbus~ bookmobile~ bus library-bus mobile-library",
        books::book_bus,
        "bücherbus~ bookmobile~ mobile-library library-bus bücher~ book~ ausleihe~ borrow~",
    ),
    within(
        "bücher~ book~ lesen~ read~ library bibliothek~",
        children::reading_steps,
        "stufen steps lesen~ liest reading treppe~ stairs kinder~ children",
    ),
];

const NATURE: &[Picture] = &[
    usual(nature::lake, "lake~ mountain~ alp~ river~ valley rain water fjord cliff~ snow see berg~"),
    usual(nature::forest, "forest~ tree~ wood~ wald leaf leaves trail~ deer fox~ moss owl~ chestnut"),
    usual(
        nature::meadow,
        "meadow~ flower~ field~ garden~ bee~ butterfl~ grass farm~ picnic park soil seed~ compost~ luft",
    ),
];

const SEA: &[Picture] = &[
    usual(sea::lighthouse_coast, "lighthouse~ coast~ beach~ shore~ island~ tide~ storm~ seaside"),
    usual(sea::open_sea, "sail~ wave~ ocean yacht~ regatta surf~ voyage"),
    special(sea::under_water, "underwater under-water reef~ coral~ whale~ dive~ diving dolphin~ kelp seabed swim~"),
    special(
        sea::harbour,
        "harbour~ harbor~ port quay~ dock~ pier~ ferry ferries ship~ boat~ crew~ fisher~ fishing marina hafen terminal deck \
        crane~ container~ schiff~",
    ),
    special(glass::sea_glass, "pebble~ sea-glass glass shard~ driftwood seashell~ shell shells"),
];

const TRAVEL: &[Picture] = &[
    usual(travel::flight, "plane~ airport~ flight~ fly~ airline~ abroad sky"),
    usual(travel::railway, "train~ rail~ zug bahn~ carriage~ viaduct~"),
    usual(travel::map, "map~ route~ journey~ trip~ tour~ border~"),
    within(TRAIN, trains::platform, "platform~ bahnsteig station~ bahnhof rain"),
    within(TRAIN, trains::compartment, "bunk~ berth~ sleeper~ compartment~ couchette~ lamp~ carriage~ sleep"),
    within(TRAIN, trains::mountains, "window~ mountain~ passes passing landscape~ black hills"),
    within(TRAIN, trains::tea, "guard~ tea knock~ breakfast"),
    within(
        "lagoon~ venice venedig venezia gondola~",
        trains::lagoon,
        "lagoon~ venice venezia venedig gondola~ causeway~",
    ),
];

// Two places for the thing itself, which has names of its own, and a hand on it.
const PRODUCT: &[Picture] = &[
    usual(product::plinth, "plinth"),
    usual(product::on_a_table, "table"),
    special(product::touched, "finger~ tap taps tapping touch~ press~ switch~ swipe~"),
];

const FOOD: &[Picture] = &[
    usual(food::bowl, "bowl~ soup~ suppe~ eat~ plate~ dish~ noodle~ salad~ steam~ ramen curry rice pasta taste~"),
    usual(
        food::board,
        "chop~ cut~ slice~ knife onion~ garlic carrot~ vegetable~ herb~ tomato~ parsley market cheese peel~ dice diced",
    ),
    special(
        food::cafe,
        "coffee~ tea cappuccino espresso latte~ barista~ café~ cafe~ mug~ teapot~ pastr~ kaffee kuchen",
    ),
    usual(food::pot, "pot pots simmer~ stir~ boil~ cook~ stove~ warm~ heat~ skim~ foam sauce~ copper"),
    special(cooking::onions, "onion~ garlic clove~ shallot~ zwiebel~"),
    within("onion~ pan pans fry~ fried garlic", cooking::pan, "pan pans oil fry~ fried golden sear~ sauté~ brown"),
    special(
        cooking::ingredients,
        "lentil~ cumin spice~ spoon~ bean~ chickpea~ grain~ litre~ add ingredient~ mix~ flour",
    ),
    special(cooking::lemon, "lemon~ squeeze~ lime~ juice~ zitrone~"),
    within(
        "soup~ blend~ puree~ purée~ smoothie~ mixer~ sauce~",
        cooking::blend,
        "blend~ puree~ purée~ mixer~ smooth whisk~ half rough",
    ),
    special(serving::bread, "bread~ brot~ toast~ loaf loaves bak~ bäcker~ sourdough dough oven~ croissant~ crust~"),
    within(
        "soup~ dinner~ recipe~ meal~ lentil~ stew~ curry",
        serving::laid_table,
        "serve~ served people guest~ table version family friends dinner share~",
    ),
    special(serving::cake, BIRTHDAY),
    special(flat::open_kitchen, "island marble worktop~ cupboard~ fitted"),
];

const MUSIC: &[Picture] = &[
    usual(music::turntable, "vinyl record~ turntable~ needle~ album~ disc~ spin~ mix~"),
    usual(music::stage, "concert~ stage~ festival~ live band~ sing~ microphone~ guitar~ audience choir~"),
    usual(
        music::listening_room,
        "listen~ chair~ headphone~ shelf shelves collection room~ quiet host podcast~ show~ lounge lamp~ song~",
    ),
    within(CLUB, club::booth, "dj~ club~ turntable~ steam~ techno house beat~"),
    within(CLUB, club::crowd, "crowd~ jump~ danc~ club~ party rave~ night"),
    within(CLUB, club::over_water, "laser~ water terminal~ ferry quay beam~ neon"),
];

const PEOPLE: &[Picture] = &[
    usual(
        people::circle_of_friends,
        "table~ friend~ talk~ family families guest~ dinner together meet~ team~ sit sits sitting chat~ host~",
    ),
    usual(people::square, "crowd~ visitor~ walk~ square~ street~ park tree~ people"),
    special(children::yard, "play~ spiel~ yard~ courtyard~ chestnut~ schoolyard playground~"),
    within("sort~ craft~ paint~ bastel~", children::sorting, "sort~ craft~ paint~ bastel~ colours colour"),
    within(RUN, race::water, "water volunteer~ cup cups drink~"),
    special(serving::cake, BIRTHDAY),
];

const SPORT: &[Picture] = &[
    usual(sport::pitch, "goal~ football soccer ball~ pitch match~ team~ stadium~ league kick~ fans"),
    usual(sport::runners, "run runs running runner~ marathon~ jog~ track~ sprint~ lap~"),
    special(sport::riders, "bike~ bicycle~ cycl~ ride~ riding rider~ fahrrad~ velo pedal~ cargo wheel~"),
    special(race::tying, "shoe~ lace~ tie ties tying schuh~ sneaker~"),
    within(RUN, race::start, "start~ gun race~ line startschuss register~"),
    within(RUN, race::feet, "feet foot cobblestone~ wet pavement~ thousands step~"),
    within(RUN, race::water, "water volunteer~ cup cups drink~ hand~"),
];

const HOME: &[Picture] = &[
    usual(home::living_room, "sofa~ living light~ room~ window~ corner heizung heat~ warm~"),
    usual(home::house, "house~ garden~ roof~ villa~ haus street~ neighbo~"),
    special(home::bedroom, "bed~ blanket~ pillow~ sleep~ wake~ night~ bunk~ cat~ dream~ alarm~"),
    special(flat::sunlit_floor, "floorboard~ oak parquet floor~ empty morning light"),
    special(flat::reading_corner, "reading corner~ armchair~ nook~ book~ chair~"),
    special(flat::open_kitchen, "kitchen~ island marble counter~ küche~"),
    special(outdoors::balcony, "balcon~ terrace~ south balkon~"),
    special(outdoors::heat_pump, "pump~ heat-pump~ wärmepumpe~ heizung~ heating"),
    special(glass::chandelier, "chandelier~ kronleuchter~"),
    special(children::yard, "yard~ courtyard~ play~ chestnut~"),
];

const WORK: &[Picture] = &[
    usual(work::desk, "desk~ office~ laptop~ computer~ code~ email~ write~ hire~ startup~"),
    usual(work::bench, "craft~ tool~ artisan~ hand~ build~ repair~ workshop~ finger~ make~ draw~"),
    usual(work::notes_on_a_wall, "plan~ meeting~ note~ idea~ sort~ schedule~ class~"),
    special(work::warehouse, "warehouse~ forklift~ truck~ rack~ pallet~ aisle~ logistic~ parcel~ stock near"),
    within(WAREHOUSE, work::gate, "gate~ hall~ cross crossing door~ team welcome~ greet~"),
    within(WAREHOUSE, safety::walkway, "walkway~ yellow stay step~ between"),
    within(WAREHOUSE, safety::driver, "driver~ eye eyes nod~ look"),
    within(SAFETY, safety::alarm, "alarm~ reversing beep~ horn~ siren~"),
    within(SAFETY, safety::blue_light, "light~ beacon~ blue warning lamp~ wait~"),
    within(SAFETY, safety::mirror, "mirror~ corner~"),
    within(SAFETY, safety::signs, "sign~ report~ misses notice~ rule~ point~ remember hazard~"),
    special(crafts::hammers, "hammer~ anvil~ forge~ smith~ chisel~"),
    special(crafts::pottery, "pott~ clay kiln~ ceramic~ wheel glaz~ töpfer~"),
    within("shard~ glass sea-glass", crafts::washing, "wash~ rins~ shard~ basin~"),
    special(serving::cake, BIRTHDAY),
];

const LEARNING: &[Picture] = &[
    usual(
        learning::blackboard,
        "blackboard~ class~ school~ teach~ lesson~ diagram~ explain~ maths formula~ children~ lecture~",
    ),
    usual(learning::open_book, "book~ page~ read~ story stories learn~ tale~ notebook~ lesen"),
    usual(learning::library, "library~ libraries shelf shelves bücher~ bibliothek archive~ university history"),
    within(
        "museum~ exhibit~ gallery galleries showcase~ vitrine~ collection~",
        glass::showcases,
        "museum~ exhibit~ gallery galleries showcase~ vitrine~ glass collection~ curator~",
    ),
    within(
        "comet~ experiment~ laborator~ lab labs chemist~ dry-ice",
        learning::experiment,
        "dry-ice dry experiment~ ice laborator~ lab labs beaker~ chemist~ student~ build~",
    ),
];

const SPACE: &[Picture] = &[
    usual(space::planets, "planet~ saturn~ jupiter~ moon~ galax~ old system"),
    special(space::rocket, "rocket~ launch~ astronaut~ spacecraft~ shuttle~"),
    special(space::paper_planets, "paper~ origami fold~ museum~ gallery exhibit~"),
    special(space::comet, "comet~ meteor~ asteroid~ halley hale-bopp neowise tail~"),
    within(COMET, comets::nucleus, "nucleus ice dust lump~ made jet~ gas probe~ lander~ rock~"),
    special(comets::orbit, "orbit~ solar system near sun~ path ellipse~ planet~"),
    within(COMET, comets::two_tails, "tail~ two sunlight wind curved straight direction~ push~ blow~"),
    special(observatory::observatory, "telescope~ observator~ astronom~ dome~ ask~ wonder~ why question~"),
    special(observatory::stargazers, "look~ outside constellation~ star~ sky viewer~ famous night~"),
];

const DATA: &[Picture] = &[
    usual(data::dashboard, "dashboard~ chart~ report~ budget~ result~ survey~ sale~ figure~"),
    usual(data::network, "network~ cloud~ cyber~ ai algorithm~ security password~ software internet~ connect~"),
    usual(data::landscape, "column~ grow~ market~ price~ econom~ number~"),
    within(
        "town~ city council~ municipal~ community gemeinde stadt",
        data::town,
        "town~ city council~ municipal~ community money spend~ bridge~ school~ library",
    ),
];

const ABSTRACT: &[Picture] = &[
    usual(abstracts::paint, "flow~ wind~ water"),
    usual(abstracts::paint, "orbit~ circle~ turn~"),
    usual(abstracts::paint, "fan~ art~ deco"),
];
