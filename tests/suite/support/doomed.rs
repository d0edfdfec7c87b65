//! Workers in processes of their own that kill themselves at a given call.
//!
//! The program is this test executable, which runs the very entry of the binary with its ports made [`mortal`]. So the
//! binary itself holds nothing of this.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use super::binary::Role;
use super::mortal::{Call, Death, Fate, Side, mortal};
use super::servers::Pen;

/// The variable that tells a process its death, as `store.create#1 before`, or `never`.
const DEATH: &str = "LANDFALL_TEST_DEATH";

/// Starts `landfall worker` so that it dies by SIGKILL as told.
pub(crate) fn start(pen: &Pen, name: &str, death: Death, environment: &[(String, String)]) -> Role {
    let program = env::current_exe().expect("this executable");
    let arguments = ["--exact", "support::doomed::entry", "--ignored", "--nocapture", "--test-threads", "1"];
    let mut environment = environment.to_vec();
    environment.push((DEATH.to_owned(), tell(death)));
    Role::of_program(pen, name, &program, &arguments, &environment)
}

/// The calls that a worker's log tells, in their order.
pub(crate) fn calls(log: &str) -> Vec<Call> {
    let told = log.lines().filter_map(|line| line.strip_prefix("{\"call\":\"")?.strip_suffix("\"}"));
    told.map(|call| Call::parse(call).expect("the name of a call")).collect()
}

fn tell(death: Death) -> String {
    match death {
        Death::At(call, Side::Before) => format!("{call} before"),
        Death::At(call, Side::After) => format!("{call} after"),
        Death::Never => "never".to_owned(),
        Death::Before(_) | Death::After(_) | Death::Touching(_) => panic!("a process dies at a call with a name"),
    }
}

fn read(told: &str) -> Option<Death> {
    if told == "never" {
        return Some(Death::Never);
    }
    let (call, side) = told.split_once(' ')?;
    let side = match side {
        "before" => Side::Before,
        "after" => Side::After,
        _ => return None,
    };
    Some(Death::At(Call::parse(call)?, side))
}

#[test]
#[ignore = "what a doomed worker's process runs; it does nothing by itself"]
fn entry() {
    let Ok(told) = env::var(DEATH) else { return };
    // Ends the line that the harness began, so that every record of the log has a line to itself.
    println!();
    let fate = Fate::of_this_process(read(&told).expect("a death"));
    let arguments = ["landfall", "worker"].map(OsString::from);
    let code = landfall::cli::main(arguments, move |ports| mortal(ports, &fate));
    // Not by a panic or a return: the harness would have its say on the exit code.
    std::process::exit(i32::from(code != ExitCode::SUCCESS));
}
