//! The stage as a whole.

use super::canvas::Canvas;
use super::sheet::contact_sheet;
use super::stage::Stage;
use crate::agent::script::{Camera, Cast, Colour, Scene, Script, Shot, ShotKind, Side, Theme, Tone, Transition};
use crate::agent::{Brief, Narration, Presenter, SpokenWord};

const KINDS: [ShotKind; 7] = [
    ShotKind::TitleCard,
    ShotKind::Presenter,
    ShotKind::BRoll,
    ShotKind::Bullets,
    ShotKind::Montage,
    ShotKind::Counter,
    ShotKind::ClosingCard,
];
const FRAMES: u32 = 24;
const RATE: u32 = 8;

fn brief(width: u32, height: u32) -> Brief {
    Brief {
        prompt: String::new(),
        presenter: Presenter::Chosen,
        width,
        height,
        duration_s: FRAMES * 7 / RATE,
        frame_rate: RATE,
        seed: 5,
        take: 0,
    }
}

/// A script with every kind of shot, three seconds each.
fn script(themes: &[Theme], captions: bool) -> Script {
    let transitions = [Transition::Cut, Transition::Dissolve, Transition::Wipe];
    let sides = [Side::Left, Side::Centre, Side::Right];
    let scenes = KINDS.iter().enumerate().map(|(number, kind)| Scene {
        heading: format!("Heading {number}"),
        narration: vec!["Some words.".to_owned()],
        shots: vec![Shot {
            kind: *kind,
            theme: themes[number % themes.len()],
            camera: [Camera::PushIn, Camera::PanLeft, Camera::Still, Camera::Tilt][number % 4],
            transition: transitions[number % 3],
            side: sides[number % 3],
            on_screen: vec!["420 pears".to_owned(), "sold fresh".to_owned(), "每日 🚀".to_owned()],
            frames: FRAMES,
        }],
    });
    Script {
        title: "Pears".to_owned(),
        brand: Some("Pear House".to_owned()),
        tone: Tone::Warm,
        palette: vec![Colour([0x24, 0x55, 0xc4]), Colour([0xf6, 0xec, 0xd8]), Colour([0xf0, 0x75, 0x62])],
        presenter: Cast { name: Some("Ada".to_owned()), look: 3 },
        call_to_action: Some("Taste one".to_owned()),
        frame_rate: RATE,
        captions,
        scenes: scenes.collect(),
    }
}

/// One word a second, the mouth open at every other frame.
fn narration() -> Narration {
    let words = ["alpha", "beta", "gamma", "delta", "omega"].iter().enumerate().map(|(number, text)| SpokenWord {
        text: (*text).to_owned(),
        scene: 0,
        sentence: number,
        start_s: number as f32,
        end_s: number as f32 + 0.9,
    });
    let mouth = (0..FRAMES * 7).map(|frame| if frame % 2 == 0 { 0 } else { 255 }).collect();
    Narration { words: words.collect(), mouth, ..Narration::default() }
}

/// How many samples of luma differ visibly, in a part of the picture.
fn changed(one: &Canvas, other: &Canvas, [x, y, w, h]: [usize; 4]) -> usize {
    let width = usize::try_from(one.width()).expect("it is positive");
    let samples = one.planes[0].samples.iter().zip(&other.planes[0].samples).enumerate();
    samples
        .filter(|(at, _)| (x..x + w).contains(&(at % width)) && (y..y + h).contains(&(at / width)))
        .filter(|(_, (one, other))| one.abs_diff(**other) > 6)
        .count()
}

fn same(one: &Canvas, other: &Canvas) -> bool {
    one.planes.iter().zip(&other.planes).all(|(one, other)| one.samples == other.samples)
}

#[test]
fn a_frame_is_the_same_whatever_was_painted_before_it() {
    let (brief, script, narration) = (brief(160, 90), script(&[Theme::City, Theme::Music], true), narration());
    let mut used = Stage::new(&brief, &script, &narration);
    for number in [10, 3, FRAMES, FRAMES + 1, 2 * FRAMES + 2, 3 * FRAMES, 5 * FRAMES + 4, 6 * FRAMES + 9] {
        used.paint(number + 7);
        let again = used.paint(number).clone();
        let fresh = Stage::new(&brief, &script, &narration).paint(number).clone();
        assert!(same(&again, &fresh), "frame {number}");
    }
}

