//! The task API over real sockets: every event of the classification table as it looks on the wire.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::scripted::{Act, Scripted, answer, cut_answer, head};
use super::{ApiKey, ProviderOptions, REPLY_MAX_BYTES, RunwareApi};
use crate::job::fault::{Fault, FaultKind};
use crate::job::ids::{PresignedUrl, TaskUuid};
use crate::ports::{ErrorFamily, Observed, Recalled, Submission, Submitted, TaskApi};

const ONE: &str = "86e70d5b-f263-4e53-91ea-e82552155a19";
const TWO: &str = "43c178fb-21ac-412f-bd55-41ff237dff22";
const THREE: &str = "2f01f65c-c0bb-498f-aa6b-60bf7279f6bb";
const KEY: &str = "a-key-that-must-not-be-shown-0123456789";
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const SIGNATURE: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

fn uuid(text: &str) -> TaskUuid {
    TaskUuid::parse(text).unwrap()
}

fn submissions(tasks: &[&str]) -> Vec<Submission> {
    let fields = json!({"taskType": "videoInference", "model": "heygen:video-agent@0", "positivePrompt": "A tour."});
    let submission = |task: &&str| Submission {
        task_uuid: uuid(task),
        fields: fields.as_object().unwrap().clone(),
        upload: PresignedUrl::new(format!("https://bucket.example/staging/{task}?X-Amz-Signature={SIGNATURE}")),
    };
    tasks.iter().map(submission).collect()
}

fn options(url: &str) -> ProviderOptions {
    ProviderOptions::new(Url::parse(url).unwrap(), ApiKey::parse(KEY).unwrap())
}

fn api(url: &str) -> RunwareApi {
    RunwareApi::new(options(url)).unwrap()
}

async fn serve(acts: Vec<Act>) -> (RunwareApi, Scripted) {
    let server = Scripted::start(acts).await;
    (api(&format!("http://{}/v1", server.address)), server)
}

fn say(status: u16, body: &Value) -> Act {
    answer(status, "content-type: application/json\r\n", body.to_string().as_bytes())
}

async fn submit_fault(act: Act, tasks: &[&str]) -> Fault {
    serve(vec![act]).await.0.submit(&submissions(tasks)).await.unwrap_err()
}

async fn observe_fault(act: Act) -> Fault {
    serve(vec![act]).await.0.observe(&[uuid(ONE)]).await.unwrap_err()
}

fn error(code: &str, task: Option<&str>) -> Value {
    json!({"errors": [{"code": code, "message": "said so", "taskUUID": task, "taskType": "videoInference"}]})
}

#[tokio::test]
async fn a_submission_is_one_authorised_post_of_all_tasks() {
    let reply = json!({"data": [
        {"taskType": "videoInference", "taskUUID": TWO}, {"taskType": "videoInference", "taskUUID": ONE}
    ]});
    let (api, server) = serve(vec![say(200, &reply)]).await;
    let answers = api.submit(&submissions(&[ONE, TWO])).await.unwrap();
    assert_eq!(answers[&uuid(ONE)], Submitted::Accepted);
    assert_eq!(answers[&uuid(TWO)], Submitted::Accepted);

    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("authorization: Bearer {KEY}\r\n")), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body.as_array().unwrap().len(), 2);
    assert_eq!((&body[1]["taskUUID"], &body[1]["numberResults"]), (&json!(TWO), &json!(1)));
}

#[tokio::test]
async fn a_mixed_batch_is_told_apart_by_uuid_whatever_the_status() {
    let reply = json!({
        "data": [{"taskType": "videoInference", "taskUUID": THREE}],
        "errors": [
            {"code": "conflictTaskUUID", "taskUUID": ONE},
            {"code": "invalidDuration", "message": "too long", "parameter": "duration", "taskUUID": TWO},
        ],
    });
    for status in [200, 400, 401, 429, 500] {
        let answers = serve(vec![say(status, &reply)]).await.0.submit(&submissions(&[ONE, TWO, THREE])).await.unwrap();
        assert_eq!(answers[&uuid(ONE)], Submitted::Conflict);
        assert_eq!(answers[&uuid(THREE)], Submitted::Accepted);
        let Submitted::Refused(refusal) = &answers[&uuid(TWO)] else { panic!("not refused: {answers:?}") };
        assert_eq!((refusal.family, refusal.code.as_str()), (ErrorFamily::Validation, "invalidDuration"));
    }
}

