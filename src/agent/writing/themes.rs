//! Which scenery goes with which words.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::script::Theme;
use super::words::{bare, is_in};

const TABLE: [(Theme, &str); 14] = [
    (
        Theme::Space,
        "space planet planets star stars galaxy rocket rockets astronaut astronauts orbit moon mars satellite satellites \
        telescope universe cosmos comet asteroid nebula spacecraft solar lunar eclipse observatory astronomy launchpad sun \
        saturn jupiter cosmic meteor probe lander rover",
    ),
    (
        Theme::Sea,
        "sea ocean pebble pebbles shell shells crew crews trawler boat boats ship ships harbour harbor quay ferry sail sails sailing wave waves beach coast coral \
        whale whales fish fishing lighthouse lighthouses tide tides tidal jetty marina island islands rowing surf surfing reef underwater \
        kayak canoe port dolphin dolphins anchor yacht life-jacket dive diving shore pier regatta seaside",
    ),
    (
        Theme::Food,
        "food bread loaf loaves oven bakery baker cake cakes coffee tea restaurant kitchen cook cooking recipe chef dish dishes \
        meal meals soup salad pasta pizza cheese chocolate fruit fruits vegetables onions garlic flour butter dough rolls wine \
        breakfast lunch dinner taste flavour flavours roast roasted beans barista menu spices sauce pan pot tomato tomatoes eggs rice noodles \
        ingredients bowl café cafe brew brewing espresso honey apple apples lentils broth brot bäckerei",
    ),
    (
        Theme::Music,
        "music song songs concert band vinyl record records turntable album albums guitar piano jazz dj club radio \
        microphone orchestra choir melody festival dance dancing dancers headphones speaker speakers sound singer drums bass playlist \
        stage techno beats violin opera studio listening musik concierto",
    ),
    (
        Theme::Sport,
        "sport sports run running runner runners race marathon football soccer basketball tennis cycling bike bikes bicycle \
        bicycles gym fitness workout training-session team match goal goals stadium athlete athletes swim swimming swimmer climb climbing yoga ski \
        skiing skate medal trophy finish-line league tournament championship boxing court players",
    ),
    (
        Theme::Nature,
        "nature forest tree trees garden gardens flower flowers river rivers lake mountain mountains park bird birds wildlife animal \
        animals leaf leaves meadow field fields farm compost composting soil seeds plant plants rain snow reeds bees hive sunset sunrise northern valley trail hiking \
        climate waterfall fox deer desert pond wolves butterfly orchard vineyard moss dawn sunrise",
    ),
    (
        Theme::Data,
        "data percent chart charts statistics numbers graph graphs growth analytics budget sales revenue inflation economy \
        market markets figures results report survey poll election interest rates rate unemployment prices profit profits dashboard ai \
        algorithm algorithms software code cloud cyber security password passwords phishing network inflation euros dollars billion million",
    ),
    (
        Theme::Home,
        "home house houses apartment flat room rooms bedroom sofa living furniture door window windows roof interior \
        villa estate cottage terrace bed blanket pillow bunk cat chandelier balcony bathroom fireplace lamp heating insulation neighbourhood neighborhood property loft listing \
        floorboards shelf shelves velvet walnut wohnung haus",
    ),
    (
        Theme::City,
        "city cities street streets town skyline building buildings traffic bridge bridges metro tram urban downtown tower \
        towers nightlife bus buses avenue architecture museum gallery commuters lisbon paris london berlin tokyo york rooftop \
        rooftops alley alleys station stadt",
    ),
    (
        Theme::Travel,
        "travel trip journey tour tourist tourists airport plane flight train trains hotel suitcase map maps destination holiday vacation \
        adventure passport landmark landmarks backpack road visit visitors resort camping border voyage",
    ),
    (
        Theme::Learning,
        "school learn learning students student teacher lesson course class classroom book books library university education \
        study science exhibit exhibits museum engineering principles diagram diagrams explain children history lens experiment physics \
        maths museum exam lecture knowledge puzzle quiz pupils origami paper folds",
    ),
    (
        Theme::Work,
        "wash washing shards work office desk meeting company business team employees employee worker workers factory warehouse tools tool workbench machine \
        machines helmet safety ladder forklift construction engineer engineers project hire hiring job jobs career startup laptop laptops \
        colleagues onboarding customers craft artisans craftsmanship repair gate wheel mill valve workshop hammer hammers kiln potter pottery clay rack racks truck mirror pallet pallets gloves goggles hours",
    ),
    (
        Theme::Product,
        "product products device gadget phone app watch box boxes package packaging design collection ring rings necklace \
        necklaces earrings jewelry jewellery gemstone gemstones kettle bottle shoe shoes lantern lanterns drive motor engine brake brakes metal interface screen battery lens price store shop \
        subscription membership launch brand perfume bag bags car cars headset drone model sneakers sneaker lamp metal gold facets",
    ),
    (
        Theme::People,
        "people person family families child children kids baby friends friend man woman men women hands hand face faces smile community \
        crowd volunteers volunteer neighbours neighbors guests guest audience host customer patients nurse doctor parents seniors members member \
        couple everyone team",
    ),
];

