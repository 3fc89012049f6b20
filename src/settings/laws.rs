//! Laws as a scenario writes them, complete with the files of measured delays that they name.

use super::folder::Folder;
use super::table;
use crate::random::law::Law;
use crate::random::law_text::LawText;

/// Reads a law; measured delays come from the scenario's folder.
///
/// # Errors
/// A fragment that says what is wrong; what follows its last `; ` is the remedy.
pub fn law(text: &str, folder: &mut Folder) -> Result<Law, String> {
    let written = LawText::parse(text).map_err(|error| error.to_string())?;
    written.resolve(|file, column| table::numbers(file, column, folder))
}

/// Whether every delay of a law is the same, and then which.
pub fn constant(law: &Law) -> Option<crate::units::time::Span> {
    law.max().filter(|longest| *longest == law.min())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_delays_come_from_the_scenarios_folder_only() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let inner = outer.path().join("inner");
        std::fs::create_dir(&inner).expect("a folder");
        for folder in [outer.path(), &inner] {
            std::fs::write(folder.join("d.csv"), "seconds\n1\n3\n").expect("a file");
        }
        let mut folder = Folder::at(&inner);
        let read = law("empirical(file=d.csv column=seconds unit=s)", &mut folder).expect("a law");
        assert_eq!((read.min().seconds(), read.max().map(crate::units::time::Span::seconds)), (1.0, Some(3.0)));
        assert!(law("empirical(file=../d.csv column=seconds unit=s)", &mut folder).is_err());
    }
}
