//! The emulator's page in a headless Chromium.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use landfall::emulator::{Emulator, EmulatorOptions, Scenario, TaskReport, TaskState};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::support::browser::{Browser, Look};
use crate::support::servers::or_skip;

mod editor;

/// A render of five seconds takes far less; only a broken machine takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

const HOSTILE: &str =
    r#"<script>document.title = "owned"</script><img src=x onerror="document.title = 'owned'"> & "it's""#;

/// What no page may show.
const SECRET: &str = "S3CRET0123456789";

async fn emulator(options: EmulatorOptions) -> Emulator {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Emulator::start(anywhere, EmulatorOptions { frame_rate: 4, ..options }).await.expect("a free port")
}

/// The page's address with this behind it.
fn at(emulator: &Emulator, rest: &str) -> String {
    format!("http://{}/{rest}", emulator.addr())
}

/// Submits a cheap task with some fields changed, and gives its UUID and the reply.
async fn submit(emulator: &Emulator, changes: Value) -> (String, Value) {
    let uuid = Uuid::new_v4().to_string();
    let mut task = json!({
        "taskType": "videoInference", "taskUUID": uuid, "model": "heygen:video-agent@0",
        "positivePrompt": "A short tour of a lighthouse", "width": 128, "height": 64, "duration": 5,
    });
    for (name, value) in changes.as_object().expect("an object") {
        task[name.as_str()] = value.clone();
    }
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
    let answer =
        client.post(emulator.url()).bearer_auth("any key").json(&json!([task])).send().await.expect("an answer");
    (uuid, answer.json().await.expect("JSON"))
}

async fn ended(emulator: &Emulator, uuid: &str) -> TaskReport {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let report = emulator.tasks().into_iter().find(|task| task.task_uuid == uuid).expect("a known task");
        if report.state != TaskState::Processing {
            return report;
        }
        assert!(Instant::now() < deadline, "still running: {report:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Nothing that the page did was refused by its own policy, and no script failed.
async fn assert_content(browser: &Browser) {
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Nothing is too wide for a desk's screen and a phone, and both have their light and their dark colours.
async fn assert_fits_screens(browser: &Browser, name: &str) {
    for look in [Look::DESKTOP, Look::DESKTOP.dark(), Look::PHONE, Look::PHONE.dark()] {
        browser.look(look).await;
        let ground = "return getComputedStyle(document.body).backgroundColor";
        let wanted = if look.is_dark { "rgb(16, 19, 23)" } else { "rgb(244, 245, 247)" };
        assert_eq!(browser.run(ground, &[]).await, wanted, "{look:?}");
        let wide = browser.run("return document.documentElement.scrollWidth", &[]).await;
        assert!(wide.as_u64().is_some_and(|wide| wide <= u64::from(look.width)), "{look:?} scrolls sideways: {wide}");
        let png = browser.screenshot().await;
        assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000, "{look:?}: {} bytes", png.len());
        // To look at them: they are not kept otherwise.
        if let Some(directory) = std::env::var_os("LANDFALL_TEST_SCREENSHOTS") {
            let name = format!("{name}-{}-{}.png", look.width, if look.is_dark { "dark" } else { "light" });
            std::fs::write(std::path::Path::new(&directory).join(name), png).expect("a file");
        }
    }
}

#[tokio::test]
async fn the_page_lists_a_task_and_plays_its_video_in_every_format() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    for format in ["MP4", "WEBM", "MOV"] {
        let (uuid, _) = submit(&emulator, json!({"outputFormat": format, "numberResults": 2})).await;
        // Opened while it is rendered: what finishes appears by itself.
        browser.open(&at(&emulator, &format!("?task={uuid}"))).await;
        assert_eq!(browser.text(&format!("[id='task-{uuid}'] .prompt")).await, "A short tour of a lighthouse");
        browser.shows(&format!("[id='task-{uuid}'] .state"), "success").await;
        browser.shows(&format!("[id='task-{uuid}'] .facts"), &format!("128×64 · 5 s · {format} · 2 results")).await;
        browser.shows(&format!("[id='task-{uuid}'] .cost"), "$0.33").await;
        let script = "const all = [...document.querySelectorAll('video')];
            all.forEach(video => { video.muted = true; video.play().catch(() => {}); });
            return all.length === 2 && all.every(video => video.currentTime > 0.2)
                && all.map(video => [video.videoWidth, video.videoHeight, Math.round(video.duration)]);";
        let played = browser.until(&format!("both {format} videos play"), script, &[]).await;
        assert_eq!(played, json!([[128, 64, 5], [128, 64, 5]]), "{format}");
    }
    assert_content(&browser).await;
}

#[tokio::test]
async fn a_playing_video_is_not_disturbed_by_new_tasks() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    let (uuid, _) = submit(&emulator, json!({"duration": 300, "width": 64, "height": 64})).await;
    ended(&emulator, &uuid).await;
    browser.open(&at(&emulator, &format!("?task={uuid}"))).await;
    browser.find("video").await;
    browser.run("window.before = document.querySelector('video'); before.muted = true; before.play();", &[]).await;
    browser.until("it plays", "return before.currentTime > 0.1", &[]).await;
    let (other, _) = submit(&emulator, json!({"duration": 4, "positivePrompt": "Another one"})).await;
    browser.find(&format!("[id='task-{other}']")).await;
    let now =
        browser.run("return [document.querySelector('video') === before, !before.paused, before.currentTime]", &[]);
    let now = now.await;
    assert_eq!((&now[0], &now[1]), (&json!(true), &json!(true)));
    let script = "return before.currentTime > arguments[0]";
    browser.until("it goes on", script, std::slice::from_ref(&now[2])).await;
    assert_content(&browser).await;
}

