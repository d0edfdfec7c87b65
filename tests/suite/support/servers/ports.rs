//! Ports for servers that must be told theirs.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which Linux takes the ports of outgoing connections (32768 and up): one of those could take a
/// port between its choice here and the server's `bind`.
const FIRST: u32 = 12_000;
const SPAN: u32 = 18_000;

/// A port on 127.0.0.1 that nothing listens on and that this process gives out once.
///
/// # Errors
/// When no port of the range is free.
pub(crate) fn free() -> io::Result<u16> {
    // Processes that run side by side begin at different places, a prime apart.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(1_009);
    for _ in 0..SPAN {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed);
        let candidate = FIRST + start.wrapping_add(offset) % SPAN;
        let port = u16::try_from(candidate).map_err(io::Error::other)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port below 30000"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn no_port_is_given_out_twice() {
        let ports: HashSet<u16> = (0..200).map(|_| super::free().expect("a free port")).collect();
        assert_eq!(ports.len(), 200);
    }
}
