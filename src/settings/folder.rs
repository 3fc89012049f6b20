//! The files that a scenario may read: those in its own folder, and nothing else on the machine.
//!
//! A path is relative, has no `..`, and must still lie in the folder when all links are followed. Every file is
//! digested as it is opened, because the digest of a scenario covers what it reads.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Component, Path, PathBuf};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: u64 = 1 << 30;

/// A file that a scenario read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRead {
    /// Its path as the scenario names it.
    pub path: String,
    /// Its digest, 64 hexadecimal digits.
    pub sha256: String,
}

/// A folder, and what was read from it.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    root: Option<PathBuf>,
    read: Vec<FileRead>,
}

impl Folder {
    /// The folder at a path; a folder that cannot be found has no files.
    pub fn at(path: &Path) -> Self {
        Self { root: path.canonicalize().ok(), read: Vec::new() }
    }

    /// A folder without files.
    pub fn none() -> Self {
        Self::default()
    }

    /// The files that were opened, each once, in order of their paths.
    pub fn files_read(&self) -> Vec<FileRead> {
        let mut files = self.read.clone();
        files.sort();
        files.dedup();
        files
    }

    /// Where a path of the scenario leads.
    ///
    /// # Errors
    /// A fragment that says why it may not be read.
    pub fn resolve(&self, path: &str) -> Result<PathBuf, String> {
        let outside = || {
            format!(
                "`{path}` does not lie in the scenario's folder; move the file there and name it by its path from there"
            )
        };
        let allowed = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if path.is_empty() {
            return Err("the path is empty; name a file in the scenario's folder".into());
        }
        if path.contains('\\') || !Path::new(path).components().all(allowed) {
            return Err(outside());
        }
        let root = self.root.as_ref().ok_or("a scenario without a folder reads no files; save it to a file first")?;
        let missing = |_| format!("there is no file `{path}` in the scenario's folder; check its name");
        let full = root.join(path).canonicalize().map_err(missing)?;
        if !full.starts_with(root) {
            return Err(outside());
        }
        if full.is_file() { Ok(full) } else { Err(format!("`{path}` is not a file; name a file")) }
    }

    /// Opens a file and takes its digest.
    ///
    /// # Errors
    /// A fragment that says why it cannot be read.
    pub fn open(&mut self, path: &str) -> Result<File, String> {
        let full = self.resolve(path)?;
        let unreadable = |error: std::io::Error| format!("`{path}` cannot be read: {error}");
        let mut file = File::open(full).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        if size > LARGEST_FILE {
            return Err(format!("`{path}` has {size} bytes and more than {LARGEST_FILE} are not read; cut it down"));
        }
        let sha256 = digest(&mut file).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        self.read.push(FileRead { path: path.to_owned(), sha256 });
        Ok(file)
    }

    /// Reads a text of at most `most` bytes.
    ///
    /// # Errors
    /// A fragment that says why it cannot be read.
    pub fn read_text(&mut self, path: &str, most: u64) -> Result<String, String> {
        let mut text = String::new();
        let file = self.open(path)?;
        file.take(most + 1).read_to_string(&mut text).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
        if text.len() as u64 > most {
            return Err(format!("`{path}` has more than {most} bytes; cut it down"));
        }
        Ok(text)
    }
}

/// The SHA-256 of bytes, in hexadecimal digits.
pub fn digest_of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn digest(reader: &mut impl Read) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(hexadecimal(&hasher.finalize()));
        }
        hasher.update(&buffer[..count]);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_folder_is_refused() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let inner = outer.path().join("inner");
        std::fs::create_dir_all(inner.join("sub")).expect("a folder");
        std::fs::write(outer.path().join("secret"), "x").expect("a file");
        std::fs::write(inner.join("sub/ok.csv"), "x").expect("a file");
        let folder = Folder::at(&inner);
        for path in ["../secret", "/etc/passwd", "sub/../../secret", "", "sub", "missing", "..\\secret"] {
            assert!(folder.resolve(path).is_err(), "{path} was accepted");
        }
        assert!(folder.resolve("sub/ok.csv").is_ok());
        assert!(folder.resolve("./sub/ok.csv").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let inner = outer.path().join("inner");
        std::fs::create_dir(&inner).expect("a folder");
        std::fs::write(outer.path().join("secret"), "x").expect("a file");
        std::os::unix::fs::symlink(outer.path().join("secret"), inner.join("link")).expect("a link");
        assert!(Folder::at(&inner).resolve("link").is_err());
    }

    #[test]
    fn an_opened_file_is_digested_and_can_still_be_read() {
        // The SHA-256 of `abc` is the first example of FIPS 180-2, appendix B.1.
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a"), "abc").expect("a file");
        let mut folder = Folder::at(folder.path());
        assert_eq!(folder.read_text("a", 3).as_deref(), Ok("abc"));
        assert!(folder.read_text("a", 2).is_err());
        let files = folder.files_read();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