#[tokio::test]
async fn the_form_submits_a_task_with_every_parameter_that_is_filled_in() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator =
        emulator(EmulatorOptions { api_key: Some("the key".to_owned()), ..EmulatorOptions::default() }).await;
    browser.open(&at(&emulator, "")).await;
    browser.type_into("#positivePrompt", "A harbour at dawn").await;
    for (field, value) in [("width", "128"), ("height", "64"), ("duration", "5"), ("outputQuality", "20")] {
        browser.type_into(&format!("#{field}"), value).await;
    }
    browser.run("document.querySelectorAll('details.group').forEach(group => { group.open = true; })", &[]).await;
    browser.choose("#outputFormat", "WEBM").await;
    browser.type_into("#inputs-avatar", "Ada_Front").await;
    browser.type_into("#uploadEndpoint", format!("http://127.0.0.1:9/key.webm?X-Amz-Signature={SECRET}")).await;
    browser.type_into("#routing", r#"{"region": "eu"}"#).await;
    browser.click("#includeCost").await;
    browser.click("#safety-checkContent").await;

    browser.click("#task-form button.main").await;
    browser.shows("#task-answer", "401").await;
    browser.shows("#task-answer", "missingApiKey").await;
    assert!(emulator.tasks().is_empty());

    browser.type_into("#api-key", "the key").await;
    browser.click("#task-form button.main").await;
    browser.shows("#task-answer .good", "200").await;
    let report = emulator.tasks().remove(0);
    assert_eq!((report.width, report.height, report.duration_s), (Some(128), Some(64), Some(5)));
    assert_eq!((report.output_format.as_deref(), report.input.as_deref()), (Some("WEBM"), Some("avatar")));
    assert_eq!((report.number_results, report.safety_checked), (Some(1), true));
    assert!(browser.address().await.ends_with(&format!("/?task={}", report.task_uuid)));
    assert_eq!(ended(&emulator, &report.task_uuid).await.state, TaskState::Success);
    browser.shows(".state", "success").await;
    browser.shows(".tries .target", "127.0.0.1:9/key.webm").await;
    browser.click("details.sent summary").await;
    let sent: Value = serde_json::from_str(&browser.text("details.sent pre").await).expect("JSON");
    assert_eq!(sent["routing"], json!({"region": "eu"}));
    assert_eq!(sent["uploadEndpoint"], "127.0.0.1:9/key.webm");
    assert_eq!((&sent["includeCost"], &sent["safety"]), (&json!(true), &json!({"checkContent": true})));
    assert!(sent.get("webhookURL").is_none(), "what is empty is not sent");
    let page = browser.run("return document.documentElement.outerHTML", &[]).await;
    assert!(!page.as_str().expect("a text").contains(SECRET), "a signature is on the page");
}

