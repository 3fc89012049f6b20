//! The reference of the command line, in Markdown, made from the arguments themselves: it says what `--help` says.

use super::arguments::Arguments;
use super::exit;
use clap::{Command, CommandFactory};
use std::fmt::Write as _;

const HEAD: &str = "\
# The command line

This page is made from the program's own help.
";

const EXIT_CODES: &str = "
## Exit codes

Once released, a code never changes its meaning. A failed objective goes before an inconclusive one.

| code | meaning |
|---|---|
";

/// Columns of the help texts: a page, unlike a terminal, has one width.
const WIDTH: usize = 100;

/// The reference.
pub fn reference() -> String {
    // Exit codes have a table of their own.
    let mut program = Arguments::command().term_width(WIDTH).after_help("").disable_help_subcommand(true);
    program.build();
    let mut page = HEAD.to_owned();
    help(&mut program, &mut page);
    for command in program.get_subcommands_mut() {
        help(command, &mut page);
    }
    page.push_str(EXIT_CODES);
    for (code, meaning) in exit_codes() {
        write(&mut page, format_args!("| {code} | {meaning} |\n"));
    }
    page
}

fn help(command: &mut Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    write(page, format_args!("\n## `{name}`\n\n```text\n"));
    let text = command.render_long_help().to_string();
    for line in text.trim_end().lines() {
        write(page, format_args!("{}\n", line.trim_end()));
    }
    page.push_str("```\n");
}

/// The codes with their meanings, as `--help` has them.
fn exit_codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    exit::HELP.lines().filter_map(|line| {
        let (code, meaning) = line.trim_start().split_once(' ')?;
        code.parse::<u8>().is_ok().then_some((code, meaning.trim()))
    })
}

fn write(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes every line");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_section_with_its_options() {
        let page = reference();
        for command in Arguments::command().get_subcommands() {
            assert!(page.contains(&format!("\n## `revdrill {}`\n", command.get_name())), "{}", command.get_name());
            for argument in command.get_arguments() {
                let long = argument.get_long().unwrap_or_default();
                assert!(page.contains(&format!("--{long}")), "{} --{long}", command.get_name());
            }
        }
    }

    #[test]
    fn every_exit_of_the_program_is_in_the_table() {
        use exit::Exit::{Failed, Fault, Inconclusive, Interrupted, Invalid, Met, Usage};
        let codes: Vec<&str> = exit_codes().map(|(code, _)| code).collect();
        for exit in [Met, Fault, Usage, Invalid, Failed, Inconclusive, Interrupted] {
            assert!(codes.contains(&exit.code().to_string().as_str()), "{exit:?}");
        }
    }
}
