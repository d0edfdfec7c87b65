//! Title and closing card.

use super::brush::Brush;
use super::canvas::mix;
use super::lettering::{Align, Setting};
use super::look::{darker, lighter, readable, text_on};
use super::motion::{ramp, settle, spring, sway};
use super::overlays::mark;
use super::paint::Paint;
use super::scenery;
use super::shots::Moment;
use crate::agent::dice::Dice;
use crate::agent::script::{Side, Theme};

/// How long after each other the words of a title appear.
const WORD_S: f32 = 0.11;

fn title_text<'a>(moment: &'a Moment<'_>) -> &'a str {
    moment.words().first().map_or(moment.script.title.as_str(), String::as_str)
}

pub(super) fn title_words(moment: &Moment<'_>) -> Vec<String> {
    let mut words = vec![title_text(moment).to_owned()];
    words.extend(moment.words().get(1).cloned());
    words.extend(moment.script.brand.iter().map(|brand| super::overlays::initials(brand)));
    words
}

/// The title over moving scenery, in one of three layouts.
pub(super) fn title(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    scenery::paint(brush, &moment.scenery(0));
    let (look, zones) = (moment.look, moment.zones);
    let (w, h) = (brush.w, brush.h);
    let ground = if look.is_dark { darker(look.ground, 0.2) } else { look.ground };
    let across = match (moment.shot.side, zones.is_upright) {
        (Side::Centre, _) | (_, true) => 0.5,
        (Side::Left, false) => 0.0,
        (Side::Right, false) => 1.0,
    };
    let [x, y, cw, ch] = zones.content;
    let layout = Dice(moment.seed ^ u64::from(moment.take)).below(2);
    let room = if across == 0.5 { cw * 0.9 } else { (cw * 0.66).min(118.0) };
    let left = x + (cw - room) * across;
    let (top, height) = (y + ch * 0.14, ch * 0.52);
    let largest = if zones.is_upright { 13.0 } else { 15.5 };
    let align = Align { across, down: 0.5 };
    let set = brush.letters().set(title_text(moment), [left, top, room, height], (largest, 4.0), 4, align);
    let came = settle(moment.seconds / 0.7);
    if across == 0.5 && layout == 0 {
        // A plate behind the lines.
        brush.everything(Paint::from(ground).alpha(0.42));
        let pad = 7.0;
        let plate = [set.x - pad * 1.4, set.y - pad, set.w + pad * 2.8, set.h + pad * 1.6 + 12.0];
        let grown = plate[3] * came;
        brush.round_rect(
            [plate[0], plate[1] + (plate[3] - grown) / 2.0, plate[2], grown],
            2.0,
            Paint::from(ground).alpha(0.90),
        );
        for (dy, thick) in [(0.0, 0.7), (plate[3] - 0.7, 0.7)] {
            brush.rect(plate[0] + plate[2] * (1.0 - came) / 2.0, plate[1] + dy, plate[2] * came, thick, look.pop);
        }
    } else if across == 0.5 {
        let paint = Paint::down(0.0, ground, h, ground).fading([0.55, 0.88, 0.62]);
        brush.everything(paint.via(0.42, ground));
    } else {
        let (near, far) = if across < 0.5 { (0.0, w) } else { (w, 0.0) };
        let paint = Paint::along((near, 0.0), ground, (far, 0.0), ground).fading([0.97, 0.86, 0.0]);
        brush.everything(paint.via(0.52, ground));
        if layout == 0 {
            let bar = if across < 0.5 { 0.0 } else { w - 2.0 };
            brush.rect(bar, h * (1.0 - came) / 2.0, 2.0, h * came, look.lead);
        }
    }
    animated(brush, &set, moment.seconds, |number| {
        if number % 5 == 4 { readable(look.lead, ground) } else { readable(look.text, ground) }
    });
    let line_y = set.y + set.h + 2.6;
    let long = (set.w * 0.45).clamp(12.0, 46.0) * settle((moment.seconds - 0.45) / 0.8);
    brush.rect(set.x + (set.w - long) * across, line_y, long, 1.1, look.lead);
    brush.rect(set.x + (set.w - long) * across, line_y, long * 0.3, 1.1, look.pop);
    if let Some(second) = moment.words().get(1) {
        let below = brush.letters().set(second, [left, line_y + 2.5, room, 9.0], (5.2, 2.4), 1, align);
        brush.faded(ramp(moment.seconds, 0.7, 1.2), |brush| {
            brush.write(&below, readable(mix(look.text, look.lead, 0.25), ground));
        });
    }
    if let Some(brand) = &moment.script.brand {
        let size = 11.0;
        let at =
            (set.x + (set.w - size) * across + size / 2.0, (set.y - size * 0.5 - 5.5).max(zones.margin + size / 2.0));
        if at.1 + size / 2.0 < set.y - 0.5 && !(across == 0.5 && layout == 0) {
            mark(brush, look, brand, at, size, brand.len() as u64, spring(moment.seconds / 0.6));
        }
    }
}

