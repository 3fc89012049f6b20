//! A folder of results: written beside its place under another name, and moved there when it is whole.
//!
//! A folder that this program did not write is never touched: it is replaced only if everything in it bears a
//! name that belongs in such a folder, and its record is one of ours.

use super::complaint::Complaint;
use super::under_way;
use crate::record::story;
use crate::record::summary::FORMAT;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// What belongs in a folder.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents {
    /// Files that may lie in it.
    pub files: &'static [&'static str],
    /// The one by which it is known as ours.
    pub record: &'static str,
    /// What stands near the beginning of that one.
    pub format: &'static str,
}

/// What a run writes.
pub const RUN: Contents = Contents {
    files: &["record.json", "summary.csv", "trials.csv", "time-to-contain.svg", "time-to-contain.png"],
    record: "record.json",
    format: FORMAT,
};

/// What the story of a trial consists of.
pub const STORY: Contents =
    Contents { files: &["story.json", "race.svg", "race.png"], record: "story.json", format: story::FORMAT };

/// A folder under way. Dropped before it is whole, it leaves nothing behind.
#[derive(Debug)]
pub struct Folder {
    place: PathBuf,
    under_way: PathBuf,
    contents: &'static Contents,
    whole: bool,
}

impl Folder {
    /// Starts a folder of these contents that is to stand at `place`.
    ///
    /// # Errors
    /// If something foreign stands there, or the disk refuses.
    pub fn start(place: &Path, contents: &'static Contents) -> Result<Self, Complaint> {
        refuse_foreign(place, contents)?;
        let name =
            place.file_name().ok_or_else(|| Complaint::usage(format!("`{}` does not name a folder", shown(place))))?;
        let parent = under_way::folder_of(place);
        fs::create_dir_all(parent).map_err(|why| Complaint::writing(parent, &why))?;
        for left in under_way::left_behind(place).iter().filter(|left| holds_only(left, contents)) {
            let _ = fs::remove_dir_all(left);
        }
        let under_way = parent.join(under_way::name(&name.to_string_lossy()));
        fs::create_dir(&under_way).map_err(|why| Complaint::writing(place, &why))?;
        Ok(Self { place: place.to_owned(), under_way, contents, whole: false })
    }

    /// Opens one of its files for writing.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn create(&self, name: &str) -> Result<BufWriter<File>, Complaint> {
        debug_assert!(self.contents.files.contains(&name), "{name} is not in the list of files that belong here");
        let file = File::create(self.under_way.join(name));
        file.map(BufWriter::new).map_err(|why| Complaint::writing(&self.place.join(name), &why))
    }

    /// Writes one of its files.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Complaint> {
        let mut file = self.create(name)?;
        file.write_all(bytes)
            .and_then(|()| file.flush())
            .map_err(|why| Complaint::writing(&self.place.join(name), &why))
    }

    /// Moves the folder to its place, in the stead of an older one of ours.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn finish(mut self) -> Result<PathBuf, Complaint> {
        refuse_foreign(&self.place, self.contents)?;
        let older = self.under_way.with_extension("older");
        if self.place.exists() {
            fs::rename(&self.place, &older).map_err(|why| Complaint::machine("replace", &self.place, &why))?;
        }
        if let Err(why) = fs::rename(&self.under_way, &self.place) {
            // Put the older one back: whole or absent, never half.
            let _ = fs::rename(&older, &self.place);
            return Err(Complaint::writing(&self.place, &why));
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

/// A path without signs that would steer a terminal.
fn shown(place: &Path) -> String {
    crate::report::inert::text(&place.display().to_string())
}

fn refuse_foreign(place: &Path, contents: &Contents) -> Result<(), Complaint> {
    let foreign =
        |what: &str| Err(Complaint::usage(format!("{} {what}, so it is left alone; give another --out", shown(place))));
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
    if names.iter().any(|name| !contents.files.iter().any(|ours| name == *ours)) {
        return foreign("holds files that do not belong there");
    }
    let ours = begins_with(&place.join(contents.record), contents.format);
    if ours { Ok(()) } else { foreign(&format!("holds no `{}` of ours", contents.record)) }
}

/// Whether a folder, which is no link, holds nothing but files that a run writes.
fn holds_only(folder: &Path, contents: &Contents) -> bool {
    let is_folder = fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
    let ours = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| {
            contents.files.iter().any(|ours| entry.file_name() == *ours)
                && entry.file_type().is_ok_and(|kind| kind.is_file())
        })
    };
    is_folder && fs::read_dir(folder).is_ok_and(|mut entries| entries.all(ours))
}

