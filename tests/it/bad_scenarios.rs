//! Every scenario under `tests/fixtures/bad` is refused with exactly the messages beside it, and every one under
//! `tests/fixtures/advice` is accepted with exactly that advice.
//!
//! With `UPDATE_EXPECTED=1` the messages are written anew; read the difference before it is committed.

use revdrill::document::diagnostic::Severity;
use revdrill::document::rendering::{Colour, render};
use revdrill::scenario::load::{Input, LoadError, load};
use revdrill::scenario::objectives::Catalogue;
use std::path::{Path, PathBuf};

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(kind);
    let entries = std::fs::read_dir(folder).expect("the fixtures");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    assert!(paths.len() > 5, "the fixtures are there");
    paths
}

/// Whether it was accepted, and what a reader of the messages sees, without the folder that this machine keeps them in.
fn messages(path: &Path) -> (bool, String) {
    let (accepted, diagnostics, sources) = match load(&Input::Path(path.to_owned()), &[], &Catalogue) {
        Ok(loaded) => (true, loaded.advice, loaded.sources),
        Err(LoadError::Invalid { diagnostics, sources }) => (false, diagnostics, sources),
        Err(LoadError::Unreadable(error)) => panic!("{error}"),
    };
    let folder = path.parent().expect("a folder").display().to_string();
    (accepted, render(&diagnostics, &sources, Colour::Never).replace(&format!("{folder}/"), ""))
}

fn compare(kind: &str, to_be_accepted: bool) {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    for path in fixtures(kind) {
        let (accepted, found) = messages(&path);
        assert_eq!(accepted, to_be_accepted, "{}\n{found}", path.display());
        let beside = path.with_extension("txt");
        if update {
            std::fs::write(&beside, &found).expect("the fixtures can be written");
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{}\n{found}\ninstead of\n{expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_bad_scenario_is_refused_with_the_messages_beside_it() {
    compare("bad", false);
}

#[test]
fn every_doubtful_scenario_is_accepted_with_the_advice_beside_it() {
    compare("advice", true);
}

#[test]
fn every_fault_comes_with_a_remedy() {
    for path in fixtures("bad") {
        let Err(LoadError::Invalid { diagnostics, .. }) = load(&Input::Path(path.clone()), &[], &Catalogue) else {
            panic!("{} is not refused by its content", path.display());
        };
        for one in diagnostics.in_order() {
            assert!(one.help_text().is_some(), "{}: {}", path.display(), one.message());
            assert_eq!(one.severity(), Severity::Error, "advice would only distract from faults: {}", path.display());
        }
    }
}
