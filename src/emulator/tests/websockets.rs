//! The task API over real WebSockets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use super::contract::{contract, golden};
use super::support::{self, PATIENCE, ended};
use crate::emulator::socket::{CATCH_UP_PAUSE, MAX_SOCKETS};
use crate::emulator::{Emulator, EmulatorOptions, Scenario};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Where an ended socket is told why.
#[derive(Debug, PartialEq)]
enum Next {
    Frame(Value),
    Closed(u16),
    Lost,
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect_to(emulator: &Emulator, path: &str) -> Self {
        let (socket, _) = connect_async(format!("ws://{}{path}", emulator.addr())).await.expect("a socket");
        Self(socket)
    }

    /// Connects, authenticates, and returns the session.
    async fn authenticated(emulator: &Emulator, session: Option<&str>) -> (Self, String) {
        let mut client = Self::connect_to(emulator, "/v1").await;
        let mut authentication = json!({"taskType": "authentication", "apiKey": KEY});
        if let Some(session) = session {
            authentication["connectionSessionUUID"] = json!(session);
        }
        let reply = client.ask(&json!([authentication])).await;
        let session = reply["data"][0]["connectionSessionUUID"].as_str().expect("a session").to_owned();
        (client, session)
    }

    async fn send(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    async fn next(&mut self) -> Next {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("something within a minute") {
                Some(Ok(Message::Text(text))) => return Next::Frame(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(Some(frame)))) => return Next::Closed(frame.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Next::Lost,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn frame(&mut self) -> Value {
        match self.next().await {
            Next::Frame(frame) => frame,
            ended => panic!("a frame, not {ended:?}"),
        }
    }

    async fn ask(&mut self, message: &Value) -> Value {
        self.send(message).await;
        self.frame().await
    }
}

async fn emulator(options: EmulatorOptions) -> Emulator {
    support::emulator(EmulatorOptions { api_key: Some(KEY.to_owned()), ..options }).await
}

fn ping() -> Value {
    json!([{"taskType": "ping", "ping": true}])
}

fn task() -> (String, Value) {
    support::task(&json!({"deliveryMethod": "async"}))
}

fn poll(uuid: &str) -> Value {
    json!([{"taskType": "getResponse", "taskUUID": uuid}])
}

#[tokio::test]
async fn the_first_message_authenticates_and_a_ping_is_answered() {
    let emulator = emulator(EmulatorOptions::default()).await;
    for path in ["/v1", "/v1/", "/v1?sdk=js&version=1.3.2"] {
        let mut client = Client::connect_to(&emulator, path).await;
        let reply = client.ask(&golden("authentication.request.json")).await;
        assert_eq!(contract(&reply), contract(&golden("authentication.reply.json")), "{path}");
        assert!(Uuid::try_parse(reply["data"][0]["connectionSessionUUID"].as_str().expect("text")).is_ok());
        assert_eq!(client.ask(&golden("ping.request.json")).await, golden("ping.reply.json"), "{path}");
    }
    let mut client = Client::connect_to(&emulator, "/v1").await;
    let reply = client.ask(&golden("authentication-resume.request.json")).await;
    assert_eq!(reply, golden("authentication.reply.json"), "a session is echoed");
    emulator.stop().await;
}

#[tokio::test]
async fn who_is_not_known_is_told_so_and_may_try_again() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let mut client = Client::connect_to(&emulator, "/v1").await;
    let (_, task) = task();
    assert_eq!(client.ask(&json!([task])).await["errors"][0]["code"], "missingApiKey");
    let bad_key = json!([{"taskType": "authentication", "apiKey": "another"}, task]);
    let reply = client.ask(&bad_key).await;
    assert_eq!(contract(&reply), contract(&golden("bad-key.reply.json")));
    assert_eq!(client.ask(&ping()).await, reply, "until it is known");
    assert!(emulator.tasks().is_empty());
    assert_eq!(client.ask(&golden("authentication.request.json")).await["data"][0]["taskType"], "authentication");
    assert_eq!(client.ask(&ping()).await, golden("ping.reply.json"));
    emulator.stop().await;
}

#[tokio::test]
async fn both_transports_tell_of_the_same_tasks() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    let (uuid, task) = task();
    let acknowledgement = json!({"data": [{"taskType": "videoInference", "taskUUID": uuid}]});
    assert_eq!(client.ask(&json!([task])).await, acknowledgement);
    ended(&emulator, &uuid).await;
    let over_socket = client.ask(&poll(&uuid)).await;
    assert_eq!(over_socket["data"][0]["status"], "success");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let post = async |body: Value| -> Value {
        let answer = http.post(emulator.url()).bearer_auth(KEY).json(&body).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    };
    assert_eq!(post(poll(&uuid)).await, over_socket);
    assert_eq!(post(json!([task])).await["errors"][0]["code"], "conflictTaskUUID");
    emulator.stop().await;
}

#[tokio::test]
async fn each_task_of_a_message_is_answered_in_a_frame_of_its_own() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    let request = golden("submit-mixed.request.json");
    let both = golden("submit-mixed.reply.json");
    client.send(&request).await;
    assert_eq!(contract(&client.frame().await), contract(&json!({"data": both["data"]})));
    assert_eq!(contract(&client.frame().await), contract(&json!({"errors": both["errors"]})));
    client.send(&Value::from("no array")).await;
    assert_eq!(client.frame().await["errors"][0]["code"], "invalidRequest");
    emulator.stop().await;
}

