//! A server for tests that says what it is told to, byte by byte, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Answers with these bytes and closes.
    Say(Vec<u8>),
    /// Answers with these bytes and resets the connection.
    SayAndReset(Vec<u8>),
    /// Answers with these bytes, then nothing more until the client goes.
    SayAndStall(Vec<u8>),
}

/// An answer with a status, more header lines and a body.
pub(super) fn answer(status: u16, headers: &str, body: &[u8]) -> Act {
    Act::Say(head(status, headers, body.len(), body))
}

/// An answer that announces more bytes than it has.
pub(super) fn cut_answer(status: u16, body: &[u8]) -> Act {
    Act::Say(head(status, "", body.len() + 100, body))
}

/// An answer's bytes, announcing a body of `len`.
pub(super) fn head(status: u16, headers: &str, len: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {len}\r\nconnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// A running server. It ends with the test's runtime.
pub(super) struct Scripted {
    pub(super) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Serves the acts in order, one per connection; the last one again and again.
    pub(super) async fn start(acts: Vec<Act>) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut turn = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let act = acts[turn.min(acts.len() - 1)].clone();
                turn += 1;
                tokio::spawn(serve(stream, act, Arc::clone(&seen)));
            }
        });
        Scripted { address, requests }
    }

    /// Whole requests so far, head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic holds it").clone()
    }
}

async fn serve(mut stream: TcpStream, act: Act, requests: Arc<Mutex<Vec<String>>>) {
    let Some(request) = read_request(&mut stream).await else { return };
    requests.lock().expect("no panic holds it").push(request);
    // The client may be gone by now; that is its good right.
    match act {
        Act::Say(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::SayAndReset(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.set_zero_linger();
        }
        Act::SayAndStall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= announced.map_or(0, |len| len.parse().expect("a length")) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
