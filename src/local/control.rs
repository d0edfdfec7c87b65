//! Control messages between workers of one process.

use async_trait::async_trait;
use tokio::sync::{Mutex, broadcast};

use crate::job::control::ControlMessage;
use crate::job::fault::Outcome;
use crate::ports::Control;

/// Messages that a worker may be behind. What it misses beyond that, it finds in the ledger.
const BEHIND_MAX: usize = 256;

/// One worker's ear, and its voice to all others made from the same one.
pub struct LocalControl {
    voice: broadcast::Sender<ControlMessage>,
    ear: Mutex<broadcast::Receiver<ControlMessage>>,
}

impl LocalControl {
    /// The first worker's.
    pub fn new() -> LocalControl {
        let (voice, ear) = broadcast::channel(BEHIND_MAX);
        LocalControl { voice, ear: Mutex::new(ear) }
    }

    /// One for another worker, which hears what is said from now on.
    #[must_use]
    pub fn another(&self) -> LocalControl {
        LocalControl { voice: self.voice.clone(), ear: Mutex::new(self.voice.subscribe()) }
    }
}

impl Default for LocalControl {
    fn default() -> LocalControl {
        LocalControl::new()
    }
}

#[async_trait]
impl Control for LocalControl {
    async fn broadcast(&self, message: &ControlMessage) -> Outcome<()> {
        // Fails only when nobody listens, which is nothing bad.
        let _ = self.voice.send(message.clone());
        Ok(())
    }

    async fn next(&self) -> ControlMessage {
        let mut ear = self.ear.lock().await;
        loop {
            match ear.recv().await {
                Ok(message) => return message,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
            }
        }
    }
}
