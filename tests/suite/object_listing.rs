//! What every [`ObjectListing`] must do: one suite for the one in memory, the embedded one and real servers.

use std::sync::Arc;

use bytes::Bytes;
use landfall::job::fault::FaultKind;
use landfall::job::ids::{ObjectKey, ObjectRef};
use landfall::ports::{Created, ObjectListing, ObjectStore};

/// Around the separator stand `-` and `.` before it, and digits behind.
const KEYS: [&str; 10] = ["Z", "a-b.json", "a.b", "a/b", "a/b-", "a/b.json", "a/b0", "a0", "b c+%", "ü/日本"];

/// Runs the whole suite in `bucket`, which must exist; what it writes is under a prefix of its own.
pub(crate) async fn conforms<S: ObjectStore + ObjectListing>(store: Arc<S>, bucket: &str) {
    let prefix = format!("listing/{}/", uuid::Uuid::new_v4());
    for name in KEYS {
        let key = ObjectKey::parse(&format!("{prefix}{name}")).expect("a key");
        let object = ObjectRef { bucket: bucket.to_owned(), key };
        let created = store.create(&object, "text/plain", Bytes::from(name)).await.expect("created");
        assert!(matches!(created, Created::Done { .. }));
    }
    let of = |names: &[&str]| names.iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>();
    let whole = all(&*store, bucket, &prefix, "", 1000).await;
    let mut sorted = whole.clone();
    sorted.sort();
    assert_eq!(sorted, of(&KEYS), "every key once");
    for most in [1, 2, 3, 4, 10, 1000, 100_000] {
        assert_eq!(all(&*store, bucket, &prefix, "", most).await, whole, "pages of {most}");
        for (at, after) in whole.iter().enumerate() {
            let rest = all(&*store, bucket, &prefix, after, most).await;
            assert_eq!(rest, whole[at + 1..], "after {after}, pages of {most}");
        }
        let below = all(&*store, bucket, &format!("{prefix}a/"), "", most).await;
        assert_eq!(below, of(&["a/b", "a/b-", "a/b.json", "a/b0"]), "one directory is in byte order, pages of {most}");
    }
    let nothing = store.list(bucket, &format!("{prefix}nothing"), "", 10).await.expect("listed");
    assert!(nothing.objects.is_empty() && !nothing.more);
    let page = store.list(bucket, &prefix, "", 2).await.expect("listed");
    assert_eq!((page.objects[0].size, page.more), (1, true), "a listing tells sizes");
    let missing = store.list("no-such-bucket-anywhere", "", "", 1).await.expect_err("there is none");
    assert_eq!(missing.kind, FaultKind::Denied, "{}", missing.chain());
}

/// The keys of all pages, in the order in which they came.
async fn all(store: &dyn ObjectListing, bucket: &str, prefix: &str, after: &str, most: usize) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), after.to_owned());
    loop {
        let page = store.list(bucket, prefix, &after, most).await.expect("listed");
        assert!(page.objects.len() <= most);
        keys.extend(page.objects.iter().map(|object| object.key.clone()));
        if !page.more {
            return keys;
        }
        after = page.objects.last().expect("a page with more behind it has objects").key.clone();
    }
}
