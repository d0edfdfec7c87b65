//! Dead letters, hostile texts, and how the pages look.

use serde_json::json;

use super::{Scene, TOKEN, WITHIN, client, text_of};
use crate::support::browser::Look;
use crate::support::stack::small_job;

const HOSTILE: &str =
    r#"<script>document.title = "owned"</script><img src=x onerror="document.title = 'owned'"> & "it's" {{ 7 * 7 }}"#;

#[tokio::test]
async fn a_dead_letter_is_shown_with_its_reason_and_replayed() {
    let Some(mut scene) = Scene::start(&[]).await else { return };
    scene.stack.put(r#"{"jobId": "crooked", "request": {"taskType": "videoInference"}}"#).await;
    scene.stack.until_ended(1, WITHIN).await;
    scene.sign_in().await;
    let Scene { browser, stack, .. } = &scene;
    browser.click("nav a[href='/dead-letters']").await;
    browser.shows(".letter", "invalid_job").await;
    browser.shows(".letter", "request.model").await;
    browser.click("#filter-job_id_reused").await;
    browser.find("#empty").await;
    browser.click("#filter-invalid_job").await;
    browser.click(".letter .what").await;
    browser.shows("#body", "videoInference").await;
    browser.shows("#problems", "positivePrompt").await;
    browser.shows("#hope", "is refused again unless").await;
    browser.shows(".explained", "What to do").await;
    browser.click("#replay summary").await;
    browser.click("#replay-yes").await;
    browser.shows("#said", "Replayed").await;
    // It is as wrong as it was: the worker refuses it again.
    let script = "location.reload(); return false";
    stack.until_waiting(0).await;
    browser.run(script, &[]).await;
    browser.shows(".letter", "replayed 1×").await;
    scene.assert_content().await;
    // Two refusals of one message: the same event twice, and one letter, since the first one was replayed.
    scene.end(1).await;
}

#[tokio::test]
async fn hostile_texts_stay_texts_wherever_they_are_shown() {
    let Some(mut scene) = Scene::start(&["--render-time", "4s"]).await else { return };
    let mut job: serde_json::Value =
        serde_json::from_str(&small_job("hostile", json!({"positivePrompt": HOSTILE}))).expect("JSON");
    job["context"] = json!({ HOSTILE: HOSTILE });
    scene.stack.put(job.to_string()).await;
    scene.open("/").await;
    scene.browser.shows("#flight-hostile .prompt", HOSTILE).await;
    scene.open("/jobs/hostile").await;
    scene.browser.shows("#flight .prompt", HOSTILE).await;
    scene.browser.shows("#end", "completed").await;
    scene.browser.click("#context summary").await;
    scene.browser.shows("#context", "onerror").await;
    scene
        .stack
        .put(json!({ "jobId": HOSTILE, "request": { HOSTILE: HOSTILE }, HOSTILE: "\u{202e}x" }).to_string())
        .await;
    scene.stack.until_ended(2, WITHIN).await;
    scene.open("/").await;
    scene.browser.shows("#ended", "no job id").await;
    let shown = async || {
        assert_ne!(scene.browser.run("return document.title", &[]).await, "owned");
        let foreign = "return document.querySelectorAll('main script, main img, [onerror]').length";
        assert_eq!(scene.browser.run(foreign, &[]).await, 0);
    };
    shown().await;
    scene.open("/dead-letters").await;
    shown().await;
    scene.browser.click(".letter .what").await;
    scene.browser.shows("#body", "<script>").await;
    scene.browser.shows("#body", r"u{202e}").await;
    shown().await;
    for path in ["/jobs?id=%3Cscript%3Ealert(1)%3C/script%3E", "/jobs/%3Cimg%20src=x%3E", "/?said=%3Cb%3E&end=%3Cb%3E"]
    {
        scene.open(path).await;
        shown().await;
        let answer = client().get(scene.at(path)).header("accept", "text/html").send().await.expect("an answer");
        assert!(!text_of(answer).await.contains("<img src=x"), "{path}");
    }
    scene.end(2).await;
}

#[tokio::test]
async fn every_page_fits_a_phone_and_follows_the_colour_scheme() {
    let Some(mut scene) = Scene::start(&["--render-time", "3s"]).await else { return };
    let film = json!({"width": 640, "height": 360, "numberResults": 2, "positivePrompt": "A lighthouse keeper explains how a Fresnel lens gathers light, in three scenes, with a calm voice and a stormy sea."});
    for name in ["lighthouse-course.lesson-3", "lighthouse-course.lesson-4", "x".repeat(128).as_str()] {
        scene.stack.put(small_job(name, film.clone())).await;
    }
    scene.stack.put(r#"{"jobId": "crooked", "request": {"taskType": "videoInference", "width": 64}}"#).await;
    scene.stack.put(format!("no JSON at all {}", "and very long ".repeat(200))).await;
    scene.stack.until_ended(5, WITHIN).await;
    scene.scenario(json!([{"set": {"failure": "providerTimeout"}}])).await;
    scene.stack.put(small_job("unlucky", json!({}))).await;
    scene.stack.until_ended(6, WITHIN).await;
    scene.scenario(json!([{"set": {"render-time": "3000000"}}])).await;
    for name in ["in-flight-1", "in-flight-2"] {
        scene.stack.put(small_job(name, film.clone())).await;
    }
    scene.stack.until_accepted(11).await;
    let client = client();
    let letters = text_of(client.get(scene.at("/dead-letters")).send().await.expect("an answer")).await;
    let letter = letters.split("href=\"/dead-letters/").nth(1).and_then(|rest| rest.split('"').next());
    let letter = format!("/dead-letters/{}", letter.expect("a letter"));
    let pages = [
        ("login", "/login"),
        ("overview", "/"),
        ("job", "/jobs/lighthouse-course.lesson-3"),
        ("flight", "/jobs/in-flight-1"),
        ("failed", "/jobs/unlucky"),
        ("letters", "/dead-letters"),
        ("letter", letter.as_str()),
    ];
    scene.sign_in().await;
    for (name, path) in pages {
        scene.open(path).await;
        let ready = "return [...document.querySelectorAll('video')].every(video => video.readyState >= 2)";
        scene.browser.until("the videos have frames", ready, &[]).await;
        for look in [Look::DESKTOP, Look::DESKTOP.dark(), Look::PHONE, Look::PHONE.dark()] {
            seen(&scene, name, look).await;
        }
        names_are_right(&scene, name).await;
        if name == "overview" {
            for look in [Look::DESKTOP, Look::PHONE.dark()] {
                seen(&scene, "overview-whole", Look { height: 2400, ..look }).await;
            }
        }
    }
    client.post(scene.at("/api/pause")).bearer_auth(TOKEN).send().await.expect("an answer");
    scene.scenario(json!([{"set": {"submit": "error:insufficientCredits"}}])).await;
    scene.open("/").await;
    scene.browser.shows("#standing", "Paused").await;
    scene.browser.click("#drain summary").await;
    for look in [Look::DESKTOP, Look::PHONE.dark()] {
        seen(&scene, "paused", look).await;
    }
    for name in ["in-flight-1", "in-flight-2"] {
        let path = format!("/api/jobs/{name}/cancel");
        client.post(scene.at(&path)).bearer_auth(TOKEN).send().await.expect("an answer");
    }
    scene.assert_content().await;
    scene.end(8).await;
}

async fn seen(scene: &Scene, name: &str, look: Look) {
    let Scene { browser, .. } = scene;
    browser.look(look).await;
    let ground = "return getComputedStyle(document.body).backgroundColor";
    let wanted = if look.is_dark { "rgb(16, 19, 23)" } else { "rgb(244, 245, 247)" };
    assert_eq!(browser.run(ground, &[]).await, wanted, "{name} {look:?}");
    let wide = browser.run("return document.documentElement.scrollWidth", &[]).await;
    assert!(
        wide.as_u64().is_some_and(|wide| wide <= u64::from(look.width)),
        "{name} {look:?} scrolls sideways: {wide}"
    );
    let png = browser.screenshot().await;
    // To look at them: they are not kept otherwise.
    if let Some(directory) = std::env::var_os("LANDFALL_TEST_SCREENSHOTS") {
        let name = format!("dashboard-{name}-{}-{}.png", look.width, if look.is_dark { "dark" } else { "light" });
        std::fs::write(std::path::Path::new(&directory).join(name), png).expect("a file");
    }
}

async fn names_are_right(scene: &Scene, page: &str) {
    let nameless = "return [...document.querySelectorAll('input, select, textarea, button, a, summary')].filter(e =>
        e.type !== 'hidden' && !e.hidden && !e.labels?.length && !e.getAttribute('aria-label') && !e.textContent.trim())
        .map(e => e.outerHTML)";
    assert_eq!(scene.browser.run(nameless, &[]).await, json!([]), "{page}: everything has a name");
    let twice = "const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        return ids.filter((id, at) => ids.indexOf(id) !== at)";
    assert_eq!(scene.browser.run(twice, &[]).await, json!([]), "{page}: every id is there once");
}
