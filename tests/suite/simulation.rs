//! Whole workers on in-memory ports, under paused time.

mod endings;
mod flow;
mod landing;
mod lives;
mod pausing;
mod repeats;
mod trouble;

use landfall::job::ids::{ObjectKey, ObjectRef};
use landfall::ports::{ObjectStore as _, Unchanged};

use crate::support::world::World;

fn ledger_objects(world: &World) -> Vec<ObjectRef> {
    let keys = world.store.keys("own").into_iter().filter(|key| key.starts_with("landfall/ledger/"));
    keys.map(|key| ObjectRef { bucket: "own".to_owned(), key: ObjectKey::parse(&key).expect("a key") }).collect()
}

fn ledger(world: &World) -> Vec<serde_json::Value> {
    let stored = ledger_objects(world).into_iter().map(|object| world.store.stored(&object).expect("listed"));
    stored.map(|record| serde_json::from_slice(&record.bytes).expect("JSON")).collect()
}

/// Changes every record behind the workers' backs.
async fn damage_ledger(world: &World, change: impl Fn(&str) -> Vec<u8>) {
    for object in ledger_objects(world) {
        let stored = world.store.stored(&object).expect("listed");
        let changed = change(std::str::from_utf8(&stored.bytes).expect("text"));
        let replaced = world.store.replace(&object, &stored.etag, "application/json", changed.into()).await;
        assert!(matches!(replaced, Ok(Unchanged::Yes(_))));
    }
}
