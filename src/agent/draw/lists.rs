//! Bullets, montage and counter.

use super::brush::Brush;
use super::canvas::{mix, round};
use super::lettering::{Align, Letters};
use super::look::{WHITE, darker, lighter, readable, text_on};
use super::motion::{hash, ramp, settle, smooth, spring};
use super::overlays;
use super::paint::Paint;
use super::scenery;
use super::shots::Moment;
use super::zones::Area;
use crate::agent::dice::Dice;
use crate::agent::script::{Side, Theme};

/// More points than this are too small to be read.
const BULLETS: usize = 6;
/// The shortest time that a picture of a montage is seen.
const TURN_S: f32 = 0.6;

/// When point `number` of `count` appears, in seconds since the shot began.
fn due(moment: &Moment<'_>, number: usize, count: usize) -> f32 {
    let first = 0.25_f32.min(moment.length_s * 0.08);
    first + moment.length_s * 0.62 * number as f32 / count.max(1) as f32
}

pub(super) fn bullet_words(moment: &Moment<'_>) -> Vec<String> {
    let points = &moment.words()[..moment.words().len().min(BULLETS)];
    let shown = |number: &usize| moment.seconds >= due(moment, *number, points.len());
    let mut words = vec![moment.scene.heading.clone()];
    words.extend((0..points.len()).filter(shown).map(|number| points[number].clone()));
    words
}

/// Scenery on one side, the list on the other; one above the other in an upright picture.
pub(super) fn bullets(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let (look, zones) = (moment.look, moment.zones);
    let (w, h) = (brush.w, brush.h);
    let [cx, cy, cw, ch] = zones.content;
    let is_left = moment.shot.side != Side::Right;
    brush.everything(Paint::down(0.0, look.ground, h, mix(look.ground, look.raised, 0.7)));
    let (window, list): (Area, Area) = if zones.is_upright {
        ([0.0, 0.0, w, h * 0.34], [cx, h * 0.34 + 4.0, cw, cy + ch - h * 0.34 - 4.0])
    } else {
        let cut = w * 0.4;
        let list_w = w - cut - zones.margin * 2.0;
        if is_left {
            ([w - cut, 0.0, cut, h], [zones.margin, cy, list_w, ch])
        } else {
            ([0.0, 0.0, cut, h], [cut + zones.margin, cy, list_w, ch])
        }
    };
    let came = settle(moment.seconds / 0.6);
    let mut shown = window;
    if zones.is_upright {
        shown[3] *= came;
    } else {
        shown[0] += if is_left { window[2] * (1.0 - came) } else { 0.0 };
        shown[2] *= came;
    }
    let mut beside = moment.scenery(0);
    if beside.theme == Theme::Product {
        // `No app to install` is no phone: the points are about the thing of the whole film.
        (beside.hints[0], beside.hints[1]) = ("", "");
    }
    brush.clipped(shown, |brush| brush.framed(window, |brush| scenery::paint(brush, &beside)));
    let seam = if zones.is_upright {
        [0.0, shown[3] - 0.5, w, 1.0]
    } else if is_left {
        [shown[0] - 0.5, 0.0, 1.0, h]
    } else {
        [shown[0] + shown[2] - 0.5, 0.0, 1.0, h]
    };
    brush.rect(seam[0], seam[1], seam[2], seam[3], look.pop);
    points(brush, moment, list);
}

