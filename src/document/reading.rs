//! Reading a text from a path or from standard input, when neither can be trusted.
//!
//! Never more than [`LARGEST`] bytes are read, also from pipes and devices that do not end. What is returned is
//! UTF-8 without NUL bytes; everything else is a typed error that says whose fault it is and what to do.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::document::source::{Source, inert};

/// The most bytes a file may have: 1 MiB.
pub const LARGEST: u64 = 1 << 20;

/// Why a text could not be read. The name is inert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The file, as it is shown.
    pub name: String,
    /// What stood in the way.
    pub fault: ReadFault,
}

/// What stood in the way of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadFault {
    /// There is nothing at the path.
    Missing,
    /// The path names a directory.
    Directory,
    /// A pipe, a device or a socket: it may never end, or never begin.
    NotAFile,
    /// The operating system refused.
    NoPermission,
    /// Larger than [`LARGEST`]; the size where it is known.
    TooLarge(Option<u64>),
    /// It holds a NUL byte, so it is no text.
    Binary,
    /// It starts like UTF-16.
    Utf16,
    /// A byte in this line (from 1) is not UTF-8.
    NotUtf8 {
        /// The line, from 1.
        line: usize,
    },
    /// Anything else that the operating system said.
    Disk(String),
}

/// Whose fault it is that a text could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// The content of the file: the scenario is invalid.
    Scenario,
    /// The path that was given.
    Operator,
    /// The machine: permissions or the disk.
    Machine,
}

impl ReadError {
    /// Whose fault it is.
    pub fn culprit(&self) -> Culprit {
        match self.fault {
            ReadFault::Missing | ReadFault::Directory | ReadFault::NotAFile => Culprit::Operator,
            ReadFault::NoPermission | ReadFault::Disk(_) => Culprit::Machine,
            ReadFault::TooLarge(_) | ReadFault::Binary | ReadFault::Utf16 | ReadFault::NotUtf8 { .. } => {
                Culprit::Scenario
            }
        }
    }

