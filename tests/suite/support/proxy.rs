//! A bad network on demand: a TCP hop before any server, and one before the provider that understands its calls.

pub(crate) mod provider;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::servers::free_port;

/// Between two tries to take the port back.
const BIND_AGAIN: Duration = Duration::from_millis(10);

/// What a proxy does with bytes and with new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything goes through.
    Pass,
    /// New connections are refused, as by a machine where nothing listens; those that stand go on.
    Refuse,
    /// New connections are taken and nothing goes through, either way, on any connection. What was held goes on when the
    /// mode changes, as after packets were lost.
    Stall,
    /// What clients say goes through, and what the server answers is held.
    HoldAnswers,
    /// Whatever goes through is held so long, each piece by itself.
    Delay(Duration),
}

/// A TCP hop before a server, on a port of 127.0.0.1 that stays the same. It ends when it is dropped.
pub(crate) struct Proxy {
    address: String,
    state: watch::Sender<State>,
    opened: Arc<AtomicUsize>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    mode: Mode,
    cuts: u64,
}

impl Proxy {
    /// A hop before the server at `target`, which is `host:port`.
    pub(crate) async fn before(target: &str) -> Proxy {
        let address = format!("127.0.0.1:{}", free_port().expect("a free port"));
        let (state, watched) = watch::channel(State { mode: Mode::Pass, cuts: 0 });
        let opened = Arc::new(AtomicUsize::new(0));
        let listener = TcpListener::bind(&address).await.expect("the port is free");
        let hop = Hop { address: address.clone(), target: target.to_owned(), opened: opened.clone(), state: watched };
        tokio::spawn(hop.run(listener));
        Proxy { address, state, opened }
    }

    /// `host:port` of the hop.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// `url`, by way of this hop.
    pub(crate) fn by_way(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).expect("a URL");
        let port = self.address.rsplit(':').next().and_then(|port| port.parse().ok());
        url.set_host(Some("127.0.0.1")).expect("takes a host");
        url.set_port(port).expect("takes a port");
        url.to_string()
    }

    /// From now on.
    pub(crate) fn set(&self, mode: Mode) {
        self.state.send_modify(|state| state.mode = mode);
    }

    /// Resets every connection that there is now, on both its sides.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Connections that were opened so far.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

/// The listening side of a proxy.
struct Hop {
    address: String,
    target: String,
    opened: Arc<AtomicUsize>,
    state: watch::Receiver<State>,
}

impl Hop {
    /// Takes connections until the proxy is dropped.
    async fn run(self, listener: TcpListener) {
        let mut listener = Some(listener);
        let mut state = self.state.clone();
        loop {
            if state.borrow_and_update().mode == Mode::Refuse {
                // Only a port on which nobody listens refuses.
                listener = None;
                if state.changed().await.is_err() {
                    return;
                }
                continue;
            }
            let Some(open) = &listener else {
                // Connections of before may still be ending on it.
                match TcpListener::bind(&self.address).await {
                    Ok(taken) => listener = Some(taken),
                    Err(_) => sleep(BIND_AGAIN).await,
                }
                continue;
            };
            tokio::select! {
                accepted = open.accept() => {
                    let Ok((client, _)) = accepted else { continue };
                    self.opened.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(carry(client, self.target.clone(), self.state.clone()));
                }
                changed = state.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// Carries one connection until either side is done with it, or it is cut.
async fn carry(mut client: TcpStream, target: String, mut state: watch::Receiver<State>) {
    let cuts = state.borrow().cuts;
    let (to_server, to_client) = (state.clone(), state.clone());
    let Ok(mut server) = TcpStream::connect(target).await else {
        reset(client);
        return;
    };
    // Small pieces are the rule here, and none waits for the next.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let cut = {
        let ((client_reads, client_writes), (server_reads, server_writes)) = (client.split(), server.split());
        let both = async {
            let there = pump(client_reads, server_writes, to_server, &[Mode::Stall]);
            let back = pump(server_reads, client_writes, to_client, &[Mode::Stall, Mode::HoldAnswers]);
            tokio::join!(there, back)
        };
        tokio::select! {
            // First, or what was held until the cut might still slip through. Also when the proxy is gone.
            biased;
            _ = state.wait_for(|now| now.cuts != cuts) => true,
            (there, back) = both => there.is_err() || back.is_err(),
        }
    };
    if cut {
        reset(client);
        reset(server);
    }
}

/// Passes bytes on, one way, as the mode has it; in none of the modes that hold them.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut state: watch::Receiver<State>,
    holding: &[Mode],
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        let now = *state.borrow();
        if let Mode::Delay(delay) = now.mode {
            sleep(delay).await;
        }
        if state.wait_for(|now| !holding.contains(&now.mode)).await.is_err() {
            return Ok(());
        }
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..count]).await?;
    }
}