#[tokio::test]
async fn a_reply_about_nothing_of_ours_leaves_every_task_unclear() {
    for reply in [json!({"data": []}), json!({"data": [{"taskUUID": THREE}]}), json!({"data": [{}], "errors": []})] {
        let answers = serve(vec![say(200, &reply)]).await.0.submit(&submissions(&[ONE, TWO])).await.unwrap();
        assert!(answers.is_empty(), "{reply}: {answers:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_late_or_broken_leaves_a_submission_ambiguous() {
    let huge = vec![b'x'; REPLY_MAX_BYTES + 1];
    let whole = br#"{"data":[{"taskUUID":"86e70d5b-f263-4e53-91ea-e82552155a19"}]}"#;
    for (name, act, question) in [
        ("cut", cut_answer(200, b"{\"data\":["), FaultKind::Ambiguous),
        ("cut after whole JSON", cut_answer(200, whole), FaultKind::Ambiguous),
        ("cut in the head", Act::Say(b"HTTP/1.1 200 OK\r\ncontent-".to_vec()), FaultKind::Ambiguous),
        ("closed unanswered", Act::Say(Vec::new()), FaultKind::Ambiguous),
        ("reset unanswered", Act::SayAndReset(Vec::new()), FaultKind::Ambiguous),
        ("reset in the body", Act::SayAndReset(head(200, "", 1000, b"{")), FaultKind::Ambiguous),
        ("HTML", answer(200, "content-type: text/html\r\n", b"<html>hello</html>"), FaultKind::Malformed),
        ("half of JSON", answer(200, "", b"{\"data\":["), FaultKind::Malformed),
        ("no body", answer(200, "", b""), FaultKind::Malformed),
        ("a huge body", answer(200, "", &huge), FaultKind::Malformed),
        ("500", answer(500, "", b""), FaultKind::Unavailable),
        ("502 as HTML", answer(502, "", b"<html>"), FaultKind::Unavailable),
        ("503", answer(503, "", b""), FaultKind::Unavailable),
        ("500 with an error", say(500, &error("internalServerError", None)), FaultKind::Unavailable),
        ("400 as text", answer(400, "", b"bad"), FaultKind::Rejected { code: "http_400".to_owned() }),
    ] {
        assert_eq!(submit_fault(act.clone(), &[ONE]).await.kind, FaultKind::Ambiguous, "submit: {name}");
        assert_eq!(observe_fault(act).await.kind, question, "observe: {name}");
    }
}

#[tokio::test]
async fn an_answer_that_stalls_is_waited_for_no_longer_than_the_call_may_take() {
    for act in [Act::SayAndStall(Vec::new()), Act::SayAndStall(head(200, "", 1000, b"{"))] {
        let server = Scripted::start(vec![act]).await;
        let mut options = options(&format!("http://{}/v1", server.address));
        options.call_timeout = Duration::from_millis(200);
        let api = RunwareApi::new(options).unwrap();
        assert_eq!(api.submit(&submissions(&[ONE])).await.unwrap_err().kind, FaultKind::Ambiguous);
        assert_eq!(api.observe(&[uuid(ONE)]).await.unwrap_err().kind, FaultKind::Ambiguous);
    }
}

#[tokio::test]
async fn what_never_left_was_not_sent() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    // No resolver takes a label of more than 63 characters, so nobody is asked for this name.
    let no_host = "x".repeat(64);
    for url in [format!("http://{address}/v1"), format!("http://{no_host}.invalid/v1")] {
        let fault = api(&url).submit(&submissions(&[ONE])).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent, "{}", fault.chain());
    }
}

#[tokio::test]
async fn a_refusal_of_who_we_are_is_denied_and_says_what_to_check() {
    for (act, advice) in [
        (say(401, &error("invalidApiKey", None)), "provider.api_key"),
        (say(401, &error("invalidApiKey", Some(ONE))), "provider.api_key"),
        (say(402, &error("insufficientCredits", None)), "credit"),
        (say(200, &error("insufficientCredits", Some(ONE))), "credit"),
        (answer(401, "", b"no"), "provider.api_key"),
        (say(401, &json!({"data": []})), "provider.api_key"),
        (answer(403, "", b"<html>"), "provider.api_key"),
        (answer(404, "", b"<html>"), "provider.url"),
        (answer(301, "location: https://elsewhere.example/\r\n", b""), "provider.url"),
    ] {
        let (submit, observe) = (submit_fault(act.clone(), &[ONE]).await, observe_fault(act).await);
        for fault in [submit, observe] {
            assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
            assert!(fault.chain().contains(advice), "{}", fault.chain());
        }
    }
}

#[tokio::test]
async fn a_rate_limit_is_throttled_for_as_long_as_the_answer_says() {
    let body = error("exceededRateLimit", Some(ONE)).to_string();
    for act in [
        answer(429, "retry-after: 7\r\n", b""),
        answer(429, "retry-after: 7\r\n", body.as_bytes()),
        answer(200, "retry-after: 7\r\n", body.as_bytes()),
    ] {
        let throttled = FaultKind::Throttled { after: Some(Duration::from_secs(7)) };
        assert_eq!(submit_fault(act.clone(), &[ONE]).await.kind, throttled);
        assert_eq!(observe_fault(act).await.kind, throttled);
    }
    assert_eq!(observe_fault(answer(429, "", b"")).await.kind, FaultKind::Throttled { after: None });
}

