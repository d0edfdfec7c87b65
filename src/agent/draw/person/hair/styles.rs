//! The hair styles, as points around the middle of the head.

use crate::agent::draw::paint::Point;
use crate::agent::draw::person::cast::Hair;

/// One style: what is seen behind head and neck, and what before forehead and temples.
pub(super) struct Style {
    pub(super) back: Back,
    pub(super) front: Front,
    /// Lines of light over the front.
    pub(super) strands: &'static [[Point; 3]],
}

pub(super) enum Back {
    Nothing,
    /// Hair in its own colour, or in its shade.
    Hair {
        outline: Outline,
        is_shaded: bool,
    },
    /// The same below a knot on top of the head.
    Knot(Outline),
    /// Curls all around the head, those below `floor` left out.
    Curls {
        radii: Point,
        size: f32,
        count: u64,
        floor: f32,
    },
    Cloth(Outline),
}

pub(super) enum Front {
    /// Closed lines, the last one on top.
    Locks(&'static [Outline]),
    Curls(Curls),
    /// What is left over the ears.
    Temples(Outline),
    /// Cloth between two closed lines.
    Band {
        outer: Outline,
        inner: Outline,
    },
}

/// A smooth closed line.
#[derive(Clone, Copy)]
pub(super) struct Outline {
    pub(super) points: &'static [Point],
    pub(super) is_mirrored: bool,
    /// Below which height its ends hang free, and how much of the head's swing they take.
    pub(super) hangs: (f32, f32),
}

/// Single curls: middle and radius of each.
pub(super) struct Curls {
    pub(super) curls: &'static [(f32, f32, f32)],
    /// Tells their shades.
    pub(super) seed: u64,
    /// How light the lightest one is.
    pub(super) light: f32,
    pub(super) shines: bool,
}

const NOWHERE: f32 = f32::INFINITY;

const fn outline(points: &'static [Point]) -> Outline {
    Outline { points, is_mirrored: false, hangs: (NOWHERE, 0.0) }
}

const fn hanging(points: &'static [Point], below: f32, share: f32) -> Outline {
    Outline { points, is_mirrored: false, hangs: (below, share) }
}

const fn mirrored(outline: Outline) -> Outline {
    Outline { is_mirrored: true, ..outline }
}

/// How a style is drawn.
pub(super) fn style(hair: Hair) -> &'static Style {
    match hair {
        Hair::Crop => &CROP,
        Hair::SidePart => &SIDE_PART,
        Hair::Bob => &BOB,
        Hair::Long => &LONG,
        Hair::Curly => &CURLY,
        Hair::Afro => &AFRO,
        Hair::Bun => &BUN,
        Hair::Ponytail => &PONYTAIL,
        Hair::Bald => &BALD,
        Hair::Scarf => &SCARF,
        Hair::Quiff => &QUIFF,
        Hair::Wavy => &WAVY,
    }
}

/// Short hair from behind.
const SHORT: Back = Back::Hair { outline: CAP, is_shaded: true };
const CAP: Outline = outline(&[
    (0.0, -14.2), (7.6, -12.2), (10.4, -6.0), (9.9, 2.4), (0.0, 4.0), (-9.9, 2.4), (-10.4, -6.0), (-7.6, -12.2),
]);

const CROP: Style = Style {
    back: SHORT,
    front: Front::Locks(&[outline(&[
        (-9.7, -1.0), (-10.2, -6.5), (-7.6, -12.6), (0.0, -14.9), (7.6, -12.6), (10.2, -6.5), (9.7, -1.0), (8.9, -4.6),
        (7.3, -8.3), (3.4, -9.5), (-3.4, -9.5), (-7.3, -8.3), (-8.9, -4.6),
    ])]),
    strands: &[],
};

