//! Putting jobs on the queue, each of them confirmed.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::checking::Job;
use super::{Out, terminal};
use crate::cli::{Exit, Failure, worker};
use crate::config::Config;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::rabbit::{self, Rabbit, RabbitOptions, Topology};

/// How long the broker is tried for, and a publish.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const PUBLISH_WITHIN: Duration = Duration::from_secs(30);

/// Jobs on their way at once. The broker confirms many together; more only costs memory.
const AT_ONCE: usize = 256;

/// A connection for jobs.
pub(super) struct Sender {
    pub(super) rabbit: Rabbit,
    pub(super) queue: String,
    traceparent: Option<String>,
}

impl Sender {
    pub(super) async fn connect(config: &Config, traceparent: Option<String>) -> Result<Sender, Failure> {
        let options = RabbitOptions {
            // A producer may not be allowed to declare; and a queue that is misspelt would be a queue that nobody reads.
            topology: Topology::None,
            connection_name: "landfall submit".to_owned(),
            connect_within: CONNECT_WITHIN,
            publish_within: PUBLISH_WITHIN,
            ..worker::broker(config)?
        };
        let queue = options.names.jobs.clone();
        let rabbit = rabbit::connect(options).await.map_err(|fault| Failure::of_fault(&fault))?;
        Ok(Sender { rabbit, queue, traceparent })
    }

    pub(super) async fn close(&self) {
        self.rabbit.close().await;
    }

    /// Sends jobs, and stops at the first that the broker does not confirm. Tells how many it confirmed, and the trouble.
    pub(super) async fn send_all(&self, jobs: &[Job]) -> (usize, Outcome<()>) {
        let texts: Vec<Bytes> = jobs.iter().map(|job| job.text.clone()).collect();
        let mut sends =
            stream::iter(texts).map(|text| self.rabbit.submit(text, self.traceparent.as_deref())).buffered(AT_ONCE);
        let mut confirmed = 0;
        while let Some(sent) = sends.next().await {
            if let Err(fault) = sent {
                return (confirmed, Err(fault));
            }
            confirmed += 1;
        }
        (confirmed, Ok(()))
    }

    /// What to tell when the broker did not confirm all.
    /// Of jobs that are not `open` any more something better was told.
    pub(super) fn trouble(
        &self,
        fault: &Fault,
        confirmed: usize,
        jobs: &[Job],
        open: impl Fn(&Job) -> bool,
        out: Out,
    ) -> Failure {
        let queue = &self.queue;
        for (at, job) in jobs.iter().enumerate().filter(|(_, job)| open(job)) {
            let (state, why) =
                if at < confirmed { ("sent", json!(null)) } else { ("unconfirmed", json!(fault.chain())) };
            if out.json(job.line, Some(&job.id), state, ("why", why)).is_err() {
                break;
            }
        }
        if fault.kind == FaultKind::Denied && confirmed == 0 {
            let way_out = format!(
                "there may be no queue {queue} at this broker: start `landfall worker`, which declares it, or correct \
                 amqp.jobs_queue or the virtual host in amqp.url"
            );
            return Failure::new(Exit::BadConfiguration, format!("nothing was sent; {way_out}\n{}", fault.chain()));
        }
        let text = format!(
            "{confirmed} of {} jobs are on queue {queue}; of the others it is not known. Send all of them again, which is \
             harmless: the same jobId is never bought twice\n{}",
            jobs.len(),
            fault.chain()
        );
        Failure::new(Exit::Unreachable, text)
    }
}

/// Sends jobs and tells so, without waiting for what comes of them.
pub(super) async fn send(sender: &Sender, jobs: &[Job], out: Out) -> Result<Exit, Failure> {
    let (confirmed, sent) = sender.send_all(jobs).await;
    sent.map_err(|fault| sender.trouble(&fault, confirmed, jobs, |_| true, out))?;
    for job in jobs {
        out.json(job.line, Some(&job.id), "sent", ("", json!(null)))?;
        if !out.json {
            terminal::line(&format!("sent  {}", job.id))?;
        }
    }
    Ok(Exit::Done)
}