#[tokio::test]
async fn an_error_without_a_uuid_is_the_refusal_of_a_lone_task_and_the_fault_of_a_batch() {
    for reply in [error("invalidDuration", None), json!({"error": {"code": "invalidDuration"}, "data": []})] {
        let (api, _server) = serve(vec![say(400, &reply)]).await;
        let lone = api.submit(&submissions(&[ONE])).await.unwrap();
        assert!(matches!(&lone[&uuid(ONE)], Submitted::Refused(refusal) if refusal.code == "invalidDuration"));
        let batch = api.submit(&submissions(&[ONE, TWO])).await.unwrap_err();
        assert_eq!(batch.kind, FaultKind::Rejected { code: "invalidDuration".to_owned() });
    }
}

#[tokio::test]
async fn the_servers_own_failure_leaves_its_task_unclear() {
    for code in ["internalServerError", "providerTimeout"] {
        let (api, _server) = serve(vec![say(500, &error(code, Some(ONE)))]).await;
        assert_eq!(api.submit(&submissions(&[ONE])).await.unwrap()[&uuid(ONE)], Submitted::Unclear);
    }
}

#[tokio::test]
async fn tasks_are_observed_together() {
    let reply = json!({
        "data": [
            {"taskType": "getResponse", "taskUUID": ONE, "status": "processing", "progress": 40},
            {"taskUUID": TWO, "status": "success", "videoUUID": "v", "videoURL": "https://vm.runware.ai/v.mp4", "cost": 1.5},
        ],
        "errors": [{"code": "providerError", "status": "error", "taskUUID": THREE}],
    });
    let (api, server) = serve(vec![say(200, &reply)]).await;
    let answers = api.observe(&[uuid(ONE), uuid(TWO), uuid(THREE)]).await.unwrap();
    assert_eq!(answers[&uuid(ONE)], Observed::Running { progress: Some(40) });
    assert!(matches!(&answers[&uuid(TWO)], Observed::Succeeded(success) if success.cost_usd == Some(1.5)));
    assert!(matches!(&answers[&uuid(THREE)], Observed::Failed(refusal) if refusal.code == "providerError"));
    let requests = server.requests();
    let body: Value = serde_json::from_str(requests[0].split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body[2], json!({"taskType": "getResponse", "taskUUID": THREE}));
}

#[tokio::test]
async fn the_archive_knows_a_task_by_its_record_and_forgets_it_by_absence() {
    let record = json!({"data": [
        {"taskType": "getTaskDetails", "taskUUID": ONE, "request": [{}], "response": {"errors": [{"code": "x"}]}}
    ]});
    for (act, expected) in [
        (say(200, &record), Recalled::Known),
        (say(200, &json!({"data": []})), Recalled::Nothing),
        (say(200, &json!({"data": [{"taskUUID": ONE, "request": null, "response": null}]})), Recalled::Nothing),
        (say(404, &error("taskNotFound", Some(ONE))), Recalled::Nothing),
        (say(404, &error("taskNotFound", None)), Recalled::Nothing),
    ] {
        assert_eq!(serve(vec![act]).await.0.recall(uuid(ONE)).await.unwrap(), expected);
    }
    let denied = serve(vec![say(401, &error("invalidApiKey", None))]).await.0.recall(uuid(ONE)).await.unwrap_err();
    assert_eq!(denied.kind, FaultKind::Denied);
}

#[tokio::test]
async fn no_fault_shows_the_key_or_an_upload_url() {
    let echo = format!("PUT https://bucket.example/k?X-Amz-Signature={SIGNATURE} with {KEY} failed");
    for act in [
        say(400, &json!({"errors": [{"code": "invalidUploadEndpoint", "message": echo}]})),
        answer(502, "", format!("<p>{SIGNATURE}</p>").as_bytes()),
        Act::SayAndReset(Vec::new()),
    ] {
        let text = submit_fault(act, &[ONE, TWO]).await.chain();
        assert!(!text.contains(SIGNATURE) && !text.contains(KEY), "{text}");
    }
    let options = options("http://127.0.0.1:1/v1?token=t");
    assert!(!format!("{options:?}").contains(KEY));
    let fault = RunwareApi::new(options).unwrap().observe(&[uuid(ONE)]).await.unwrap_err();
    assert!(!fault.chain().contains("token=t"), "{}", fault.chain());
}

