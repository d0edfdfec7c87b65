//! The editor of a result's script, used as a person uses it: a video is watched, its script changed, and the video watched again.

use landfall::emulator::{Emulator, EmulatorOptions};
use serde_json::{Value, json};

use super::{assert_content, assert_fits_screens, at, emulator, ended, submit};
use crate::support::browser::Browser;
use crate::support::servers::or_skip;

/// Large enough for sound, and to be watched.
const SIZE: (u32, u32) = (256, 144);

const SECONDS: u32 = 8;

/// A page with the script of a finished video open, and that script.
struct Opened {
    browser: Browser,
    emulator: Emulator,
    script: Value,
}

impl Opened {
    async fn new() -> Option<Self> {
        let browser = or_skip(Browser::start().await)?;
        let emulator = emulator(EmulatorOptions::default()).await;
        let prompt = "A tour of a lighthouse. The lamp turns at night. Boats pass in the fog. Visit us in June!";
        let (width, height) = SIZE;
        let task = json!({"positivePrompt": prompt, "width": width, "height": height, "duration": SECONDS});
        let (uuid, _) = submit(&emulator, task).await;
        ended(&emulator, &uuid).await;
        browser.open(&at(&emulator, &format!("?task={uuid}"))).await;
        browser.click("details.script > summary").await;
        browser.find(".scene").await;
        let text = browser.run("return document.querySelector('textarea.json').value", &[]).await;
        let script = serde_json::from_str(text.as_str().expect("a text")).expect("JSON");
        Some(Self { browser, emulator, script })
    }

    fn scenes(&self) -> &[Value] {
        self.script["scenes"].as_array().expect("scenes")
    }

    /// What stands in a field.
    async fn value(&self, css: &str) -> Value {
        self.browser.run("return document.querySelector(arguments[0]).value", &[json!(css)]).await
    }

    /// Plays from the beginning, and gives width, height and seconds.
    async fn play(&self) -> Value {
        let start = "const video = document.querySelector('video');
            video.currentTime = 0;
            return video.play().then(() => true, why => String(why))";
        assert_eq!(self.browser.run(start, &[]).await, true);
        let script = "const video = document.querySelector('video');
            return video.currentTime > 0.3 && !video.paused
                && [video.videoWidth, video.videoHeight, Math.round(video.duration), video.webkitAudioDecodedByteCount > 0]";
        let playing = self.browser.until("the video plays", script, &[]).await;
        self.browser.run("document.querySelector('video').pause()", &[]).await;
        playing
    }

    /// The picture at this second, as a data URL.
    async fn picture(&self, second: f64) -> Value {
        let script = "const video = document.querySelector('video');
            return new Promise((done, fail) => {
                video.onerror = () => fail(new Error(video.error.message));
                video.onseeked = () => {
                    const canvas = document.createElement('canvas');
                    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
                    canvas.getContext('2d').drawImage(video, 0, 0);
                    done(canvas.toDataURL());
                };
                video.currentTime = arguments[0];
            })";
        self.browser.run(script, &[json!(second)]).await
    }

    /// What the captions of the player say, switched on by the viewer.
    async fn captions(&self) -> String {
        let script = "const track = document.querySelector('video').textTracks[0];
            track.mode = 'showing';
            const cues = [...track.cues ?? []];
            return cues.length > 0 && cues.map(cue => cue.text.replace(/\\s+/g, ' ')).join(' ')";
        let text = self.browser.until("there are captions", script, &[]).await;
        text.as_str().expect("a text").to_owned()
    }

    async fn redraw(&self) {
        self.browser.click("[data-redraw]").await;
    }
}

fn field(scene: usize, name: &str) -> String {
    format!("[name='scenes[{scene}].{name}']")
}