const SIDE_PART: Style = Style {
    back: SHORT,
    front: Front::Locks(&[outline(&[
        (-9.7, 0.4), (-10.6, -6.0), (-8.0, -13.2), (-1.0, -16.4), (7.0, -14.4), (10.8, -7.4), (9.8, 0.2), (8.9, -4.6),
        (7.6, -7.4), (2.0, -8.2), (-3.6, -10.6), (-7.0, -8.0), (-8.8, -4.6),
    ])]),
    strands: &[[(-4.0, -11.0), (2.0, -13.6), (8.4, -9.4)], [(-3.0, -10.4), (2.4, -11.8), (8.2, -7.6)]],
};

const QUIFF: Style = Style {
    back: SHORT,
    front: Front::Locks(&[outline(&[
        (-9.6, -0.6), (-10.0, -6.5), (-8.6, -12.0), (-7.2, -16.4), (0.0, -18.6), (7.0, -16.8), (9.6, -11.0), (10.0, -6.0),
        (9.6, -0.6), (8.8, -5.0), (6.6, -9.4), (0.0, -10.4), (-6.0, -9.2), (-8.8, -5.0),
    ])]),
    strands: &[[(-5.6, -10.0), (-4.0, -14.6), (1.4, -17.2)], [(-1.0, -10.6), (1.4, -14.2), (6.0, -15.4)]],
};

const WAVY: Style = Style {
    back: SHORT,
    front: Front::Locks(&[outline(&[
        (-9.9, 1.4), (-11.2, -4.0), (-10.0, -9.0), (-7.8, -14.0), (-2.4, -15.4), (2.6, -16.4), (8.2, -14.0), (10.8, -8.4),
        (11.0, -3.0), (9.9, 1.4), (8.9, -4.0), (7.0, -7.6), (3.0, -9.6), (-1.0, -8.6), (-5.0, -10.0), (-8.4, -5.6),
    ])]),
    strands: &[[(-6.6, -9.6), (-1.0, -13.6), (6.0, -12.4)], [(-2.0, -9.2), (3.4, -11.8), (8.6, -8.0)]],
};

const BOB: Style = Style {
    back: Back::Hair {
        outline: hanging(&[
            (0.0, -14.6), (8.0, -12.6), (11.6, -5.0), (12.4, 4.0), (11.4, 10.8), (7.4, 12.0), (0.0, 10.0), (-7.4, 12.0),
            (-11.4, 10.8), (-12.4, 4.0), (-11.6, -5.0), (-8.0, -12.6),
        ], 10.0, 0.3),
        is_shaded: true,
    },
    front: Front::Locks(&[
        outline(&[
            (-0.4, -14.8), (6.8, -14.2), (11.4, -8.0), (12.6, 1.0), (12.0, 9.6), (9.0, 10.6), (9.0, 2.0), (8.4, -4.4),
            (5.6, -8.6), (1.0, -11.0),
        ]),
        outline(&[
            (0.6, -14.8), (-6.4, -14.2), (-11.4, -8.0), (-12.6, 1.0), (-12.0, 9.6), (-9.0, 10.6), (-8.8, 2.0), (-7.6, -4.6),
            (-3.0, -8.6), (2.0, -11.0),
        ]),
    ]),
    strands: &[[(0.0, -14.0), (-7.0, -9.0), (-10.4, 2.0)], [(2.0, -13.6), (8.6, -8.0), (10.6, 3.0)]],
};

const LONG: Style = Style {
    back: Back::Hair {
        outline: hanging(&[
            (0.0, -14.4), (8.0, -12.4), (11.4, -5.0), (12.0, 8.0), (13.0, 22.0), (11.0, 33.0), (6.0, 31.0), (0.0, 24.0),
            (-6.0, 31.0), (-11.0, 33.0), (-13.0, 22.0), (-12.0, 8.0), (-11.4, -5.0), (-8.0, -12.4),
        ], 20.0, 1.0),
        is_shaded: true,
    },
    front: Front::Locks(&[mirrored(LONG_LOCK), LONG_LOCK]),
    strands: &[[(-1.0, -14.0), (-8.6, -8.0), (-10.6, 8.0)], [(1.0, -14.0), (8.6, -8.0), (10.6, 8.0)]],
};
const LONG_LOCK: Outline = hanging(&[
    (0.4, -14.6), (-6.6, -14.0), (-11.2, -7.6), (-11.8, 3.0), (-12.6, 14.0), (-12.6, 26.0), (-8.6, 28.0), (-9.0, 14.0),
    (-9.2, 2.0), (-8.0, -4.4), (-4.4, -8.6), (0.4, -11.8),
], 20.0, 1.0);

