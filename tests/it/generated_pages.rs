//! Pages that are made from the code are committed as they are made.

use revdrill::scenario::schema;
use revdrill::{cli, metric, scenario};
use std::path::Path;

/// A page in the repository, and what makes it.
type Page = (&'static str, fn() -> String);

const PAGES: [Page; 4] = [
    ("docs/reference/scenario.md", scenario::reference::reference),
    ("docs/reference/presets.md", scenario::preset_reference::reference),
    ("docs/reference/metrics.md", metric::reference::reference),
    ("docs/reference/command-line.md", cli::reference::reference),
];

#[test]
fn the_committed_references_are_those_that_the_code_makes() {
    // With `UPDATE_EXPECTED=1` the pages are written anew.
    for (page, make) in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let made = make();
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
            std::fs::write(&path, &made).expect("the page can be written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(made == committed, "{page} is out of date; run the tests with UPDATE_EXPECTED=1");
    }
}

#[test]
fn the_schema_is_plain_json_of_the_version_that_it_names() {
    let schema = schema::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["type"], "object");
}
