//! Blocks marked `console`: the commands that a reader types, run as typed, in a folder of their own for each page.
//!
//! A line that begins with `$ ` is a command, one that begins with `> ` right after it continues it, and the others
//! are what it prints. `revdrill` and `cargo run --release --` are the program under test. Words after `console`
//! say how the last command of the block ends: `exit=10`, or `exit=verdict` where the number of trials decides. A block
//! of another kind that bears `file=NAME` is saved under that name first.

use super::page::{Block, root};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Stands between the outputs of two commands.
const MARK: char = '\u{1}';

/// How many trials a command may play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trials {
    /// At most two hundred, whatever the page says.
    Few,
    /// As many as the page says.
    AsWritten,
}

/// A command with the output that the page shows.
#[derive(Debug, PartialEq)]
pub struct Typed {
    /// What is typed; continued lines are joined by newlines.
    pub command: String,
    /// The line of the block after which its output stands.
    pub after: usize,
    /// The output that the page shows.
    pub shown: Vec<String>,
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    /// What it printed on both of its outputs.
    pub printed: String,
    /// How it ended.
    pub code: i32,
}

/// The commands of a block; none if it is not marked `console`.
pub fn typed(block: &Block) -> Vec<Typed> {
    let mut all: Vec<Typed> = Vec::new();
    if block.language() != "console" {
        return all;
    }
    for (at, line) in block.lines.iter().enumerate() {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Typed { command: command.to_owned(), after: at, shown: Vec::new() });
        } else if let Some(last) = all.last_mut() {
            match line.strip_prefix("> ") {
                Some(more) if last.shown.is_empty() => {
                    last.command.push('\n');
                    last.command.push_str(more);
                    last.after = at;
                }
                _ => last.shown.push(line.clone()),
            }
        }
    }
    all
}

/// A folder in which the commands of a page run, with the scenarios of the repository in it.
pub struct Folder {
    place: TempDir,
    trials: Trials,
}

impl Folder {
    /// A fresh folder.
    pub fn new(trials: Trials) -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (programs, scenarios) = (place.path().join("programs"), place.path().join("clone/scenarios"));
        fs::create_dir_all(&programs).expect("a folder");
        copy(&root().join("scenarios"), &scenarios);
        let few = trials == Trials::Few;
        program(&programs.join("revdrill"), if few { FEW_TRIALS } else { "exec \"$PROGRAM_UNDER_TEST\" \"$@\"" });
        program(
            &programs.join("cargo"),
            "[ \"$1 $2 $3\" = 'run --release --' ] || exit 99\nshift 3\nexec revdrill \"$@\"",
        );
        Self { place, trials }
    }

    /// Saves a block under the name that it bears, as in `yaml file=mine.yaml`.
    pub fn save(&self, block: &Block) {
        if let Some(name) = block.info.split_whitespace().find_map(|word| word.strip_prefix("file=")) {
            fs::write(self.place.path().join("clone").join(name), block.text()).expect("a file can be written");
        }
    }

    /// Runs the commands of a block in one shell.
    pub fn run(&self, commands: &[Typed]) -> Vec<Done> {
        if commands.is_empty() {
            return Vec::new();
        }
        let mut script = String::from("exec 2>&1\n");
        for typed in commands {
            // The exit code is handed on, so that a page may show `echo $?`.
            script.push_str(&format!(
                "{}\ncode_of_last=$?; printf '{MARK}%s{MARK}' \"$code_of_last\"; (exit $code_of_last)\n",
                typed.command
            ));
        }
        let programs = self.place.path().join("programs");
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh")
            .arg("-c")
            .arg(&script)
            .current_dir(self.place.path().join("clone"))
            .env("PATH", path)
            .env("PROGRAM_UNDER_TEST", env!("CARGO_BIN_EXE_revdrill"))
            .env("NO_COLOR", "1")
            .output()
            .expect("a shell");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut pieces = text.split(MARK);
        let mut done = Vec::new();
        while let (Some(printed), Some(code)) = (pieces.next(), pieces.next()) {
            done.push(Done { printed: printed.to_owned(), code: code.parse().expect("an exit code") });
        }
        assert_eq!(done.len(), commands.len(), "the shell ended early ({:?} trials): {text}", self.trials);
        done
    }
}

/// Whether a code is how a block says that its last command ends.
pub fn is_as_stated(info: &str, code: i32) -> bool {
    let stated = info.split_whitespace().find_map(|word| word.strip_prefix("exit=")).unwrap_or("0");
    if stated == "verdict" { [0, 10, 11].contains(&code) } else { stated.parse() == Ok(code) }
}

/// `revdrill` with at most 1000 trials, which decide what is shown as decided.
const FEW_TRIALS: &str = r#"
verb=$1
given=
left=$#
while [ "$left" -gt 0 ]; do
    word=$1
    shift
    left=$((left - 1))
    if [ "$word" = --trials ]; then
        word=$1
        shift
        left=$((left - 1))
        [ "$word" -gt 1000 ] && word=1000
        given=yes
        set -- "$@" --trials
    fi
    set -- "$@" "$word"
done
[ "$verb" = run -o "$verb" = explain ] && [ -z "$given" ] && set -- "$@" --trials 1000
exec "$PROGRAM_UNDER_TEST" "$@"
"#;

fn program(place: &Path, script: &str) {
    fs::write(place, format!("#!/bin/sh\n{script}\n")).expect("a program can be written");
    fs::set_permissions(place, fs::Permissions::from_mode(0o755)).expect("it can be made executable");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of the repository") {
        let entry = entry.expect("an entry");
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a file can be copied");
        }
    }
}
