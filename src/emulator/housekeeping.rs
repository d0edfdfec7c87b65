//! What is done though nobody asks for it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::shelf::Shelf;
use super::state::SharedState;

/// Longest time between two sweeps. What is over is unknown at once; this is only how long it still takes up room.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Shortest time between two sweeps: each looks at every task.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// Removes tasks that are past `retention` and videos that are over, again and again.
pub(super) async fn sweep_up(state: SharedState, shelf: Arc<Shelf>, retention: Duration) {
    let pause = retention.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    loop {
        tokio::time::sleep(pause).await;
        let now = Timestamp::now();
        let gone = state.lock().tasks.sweep(now);
        shelf.sweep(&gone, now).await;
    }
}
