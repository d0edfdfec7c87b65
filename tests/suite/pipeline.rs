//! End to end: jobs on a real RabbitMQ, worker and emulator processes of the real binary, videos in a real S3 server.
//!
//! What a test waits for is a state seen from outside; what it asserts is the invariants of the simulations.

mod cancelling;
mod commands;
mod costs;
mod endings;
mod events;
mod flow;
mod health;
mod jobs;
mod refusals;
mod secrets;
