//! The line to the broker: a TCP or TLS stream made here and spoken over by lapin.
//!
//! lapin could connect by itself. But it bounds neither the connecting nor the handshake, so that a broker that accepts
//! and says nothing keeps one of its threads for each attempt; every attempt that is refused keeps one of its tasks; and it
//! keeps to itself what the broker says of its version. So the stream is connected before lapin starts, it can be hung
//! up from outside at any moment, which ends lapin's thread, and it remembers the broker's greeting.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_util::Stream;
use futures_util::io::{AsyncRead, AsyncWrite};
use lapin::tcp::{AsyncTcpStream, TLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Connection, ConnectionProperties};
use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

use super::classify::within;
use super::facts::{Broker, GREETING_MAX_BYTES, Greeting};
use crate::job::fault::{Fault, FaultKind, Outcome};

/// The stream as tokio makes it, with TLS where it is asked for.
type Wire = AsyncTcpStream<<Tokio as Reactor>::TcpStream>;

/// A connection with its line. The line is hung up when this is dropped, whatever state lapin is in.
pub(super) struct Open {
    pub(super) connection: Connection,
    /// What the broker said of itself.
    pub(super) broker: Broker,
    _hang_up: DropGuard,
}

/// Connects within `deadline`, which counts once for the stream and once for the handshake over it.
pub(super) async fn call(
    uri: AMQPUri,
    ca: Option<&str>,
    properties: ConnectionProperties,
    deadline: Duration,
    doing: &str,
) -> Outcome<Open> {
    let wire = match timeout(deadline, dial(&uri, ca)).await {
        Ok(Ok(wire)) => wire,
        Ok(Err(trouble)) => return Err(trouble.fault(doing)),
        Err(_) => return Err(Fault::new(FaultKind::NotSent, doing).because(format!("no stream within {deadline:?}"))),
    };
    let hung_up = CancellationToken::new();
    let hang_up = hung_up.clone().drop_guard();
    let greeting = Arc::new(Mutex::new(Greeting::default()));
    let line = Line { wire, hung_up: Box::pin(hung_up.cancelled_owned()), greeting: Some(Arc::clone(&greeting)) };
    // lapin may ask again, when the broker ends the stream before it greets; then there is none.
    let line = Mutex::new(Some(line));
    let hand_over = async move |_, _| match lock(&line).take() {
        Some(line) => Ok(AsyncTcpStream::Plain(line)),
        None => Err(io::Error::from(io::ErrorKind::ConnectionAborted).into()),
    };
    let runtime = Runtime::new(RuntimeParts::new(Tokio::current(), Lines(Tokio::current())));
    let handshake = Connection::connector(uri, runtime, hand_over, properties);
    let connection = within(deadline, doing, handshake).await?;
    let broker = lock(&greeting).broker();
    Ok(Open { connection, broker, _hang_up: hang_up })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why there is no stream.
enum NoStream {
    /// Nobody listens, or nobody is of that name.
    Unreached(io::Error),
    /// Somebody is there, and TLS cannot be agreed with them: nothing of ours was said.
    Distrusted(io::Error),
}

impl NoStream {
    fn fault(self, doing: &str) -> Fault {
        match self {
            NoStream::Unreached(error) => Fault::new(FaultKind::NotSent, doing).because(error.to_string()),
            // rustls calls everything that waiting will not mend "invalid data": a certificate from nobody it trusts,
            // for another host or out of date, and a port that speaks no TLS.
            NoStream::Distrusted(error) if error.kind() == io::ErrorKind::InvalidData => {
                let advice = "the broker cannot be trusted; its certificate must name the host of amqp.url and be signed \
                              by an authority of this system or of amqp.ca_file";
                Fault::new(FaultKind::Denied, format!("{doing}: {advice}")).because(error.to_string())
            }
            NoStream::Distrusted(error) => Fault::new(FaultKind::NotSent, doing).because(error.to_string()),
        }
    }
}

/// Connects to the first address of the host that answers, and agrees on TLS where the scheme asks for it.
async fn dial(uri: &AMQPUri, ca: Option<&str>) -> Result<Wire, NoStream> {
    let host = uri.authority.host.as_str();
    let addresses = lookup_host((host, uri.authority.port)).await.map_err(NoStream::Unreached)?;
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    for address in addresses {
        let stream = match Tokio::current().tcp_connect_addr(address).await {
            Ok(stream) => AsyncTcpStream::Plain(stream),
            Err(error) => {
                last = error;
                continue;
            }
        };
        return match uri.scheme {
            AMQPScheme::AMQP => Ok(stream),
            AMQPScheme::AMQPS => {
                let config = TLSConfig { identity: None, cert_chain: ca };
                stream.into_tls(host, config).await.map_err(NoStream::Distrusted)
            }
        };
    }
    Err(NoStream::Unreached(last))
}

/// The stream, as lapin's thread has it.
pub(super) struct Line {
    wire: Wire,
    hung_up: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Until the greeting is complete.
    greeting: Option<Arc<Mutex<Greeting>>>,
}

impl Line {
    /// Whether it is hung up; else the one who polls is woken when it is.
    fn is_dead(&mut self, context: &mut Context<'_>) -> bool {
        self.hung_up.as_mut().poll(context).is_ready()
    }

    fn note(&mut self, read: &[u8]) {
        if let Some(greeting) = &self.greeting
            && lock(greeting).note(read)
        {
            self.greeting = None;
        }
    }
}

fn hung_up<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "hung up")))
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let line = self.get_mut();
        if line.is_dead(context) {
            return hung_up();
        }
        let read = Pin::new(&mut line.wire).poll_read(context, buffer);
        if let Poll::Ready(Ok(bytes)) = read {
            line.note(buffer.get(..bytes.min(GREETING_MAX_BYTES)).unwrap_or_default());
        }
        read
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let line = self.get_mut();
        if line.is_dead(context) {
            return hung_up();
        }
        Pin::new(&mut line.wire).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.get_mut();
        if line.is_dead(context) {
            return hung_up();
        }
        Pin::new(&mut line.wire).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.get_mut();
        if line.is_dead(context) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut line.wire).poll_close(context)
    }
}

/// tokio, except that its streams are lines: lapin takes a stream of no other type than its runtime's.
#[derive(Debug, Clone)]
struct Lines(Tokio);

impl Reactor for Lines {
    type TcpStream = Line;
    type Sleep = <Tokio as Reactor>::Sleep;

    // lapin neither registers handles nor connects by itself when it is handed a stream.
    fn register<H: io::Read + io::Write + Send + 'static>(
        &self,
        _handle: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Line, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, pause: Duration) -> Self::Sleep {
        self.0.sleep(pause)
    }

    fn interval(&self, pause: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.0.interval(pause)
    }

    fn tcp_connect_addr(
        &self,
        _address: std::net::SocketAddr,
    ) -> impl Future<Output = io::Result<Line>> + Send + 'static {
        std::future::ready(Err(io::ErrorKind::Unsupported.into()))
    }
}
