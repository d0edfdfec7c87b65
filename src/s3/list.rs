//! Listing a bucket.

use async_trait::async_trait;

use super::S3Store;
use super::classify::{Call, classify};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::ports::{Listed, Listing, ObjectListing, bug};

/// Most objects in one answer, by S3.
const PAGE_MAX: usize = 1000;

/// Empty pages in a row that are believed. One that is not the last has no key to go on from, only the store's token.
const EMPTY_PAGES_MAX: u32 = 100;

#[async_trait]
impl ObjectListing for S3Store {
    async fn list(&self, bucket: &str, prefix: &str, after: &str, most: usize) -> Outcome<Listing> {
        let doing = || format!("listing {bucket}/{prefix}");
        let page = i32::try_from(most.clamp(1, PAGE_MAX)).map_err(|why| bug(doing()).because(why))?;
        let mut token = None;
        for _ in 0..EMPTY_PAGES_MAX {
            let list = self.repeating.list_objects_v2().bucket(bucket).prefix(prefix).max_keys(page);
            let list = list.set_start_after((!after.is_empty()).then(|| after.to_owned()));
            let answer = list.set_continuation_token(token).send().await;
            let answer = answer.map_err(|error| classify(Call::Read, doing(), error))?;
            let objects: Vec<Listed> = answer
                .contents()
                .iter()
                .filter_map(|object| {
                    let size = object.size().and_then(|size| size.try_into().ok()).unwrap_or_default();
                    object.key().map(|key| Listed { key: key.to_owned(), size })
                })
                .collect();
            let more = answer.is_truncated() == Some(true);
            if !objects.is_empty() || !more {
                return Ok(Listing { objects, more });
            }
            token = answer.next_continuation_token().map(str::to_owned);
        }
        Err(Fault::new(FaultKind::Malformed, doing())
            .because("it answers with empty pages, and says that there is more"))
    }
}
