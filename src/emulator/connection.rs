//! Connections that can be reset in place of, or within, an answer.
//!
//! An answer cannot break its own connection: whoever serves a connection gets a [`Cutoff`] of it instead.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{self, IncomingStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Bytes that may be written on a connection that nobody breaks.
const UNLIMITED: usize = usize::MAX;

/// A way to break a connection.
#[derive(Debug, Clone)]
pub(super) struct Cutoff(Arc<AtomicUsize>);

impl Cutoff {
    /// The cutoff of a connection that is whole.
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(UNLIMITED)))
    }

    /// Resets the connection as soon as anything is written to it or it is dropped. What was written before may be lost.
    pub(super) fn now(&self) {
        self.after(0);
    }

    /// Lets so many more bytes be written, and resets the connection then.
    pub(super) fn after(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Release);
    }

    /// How many of so many bytes may be written.
    fn allows(&self, bytes: usize) -> io::Result<usize> {
        match self.0.load(Ordering::Acquire) {
            0 if bytes > 0 => Err(io::ErrorKind::ConnectionReset.into()),
            left => Ok(bytes.min(left)),
        }
    }

    fn count(&self, bytes: usize) {
        let left = self.0.load(Ordering::Acquire);
        if left != UNLIMITED {
            self.after(left.saturating_sub(bytes));
        }
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) != UNLIMITED
    }
}

impl Connected<IncomingStream<'_, Listener>> for Cutoff {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().cutoff.clone()
    }
}

/// Listens for such connections.
pub(super) struct Listener(pub(super) TcpListener);

impl serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (tcp, addr) = serve::Listener::accept(&mut self.0).await;
        (Connection { tcp, cutoff: Cutoff::new() }, addr)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection.
pub(super) struct Connection {
    tcp: TcpStream,
    cutoff: Cutoff,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.cutoff.is_set() {
            // Without lingering the system sends a reset in place of an orderly end.
            if let Err(error) = self.tcp.set_zero_linger() {
                tracing::warn!(%error, "a connection ends in order that should be reset");
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let allowed = self.cutoff.allows(bytes.len())?;
        let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, &bytes[..allowed]))?;
        self.cutoff.count(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.cutoff.is_set() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
