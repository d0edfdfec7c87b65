//! What holds for the dead letters of RabbitMQ in particular. Each check takes a broker's URL and a prefix for names of its
//! own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use landfall::job::fault::FaultKind;
use landfall::job::letter::{LetterFilter, LetterPage};
use landfall::ports::DeadLetters;
use landfall::rabbit::{AmqpUrl, Headers, Rabbit, RabbitLetters, RabbitOptions, connect};
use lapin::BasicProperties;
use lapin::options::{BasicPublishOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use tokio::time::timeout;

pub(crate) use super::hostile::shows_what_others_put_there;
use super::{ALL, EVERYTHING, LettersBench, body, conforms, ids, list};
use crate::broker::SOON;
use crate::rabbit_bench::RabbitBench;
use crate::support::proxy::Mode;

#[async_trait]
impl LettersBench for RabbitBench {
    async fn letters(&self) -> Arc<dyn DeadLetters> {
        Arc::new(self.worker().await.dead_letters())
    }
}

/// RabbitMQ has dead letters like any other.
pub(crate) async fn conforms_as_dead_letters(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    conforms(&bench).await;
    bench.clear().await;
}

/// Puts letters on the dead-letter queue, refused a second apart.
pub(crate) async fn fill(bench: &RabbitBench, count: usize, body_of: impl Fn(usize) -> Vec<u8>) {
    let confirms = (0..count).map(async |number| {
        let at = Timestamp::from_second(1_700_000_000 + i64::try_from(number).expect("few")).expect("an instant");
        let text = |text: &str| AMQPValue::LongString(text.into());
        let mut headers = FieldTable::default();
        headers.insert(Headers::REASON.into(), text(["invalid_job", "job_id_reused", "internal"][number % 3]));
        headers.insert(Headers::REJECTED_AT.into(), text(&at.to_string()));
        let properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
        let options = BasicPublishOptions::default();
        let queue = bench.names.dead_letters.as_str();
        let sent = bench.channel.basic_publish("".into(), queue.into(), options, &body_of(number), properties).await;
        sent.expect("sent").await.expect("confirmed");
    });
    join_all(confirms).await;
}

pub(crate) fn job_body(number: usize) -> Vec<u8> {
    body(&format!("job-{number}")).into_bytes()
}

/// The jobs of the letters in the order in which the broker gives them out, which takes them away.
pub(crate) async fn as_queued(bench: &RabbitBench, expected: usize) -> Vec<usize> {
    let messages = bench.drain(&bench.names.dead_letters, expected).await;
    let job = |message: &lapin::message::BasicGetMessage| {
        let text = String::from_utf8_lossy(&message.data).into_owned();
        text.split("job-").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok()).expect("a job of ours")
    };
    messages.iter().map(job).collect()
}

/// A broker with a worker's topology, and an operator's handle.
async fn desk(url: &str, prefix: &str) -> (RabbitBench, Rabbit, RabbitLetters) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let letters = rabbit.dead_letters();
    (bench, rabbit, letters)
}

/// However often they are looked at, and whatever is taken out of their midst, the queue keeps its order.
pub(crate) async fn keeps_the_order_of_the_queue(url: &str, prefix: &str) {
    let (bench, rabbit, letters) = desk(url, prefix).await;
    fill(&bench, 500, job_body).await;
    for _ in 0..3 {
        list(&letters).await;
    }
    let found = list(&letters).await.letters;
    let (purged, replayed) = (ids(&found[100..110]), ids(&found[400..410]));
    assert_eq!(letters.purge(&purged, ALL, &|_| Ok(())).await.expect("dealt with").done, purged);
    assert_eq!(letters.replay(&replayed, ALL).await.expect("dealt with").done, replayed);
    let order: Vec<usize> =
        (0..500).filter(|number| !(100..110).contains(number) && !(400..410).contains(number)).collect();
    assert_eq!(as_queued(&bench, 480).await, order);
    let again: Vec<_> =
        bench.drain(&bench.names.jobs, 10).await.into_iter().map(|message| message.delivery.data).collect();
    assert_eq!(again, (400..410).map(job_body).collect::<Vec<_>>(), "replayed in their order");
    rabbit.close().await;
    bench.clear().await;
}

/// Those who look at the same time wait for one another: each sees every letter.
pub(crate) async fn lets_everybody_see_everything(url: &str, prefix: &str) {
    let (bench, rabbit, letters) = desk(url, prefix).await;
    fill(&bench, 300, job_body).await;
    let looks = join_all((0..5).map(|_| list(&letters))).await;
    for found in looks {
        assert_eq!((found.letters.len(), found.all), (300, true));
    }
    assert_eq!(as_queued(&bench, 300).await, (0..300).collect::<Vec<_>>());
    rabbit.close().await;
    bench.clear().await;
}

