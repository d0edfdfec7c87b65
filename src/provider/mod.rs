//! The client of the provider's task API.
