//! What a worker's health pages say, and how it lives through the loss of its broker.

use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::json;

use crate::support::servers::{RabbitMq, SeaweedFs, or_skip};
use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// Two starts of a broker.
mod slow {
    use super::{EventType, RabbitMq, SeaweedFs, Stack, WITHIN, json, or_skip, small_job};

    #[tokio::test]
    async fn a_worker_tells_that_its_broker_is_gone_and_goes_on_when_it_is_back() {
        let Some(broker) = or_skip(RabbitMq::start().await) else { return };
        let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
        let mut stack = Stack::over(&broker.fresh_vhost(), store, &["--render-time", "4s"]).await;
        let worker = stack.worker(&[]).await;
        assert_eq!(worker.page("/healthz").await.0, 200);
        stack.put(small_job("before", json!({}))).await;
        stack.until_accepted(1).await;

        broker.stop().await;
        let cause = worker.ready_with(503).await;
        assert!(cause.contains("the broker is not connected"), "{cause}");
        assert_eq!(worker.page("/healthz").await.0, 200, "it is alive all the same");

        broker.start_again().await;
        worker.ready_with(200).await;
        stack.reconnect().await;
        stack.put(small_job("after", json!({}))).await;
        let (evidence, tasks) = stack.check(vec![worker], 2, WITHIN).await;
        assert_eq!((evidence.count(EventType::Completed), tasks.len()), (2, 2));
    }
}

#[tokio::test]
async fn a_worker_with_a_wrong_key_is_not_ready_and_burns_no_job() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let locked_out = ("LANDFALL_PROVIDER__API_KEY", "a-wrong-key-of-the-tests-0123456789");
    let mut first = stack.worker(&[locked_out, ("LANDFALL_WORKER__DRAIN_S", "1")]).await;
    stack.put(small_job("patient", json!({}))).await;
    let cause = first.ready_with(503).await;
    assert!(
        cause.contains("the provider") && cause.contains("refuses us") && cause.contains("provider.api_key"),
        "{cause}"
    );
    assert_eq!(first.stop(WITHIN).await.code(), Some(0));
    let second = stack.worker(&[]).await;
    let (evidence, _) = stack.check(vec![second], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);
}