fn points(brush: &mut Brush<'_>, moment: &Moment<'_>, [x, y, w, h]: Area) {
    let look = moment.look;
    let points = &moment.words()[..moment.words().len().min(BULLETS)];
    let left = Align { across: 0.0, down: 0.5 };
    let head_h = (h * 0.24).min(22.0);
    let head = brush.letters().set(&moment.scene.heading, [x, y, w, head_h], (8.6, 3.6), 2, left);
    let came = settle(moment.seconds / 0.5);
    brush.faded(came.max(0.2), |brush| brush.write(&head, look.text));
    let rule = (w * 0.32).min(30.0) * settle((moment.seconds - 0.2) / 0.7);
    brush.rect(x, y + head_h + 0.6, rule, 0.9, look.lead);
    brush.rect(x, y + head_h + 0.6, rule * 0.35, 0.9, look.pop);
    let first = y + head_h + 4.0;
    let row = ((y + h - first) / points.len().max(1) as f32).min(19.0);
    let marks = Dice(moment.seed).below(3);
    let size = points.iter().map(|point| {
        let area = [0.0, 0.0, w - row.min(11.0) - 4.0, row * 0.92];
        brush.letters().set(point, area, (6.4, 2.8), 2, left).size
    });
    let size = size.fold(6.4, f32::min);
    for (number, point) in points.iter().enumerate() {
        let since = moment.seconds - due(moment, number, points.len());
        if since < 0.0 {
            continue;
        }
        let came = settle(since / 0.45);
        let top = first + row * number as f32;
        let slide = (1.0 - came) * 7.0;
        let colour = [look.lead, look.pop, look.second][number % 3];
        let seen = |colour: &super::look::Rgb| super::look::contrast(*colour, look.ground) >= 1.5;
        let colour = [colour, look.lead, look.pop].into_iter().find(seen).unwrap_or(look.text);
        let (bx, by, radius) = (x + row.min(11.0) * 0.42, top + row / 2.0, row.min(11.0) * 0.36 * spring(since / 0.5));
        match marks {
            0 => {
                brush.circle(bx, by, radius, colour);
                let tick = [
                    (bx - radius * 0.45, by),
                    (bx - radius * 0.1, by + radius * 0.38),
                    (bx + radius * 0.5, by - radius * 0.38),
                ];
                brush.line(&tick, radius * 0.24, text_on(colour));
            }
            1 => {
                brush.round_rect([bx - radius, by - radius, radius * 2.0, radius * 2.0], radius * 0.5, colour);
                let text = format!("{}", number + 1);
                let middle = Align { across: 0.5, down: 0.5 };
                let set = brush.letters().set(
                    &text,
                    [bx - radius, by - radius, radius * 2.0, radius * 2.0],
                    (radius * 1.2, 0.2),
                    1,
                    middle,
                );
                brush.write(&set, text_on(colour));
            }
            _ => {
                brush.poly(&[(bx, by - radius), (bx + radius, by), (bx, by + radius), (bx - radius, by)], colour);
                brush.circle(bx, by, radius * 0.34, text_on(colour));
            }
        }
        let room = [x + row.min(11.0) + 1.5 - slide, top, w - row.min(11.0) - 1.5, row];
        let set = brush.letters().set(point, room, (size, size * 0.8), 2, left);
        brush.faded(came, |brush| brush.write(&set, look.text));
    }
}

/// How many pictures a montage has, which one is seen, and since when.
fn turn(moment: &Moment<'_>) -> (usize, f32, f32) {
    let most = usize::try_from(round((moment.length_s / TURN_S).floor())).unwrap_or(1).max(1);
    let wanted = moment.words().len();
    let count = if wanted >= 3 {
        wanted
    } else if wanted > 0 {
        wanted * 2
    } else {
        4
    }
    .min(most);
    let each_s = moment.length_s / count as f32;
    let number = usize::try_from(round((moment.seconds / each_s).floor())).unwrap_or(0).min(count - 1);
    (number, moment.seconds - each_s * number as f32, each_s)
}

fn montage_label<'a>(moment: &'a Moment<'_>, number: usize) -> Option<&'a str> {
    let words = moment.words();
    words.get(number % words.len().max(1)).map(String::as_str)
}

pub(super) fn montage_words(moment: &Moment<'_>) -> Vec<String> {
    montage_label(moment, turn(moment).0).map(str::to_owned).into_iter().collect()
}

pub(super) fn montage(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let (look, zones) = (moment.look, moment.zones);
    let (w, h) = (brush.w, brush.h);
    let (number, since, each_s) = turn(moment);
    let layout = (Dice(moment.seed).below(3) + number) % 3;
    let picture = |brush: &mut Brush<'_>, number: usize, zoom: f32| {
        // What its label names; or else, the pictures of the theme in turn.
        let label = montage_label(moment, number).map(str::to_lowercase).unwrap_or_default();
        let mut scenery = moment.scenery(number as u64);
        if let Some((theme, variant)) = scenery::labelled(&label, moment.shot.theme, moment.hints[2]) {
            (scenery.theme, scenery.variant) = (theme, variant);
        }
        scenery.hints[0] = &label;
        scenery.view = scenery.view.closer(zoom);
        scenery::paint(brush, &scenery);
    };
    let punch = 1.16 - 0.12 * settle(since / each_s.max(0.3));
    if layout == 1 {
        // Two side by side, one of them the next.
        let gap = 0.9;
        let (one, other): (Area, Area) = if zones.is_upright {
            ([0.0, 0.0, w, h * 0.58 - gap], [0.0, h * 0.58 + gap, w, h * 0.42 - gap])
        } else {
            ([0.0, 0.0, w * 0.62 - gap, h], [w * 0.62 + gap, 0.0, w * 0.38 - gap, h])
        };
        brush.everything(look.ground);
        brush.framed(one, |brush| picture(brush, number, punch));
        brush.framed(other, |brush| picture(brush, number + 1, punch * 1.1));
    } else {
        picture(brush, number, punch);
        if layout == 2 {
            let inset = zones.margin * 0.7;
            let frame = look.pale;
            for [x, y, fw, fh] in
                [[0.0, 0.0, w, inset], [0.0, h - inset, w, inset], [0.0, 0.0, inset, h], [w - inset, 0.0, inset, h]]
            {
                brush.rect(x, y, fw, fh, frame);
            }
        }
    }
    let flash = 1.0 - since / 0.14;
    if flash > 0.0 && number > 0 {
        brush.everything(Paint::from(lighter(look.pop, 0.5)).alpha(flash * 0.55));
    }
    if let Some(text) = montage_label(moment, number) {
        let shown = settle(since / 0.22)
            * (1.0 - ramp(since, each_s - 0.12, each_s) * if number + 1 < turn_count(moment) { 1.0 } else { 0.0 });
        overlays::tag(brush, look, zones.plates, (text, ""), number % 2 == 1 && !zones.is_upright, shown.max(0.02));
    }
}

