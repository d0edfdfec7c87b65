//! The worker: one plain path per job over the ports.
