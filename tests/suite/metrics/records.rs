//! Every log record that the program can write at `info` or above, read from the source.
//!
//! A record is a call of a macro of `tracing`. Calls are found in the tokens, so that comments, strings and the way in which
//! a line is broken do not matter.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A kind of record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    /// The file below `src/`.
    pub(super) file: String,
    pub(super) level: &'static str,
    /// With `…` for what is filled in.
    pub(super) text: String,
    pub(super) fields: Vec<String>,
}

/// All records of the program's own code, tests left out, in the order of files and lines.
pub(super) fn all() -> Vec<Record> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in sources(&root) {
        let file = path.strip_prefix(&root).expect("it is below").display().to_string();
        let source = fs::read_to_string(&path).expect("UTF-8");
        let tokens: TokenStream = source.parse().unwrap_or_else(|why| panic!("{file}: {why}"));
        collect(tokens, &file, &mut found);
    }
    found
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let is_of_tests = |path: &Path| path.file_stem().is_some_and(|name| name == "tests");
    paths.retain(|path| !is_of_tests(path));
    paths
        .into_iter()
        .flat_map(|path| match path.extension() {
            None => sources(&path),
            Some(kind) if kind == "rs" => vec![path],
            Some(_) => Vec::new(),
        })
        .collect()
}

fn collect(tokens: TokenStream, file: &str, found: &mut Vec<Record>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_mark(&tokens[at..]) {
            // What it marks ends with its braces, or with a semicolon.
            let is_end = |token: &TokenTree| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Ident(_) | TokenTree::Literal(_) => false,
            };
            at += tokens[at..].iter().position(is_end).expect("an item ends") + 1;
            continue;
        }
        if let Some((level, arguments)) = call(&tokens[at..]) {
            found.extend(record(level, arguments, file));
            at += 3;
            continue;
        }
        if let TokenTree::Group(group) = &tokens[at] {
            collect(group.stream(), file, found);
        }
        at += 1;
    }
}

fn is_test_mark(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(hash), TokenTree::Group(group), ..]
        if hash.as_char() == '#' && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn call(tokens: &[TokenTree]) -> Option<(&'static str, TokenStream)> {
    let [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(arguments), ..] = tokens else { return None };
    if bang.as_char() != '!' {
        return None;
    }
    let level = ["error", "warn", "info"].into_iter().find(|level| name == level)?;
    Some((level, arguments.stream()))
}

/// Reads the arguments of a call. Events of spans are no records of the log.
fn record(level: &'static str, arguments: TokenStream, file: &str) -> Option<Record> {
    let mut fields = Vec::new();
    for argument in split(arguments) {
        if let [TokenTree::Literal(text)] = argument.as_slice() {
            let text = with_gaps(&unescaped(&text.to_string()));
            return Some(Record { file: file.to_owned(), level, text, fields });
        }
        let is = |token: &TokenTree, sign: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
        if let [TokenTree::Ident(name), colon, rest @ ..] = argument.as_slice()
            && is(colon, ':')
        {
            let value = rest.first().map(ToString::to_string);
            if name == "target" && value.as_deref() == Some("SPANS") {
                return None;
            }
            continue;
        }
        let name: String = argument
            .iter()
            .skip_while(|token| is(token, '%') || is(token, '?'))
            .take_while(|token| !is(token, '='))
            .map(ToString::to_string)
            .collect();
        fields.push(name);
    }
    panic!("{file}: a record at {level} has no text: {fields:?}");
}

/// The arguments between commas.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut arguments = vec![Vec::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' && punct.spacing() == Spacing::Alone => {
                arguments.push(Vec::new());
            }
            _ => arguments.last_mut().expect("there is one").push(token),
        }
    }
    arguments
}

/// What a literal stands for.
fn unescaped(literal: &str) -> String {
    let inner = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).expect("a plain string");
    let mut text = String::new();
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        rest = match after.strip_prefix('\n') {
            Some(broken) => broken.trim_start(),
            None => {
                let escaped = after.chars().next().expect("something is escaped");
                assert!(matches!(escaped, '"' | '\\'), "\\{escaped} in {literal}");
                text.push(escaped);
                &after[1..]
            }
        };
    }
    text + rest
}

fn with_gaps(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        shown.push_str(before);
        shown.push('…');
        rest = after.split_once('}').expect("a place that is filled ends").1;
    }
    shown + rest
}

#[test]
fn records_are_found_however_they_are_written_and_those_of_tests_and_spans_are_not() {
    let source = r#"
        fn one() { tracing::info!(file = %path.display(), size, ?kind, "took up {} of {path:?}", 2); }
        fn two() { match x { 1 => warn!("broken \
            \"line\""), _ => debug!("no"), } }
        fn three() { info!(target: SPANS, parent: &span, percent = 3, "progress"); s3_error!("no"); }
        #[cfg(test)]
        mod tests { fn four() { error!("no"); } }
        fn five() { error!(error = &error as &dyn Error, "cannot render"); }
    "#;
    let mut found = Vec::new();
    collect(source.parse().expect("Rust"), "x.rs", &mut found);
    let found: Vec<(&str, &str, String)> =
        found.iter().map(|record| (record.level, record.text.as_str(), record.fields.join(" "))).collect();
    let expected = [
        ("info", "took up … of …", "file size kind".to_owned()),
        ("warn", "broken \"line\"", String::new()),
        ("error", "cannot render", "error".to_owned()),
    ];
    assert_eq!(found, expected);
}
