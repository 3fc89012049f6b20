//! The program: arguments in, one command, an exit code out.

use clap::Parser;
use revdrill::cli::arguments::{Arguments, Command};
use revdrill::cli::{check, explain, init, list, output, own_fault, run, schema};
use std::process::ExitCode;

fn main() -> ExitCode {
    own_fault::expect(None);
    let done = match Arguments::parse().command {
        Command::Run(arguments) => run::run(arguments),
        Command::Explain(arguments) => explain::explain(arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Schema(arguments) => schema::print(&arguments),
        Command::Init(arguments) => init::init(&arguments),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(complaint) => {
            output::complain(&complaint.text);
            complaint.exit.into()
        }
    }
}
