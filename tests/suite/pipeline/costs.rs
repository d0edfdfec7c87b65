//! What a job costs in requests, counted where they cannot be hidden: on the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// A TCP hop before an HTTP server that counts the requests.
struct Toll {
    address: String,
    requests: Arc<AtomicUsize>,
}

impl Toll {
    async fn before(target: &str) -> Toll {
        let target = target.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.clone(), Arc::clone(&counter)));
            }
        });
        Toll { address, requests }
    }
}

/// Passes bytes on both ways and counts the request lines among those of the client, whose bodies hold no such line.
async fn carry(client: TcpStream, target: String, requests: Arc<AtomicUsize>) {
    const MARK: &[u8] = b" HTTP/1.1\r\n";
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move {
        // The end of either side ends both.
        let _ = copy(&mut from_server, &mut to_client).await;
    });
    let mut held = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
        held.extend_from_slice(&buffer[..count]);
        requests.fetch_add(held.windows(MARK.len()).filter(|window| *window == MARK).count(), Ordering::SeqCst);
        // A mark may be cut in two by the reads, and none is counted twice.
        held.drain(..held.len().saturating_sub(MARK.len() - 1));
        if to_server.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn one_result_costs_at_most_six_requests_to_the_store() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let toll = Toll::before(stack.store.endpoint()).await;
    let endpoint = format!("http://{}", toll.address);
    // The provider's upload is not the worker's request: its URL is signed for the store itself.
    let public = stack.store.endpoint();
    let worker = stack.worker(&[("LANDFALL_S3__ENDPOINT", &endpoint), ("LANDFALL_S3__PUBLIC_ENDPOINT", public)]).await;
    for (number, format) in ["MP4", "MOV", "WEBM"].into_iter().enumerate() {
        let before = toll.requests.load(Ordering::SeqCst);
        stack.put(small_job(&format!("as-{format}"), json!({ "outputFormat": format }))).await;
        stack.until_ended(number + 1, WITHIN).await;
        let requests = toll.requests.load(Ordering::SeqCst) - before;
        println!("a job of one {format} costs {requests} requests to the store");
        assert!((1..=6).contains(&requests), "{requests} requests for one {format}");
    }
    let (evidence, _) = stack.check(vec![worker], 3, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 3);
}
