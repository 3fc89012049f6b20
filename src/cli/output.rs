//! Standard output and standard error: who reads them, in which colours, and what if nobody does any more.

use crate::document::rendering;
use crate::report::terminal::screen;
use std::io::{self, IsTerminal, Write};

/// Writes to standard output. A reader that went away is no fault of the run: what it has read, it has.
///
/// # Errors
/// If standard output cannot be written for another reason.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Writes a line to standard error; if that fails there is nobody left to tell.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Whether standard output is a terminal that wants colours.
pub fn screen_colour() -> screen::Colour {
    if io::stdout().is_terminal() && wants_colour() { screen::Colour::Ansi } else { screen::Colour::Plain }
}

/// Whether standard error is a terminal that wants colours.
pub fn message_colour() -> rendering::Colour {
    if io::stderr().is_terminal() && wants_colour() { rendering::Colour::Always } else { rendering::Colour::Never }
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c));
    if plain && !word.is_empty() { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// <https://no-color.org>: set and not empty means none.
fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
