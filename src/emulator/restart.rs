//! Goes on where an earlier life of the emulator ended.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::answer::Accepted;
use super::journal::StateError;
use super::record::Saved;
use super::shelf::{self, Shelf};
use super::state::State;

/// Takes up what was `saved` in the file at `path`. Returns the tasks that are still to be worked on, and the shelf with the
/// videos that were finished.
pub(super) fn take_up(state: &mut State, saved: Saved, path: &Path) -> io::Result<(Vec<Accepted>, Shelf)> {
    let damaged = |reason| StateError::Damaged { path: path.to_owned(), reason };
    let under_way = state.restore(saved).map_err(damaged)?;
    let results = || state.tasks.runs().flat_map(|(_, task)| task.results.iter().map(move |result| (task, result)));
    let known: HashSet<Uuid> = results().map(|(_, result)| result.video_uuid).collect();
    let shelf = Shelf::keep_in(beside(path), &known)?;
    for (task, result) in results() {
        let expires_at = shelf::expiry(result.at, task.request.ttl_s);
        shelf.publish_again(result.video_uuid, task.request.container, expires_at, task.behaviour.video_url);
    }
    tracing::info!(file = %path.display(), under_way = under_way.len(), videos = known.len(), "took up the state");
    Ok((under_way, shelf))
}

/// Where the videos lie.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".videos");
    name.into()
}