#[tokio::test]
async fn nothing_is_told_unasked_while_the_client_is_there() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    let (uuid, task) = task();
    client.ask(&json!([task])).await;
    ended(&emulator, &uuid).await;
    assert_eq!(client.ask(&ping()).await, golden("ping.reply.json"), "and no result before it");
    emulator.stop().await;
}

#[tokio::test]
async fn who_comes_back_is_told_once_what_ended_meanwhile() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, session) = Client::authenticated(&emulator, None).await;
    let (uuid, task) = task();
    client.ask(&json!([task])).await;
    drop(client);
    ended(&emulator, &uuid).await;

    let (mut client, resumed) = Client::authenticated(&emulator, Some(&session)).await;
    assert_eq!(resumed, session);
    let missed = client.frame().await;
    assert_eq!((&missed["data"][0]["taskUUID"], &missed["data"][0]["status"]), (&json!(uuid), &json!("success")));
    drop(client);
    let (mut client, _) = Client::authenticated(&emulator, Some(&session)).await;
    assert!(timeout(2 * CATCH_UP_PAUSE, client.next()).await.is_err(), "it was told already");
    emulator.stop().await;
}

#[tokio::test]
async fn who_comes_back_and_asks_by_itself_is_not_told_again() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, session) = Client::authenticated(&emulator, None).await;
    let (uuid, task) = task();
    client.ask(&json!([task])).await;
    drop(client);
    ended(&emulator, &uuid).await;
    let (mut client, _) = Client::authenticated(&emulator, Some(&session)).await;
    assert_eq!(client.ask(&poll(&uuid)).await["data"][0]["status"], "success");
    assert!(timeout(2 * CATCH_UP_PAUSE, client.next()).await.is_err(), "it was told already");
    emulator.stop().await;
}

#[tokio::test]
async fn who_comes_back_is_not_told_unasked_of_what_was_submitted_since() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (client, session) = Client::authenticated(&emulator, None).await;
    drop(client);
    let (mut client, _) = Client::authenticated(&emulator, Some(&session)).await;
    let (uuid, task) = task();
    client.ask(&json!([task])).await;
    ended(&emulator, &uuid).await;
    assert!(timeout(2 * CATCH_UP_PAUSE, client.next()).await.is_err(), "it was told unasked");
    emulator.stop().await;
}

#[tokio::test]
async fn answers_that_a_lost_client_did_not_take_wait_for_it() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, session) = Client::authenticated(&emulator, None).await;
    let (uuid, mut task) = task();
    task["routing"] = json!({"note": "long ".repeat(8_000)});
    client.ask(&json!([task])).await;
    ended(&emulator, &uuid).await;
    client.ask(&poll(&uuid)).await;
    // Forty megabytes of answers, which no buffer on the way takes, and a client that reads none of them.
    let details = json!({"taskType": "getTaskDetails", "taskUUID": uuid});
    for _ in 0..4 {
        client.send(&Value::from(vec![details.clone(); 1_000])).await;
    }
    drop(client);

    let deadline = Instant::now() + PATIENCE;
    loop {
        let (mut client, _) = Client::authenticated(&emulator, Some(&session)).await;
        if let Ok(Next::Frame(kept)) = timeout(2 * CATCH_UP_PAUSE, client.next()).await {
            assert_eq!(kept["data"][0]["taskType"], "getTaskDetails");
            break;
        }
        // The emulator has not noticed yet that the line is gone.
        assert!(Instant::now() < deadline, "nothing was kept");
    }
    emulator.stop().await;
}

