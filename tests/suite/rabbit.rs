//! What holds for RabbitMQ in particular. Each check takes a broker's URL and a prefix for names of its own.

use std::time::Duration;

use futures_util::future::join_all;
use landfall::job::event::EventType;
use landfall::job::fault::{Fault, FaultKind};
use landfall::ports::{Control, EventSink};
use landfall::rabbit::{AmqpUrl, EventMode, Headers, Rabbit, RabbitOptions, Topology, connect};
use lapin::options::{ExchangeDeclareOptions, ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, ExchangeKind};
use tokio::time::timeout;

use crate::broker::{
    SOON, TRACE, event, event_sink_conforms, intake_conforms, next, nothing_more, rejection,
    unbound_event_sink_conforms,
};
use crate::cancelling::control_conforms;
use crate::rabbit_bench::{RabbitBench, header};
use crate::support::proxy::Mode;

/// RabbitMQ is an intake like any other.
pub(crate) async fn conforms_as_an_intake(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    intake_conforms(&bench).await;
    bench.clear().await;
}

/// RabbitMQ is an event sink like any other, in both modes.
pub(crate) async fn conforms_as_an_event_sink(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    for mode in [EventMode::Structured, EventMode::Binary] {
        let rabbit = connect(RabbitOptions { mode, ..bench.options() }).await.expect("connected");
        let tap = bench.tap(&["#"]).await;
        event_sink_conforms(&*rabbit.events(), async |count| bench.events(&tap, count).await).await;
        bench.channel.queue_delete(tap.as_str().into(), QueueDeleteOptions::default()).await.expect("deleted");
        unbound_event_sink_conforms(&*rabbit.events()).await;
        rabbit.close().await;
    }
    bench.clear().await;
}

/// Workers over RabbitMQ hear one another, also after they lost their connections.
pub(crate) async fn conforms_as_a_control(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let wire = bench.proxy().await;
    let workers = [bench.worker().await, bench.worker_over(&wire, "").await, bench.worker_over(&wire, "").await];
    let controls = workers.each_ref().map(Rabbit::control);
    let three = controls.each_ref().map(|control| &**control as &dyn Control);
    control_conforms(three, "first").await;
    wire.cut();
    control_conforms(three, "again").await;
    for worker in workers {
        worker.close().await;
    }
    bench.clear().await;
}

/// Of 2,000 publishes in flight at once, every second one unroutable, each caller learns the fate of its own.
pub(crate) async fn credits_every_returned_message_to_its_own_publish(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let tap = bench.tap(&["job.completed"]).await;
    let publishes = (0..2_000).map(|number| {
        let events = rabbit.events();
        let event_type = if number % 2 == 0 { EventType::Completed } else { EventType::Failed };
        tokio::spawn(async move { events.publish(&event(event_type, &format!("job-{number}"))).await })
    });
    for (number, published) in join_all(publishes).await.into_iter().enumerate() {
        match published.expect("no panic") {
            Ok(()) => assert!(number % 2 == 0, "job-{number} reached no queue and was credited"),
            Err(fault) => {
                assert!(number % 2 == 1, "job-{number} reached its queue: {}", fault.chain());
                assert_eq!(fault.kind, FaultKind::Denied);
                assert!(fault.chain().contains(&format!("job-{number}.0.failed")), "{}", fault.chain());
            }
        }
    }
    let mut arrived: Vec<String> = bench.events(&tap, 1_000).await.into_iter().map(|event| event.id).collect();
    arrived.sort_unstable();
    arrived.dedup();
    assert_eq!(arrived.len(), 1_000);
    rabbit.close().await;
    bench.clear().await;
}

/// The same event published many times at once is confirmed each time.
pub(crate) async fn publishes_repeats_of_one_event(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let tap = bench.tap(&["#"]).await;
    let completed = event(EventType::Completed, "job-1");
    let sink = rabbit.events();
    for published in join_all((0..50).map(|_| sink.publish(&completed))).await {
        published.expect("published");
    }
    assert_eq!(bench.events(&tap, 50).await.len(), 50);
    rabbit.close().await;
    bench.clear().await;
}