#[tokio::test]
async fn a_video_is_watched_its_script_changed_and_the_changed_video_watched() {
    let Some(page) = Opened::new().await else { return };
    let shape = json!([SIZE.0, SIZE.1, SECONDS, true]);
    assert_eq!(page.play().await, shape, "width, height, seconds, sound");
    let said = page.captions().await;
    assert!(said.contains("lamp turns"), "{said}");
    // Between two frames: on a boundary it is either.
    let (begin, end) = (0.6, f64::from(SECONDS) - 0.6);
    let before = (page.picture(begin).await, page.picture(end).await);

    let count = page.scenes().len();
    assert!(count > 2, "{:#}", page.script);
    assert_eq!(page.browser.count(".scene").await, count);
    for (number, scene) in page.scenes().iter().enumerate() {
        assert_eq!(page.value(&field(number, "heading")).await, scene["heading"]);
        let lines: Vec<&str> =
            scene["narration"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert_eq!(page.value(&field(number, "narration")).await, lines.join("\n"));
    }

    // Only what the last scene shows.
    let last = count - 1;
    let shots = page.scenes()[last]["shots"].as_array().expect("shots");
    let card = format!("shots[{}].onScreen", shots.len() - 1);
    page.browser.type_into(&field(last, "heading"), "A torch").await;
    page.browser.type_into(&field(last, &card), "Bring a torch\nand a coat").await;
    page.redraw().await;
    page.browser.shows(".script .answer .good", &format!("Scene {count} of {count} was drawn anew.")).await;
    assert_eq!(page.play().await, shape);
    assert!(page.picture(begin).await == before.0, "the first scene is not as it was");
    let closing = page.picture(end).await;
    assert!(closing != before.1, "the last scene is as it was");
    assert!(page.captions().await.contains("lamp turns"));

    // What is said in another one.
    let scene = page.scenes().iter().position(|scene| scene["narration"].to_string().contains("lamp turns"));
    let scene = scene.expect("somebody says it");
    page.browser.type_into(&field(scene, "narration"), "Owls nest below the lamp.").await;
    page.redraw().await;
    page.browser.shows(".script .answer .good", &format!(" of {count} w")).await;
    page.browser.shows(".script .answer .good", &format!("{}", scene + 1)).await;
    let answer = page.browser.text(".script .answer").await;
    assert!(!answer.starts_with("All"), "{answer}");
    assert_eq!(page.play().await, shape);
    let said = page.captions().await;
    assert!(said.contains("Owls nest") && !said.contains("lamp turns"), "{said}");
    assert!(page.picture(end).await == closing, "what was drawn before is gone");
    let kept = page.browser.run("return document.querySelector('textarea.json').value", &[]).await;
    assert!(kept.as_str().is_some_and(|kept| kept.contains("Owls nest") && kept.contains("and a coat")), "{kept}");

    // Who comes back finds it as it was left.
    let address = page.browser.address().await;
    page.browser.open(&address).await;
    page.browser.find("video").await;
    assert_eq!(page.play().await, shape);
    assert!(page.picture(end).await == closing, "another visit shows another film");
    assert!(page.captions().await.contains("Owls nest"));
    assert_content(&page.browser).await;
}

#[tokio::test]
async fn a_mistake_in_a_script_is_told_at_its_field_and_nothing_that_was_typed_is_lost() {
    let Some(page) = Opened::new().await else { return };
    let before = page.picture(0.6).await;
    let heading = field(1, "heading");
    let long = "x".repeat(201);
    page.browser.type_into(&heading, &long).await;
    page.browser.type_into(&field(0, "narration"), "Come in.").await;
    page.redraw().await;
    let error = "scenes[1].heading has 201 letters, but must have from 0 to 200";
    page.browser.shows(&format!(".field:has({heading}) .field-error"), error).await;
    page.browser.shows(".script .answer .bad", "One mistake: nothing was drawn.").await;
    let about = "return [document.activeElement.name, document.activeElement.getAttribute('aria-invalid')]";
    assert_eq!(page.browser.run(about, &[]).await, json!(["scenes[1].heading", "true"]));
    // Also when the page takes over what is new.
    let (other, _) = submit(&page.emulator, json!({"duration": 4, "positivePrompt": "Another one"})).await;
    page.browser.find(&format!("[id='task-{other}']")).await;
    assert_eq!(page.value(&heading).await, long);
    assert_eq!(page.value(&field(0, "narration")).await, "Come in.");
    assert_fits_screens(&page.browser, "editor").await;

    // The text as a whole: no JSON, and then JSON with a mistake in it.
    page.browser.click(".whole > summary").await;
    let text = page.value("textarea.json").await.as_str().expect("a text").replacen("\"frames\": ", "\"frames\": -", 1);
    for (typed, told) in [
        (text.replacen('{', "{,", 1), "This is not JSON"),
        (text, "scenes[0].shots[0].frames cannot be read: invalid value: integer"),
    ] {
        page.browser.type_into("textarea.json", &typed).await;
        page.redraw().await;
        page.browser.shows(".script .answer .bad", told).await;
        assert_eq!(page.value("textarea.json").await, typed, "it stays as it was typed");
    }
    assert!(page.picture(0.6).await == before, "something was drawn");

    page.browser.click("[data-reload]").await;
    let script = "return document.querySelector(arguments[0]).value === arguments[1]";
    page.browser.until("the script is as it was", script, &[json!(heading), page.scenes()[1]["heading"].clone()]).await;
    assert_eq!(
        page.browser.count(".script .field-error").await + page.browser.count(".script [aria-invalid]").await,
        0
    );
    page.redraw().await;
    page.browser.shows(".script .answer .good", "no scene was drawn anew").await;
    // The refusals are all that the browser complains of.
    for complaint in page.browser.complaints().await {
        assert!(complaint.contains("status of 400"), "{complaint}");
    }
}
