//! Embedded adapters: JSON lines in and out, control messages and an S3 server in this process.

mod control;
pub mod json_lines;
#[cfg(feature = "emulator")]
pub mod s3_server;

pub use control::LocalControl;