fn turn_count(moment: &Moment<'_>) -> usize {
    let (_, _, each_s) = turn(moment);
    usize::try_from(round(moment.length_s / each_s)).unwrap_or(1)
}

/// A number in a text, what stands before and after it, and how many decimals it has.
struct Figure<'a> {
    before: &'a str,
    value: f32,
    decimals: usize,
    has_groups: bool,
    after: &'a str,
}

fn figure(text: &str) -> Option<Figure<'_>> {
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let rest = &text[start..];
    let end = rest.find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | ','))).unwrap_or(rest.len());
    let digits = rest[..end].trim_end_matches(['.', ',']);
    let has_groups = digits.split(',').skip(1).any(|group| group.split('.').next().is_some_and(|part| part.len() == 3));
    let plain = if has_groups { digits.replace(',', "") } else { digits.replace(',', ".") };
    let value = plain.parse().ok()?;
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    Some(Figure { before: &text[..start], value, decimals, has_groups, after: &rest[digits.len()..] })
}

fn counted(figure: &Figure<'_>, share: f32) -> String {
    let text = format!("{:.*}", figure.decimals, figure.value * share);
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if figure.has_groups && at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if rest.is_empty() { "" } else { "." };
    format!("{}{grouped}{point}{rest}{}", figure.before, figure.after)
}

/// The number as it stands now.
fn current(moment: &Moment<'_>) -> String {
    let text = moment.words().first().map_or("", String::as_str);
    figure(text).map_or_else(|| text.to_owned(), |figure| counted(&figure, grown(moment)))
}

fn grown(moment: &Moment<'_>) -> f32 {
    settle(moment.seconds / (moment.length_s * 0.55).clamp(0.4, 2.6))
}

pub(super) fn counter_words(moment: &Moment<'_>) -> Vec<String> {
    let mut words = vec![current(moment)];
    words.extend(moment.words().iter().skip(1).take(2).cloned());
    words
}

pub(super) fn counter(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let (look, zones) = (moment.look, moment.zones);
    let (w, h) = (brush.w, brush.h);
    let ground = if Dice(moment.seed).chance(0.5) {
        look.ground
    } else {
        mix(look.lead, look.deep, if look.is_dark { 0.55 } else { 0.2 })
    };
    scenery::paint(brush, &moment.scenery(0));
    brush.everything(
        Paint::around((w / 2.0, h * 0.4), w.max(h) * 0.75, ground, darker(ground, 0.2)).fading([0.96, 0.92, 0.84]),
    );
    let [x, y, cw, ch] = zones.content;
    let text = moment.words().first().map_or("", String::as_str);
    let figure = figure(text);
    let grown = grown(moment);
    let is_share = text.contains('%');
    let (ink, bright) = (text_on(ground), readable(look.pop, ground));
    let (ring, words): (Area, Area) = if zones.is_upright {
        ([x, y, cw, ch * 0.6], [x, y + ch * 0.62, cw, ch * 0.3])
    } else {
        ([x, y, cw * 0.5, ch], [x + cw * 0.53, y + ch * 0.18, cw * 0.45, ch * 0.64])
    };
    let (cx, cy) = (ring[0] + ring[2] / 2.0, ring[1] + ring[3] / 2.0);
    let radius = ring[2].min(ring[3]) * 0.42;
    let middle = Align { across: 0.5, down: 0.5 };
    if is_share {
        let goal = figure.as_ref().map_or(1.0, |figure| (figure.value / 100.0).clamp(0.0, 1.0));
        brush.arc((cx, cy), radius, (0.0, 1.0), radius * 0.16, mix(ground, ink, 0.16));
        brush.arc((cx, cy), radius, (0.0, (goal * grown).max(0.002)), radius * 0.16, bright);
        brush.circle(cx, cy, radius * 0.8, Paint::from(ground).alpha(0.5));
    } else {
        let area = [cx - radius * 1.25, cy - radius * 0.9, radius * 2.5, radius * 1.9];
        let colours = (mix(ground, ink, 0.18), bright);
        let is_money = text.contains(['€', '$', '£']) || text.contains("euro") || text.contains("dollar");
        if is_money && text.len().is_multiple_of(2) {
            coins(brush, moment, area, colours);
        } else {
            bars(brush, moment, area, colours);
        }
    }
    let shown = current(moment);
    let area = if is_share {
        [cx - radius * 0.74, cy - radius * 0.4, radius * 1.48, radius * 0.8]
    } else {
        [words[0], words[1], words[2], words[3] * 0.5]
    };
    let align = if is_share || zones.is_upright { middle } else { Align { across: 0.0, down: 1.0 } };
    // Set as large as its goal allows, so that it does not jump while it counts.
    let size = brush.letters().set(&Letters::plain(text), area, (24.0, 4.0), 1, align).size;
    let set = brush.letters().set(&shown, area, (size, size * 0.8), 1, align);
    brush.write(&set, if is_share { ink } else { bright });
    let label = moment.words().get(1).map_or(moment.scene.heading.as_str(), String::as_str);
    let below = if is_share { words } else { [words[0], words[1] + words[3] * 0.54, words[2], words[3] * 0.46] };
    let align = Align {
        across: if zones.is_upright { 0.5 } else { 0.0 },
        down: if is_share && !zones.is_upright { 0.5 } else { 0.0 },
    };
    let set = brush.letters().set(label, below, (8.0, 3.0), 3, align);
    brush.faded(ramp(moment.seconds, 0.15, 0.7).max(0.1), |brush| brush.write(&set, ink));
}