#[tokio::test]
async fn a_wrong_value_shows_the_vendors_error_beside_its_field() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    browser.open(&at(&emulator, "")).await;
    browser.type_into("#positivePrompt", "A harbour").await;
    browser.type_into("#duration", "4").await;
    browser.type_into("#width", "640").await;
    browser.run("document.querySelector('#taskUUID').value = 'no UUID'", &[]).await;
    browser.click("#task-form button.main").await;
    browser.shows(".field.duration .field-error", "it must be an integer between 5 and 300. invalidDuration").await;
    browser.shows(".field.height .field-error", "'width' and 'height' must be given together.").await;
    browser.shows(".field.taskUUID .field-error", "a UUID of version 4").await;
    browser.shows("#task-answer", "400").await;
    let about = "const field = document.querySelector('#duration');
        return [field.getAttribute('aria-invalid'), field.getAttribute('aria-describedby')]";
    assert_eq!(browser.run(about, &[]).await, json!(["true", "duration-error duration-hint"]));

    browser.type_into("#duration", "5").await;
    browser.type_into("#width", "64").await;
    browser.type_into("#height", "64").await;
    browser.run("document.querySelector('#taskUUID').value = ''", &[]).await;
    browser.click("#task-form button.main").await;
    browser.shows("#task-answer .good", "200").await;
    assert_eq!(browser.count(".field-error").await + browser.count("[aria-invalid]").await, 0);
}

#[tokio::test]
async fn hostile_text_stays_text_wherever_it_is_shown() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    let upload = format!("http://127.0.0.1:9/<script>x</script>/k.mp4?X-Amz-Signature={SECRET}");
    let (good, _) = submit(&emulator, json!({"positivePrompt": HOSTILE, "uploadEndpoint": upload})).await;
    let (bad, _) = submit(&emulator, json!({"positivePrompt": HOSTILE, HOSTILE: HOSTILE})).await;
    ended(&emulator, &good).await;
    for uuid in [&good, &bad] {
        browser.open(&at(&emulator, &format!("?task={uuid}"))).await;
        assert_eq!(browser.text(".whole-prompt").await, HOSTILE);
        assert_eq!(browser.text(&format!("[id='task-{uuid}'] .prompt")).await, HOSTILE);
        browser.click("details.sent summary").await;
        browser.shows("details.sent pre", "document.title").await;
    }
    browser.shows(".failure", "Unknown parameter '<script>").await;
    browser.type_into("#q", HOSTILE).await;
    browser.click(".search button").await;
    assert_eq!(browser.count(".task").await, 2);
    assert_eq!(browser.run("return document.querySelector('#q').value", &[]).await, json!(HOSTILE));

    // What a reply says, too.
    browser.type_into("#positivePrompt", HOSTILE).await;
    browser.type_into("#duration", HOSTILE).await;
    browser.click("#task-form button.main").await;
    browser.shows("#task-answer", "400").await;

    assert_eq!(browser.run("return document.title", &[]).await, "landfall emulator");
    let foreign = "return document.querySelectorAll('main script, main img, [onerror]').length";
    assert_eq!(browser.run(foreign, &[]).await, 0);
    let page = browser.run("return document.documentElement.outerHTML", &[]).await;
    assert!(!page.as_str().expect("a text").contains(SECRET), "a signature is on the page");
}

#[tokio::test]
async fn thousands_of_tasks_are_paged_filtered_and_found() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
    for block in 0..10 {
        let tasks: Vec<Value> = (0..300)
            .map(|number| {
                json!({
                    "taskType": "videoInference", "taskUUID": Uuid::new_v4().to_string(), "model": "heygen:video-agent@0",
                    "positivePrompt": format!("Number {}", block * 300 + number), "duration": 1,
                })
            })
            .collect();
        client.post(emulator.url()).bearer_auth("key").json(&tasks).send().await.expect("an answer");
    }
    browser.open(&at(&emulator, "")).await;
    browser.shows("#span", "1–25 of 3,000").await;
    browser.shows(".task:first-child .prompt", "Number 2999").await;
    browser.click("#older").await;
    browser.shows("#span", "26–50 of 3,000").await;
    browser.shows(".task:first-child .prompt", "Number 2974").await;
    browser.run("history.back()", &[]).await;
    browser.shows("#span", "1–25 of 3,000").await;
    browser.click("#filter-success").await;
    browser.shows("#empty", "No task fits.").await;
    browser.click("#filter-rejected").await;
    browser.shows("#span", "1–25 of 3,000").await;
    browser.type_into("#q", "number 1234").await;
    browser.click(".search button").await;
    browser.shows("#span", "1–1 of 1").await;
    browser.click(".task .row").await;
    browser.shows(".task .failure", "invalidDuration").await;
    browser.open(&at(&emulator, "?page=9999")).await;
    browser.shows("#span", "2,976–3,000 of 3,000").await;
    assert_content(&browser).await;
}

