//! Lines, read on a thread of their own as they are asked for.
//!
//! A thread and not the async runtime's pool: a read of standard input may wait for a person for ever, and the runtime
//! would wait for it when it shuts down.

use std::io::{self, BufRead, BufReader, Read};

use tokio::sync::mpsc;

use crate::job::order::MESSAGE_MAX_BYTES;

/// Bytes kept of a line: enough for the check of the order to see that it is too large.
pub(super) const KEPT_MAX_BYTES: usize = MESSAGE_MAX_BYTES + 1;

/// Lines read ahead of those asked for. More would only cost memory: the provider is slower than any disk.
const READ_AHEAD: usize = 1;

/// Starts to read. The channel ends after the last line, or after an error.
pub(super) fn start(input: impl Read + Send + 'static) -> io::Result<mpsc::Receiver<io::Result<Vec<u8>>>> {
    let (sender, lines) = mpsc::channel(READ_AHEAD);
    std::thread::Builder::new().name("json-lines".to_owned()).spawn(move || {
        let mut input = BufReader::new(input);
        while let Some(line) = next_line(&mut input).transpose() {
            let failed = line.is_err();
            if sender.blocking_send(line).is_err() || failed {
                return;
            }
        }
    })?;
    Ok(lines)
}

/// The next line that is not blank, without its end, cut to [`KEPT_MAX_BYTES`].
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(KEPT_MAX_BYTES).unwrap_or(u64::MAX);
        if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        } else if line.len() == KEPT_MAX_BYTES {
            input.skip_until(b'\n')?;
        }
        if !line.iter().all(u8::is_ascii_whitespace) {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn lines_of(input: &[u8]) -> Vec<Vec<u8>> {
        let mut input = BufReader::with_capacity(7, input);
        std::iter::from_fn(|| next_line(&mut input).unwrap()).collect()
    }

    #[test]
    fn lines_end_with_either_ending_or_the_input() {
        assert_eq!(lines_of(b"one\r\ntwo\nthree"), [&b"one"[..], b"two", b"three"]);
        assert_eq!(lines_of(b""), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn blank_lines_are_skipped() {
        assert_eq!(lines_of(b"\n \t\r\none\n\n\n"), [b"one"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() {
        let mut input = vec![b'x'; 10 * KEPT_MAX_BYTES];
        input.extend_from_slice(b"\nnext\n");
        let lines = lines_of(&input);
        assert_eq!((lines.len(), lines[0].len()), (2, KEPT_MAX_BYTES));
        assert_eq!(lines[1], b"next");
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_whole() {
        for length in [MESSAGE_MAX_BYTES - 1, MESSAGE_MAX_BYTES] {
            let mut input = vec![b'x'; length];
            input.extend_from_slice(b"\nnext");
            assert_eq!(lines_of(&input).iter().map(Vec::len).collect::<Vec<_>>(), [length, 4]);
        }
    }
}
