//! The colours that a prompt names, and good company for them.

use super::super::script::{Colour, Tone};
use super::words::{bare, is_in};
use crate::agent::dice::Dice;

/// Colours whose names mean little else.
const COLOURS: [(&str, [u8; 3]); 46] = [
    ("red", [0xd9, 0x3a, 0x3f]),
    ("crimson", [0xb5, 0x1f, 0x3c]),
    ("scarlet", [0xd6, 0x2a, 0x2a]),
    ("burgundy", [0x8a, 0x24, 0x42]),
    ("maroon", [0x7a, 0x22, 0x2e]),
    ("terracotta", [0xc9, 0x66, 0x4a]),
    ("magenta", [0xc9, 0x35, 0x97]),
    ("fuchsia", [0xd4, 0x3d, 0xa8]),
    ("yellow", [0xf2, 0xc8, 0x3a]),
    ("ochre", [0xc8, 0x8a, 0x2e]),
    ("mustard", [0xd4, 0xa4, 0x2e]),
    ("brown", [0x7a, 0x50, 0x34]),
    ("beige", [0xe6, 0xd8, 0xbe]),
    ("green", [0x35, 0xa3, 0x5a]),
    ("emerald", [0x1d, 0x8f, 0x66]),
    ("teal", [0x1f, 0x9e, 0x97]),
    ("turquoise", [0x35, 0xc4, 0xc0]),
    ("cyan", [0x2b, 0xb8, 0xd9]),
    ("aqua", [0x4c, 0xc9, 0xd6]),
    ("blue", [0x2f, 0x6f, 0xde]),
    ("azure", [0x3a, 0x8f, 0xe8]),
    ("cobalt", [0x24, 0x55, 0xc4]),
    ("navy", [0x22, 0x3a, 0x7a]),
    ("indigo", [0x3f, 0x3d, 0xa8]),
    ("ultramarine", [0x2c, 0x3f, 0xb8]),
    ("purple", [0x84, 0x4f, 0xc9]),
    ("violet", [0x9a, 0x62, 0xdb]),
    ("lavender", [0xb8, 0xa6, 0xe6]),
    ("lilac", [0xc4, 0x9f, 0xdb]),
    ("pink", [0xe6, 0x6a, 0xa0]),
    ("white", [0xf6, 0xf6, 0xf2]),
    ("black", [0x16, 0x18, 0x1e]),
    ("grey", [0x8a, 0x90, 0x9a]),
    ("gray", [0x8a, 0x90, 0x9a]),
    ("khaki", [0xa8, 0xa0, 0x6a]),
    ("off-white", [0xf2, 0xee, 0xe4]),
    ("rot", [0xd9, 0x3a, 0x3f]),
    ("blau", [0x2f, 0x6f, 0xde]),
    ("grün", [0x35, 0xa3, 0x5a]),
    ("gelb", [0xf2, 0xc8, 0x3a]),
    ("rouge", [0xd9, 0x3a, 0x3f]),
    ("bleu", [0x2f, 0x6f, 0xde]),
    ("vert", [0x35, 0xa3, 0x5a]),
    ("azul", [0x2f, 0x6f, 0xde]),
    ("verde", [0x35, 0xa3, 0x5a]),
    ("rojo", [0xd9, 0x3a, 0x3f]),
];

