//! The command line: one binary, several roles.
