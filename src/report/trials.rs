//! The table of trials, one row a trial, written as they come.
//!
//! A row is written and forgotten, so that a million trials need no memory. A cell without a value is empty, and
//! one that the trial could not see to its end is `> limit`.

use super::inert;
use std::io::{self, Write};

/// One cell of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// The metric has no meaning in this trial.
    Missing,
    /// A number in the metric's unit.
    Number(f64),
    /// A whole number.
    Integer(u64),
    /// Known only to lie above this limit.
    Beyond(f64),
    /// Words; made inert if they begin like a formula.
    Text(&'a str),
}

impl From<Option<f64>> for Cell<'_> {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Number)
    }
}

/// A table under way.
#[derive(Debug)]
pub struct TrialTable<W: Write> {
    out: W,
}

impl<W: Write> TrialTable<W> {
    /// Opens a table by writing its header.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(mut out: W, columns: &[String]) -> io::Result<Self> {
        out.write_all(&line(columns.iter().map(|name| Cell::Text(name))))?;
        Ok(Self { out })
    }

    /// Adds lines that [`line()`] made.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn add(&mut self, lines: &[u8]) -> io::Result<()> {
        self.out.write_all(lines)
    }

    /// Gives the writer back.
    pub fn finish(self) -> W {
        self.out
    }
}

/// The line of a row with its end (RFC 4180), made apart from the table so that threads may make lines of their own.
pub fn line<'a>(cells: impl IntoIterator<Item = Cell<'a>>) -> Vec<u8> {
    let mut line = Vec::with_capacity(256);
    for cell in cells {
        add(&mut line, cell).expect("memory takes what is written to it");
        line.push(b',');
    }
    if let Some(last) = line.last_mut() {
        *last = b'\n';
    }
    line
}

fn add(line: &mut Vec<u8>, cell: Cell<'_>) -> io::Result<()> {
    match cell {
        Cell::Missing => Ok(()),
        Cell::Number(value) => write!(line, "{value}"),
        Cell::Integer(value) => write!(line, "{value}"),
        Cell::Beyond(limit) => write!(line, "> {limit}"),
        Cell::Text(text) => {
            let text = inert::text(&inert::cell(text));
            if text.contains([',', '"', '\n', '\r']) {
                write!(line, "\"{}\"", text.replace('"', "\"\""))
            } else {
                line.write_all(text.as_bytes())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_row_holds_numbers_gaps_limits_and_inert_words() {
        let names = columns(&["trial", "time_to_contain", "accepted", "first_use", "held_open_by"]);
        let mut table = TrialTable::new(Vec::new(), &names).expect("memory takes a header");
        let hostile = Cell::Text("=HYPERLINK(\"x\")");
        for row in [
            [Cell::Integer(0), Cell::Number(0.1), Cell::Integer(u64::MAX), Cell::from(None), Cell::Text("a, b")],
            [Cell::Integer(1), Cell::Beyond(1800.0), Cell::Integer(2), Cell::from(Some(3.5)), hostile],
        ] {
            table.add(&line(row)).expect("memory takes a row");
        }
        let text = String::from_utf8(table.finish()).expect("text");
        assert_eq!(
            text,
            "trial,time_to_contain,accepted,first_use,held_open_by\n\
             0,0.1,18446744073709551615,,\"a, b\"\n\
             1,> 1800,2,3.5,\"'=HYPERLINK(\"\"x\"\")\"\n"
        );
    }
}
