//! What can be wrong with the broker.

use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};

use super::{Report, doctor, settings};
use crate::rabbit_bench::RabbitBench;
use crate::support::servers::{RabbitMq, or_skip};

async fn of_broker(arguments: &[&str], url: &str, more: &[(&str, &str)]) -> Report {
    let more: Vec<_> = [("LANDFALL_AMQP__URL", url)].iter().chain(more).copied().collect();
    let arguments: Vec<_> = ["--only", "broker"].iter().chain(arguments).copied().collect();
    let report = doctor(&arguments, &settings(&more)).await;
    assert!(!report.text.contains("broker-password-of-the-tests"), "{}", report.text);
    report
}

/// The queues' messages, as their owner sees them.
async fn declare_plain(url: &str, queue: &str) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.expect("the broker answers");
    let channel = connection.create_channel().await.expect("a channel");
    channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), FieldTable::default()).await.expect("declared");
}

#[tokio::test]
async fn a_wrong_password_is_named_and_not_shown() {
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let url = url::Url::parse(&broker.fresh_vhost()).expect("a URL");
    let mut wrong = url.clone();
    wrong.set_password(Some("not-the-password-of-the-tests")).expect("it takes one");
    let report = of_broker(&[], wrong.as_str(), &[]).await;
    report.finds_only(&["broker-login-refused"], 1);
    let change = format!("rabbitmqctl change_password {}", url.username());
    report.names("broker-login-refused", "refuses user or password", &["amqp.url", "percent-encoded", &change]);
    assert!(!report.text.contains("not-the-password-of-the-tests"), "{}", report.text);
    assert!(report.of("broker-topology").iter().all(|found| found["seen"] == "there is no connection"));
}

#[tokio::test]
async fn a_missing_virtual_host_is_named_with_the_commands_that_make_it() {
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let url = broker.amqp_url().replace("%2f", "no-such-vhost");
    let report = of_broker(&[], &url, &[]).await;
    report.finds_only(&["broker-vhost-missing"], 1);
    report.names(
        "broker-vhost-missing",
        "no virtual host no-such-vhost",
        &["rabbitmqctl add_vhost no-such-vhost", "set_permissions --vhost no-such-vhost", "LANDFALL_AMQP__URL"],
    );
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_one_that_speaks_no_amqp_are_told_apart() {
    let report = of_broker(&[], "amqp://u:p@127.0.0.1:1/%2f", &[]).await;
    report.finds_only(&["broker-unreachable"], 1);
    report.names("broker-unreachable", "refused", &["5672 for amqp", "nc -vz 127.0.0.1 1"]);

    let page = axum::Router::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move { axum::serve(listener, page).await });
    let report = of_broker(&[], &format!("amqp://u:p@127.0.0.1:{port}/%2f"), &[]).await;
    report.finds_only(&["broker-strange"], 1);
    report.names("broker-strange", "speaks no AMQP", &["15672 is the management page"]);
}

#[tokio::test]
async fn queues_that_are_missing_are_declared_with_fix_and_only_then() {
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let url = broker.fresh_vhost();
    for _ in 0..2 {
        // The first look declared nothing.
        let report = of_broker(&[], &url, &[]).await;
        report.finds_only(&["broker-part-not-yet"; 6], 0);
        report.names("broker-part-not-yet", "not there yet", &["doctor --fix", "start a worker"]);
        assert!(report.outcomes("broker-permissions").iter().all(|outcome| *outcome == "ok"), "{}", report.text);
    }
    let report = of_broker(&[], &url, &[("LANDFALL_AMQP__TOPOLOGY", "check")]).await;
    report.finds_only(&["broker-part-missing"; 6], 1);
    report.names("broker-part-missing", "amqp.topology is check", &["doctor --fix", "LANDFALL_AMQP__TOPOLOGY"]);

    let report = of_broker(&["--fix"], &url, &[]).await;
    report.finds_only(&[], 0);
    let fixed = report.found.iter().filter(|found| found["fixed"].is_string()).count();
    assert_eq!(fixed, 6, "{}", report.text);
    let report = of_broker(&["--fix"], &url, &[]).await;
    assert!(report.found.iter().all(|found| found["fixed"].is_null()), "{}", report.text);
    assert_eq!(report.outcomes("broker-topology"), ["ok"; 6]);
    assert_eq!(report.outcomes("broker-delivery-limit"), ["ok"]);
    // What was declared is what a worker declares.
    RabbitBench::connected(&url, "landfall").await.worker().await.close().await;
}

