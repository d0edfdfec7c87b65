//! Encoders and containers.

pub(in crate::agent) mod h264;
pub(in crate::agent) mod mp4;
pub(in crate::agent) mod vp9;
pub(in crate::agent) mod webm;