/// A film's own world: the theme of the whole, and words that belong to it there, whatever they are elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) general: Theme,
    own: &'static str,
}

/// How a world is recognised in what a film is about, its theme, and the words that belong to it.
const WORLDS: [(&[&str], Theme, &str); 2] = [
    (
        &[
            "night train",
            "sleeper train",
            "train from ",
            "train to ",
            "train journey",
            "train ride",
            "by train",
            "nachtzug",
        ],
        Theme::Travel,
        "train trains platform bunk bunks berth compartment carriage window mountains guard tea lagoon sleeper",
    ),
    (
        &["club night", "dj set", "dj night", "techno night", "warehouse rave"],
        Theme::Music,
        "dj crowd crowds jump jumps jumping laser lasers turntables dancers dancing bass doors",
    ),
];

impl World {
    /// `about` is what the film is about, `general` the theme of most of its words.
    pub(super) fn new(about: &str, general: Theme) -> Self {
        let about = about.to_lowercase();
        let known = WORLDS.iter().find(|(signs, ..)| signs.iter().any(|sign| about.contains(sign)));
        known.map_or(Self { general, own: "" }, |(_, general, own)| Self { general: *general, own })
    }

    /// The theme of a text in this film.
    pub(super) fn theme(self, text: &str) -> Option<Theme> {
        let is_own = text.split_whitespace().any(|word| is_in(&bare(word), self.own));
        if is_own { Some(self.general) } else { theme(text) }
    }
}

/// In which lines of the table each word stands, a bit a line: every word of a prompt is looked up, and most of them several times.
static LINES: LazyLock<HashMap<&str, u16>> = LazyLock::new(|| {
    let mut lines = HashMap::new();
    for (line, (_, words)) in TABLE.iter().enumerate() {
        for word in words.split_ascii_whitespace() {
            *lines.entry(word).or_default() |= 1 << line;
        }
    }
    lines
});

/// Whether a word is one of the tables': a common noun, whatever capital a sentence gave it.
pub(super) fn is_common(word: &str) -> bool {
    const NAMES: &str = "mars saturn jupiter lisbon paris london berlin tokyo york";
    LINES.contains_key(word) && !is_in(word, NAMES)
}

/// The theme that most words of a text speak for; the earlier word decides between equals.
pub(super) fn theme(text: &str) -> Option<Theme> {
    let mut counts: [(usize, usize); TABLE.len()] = [(0, usize::MAX); TABLE.len()];
    for (at, word) in text.split(|letter: char| letter.is_whitespace() || letter == '\u{e001}').map(bare).enumerate() {
        let single = word.strip_suffix('s').unwrap_or(&word);
        let lines_of = |word: &str| LINES.get(word).copied().unwrap_or_default();
        let lines = lines_of(&word) | if single.len() > 3 { lines_of(single) } else { 0 };
        for (line, entry) in counts.iter_mut().enumerate() {
            if lines & (1 << line) != 0 {
                *entry = (entry.0 + 1, entry.1.min(at));
            }
        }
    }
    let best = counts
        .iter()
        .enumerate()
        .filter(|(_, (count, _))| *count > 0)
        .max_by_key(|(_, (count, first))| (*count, usize::MAX - first))?;
    Some(TABLE[best.0].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_train_keeps_its_bunks_and_a_club_its_crowd() {
        let train = World::new("A night train to Venice", Theme::City);
        assert_eq!(train.general, Theme::Travel);
        assert_eq!(train.theme("You find your bunk and switch on the small lamp"), Some(Theme::Travel));
        assert_eq!(train.theme("a bowl of soup"), Some(Theme::Food));
        let club = World::new("Low Tide, a club night at the ferry terminal", Theme::Sea);
        assert_eq!((club.general, club.theme("a crowd jumps")), (Theme::Music, Some(Theme::Music)));
        let other = World::new("Training new staff", Theme::Work);
        assert_eq!((other.general, other.theme("a crowd waits")), (Theme::Work, Some(Theme::People)));
    }
}
