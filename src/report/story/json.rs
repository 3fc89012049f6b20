//! A story as JSON, for programs.

use crate::record::story::Story;

/// The story as indented JSON, ending in a newline.
pub fn text(story: &Story) -> String {
    let mut text = serde_json::to_string_pretty(story).expect("a story has only text keys, so it is always JSON");
    text.push('\n');
    text
}
