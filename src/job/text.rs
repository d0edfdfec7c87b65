//! Foreign texts, made fit to be shown: what others wrote reaches logs, events and terminals as text and nothing else.

/// `text` on one line of at most `max_chars` characters; an ellipsis marks what is missing.
///
/// Escaped are control characters, with which a text could forge log lines or command a terminal, and the invisible ones
/// that hide text or turn it around.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut shown = String::new();
    // What is beyond the bound is not even looked at: a huge text costs nothing.
    for c in text.chars().take(max_chars.saturating_add(1)) {
        if is_unfit(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    if shown.chars().nth(max_chars).is_none() {
        return shown;
    }
    let mut start: String = shown.chars().take(max_chars.saturating_sub(1)).collect();
    start.push('…');
    start
}

/// Whether [`one_line`] would leave the text as it is, but for its length.
pub fn is_fit(text: &str) -> bool {
    !text.contains(is_unfit)
}

fn is_unfit(c: char) -> bool {
    let hides_or_reorders = matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    c.is_control() || hides_or_reorders
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{is_fit, one_line};

    #[test]
    fn what_could_forge_a_line_or_command_a_terminal_is_escaped() {
        assert_eq!(one_line("a\r\nb\u{1b}[31mc\u{9b}2J", 100), "a\\u{d}\\u{a}b\\u{1b}[31mc\\u{9b}2J");
        assert_eq!(one_line("gpj.\u{202e}4pm\u{2066}\u{feff}", 100), "gpj.\\u{202e}4pm\\u{2066}\\u{feff}");
        assert_eq!(one_line("日本語 \"é\" 👍\u{1f3fd}\\n", 100), "日本語 \"é\" 👍\u{1f3fd}\\n");
    }

    #[test]
    fn a_long_text_ends_in_an_ellipsis() {
        assert_eq!(one_line("exactly 10", 10), "exactly 10");
        assert_eq!(one_line("exactly 11!", 10), "exactly 1…");
    }

    proptest! {
        #[test]
        fn a_line_is_bounded_and_fit(text in any::<String>(), max in 1_usize..200) {
            let line = one_line(&text, max);
            assert!(line.chars().count() <= max && is_fit(&line), "{line:?}");
        }
    }
}
