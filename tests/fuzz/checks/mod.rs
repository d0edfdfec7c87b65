//! What has to hold of every input, however hostile: one function per fuzz target.
//!
//! `fuzz_targets/` hands them what the fuzzer makes up, `tests/suite/corpus.rs` the committed corpus. They panic where
//! something does not hold, and have no other way to say so.

pub mod order;
pub mod probe;
pub mod record;
pub mod reply;

/// A text that goes into logs and events must be short, and must not reach a terminal as anything but text.
fn assert_fit_to_show(what: &str, text: &str, max_chars: usize) {
    assert!(text.chars().count() <= max_chars, "{what} has {} characters", text.chars().count());
    let reorders = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.chars().any(|c| c.is_control() || reorders(c)), "{what} is not escaped: {text:?}");
}
