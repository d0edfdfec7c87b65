//! The small traits through which the worker reaches the world.