#[tokio::test]
async fn a_silent_socket_is_closed_and_pings_keep_one_open() {
    const SILENCE: Duration = Duration::from_secs(2);
    let emulator = emulator(EmulatorOptions { socket_silence: SILENCE, ..EmulatorOptions::default() }).await;
    let (mut silent, session) = Client::authenticated(&emulator, None).await;
    let (mut lively, _) = Client::authenticated(&emulator, None).await;
    let begun = Instant::now();
    while begun.elapsed() < 2 * SILENCE {
        assert_eq!(lively.ask(&ping()).await, golden("ping.reply.json"));
        // Control frames are no messages.
        drop(silent.0.send(Message::Ping("still here".into())).await);
        sleep(SILENCE / 10).await;
    }
    assert_eq!(silent.next().await, Next::Closed(1000));
    let (mut anew, _) = Client::authenticated(&emulator, Some(&session)).await;
    assert_eq!(anew.ask(&ping()).await, golden("ping.reply.json"));
    emulator.stop().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_its_socket_and_no_other() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    let (mut other, _) = Client::authenticated(&emulator, None).await;
    // Whether all of it is taken before the emulator closes is a race.
    drop(client.0.send(Message::text("x".repeat(17 << 20))).await);
    assert!(matches!(client.next().await, Next::Closed(1009) | Next::Lost));
    assert_eq!(other.ask(&ping()).await, golden("ping.reply.json"));
    emulator.stop().await;
}

#[tokio::test]
async fn stopping_says_goodbye_to_every_socket() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    let mut unknown = Client::connect_to(&emulator, "/v1").await;
    let begun = Instant::now();
    let (first, second, ()) = tokio::join!(client.next(), unknown.next(), emulator.stop());
    assert_eq!((first, second), (Next::Closed(1001), Next::Closed(1001)));
    assert!(begun.elapsed() < crate::emulator::STOP_GRACE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn there_are_so_many_sockets_and_a_closed_one_makes_room() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let mut clients = Vec::new();
    for _ in 0..MAX_SOCKETS {
        clients.push(Client::connect_to(&emulator, "/v1").await);
    }
    let url = format!("ws://{}/v1", emulator.addr());
    let Err(Error::Http(refusal)) = connect_async(&url).await else { panic!("one too many") };
    assert_eq!(
        (refusal.status().as_u16(), &refusal.headers()["content-type"]),
        (503, &"application/json".parse().expect("text"))
    );
    clients.pop();
    let deadline = Instant::now() + PATIENCE;
    while connect_async(&url).await.is_err() {
        assert!(Instant::now() < deadline, "the place was not given up");
        sleep(Duration::from_millis(10)).await;
    }
    drop(clients);
    emulator.stop().await;
}

#[tokio::test]
async fn a_get_that_is_no_websocket_is_answered_in_json() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for (upgrade, status, code) in [(None, 405, "invalidMethod"), (Some("websocket"), 400, "invalidUpgrade")] {
        let mut request = http.get(emulator.url());
        if let Some(upgrade) = upgrade {
            request = request.header("upgrade", upgrade);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status);
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["errors"][0]["code"], code);
    }
    emulator.stop().await;
}

async fn under(set: Value) -> Emulator {
    let scenario = json!({"rules": [{ "set": set }]}).to_string();
    let scenario = Scenario::from_json(scenario.as_bytes()).expect("a scenario");
    emulator(EmulatorOptions { scenario, ..EmulatorOptions::default() }).await
}

#[tokio::test]
async fn a_reset_takes_the_socket_with_it_and_leaves_the_task_accepted() {
    let emulator = under(json!({"submit": "reset"})).await;
    let (mut client, session) = Client::authenticated(&emulator, None).await;
    let (uuid, task) = task();
    client.send(&json!([task])).await;
    assert_eq!(client.next().await, Next::Lost);
    ended(&emulator, &uuid).await;
    let (mut back, _) = Client::authenticated(&emulator, Some(&session)).await;
    let missed = back.frame().await;
    assert_eq!(missed["data"][0]["taskUUID"], json!(uuid), "what ended is told to who comes back: {missed}");
    emulator.stop().await;
}

