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
    table: csv::Writer<W>,
}

impl<W: Write> TrialTable<W> {
    /// Opens a table by writing its header.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W, columns: &[String]) -> io::Result<Self> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(columns.iter().map(|name| words(name)))?;
        Ok(Self { table })
    }

    /// Adds the row of a trial.
    ///
    /// # Errors
    /// If `out` cannot be written, or the row is not as long as the header.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            self.table.write_field(written(*cell))?;
        }
        Ok(self.table.write_record(None::<&[u8]>)?)
    }

    /// Writes what is still held back and gives the writer back.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.table.into_inner().map_err(|held_back| io::Error::new(held_back.error().kind(), held_back.to_string()))
    }
}

fn written(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Number(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Beyond(limit) => format!("> {limit}"),
        Cell::Text(text) => words(text),
    }
}

fn words(text: &str) -> String {
    inert::text(&inert::cell(text))
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
            table.row(&row).expect("memory takes a row");
        }
        let text = String::from_utf8(table.finish().expect("memory is flushed")).expect("text");
        assert_eq!(
            text,
            "trial,time_to_contain,accepted,first_use,held_open_by\n\
             0,0.1,18446744073709551615,,\"a, b\"\n\
             1,> 1800,2,3.5,\"'=HYPERLINK(\"\"x\"\")\"\n"
        );
    }

    #[test]
    fn a_row_of_another_length_is_refused() {
        let mut table = TrialTable::new(Vec::new(), &columns(&["trial", "seed"])).expect("memory takes a header");
        assert!(table.row(&[Cell::Integer(1)]).is_err());
    }
}
