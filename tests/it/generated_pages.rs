//! Pages that are made from the code are committed as they are made.

use revdrill::scenario::{reference, schema};
use std::path::Path;

#[test]
fn the_committed_reference_is_the_one_that_the_code_makes() {
    // With `UPDATE_EXPECTED=1` the page is written anew.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/scenario.md");
    let made = reference::reference();
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(&path, &made).expect("the page can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(made == committed, "docs/reference/scenario.md is out of date; run the tests with UPDATE_EXPECTED=1");
}

#[test]
fn the_schema_is_plain_json_of_the_version_that_it_names() {
    let schema = schema::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["type"], "object");
}