#[tokio::test]
async fn no_foreign_page_gets_at_the_emulator() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    // Under a name of its own that leads here, as after DNS rebinding.
    let foreign = format!("http://evil.test:{}/", emulator.addr().port());
    browser.open(&foreign).await;
    browser.shows("body", "only served under an IP address").await;
    // And a page of another origin on this machine, which is the health page of a second emulator.
    let other = self::emulator(EmulatorOptions::default()).await;
    for page in [foreign, at(&other, "_emulator/health")] {
        browser.open(&page).await;
        let task = json!([
            {"taskType": "authentication", "apiKey": "any"},
            {"taskType": "videoInference", "taskUUID": Uuid::new_v4().to_string(), "model": "heygen:video-agent@0",
             "positivePrompt": "Ordered by a stranger", "duration": 5, "width": 64, "height": 64},
        ]);
        // Simple requests, which browsers send without asking first.
        let script = "const done = fetch(arguments[0], {method: 'POST', mode: 'no-cors', body: arguments[1]});
            return done.then(() => true)";
        for path in ["v1", "_emulator/rules", "_emulator/step"] {
            browser.run(script, &[json!(at(&emulator, path)), json!(task.to_string())]).await;
        }
        let socket = "return new Promise(done => {
            const socket = new WebSocket(arguments[0]);
            socket.onopen = () => done('open');
            socket.onerror = () => done('refused');
        })";
        let opened = browser.run(socket, &[json!(format!("ws://{}/v1", emulator.addr()))]).await;
        let is_near = page.contains("127.0.0.1");
        assert_eq!(opened, if is_near { "open" } else { "refused" }, "{page}");
        let own = page.replace("/_emulator/health", "/");
        browser.run(script, &[json!(format!("{own}v1")), json!(task.to_string())]).await;
    }
    assert!(emulator.tasks().is_empty(), "{:?}", emulator.tasks());
}

#[tokio::test]
async fn the_page_fits_a_phone_and_follows_the_colour_scheme() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    let upload = "http://127.0.0.1:9/a/rather/long/path/to/some/object/in/staging/key.mp4";
    let (uuid, _) = submit(&emulator, json!({"numberResults": 2, "uploadEndpoint": upload})).await;
    ended(&emulator, &uuid).await;
    submit(&emulator, json!({"outputFormat": "AVI", "positivePrompt": "x".repeat(500)})).await;
    browser.open(&at(&emulator, &format!("?task={uuid}"))).await;
    browser.until("there is a frame", "return document.querySelector('video').readyState >= 2", &[]).await;
    assert_fits_screens(&browser, "emulator").await;
    assert_content(&browser).await;
}

#[tokio::test]
async fn every_field_and_button_has_a_name() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    let (uuid, _) = submit(&emulator, json!({"duration": 1})).await;
    browser.open(&at(&emulator, &format!("?task={uuid}"))).await;
    let nameless = "return [...document.querySelectorAll('input, select, textarea, button, a, progress')].filter(e =>
        e.type !== 'hidden' && !e.labels?.length && !e.getAttribute('aria-label') && !e.textContent.trim())
        .map(e => e.outerHTML)";
    assert_eq!(browser.run(nameless, &[]).await, json!([]));
    let twice = "const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        return ids.filter((id, at) => ids.indexOf(id) !== at)";
    assert_eq!(browser.run(twice, &[]).await, json!([]));
    let dangling = "return [...document.querySelectorAll('[aria-describedby]')].filter(e =>
        !e.getAttribute('aria-describedby').split(' ').every(id => document.getElementById(id))).map(e => e.id)";
    assert_eq!(browser.run(dangling, &[]).await, json!([]));
}