/// Bars that grow, the last one the longest and brightest.
fn bars(brush: &mut Brush<'_>, moment: &Moment<'_>, [x, y, w, h]: Area, (quiet, bright): ([u8; 3], [u8; 3])) {
    let count = 6_u8;
    let step = w / f32::from(count);
    for bar in 0..count {
        let share = f32::from(bar) / f32::from(count - 1);
        let uneven = if bar + 1 == count { 0.18 } else { 0.12 * hash(moment.seed, bar.into()) };
        let goal = 0.2 + 0.62 * smooth(share) + uneven;
        let grown = settle((moment.seconds - f32::from(bar) * 0.14) / 1.0);
        let high = h * (goal.min(1.0) * grown).max(0.02);
        let colour = if bar + 1 == count { bright } else { mix(quiet, bright, share * 0.35) };
        brush.round_rect([x + step * f32::from(bar), y + h - high, step * 0.68, high], step * 0.14, colour);
    }
    brush.rect(x, y + h, w, 0.5, mix(quiet, WHITE, 0.2));
}

/// Coins that pile up, the last pile the highest.
fn coins(brush: &mut Brush<'_>, moment: &Moment<'_>, [x, y, w, h]: Area, (quiet, bright): ([u8; 3], [u8; 3])) {
    let piles = [3_u8, 5, 9];
    let (step, thick) = (w / 3.0, h / 11.0);
    for (pile, count) in (0_u8..).zip(piles) {
        let middle = x + step * (f32::from(pile) + 0.5);
        let colour = if pile == 2 { bright } else { mix(quiet, bright, 0.2 + 0.2 * f32::from(pile)) };
        for coin in 0..count {
            let since = moment.seconds - 0.1 * f32::from(coin) - 0.25 * f32::from(pile);
            let fallen = settle(since / 0.5);
            if fallen <= 0.0 {
                continue;
            }
            let shift = step * 0.05 * (hash(moment.seed, u64::from(pile * 16 + coin)) - 0.5);
            let level = y + h - thick * (f32::from(coin) + 0.6) - (1.0 - fallen) * h * 0.5;
            let (left, half) = (middle + shift, step * 0.4);
            brush.faded(fallen, |brush| {
                let edge = mix(colour, [0; 3], 0.28);
                brush.ellipse(left, level + thick * 0.5, half, half * 0.24, edge);
                brush.rect(left - half, level - thick * 0.3, half * 2.0, thick * 0.8, edge);
                brush.ellipse(left, level - thick * 0.3, half, half * 0.24, colour);
                brush.ellipse(left, level - thick * 0.3, half * 0.7, half * 0.16, mix(colour, WHITE, 0.25));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_in_their_own_form() {
        for (text, half, whole) in [
            ("42 %", "21 %", "42 %"),
            ("$1,200 saved", "$600 saved", "$1,200 saved"),
            ("4.8/5", "2.4/5", "4.8/5"),
            ("over 10,000 people", "over 5,000 people", "over 10,000 people"),
            ("3x", "2x", "3x"),
        ] {
            let figure = figure(text).expect("it has a number");
            assert_eq!(counted(&figure, 0.5), half);
            assert_eq!(counted(&figure, 1.0), whole);
        }
        assert!(figure("no number").is_none());
    }
}
