//! Shots of the presenter: a drawn person in a set, or the picture that was handed in.

use super::brush::Brush;
use super::canvas::mix;
use super::look::{darker, readable};
use super::motion::{hash, ramp, settle, smooth, sway};
use super::overlays;
use super::paint::Paint;
use super::person::{self, Person, Pose};
use super::picture::Portrayed;
use super::scenery;
use super::shots::Moment;
use crate::agent::dice::Dice;
use crate::agent::script::{Camera, Side};

/// Bars of the voice beside a picture that cannot move its mouth.
const BARS: u8 = 9;

pub(super) fn paint(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    match moment.portrayed {
        Some(portrayed) => pictured(brush, moment, portrayed),
        None => drawn(brush, moment),
    }
    overlays::lower_third(brush, moment);
}

fn drawn(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let (w, h) = (brush.w, brush.h);
    let mut dice = Dice(moment.seed ^ 0xca57);
    let light = if dice.chance(0.5) { -1.0 } else { 1.0 };
    scenery::set(brush, &moment.scenery(7));
    let person = Person::cast(moment.script.presenter.look);
    let pose = Pose::speaking(
        u64::from(moment.script.presenter.look),
        moment.seconds,
        moment.film_s,
        moment.mouth,
        moment.speech,
    );
    let is_upright = moment.zones.is_upright;
    // Two sizes of shot: from the waist, or closer.
    let is_close = dice.chance(0.4);
    let scale = match (is_upright, is_close) {
        (true, true) => 1.5,
        (true, false) => 1.26,
        (false, true) => 1.34,
        (false, false) => 1.12,
    };
    let off = if is_upright { 0.03 } else { (0.2 * (w - 90.0) / 80.0).clamp(0.04, 0.2) };
    let x = w
        * (0.5
            + match moment.shot.side {
                Side::Left => -off,
                Side::Centre => 0.0,
                Side::Right => off,
            });
    let top = if is_upright { h * 0.25 } else { h * if is_close { 0.07 } else { 0.11 } };
    let y = top + person::HEAD_TOP * scale;
    moment.view.layer(brush, 1.0, |brush| {
        // Light on the wall behind parts the person from the set.
        brush.glow(
            x + light * 18.0,
            y - 16.0 * scale,
            52.0 * scale,
            mix(moment.look.pale, moment.look.pop, 0.25),
            0.30,
        );
        brush.at(x, y, scale, |brush| person::paint(brush, person, &pose, moment.look, light));
    });
    // The floor of the picture is darker: captions and plates lie there.
    let shade = darker(moment.look.deep, 0.5);
    brush.everything(Paint::down(h * 0.55, shade, h, shade).fading([0.0, 0.12, 0.5]));
}

