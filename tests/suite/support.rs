//! What tests share: real servers, in-memory ports, and the invariants.

pub(crate) mod binary;
pub(crate) mod browser;
pub(crate) mod dice;
pub(crate) mod doomed;
pub(crate) mod faulty;
pub(crate) mod invariants;
pub(crate) mod memory_broker;
pub(crate) mod memory_provider;
pub(crate) mod memory_store;
pub(crate) mod mortal;
pub(crate) mod proxy;
pub(crate) mod scrape;
pub(crate) mod secrets;
pub(crate) mod servers;
pub(crate) mod stack;
pub(crate) mod trouble;
pub(crate) mod webdriver;
pub(crate) mod world;