/// Without the exchange, a publish says so and names it; once it is back, publishing goes on.
pub(crate) async fn names_a_missing_exchange(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let exchange = bench.names.events.as_str();
    bench.channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.expect("deleted");
    let sink = rabbit.events();
    let some = [1, 2, 3].map(|number| event(EventType::Completed, &format!("job-{number}")));
    for published in join_all(some.iter().map(|event| sink.publish(event))).await {
        let fault = published.expect_err("there is no exchange");
        assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
        assert!(fault.chain().contains(exchange), "{}", fault.chain());
    }
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    let declared = bench.channel.exchange_declare(exchange.into(), ExchangeKind::Topic, options, FieldTable::default());
    declared.await.expect("declared");
    let tap = bench.tap(&["#"]).await;
    sink.publish(&some[0]).await.expect("published again");
    assert_eq!(bench.events(&tap, 1).await, [some[0].clone()]);
    rabbit.close().await;
    bench.clear().await;
}

/// A queue that is declared otherwise is refused at the start, with its name, the difference and the way out.
pub(crate) async fn refuses_a_queue_declared_otherwise(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    let declared = bench.channel.queue_declare(bench.names.jobs.as_str().into(), options, FieldTable::default());
    declared.await.expect("declared");
    let fault = refused(bench.options()).await;
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    for text in [bench.names.jobs.as_str(), "declared otherwise", "inequivalent arg", "amqp.topology"] {
        assert!(fault.chain().contains(text), "{}", fault.chain());
    }
    bench.clear().await;
}

/// A topology that is only checked is never made, and what is missing is named.
pub(crate) async fn checks_without_declaring(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let checking = RabbitOptions { topology: Topology::Check, ..bench.options() };
    let fault = refused(checking.clone()).await;
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    assert!(fault.chain().contains(&bench.names.dead_letters), "{}", fault.chain());
    bench.worker().await.close().await;
    connect(checking).await.expect("all of it is there").close().await;
    bench.clear().await;
}

/// Credentials and virtual hosts that are refused, and brokers that are not there, are told apart, with no secret in the text.
pub(crate) async fn tells_why_it_cannot_connect(url: &str, prefix: &str) {
    let mut wrong = url::Url::parse(url).expect("a URL");
    wrong.set_password(Some("s3cret-and-wrong")).expect("takes a password");
    let fault = refused(RabbitOptions::new(AmqpUrl::parse(wrong.as_str()).expect("a URL"))).await;
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    assert!(fault.chain().contains("ACCESS_REFUSED"), "{}", fault.chain());
    assert!(!fault.chain().contains("s3cret"), "{}", fault.chain());

    let mut elsewhere = url::Url::parse(url).expect("a URL");
    elsewhere.set_path("/no-such-vhost");
    let fault = refused(RabbitOptions::new(AmqpUrl::parse(elsewhere.as_str()).expect("a URL"))).await;
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    assert!(fault.chain().contains("no-such-vhost"), "{}", fault.chain());

    let nobody = AmqpUrl::parse("amqp://guest:guest@127.0.0.1:1/%2f").expect("a URL");
    let briefly = Duration::from_millis(300);
    let fault = refused(RabbitOptions { connect_within: briefly, ..RabbitOptions::new(nobody) }).await;
    assert_eq!(fault.kind, FaultKind::NotSent, "{}", fault.chain());

    let silent = RabbitBench::connected(url, prefix).await.proxy().await;
    silent.set(Mode::Stall);
    let silent = AmqpUrl::parse(&silent.by_way(url)).expect("a URL");
    let fault = refused(RabbitOptions { connect_within: briefly, ..RabbitOptions::new(silent) }).await;
    assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
}

