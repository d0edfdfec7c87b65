//! Metrics say what happened, and nothing twice: in simulations wherever a worker dies, over real servers to the cent, and
//! as the real Prometheus reads them.

mod prometheus;
mod real;
mod simulated;
