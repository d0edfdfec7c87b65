//! What is seen without a reload, and what is done by clicks.

use landfall::job::event::EventType;
use serde_json::json;

use super::{PLAYS, Scene, TOKEN, WITHIN, client};
use crate::support::stack::{END_WITHIN, small_job};

#[tokio::test]
async fn a_job_appears_moves_on_and_its_video_plays_without_a_reload() {
    let Some(scene) = Scene::start(&["--render-time", "6s"]).await else { return };
    // On this machine, nobody has to sign in to read.
    scene.open("/").await;
    let Scene { browser, stack, .. } = &scene;
    browser.shows("#standing", "Taking jobs").await;
    browser.find("#no-flights").await;
    browser.run("window.mark = 'the same page'", &[]).await;
    stack.put(small_job("seen", json!({"numberResults": 2}))).await;
    browser.shows("#flight-seen", "A potter shows").await;
    browser.shows("#flight-seen .badge", "generating").await;
    browser.shows("#flight-seen .progress", "%").await;
    browser.shows("#flight-seen .cost", "≤ $").await;
    browser.shows("#tile-flying .figure", "1 of 200").await;
    browser.shows("#ended .state", "completed").await;
    browser.find("#no-flights").await;
    browser.shows("#tile-completed .figure", "1").await;
    browser.shows("#tile-spend .hint", "$0.33").await;
    assert_eq!(browser.until("a video plays", PLAYS, &[json!("#video-seen-0")]).await, json!([64, 64]));
    browser.run("window.first = document.querySelector('#video-seen-0')", &[]).await;
    stack.put(small_job("next", json!({}))).await;
    browser.find("#video-next-0").await;
    let same = "return first === document.querySelector('#video-seen-0') && first.isConnected && window.mark";
    assert_eq!(browser.run(same, &[]).await, json!("the same page"), "what is there is left alone");

    browser.click("#ended a[href='/jobs/seen']").await;
    browser.shows("#end", "completed").await;
    browser.shows("#timings", "generating").await;
    browser.shows("#record", "claimed").await;
    assert_eq!(browser.count("#results video").await, 2);
    assert_eq!(browser.until("it plays there", PLAYS, &[json!("#video-1")]).await, json!([64, 64]));
    // No link is on a page: each is signed when it is asked for.
    let page = browser.run("return document.documentElement.outerHTML", &[]).await;
    assert!(!page.as_str().expect("a text").contains("X-Amz-"), "a signed link is on the page");
    scene.assert_content().await;
    scene.end(2).await;
}

#[tokio::test]
async fn a_job_is_watched_on_its_own_page_and_cancelled_there() {
    let Some(scene) = Scene::start(&["--render-time", "3000s"]).await else { return };
    let Scene { browser, stack, .. } = &scene;
    scene.open("/jobs/unwanted").await;
    browser.shows("#unknown", "no record").await;
    assert_eq!(browser.count("#cancel").await, 0);
    scene.sign_in().await;
    stack.put(small_job("unwanted", json!({"positivePrompt": "A long film"}))).await;
    stack.until_accepted(1).await;
    browser.type_into("#job-id", "unwanted").await;
    browser.click(".search button").await;
    browser.shows("#flight .now", "generating").await;
    browser.shows("#flight", "A long film").await;
    browser.shows("#record", "deadline").await;
    browser.click("#cancel summary").await;
    browser.shows("#cancel", "What was not bought").await;
    browser.click("#cancel-yes").await;
    browser.shows("#said", "Cancelled").await;
    browser.shows("#end .state", "failed").await;
    browser.shows("#end .failure", "the job was cancelled").await;
    browser.shows("#failures", "bought").await;
    browser.shows(".explained", "What to do").await;
    assert_eq!(browser.count("#cancel").await, 0, "what has ended cannot be cancelled");
    scene.end(1).await;
}

#[tokio::test]
async fn a_suspension_is_shown_with_its_cause_and_goes_when_it_is_lifted() {
    let Some(scene) = Scene::start(&[]).await else { return };
    let Scene { browser, stack, .. } = &scene;
    scene.open("/").await;
    browser.shows("#standing", "Taking jobs").await;
    scene.scenario(json!([{"set": {"submit": "error:insufficientCredits"}}])).await;
    stack.put(small_job("patient", json!({}))).await;
    browser.shows("#standing", "Suspended").await;
    browser.shows("#causes", "the provider").await;
    browser.shows("#state-words", "no job fails for it").await;
    scene.scenario(json!([])).await;
    browser.shows("#standing", "Taking jobs").await;
    browser.shows("#ended .state", "completed").await;
    scene.assert_content().await;
    scene.end(1).await;
}

