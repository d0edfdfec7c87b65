//! Which pictures each theme has, and which words choose one of them.

use super::product;
use crate::agent::script::Theme;

/// One picture of a theme. Its number is its place in the theme's list.
pub(super) struct Picture {
    /// The words that it shows: whole words, or beginnings of words where they end with `~`.
    names: &'static str,
    /// Whether it would be odd in a film in which nobody speaks of it.
    wants_name: bool,
}

const fn usual(names: &'static str) -> Picture {
    Picture { names, wants_name: false }
}

const fn special(names: &'static str) -> Picture {
    Picture { names, wants_name: true }
}

const BAKERY: &str = "baker~ bäcker~ sourdough pastr~ loaf loaves dough croissant~ patisserie";

/// The pictures of a theme, in the order in which its painter counts them.
pub(super) fn of(theme: Theme) -> &'static [Picture] {
    match theme {
        Theme::City => {
            const {
                &[
                    usual("skyline tower~ city metropolis town stadt traffic car~ rooftop~ bridge~"),
                    usual(
                        "street~ shop~ market~ marktplatz store~ alley~ cobblestone~ walk~ café cafe commuter~ square",
                    ),
                    special("bus buses tram~ bücherbus coach shuttle stop"),
                ]
            }
        }
        Theme::Nature => {
            const {
                &[
                    usual("lake~ mountain~ alp~ river~ valley rain water fjord cliff~ snow see berg~"),
                    usual("forest~ tree~ wood~ wald leaf leaves trail~ deer fox~ moss owl~ chestnut"),
                    usual(
                        "meadow~ flower~ field~ garden~ bee~ butterfl~ grass farm~ picnic park soil seed~ compost~ luft",
                    ),
                ]
            }
        }
        Theme::Sea => {
            const {
                &[
                    usual("lighthouse~ coast~ beach~ shore~ island~ tide~ storm~ seaside"),
                    usual("sail~ wave~ ocean yacht~ regatta surf~ voyage"),
                    special(
                        "underwater under-water reef~ coral~ whale~ dive~ diving dolphin~ kelp seabed swim~ pebble~",
                    ),
                    special(
                        "harbour~ harbor~ port quay~ dock~ pier~ ferry ferries ship~ boat~ crew~ fisher~ fishing marina hafen \
                terminal deck crane~ container~ schiff~",
                    ),
                ]
            }
        }
        Theme::Travel => {
            const {
                &[
                    usual("plane~ airport~ flight~ fly~ airline~ abroad sky"),
                    usual("train~ rail~ platform~ zug bahn~ carriage~ sleeper bunk~ viaduct~ station~"),
                    usual("map~ route~ journey~ trip~ tour~ border~"),
                ]
            }
        }
        // Two places for the thing itself, which has names of its own.
        Theme::Product => const { &[usual("plinth"), usual("table")] },
        Theme::Food => {
            const {
                &[
                    usual(
                        "bowl~ soup~ suppe~ eat~ plate~ dish~ noodle~ salad~ serve~ served steam~ blend~ ramen curry rice pasta taste~",
                    ),
                    usual(
                        "chop~ cut~ slice~ knife onion~ garlic carrot~ vegetable~ lemon~ herb~ tomato~ squeeze~ bread brot baker~ \
                loaf loaves toast~ dough ingredient~ parsley market island cheese peel~",
                    ),
                    special(
                        "coffee~ tea cake~ cappuccino espresso latte~ barista~ café~ cafe~ mug~ teapot~ pastr~ kaffee kuchen candle~",
                    ),
                    usual(
                        "pot pots pan pans simmer~ stir~ boil~ oil fry~ cook~ broth stove~ warm~ heat~ kitchen~ skim~ foam lentil~ sauce~",
                    ),
                ]
            }
        }
        Theme::Music => {
            const {
                &[
                    usual("vinyl record~ turntable~ dj~ needle~ album~ disc~ spin~ beat~ mix~"),
                    usual(
                        "concert~ stage~ festival~ live band~ crowd~ sing~ laser~ microphone~ guitar~ audience jump~ danc~ choir~",
                    ),
                    usual(
                        "listen~ chair~ headphone~ shelf shelves collection room~ quiet host podcast~ show~ lounge lamp~ song~",
                    ),
                ]
            }
        }
        Theme::People => {
            const {
                &[
                    usual(
                        "table~ friend~ talk~ family families guest~ dinner together meet~ team~ sit sits sitting sort~ chat~ host~",
                    ),
                    usual(
                        "crowd~ visitor~ walk~ square~ street~ play~ children kinder child yard park tree~ feet volunteer~ people",
                    ),
                ]
            }
        }
        Theme::Sport => {
            const {
                &[
                    usual("goal~ football soccer ball~ pitch match~ team~ stadium~ league kick~ fans"),
                    usual(
                        "run runs running runner~ marathon~ race~ jog~ track~ sprint~ start gun shoe~ feet cobblestone~",
                    ),
                    special("bike~ bicycle~ cycl~ ride~ riding rider~ fahrrad~ velo pedal~ cargo wheel~"),
                ]
            }
        }
        Theme::Home => {
            const {
                &[
                    usual(
                        "sofa~ living light~ floorboard~ chair~ reading room~ window~ corner heizung chandelier~ heat~",
                    ),
                    usual("house~ garden~ yard~ courtyard~ roof~ villa~ balcon~ haus street~ neighbo~ pump~"),
                    special("bed~ blanket~ pillow~ sleep~ wake~ night~ bunk~ cat~ dream~ alarm~"),
                ]
            }
        }
        Theme::Work => {
            const {
                &[
                    usual("desk~ office~ laptop~ computer~ code~ email~ write~ hire~ startup~"),
                    usual(
                        "craft~ tool~ artisan~ hand~ build~ repair~ workshop~ hammer~ finger~ make~ clay pott~ kiln shards wash~",
                    ),
                    usual("plan~ meeting~ note~ idea~ sort~ schedule~ class~"),
                    special(
                        "warehouse~ forklift~ truck~ rack~ pallet~ walkway~ aisle~ driver~ logistic~ parcel~ stock hall gate~",
                    ),
                    special("mirror~ alarm~ warning reversing corner~ beacon~ sign hazard~ cross crossing"),
                ]
            }
        }
        Theme::Learning => {
            const {
                &[
                    usual(
                        "blackboard~ class~ school~ teach~ lesson~ diagram~ explain~ student~ maths formula~ children~ lecture~",
                    ),
                    usual("book~ page~ read~ story stories learn~ tale~ notebook~ lesen"),
                    usual(
                        "library~ libraries shelf shelves bücher~ bibliothek museum~ archive~ exhibit~ university history",
                    ),
                ]
            }
        }
        Theme::Space => {
            const {
                &[
                    usual("planet~ saturn~ jupiter~ orbit~ solar moon~ star~ galax~ system sun~"),
                    special("rocket~ launch~ probe~ astronaut~ mission~ spacecraft~ shuttle~"),
                    special("paper~ origami fold~ museum~ gallery exhibit~"),
                    special("comet~ meteor~ tail~ asteroid~ halley hale-bopp neowise nucleus"),
                ]
            }
        }
        Theme::Data => {
            const {
                &[
                    usual("dashboard~ chart~ report~ budget~ result~ survey~ sale~ figure~"),
                    usual("network~ cloud~ cyber~ ai algorithm~ security password~ software internet~ connect~"),
                    usual("column~ grow~ market~ money spend~ price~ town~ econom~ bridge~"),
                ]
            }
        }
        Theme::Abstract => {
            const { &[usual("flow~ wind~ water"), usual("orbit~ circle~ turn~"), usual("fan~ art~ deco")] }
        }
    }
}

