//! Scripts of many prompts: what is said, what is never said, and that the frames add up.

use super::super::script::{Colour, Script, ShotKind, Tone, Transition};
use super::super::{Brief, Presenter};
use super::write;

mod spoken;

/// Prompts that others render, too: `name.seconds.size.txt`.
const PROMPTS: [(&str, u32, &str); 12] = [
    ("museum-opening", 45, include_str!("../../../tests/golden/prompts/museum-opening.45s.1280x720.txt")),
    ("lamp-launch", 30, include_str!("../../../tests/golden/prompts/lamp-launch.30s.720x1280.txt")),
    ("forklift-safety", 60, include_str!("../../../tests/golden/prompts/forklift-safety.60s.1280x720.txt")),
    ("lentil-soup", 90, include_str!("../../../tests/golden/prompts/lentil-soup.90s.1080x1080.txt")),
    ("town-budget", 40, include_str!("../../../tests/golden/prompts/town-budget.40s.1280x720.txt")),
    ("club-night", 15, include_str!("../../../tests/golden/prompts/club-night.15s.720x1280.txt")),
    ("harbour-run", 20, include_str!("../../../tests/golden/prompts/harbour-run.20s.1280x720.txt")),
    ("night-train", 60, include_str!("../../../tests/golden/prompts/night-train.60s.720x1280.txt")),
    ("courtyard-flat", 40, include_str!("../../../tests/golden/prompts/courtyard-flat.40s.1280x720.txt")),
    ("comet-explainer", 120, include_str!("../../../tests/golden/prompts/comet-explainer.120s.1280x720.txt")),
    ("buecherbus", 20, include_str!("../../../tests/golden/prompts/buecherbus.20s.1280x720.txt")),
    ("five-second-hello", 5, include_str!("../../../tests/golden/prompts/five-second-hello.5s.1280x720.txt")),
];

fn brief(prompt: &str, duration_s: u32) -> Brief {
    Brief {
        prompt: prompt.trim_end().to_owned(),
        presenter: Presenter::Avatar("Mara_WarmWelcome_Front_public".to_owned()),
        width: 1280,
        height: 720,
        duration_s,
        frame_rate: 24,
        seed: 7,
        take: 0,
    }
}

fn narration(script: &Script) -> String {
    script.scenes.iter().flat_map(|scene| scene.narration.clone()).collect::<Vec<_>>().join(" ")
}

fn shown(script: &Script) -> Vec<String> {
    script.scenes.iter().flat_map(|scene| &scene.shots).flat_map(|shot| shot.on_screen.clone()).collect()
}

fn has(script: &Script, kind: ShotKind) -> bool {
    script.scenes.iter().flat_map(|scene| &scene.shots).any(|shot| shot.kind == kind)
}

/// What holds for every script.
fn assert_sound(script: &Script, brief: &Brief) {
    let about = format!("{} s, {} fps, take {}: {:.60}", brief.duration_s, brief.frame_rate, brief.take, brief.prompt);
    assert_eq!(script.check_for(brief).map_err(|error| error.to_string()), Ok(()), "{about}");
    let seconds = |frames: u32| frames as f32 / brief.frame_rate as f32;
    for scene in &script.scenes {
        let spoken: f32 = scene.narration.iter().map(|sentence| crate::agent::pace::sentence_s(sentence)).sum();
        assert!(
            spoken <= seconds(scene.frames()) * 1.2 + 0.01,
            "{about}: {:?} in {} frames",
            scene.narration,
            scene.frames()
        );
        for sentence in &scene.narration {
            let first = sentence.chars().find(|letter| letter.is_alphanumeric());
            assert!(first.is_none_or(|first| !first.is_lowercase()), "{about}: {sentence}");
            assert!(
                !sentence.contains("  ") && !sentence.contains(" ,") && !sentence.contains(",."),
                "{about}: {sentence}"
            );
        }
    }
    let all: Vec<&String> = script.scenes.iter().flat_map(|scene| &scene.narration).collect();
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{about}: {all:?}");
}

#[test]
fn a_word_is_in_a_list_only_as_a_whole() {
    let is_in = |word: &str| super::words::is_in(word, "pin in ink  für");
    assert!(["pin", "in", "ink", "für"].iter().all(|word| is_in(word)));
    assert!(!["", "i", "n", "pi", "nk", "fü", "inks"].iter().any(|word| is_in(word)));
}

