//! Ledger records: what is read, written and read again is the same record, and stands where it belongs.

use landfall::job::ledger::{LedgerRecord, Unreadable, record_key};

/// What is shown of a damaged record.
const DAMAGE_MAX_CHARS: usize = 400;

/// `input` is an object's content.
pub fn check(input: &[u8]) {
    let record = match LedgerRecord::decode(input) {
        Ok(record) => record,
        Err(Unreadable::Damaged(why) | Unreadable::OtherSchema(why)) => {
            super::assert_fit_to_show("a damage", &why, DAMAGE_MAX_CHARS);
            return;
        }
    };
    let written = record.encode().expect("what was read can be written");
    let again = LedgerRecord::decode(&written).expect("what was written can be read");
    assert_eq!(again, record, "written and read again it is another record");
    assert_eq!(again.encode().as_ref(), Ok(&written), "its text changes with every writing");

    let key = record_key("landfall/ledger", &record.job_id).expect("every job has a place");
    let parts: Vec<&str> = key.as_str().split('/').collect();
    let ["landfall", "ledger", shard, name] = parts.as_slice() else { panic!("{key} left its prefix") };
    assert_eq!((shard.len(), name.strip_suffix(".json")), (2, Some(record.job_id.as_str())));
}
