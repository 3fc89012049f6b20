//! Every scenario under `tests/fixtures/bad` is refused with exactly the messages beside it.
//!
//! With `UPDATE_EXPECTED=1` the messages are written anew; read the difference before it is committed.

use revdrill::document::rendering::{Colour, render};
use revdrill::scenario::load::{Input, LoadError, load};
use revdrill::scenario::objectives::Catalogue;
use std::path::{Path, PathBuf};

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad");
    let entries = std::fs::read_dir(folder).expect("the fixtures");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    paths
}

/// What a reader of the messages sees, without the folder that this machine keeps them in.
fn messages(path: &Path) -> String {
    match load(&Input::Path(path.to_owned()), &[], &Catalogue) {
        Ok(_) => "accepted\n".to_owned(),
        Err(LoadError::Unreadable(error)) => format!("{error}\n"),
        Err(LoadError::Invalid { diagnostics, sources }) => {
            let folder = path.parent().expect("a folder").display().to_string();
            render(&diagnostics, &sources, Colour::Never).replace(&format!("{folder}/"), "")
        }
    }
}

#[test]
fn every_bad_scenario_is_refused_with_the_messages_beside_it() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    for path in fixtures() {
        let found = messages(&path);
        let beside = path.with_extension("txt");
        if update {
            std::fs::write(&beside, &found).expect("the fixtures can be written");
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if found != expected || !found.contains("error: ") && found == "accepted\n" {
            wrong.push(format!("{}\n{found}\ninstead of\n{expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_fault_comes_with_a_remedy() {
    for path in fixtures() {
        let Err(LoadError::Invalid { diagnostics, .. }) = load(&Input::Path(path.clone()), &[], &Catalogue) else {
            panic!("{} is not refused by its content", path.display());
        };
        for one in diagnostics.in_order() {
            assert!(one.help_text().is_some(), "{}: {}", path.display(), one.message());
        }
    }
}
