#![doc = include_str!("ARCHITECTURE.md")]

#[cfg(feature = "emulator")]
pub mod agent;
pub mod cli;
pub mod config;
pub mod dashboard;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod job;
pub mod local;
pub mod media;
pub mod ports;
pub mod provider;
pub mod rabbit;
pub mod s3;
pub mod telemetry;
pub mod worker;
