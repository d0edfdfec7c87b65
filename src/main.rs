//! The `landfall` binary. Everything lives in the library; see `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    landfall::cli::main(std::env::args_os(), |ports| ports)
}