fn begins_with(record: &Path, format: &str) -> bool {
    let mut head = [0; 256];
    let read = File::open(record).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    String::from_utf8_lossy(&head[..read]).contains(format)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    fn record() -> String {
        format!("{{\"format\": \"{FORMAT}\"}}")
    }

    /// Names in a folder, in order.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A folder of ours with a summary of this text.
    fn written(place: &Path, summary: &str) -> PathBuf {
        let folder = Folder::start(place, &RUN).expect("a place");
        folder.write("record.json", record().as_bytes()).expect("written");
        folder.write("summary.csv", summary.as_bytes()).expect("written");
        folder.finish().expect("whole")
    }

    fn refusal(place: &Path) -> (Exit, String) {
        let complaint = Folder::start(place, &RUN).expect_err("refused");
        (complaint.exit, complaint.text)
    }

    #[test]
    fn a_folder_is_whole_or_absent() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("deep/run");
        let folder = Folder::start(&place, &RUN).expect("a place");
        folder.write("record.json", record().as_bytes()).expect("written");
        assert!(!place.exists(), "nothing stands there before it is whole");
        drop(folder);
        assert_eq!(names(&home.path().join("deep")), [""; 0], "what was broken off leaves nothing behind");
        assert_eq!(written(&place, "a"), place);
        assert_eq!(names(&place), ["record.json", "summary.csv"]);
        assert_eq!(names(&home.path().join("deep")), ["run"]);
    }

    #[test]
    fn an_older_folder_of_ours_is_replaced_as_a_whole() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("run");
        written(&place, "old");
        fs::write(place.join("trials.csv"), "old").expect("written");
        written(&place, "new");
        assert_eq!(names(&place), ["record.json", "summary.csv"]);
        assert_eq!(fs::read_to_string(place.join("summary.csv")).expect("text"), "new");
        assert_eq!(names(home.path()), ["run"]);
    }

    #[test]
    fn an_older_folder_stays_if_the_new_one_is_broken_off() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("run");
        written(&place, "old");
        drop(Folder::start(&place, &RUN).expect("a place"));
        assert_eq!(fs::read_to_string(place.join("summary.csv")).expect("text"), "old");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_killed_run_left_is_removed_by_the_next_unless_something_foreign_lies_in_it() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("run");
        let mut ended = std::process::Command::new("true").spawn().expect("a process");
        let name = under_way::name("run").replace(&std::process::id().to_string(), &ended.id().to_string());
        ended.wait().expect("it ends");
        let left = home.path().join(&name);
        fs::create_dir(&left).expect("created");
        fs::write(left.join("trials.csv"), "half").expect("written");
        fs::write(left.join("chapter.tex"), "years of work").expect("written");
        written(&place, "new");
        assert_eq!(names(home.path()), [name, "run".into()]);
        fs::remove_file(left.join("chapter.tex")).expect("removed");
        written(&place, "newer");
        assert_eq!(names(home.path()), ["run"]);
    }

    #[test]
    fn an_empty_folder_may_be_filled() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("run");
        fs::create_dir(&place).expect("created");
        written(&place, "new");
        assert_eq!(names(&place), ["record.json", "summary.csv"]);
    }

    #[test]
    fn a_foreign_folder_is_refused_and_left_alone() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("thesis");
        written(&place, "ours");
        fs::write(place.join("chapter.tex"), "years of work").expect("written");
        let (exit, text) = refusal(&place);
        assert_eq!(exit, Exit::Usage);
        assert!(text.contains("holds files that do not belong there") && text.contains("--out"), "{text}");
        // Names of ours around a record that is not.
        fs::remove_file(place.join("chapter.tex")).expect("removed");
        fs::write(place.join("record.json"), "{\"format\": \"something-else/1\"}").expect("written");
        assert!(refusal(&place).1.contains("holds no `record.json` of ours"));
        fs::remove_file(place.join("record.json")).expect("removed");
        assert!(refusal(&place).1.contains("holds no `record.json` of ours"));
        assert_eq!(names(&place), ["summary.csv"]);
        assert_eq!(names(home.path()), ["thesis"]);
    }

    #[test]
    fn what_became_foreign_while_the_run_was_played_is_left_alone() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("run");
        let folder = Folder::start(&place, &RUN).expect("a place");
        fs::create_dir(&place).expect("created");
        fs::write(place.join("chapter.tex"), "years of work").expect("written");
        assert_eq!(folder.finish().expect_err("refused").exit, Exit::Usage);
        assert_eq!(names(&place), ["chapter.tex"]);
        assert_eq!(names(home.path()), ["run"]);
    }

    #[test]
    fn a_file_in_the_way_is_refused() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("run");
        fs::write(&place, "a file").expect("written");
        assert!(refusal(&place).1.contains("is not a folder"));
        // As the parent it cannot be a folder: then the machine refuses.
        assert_eq!(refusal(&place.join("run")).0, Exit::Fault);
        assert_eq!(fs::read_to_string(&place).expect("text"), "a file");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let (place, link) = (home.path().join("run"), home.path().join("link"));
        written(&place, "ours");
        std::os::unix::fs::symlink(&place, &link).expect("linked");
        assert!(refusal(&link).1.contains("is not a folder"));
        std::os::unix::fs::symlink(home.path().join("nowhere"), home.path().join("dangling")).expect("linked");
        assert!(refusal(&home.path().join("dangling")).1.contains("is not a folder"));
    }

    #[test]
    fn a_place_without_a_name_is_refused() {
        assert_eq!(refusal(Path::new("")).0, Exit::Usage);
        let home = tempfile::tempdir().expect("a temporary folder");
        let (exit, text) = refusal(&home.path().join("nowhere/.."));
        assert_eq!(exit, Exit::Usage, "{text}");
        assert!(names(home.path()).is_empty(), "nothing was made on the way");
    }

    #[test]
    fn signs_that_steer_a_terminal_do_not_reach_it() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let place = home.path().join("a\u{1b}[2Jb");
        fs::write(&place, "a file").expect("written");
        assert!(!refusal(&place).1.contains('\u{1b}'));
        assert!(!refusal(Path::new("a\u{1b}[2J/..")).1.contains('\u{1b}'));
    }
}