#[test]
fn something_moves_in_every_kind_of_shot() {
    let (brief, script, narration) = (brief(320, 180), script(&[Theme::Sea, Theme::Data], false), narration());
    let mut stage = Stage::new(&brief, &script, &narration);
    for (number, kind) in (0..).zip(KINDS) {
        let middle = number * FRAMES + FRAMES / 2;
        let before = stage.paint(middle).clone();
        let moved = changed(&before, stage.paint(middle + 1), [0, 0, 320, 170]);
        assert!(moved > 40, "{kind:?}: {moved}");
    }
}

#[test]
fn the_mouth_follows_the_narration() {
    let (brief, script) = (brief(640, 360), script(&[Theme::Work], false));
    let open = narration();
    let closed = Narration { mouth: vec![0; (FRAMES * 7) as usize], ..narration() };
    let number = FRAMES + FRAMES / 2 + 1;
    let speaking = Stage::new(&brief, &script, &open).paint(number).clone();
    let silent = Stage::new(&brief, &script, &closed).paint(number).clone();
    assert!(changed(&speaking, &silent, [0, 40, 640, 200]) > 30);
}

#[test]
fn every_theme_is_painted_in_the_films_colours_and_differs_from_the_others() {
    const ALL: [Theme; 15] = [
        Theme::City,
        Theme::Nature,
        Theme::Product,
        Theme::People,
        Theme::Data,
        Theme::Food,
        Theme::Music,
        Theme::Sport,
        Theme::Space,
        Theme::Home,
        Theme::Work,
        Theme::Travel,
        Theme::Learning,
        Theme::Sea,
        Theme::Abstract,
    ];
    let (brief, narration) = (brief(160, 90), Narration::default());
    let mut seen: Vec<Canvas> = Vec::new();
    for theme in ALL {
        let blue = script(&[theme], false);
        let mut red = blue.clone();
        red.palette[0] = Colour([0xc4, 0x24, 0x30]);
        let number = 2 * FRAMES + FRAMES / 2;
        let picture = Stage::new(&brief, &blue, &narration).paint(number).clone();
        let other = Stage::new(&brief, &red, &narration).paint(number).clone();
        let tinted = picture.planes[2].samples.iter().zip(&other.planes[2].samples);
        let share = tinted.filter(|(one, other)| one.abs_diff(**other) > 3).count() * 100 / (80 * 45);
        assert!(share > 10, "{theme:?}: {share} %");
        for before in &seen {
            assert!(changed(before, &picture, [0, 0, 160, 90]) > 1500, "{theme:?}");
        }
        seen.push(picture);
    }
}

#[test]
fn captions_and_text_say_what_is_spoken_and_shown() {
    let (brief, script, narration) = (brief(160, 90), script(&[Theme::Food], true), narration());
    let stage = Stage::new(&brief, &script, &narration);
    for (number, word) in (0..).zip(&narration.words) {
        assert!(stage.text(number * RATE + 2).contains(&word.text), "{}", word.text);
    }
    assert!(!stage.text(RATE + 2).contains("alpha"));
    let middle = |number: u32| stage.text(number * FRAMES + FRAMES * 3 / 4);
    for (number, word) in [(0, "420 pears"), (1, "sold fresh"), (2, "420 pears"), (3, "Heading 3"), (5, "420 pears")] {
        assert!(middle(number).contains(word), "{number}: {}", middle(number));
    }
    assert!(middle(6).contains("Taste one") && middle(6).contains("Pear House"));
    assert!(!stage.text(3 * FRAMES).contains("每日"), "{}", stage.text(3 * FRAMES));
    // While one shot gives way to the next, the words of both are seen.
    assert!(stage.text(FRAMES).contains("Pears") || stage.text(FRAMES).contains("420 pears"));
}

#[test]
fn captions_change_the_picture_where_they_stand_and_nowhere_else() {
    let (brief, narration) = (brief(640, 360), narration());
    let number = FRAMES + FRAMES / 2;
    let with = script(&[Theme::Work], true);
    let spoken = Stage::new(&brief, &with, &narration).paint(number).clone();
    let silence = Narration { words: Vec::new(), ..narration };
    let quiet = Stage::new(&brief, &with, &silence).paint(number).clone();
    assert!(changed(&spoken, &quiet, [60, 270, 520, 80]) > 500);
    assert_eq!(changed(&spoken, &quiet, [0, 348, 640, 12]), 0);
}