    fn from_io(name: &str, error: &io::Error) -> Self {
        let fault = match error.kind() {
            io::ErrorKind::NotFound => ReadFault::Missing,
            io::ErrorKind::PermissionDenied => ReadFault::NoPermission,
            io::ErrorKind::IsADirectory => ReadFault::Directory,
            _ => ReadFault::Disk(inert(&error.to_string())),
        };
        Self { name: inert(name), fault }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.fault {
            ReadFault::Missing => write!(f, "`{name}` does not exist; check the path"),
            ReadFault::Directory => write!(f, "`{name}` is a directory; name a file in it"),
            ReadFault::NotAFile => write!(
                f,
                "`{name}` is a pipe, a device or a socket; name a file, or write `-` and redirect standard input"
            ),
            ReadFault::NoPermission => write!(f, "`{name}` may not be read by this user; check its permissions"),
            ReadFault::TooLarge(Some(bytes)) => {
                write!(f, "`{name}` has {bytes} bytes and more than {LARGEST} (1 MiB) are not read; split it up")
            }
            ReadFault::TooLarge(None) => {
                write!(f, "`{name}` goes on after {LARGEST} bytes (1 MiB) and more are not read; split it up")
            }
            ReadFault::Binary => write!(f, "`{name}` holds NUL bytes, so it is no text; was another file meant?"),
            ReadFault::Utf16 => write!(f, "`{name}` is written in UTF-16; save it as UTF-8"),
            ReadFault::NotUtf8 { line } => write!(f, "line {line} of `{name}` is not UTF-8; save the file as UTF-8"),
            ReadFault::Disk(cause) => write!(f, "`{name}` cannot be read: {cause}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads the file at a path.
///
/// # Errors
/// Every [`ReadFault`].
pub fn read_path(path: &Path) -> Result<Source, ReadError> {
    let name = path.display().to_string();
    let failed = |fault| ReadError { name: inert(&name), fault };
    let about = std::fs::metadata(path).map_err(|error| ReadError::from_io(&name, &error))?;
    if about.is_dir() {
        return Err(failed(ReadFault::Directory));
    }
    if !about.is_file() {
        return Err(failed(ReadFault::NotAFile));
    }
    if about.len() > LARGEST {
        return Err(failed(ReadFault::TooLarge(Some(about.len()))));
    }
    let file = File::open(path).map_err(|error| ReadError::from_io(&name, &error))?;
    read_from(&name, file)
}

/// Reads standard input to its end.
///
/// # Errors
/// Every [`ReadFault`] except those that speak of a path.
pub fn read_standard_input() -> Result<Source, ReadError> {
    read_from("standard input", io::stdin().lock())
}

/// Reads a text to its end, or to [`LARGEST`] bytes, under the name given.
///
/// # Errors
/// Every [`ReadFault`].
pub fn read_from(name: &str, reader: impl Read) -> Result<Source, ReadError> {
    let failed = |fault| ReadError { name: inert(name), fault };
    let mut bytes = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| ReadError::from_io(name, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed(ReadFault::TooLarge(None)));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(failed(ReadFault::Utf16));
    }
    if bytes.contains(&0) {
        return Err(failed(ReadFault::Binary));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        failed(ReadFault::NotUtf8 { line: valid.iter().filter(|byte| **byte == b'\n').count() + 1 })
    })?;
    Ok(Source::new(name, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn refused(name: &str, content: &[u8]) -> (String, Culprit) {
        let error = read_from(name, content).expect_err("refused");
        (error.to_string(), error.culprit())
    }

    #[test]
    fn a_file_that_is_no_text_is_the_files_own_fault() {
        let scenario = Culprit::Scenario;
        for (content, message) in [
            (&b"a: 1\0"[..], "`x` holds NUL bytes, so it is no text; was another file meant?"),
            (b"a: 1\nb: \xff\n", "line 2 of `x` is not UTF-8; save the file as UTF-8"),
            (b"\xff\xfea\0", "`x` is written in UTF-16; save it as UTF-8"),
        ] {
            assert_eq!(refused("x", content), (message.to_owned(), scenario));
        }
    }

    #[test]
    fn no_more_than_a_mebibyte_is_read() {
        // 2^20 bytes are taken and one more is not; an endless reader ends there too.
        let most = vec![b' '; LARGEST as usize];
        assert!(read_from("x", &most[..]).is_ok());
        let (message, culprit) = refused("x", &[&most[..], b" "].concat());
        assert_eq!(message, "`x` goes on after 1048576 bytes (1 MiB) and more are not read; split it up");
        assert_eq!(culprit, Culprit::Scenario);
        assert!(read_from("x", io::repeat(b'a')).is_err());
    }

    #[test]
    fn a_path_that_is_no_file_says_what_it_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = read_path(folder.path()).expect_err("a directory");
        assert_eq!((error.fault.clone(), error.culprit()), (ReadFault::Directory, Culprit::Operator));
        let error = read_path(&folder.path().join("no\u{1b}ne.yaml")).expect_err("missing");
        assert_eq!(error.fault, ReadFault::Missing);
        assert!(error.to_string().ends_with("no\\u{1b}ne.yaml` does not exist; check the path"));
    }

    #[test]
    fn a_large_file_is_refused_by_its_size_before_it_is_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("large.yaml");
        fs::File::create(&path).and_then(|file| file.set_len(50_000_000)).expect("a sparse file");
        assert_eq!(read_path(&path).expect_err("too large").fault, ReadFault::TooLarge(Some(50_000_000)));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_device_is_refused_before_it_is_opened() {
        // Opening a pipe that nobody writes to would wait for ever.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
        for path in [Path::new("/dev/zero"), &pipe] {
            let error = read_path(path).expect_err("refused");
            assert_eq!((error.fault.clone(), error.culprit()), (ReadFault::NotAFile, Culprit::Operator));
        }
    }

    #[test]
    fn a_refusal_of_the_machine_is_not_blamed_on_the_scenario() {
        let error = ReadError::from_io("x", &io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!(error.to_string(), "`x` may not be read by this user; check its permissions");
        assert_eq!(error.culprit(), Culprit::Machine);
        let error = ReadError::from_io("x", &io::Error::other("the disk\nis gone"));
        assert_eq!(error.to_string(), "`x` cannot be read: the disk\\nis gone");
        assert_eq!(error.culprit(), Culprit::Machine);
    }
}