/// Words that rise into place one after the other.
fn animated(brush: &mut Brush<'_>, set: &Setting, seconds: f32, ink: impl Fn(usize) -> [u8; 3]) {
    for line in &set.lines {
        for word in &line.words {
            // The first frame already shows the title faintly: it is the film's poster.
            let came = settle((seconds - WORD_S * word.number as f32 + 0.12) / 0.5);
            brush.faded(0.25 + 0.75 * came, |brush| {
                let place = (word.x, line.baseline + (1.0 - came) * set.size * 0.4);
                brush.word(&word.text, place, set.size, ink(word.number));
            });
        }
    }
}

pub(super) fn closing_words(moment: &Moment<'_>) -> Vec<String> {
    let (name, action, rest) = closing_texts(moment);
    let mut words = vec![name.to_owned()];
    words.extend(action.map(str::to_owned));
    words.extend(rest.iter().map(|line| (*line).to_owned()));
    words.extend(moment.script.brand.iter().map(|brand| super::overlays::initials(brand)));
    words
}

/// The name, what to do, and what else there is to read.
fn closing_texts<'a>(moment: &'a Moment<'_>) -> (&'a str, Option<&'a str>, Vec<&'a str>) {
    let script = moment.script;
    let name = script.brand.as_deref().unwrap_or(&script.title);
    let lines: Vec<&str> = moment.words().iter().map(String::as_str).filter(|line| *line != name).collect();
    let action = script.call_to_action.as_deref();
    match action {
        Some(action) => (name, Some(action), lines.into_iter().filter(|line| *line != action).take(3).collect()),
        None => (name, lines.first().copied(), lines.into_iter().skip(1).take(3).collect()),
    }
}

