//! Who there is to be cast.

use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Look, Rgb, darker, lighter};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Hair {
    Crop,
    SidePart,
    Bob,
    Long,
    Curly,
    Afro,
    Bun,
    Ponytail,
    Bald,
    Scarf,
    Quiff,
    Wavy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Clothes {
    Blazer,
    Suit,
    Turtleneck,
    Tee,
    Hoodie,
    Blouse,
    Overshirt,
    Cardigan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Beard {
    None,
    Stubble,
    Full,
    Moustache,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Glasses {
    None,
    Round,
    Square,
}

/// What a person looks like.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Person {
    pub(super) skin: Rgb,
    pub(super) hair: Hair,
    pub(super) hair_colour: Rgb,
    pub(super) clothes: Clothes,
    pub(super) colour: Rgb,
    pub(super) beard: Beard,
    pub(super) glasses: Glasses,
    /// From a narrow chin, 0, to a square one, 1.
    pub(super) jaw: f32,
    /// Half the width of the shoulders.
    pub(super) shoulders: f32,
    pub(super) brows: f32,
    pub(super) has_lashes: bool,
    pub(super) has_earrings: bool,
    pub(super) iris: Rgb,
}

const FAIR: Rgb = [0xf5, 0xcf, 0xb4];
const ROSY: Rgb = [0xee, 0xbd, 0x9d];
const OLIVE: Rgb = [0xdb, 0xa8, 0x7e];
const TAN: Rgb = [0xc4, 0x8b, 0x5f];
const BROWN: Rgb = [0x97, 0x62, 0x41];
const DEEP: Rgb = [0x6d, 0x44, 0x2e];
const RAVEN: Rgb = [0x24, 0x1e, 0x22];
const ESPRESSO: Rgb = [0x3d, 0x28, 0x20];
const CHESTNUT: Rgb = [0x6e, 0x40, 0x26];
const HONEY: Rgb = [0xc0, 0x8a, 0x48];
const COPPER: Rgb = [0xa8, 0x4e, 0x28];
const SILVER: Rgb = [0xc3, 0xc2, 0xc6];

const NOBODY: Person = Person {
    skin: FAIR,
    hair: Hair::Crop,
    hair_colour: RAVEN,
    clothes: Clothes::Tee,
    colour: [0x35, 0x50, 0x80],
    beard: Beard::None,
    glasses: Glasses::None,
    jaw: 0.5,
    shoulders: 19.0,
    brows: 1.0,
    has_lashes: false,
    has_earrings: false,
    iris: [0x4a, 0x2f, 0x20],
};

/// The cast: a script's `look` counts through it, again and again. Neighbours differ much.
pub(in crate::agent) const LOOKS: [Person; 12] = [
    Person {
        skin: BROWN,
        hair: Hair::Curly,
        hair_colour: ESPRESSO,
        clothes: Clothes::Blazer,
        colour: [0x2f, 0x4f, 0x86],
        jaw: 0.25,
        shoulders: 17.4,
        has_lashes: true,
        has_earrings: true,
        ..NOBODY
    },
    Person {
        skin: ROSY,
        hair: Hair::Quiff,
        hair_colour: CHESTNUT,
        clothes: Clothes::Overshirt,
        colour: [0x3f, 0x6b, 0x58],
        beard: Beard::Stubble,
        jaw: 0.8,
        shoulders: 20.4,
        brows: 1.2,
        iris: [0x4c, 0x6b, 0x52],
        ..NOBODY
    },
    Person {
        skin: FAIR,
        hair: Hair::Bob,
        hair_colour: COPPER,
        clothes: Clothes::Turtleneck,
        colour: [0x8a, 0x3c, 0x46],
        glasses: Glasses::Round,
        jaw: 0.2,
        shoulders: 16.8,
        has_lashes: true,
        iris: [0x46, 0x70, 0x8c],
        ..NOBODY
    },
    Person {
        skin: DEEP,
        hair: Hair::Crop,
        hair_colour: RAVEN,
        clothes: Clothes::Suit,
        colour: [0x2c, 0x33, 0x48],
        beard: Beard::Full,
        jaw: 0.75,
        shoulders: 20.8,
        brows: 1.15,
        ..NOBODY
    },
    Person {
        skin: OLIVE,
        hair: Hair::Scarf,
        hair_colour: RAVEN,
        clothes: Clothes::Cardigan,
        colour: [0x5c, 0x6f, 0x86],
        jaw: 0.3,
        shoulders: 17.2,
        has_lashes: true,
        ..NOBODY
    },
    Person {
        skin: FAIR,
        hair: Hair::Wavy,
        hair_colour: SILVER,
        clothes: Clothes::Cardigan,
        colour: [0x42, 0x56, 0x6e],
        glasses: Glasses::Square,
        beard: Beard::Moustache,
        jaw: 0.65,
        shoulders: 19.6,
        iris: [0x4f, 0x6d, 0x8a],
        ..NOBODY
    },
    Person {
        skin: TAN,
        hair: Hair::Long,
        hair_colour: RAVEN,
        clothes: Clothes::Blouse,
        colour: [0xb8, 0x6a, 0x4c],
        jaw: 0.22,
        shoulders: 16.9,
        has_lashes: true,
        has_earrings: true,
        ..NOBODY
    },
    Person {
        skin: TAN,
        hair: Hair::SidePart,
        hair_colour: ESPRESSO,
        clothes: Clothes::Hoodie,
        colour: [0x4a, 0x57, 0x9a],
        glasses: Glasses::Round,
        jaw: 0.55,
        shoulders: 19.4,
        ..NOBODY
    },
    Person {
        skin: DEEP,
        hair: Hair::Afro,
        hair_colour: RAVEN,
        clothes: Clothes::Tee,
        colour: [0xc9, 0x86, 0x34],
        jaw: 0.3,
        shoulders: 17.6,
        has_lashes: true,
        has_earrings: true,
        ..NOBODY
    },
    Person {
        skin: OLIVE,
        hair: Hair::Bald,
        hair_colour: ESPRESSO,
        clothes: Clothes::Turtleneck,
        colour: [0x38, 0x42, 0x4e],
        beard: Beard::Full,
        jaw: 0.7,
        shoulders: 20.6,
        brows: 1.3,
        ..NOBODY
    },
    Person {
        skin: ROSY,
        hair: Hair::Ponytail,
        hair_colour: HONEY,
        clothes: Clothes::Blazer,
        colour: [0x7d, 0x3d, 0x6b],
        jaw: 0.25,
        shoulders: 17.2,
        has_lashes: true,
        iris: [0x45, 0x74, 0x7c],
        ..NOBODY
    },
    Person {
        skin: BROWN,
        hair: Hair::Bun,
        hair_colour: RAVEN,
        clothes: Clothes::Blouse,
        colour: [0x2e, 0x72, 0x76],
        glasses: Glasses::Square,
        jaw: 0.28,
        shoulders: 17.0,
        has_lashes: true,
        ..NOBODY
    },
];

impl Person {
    /// Whether what they wear goes under a vest.
    pub(in crate::agent) fn is_at_work(&self) -> bool {
        matches!(self.clothes, Clothes::Tee | Clothes::Hoodie | Clothes::Overshirt)
    }

    pub(in crate::agent) fn cast(look: u32) -> &'static Self {
        &LOOKS[look as usize % LOOKS.len()]
    }
}

/// A person's colours in a film: clothes go with its palette.
#[derive(Clone, Copy)]
pub(super) struct Shades {
    pub(super) skin: Rgb,
    pub(super) skin_light: Rgb,
    pub(super) skin_shade: Rgb,
    pub(super) skin_deep: Rgb,
    pub(super) hair: Rgb,
    pub(super) hair_light: Rgb,
    pub(super) hair_shade: Rgb,
    pub(super) cloth: Rgb,
    pub(super) cloth_light: Rgb,
    pub(super) cloth_shade: Rgb,
    pub(super) shirt: Rgb,
    pub(super) accent: Rgb,
    pub(super) lips: Rgb,
}

impl Shades {
    pub(super) fn new(person: &Person, look: &Look) -> Self {
        let skin = mix(person.skin, look.lead, 0.02);
        let warm = mix(skin, [0x9c, 0x3a, 0x2c], 0.22);
        let cloth = mix(person.colour, look.lead, 0.38);
        // Hair that is black all over has no form.
        let hair = mix(person.hair_colour, look.second, 0.04);
        Self {
            skin,
            skin_light: mix(skin, [0xff, 0xf2, 0xe2], 0.2),
            skin_shade: darker(warm, 0.1),
            skin_deep: darker(warm, 0.3),
            hair,
            hair_light: mix(lighter(hair, 0.16), look.pop, 0.1),
            hair_shade: darker(hair, 0.35),
            cloth,
            cloth_light: lighter(cloth, 0.12),
            cloth_shade: darker(cloth, 0.28),
            shirt: mix([0xf4, 0xf1, 0xea], look.pale, 0.4),
            accent: look.pop,
            lips: mix(skin, [0xa8, 0x2c, 0x3a], if person.has_lashes { 0.5 } else { 0.3 }),
        }
    }
}