/// Names that are things as well: they count beside another colour, or where colours are spoken of.
const THINGS: [(&str, [u8; 3]); 39] = [
    ("coral", [0xf0, 0x75, 0x62]),
    ("orange", [0xee, 0x7d, 0x2b]),
    ("amber", [0xf2, 0xa5, 0x2a]),
    ("gold", [0xd9, 0xa8, 0x3c]),
    ("golden", [0xd9, 0xa8, 0x3c]),
    ("brass", [0xb8, 0x93, 0x4a]),
    ("bronze", [0xa8, 0x74, 0x3e]),
    ("copper", [0xc2, 0x73, 0x46]),
    ("silver", [0xb4, 0xbc, 0xc8]),
    ("olive", [0x8a, 0x94, 0x3a]),
    ("mint", [0x6f, 0xd0, 0xa6]),
    ("sage", [0x9a, 0xb0, 0x8e]),
    ("lime", [0x9c, 0xd0, 0x3a]),
    ("forest", [0x23, 0x62, 0x42]),
    ("moss", [0x6a, 0x7c, 0x3c]),
    ("cream", [0xf4, 0xea, 0xd2]),
    ("ivory", [0xf6, 0xf0, 0xe0]),
    ("sand", [0xe0, 0xc9, 0x9a]),
    ("sky", [0x6c, 0xb8, 0xee]),
    ("rose", [0xd9, 0x6a, 0x86]),
    ("peach", [0xf6, 0xb4, 0x8c]),
    ("salmon", [0xf2, 0x8e, 0x7c]),
    ("apricot", [0xf4, 0xae, 0x70]),
    ("plum", [0x7a, 0x3a, 0x6e]),
    ("wine", [0x7c, 0x24, 0x3e]),
    ("ruby", [0xb8, 0x1e, 0x4a]),
    ("sapphire", [0x1f, 0x4f, 0xb4]),
    ("jade", [0x2e, 0x9c, 0x74]),
    ("charcoal", [0x34, 0x38, 0x40]),
    ("slate", [0x54, 0x64, 0x78]),
    ("anthracite", [0x30, 0x34, 0x3a]),
    ("chocolate", [0x5e, 0x38, 0x24]),
    ("walnut", [0x64, 0x44, 0x30]),
    ("steel", [0x6e, 0x84, 0x9c]),
    ("midnight", [0x1c, 0x24, 0x4e]),
    ("rust", [0xae, 0x4e, 0x2a]),
    ("ice", [0xa8, 0xd8, 0xec]),
    ("sea", [0x2f, 0x8f, 0x8a]),
    ("lemon", [0xf4, 0xdc, 0x4e]),
];

const SPEAKS_OF_COLOURS: &str = "palette colour colours color colors accents accent titles hues scheme shades card branding lettering \
    gradient";

/// Sets that need no prompt, each with its own mood.
const SETS: [[[u8; 3]; 4]; 8] = [
    [[0x24, 0x55, 0xc4], [0xf0, 0x75, 0x62], [0xf4, 0xea, 0xd2], [0x35, 0xc4, 0xc0]],
    [[0x1f, 0x9e, 0x97], [0xf2, 0xa5, 0x2a], [0xf2, 0xee, 0xe4], [0x22, 0x3a, 0x7a]],
    [[0x84, 0x4f, 0xc9], [0xf2, 0xc8, 0x3a], [0xe6, 0x6a, 0xa0], [0x2b, 0xb8, 0xd9]],
    [[0x8a, 0x24, 0x42], [0xd9, 0xa8, 0x3c], [0xf4, 0xea, 0xd2], [0x34, 0x38, 0x40]],
    [[0x23, 0x62, 0x42], [0xe0, 0xc9, 0x9a], [0x9a, 0xb0, 0x8e], [0xc9, 0x66, 0x4a]],
    [[0xd9, 0x3a, 0x3f], [0x22, 0x3a, 0x7a], [0xf6, 0xf6, 0xf2], [0xf2, 0xa5, 0x2a]],
    [[0x2f, 0x6f, 0xde], [0x6f, 0xd0, 0xa6], [0xf6, 0xf6, 0xf2], [0x3f, 0x3d, 0xa8]],
    [[0xc9, 0x66, 0x4a], [0x1d, 0x8f, 0x66], [0xf4, 0xea, 0xd2], [0xd4, 0xa4, 0x2e]],
];

/// The colours of one name, of either table.
pub(super) fn colour(name: &str) -> Option<[u8; 3]> {
    COLOURS.iter().chain(&THINGS).find(|(known, _)| *known == name).map(|(_, rgb)| *rgb)
}

pub(super) fn is_colour(name: &str) -> bool {
    colour(name).is_some() || is_in(name, "brushed vivid muted pastel deep pale dark bright")
}

/// Whether a colour's name means a thing as often.
pub(super) fn is_thing(name: &str) -> bool {
    THINGS.iter().any(|(known, _)| *known == name)
}

fn is_sure(name: &str) -> bool {
    COLOURS.iter().any(|(known, _)| *known == name)
}

