//! The pure core: what a job is and what is decided about it.
//!
//! Nothing here waits, reads a clock, draws a random number or talks to anyone; time and randomness come in as values.

pub mod control;
pub mod destination;
pub mod event;
pub mod fault;
pub mod fields;
pub mod guard;
pub mod ids;
pub mod ledger;
pub mod letter;
pub mod order;
pub mod outcome;
pub mod pacing;
pub mod plan;
pub mod reason;
pub mod regeneration;
pub mod request;
pub mod schema;
pub mod skew;
pub mod template;
pub mod text;
pub mod verdict;