#[test]
fn every_length_rate_and_take_adds_up_to_the_frame() {
    let rates = [1, 8, 24, 25, 30, 60];
    for (prompt_at, (_, _, prompt)) in [PROMPTS[0], PROMPTS[5], PROMPTS[10]].into_iter().enumerate() {
        for duration_s in (1..=300).filter(|seconds| seconds % 3 == u32::try_from(prompt_at).unwrap_or(0)) {
            let frame_rate = rates[duration_s as usize / 3 % rates.len()];
            let brief =
                Brief { frame_rate, take: duration_s % 4, seed: duration_s.into(), ..brief(prompt, duration_s) };
            assert_sound(&write(&brief), &brief);
        }
    }
}

#[test]
fn hostile_prompts_give_sane_scripts() {
    let long = "a man walking, ".repeat(660);
    let prompts = [
        "x",
        "?",
        " ",
        "\u{0}\u{7}\u{1b}[31m",
        "🎉",
        "🎉🎊 Party 🎈 at the 🏠! Bring 🍕.",
        "'",
        "\"\"\"''''",
        "1) 2) 3)",
        "Scene 1:",
        "Create",
        "Create a video.",
        "Tone: calm",
        "the the the the the",
        ":;,.-–—…",
        "'Unclosed quote and no end",
        "\u{e000}\u{e001}\u{e002} private",
        "𝔉𝔞𝔫𝔠𝔶 𝔩𝔢𝔱𝔱𝔢𝔯𝔰 are here. Ǆ ﬁ İ",
    ];
    let endless = [
        "in ".repeat(3_333),
        "word".repeat(2_500),
        "。".repeat(10_000),
        "'".repeat(10_000),
        "99% ".repeat(2_500),
        long,
    ];
    for prompt in prompts.into_iter().map(str::to_owned).chain(endless) {
        for (duration_s, frame_rate) in [(1, 1), (5, 24), (60, 30)] {
            let brief = Brief { frame_rate, ..brief(&prompt, duration_s) };
            let script = write(&brief);
            assert_sound(&script, &brief);
            assert!(!script.title.trim().is_empty());
        }
    }
}

#[test]
fn the_same_brief_gives_the_same_script_and_json_keeps_it() {
    for (_, duration_s, prompt) in PROMPTS {
        let script = write(&brief(prompt, duration_s));
        assert_eq!(script, write(&brief(prompt, duration_s)));
        let json = serde_json::to_string(&script).expect("a script is JSON");
        assert_eq!(serde_json::from_str::<Script>(&json).expect("what was written is read"), script);
    }
}

#[test]
fn takes_differ_in_what_an_eye_notices_first() {
    for (name, duration_s, prompt) in PROMPTS {
        let takes: Vec<Script> = (0..3).map(|take| write(&Brief { take, ..brief(prompt, duration_s) })).collect();
        for (a, b) in [(0, 1), (1, 2), (0, 2)] {
            let face = |script: &Script| {
                let shots = &script.scenes[0].shots;
                let presenter = shots.iter().find(|shot| shot.kind == ShotKind::Presenter).map(|shot| shot.side);
                (shots[0].kind, shots[0].side, presenter, script.palette[0])
            };
            assert_ne!(face(&takes[a]), face(&takes[b]), "{name}: takes {a} and {b}");
        }
    }
}

#[test]
fn named_colours_lead_the_palette() {
    let palette = |prompt: &str| write(&brief(prompt, 10)).palette;
    let rgb = |name: &str| Colour(super::colours::colour(name).expect("a known colour"));
    let three = palette("A film about boats. Palette of cream, cobalt and coral.");
    assert_eq!(three[..3], [rgb("cobalt"), rgb("coral"), rgb("cream")], "colourful ones before creams");
    let one = palette("A teal film about boats.");
    assert_eq!(one[0], rgb("teal"));
    assert!(one.len() > 1);
    assert_eq!(palette("Bread and gold medals, orange juice and mint tea.").len(), 4, "things are no colours");
    assert_eq!(palette("Logo in midnight blue.")[0], rgb("midnight"));
    let take = write(&Brief { take: 1, ..brief("Accents in cobalt and coral.", 10) }).palette;
    assert_eq!(take[..2], [rgb("coral"), rgb("cobalt")]);
}