#[tokio::test]
async fn a_rule_added_on_the_page_is_in_force_until_it_is_removed() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    browser.open(&at(&emulator, "")).await;
    browser.shows("#no-rules", "everything goes well").await;
    browser.choose("#rule-switch", "put-body").await;
    browser.type_into("#rule-value", "half").await;
    browser.click("#rule-form button.main").await;
    browser.shows("#rule-answer", "'put-body' cannot be 'half'").await;

    // A value of the list fills the form.
    browser.click("[data-switch='put'][data-value='never']").await;
    browser.shows("#rule-meaning", "never: not at all").await;
    browser.type_into("#rule-prompt", "<b>harbour").await;
    browser.type_into("#rule-times", "5").await;
    browser.click("#rule-form button.main").await;
    browser.shows("#rule-answer", "The rule is in force.").await;
    browser.shows(".rules .set", "put=never").await;
    browser.shows(".rules .when", "prompt has “<b>harbour”, at most 5×").await;
    let upload = "http://127.0.0.1:9/key.mp4";
    let of_rule = json!({"positivePrompt": "A <b>Harbour</b>", "uploadEndpoint": upload});
    let (matched, _) = submit(&emulator, of_rule.clone()).await;
    let (other, _) = submit(&emulator, json!({"uploadEndpoint": upload})).await;
    assert!(ended(&emulator, &matched).await.uploads.is_empty());
    assert!(!ended(&emulator, &other).await.uploads.is_empty());
    browser.shows(".rules .met", "met 1×").await;
    browser.open(&at(&emulator, &format!("?task={matched}"))).await;
    browser.shows(".parameters .fault", "never").await;

    browser.click("[data-remove='0']").await;
    browser.shows("#rule-answer", "The rule is removed.").await;
    browser.find("#no-rules").await;
    let (matched, _) = submit(&emulator, of_rule).await;
    assert!(!ended(&emulator, &matched).await.uploads.is_empty());
}

#[tokio::test]
async fn the_form_meets_the_faults_that_clients_meet() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let scenario = Scenario::from_json(
        br#"{"rules": [{"set": {"submit": "cut"}, "times": 1}, {"set": {"submit": "html:502"}, "times": 1}]}"#,
    );
    let scenario = scenario.expect("a scenario");
    let emulator = emulator(EmulatorOptions { scenario, ..EmulatorOptions::default() }).await;
    browser.open(&at(&emulator, "")).await;
    browser.type_into("#positivePrompt", "A harbour").await;
    for (wanted, reply) in [("502", "<html"), ("No answer", ""), ("400", "")] {
        browser.type_into("#duration", "4").await;
        browser.click("#task-form button.main").await;
        browser.shows("#task-answer .bad", wanted).await;
        let text = browser.run("return document.querySelector('#task-answer pre')?.textContent ?? ''", &[]).await;
        assert!(text.as_str().is_some_and(|text| text.contains(reply)), "{text}");
    }
}

#[tokio::test]
async fn a_stepped_task_goes_on_with_each_press_of_a_button() {
    let Some(browser) = or_skip(Browser::start().await) else { return };
    let emulator = emulator(EmulatorOptions::default()).await;
    browser.open(&at(&emulator, "#faults")).await;
    browser.click("#pace-stepped").await;
    browser.find("#pace-stepped[aria-pressed='true']").await;
    let (uuid, _) = submit(&emulator, json!({"uploadEndpoint": "http://127.0.0.1:9/key.mp4"})).await;
    let row = format!("[id='task-{uuid}']");
    for next in ["render", "upload", "finish"] {
        browser.shows(&format!("{row} .facts"), &format!("waits to {next}")).await;
        browser.shows(&format!("{row} .state"), "processing").await;
        browser.click("#step").await;
        browser.shows("#rule-answer", &format!("did {next}")).await;
    }
    browser.shows(&format!("{row} .state"), "success").await;
    browser.click("#pace-automatic").await;
    browser.find("#pace-automatic[aria-pressed='true']").await;
    assert_eq!(browser.count(".rules li").await, 0);
    let (uuid, _) = submit(&emulator, json!({})).await;
    assert_eq!(ended(&emulator, &uuid).await.state, TaskState::Success);
    assert_content(&browser).await;
}

#[tokio::test]
async fn a_page_that_did_not_change_is_not_sent_again_and_every_answer_has_a_policy() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
    let first = client.get(at(&emulator, "")).send().await.expect("an answer");
    let tag = first.headers()["etag"].clone();
    let again = async || {
        let request = client.get(at(&emulator, "")).header("if-none-match", tag.clone());
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(again().await, 304);
    submit(&emulator, json!({"duration": 1})).await;
    assert_eq!(again().await, 200);
    for rest in
        ["", "_emulator/page/page.js", "_emulator/page/script.js", "_emulator/page/page.css", "_emulator/page/icon.svg"]
    {
        let answer = client.get(at(&emulator, rest)).send().await.expect("an answer");
        let policy = answer.headers()["content-security-policy"].to_str().expect("a text");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{rest}: {policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{rest}");
        let text = answer.text().await.expect("a text");
        assert!(!text.contains("http://") || rest.ends_with("svg"), "{rest} names another place");
    }
}
