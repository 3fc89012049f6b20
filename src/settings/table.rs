//! Tables of recorded data: CSV files with a header, possibly compressed (`.csv.gz`), from the scenario's folder.
//!
//! A table is read row by row and within bounds, since a small compressed file can hold a huge table: so many rows,
//! so many bytes when unpacked, so many bytes a line. Faults name the line.

use super::folder::Folder;
use crate::document::suggestion::{listed, nearest};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};

/// The most rows of a table.
pub const MOST_ROWS: usize = 5_000_000;

/// The most bytes of a table, unpacked.
pub const MOST_BYTES: u64 = 1 << 30;

/// The most bytes of one line.
pub const LONGEST_LINE: usize = 1 << 16;

/// A table that is being read.
pub struct Table {
    path: String,
    reader: csv::Reader<Bounded<Box<dyn Read>>>,
    columns: Vec<String>,
    record: csv::StringRecord,
    rows: usize,
}

impl Table {
    /// Opens a table and reads its header.
    ///
    /// # Errors
    /// A fragment that says what is wrong, for a diagnostic to place.
    pub fn open(path: &str, folder: &mut Folder) -> Result<Self, String> {
        if !path.ends_with(".csv") && !path.ends_with(".csv.gz") {
            return Err(format!("`{path}` is not a table; name a `.csv` or `.csv.gz` file"));
        }
        let file = BufReader::new(folder.open(path)?);
        Self::read(path, unpacked(path, file))
    }

    fn read(path: &str, content: Box<dyn Read>) -> Result<Self, String> {
        let bounded = Bounded { content, bytes: 0, in_line: 0 };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bounded);
        let header = reader.headers().map_err(|error| unreadable(path, &error))?;
        let columns: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        if columns.iter().all(String::is_empty) {
            return Err(format!("`{path}` is empty; its first line must name the columns"));
        }
        Ok(Self { path: path.to_owned(), reader, columns, record: csv::StringRecord::new(), rows: 0 })
    }

    /// The position of a column.
    ///
    /// # Errors
    /// A fragment that names the columns that exist.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        let found: Vec<usize> = (0..self.columns.len()).filter(|at| self.columns[*at] == name).collect();
        match found[..] {
            [at] => Ok(at),
            [] => {
                let names = || self.columns.iter().map(String::as_str);
                let remedy = match nearest(name, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its columns: {}", listed(names().take(20))),
                };
                Err(format!("`{}` has no column `{name}`; {remedy}", self.path))
            }
            _ => Err(format!("`{}` has several columns `{name}`; rename all but one", self.path)),
        }
    }

    /// The next row, or `None` behind the last.
    ///
    /// # Errors
    /// A fragment that names the line.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, String> {
        if !self.reader.read_record(&mut self.record).map_err(|error| unreadable(&self.path, &error))? {
            return Ok(None);
        }
        self.rows += 1;
        if self.rows > MOST_ROWS {
            return Err(format!("`{}` has more than {MOST_ROWS} rows; cut it down", self.path));
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        Ok(Some(Row { path: &self.path, line, record: &self.record, columns: &self.columns }))
    }
}

/// A row of a table.
#[derive(Debug)]
pub struct Row<'t> {
    path: &'t str,
    line: u64,
    record: &'t csv::StringRecord,
    columns: &'t [String],
}

impl Row<'_> {
    /// The text in a column.
    pub fn text(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default()
    }

    /// The number in a column.
    ///
    /// # Errors
    /// A fragment that names the line and the column.
    pub fn number(&self, column: usize) -> Result<f64, String> {
        let text = self.text(column);
        let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| {
            self.fault(&format!("`{text}` in column `{}` is not a number", self.columns[column]), "correct it")
        })
    }

    /// A fault in this row.
    pub fn fault(&self, message: &str, help: &str) -> String {
        format!("line {} of `{}`: {message}; {help}", self.line, self.path)
    }
}

/// The numbers of one column.
///
/// # Errors
/// A fragment that says what is wrong.
pub fn numbers(path: &str, column: &str, folder: &mut Folder) -> Result<Vec<f64>, String> {
    let mut table = Table::open(path, folder)?;
    let column = table.column(column)?;
    let mut found = Vec::new();
    while let Some(row) = table.next_row()? {
        found.push(row.number(column)?);
    }
    Ok(found)
}

fn unpacked(path: &str, file: BufReader<File>) -> Box<dyn Read> {
    if path.ends_with(".gz") { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) }
}

fn unreadable(path: &str, error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} of `{path}` has {len} fields and the header has {expected_len}; complete it")
        }
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} of `{path}` is not UTF-8; save the file as UTF-8")
        }
        csv::ErrorKind::Io(error) => format!("`{path}` cannot be read: {error}"),
        _ => format!("`{path}` cannot be read: {error}"),
    }
}

/// A reader that refuses to go on beyond the bounds of a table.
struct Bounded<R> {
    content: R,
    bytes: u64,
    in_line: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.bytes += count as u64;
        if self.bytes > MOST_BYTES {
            return Err(io::Error::other(format!("it has more than {MOST_BYTES} bytes when unpacked; cut it down")));
        }
        for piece in buffer[..count].split_inclusive(|byte| *byte == b'\n') {
            self.in_line += piece.len();
            if self.in_line > LONGEST_LINE {
                return Err(io::Error::other(format!("it has a line of more than {LONGEST_LINE} bytes; cut it down")));
            }
            if piece.ends_with(b"\n") {
                self.in_line = 0;
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn folder(name: &str, content: &[u8]) -> (tempfile::TempDir, Folder) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(name), content).expect("a file");
        let at = Folder::at(folder.path());
        (folder, at)
    }

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn a_column_is_read_from_plain_and_compressed_tables_alike() {
        let text = b"a,b\n1, 2.5\n3,-4\n";
        let (_kept, mut plain) = folder("x.csv", text);
        assert_eq!(numbers("x.csv", "b", &mut plain), Ok(vec![2.5, -4.0]));
        let (_kept, mut gz) = folder("x.csv.gz", &packed(text));
        assert_eq!(numbers("x.csv.gz", "b", &mut gz), Ok(vec![2.5, -4.0]));
    }

    #[test]
    fn faults_of_a_table_name_the_line() {
        for (text, column, message) in [
            (&b"a,b\n1,2\n"[..], "bb", "`x.csv` has no column `bb`; did you mean `b`?"),
            (b"a,b\n1,2\n3,x\n", "b", "line 3 of `x.csv`: `x` in column `b` is not a number; correct it"),
            (b"a,b\n1,NaN\n", "b", "line 2 of `x.csv`: `NaN` in column `b` is not a number; correct it"),
            (b"a,b\n1\n", "b", "line 2 of `x.csv` has 1 fields and the header has 2; complete it"),
            (b"a,a\n1,2\n", "a", "`x.csv` has several columns `a`; rename all but one"),
            (b"", "a", "`x.csv` is empty; its first line must name the columns"),
            (b"a\n\xff\n", "a", "line 2 of `x.csv` is not UTF-8; save the file as UTF-8"),
        ] {
            let (_kept, mut folder) = folder("x.csv", text);
            assert_eq!(numbers("x.csv", column, &mut folder), Err(message.to_owned()));
        }
    }

    #[test]
    fn a_small_file_that_unpacks_to_one_endless_line_is_refused() {
        // Eight mebibytes of zeros pack into some eight kilobytes.
        let (_kept, mut folder) = folder("x.csv.gz", &packed(&vec![b'0'; 8 << 20]));
        assert!(numbers("x.csv.gz", "a", &mut folder).is_err_and(|fault| fault.contains("a line of more than")));
    }
}
