//! What the real Prometheus makes of them.
