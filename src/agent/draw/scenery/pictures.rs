//! Which picture a shot shows: what its words name, or else the one that has not been seen for longest.

use super::catalogue::{Picture, of};
use super::product;
use crate::agent::script::Theme;

/// The picture of a café, which goes with every bakery.
const COFFEE: usize = 2;
const BAKERY: &str = "baker~ bäcker~ sourdough pastr~ loaf loaves dough croissant~ patisserie";

/// How many other pictures of a theme are shown before one comes again that only its scene speaks of.
const GAP: usize = 4;
/// So many words of a prompt are told of soon.
const NEAR: usize = 30;
/// How many are remembered of each theme.
const KEPT: usize = 8;

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

impl Picture {
    /// Whether a film of this prompt may show it.
    fn fits(&self, prompt: &str) -> bool {
        self.world.is_none_or(|world| names(prompt, world))
    }
}

fn is_any(word: &str, names: &str) -> bool {
    names.split_ascii_whitespace().any(|name| is_named(word, name))
}

/// Whether a text names one of these.
pub(super) fn names(text: &str, names: &str) -> bool {
    words(text).any(|word| is_any(word, names))
}

/// The pictures of a theme that a text names, the most telling first: those of which most words speak, then those that
/// show nothing else, then in the text's order.
fn named(theme: Theme, text: &str, prompt: &str) -> Vec<usize> {
    let words: Vec<&str> = words(text).collect();
    let mut found: Vec<(usize, bool, usize, usize)> = Vec::new();
    for (number, picture) in of(theme).iter().enumerate().filter(|(_, picture)| picture.fits(prompt)) {
        let hits: Vec<usize> = (0..words.len()).filter(|at| is_any(words[*at], picture.names)).collect();
        if let Some(first) = hits.first() {
            found.push((usize::MAX - hits.len(), !picture.wants_name, *first, number));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(.., number)| number).collect()
}

/// The pictures that a film may show without being asked in so many words.
fn fitting(theme: Theme, prompt: &str) -> Vec<usize> {
    let has_bread = theme == Theme::Food && names(prompt, BAKERY);
    let pictures = of(theme).iter().enumerate();
    let fits = |(number, picture): &(usize, &Picture)| {
        // A bakery has no soup.
        let is_odd = has_bread && matches!(number, 0 | 3);
        let is_usual = !picture.wants_name || has_bread && *number == COFFEE;
        !is_odd && (is_usual || names(prompt, picture.names)) && picture.fits(prompt)
    };
    let fitting: Vec<usize> = pictures.filter(fits).map(|(number, _)| number).collect();
    // Where the prompt names several of them, the others are beside the point.
    let is_named = |number: &usize| names(prompt, of(theme)[*number].names);
    let named: Vec<usize> = fitting.iter().copied().filter(is_named).collect();
    if named.len() > 1 { named } else { fitting }
}

/// Chooses pictures shot by shot, so that neighbours differ, what is spoken of is seen, and a long film has many.
#[derive(Debug, Default)]
pub(in crate::agent) struct Chooser {
    /// What was shown of each theme, the latest at the end. Only so much is kept, so that an edited scene seldom
    /// changes those far after it.
    shown: Vec<(Theme, usize)>,
    /// What the shot before shows.
    before: Option<(Theme, usize)>,
    /// What was said at the last shot. Several shots of one sentence show several things.
    said: String,
    /// How far into the prompt the film has come, in words.
    reached: usize,
}

impl Chooser {
    /// The picture for a shot. `own` are its words, the most telling first: what is read in it, the sentence that falls
    /// to it, and what else its scene says. `turn` is the place among the pictures of the theme where nobody names one.
    pub(in crate::agent) fn choose(&mut self, theme: Theme, own: &[&str], prompt: &str, turn: u64) -> u64 {
        let seen: Vec<usize> =
            self.shown.iter().rev().filter(|(shown, _)| *shown == theme).map(|(_, picture)| *picture).collect();
        let sentence = own.get(1).copied().unwrap_or_default();
        let is_said_again = std::mem::replace(&mut self.said, sentence.to_owned()) == sentence;
        let is_free = |(place, picture): &(usize, usize)| {
            let age = age(&seen, *picture);
            match place {
                0 => self.before != Some((theme, *picture)),
                1 if !is_said_again => self.before != Some((theme, *picture)),
                1 => age >= 2,
                _ => age >= GAP,
            }
        };
        let picked = own
            .iter()
            .enumerate()
            .flat_map(|(place, text)| named(theme, text, prompt).into_iter().map(move |picture| (place, picture)))
            .find(is_free);
        if let Some((_, picture)) = picked {
            let next = mentions(theme, picture, prompt).into_iter().find(|at| *at >= self.reached);
            self.reached = next.filter(|at| *at < self.reached + 2 * NEAR).unwrap_or(self.reached);
        }
        let picture = match picked {
            Some((_, picture)) => picture,
            // A film begins with what it is about.
            None => self.first(theme, prompt).unwrap_or_else(|| self.another(theme, &seen, prompt, turn)),
        };
        if seen.len() >= KEPT {
            let oldest = self.shown.iter().position(|(shown, _)| *shown == theme);
            oldest.map(|at| self.shown.remove(at));
        }
        self.before = Some((theme, picture));
        self.shown.push((theme, picture));
        picture as u64
    }

    fn first(&self, theme: Theme, prompt: &str) -> Option<usize> {
        let order = prompt.split('.').next().filter(|_| self.before.is_none())?;
        named(theme, order, prompt).first().copied()
    }

    /// A picture that nobody asks for here: one that was not shown for long, and rather one of which the film has
    /// spoken already than one that is still to come.
    fn another(&self, theme: Theme, seen: &[usize], prompt: &str, turn: u64) -> usize {
        let mut fitting = fitting(theme, prompt);
        let turn = usize::try_from(turn).unwrap_or(0) % fitting.len().max(1);
        fitting.rotate_left(turn);
        let rank = |picture: &usize| {
            let age = age(seen, *picture);
            let places = mentions(theme, *picture, prompt);
            let is_known = places.iter().any(|at| *at <= self.reached);
            // What is about to be spoken of would be shown twice in a row.
            let is_near = places.iter().any(|at| (1..NEAR).contains(&at.saturating_sub(self.reached)));
            (age > 0, !is_near, is_known && age >= GAP, age, !of(theme)[*picture].wants_name)
        };
        fitting.iter().copied().rev().max_by_key(rank).or(seen.first().copied()).unwrap_or(0)
    }
}

/// How many others of the theme were shown since a picture was; the most if it was not.
fn age(seen: &[usize], picture: usize) -> usize {
    seen.iter().position(|other| *other == picture).unwrap_or(usize::MAX)
}

/// Which words of a prompt name a picture.
fn mentions(theme: Theme, picture: usize, prompt: &str) -> Vec<usize> {
    let names = of(theme)[picture].names;
    words(prompt).enumerate().filter(|(_, word)| is_any(word, names)).map(|(at, _)| at).collect()
}

/// What a label of a montage names, of whatever theme: its last word says it, as in `ship lanterns`.
pub(in crate::agent) fn labelled(label: &str, own: Theme, prompt: &str) -> Option<(Theme, u64)> {
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
        let of_theme = |theme: &Theme| named(*theme, word, prompt).first().map(|number| (*theme, *number as u64));
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
        let choose = |theme, own: &str| Chooser::default().choose(theme, &[own], own, 0);
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
        assert_eq!(shown("the rings of a planet"), [0, 5]);
        assert_eq!(fitting(Theme::Work, "walk safely near forklifts, mind the mirror"), [3, 9]);
        assert_eq!(shown("a rocket visits a comet"), [1, 3, 4]);
        // Wheat makes no soup, and a bakery has coffee.
        let of_bakery = fitting(Theme::Food, "a film for a bakery");
        assert!([1, 2, 9].iter().all(|number| of_bakery.contains(number)) && !of_bakery.contains(&0), "{of_bakery:?}");
    }

    #[test]
    fn a_word_means_what_it_means_in_its_film() {
        let shown = |prompt: &str| Chooser::default().choose(Theme::Work, &["", "stay on the yellow line"], prompt, 0);
        assert_eq!(shown("a warehouse. people. stay on the yellow line."), 5);
        assert!(shown("a startup. people. stay on the yellow line.") < 3);
    }

    #[test]
    fn a_long_film_shows_all_that_it_speaks_of_before_it_repeats_itself() {
        let prompt =
            "why comets have two tails. a nucleus of ice. the orbit around the sun. a telescope. look up at the stars.";
        let mut chooser = Chooser::default();
        let shown: Vec<u64> =
            (0..5).map(|turn| chooser.choose(Theme::Space, &["", "here it is"], prompt, turn)).collect();
        let different: std::collections::BTreeSet<u64> = shown.iter().copied().collect();
        assert_eq!(different.len(), shown.len(), "{shown:?}");
        // What is read in a shot is seen in it, however lately it was.
        let named = chooser.choose(Theme::Space, &["the orbit", "and its way"], prompt, 0);
        let other = chooser.choose(Theme::Space, &["", "and its way"], prompt, 0);
        assert_eq!((named, chooser.choose(Theme::Space, &["the orbit"], prompt, 0)), (5, 5));
        assert_ne!(other, 5);
    }

    #[test]
    fn labels_of_a_montage_choose_their_theme() {
        assert_eq!(labelled("a trip to the lake", Theme::Learning, "").map(|(theme, _)| theme), Some(Theme::Nature));
        assert_eq!(labelled("old ship lanterns", Theme::People, ""), Some((Theme::Product, 0)));
        assert_eq!(labelled("xyz", Theme::People, ""), None);
    }
}
