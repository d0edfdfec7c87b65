//! The provider's stand-in: the same API, real renders, real uploads.
pub mod render;