fn pictured(brush: &mut Brush<'_>, moment: &Moment<'_>, portrayed: &Portrayed) {
    let (look, zones) = (moment.look, moment.zones);
    let (w, h) = (brush.w, brush.h);
    let share = smooth(moment.share.min(1.0)) * 0.5 + moment.share.min(1.2) * 0.5;
    let zoom = match moment.shot.camera {
        Camera::PullOut => 1.22 - 0.16 * share,
        Camera::Still => 1.06 + 0.02 * share,
        Camera::PushIn | Camera::PanLeft | Camera::PanRight | Camera::Tilt => 1.05 + 0.16 * share,
    };
    let pan = 0.025 * (share - 0.5);
    let shift = match moment.shot.camera {
        Camera::PanLeft => (-pan, 0.0),
        Camera::PanRight => (pan, 0.0),
        Camera::Tilt => (0.0, pan),
        Camera::Still | Camera::PushIn | Camera::PullOut => (0.0, 0.0),
    };
    // The head of somebody who speaks is never quite still.
    let shift = (
        shift.0 + 0.0015 * sway(moment.film_s, 0.31, 0.0),
        shift.1 + 0.002 * sway(moment.film_s, 0.23, 0.4) - 0.003 * moment.mouth,
    );
    if moment.shot.side == Side::Centre || (zones.is_upright && moment.seed.is_multiple_of(2)) {
        portrayed.paint(brush, [0.0, 0.0, w, h], 0.0, zoom * 1.04, shift);
        vignette(brush, moment);
        let line = 0.5;
        let [x, y, fw, fh] = [2.4, 2.4, w - 4.8, h - 4.8 - zones.rule[3]];
        let came = settle(moment.seconds / 0.8);
        for rect in [
            [x, y, fw * came, line],
            [x + fw * (1.0 - came), y + fh, fw * came, line],
            [x, y + fh * (1.0 - came), line, fh * came],
            [x + fw, y, line, fh * came],
        ] {
            brush.rect(rect[0], rect[1], rect[2], rect[3], Paint::from(look.pop).alpha(0.75));
        }
        bars(brush, moment, (zones.margin, zones.margin + 3.0));
        return;
    }
    let mut behind = moment.scenery(7);
    behind.view = behind.view.closer(1.05);
    scenery::set(brush, &behind);
    brush.everything(Paint::from(look.ground).alpha(0.58));
    let is_left = moment.shot.side == Side::Left;
    let floor = zones.plates[1] + zones.plates[3];
    let frame = if zones.is_upright {
        [w * 0.08, h * 0.13, w * 0.84, h * 0.56]
    } else {
        let fw = (w * 0.42).min(h * 0.8);
        let top = h * 0.08;
        [
            if is_left { w * 0.07 } else { w - zones.margin - zones.bug[2] - 3.5 - fw },
            top,
            fw,
            (floor - top).max(h * 0.6),
        ]
    };
    let [x, y, fw, fh] = frame;
    let came = settle(moment.seconds / 0.6);
    let off = (1.0 - came) * 6.0 * if is_left { -1.0 } else { 1.0 };
    brush.at(off, 0.0, 1.0, |brush| {
        brush.round_rect([x + 1.6, y + 2.0, fw, fh], 3.0, Paint::from([0, 0, 0]).alpha(0.3));
        let back = if is_left { -2.0 } else { 2.0 };
        brush.round_rect([x + back, y - 1.6, fw, fh], 3.0, look.lead);
        brush.round_rect([x - 0.7, y - 0.7, fw + 1.4, fh + 1.4], 3.2, look.pop);
        portrayed.paint(brush, frame, 2.8, zoom, shift);
    });
    let bars_at = if zones.is_upright {
        (x + 3.0, y + fh + 6.0)
    } else if is_left {
        (x + fw + 8.0, h * 0.3)
    } else {
        (zones.margin + 2.0, h * 0.3)
    };
    if !zones.is_upright {
        let room = [bars_at.0, h * 0.36, w - fw - w * 0.07 - zones.margin - 12.0, h * 0.24];
        let align = super::lettering::Align { across: 0.0, down: 0.0 };
        let set = brush.letters().set(&moment.scene.heading, room, (8.4, 3.0), 3, align);
        let ink = readable(look.text, look.ground);
        brush.faded(ramp(moment.seconds, 0.2, 0.8).max(0.1), |brush| brush.write(&set, ink));
    }
    bars(brush, moment, bars_at);
}

fn vignette(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let (w, h) = (brush.w, brush.h);
    let shade = darker(moment.look.deep, 0.4);
    brush.everything(
        Paint::around((w / 2.0, h * 0.45), w.hypot(h) * 0.56, shade, shade).via(0.55, shade).fading([0.0, 0.0, 0.62]),
    );
    brush.everything(Paint::down(h * 0.5, shade, h, shade).fading([0.0, 0.1, 0.5]));
}

/// Bars that move with the voice.
fn bars(brush: &mut Brush<'_>, moment: &Moment<'_>, (x, y): (f32, f32)) {
    let look = moment.look;
    let wide = f32::from(BARS) * 1.7 + 1.6;
    brush.round_rect([x - 1.8, y - 3.4, wide + 2.0, 6.8], 3.4, Paint::from(darker(look.deep, 0.2)).alpha(0.75));
    for bar in 0..BARS {
        let phase = hash(11, bar.into());
        let wave = 0.5 + 0.5 * sway(moment.film_s, 1.7 + 1.6 * phase, phase);
        let middle = 1.0 - (f32::from(bar) / f32::from(BARS - 1) - 0.5).abs();
        let high = 0.7 + 4.2 * moment.mouth * (0.25 + 0.75 * wave) * middle;
        let colour = mix(look.pop, [0xff; 3], 0.25);
        brush.round_rect([x + f32::from(bar) * 1.7, y - high / 2.0, 1.0, high], 0.5, colour);
    }
}