#[tokio::test]
async fn a_toy_key_does_not_garble_what_a_reply_says() {
    let server = Scripted::start(vec![say(200, &json!({"data": [{"taskUUID": ONE}]}))]).await;
    let mut options = options(&format!("http://{}/v1", server.address));
    options.api_key = ApiKey::parse("data").unwrap();
    let answers = RunwareApi::new(options).unwrap().submit(&submissions(&[ONE])).await.unwrap();
    assert_eq!(answers[&uuid(ONE)], Submitted::Accepted);
}

#[tokio::test]
async fn a_batch_beyond_the_bound_is_our_bug_and_an_empty_one_is_no_call() {
    let (api, server) = serve(vec![say(200, &json!({"data": []}))]).await;
    let tasks = vec![uuid(ONE); api.batch_max() + 1];
    assert_eq!(api.observe(&tasks).await.unwrap_err().kind, FaultKind::Bug);
    assert!(api.observe(&[]).await.unwrap().is_empty() && api.submit(&[]).await.unwrap().is_empty());
    assert!(server.requests().is_empty());
}

#[test]
fn options_that_cannot_work_are_denied() {
    for url in ["ftp://h.example", "https://user:pw@h.example/v1", "unix:/x"] {
        assert_eq!(RunwareApi::new(options(url)).unwrap_err().kind, FaultKind::Denied, "{url}");
    }
    for key in ["", "a b", "a\nb", "ä"] {
        assert!(ApiKey::parse(key).is_err(), "{key:?}");
    }
}

#[tokio::test]
async fn a_reply_that_is_small_on_the_wire_and_large_in_memory_is_cut_off() {
    let bomb = include_bytes!("../../tests/golden/provider-client/six-mebibytes-of-spaces.json.gz");
    assert!(bomb.len() < 10_000, "the wire sees little of it");
    let fault = observe_fault(answer(200, "content-encoding: gzip\r\n", bomb)).await;
    assert_eq!(fault.kind, FaultKind::Malformed, "{}", fault.chain());
    assert!(fault.chain().contains("more than"), "{}", fault.chain());
    // Whether the submission took effect, such an answer does not say.
    let fault = submit_fault(answer(200, "content-encoding: gzip\r\n", bomb), &[ONE]).await;
    assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
}

#[tokio::test]
async fn a_reply_nested_beyond_all_measure_is_no_reply() {
    let bomb = "[".repeat(1_000_000);
    let fault = observe_fault(answer(200, "", format!("{{\"data\":{bomb}").as_bytes())).await;
    assert_eq!(fault.kind, FaultKind::Malformed, "{}", fault.chain());
}

#[tokio::test]
async fn a_provider_whose_clock_is_another_is_still_understood() {
    let (api, _server) = serve(vec![answer(200, "date: Mon, 03 Feb 2003 10:00:30 GMT\r\n", br#"{"data":[]}"#)]).await;
    assert!(api.observe(&[uuid(ONE)]).await.expect("a reply").is_empty());
}

#[test]
fn the_key_is_cut_however_a_reply_escapes_it() {
    let key = "a-key/with+slashes/0123456789";
    let options = ProviderOptions::new("http://127.0.0.1:9/v1".parse().unwrap(), ApiKey::parse(key).unwrap());
    let api = RunwareApi::new(options).unwrap();
    let unicode: String = key.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    for escaped in [key.to_owned(), key.replace('/', "\\/"), unicode] {
        let body =
            format!(r#"{{"errors":[{{"code":"invalidModel","taskUUID":"{ONE}","message":"Bearer {escaped}"}}]}}"#);
        let answers = api.read_submitted(&[uuid(ONE)], 400, body.into_bytes()).unwrap();
        let Submitted::Refused(refusal) = &answers[&uuid(ONE)] else { panic!("{answers:?}") };
        assert_eq!(refusal.message, "Bearer [cut]");
        let page = format!("<html>{escaped}</html>").into_bytes();
        let fault = api.read_submitted(&[uuid(ONE)], 502, page).unwrap_err();
        assert!(!fault.chain().contains(key) && !fault.chain().contains("slashes\\/"), "{}", fault.chain());
    }
}

#[tokio::test]
async fn a_call_leads_the_provider_to_our_trace_while_there_is_one_and_tells_it_nothing_else() {
    for traced in [true, false] {
        let server = Scripted::start(vec![answer(200, "", br#"{"data":[]}"#)]).await;
        let mut options = options(&format!("http://{}/v1", server.address));
        if traced {
            options.propagation.traceparent = |_| Some(TRACEPARENT.to_owned());
        }
        let _ = RunwareApi::new(options).unwrap().recall(TaskUuid::derive(&["a"])).await;
        let request = server.requests().remove(0).to_lowercase();
        assert_eq!(request.contains(&format!("traceparent: {TRACEPARENT}\r\n")), traced, "{request}");
        assert!(!request.contains("tracestate") && !request.contains("baggage"), "{request}");
    }
}