/// The words of a text, in lower case as it is.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '-').filter(|word| !word.is_empty())
}

/// Whether a word is this name, one of several such things, or begins with it if the name ends with `~`.
pub(super) fn is_named(word: &str, name: &str) -> bool {
    match name.strip_suffix('~') {
        Some(beginning) => word.starts_with(beginning),
        None => word.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "s" | "es")),
    }
}

fn is_any(word: &str, names: &str) -> bool {
    names.split_ascii_whitespace().any(|name| is_named(word, name))
}

/// Whether a text names one of these.
pub(super) fn names(text: &str, names: &str) -> bool {
    words(text).any(|word| is_any(word, names))
}

/// The pictures of a theme that a text names, in its order.
fn named(theme: Theme, text: &str) -> impl Iterator<Item = usize> {
    words(text).flat_map(move |word| of(theme).iter().positions(word))
}

trait Positions {
    fn positions(self, word: &str) -> impl Iterator<Item = usize>;
}

impl<'a, I: Iterator<Item = &'a Picture>> Positions for I {
    fn positions(self, word: &str) -> impl Iterator<Item = usize> {
        self.enumerate().filter(move |(_, picture)| is_any(word, picture.names)).map(|(number, _)| number)
    }
}

/// The pictures that a film may show without being asked in so many words.
fn fitting(theme: Theme, prompt: &str) -> Vec<usize> {
    let has_bread = theme == Theme::Food && names(prompt, BAKERY);
    let pictures = of(theme).iter().enumerate();
    let fits = |(number, picture): &(usize, &Picture)| {
        // A bakery has no soup.
        let is_odd = has_bread && matches!(number, 0 | 3);
        !is_odd && (!picture.wants_name || has_bread || names(prompt, picture.names))
    };
    let fitting: Vec<usize> = pictures.filter(fits).map(|(number, _)| number).collect();
    // Where the prompt names several of them, the others are beside the point.
    let is_named = |number: &usize| names(prompt, of(theme)[*number].names);
    let named: Vec<usize> = fitting.iter().copied().filter(is_named).collect();
    if named.len() > 1 { named } else { fitting }
}

