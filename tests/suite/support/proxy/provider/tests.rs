use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};

use super::{Back, Call, Dice, Fault, Odds, ProviderProxy, Reach};

/// The bodies that came to a provider.
type Seen = Arc<Mutex<Vec<Value>>>;

/// Names every task it gets, and how many calls there were before.
async fn before_a_provider() -> (ProviderProxy, Seen) {
    let seen = Seen::default();
    let answer = async |State(seen): State<Seen>, Json(tasks): Json<Value>| {
        let mut seen = seen.lock().expect("not poisoned");
        seen.push(tasks.clone());
        let item = |task: &Value| json!({ "taskUUID": task["taskUUID"], "calls": seen.len() });
        let items: Vec<Value> = tasks.as_array().expect("an array").iter().map(item).collect();
        Json(json!({ "data": items }))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = listener.local_addr().expect("bound").to_string();
    let routes = Router::new().route("/v1", post(answer)).with_state(Arc::clone(&seen));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (ProviderProxy::before(&target).await, seen)
}

fn body(task_type: &str, names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "taskType": task_type, "taskUUID": name })).collect()
}

async fn post_to(proxy: &ProviderProxy, body: &Value) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build()?;
    client.post(format!("http://{}/v1", proxy.address())).json(body).send().await
}

/// The names in an answer's `data`.
async fn names(answer: reqwest::Response) -> Vec<String> {
    let mut answer: Value = answer.json().await.expect("a reply");
    let items: Vec<Value> = serde_json::from_value(answer["data"].take()).expect("data");
    items.iter().map(|item| item["taskUUID"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn every_reach_lets_that_much_through() {
    let three = body("videoInference", &["a", "b", "c"]);
    for (reach, calls) in [
        (Reach::Nothing, vec![]),
        (Reach::Half, vec![body("videoInference", &["a"])]),
        (Reach::All, vec![three.clone()]),
        (Reach::Twice, vec![three.clone(), three.clone()]),
    ] {
        let (proxy, seen) = before_a_provider().await;
        proxy.next(Call::Submit, [Fault::new(reach, Back::Answer)]);
        let answer = post_to(&proxy, &three).await.expect("an answer");
        assert_eq!(names(answer).await.len(), calls.last().map_or(0, |last| last.as_array().expect("tasks").len()));
        assert_eq!(*seen.lock().expect("not poisoned"), calls, "{reach:?}");
    }
}

#[tokio::test]
async fn every_answer_comes_back_as_it_says() {
    let (proxy, seen) = before_a_provider().await;
    let two = body("videoInference", &["a", "b"]);
    let meets = async |back| {
        proxy.next(Call::Submit, [Fault::new(Reach::All, back)]);
        post_to(&proxy, &two).await
    };
    assert_eq!(names(meets(Back::Answer).await.expect("an answer")).await, ["a", "b"]);
    assert_eq!(names(meets(Back::Part).await.expect("an answer")).await, ["b"]);
    assert!(names(meets(Back::Empty).await.expect("an answer")).await.is_empty());
    assert!(!meets(Back::Reset).await.expect_err("no answer").is_connect());
    let cut = meets(Back::Cut).await.map(|answer| answer.status());
    assert!(!cut.is_ok_and(|status| status != 200), "at most a head comes back");
    for (back, status, after) in [
        (Back::Status(503), 503, None),
        (Back::Throttled(None), 429, None),
        (Back::Throttled(Some(2)), 429, Some("2")),
        (Back::Locked, 401, None),
    ] {
        let answer = meets(back).await.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), answer.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok())),
            (status, after)
        );
    }
    assert_eq!(seen.lock().expect("not poisoned").len(), 9, "all of them reached the provider");
}

#[tokio::test]
async fn a_cut_answer_cannot_be_read_to_its_end() {
    let (proxy, _) = before_a_provider().await;
    proxy.next(Call::Submit, [Fault::new(Reach::All, Back::Cut)]);
    let read = async { post_to(&proxy, &body("videoInference", &["a"])).await?.bytes().await };
    read.await.expect_err("cut");
}

#[tokio::test]
async fn silence_lasts_until_the_client_gives_up() {
    let (proxy, _) = before_a_provider().await;
    proxy.next(Call::Submit, [Fault::new(Reach::All, Back::Silence)]);
    let task = body("videoInference", &["a"]);
    let call = post_to(&proxy, &task);
    assert!(tokio::time::timeout(Duration::from_millis(300), call).await.is_err());
}

#[tokio::test]
async fn a_script_meets_its_kind_of_call_in_order_and_then_nothing() {
    let (proxy, _) = before_a_provider().await;
    let of = |status| Fault::new(Reach::Nothing, Back::Status(status));
    proxy.next(Call::Question, [of(500), of(501)]);
    let mut statuses = Vec::new();
    for task_type in ["getResponse", "videoInference", "getTaskDetails", "getResponse", "getResponse"] {
        statuses.push(post_to(&proxy, &body(task_type, &["a"])).await.expect("an answer").status().as_u16());
    }
    assert_eq!(statuses, [500, 200, 200, 501, 200]);
    assert_eq!((proxy.calls(Call::Question), proxy.calls(Call::Recall), proxy.met().len()), (3, 1, 2));
}

#[tokio::test]
async fn a_seed_draws_the_same_faults_again() {
    let drawn = async || {
        let (proxy, _) = before_a_provider().await;
        let faults = vec![Fault::new(Reach::Nothing, Back::Status(500)), Fault::new(Reach::All, Back::Status(503))];
        proxy.by_chance(Some(Odds { dice: Dice::new(3), per_mille: 500, faults }));
        for _ in 0..40 {
            post_to(&proxy, &body("getResponse", &["a"])).await.expect("an answer");
        }
        proxy.by_chance(None);
        post_to(&proxy, &body("getResponse", &["a"])).await.expect("an answer");
        proxy.met()
    };
    let met = drawn().await;
    assert!((5..=35).contains(&met.len()), "{met:?}");
    assert_eq!(met, drawn().await);
}