pub(super) fn closing(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let (look, zones, seconds) = (moment.look, moment.zones, moment.seconds);
    let (w, h) = (brush.w, brush.h);
    let mut behind = moment.scenery(0);
    if Dice(moment.seed).chance(0.5) {
        behind.theme = Theme::Abstract;
    }
    scenery::paint(brush, &behind);
    let ground = if look.is_dark { look.ground } else { mix(look.lead, look.deep, 0.25) };
    brush.everything(
        Paint::around((w / 2.0, h * 0.42), w.max(h) * 0.7, ground, darker(ground, 0.35)).fading([0.93, 0.88, 0.8]),
    );
    let (name, action, rest) = closing_texts(moment);
    let [x, y, cw, ch] = zones.content;
    let centre = Align { across: 0.5, down: 0.5 };
    let mark_size = (ch * 0.26).min(if zones.is_upright { 30.0 } else { 20.0 });
    let mark_y = y + ch * 0.02 + mark_size / 2.0;
    let turn = spring(seconds / 0.8);
    for ring in 0..3_u8 {
        let grown = wrap_ring(seconds, f32::from(ring));
        let width = 0.35 * (1.0 - grown);
        if width > 0.03 && seconds > 0.4 {
            brush.arc(
                (w / 2.0, mark_y),
                mark_size * (0.56 + grown * 0.5),
                (0.0, 1.0),
                width,
                Paint::from(look.pop).alpha(1.0 - grown),
            );
        }
    }
    let brand = moment.script.brand.as_deref().unwrap_or(&moment.script.title);
    mark(brush, look, brand, (w / 2.0, mark_y), mark_size, brand.len() as u64, turn);
    let mut next = mark_y + mark_size / 2.0 + 2.5;
    let left_over = y + ch - next;
    let shares = if rest.is_empty() { (0.46, 0.34) } else { (0.38, 0.28) };
    let largest = if zones.is_upright { 12.0 } else { 11.0 };
    let set = brush.letters().set(name, [x, next, cw, left_over * shares.0], (largest, 3.0), 2, centre);
    let ink = text_on(ground);
    animated(brush, &set, seconds - 0.2, |_| ink);
    next += left_over * shares.0 + 1.0;
    if let Some(action) = action {
        button(brush, moment, action, [x, next, cw, left_over * shares.1 - 1.0]);
    }
    next += left_over * shares.1 + 0.8;
    let row = ((y + ch - next) / rest.len().max(1) as f32).min(7.5);
    for (number, line) in rest.iter().enumerate() {
        let at = next + row * number as f32;
        let set = brush.letters().set(line, [x, at, cw, row], (4.6, 2.0), 1, centre);
        brush.faded(ramp(seconds, 0.9 + 0.25 * number as f32, 1.5 + 0.25 * number as f32), |brush| {
            brush.write(&set, mix(ink, ground, 0.12));
        });
    }
}

fn wrap_ring(seconds: f32, ring: f32) -> f32 {
    (seconds * 0.35 + ring / 3.0).rem_euclid(1.0)
}

/// What the viewer is asked to do, on a plate like a button that breathes.
fn button(brush: &mut Brush<'_>, moment: &Moment<'_>, action: &str, area: [f32; 4]) {
    let (look, seconds) = (moment.look, moment.seconds);
    let [x, y, w, h] = area;
    let centre = Align { across: 0.5, down: 0.5 };
    let high = h.clamp(6.0, 15.0);
    let room = [x + 6.0, y + (h - high) / 2.0, w - 12.0, high];
    let rows = if moment.zones.is_upright { 3 } else { 2 };
    let set = brush.letters().set(action, room, (6.4, 2.4), rows, centre);
    let pulse = 1.0 + 0.018 * sway(seconds, 0.8, 0.0) * ramp(seconds, 1.2, 2.0);
    let came = spring((seconds - 0.5) / 0.6);
    let (cx, cy) = (x + w / 2.0, set.y + set.h / 2.0);
    brush.faded(ramp(seconds, 0.45, 0.75).max(0.12), |brush| {
        brush.at(cx, cy, came * pulse, |brush| {
            let (bw, bh) = ((set.w + 13.0).min(w), set.h + 5.2);
            let rect = [-bw / 2.0, -bh / 2.0, bw, bh];
            brush.round_rect([rect[0], rect[1] + 0.9, bw, bh], bh / 2.0, Paint::from([0, 0, 0]).alpha(0.25));
            brush.round_rect(
                rect,
                bh.min(14.0) / 2.0,
                Paint::down(-bh / 2.0, lighter(look.pop, 0.12), bh / 2.0, look.pop),
            );
            let glint = (seconds * 0.4).rem_euclid(1.6) - 0.3;
            let glint_x = rect[0] + bw * glint;
            brush.clipped([rect[0] + bh / 3.0, rect[1], bw - bh * 0.66, bh], |brush| {
                let slanted = [
                    (glint_x, rect[1]),
                    (glint_x + 4.0, rect[1]),
                    (glint_x + 1.0, rect[1] + bh),
                    (glint_x - 3.0, rect[1] + bh),
                ];
                brush.poly(&slanted, Paint::from([255; 3]).alpha(0.22));
            });
            brush.at(-cx, -cy, 1.0, |brush| brush.write(&set, text_on(look.pop)));
        });
    });
}