/// A dead letter is the message as it was, with the reason beside it.
pub(crate) async fn dead_letters_with_reason_and_properties(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let mut headers = FieldTable::default();
    headers.insert("CC".into(), AMQPValue::FieldArray(vec![AMQPValue::LongString("elsewhere".into())].into()));
    headers.insert("huge".into(), AMQPValue::LongString(vec![b'x'; 100_000].into()));
    headers.insert("shop".into(), AMQPValue::LongString("berlin".into()));
    let properties = BasicProperties::default()
        .with_message_id("m-1".into())
        .with_expiration("600000".into())
        .with_content_type("application/json".into())
        .with_headers(headers);
    bench.put(&bench.names.jobs, b"no job", properties).await;
    let intake = rabbit.intake();
    next(&*intake).await.reject(&rejection(b"no job")).await.expect("rejected");
    let letters = bench.drain(&bench.names.dead_letters, 1).await;
    let letter = &letters[0];
    assert_eq!(letter.data, b"no job");
    let properties = &letter.properties;
    assert_eq!(properties.message_id().as_ref().map(|id| id.as_str()), Some("m-1"));
    assert_eq!(properties.content_type().as_ref().map(|text| text.as_str()), Some("application/json"));
    assert_eq!((properties.expiration(), *properties.delivery_mode()), (&None, Some(2)));
    assert_eq!(header(properties, Headers::REASON).as_deref(), Some("invalid_job"));
    assert!(header(properties, Headers::PROBLEMS).expect("problems").contains("\"field\":\"width\""));
    assert_eq!(header(properties, Headers::FIRST_QUEUE), Some(bench.names.jobs.clone()));
    assert_eq!(header(properties, "shop").as_deref(), Some("berlin"));
    assert_eq!((header(properties, "huge"), header(properties, "CC")), (None, None));
    nothing_more(&*intake).await;
    rabbit.close().await;
    bench.clear().await;
}

/// A message that cannot be dead-lettered goes back and is not lost.
pub(crate) async fn gives_back_what_it_cannot_dead_letter(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let exchange = bench.names.dead_letters.as_str();
    bench.channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.expect("deleted");
    bench.put(&bench.names.jobs, b"no job", BasicProperties::default()).await;
    let intake = rabbit.intake();
    let fault = next(&*intake).await.reject(&rejection(b"no job")).await.expect_err("nowhere to put it");
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    let again = next(&*intake).await;
    assert_eq!(again.body(), b"no job");
    again.complete().await.expect("completed");
    rabbit.close().await;
    bench.clear().await;
}

/// A queue that is deleted is declared again, and consuming goes on.
pub(crate) async fn takes_up_a_queue_that_was_deleted(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let intake = rabbit.intake();
    let queue = bench.names.jobs.as_str();
    nothing_more(&*intake).await;
    bench.channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.expect("deleted");
    // Not before there is a consumer: RabbitMQ 3.10 confirms and loses what comes while a queue is being made.
    timeout(SOON, bench.consumed(queue)).await.expect("the queue comes back");
    bench.put(queue, b"again", BasicProperties::default()).await;
    let delivery = next(&*intake).await;
    assert_eq!(delivery.body(), b"again");
    delivery.complete().await.expect("completed");
    rabbit.close().await;
    bench.clear().await;
}