#[tokio::test]
async fn a_queue_declared_otherwise_is_named_with_what_differs_and_left_as_it_is() {
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let url = broker.fresh_vhost();
    RabbitBench::connected(&url, "other").await;
    declare_plain(&url, "landfall.jobs").await;
    let report = of_broker(&["--fix"], &url, &[]).await;
    report.finds_only(&["broker-part-otherwise"], 1);
    let vhost = url.rsplit('/').next().expect("a virtual host");
    report.names(
        "broker-part-otherwise",
        "landfall.jobs is there and declared otherwise",
        &[
            &format!("rabbitmqctl delete_queue --vhost {vhost} landfall.jobs"),
            "LANDFALL_AMQP__JOBS_QUEUE",
            "amqp.topology to check",
        ],
    );
    report.names("broker-part-otherwise", "x-dead-letter-exchange", &[]);
    declare_plain(&url, "landfall.jobs").await;
    let report = of_broker(&[], &url, &[("LANDFALL_AMQP__TOPOLOGY", "check")]).await;
    assert_eq!(report.code, Some(0), "{}", report.text);
    report.names("broker-part-otherwise-kept", "takes it as it is", &["README"]);
}

#[tokio::test]
async fn nothing_is_published_taken_or_declared_by_looking() {
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let url = broker.fresh_vhost();
    let bench = RabbitBench::connected(&url, "landfall").await;
    bench.worker().await.close().await;
    let tap = bench.tap(&["#"]).await;
    bench.put(&bench.names.jobs, b"a job", BasicProperties::default().with_delivery_mode(2)).await;
    let publish = bench.channel.basic_publish(
        bench.names.dead_letters.as_str().into(),
        "".into(),
        BasicPublishOptions::default(),
        b"a dead letter",
        BasicProperties::default(),
    );
    publish.await.expect("published").await.expect("confirmed");
    for _ in 0..2 {
        let report = of_broker(&[], &url, &[]).await;
        report.finds_only(&[], 0);
        assert_eq!(report.of("broker-waiting")[0]["seen"], "1 jobs, 1 dead letters, 0 consumers");
    }
    let looks = [(&bench.names.jobs, 1), (&bench.names.dead_letters, 1), (&bench.names.parked, 0), (&tap, 0)];
    for (queue, count) in looks {
        let messages = bench.drain(queue, count).await;
        assert_eq!(messages.len(), count, "{queue}");
        assert!(messages.iter().all(|message| !message.redelivered), "a message of {queue} was taken");
    }
}

#[tokio::test]
async fn rights_that_are_missing_are_named_one_by_one() {
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let url = broker.fresh_vhost();
    RabbitBench::connected(&url, "landfall").await.worker().await.close().await;
    let rights = [
        "^landfall[.]",
        "^(landfall[.](events|control)|amq[.](default|gen-.*))$",
        "^(landfall[.](jobs|control)|amq[.]gen-.*)$",
    ];
    let Some(limited) = broker.limited_user(&url, "narrow", rights) else { return };
    let report = of_broker(&[], &limited, &[]).await;
    let refused: Vec<(&str, &str)> = report
        .of("broker-permissions")
        .iter()
        .filter(|found| found["outcome"] != "ok")
        .map(|found| (found["finding"].as_str().expect("a finding"), found["subject"].as_str().expect("a subject")))
        .collect();
    assert_eq!(
        refused,
        [
            ("broker-right-wished", "configure amq.gen-…"),
            ("broker-right-missing", "read landfall.parked"),
            ("broker-right-missing", "write landfall.dead-letters"),
        ],
        "{}",
        report.text
    );
    report.names(
        "broker-right-missing",
        "narrow may not read landfall.parked",
        &["rabbitmqctl set_permissions --vhost", "for read has to match landfall.parked"],
    );
    assert_eq!(report.code, Some(1));

    // Without any right to configure, arguments cannot be compared, and that is no failure where nothing is declared.
    let none = ["^$", ".*", ".*"];
    let Some(limited) = broker.limited_user(&url, "reader", none) else { return };
    let report = of_broker(&[], &limited, &[("LANDFALL_AMQP__TOPOLOGY", "check")]).await;
    assert_eq!(report.findings(), ["broker-right-wished"], "{}", report.text);
    assert!(report.of("broker-topology")[0]["seen"].as_str().expect("a text").contains("not compared"));
}
