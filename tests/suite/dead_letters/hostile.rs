//! Letters that others put there: whatever is in them, they are listed, shown, replayed and purged like any other.

use landfall::job::letter::{Hope, hope};
use landfall::job::text::is_fit;
use landfall::ports::DeadLetters;
use landfall::rabbit::Headers;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

use super::{ALL, ids, list};
use crate::rabbit_bench::{RabbitBench, header};

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn properties(headers: &[(&str, AMQPValue)]) -> BasicProperties {
    let mut table = FieldTable::default();
    for (name, value) in headers {
        table.insert((*name).into(), value.clone());
    }
    BasicProperties::default().with_headers(table)
}

fn death(reason: &str) -> AMQPValue {
    let mut table = FieldTable::default();
    table.insert("reason".into(), text(reason));
    table.insert("queue".into(), text("landfall.jobs"));
    table.insert("time".into(), AMQPValue::Timestamp(1_700_000_000));
    AMQPValue::FieldArray(vec![AMQPValue::FieldTable(table)].into())
}

/// What somebody may have put there: a body and its properties.
fn strange() -> Vec<(Vec<u8>, BasicProperties)> {
    let esc = "\u{1b}[2J\u{202e}\r\nforged";
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let nested = AMQPValue::FieldArray(vec![death("x"), AMQPValue::Void, AMQPValue::Boolean(true)].into());
    vec![
        (Vec::new(), BasicProperties::default()),
        (esc.as_bytes().to_vec(), BasicProperties::default().with_message_id(esc.into()).with_content_type(esc.into())),
        (vec![0xff; 1024 * 1024], properties(&[])),
        (deep.into_bytes(), properties(&[("x-death", text("no list"))])),
        (b"{\"jobId\": \"../../etc\"}".to_vec(), properties(&[("x-death", nested), (Headers::REASON, death("y"))])),
        (
            b"{\"jobId\": \"mine\"}".to_vec(),
            properties(&[
                (Headers::REASON, text(esc)),
                (Headers::FIRST_REASON, AMQPValue::LongString(vec![0xff, 0xfe].into())),
                (Headers::PROBLEMS, text("[{\"field\": 7}")),
                (Headers::REJECTED_AT, text("yesterday")),
                (Headers::ATTEMPTS, AMQPValue::LongLongInt(-5)),
                (Headers::REPLAYS, text("many")),
                (Headers::REPLAYED_AT, text(esc)),
                ("traceparent", text(esc)),
                ("long", text(&"x".repeat(50_000))),
            ]),
        ),
        (
            b"problems".to_vec(),
            properties(&[
                (Headers::REASON, text(&"r".repeat(10_000))),
                (
                    Headers::PROBLEMS,
                    text(&format!("[{{\"field\": \"{}\", \"problem\": \"\\u001b[31m\"}}]", "f".repeat(5_000))),
                ),
                (Headers::REJECTED_AT, text("-009999-01-01T00:00:00Z")),
                (Headers::REPLAYS, AMQPValue::LongLongInt(i64::MAX)),
            ]),
        ),
        (b"the broker's own".to_vec(), properties(&[("x-death", death("delivery_limit"))])),
    ]
}

/// Letters without headers, with broken ones, with control characters, of any size.
pub(crate) async fn shows_what_others_put_there(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let letters = rabbit.dead_letters();
    let strange = strange();
    for (body, properties) in strange.iter().chain(&strange[..1]) {
        bench.put(&bench.names.dead_letters, body, properties.clone()).await;
    }
    let found = list(&letters).await;
    assert_eq!((found.looked_at, found.letters.len()), (9, 8), "two that nobody could tell apart are one");
    let mut copies: Vec<u64> = found.letters.iter().map(|letter| letter.copies).collect();
    copies.sort_unstable();
    assert_eq!(copies, [1, 1, 1, 1, 1, 1, 1, 2]);
    for letter in &found.letters {
        let whole = letters.get(&letter.id, ALL).await.expect("looked").expect("there");
        let texts =
            [&letter.reason, &letter.first_reason, &letter.first_queue, &letter.message_id, &whole.content_type];
        let problems = letter.problems.iter().flat_map(|problem| [&problem.field, &problem.problem]);
        let headers = whole.headers.iter().flat_map(|(name, value)| [name, value]);
        let all = texts.into_iter().flatten().chain(problems).chain(headers).chain([&letter.excerpt]);
        for shown in all {
            assert!(is_fit(shown) && shown.chars().count() <= 1_000, "{shown:?}");
        }
        assert!(strange.iter().any(|(body, _)| whole.body == body[..]));
    }
    let of = |reason: &str| found.letters.iter().find(|letter| letter.reason.as_deref() == Some(reason));
    let brokers = of("broker.delivery_limit").expect("the broker's reason");
    assert_eq!(brokers.rejected_at.map(|at| at.as_second()), Some(1_700_000_000));
    assert_eq!(
        (brokers.first_queue.as_deref(), hope(brokers.reason.as_deref()).0),
        (Some("landfall.jobs"), Hope::Good)
    );

    let all = ids(&found.letters);
    let dealt = letters.replay(&all, ALL).await.expect("dealt with");
    assert_eq!(dealt.done, all, "{:?}", dealt.trouble);
    assert_eq!(list(&letters).await.in_queue, 0);
    let replayed = bench.drain(&bench.names.jobs, 8).await;
    assert_eq!(replayed.len(), 8);
    for message in replayed {
        let ours = message
            .properties
            .headers()
            .as_ref()
            .expect("headers")
            .inner()
            .keys()
            .filter(|name| name.as_str().starts_with("x-"));
        // The broker itself counts deliveries.
        assert!(ours.into_iter().all(|name| name.as_str() != "x-death"));
        assert!(header(&message.properties, Headers::REPLAYED_AT).is_some());
    }
    rabbit.close().await;
    bench.clear().await;
}
