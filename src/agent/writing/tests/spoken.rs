//! What of a prompt is said and shown, and what is never said.

use super::{PROMPTS, assert_sound, brief, narration, shown};
use crate::agent::Brief;
use crate::agent::writing::write;

/// Words of orders to a film's makers: whoever hears one of them hears the prompt read aloud.
const ORDERS: [&str; 26] = [
    "b-roll",
    "lower third",
    "lower-third",
    "on-screen",
    "on screen",
    "-second",
    "create ",
    "caption",
    "voiceover",
    "call to action",
    "call-to-action",
    "palette",
    "montage",
    "close-ups of",
    "title card",
    "scene 1",
    "bullet",
    "presenter",
    "the host",
    "camera",
    " tone",
    "soundtrack",
    "transition",
    "background music",
    "cut to",
    "viewers",
];

#[test]
fn prompts_of_many_kinds_become_what_a_presenter_would_say() {
    // Prompt, seconds, what is said, what is shown.
    let table: [(&str, u32, &[&str], &[&str]); 20] = [
        (
            "Create a 30-second promo introducing a pottery school called Kiln & Kind. B-roll of hands centring clay, \
             glazes dripping, and a kiln door opening. Close with a call to action to book a trial class.",
            30,
            &[
                "It is a pottery school.",
                "Hands centre clay.",
                "Glazes drip.",
                "A kiln door opens.",
                "Book a trial class.",
            ],
            &["Kiln & Kind", "Book a trial class"],
        ),
        (
            "A host opens the season of 'Mill Pond Cinema' and invites night owls to the meadow. Show projectors rattling \
             under the trees.",
            12,
            &["Welcome to Mill Pond Cinema.", "I'm Mara", "Projectors rattle under the trees.", "Come to the meadow."],
            &["Mill Pond Cinema", "Mara"],
        ),
        (
            "Explain how a canal lock lifts a boat. The lower gates close. Water flows in from above. The boat rises.",
            20,
            &[
                "how a canal lock lifts a boat",
                "The lower gates close.",
                "Water flows in from above.",
                "The boat rises.",
            ],
            &["How a canal lock lifts a boat"],
        ),
        (
            "Ad for 'Nib', a pen that never leaks. Open with a desk covered in ink. The presenter says \"Nobody likes \
             blue fingers on a Monday.\" End with the words 'Write on.'",
            15,
            &["It is a pen that never leaks.", "a desk covered in ink", "Nobody likes blue fingers on a Monday."],
            &["Nib", "Write on"],
        ),
        (
            "Structure the video in three scenes: 1) the host welcomes new colleagues, 2) close-ups of badges, lockers and \
             the canteen, 3) a closing card with the date of the first meeting.",
            20,
            &["badges, lockers and the canteen"],
            &["Date: …"],
        ),
        (
            "Include scenes showing gardeners pruning roses; bees visiting lavender; and a wheelbarrow full of leaves. \
             Encourage people to bring their own gloves.",
            20,
            &[
                "Gardeners prune roses.",
                "Bees visit lavender.",
                "a wheelbarrow full of leaves",
                "Bring your own gloves.",
            ],
            &["Bring your own gloves"],
        ),
        (
            "Two-minute onboarding film about passwords. On-screen bullet points for length, a password manager, and a \
             second factor. Remind employees to lock their screens.",
            25,
            &["length, a password manager, and a second factor", "Lock your screens."],
            &["Length", "A password manager", "A second factor"],
        ),
        (
            "News in brief: rents in the old town. Rents rose by 12 percent since spring. 3,400 flats stand empty. The \
             council votes on Thursday.",
            20,
            &["Rents rose by 12 percent since spring.", "The council votes on Thursday."],
            &["12 %", "3,400"],
        ),
        (
            "Scene 1: A drone flies over terraced vineyards.\nScene 2: A grandmother ties a bundle of cuttings.\nScene 3: \
             The family eats under the walnut tree.\nTone: calm",
            30,
            &[
                "A drone flies over terraced vineyards.",
                "A grandmother ties a bundle of cuttings.",
                "The family eats under",
            ],
            &[],
        ),
        (
            "- Sharpen the knife\n- Peel the apples\n- Slice them thinly",
            20,
            &["Sharpen the knife.", "Peel the apples.", "Slice them thinly."],
            &[],
        ),
        (
            "Announce the Lantern Walk, an evening for families along the old canal. Then children lighting candles, then \
             a brass band playing on a bridge. Finally ask everyone to bring a jar.",
            20,
            &[
                "the Lantern Walk",
                "It is an evening for families along the old canal.",
                "Children light candles.",
                "A brass band plays on a bridge.",
                "Bring a jar.",
            ],
            &["Lantern Walk", "Bring a jar"],
        ),
        (
            "The library stays open until midnight. You can read, sleep or play chess. Nobody will ask what you are doing.",
            20,
            &[
                "The library stays open until midnight.",
                "You can read, sleep or play chess.",
                "Nobody will ask what you are doing.",
            ],
            &[],
        ),
        (
            "Birthday greeting for Oskar from the bakery team: candles burning, dough rising, everyone waving.",
            12,
            &["Happy birthday, Oskar!", "Candles burn.", "Dough rises.", "Everyone waves."],
            &["Happy birthday, Oskar!"],
        ),
        (
            "Vidéo sur la fête du village. Les enfants courent sous les lampions. La fanfare joue jusqu'à minuit. Venez nombreux !",
            15,
            &["Les enfants courent sous les lampions.", "La fanfare joue jusqu'à minuit.", "Venez nombreux !"],
            &[],
        ),
        (
            "港の朝市を紹介します。漁師が魚を並べます。温かい味噌汁もあります。ぜひ来てください！",
            15,
            &["漁師が魚を並べます。", "ぜひ来てください！"],
            &[],
        ),
        (
            "Make a luxurious 20-second film for a watchmaker. Elegant macro shots of gears turning, a loupe, and polished \
             steel. Palette: burgundy, cream and brass. Mention that every watch takes four months.",
            20,
            &["Every watch takes four months."],
            &[],
        ),
        (
            "Show how to fold a paper crane. First, fold the square in half. Then, crease it well. Finally, pull the wings \
             apart.",
            25,
            &["how to fold a paper crane", "fold the square in half", "crease it well"],
            &["How to fold a paper crane"],
        ),
        (
            "Narrator: The sea was here first. Title: Salt. Visual style: grainy, cold blue. Date: 4 April. CTA: Come at low tide.",
            15,
            &["The sea was here first.", "Come at low tide."],
            &["Salt", "4 April", "Come at low tide"],
        ),
        (
            "Introduce “Sparrow”, the electric cargo bike for small shops: 90 kilometres on one charge, room for four crates, \
             and a service van that comes to you.",
            20,
            &["Sparrow", "It is the electric cargo bike for small shops."],
            &["Sparrow"],
        ),
        (
            "Fast-paced montage of skateboards, sneakers and wet asphalt for 'Curb Cup'. Loud, neon, quick cuts.",
            10,
            &["Curb Cup"],
            &["Skateboards", "Curb Cup"],
        ),
    ];
    let mut wrong = String::new();
    for (prompt, duration_s, says, shows) in table {
        let brief = brief(prompt, duration_s);
        let script = write(&brief);
        assert_sound(&script, &brief);
        let (spoken, shown) = (narration(&script), shown(&script));
        for word in ORDERS.iter().filter(|word| spoken.to_lowercase().contains(**word)) {
            wrong.push_str(&format!("says {word:?}: {spoken}\n"));
        }
        for text in says.iter().filter(|text| !spoken.to_lowercase().contains(&text.to_lowercase())) {
            wrong.push_str(&format!("does not say {text:?}: {spoken}\n"));
        }
        for text in shows.iter().filter(|text| !shown.iter().any(|line| line == **text)) {
            wrong.push_str(&format!("does not show {text:?}: {shown:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_the_film_should_be_like_is_not_said() {
    let prompt = "Film for 'Quay Nine'. Emphasise that the whole video should feel like one piece. Keep the branding \
                  cohesive. The host must look calm. Slow music. Boats come in.";
    let spoken = narration(&write(&brief(prompt, 30)));
    assert!(spoken.contains("Boats come in."), "{spoken}");
    for word in ["feel", "cohesive", "calm", "music"] {
        assert!(!spoken.contains(word), "{spoken}");
    }
}

#[test]
fn no_prompt_is_read_aloud() {
    for (name, duration_s, prompt) in PROMPTS {
        for take in 0..4 {
            let script = write(&Brief { take, ..brief(prompt, duration_s) });
            assert_sound(&script, &Brief { take, ..brief(prompt, duration_s) });
            let spoken = narration(&script).to_lowercase();
            let found: Vec<&&str> = ORDERS.iter().filter(|word| spoken.contains(**word)).collect();
            assert!(found.is_empty(), "{name} says {found:?}: {spoken}");
        }
    }
}