#[test]
fn the_tone_decides_on_cuts_and_their_pace() {
    let film =
        |tone: &str| write(&brief(&format!("Tone: {tone}. Rain falls on the harbour. Boats wait for the tide."), 40));
    let (calm, quick) = (film("calm and slow"), film("energetic, upbeat"));
    assert_eq!((calm.tone, quick.tone), (Tone::Calm, Tone::Energetic));
    let shots = |script: &Script| script.scenes.iter().map(|scene| scene.shots.len()).sum::<usize>();
    assert!(shots(&quick) > shots(&calm) * 3 / 2, "{} and {}", shots(&quick), shots(&calm));
    let soft = |script: &Script| {
        script
            .scenes
            .iter()
            .flat_map(|scene| &scene.shots)
            .filter(|shot| shot.transition == Transition::Dissolve)
            .count()
    };
    assert!(soft(&calm) > 4 && soft(&quick) == 0);
}

#[test]
fn the_presenter_comes_first_and_last_with_a_name_once() {
    for (name, duration_s, prompt) in PROMPTS.into_iter().filter(|(_, seconds, _)| *seconds >= 10) {
        let script = write(&brief(prompt, duration_s));
        let frames = script.frames();
        let mut at = 0;
        let mut seen = Vec::new();
        let mut thirds = 0;
        for shot in script.scenes.iter().flat_map(|scene| &scene.shots) {
            if shot.kind == ShotKind::Presenter {
                seen.push(at * 3 / frames.max(1));
                thirds += usize::from(shot.on_screen.first().is_some_and(|line| line == "Mara"));
            }
            at += shot.frames;
        }
        assert!(seen.contains(&0) && seen.contains(&2), "{name}: {seen:?}");
        assert_eq!(thirds, 1, "{name}");
        assert!(has(&script, ShotKind::TitleCard) && has(&script, ShotKind::ClosingCard), "{name}");
    }
}

#[test]
fn people_are_cast_by_name() {
    let cast = |presenter| write(&Brief { presenter, ..brief("A film about boats.", 10) }).presenter;
    let mara = cast(Presenter::Avatar("Mara_WarmWelcome_Front_public".to_owned()));
    assert_eq!(mara.name.as_deref(), Some("Mara"));
    assert_eq!(mara, cast(Presenter::Avatar("Mara_CalmTeaching_Side_public".to_owned())));
    assert_ne!(mara.look, cast(Presenter::Avatar("Ivo_Front".to_owned())).look);
    assert_eq!(cast(Presenter::Avatar(" _ ".to_owned())).name, None);
    assert_eq!(cast(Presenter::Image(image::RgbImage::new(2, 2))).name, None);
    assert!(cast(Presenter::Chosen).name.is_some());
}

#[test]
fn five_seconds_hold_a_greeting_and_a_close() {
    for (name, _, prompt) in PROMPTS {
        let script = write(&brief(prompt, 5));
        assert!(script.scenes.len() <= 4, "{name}: {} scenes", script.scenes.len());
        assert!(has(&script, ShotKind::ClosingCard), "{name}");
    }
    let tiny = write(&Brief { frame_rate: 1, ..brief("Rain.", 1) });
    assert_eq!(tiny.scenes.iter().map(|scene| scene.shots.len()).sum::<usize>(), 1);
}

#[test]
fn figures_become_counters() {
    let figure = |text: &str| super::figures::figure(text);
    let pair = |number: &str, label: &str| Some((number.to_owned(), label.to_owned()));
    assert_eq!(figure("42 percent of households sort their waste."), pair("42 %", "of households sort their waste"));
    assert_eq!(figure("Unemployment fell to 4.2% in March."), pair("4.2 %", "Unemployment"));
    assert_eq!(figure("It costs 79 euros."), pair("79 euros", "Price"));
    assert_eq!(figure("They are 80,000."), pair("80,000", ""));
    assert_eq!(figure("Bus tickets stay at 2 euros."), pair("2 euros", "Bus tickets"));
    assert_eq!(figure("Repairs cost 6 million euros, twice as much."), pair("6 million euros", "Repairs"));
    assert_eq!(figure("4,200 runners took part last year."), pair("4,200", "runners took part last year"));
    assert_eq!(figure("The town has 48 million euros this year."), pair("48 million euros", "The town"));
    assert_eq!(figure("In 2026 three people met at 10:30."), None);
}

#[test]
fn headings_end_at_a_word_that_does_not_lean_on_the_next() {
    let heading = |text: &str| super::subject::heading(text);
    assert_eq!(heading("Jeden Dienstag hält der Bus auf dem Marktplatz"), "Jeden Dienstag hält der Bus");
    assert_eq!(heading("You find your bunk and switch on the small lamp"), "You find your bunk");
    assert_eq!(heading("Famous comets: Halley, Hale-Bopp, Neowise"), "Famous comets");
    assert_eq!(heading("Simmer for 20 minutes"), "Simmer for 20 minutes");
}