/// A queue that an operator deletes and makes again is taken up, though the worker may declare nothing.
pub(crate) async fn takes_up_a_queue_that_somebody_else_makes_again(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    bench.worker().await.close().await;
    let rabbit = connect(RabbitOptions { topology: Topology::None, ..bench.options() }).await.expect("connected");
    let intake = rabbit.intake();
    let queue = bench.names.jobs.as_str();
    bench.put(queue, b"in hand", BasicProperties::default()).await;
    let in_hand = next(&*intake).await;
    bench.channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.expect("deleted");
    nothing_more(&*intake).await;
    assert!(rabbit.is_connected(), "one queue is no reason to leave the others");
    bench.worker().await.close().await;
    timeout(SOON, bench.consumed(queue)).await.expect("the queue is consumed again");
    bench.put(queue, b"again", BasicProperties::default()).await;
    // Its queue is gone, and the message with it; that settles nothing of the new one.
    let _ = in_hand.complete().await;
    let delivery = next(&*intake).await;
    assert_eq!(delivery.body(), b"again");
    delivery.hand_back().await.expect("still unsettled");
    next(&*intake).await.complete().await.expect("completed");
    nothing_more(&*intake).await;
    rabbit.close().await;
    bench.clear().await;
}

/// Messages may go back more often than RabbitMQ 4 allows by default; none is dead-lettered for it.
pub(crate) async fn hands_back_as_often_as_it_must(url: &str, prefix: &str) {
    const DEFAULT_LIMIT_OF_RABBITMQ_4: usize = 20;
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let intake = rabbit.intake();
    bench.put(&bench.names.jobs, b"job", BasicProperties::default()).await;
    for _ in 0..DEFAULT_LIMIT_OF_RABBITMQ_4 + 5 {
        next(&*intake).await.hand_back().await.expect("handed back");
    }
    let again = next(&*intake).await;
    assert!(again.envelope().redelivered);
    // What was counted goes on with the message, whatever this broker calls it.
    again.park().await.expect("parked");
    let parked = next(&*intake).await;
    parked.reject(&rejection(b"job")).await.expect("rejected");
    let letters = bench.drain(&bench.names.dead_letters, 1).await;
    let attempts = header(&letters[0].properties, Headers::ATTEMPTS).expect("counted");
    assert_eq!(attempts, format!("LongLongInt({})", DEFAULT_LIMIT_OF_RABBITMQ_4 + 7));
    rabbit.close().await;
    bench.clear().await;
}

/// It is known which broker is talked to.
pub(crate) async fn knows_the_brokers_product_and_version(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let broker = rabbit.broker().expect("connected");
    assert_eq!(broker.product, "RabbitMQ");
    let major = broker.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    assert!(major.is_some_and(|major| major >= 3), "{broker:?}");
    rabbit.close().await;
    bench.clear().await;
}

/// A connection that only publishes takes no jobs.
pub(crate) async fn takes_nothing_before_it_is_asked(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let publishing = bench.worker().await;
    publishing.submit("job".into(), Some(TRACE)).await.expect("submitted");
    let working = bench.worker().await;
    let intake = working.intake();
    let delivery = next(&*intake).await;
    assert_eq!((delivery.body(), delivery.envelope().traceparent.as_deref()), (&b"job"[..], Some(TRACE)));
    delivery.complete().await.expect("completed");
    publishing.close().await;
    working.close().await;
    bench.clear().await;
}

/// A message that a busy worker took ahead goes to one that has room, long before the broker would lose patience.
pub(crate) async fn passes_on_what_it_has_no_room_for(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let impatient = RabbitOptions { hold_ahead: Duration::from_millis(300), ..bench.options() };
    let busy = connect(impatient).await.expect("connected");
    for number in 0..5 {
        bench.put(&bench.names.jobs, format!("job-{number}").as_bytes(), BasicProperties::default()).await;
    }
    // With one in hand, the busy one has room for none of the others, and takes them ahead all the same.
    let in_hand = next(&*busy.intake()).await;
    let idle = bench.worker().await;
    let intake = idle.intake();
    for _ in 0..4 {
        next(&*intake).await.complete().await.expect("completed");
    }
    in_hand.complete().await.expect("completed: its channel stays open for it");
    nothing_more(&*intake).await;
    busy.close().await;
    idle.close().await;
    bench.clear().await;
}

async fn refused(options: RabbitOptions) -> Fault {
    match connect(options).await {
        Ok(_) => panic!("connected all the same"),
        Err(fault) => fault,
    }
}