const CURLY: Style = Style {
    back: Back::Curls { radii: (13.0, 12.6), size: 3.9, count: 22, floor: 9.0 },
    front: Front::Curls(Curls {
        curls: &[
            (-9.4, -5.0, 2.7), (-8.0, -8.6, 2.9), (-5.0, -11.2, 3.0), (-1.4, -12.2, 3.0), (2.6, -12.0, 3.1),
            (6.2, -10.2, 3.0), (8.6, -7.4, 2.8), (9.7, -3.8, 2.4), (-9.9, -1.2, 2.1),
        ],
        seed: 11,
        light: 0.45,
        shines: true,
    }),
    strands: &[],
};

const AFRO: Style = Style {
    back: Back::Curls { radii: (15.2, 15.6), size: 4.2, count: 26, floor: 6.0 },
    front: Front::Curls(Curls {
        curls: &[
            (-9.2, -6.4, 2.6), (-6.6, -9.4, 2.7), (-3.0, -10.9, 2.6), (1.0, -11.2, 2.6), (4.8, -10.4, 2.7),
            (7.8, -8.0, 2.7), (9.4, -5.0, 2.3),
        ],
        seed: 13,
        light: 0.25,
        shines: false,
    }),
    strands: &[],
};

/// Combed back.
const COMBED: Front = Front::Locks(&[outline(&[
    (-9.8, -0.6), (-10.4, -6.4), (-7.8, -12.4), (0.0, -14.8), (7.8, -12.4), (10.4, -6.4), (9.8, -0.6), (9.0, -4.6),
    (6.4, -8.0), (0.6, -10.4), (-5.8, -8.6), (-8.8, -4.6),
])]);
const COMBED_STRANDS: [[Point; 3]; 2] =
    [[(-7.0, -8.4), (-3.0, -12.0), (2.0, -14.0)], [(1.0, -10.6), (5.0, -12.2), (7.4, -11.6)]];

const BUN: Style = Style { back: Back::Knot(CAP), front: COMBED, strands: &COMBED_STRANDS };

const PONYTAIL: Style =
    Style { back: Back::Hair { outline: CAP, is_shaded: false }, front: COMBED, strands: &COMBED_STRANDS };

const BALD: Style = Style {
    back: Back::Nothing,
    front: Front::Temples(outline(&[(9.5, 0.6), (9.9, -4.0), (8.9, -7.0), (8.7, -3.4), (8.7, 0.4)])),
    strands: &[],
};

const SCARF: Style = Style {
    back: Back::Cloth(outline(&[
        (0.0, -15.2), (8.6, -13.0), (12.2, -4.0), (12.4, 6.0), (12.8, 15.0), (8.0, 20.0), (0.0, 21.0), (-8.0, 20.0),
        (-12.8, 15.0), (-12.4, 6.0), (-12.2, -4.0), (-8.6, -13.0),
    ])),
    front: Front::Band {
        outer: outline(&[
            (0.0, -15.4), (8.4, -13.2), (12.0, -5.0), (12.2, 5.0), (9.4, 13.0), (0.0, 17.4), (-9.4, 13.0), (-12.2, 5.0),
            (-12.0, -5.0), (-8.4, -13.2),
        ]),
        inner: outline(&[
            (0.0, -9.8), (6.0, -8.4), (8.4, -2.6), (8.3, 3.6), (5.4, 9.6), (0.0, 12.2), (-5.4, 9.6), (-8.3, 3.6),
            (-8.4, -2.6), (-6.0, -8.4),
        ]),
    },
    strands: &[
        [(-6.0, -13.0), (-10.4, -5.0), (-10.2, 6.0)], [(6.0, -13.0), (10.4, -5.0), (10.2, 6.0)],
        [(-6.0, 13.0), (0.0, 15.6), (6.4, 12.6)],
    ],
};