#[tokio::test]
async fn a_worker_is_paused_resumed_and_drained_by_clicks() {
    let Some(mut scene) = Scene::start(&[]).await else { return };
    scene.sign_in().await;
    let Scene { browser, stack, .. } = &scene;
    browser.click("#pause").await;
    browser.shows("#said", "Paused").await;
    browser.shows("#standing", "Paused").await;
    browser.shows("#state-words", "until resumed on the dashboard or restarted").await;
    let cause = scene.worker.ready_with(503).await;
    assert!(cause.contains("paused by an operator"), "{cause}");
    for name in ["first", "second"] {
        stack.put(small_job(name, json!({}))).await;
    }
    // They are on the queue, and not taken ahead: another worker could have them.
    stack.until_waiting(2).await;
    browser.find("#no-flights").await;
    assert_eq!(stack.jobs_waiting().await, 2);
    browser.click("#resume").await;
    browser.shows("#said", "Resumed").await;
    browser.shows("#tile-completed .figure", "2").await;
    scene.worker.ready_with(200).await;
    browser.click("#drain summary").await;
    browser.click("#drain-yes").await;
    // The process may end before the page that says so is loaded.
    let status = scene.worker.role.end(END_WITHIN).await;
    assert_eq!(status.code(), Some(0), "{}", scene.worker.role.log());
    scene.stack.until_ended(2, WITHIN).await;
    let (evidence, _) = scene.stack.gather(2).await;
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 2);
    scene.stack.assert_no_secret_is_told();
}

#[tokio::test]
async fn programs_do_the_same_over_plain_http() {
    let Some(scene) = Scene::start(&["--render-time", "3000s"]).await else { return };
    let post = async |path: &str| {
        let answer = client().post(scene.at(path)).bearer_auth(TOKEN).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json::<serde_json::Value>().await.expect("JSON")
    };
    let told = post("/api/pause").await;
    assert_eq!((&told["state"], &told["inFlight"]), (&json!("paused"), &json!(0)), "{told}");
    let state = client().get(scene.at("/api/state")).send().await.expect("an answer");
    let state: serde_json::Value = state.json().await.expect("JSON");
    assert!(state["causes"][0].as_str().is_some_and(|cause| cause.contains("paused")), "{state}");
    assert_eq!(post("/api/resume").await["state"], json!("taking"));
    scene.stack.put(small_job("scripted", json!({}))).await;
    scene.stack.until_accepted(1).await;
    let told = post("/api/jobs/scripted/cancel").await;
    assert_eq!((&told["found"], &told["workersTold"]), (&json!("under_way"), &json!(true)), "{told}");
    scene.end(1).await;
}

#[tokio::test]
async fn pages_are_kept_up_to_date_in_bounded_number_and_for_nobody_who_signed_out() {
    let Some(scene) = Scene::start(&[]).await else { return };
    let client = client();
    let stream = async |cookie: &str| {
        let request = client.get(scene.at("/")).header("accept", "text/event-stream").header("cookie", cookie);
        request.send().await.expect("an answer")
    };
    let login = client.post(scene.at("/login")).body(format!("token={TOKEN}")).send().await.expect("an answer");
    let cookie = login.headers()["set-cookie"].to_str().expect("a text").split(';').next().expect("a pair").to_owned();
    let mut signed_in = stream(&cookie).await;
    assert_eq!(signed_in.headers()["content-type"], "text/event-stream");
    let first = signed_in.chunk().await.expect("a chunk").expect("the page at once");
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.starts_with("data: <!doctype html>") && first.contains("data-live"), "{first}");
    let mut others = Vec::new();
    for _ in 1..32 {
        let answer = stream("").await;
        assert_eq!(answer.status(), 200);
        others.push(answer);
    }
    let refused = stream("").await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"10".parse().expect("a value")));
    assert_eq!(client.get(scene.at("/")).send().await.expect("an answer").status(), 200, "pages are still served");
    drop(others);
    let deadline = tokio::time::Instant::now() + WITHIN;
    while stream("").await.status() != 200 {
        assert!(tokio::time::Instant::now() < deadline, "no place becomes free");
    }

    let page = client.get(scene.at("/")).header("cookie", &cookie).send().await.expect("an answer");
    let page = page.text().await.expect("a text");
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let logout = client.post(scene.at("/logout")).header("cookie", &cookie).body(format!("csrf={csrf}"));
    assert_eq!(logout.send().await.expect("an answer").status(), 303);
    let rest = async { while signed_in.chunk().await.expect("the stream ends well").is_some() {} };
    tokio::time::timeout(WITHIN, rest).await.expect("the stream ends with its session");
    scene.end(0).await;
}
