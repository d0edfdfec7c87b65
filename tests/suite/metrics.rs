//! Metrics say what happened, and nothing twice: in simulations wherever a worker dies, over real servers to the cent, and
//! as the real Prometheus reads them. What is made of them, and the page about them and the log, keep in step.

mod deployed;
mod prometheus;
mod real;
mod records;
mod reference;
mod simulated;