#[tokio::test]
async fn a_cut_frame_is_half_of_what_it_announces() {
    let emulator = under(json!({"poll": "cut"})).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    client.send(&poll(&Uuid::new_v4().to_string())).await;
    let MaybeTlsStream::Plain(tcp) = client.0.get_mut() else { panic!("no TLS here") };
    let mut bytes = Vec::new();
    let end = timeout(PATIENCE, tcp.read_to_end(&mut bytes)).await.expect("an end").map_err(|error| error.kind());
    let whole = r#"{"data":[]}"#;
    let announced = u8::try_from(whole.len()).expect("short");
    assert_eq!(bytes, [&[0x81, announced], &whole.as_bytes()[..whole.len() / 2 - 2]].concat());
    assert_eq!(end, Err(std::io::ErrorKind::ConnectionReset));
    emulator.stop().await;
}

#[tokio::test]
async fn a_stalled_socket_says_nothing_more() {
    const LONG_FOR_A_REPLY: Duration = Duration::from_millis(300);
    let emulator = under(json!({"poll": "stall"})).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    client.send(&poll(&Uuid::new_v4().to_string())).await;
    client.send(&ping()).await;
    assert!(timeout(LONG_FOR_A_REPLY, client.0.next()).await.is_err());
    let (mut other, _) = Client::authenticated(&emulator, None).await;
    assert_eq!(other.ask(&ping()).await["data"][0]["pong"], true, "other sockets are not concerned");
    emulator.stop().await;
}

#[tokio::test]
async fn faults_that_are_answers_are_frames() {
    for (fault, expected) in [
        ("error:serviceUnavailable", r#""code":"serviceUnavailable""#),
        ("throttled:3", r#""code":"rateLimitExceeded""#),
        ("html:502", "<html>"),
        ("malformed", r#"{"dat"#),
        ("empty", r#"{"data":[]}"#),
        ("slow:200", r#"{"data":[]}"#),
    ] {
        let emulator = under(json!({ "poll": fault })).await;
        let (mut client, _) = Client::authenticated(&emulator, None).await;
        let start = Instant::now();
        client.send(&poll(&Uuid::new_v4().to_string())).await;
        let Some(Ok(Message::Text(text))) = timeout(PATIENCE, client.0.next()).await.expect("a frame") else {
            panic!("a text frame, whatever is in it");
        };
        assert!(text.contains(expected), "{fault}: {text}");
        assert!(fault != "slow:200" || start.elapsed() >= Duration::from_millis(200));
        assert_eq!(client.ask(&ping()).await["data"][0]["pong"], true);
        emulator.stop().await;
    }
}

#[tokio::test]
async fn a_slow_answer_holds_up_no_other_and_waits_for_who_left() {
    let emulator = under(json!({"poll": "slow:1000", "details": "slow:60000"})).await;
    let (mut client, session) = Client::authenticated(&emulator, None).await;
    let unknown = Uuid::new_v4().to_string();
    client.send(&poll(&unknown)).await;
    client.send(&json!([{"taskType": "getTaskDetails", "taskUUID": unknown}])).await;
    assert_eq!(client.ask(&ping()).await, golden("ping.reply.json"));
    assert_eq!(client.frame().await, json!({"data": []}));
    drop(client);
    let (mut back, _) = Client::authenticated(&emulator, Some(&session)).await;
    assert_eq!(back.frame().await["errors"][0]["taskUUID"], json!(unknown));
    emulator.stop().await;
}

#[tokio::test]
async fn limits_hold_for_messages_too() {
    let emulator = under(json!({"max-tasks": 1})).await;
    let (mut client, _) = Client::authenticated(&emulator, None).await;
    let (ping, pings) = (ping(), json!([ping()[0], ping()[0]]));
    assert_eq!(client.ask(&pings).await["errors"][0]["code"], "arrayTooLarge");
    assert_eq!(client.ask(&ping).await["data"][0]["pong"], true);
    emulator.stop().await;
}
