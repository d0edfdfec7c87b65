//! The configuration tree: defaults, file, environment, flags.