/// Chooses pictures shot by shot, so that neighbours differ and what is spoken of is seen.
#[derive(Debug, Default)]
pub(in crate::agent) struct Chooser {
    /// What was shown of each theme last. No more is kept, so that an edited scene seldom changes those after it.
    last: Vec<(Theme, usize)>,
}

impl Chooser {
    /// The picture for a shot. `own` are its words, the most telling first; `turn` is the place among the pictures of
    /// the theme where nobody names one.
    pub(in crate::agent) fn choose(&mut self, theme: Theme, own: &[&str], prompt: &str, turn: u64) -> u64 {
        let last = self.last.iter().find(|(shown, _)| *shown == theme).map(|(_, picture)| *picture);
        let picked = own.iter().flat_map(|text| named(theme, text)).find(|picture| Some(*picture) != last);
        let picture = picked.unwrap_or_else(|| {
            let mut fitting = fitting(theme, prompt);
            let turn = usize::try_from(turn).unwrap_or(0) % fitting.len().max(1);
            fitting.rotate_left(turn);
            fitting.into_iter().find(|picture| Some(*picture) != last).or(last).unwrap_or(0)
        });
        self.last.retain(|(shown, _)| *shown != theme);
        self.last.push((theme, picture));
        picture as u64
    }
}

/// What a label of a montage names, of whatever theme: its last word says it, as in `ship lanterns`.
pub(in crate::agent) fn labelled(label: &str, own: Theme) -> Option<(Theme, u64)> {
    const ALL: [Theme; 11] = [
        Theme::Work,
        Theme::Music,
        Theme::Food,
        Theme::Sport,
        Theme::Sea,
        Theme::Nature,
        Theme::Travel,
        Theme::Learning,
        Theme::Home,
        Theme::City,
        Theme::Space,
    ];
    let words: Vec<&str> = words(label).collect();
    words.iter().rev().find_map(|word| {
        let of_theme = |theme: &Theme| of(*theme).iter().positions(word).next().map(|number| (*theme, number as u64));
        let thing = || product::is_thing(word).then_some((Theme::Product, 0));
        of_theme(&own).or_else(thing).or_else(|| ALL.iter().find_map(of_theme))
    })
}

/// Another picture of the theme, so many further on.
pub(in crate::agent) fn further(theme: Theme, picture: u64, number: u64, prompt: &str) -> u64 {
    let fitting = fitting(theme, prompt);
    let at = fitting.iter().position(|fits| *fits as u64 == picture).unwrap_or(0);
    let step = usize::try_from(number).unwrap_or(0);
    fitting.get((at + step) % fitting.len().max(1)).map_or(picture, |picture| *picture as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_theme_show_different_pictures() {
        for theme in [Theme::Product, Theme::Food, Theme::Sea, Theme::Space, Theme::People, Theme::Work] {
            let mut chooser = Chooser::default();
            let texts = ["a comet", "", "a comet's tail", "chop the onions", "chop the garlic", "", ""];
            let shown: Vec<u64> =
                texts.iter().map(|text| chooser.choose(theme, &[text], "why comets have two tails", 1)).collect();
            assert!(shown.windows(2).all(|pair| pair[0] != pair[1]), "{theme:?}: {shown:?}");
        }
    }

    #[test]
    fn what_is_named_is_shown_first() {
        let choose = |theme, own: &str| Chooser::default().choose(theme, &[own], "", 0);
        for first in 0..4 {
            assert_eq!(Chooser::default().choose(Theme::Food, &["stir the pot"], "", first), 3);
        }
        assert_eq!(choose(Theme::Food, "chop two onions"), 1);
        assert_eq!(choose(Theme::Travel, "the night train"), 1);
        assert_eq!(choose(Theme::City, "hält der bus"), 2);
        assert_eq!(choose(Theme::Work, "a forklift turns"), 3);
        // `watching` is no watch, `something` no thing.
        assert!(!product::is_thing("watching") && product::is_thing("watches"));
    }

    #[test]
    fn odd_pictures_wait_until_they_are_named() {
        let shown = |prompt: &str| fitting(Theme::Space, prompt);
        assert_eq!(shown("the planets of our sun"), [0]);
        assert_eq!(fitting(Theme::Work, "walk safely near forklifts, mind the mirror"), [3, 4]);
        assert_eq!(shown("a probe visits a comet on its orbit"), [0, 1, 3]);
        assert_eq!(fitting(Theme::Food, "a film for a bakery"), [1, 2]);
    }

    #[test]
    fn labels_of_a_montage_choose_their_theme() {
        assert_eq!(labelled("a trip to the lake", Theme::Learning).map(|(theme, _)| theme), Some(Theme::Nature));
        assert_eq!(labelled("old ship lanterns", Theme::People), Some((Theme::Product, 0)));
        assert_eq!(labelled("xyz", Theme::People), None);
    }
}
