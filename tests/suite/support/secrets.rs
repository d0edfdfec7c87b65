//! What must never be told: keys, passwords, and URLs that whoever has them may use.

/// What makes a URL a presigned one, whoever signed it.
const SIGNED: [&str; 4] = ["x-amz-signature", "x-amz-credential", "x-amz-security-token", "x-amz-expires"];

/// Words that no log, event or page may hold, in whatever case.
pub(crate) struct Secrets {
    ours: Vec<String>,
}

impl Secrets {
    pub(crate) fn new(ours: &[&str]) -> Secrets {
        Secrets { ours: ours.iter().map(|word| word.to_lowercase()).collect() }
    }

    /// One more, of a role with credentials of its own.
    pub(crate) fn add(&mut self, word: &str) {
        self.ours.push(word.to_lowercase());
    }

    /// Asserts that a text of landfall's own holds neither a secret nor any part of a signature.
    pub(crate) fn assert_untold(&self, place: &str, text: &str) {
        self.assert_not_ours(place, text);
        assert_lacks(place, text, SIGNED.into_iter());
    }

    /// Asserts that a text, which may be somebody else's words, holds no secret of ours.
    pub(crate) fn assert_not_ours(&self, place: &str, text: &str) {
        assert_lacks(place, text, self.ours.iter().map(String::as_str));
    }
}

fn assert_lacks<'a>(place: &str, text: &str, words: impl Iterator<Item = &'a str>) {
    let lower = text.to_lowercase();
    for word in words {
        if let Some(at) = lower.find(word) {
            let line = lower[..at].matches('\n').count();
            panic!("{place} tells {word:?} in line {}: {}", line + 1, lower.lines().nth(line).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    #[should_panic(expected = "a log tells \"hunter2\" in line 2")]
    fn a_secret_is_found_in_whatever_case() {
        Secrets::new(&["hunter2"]).assert_untold("a log", "fine\nHUNTER2 is the word\nfine");
    }

    #[test]
    #[should_panic(expected = "x-amz-signature")]
    fn a_signature_is_found_that_is_not_ours() {
        let secrets = Secrets::new(&["hunter2"]);
        secrets.assert_not_ours("a dead letter", "https://b.example/k?X-Amz-Signature=0");
        secrets.assert_untold("a log", "https://b.example/k?X-Amz-Signature=0");
    }
}