/// What is dead-lettered during looks is neither lost nor looked for without an end.
pub(crate) async fn looks_while_letters_come(url: &str, prefix: &str) {
    let (bench, rabbit, letters) = desk(url, prefix).await;
    fill(&bench, 100, job_body).await;
    let coming = fill(&bench, 1_000, |number| job_body(100 + number));
    let looking = async {
        for _ in 0..5 {
            assert!(timeout(SOON, list(&letters)).await.expect("a look ends").looked_at >= 100);
        }
    };
    futures_util::join!(coming, looking);
    let mut all = as_queued(&bench, 1_100).await;
    all.sort_unstable();
    assert_eq!(all, (0..1_100).collect::<Vec<_>>());
    rabbit.close().await;
    bench.clear().await;
}

/// A look that loses its connection at any moment loses no letter, and the next one sees them all.
pub(crate) async fn loses_nothing_when_the_wire_is_cut(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    bench.worker().await.close().await;
    fill(&bench, 400, job_body).await;
    let wire = bench.proxy().await;
    let far = AmqpUrl::parse(&wire.by_way(url)).expect("the proxy's URL");
    let rabbit = connect(RabbitOptions { url: far, ..bench.options() }).await.expect("connected");
    let (letters, any) = (rabbit.dead_letters(), LetterFilter::default());
    for pause in [5, 10, 20, 30, 40, 60, 80, 120] {
        let cut = async {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            wire.cut();
        };
        // Whether the look was faster than the cut does not matter.
        let (_, ()) = futures_util::join!(letters.list(&any, EVERYTHING), cut);
    }
    // Another look, straight to the broker, waits until the letters are back.
    let near = bench.worker().await;
    let found = timeout(SOON, list(&near.dead_letters())).await.expect("it ends");
    assert_eq!((found.looked_at, found.letters.len(), found.all), (400, 400, true));
    let mut all = as_queued(&bench, 400).await;
    all.sort_unstable();
    assert_eq!(all, (0..400).collect::<Vec<_>>());
    rabbit.close().await;
    near.close().await;
    bench.clear().await;
}

/// Letters that cannot be replayed stay, and it is said why.
pub(crate) async fn keeps_letters_that_cannot_be_replayed(url: &str, prefix: &str) {
    let (bench, rabbit, letters) = desk(url, prefix).await;
    fill(&bench, 50, job_body).await;
    bench.channel.queue_delete(bench.names.jobs.as_str().into(), QueueDeleteOptions::default()).await.expect("deleted");
    let all = ids(&list(&letters).await.letters);
    let dealt = letters.replay(&all, ALL).await.expect("dealt with");
    let trouble = dealt.trouble.expect("there is no queue");
    assert_eq!((dealt.done.len(), dealt.missing.len(), trouble.kind.clone()), (0, 0, FaultKind::Denied));
    assert!(trouble.chain().contains(&bench.names.jobs), "{}", trouble.chain());
    assert_eq!(as_queued(&bench, 50).await, (0..50).collect::<Vec<_>>());
    rabbit.close().await;
    bench.clear().await;
}

/// Without the queue, the fault names it; a broker that falls silent is given up.
pub(crate) async fn says_why_it_cannot_look(url: &str, prefix: &str) {
    let (bench, rabbit, letters) = desk(url, prefix).await;
    let name = bench.names.dead_letters.as_str();
    bench.channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.expect("deleted");
    let page = LetterPage { skip: 0, most: 1, look_at_most: 1 };
    let fault = letters.list(&LetterFilter::default(), page).await.expect_err("there is no queue");
    assert_eq!(fault.kind, FaultKind::Denied);
    assert!(fault.chain().contains(name) && fault.chain().contains("amqp.dead_letters"), "{}", fault.chain());
    rabbit.close().await;

    let wire = bench.proxy().await;
    let url = AmqpUrl::parse(&format!("{}?connection_timeout=1000", wire.by_way(url))).expect("the proxy's URL");
    let rabbit = connect(RabbitOptions { url, ..bench.options() }).await.expect("connected");
    wire.set(Mode::Stall);
    let silent = rabbit.dead_letters();
    let looked = timeout(SOON, silent.list(&LetterFilter::default(), page)).await.expect("it is given up");
    assert!(looked.expect_err("nobody answers").kind.may_mend());
    bench.clear().await;
}
