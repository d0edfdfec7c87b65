//! Embedded adapters: JSON lines in and out, and an S3 server in this process.

pub mod json_lines;
#[cfg(feature = "emulator")]
pub mod s3_server;
