//! A single file: written beside its place under another name as its content comes, and moved there when it is whole.
//!
//! A file that this program did not write is never touched: one is replaced only if it is a regular file that begins
//! as the new one does, or is empty.

use super::complaint::Complaint;
use super::under_way;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A file under way. Dropped before it is whole, it leaves nothing behind.
#[derive(Debug)]
pub struct SingleFile {
    place: PathBuf,
    under_way: PathBuf,
    begins: String,
    whole: bool,
}

impl SingleFile {
    /// Starts a file that is to stand at `place` and begins with `begins`.
    ///
    /// # Errors
    /// If something foreign stands there, or the disk refuses.
    pub fn start(place: &Path, begins: &str) -> Result<(Self, BufWriter<File>), Complaint> {
        let name = place.file_name();
        let name =
            name.ok_or_else(|| Complaint::usage(format!("`{}` does not name a file", shown(place))))?.to_string_lossy();
        refuse_foreign(place, begins)?;
        for left in under_way::left_behind(place).iter().filter(|left| is_ours(left, begins)) {
            let _ = fs::remove_file(left);
        }
        let under_way = place.with_file_name(under_way::name(&name));
        let file = File::create(&under_way).map_err(|why| Complaint::writing(place, &why))?;
        let started = Self { place: place.to_owned(), under_way, begins: begins.to_owned(), whole: false };
        Ok((started, BufWriter::new(file)))
    }

    /// Moves the file to its place.
    ///
    /// # Errors
    /// If something foreign stands there by now, or the disk refuses.
    pub fn finish(mut self, mut file: BufWriter<File>) -> Result<(), Complaint> {
        refuse_foreign(&self.place, &self.begins)?;
        file.flush()
            .and_then(|()| fs::rename(&self.under_way, &self.place))
            .map_err(|why| Complaint::writing(&self.place, &why))?;
        self.whole = true;
        Ok(())
    }
}

impl Drop for SingleFile {
    fn drop(&mut self) {
        if !self.whole {
            let _ = fs::remove_file(&self.under_way);
        }
    }
}

fn refuse_foreign(place: &Path, begins: &str) -> Result<(), Complaint> {
    match fs::symlink_metadata(place) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(Complaint::machine("look at", place, &why)),
        Ok(_) if is_ours(place, begins) => Ok(()),
        Ok(_) => Err(Complaint::usage(format!(
            "`{}` was not written by a run, so it is left alone; name another file, or remove it first",
            shown(place)
        ))),
    }
}

/// Whether a regular file is empty or begins as one of ours.
fn is_ours(place: &Path, begins: &str) -> bool {
    if !fs::symlink_metadata(place).is_ok_and(|found| found.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(place).and_then(|file| file.take(begins.len() as u64).read_to_end(&mut head));
    read.is_ok() && (head.is_empty() || head == begins.as_bytes())
}

/// A path without signs that would steer a terminal.
fn shown(place: &Path) -> String {
    crate::report::inert::text(&place.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    fn write(place: &Path, text: &str) -> Result<(), Complaint> {
        let (started, mut file) = SingleFile::start(place, "trial,")?;
        file.write_all(text.as_bytes()).expect("written");
        started.finish(file)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_single_file_is_whole_or_as_it_was() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("requests.csv");
        write(&place, "trial,old").expect("written");
        let (broken_off, mut file) = SingleFile::start(&place, "trial,").expect("started");
        file.write_all(b"trial,ha").expect("written");
        drop((broken_off, file));
        assert_eq!(fs::read_to_string(&place).expect("text"), "trial,old");
        write(&place, "trial,new").expect("written");
        assert_eq!(fs::read_to_string(&place).expect("text"), "trial,new");
        assert_eq!(names(home.path()), ["requests.csv"]);
    }

    #[test]
    fn a_foreign_file_is_refused_and_left_alone() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("thesis.tex");
        fs::write(&place, "years of work").expect("written");
        let refusal = write(&place, "trial,1").expect_err("refused");
        assert_eq!(refusal.exit, Exit::Usage);
        assert!(refusal.text.contains("name another file"), "{}", refusal.text);
        assert_eq!(fs::read_to_string(&place).expect("text"), "years of work");
        assert!(write(home.path(), "trial,1").is_err_and(|refusal| refusal.exit == Exit::Usage), "a folder");
        assert!(write(Path::new(""), "trial,1").is_err_and(|refusal| refusal.exit == Exit::Usage), "no name");
        assert!(write(Path::new("/dev/null"), "trial,1").is_err_and(|refusal| refusal.exit == Exit::Usage), "a device");
        fs::write(&place, "").expect("written");
        write(&place, "trial,1").expect("an empty file may be filled");
    }
}