#[test]
fn every_size_and_kind_of_shot_is_painted() {
    let picture = image::RgbImage::from_pixel(30, 50, image::Rgb([0xe8, 0xb8, 0x94]));
    for (width, height) in [(32, 32), (33, 65), (64, 64), (320, 32), (32, 400), (200, 113)] {
        for presenter in [Presenter::Chosen, Presenter::Image(picture.clone())] {
            let brief = Brief { presenter, ..brief(width, height) };
            let (script, narration) = (script(&[Theme::Home, Theme::Space, Theme::People], true), narration());
            let mut stage = Stage::new(&brief, &script, &narration);
            for number in (0..FRAMES * 7 + 3).step_by(7) {
                let size = (stage.paint(number).width(), stage.paint(number).height());
                assert_eq!((size.0.unsigned_abs(), size.1.unsigned_abs()), (width, height));
            }
        }
    }
}

#[test]
fn tiny_films_are_sketched_and_every_shot_and_word_is_seen_in_them() {
    let (brief, script, narration) = (brief(64, 64), script(&[Theme::Home, Theme::Space], true), narration());
    let paint = |script: &Script, number: u32| Stage::new(&brief, script, &narration).paint(number).clone();
    let mut other = script.clone();
    other.scenes[1].shots[0].on_screen = vec!["sold thrice".to_owned()];
    let number = FRAMES + FRAMES * 3 / 4;
    assert!(!same(&paint(&script, number), &paint(&other, number)), "another word");
    assert!(!same(&paint(&script, number), &paint(&script, number + 2)), "something moves");
    let mut used = Stage::new(&brief, &script, &narration);
    used.paint(3);
    assert!(same(used.paint(number), &paint(&script, number)), "whatever was painted before");
}

#[test]
fn shots_of_one_frame_and_scripts_without_words_are_painted() {
    let mut script = script(&[Theme::Travel, Theme::Learning], true);
    for scene in &mut script.scenes {
        scene.shots[0].frames = 1;
        scene.shots[0].on_screen.clear();
        scene.heading.clear();
    }
    (script.brand, script.call_to_action) = (None, None);
    script.palette.truncate(1);
    let (brief, narration) = (brief(96, 54), Narration::default());
    let mut stage = Stage::new(&brief, &script, &narration);
    for number in 0..9 {
        stage.paint(number);
        assert!(!stage.text(number).contains("pears"));
    }
    assert!((0..7).all(|number| stage.is_cut(number)) && !stage.is_cut(7));
}

#[test]
fn the_contact_sheet_has_a_picture_of_every_shot() {
    let (brief, script, narration) = (brief(160, 90), script(&[Theme::Nature, Theme::Sport], true), narration());
    let sheet = contact_sheet(&mut Stage::new(&brief, &script, &narration));
    let columns = sheet.width() / 160;
    assert!(columns >= 4 && sheet.height() > 2 * 90, "{}x{}", sheet.width(), sheet.height());
}

#[test]
fn neighbours_of_one_theme_show_different_pictures_and_what_is_named_is_shown() {
    for theme in [Theme::Product, Theme::Food, Theme::Sea, Theme::Work, Theme::People] {
        let mut script = script(&[theme], false);
        for scene in &mut script.scenes {
            scene.shots[0].kind = ShotKind::BRoll;
            scene.shots[0].on_screen.clear();
        }
        let (brief, narration) = (brief(64, 36), Narration::default());
        let pictures = Stage::new(&brief, &script, &narration).pictures(0..=6);
        assert!(pictures.windows(2).all(|pair| pair[0] != pair[1]), "{theme:?}: {pictures:?}");
    }
    let mut script = script(&[Theme::Food], false);
    script.scenes.truncate(2);
    for (scene, said) in script.scenes.iter_mut().zip(["Chop an onion.", "Stir the pot."]) {
        (scene.shots[0].kind, scene.narration) = (ShotKind::BRoll, vec![said.to_owned()]);
        scene.shots[0].on_screen.clear();
    }
    let (brief, narration) = (brief(64, 36), Narration::default());
    assert_eq!(Stage::new(&brief, &script, &narration).pictures(0..=1), [1, 3]);
}