/// Ends a connection with a reset: what was not read on the other side is lost there.
fn reset(stream: TcpStream) {
    // Without it the end is an orderly one, which is what the other side then sees.
    let _ = stream.set_zero_linger();
    drop(stream);
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::{Instant, timeout};

    use super::{Mode, Proxy};

    const SOON: Duration = Duration::from_secs(60);
    /// Enough for bytes that do go through.
    const A_MOMENT: Duration = Duration::from_millis(300);

    /// A hop before a server that sends back what it gets.
    async fn before_an_echo() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let target = listener.local_addr().expect("bound").to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut reads, mut writes) = stream.split();
                    let _ = tokio::io::copy(&mut reads, &mut writes).await;
                });
            }
        });
        Proxy::before(&target).await
    }

    async fn connected(proxy: &Proxy) -> TcpStream {
        TcpStream::connect(proxy.address()).await.expect("it listens")
    }

    async fn echo(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        let mut answer = [0; 4];
        stream.write_all(b"ping").await?;
        timeout(SOON, stream.read_exact(&mut answer)).await.expect("in time")?;
        Ok(answer)
    }

    #[tokio::test]
    async fn what_passes_comes_through_both_ways_and_so_does_its_end() {
        let proxy = before_an_echo().await;
        let mut stream = connected(&proxy).await;
        assert_eq!(&echo(&mut stream).await.expect("passed"), b"ping");
        stream.shutdown().await.expect("shut down");
        assert_eq!(stream.read(&mut [0; 1]).await.expect("an orderly end"), 0);
        assert_eq!(proxy.opened(), 1);
        assert_eq!(proxy.by_way("amqp://u:p@h:1/%2f"), format!("amqp://u:p@{}/%2f", proxy.address()));
    }

    #[tokio::test]
    async fn a_cut_resets_what_is_open_and_nothing_else() {
        let proxy = before_an_echo().await;
        let mut stream = connected(&proxy).await;
        echo(&mut stream).await.expect("passed");
        proxy.cut();
        let ended = timeout(SOON, stream.read(&mut [0; 1])).await.expect("in time");
        assert_eq!(ended.expect_err("reset").kind(), ErrorKind::ConnectionReset);
        echo(&mut connected(&proxy).await).await.expect("a new one passes");
    }

    #[tokio::test]
    async fn a_refusal_meets_new_connections_only_and_ends() {
        let proxy = before_an_echo().await;
        let mut open = connected(&proxy).await;
        echo(&mut open).await.expect("passed");
        proxy.set(Mode::Refuse);
        let refused = async { while TcpStream::connect(proxy.address()).await.is_ok() {} };
        timeout(SOON, refused).await.expect("it refuses");
        echo(&mut open).await.expect("what stands goes on");
        proxy.set(Mode::Pass);
        let taken = async { while TcpStream::connect(proxy.address()).await.is_err() {} };
        timeout(SOON, taken).await.expect("it listens again, at the same address");
    }

    #[tokio::test]
    async fn a_stall_holds_bytes_on_old_and_new_connections_and_then_lets_them_go() {
        let proxy = before_an_echo().await;
        let mut old = connected(&proxy).await;
        echo(&mut old).await.expect("passed");
        proxy.set(Mode::Stall);
        let mut new = connected(&proxy).await;
        for stream in [&mut old, &mut new] {
            stream.write_all(b"held").await.expect("written");
            assert!(timeout(A_MOMENT, stream.read_u8()).await.is_err(), "nothing comes through");
        }
        proxy.set(Mode::Pass);
        for stream in [&mut old, &mut new] {
            let mut answer = [0; 4];
            timeout(SOON, stream.read_exact(&mut answer)).await.expect("in time").expect("passed");
            assert_eq!(&answer, b"held");
        }
    }

    #[tokio::test]
    async fn a_stalled_connection_can_be_cut() {
        let proxy = before_an_echo().await;
        let mut stream = connected(&proxy).await;
        echo(&mut stream).await.expect("passed");
        proxy.set(Mode::Stall);
        stream.write_all(b"held").await.expect("written");
        proxy.cut();
        let ended = timeout(SOON, stream.read(&mut [0; 1])).await.expect("in time");
        assert_eq!(ended.expect_err("reset").kind(), ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn a_delay_takes_its_time_each_way() {
        let proxy = before_an_echo().await;
        let mut stream = connected(&proxy).await;
        proxy.set(Mode::Delay(Duration::from_millis(100)));
        let began = Instant::now();
        echo(&mut stream).await.expect("passed");
        assert!(began.elapsed() >= Duration::from_millis(200));
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_a_reset_and_not_a_silence() {
        let proxy = Proxy::before("127.0.0.1:1").await;
        let mut stream = connected(&proxy).await;
        assert!(timeout(SOON, stream.read_u8()).await.expect("in time").is_err());
    }
}
