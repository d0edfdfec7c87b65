//! Jobs from JSON lines, events and refused messages to JSON lines: the pipeline without a broker.
//!
//! The input is read lazily and never changed, so running the same file again is the way to go on after a stop or a
//! crash: the ledger makes repeats harmless. Output files are appended to, one whole line at a time.

mod events;
mod intake;
mod line_file;
mod reading;

pub use events::JsonLinesEvents;
pub use intake::JsonLinesIntake;
