//! A run's folder: written beside its place under another name, and moved there when it is whole.
//!
//! A folder that this program did not write is never touched: it is replaced only if everything in it bears a
//! name that a run writes, and its record is one of ours.

use super::complaint::Complaint;
use crate::record::summary::FORMAT;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Files that a run may write.
pub const FILES: [&str; 5] = ["record.json", "summary.csv", "trials.csv", "time-to-contain.svg", "time-to-contain.png"];

/// A folder under way. Dropped before it is whole, it leaves nothing behind.
#[derive(Debug)]
pub struct Folder {
    place: PathBuf,
    under_way: PathBuf,
    whole: bool,
}

impl Folder {
    /// Starts a folder that is to stand at `place`.
    ///
    /// # Errors
    /// If something foreign stands there, or the disk refuses.
    pub fn start(place: &Path) -> Result<Self, Complaint> {
        refuse_foreign(place)?;
        let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|why| Complaint::machine("create", parent, &why))?;
        let name = place
            .file_name()
            .ok_or_else(|| Complaint::usage(format!("`{}` does not name a folder", place.display())))?;
        let under_way = parent.join(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id()));
        let _ = fs::remove_dir_all(&under_way);
        fs::create_dir(&under_way).map_err(|why| Complaint::machine("create", &under_way, &why))?;
        Ok(Self { place: place.to_owned(), under_way, whole: false })
    }

    /// Opens one of its files for writing.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn create(&self, name: &str) -> Result<BufWriter<File>, Complaint> {
        debug_assert!(FILES.contains(&name), "{name} is not in the list of files that a run writes");
        let path = self.under_way.join(name);
        File::create(&path).map(BufWriter::new).map_err(|why| Complaint::machine("create", &path, &why))
    }

    /// Writes one of its files.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Complaint> {
        let mut file = self.create(name)?;
        file.write_all(bytes)
            .and_then(|()| file.flush())
            .map_err(|why| Complaint::machine("write", &self.under_way.join(name), &why))
    }

    /// Moves the folder to its place, in the stead of an older one of ours.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn finish(mut self) -> Result<PathBuf, Complaint> {
        refuse_foreign(&self.place)?;
        let older = self.under_way.with_extension("older");
        if self.place.exists() {
            fs::rename(&self.place, &older).map_err(|why| Complaint::machine("replace", &self.place, &why))?;
        }
        if let Err(why) = fs::rename(&self.under_way, &self.place) {
            // Put the older one back: whole or absent, never half.
            let _ = fs::rename(&older, &self.place);
            return Err(Complaint::machine("write", &self.place, &why));
        }
        self.whole = true;
        let _ = fs::remove_dir_all(&older);
        Ok(self.place.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.whole {
            let _ = fs::remove_dir_all(&self.under_way);
        }
    }
}

/// Writes a single file under a temporary name and moves it to its place.
///
/// # Errors
/// If the disk refuses, or the place is no file.
pub fn write_file(place: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), Complaint> {
    let mut name = place
        .file_name()
        .ok_or_else(|| Complaint::usage(format!("`{}` does not name a file", place.display())))?
        .to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let under_way = place.with_file_name(name);
    let written = File::create(&under_way).and_then(|file| {
        let mut file = BufWriter::new(file);
        fill(&mut file)?;
        file.flush()?;
        fs::rename(&under_way, place)
    });
    written.map_err(|why| {
        let _ = fs::remove_file(&under_way);
        Complaint::machine("write", place, &why)
    })
}

fn refuse_foreign(place: &Path) -> Result<(), Complaint> {
    let foreign = |what: &str| {
        let shown = crate::report::inert::text(&place.display().to_string());
        Err(Complaint::usage(format!("{shown} {what}, so it is left alone; give another --out")))
    };
    match fs::symlink_metadata(place) {
        Err(_) => return Ok(()),
        Ok(found) if !found.is_dir() => return foreign("is not a folder"),
        Ok(_) => {}
    }
    let entries = fs::read_dir(place).map_err(|why| Complaint::machine("read", place, &why))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(|why| Complaint::machine("read", place, &why))?.file_name());
    }
    if names.is_empty() {
        return Ok(());
    }
    if names.iter().any(|name| !FILES.iter().any(|ours| name == *ours)) {
        return foreign("holds files that no run writes");
    }
    if is_ours(&place.join("record.json")) { Ok(()) } else { foreign("holds no record of a run") }
}

fn is_ours(record: &Path) -> bool {
    let mut head = [0; 256];
    let read = File::open(record).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    String::from_utf8_lossy(&head[..read]).contains(FORMAT)
}
