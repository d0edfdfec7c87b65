//! The pure core: what a job is and what is decided about it.