/// Colours named in a prompt, in its order, each once.
pub(super) fn named(text: &str) -> Vec<[u8; 3]> {
    let (mut found, mut by_the_way): (Vec<[u8; 3]>, Vec<[u8; 3]>) = (Vec::new(), Vec::new());
    for sentence in text.split(['.', '\n', '!', '?']) {
        let words: Vec<String> = sentence.split_whitespace().map(bare).collect();
        let speaks = words.iter().any(|word| is_in(word, SPEAKS_OF_COLOURS));
        for (at, word) in words.iter().enumerate() {
            let Some(rgb) = colour(word) else { continue };
            // `Midnight blue` and `sage green` are one colour.
            let is_base = at > 0 && is_sure(word) && colour(&words[at - 1]).is_some() && !is_sure(&words[at - 1]);
            let parted = at > 0 && sentence.split_whitespace().nth(at - 1).is_some_and(|word| word.ends_with(','));
            if is_base && !parted {
                continue;
            }
            let near = |other: usize| words.get(other).is_some_and(|word| colour(word).is_some() && is_sure(word));
            let beside = (at.saturating_sub(3)..=at + 3).any(|other| other != at && near(other));
            if is_sure(word) || speaks || beside {
                let before = at.checked_sub(1).map(|at| words[at].as_str()).unwrap_or_default();
                let rgb = shaded(rgb, before);
                let list = if speaks { &mut found } else { &mut by_the_way };
                if !list.contains(&rgb) {
                    list.push(rgb);
                }
            }
        }
    }
    // `A black cat` counts for something only where no palette is spoken of.
    if found.len() > 1 {
        return found;
    }
    by_the_way.retain(|rgb| !found.contains(rgb));
    found.extend(by_the_way);
    found
}

fn shaded(rgb: [u8; 3], adjective: &str) -> [u8; 3] {
    match adjective {
        "dark" | "deep" => mix(rgb, [0x08, 0x0a, 0x14], 35),
        "light" | "pale" | "pastel" | "soft" => mix(rgb, [0xff; 3], 45),
        _ => rgb,
    }
}

fn mix(from: [u8; 3], to: [u8; 3], percent: u16) -> [u8; 3] {
    std::array::from_fn(|at| {
        let (from, to) = (u16::from(from[at]), u16::from(to[at]));
        u8::try_from((from * (100 - percent) + to * percent) / 100).unwrap_or(u8::MAX)
    })
}

/// How colourful a colour is: the distance of its channels.
fn chroma(rgb: [u8; 3]) -> u8 {
    let most = rgb.iter().max().copied().unwrap_or_default();
    most - rgb.iter().min().copied().unwrap_or_default()
}

/// The film's palette: named colours lead, colourful ones before greys and creams; another take begins with another one.
pub(super) fn palette(named: &[[u8; 3]], tone: Tone, take: u32, dice: &mut Dice) -> Vec<Colour> {
    const GREYISH: u8 = 60;
    let mut colours: Vec<[u8; 3]> = named.iter().copied().filter(|rgb| chroma(*rgb) >= GREYISH).collect();
    let turn = take as usize % colours.len().max(1);
    colours.rotate_left(turn);
    colours.extend(named.iter().copied().filter(|rgb| chroma(*rgb) < GREYISH));
    colours.truncate(5);
    if colours.is_empty() {
        let first: &[usize] = match tone {
            Tone::Calm => &[1, 4, 6],
            Tone::Energetic => &[2, 5, 0],
            Tone::Refined => &[3, 4, 1],
            Tone::Warm => &[7, 0, 1],
            Tone::Plain => &[6, 0, 5],
        };
        let at = dice.below(first.len());
        let set = SETS[first[(at + take as usize) % first.len()]];
        colours.extend(set);
    }
    for companion in companions(colours[0]) {
        let far = colours.iter().all(|rgb| distance(*rgb, companion) > 90);
        if colours.len() < 3 && far {
            colours.push(companion);
        }
    }
    colours.into_iter().map(Colour).collect()
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    (0..3).map(|at| u32::from(a[at].abs_diff(b[at]))).sum()
}

/// Colours that sit well with a leading one: from across the wheel, a cream, and a dark.
fn companions([red, green, blue]: [u8; 3]) -> [[u8; 3]; 4] {
    let is_warm = red > blue;
    let across = if is_warm { [0x1f, 0x8a, 0x9e] } else { [0xf2, 0xa5, 0x2a] };
    let second = if green > red && green > blue { [0xf0, 0x75, 0x62] } else { across };
    [second, [0xf4, 0xea, 0xd2], [0x22, 0x2c, 0x4a], across]
}
