//! Listing a bucket in S3's order, which is the byte order of whole keys, from directories that know only names.
//!
//! The walk visits a directory's entries sorted as if a directory's name ended in `/`, skips what the prefix or the
//! page's start rules out, and stops when the page is full: memory is bounded by the page and the largest directory.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use s3s::dto::{CommonPrefix, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object};
use s3s::{S3Result, s3_error};

use super::attributes::hex;
use super::store::{Store, disk};

/// S3's bound on one page.
const PAGE_MAX: i32 = 1000;

/// Where a page begins.
#[derive(Clone, Debug, Default, PartialEq)]
enum After {
    #[default]
    Start,
    Key(String),
    /// All keys below this common prefix are behind us.
    Prefix(String),
}

enum Entry {
    Key(String),
    Prefix(String),
}

pub(super) async fn list(store: &Arc<Store>, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    store.run(move |store| page(store, input)).await
}

fn page(store: &Store, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let root = store.require_bucket(&input.bucket)?;
    let max = input.max_keys.unwrap_or(PAGE_MAX);
    let limit = usize::try_from(max.min(PAGE_MAX)).map_err(|_| s3_error!(InvalidArgument, "max-keys is negative."))?;
    let after = match (&input.continuation_token, &input.start_after) {
        (Some(token), _) => {
            After::from_token(token).ok_or_else(|| s3_error!(InvalidArgument, "The continuation token is incorrect"))?
        }
        (None, Some(key)) => After::Key(key.clone()),
        (None, None) => After::Start,
    };
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let (entries, is_truncated) = entries(&root, &prefix, delimiter, after, limit).map_err(disk)?;

    let next = entries.last().filter(|_| is_truncated).map(Entry::token);
    let url = input.encoding_type.as_ref().is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
    let shown = |text: String| if url { url_encoded(&text) } else { text };
    let (mut contents, mut common_prefixes) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Prefix(prefix) => common_prefixes.push(CommonPrefix { prefix: Some(shown(prefix)) }),
            Entry::Key(key) => {
                // Removed since the walk, or a name no key can have: not an object.
                let Ok(Some(found)) = store.find(&input.bucket, &key) else { continue };
                contents.push(Object {
                    key: Some(shown(key)),
                    size: i64::try_from(found.sidecar.size).ok(),
                    e_tag: Some(found.sidecar.e_tag()),
                    last_modified: Some(found.sidecar.last_modified()),
                    ..Object::default()
                });
            }
        }
    }
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        key_count: i32::try_from(contents.len() + common_prefixes.len()).ok(),
        max_keys: Some(max),
        is_truncated: Some(is_truncated),
        next_continuation_token: next,
        continuation_token: input.continuation_token,
        prefix: Some(shown(prefix)),
        delimiter: input.delimiter.map(shown),
        start_after: input.start_after.map(shown),
        encoding_type: input.encoding_type,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        ..ListObjectsV2Output::default()
    })
}

/// At most `limit` entries, and whether there are more.
fn entries(
    root: &Path,
    prefix: &str,
    delimiter: Option<&str>,
    after: After,
    limit: usize,
) -> io::Result<(Vec<Entry>, bool)> {
    let mut found = Vec::new();
    if limit == 0 {
        return Ok((found, false));
    }
    let mut grouped = match &after {
        After::Prefix(prefix) => Some(prefix.clone()),
        After::Start | After::Key(_) => None,
    };
    let behind = match after {
        After::Start => String::new(),
        After::Key(text) | After::Prefix(text) => text,
    };
    let mut visit = |key: String| {
        let below_group = grouped.as_ref().is_some_and(|group| key.starts_with(group.as_str()));
        if !key.starts_with(prefix) || key.as_str() <= behind.as_str() || below_group {
            return ControlFlow::Continue(());
        }
        if found.len() == limit {
            return ControlFlow::Break(());
        }
        let end = delimiter.and_then(|mark| key[prefix.len()..].find(mark).map(|at| prefix.len() + at + mark.len()));
        match end {
            Some(end) => {
                grouped = Some(key[..end].to_owned());
                found.push(Entry::Prefix(key[..end].to_owned()));
            }
            None => found.push(Entry::Key(key)),
        }
        ControlFlow::Continue(())
    };
    let more = walk(root, "", (prefix, &behind), &mut visit)?.is_break();
    Ok((found, more))
}

fn walk(
    directory: &Path,
    above: &str,
    (prefix, behind): (&str, &str),
    visit: &mut impl FnMut(String) -> ControlFlow<()>,
) -> io::Result<ControlFlow<()>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        // Removed with its last object while we walk.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ControlFlow::Continue(())),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            names.push(format!("{above}{name}/"));
        } else if kind.is_file() {
            names.push(format!("{above}{name}"));
        }
    }
    names.sort_unstable();
    for name in names {
        let flow = if let Some(directory_name) = name[above.len()..].strip_suffix('/') {
            let may_match = name.starts_with(prefix) || prefix.starts_with(&name);
            let is_behind = name.as_str() < behind && !behind.starts_with(&name);
            if !may_match || is_behind {
                continue;
            }
            walk(&directory.join(directory_name), &name, (prefix, behind), visit)?
        } else {
            visit(name)
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}

impl Entry {
    /// Opaque to clients, and only of characters that need no encoding in XML or a query.
    fn token(&self) -> String {
        match self {
            Self::Key(key) => format!("k{}", hex(key.as_bytes())),
            Self::Prefix(prefix) => format!("p{}", hex(prefix.as_bytes())),
        }
    }
}

impl After {
    fn from_token(token: &str) -> Option<Self> {
        let digits = token.get(1..)?;
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes = digits.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?;
        // Only what `Entry::token` writes.
        if hex(&bytes) != digits {
            return None;
        }
        let text = String::from_utf8(bytes).ok()?;
        match token.as_bytes().first()? {
            b'k' => Some(Self::Key(text)),
            b'p' => Some(Self::Prefix(text)),
            _ => None,
        }
    }
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace("%2F", "/")
}
