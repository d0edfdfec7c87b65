//! The `landfall` binary. Everything lives in the library; see `cli`.

fn main() {}
