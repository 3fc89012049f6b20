//! Proof that hostile texts are answered in bounded time and memory, without panics and with true places.
//!
//! The parser keeps its own stack, so that depth cannot overflow ours; what is tested here is that its limits and ours
//! hold together, for texts of the largest size that is read.

use crate::document::diagnostic::Diagnostics;
use crate::document::node::{DEEPEST, Node, Style, Value};
use crate::document::parse::{MOST_NODES, parse};
use crate::document::rendering::{Colour, render};
use crate::document::source::{Place, Source, Sources};

fn read(text: &str) -> (Sources, Option<Node>, Diagnostics) {
    let mut sources = Sources::new();
    let file = sources.add(Source::new("s.yaml", text));
    let mut diagnostics = Diagnostics::new();
    let tree = parse(&sources, file, &mut diagnostics);
    (sources, tree, diagnostics)
}

fn messages(text: &str) -> Vec<String> {
    let (_, _, diagnostics) = read(text);
    diagnostics.in_order().iter().map(|d| d.message().to_owned()).collect()
}

#[test]
fn nesting_ends_at_its_limit_in_every_style() {
    // DEEPEST levels are read and one more is not.
    let block = |levels: usize| (0..levels).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<String>();
    let cases: [&dyn Fn(usize) -> String; 3] =
        [&|n| format!("{}{}", "[".repeat(n), "]".repeat(n)), &|n| "- ".repeat(n), &block];
    for text in cases {
        assert_eq!(read(&text(DEEPEST)).1.map(|tree| tree.depth()), Some(DEEPEST));
        assert_eq!(messages(&text(DEEPEST + 1)), ["lists and maps are nested deeper than 64 levels"]);
    }
}

#[test]
fn a_file_of_too_many_nodes_is_refused() {
    // A list and its items: MOST_NODES nodes are read and one more is not.
    assert!(read(&"- a\n".repeat(MOST_NODES - 1)).1.is_some());
    assert_eq!(messages(&"- a\n".repeat(MOST_NODES)), ["the file holds more than 200000 keys and values"]);
}

#[test]
fn hostile_files_of_a_mebibyte_are_answered_briefly() {
    // The worst text found for the parser nests keys of a list so that tokens are moved again and again: it is
    // the last one. Each must end without overflowing the stack, most are refused, some are long and harmless.
    let mebibyte = 1 << 20;
    let repeated = [
        "[", "{", "- ", "? ", "&a ", "a: ", "? a\n: ", "&a\n", "[a,", "*a ", "!!a ", "- &a\n", "{a: ", "\"", "'",
        "|\n", "%a\n", "# a\n", "a", "a ", "a\n", " \n", "a:\n", "- a\n", "\t", "---\n", "...\n", ": ", "-\n", "?\n",
        "{? ", "[:", "{\"a\":", "[[],", "é", "x #\n", "\u{feff}", "\r", "- - a\n", "{}: ", "!<",
    ];
    let mut texts: Vec<String> = repeated.iter().map(|piece| piece.repeat(mebibyte / piece.len())).collect();
    texts.push((0..1400).map(|i| format!("{}a:\n", " ".repeat(i))).collect());
    texts.push(format!("a: '{}'", "x".repeat(mebibyte)));
    texts.push((0..90_000).map(|i| format!("k{i}: 1\n")).collect());
    texts.push(format!("[{}]", "a,".repeat(mebibyte / 2)));
    let deep = [",".repeat(mebibyte / 2), "[".repeat(250), ",".repeat(mebibyte / 2), "]: a".repeat(250)];
    texts.push(format!("[{}", deep.concat()));
    for text in texts {
        let (sources, _, diagnostics) = read(&text);
        let shown = render(&diagnostics, &sources, Colour::Never);
        assert!(shown.len() < 40_000, "{} bytes of messages", shown.len());
    }
}

#[test]
fn no_mixture_of_yaml_characters_panics_and_every_place_lies_in_the_text() {
    // A fixed linear congruential generator (Knuth's MMIX constants) picks the pieces.
    let pieces = [
        "a", "b", ": ", ":", "- ", "? ", "[", "]", "{", "}", ", ", "'", "\"", "\n", "\n  ", "\n    ", "|\n", ">-\n",
        "#", " #", "&x ", "*x", "!t ", "---\n", "...\n", "\t", "é", "🔑", "\\", "%", "@", "<<", "\r\n", "~", " ",
        "\u{feff}", "\u{1b}",
    ];
    let mut state = 2025_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let (sources, tree, diagnostics) = read(&text);
        render(&diagnostics, &sources, Colour::Never);
        if let Some(tree) = tree {
            check_places(sources.get(tree.place.file).text(), &tree);
        }
    }
}

fn check_places(text: &str, node: &Node) {
    let at = |place: Place| text.get(place.start..place.end).expect("a place within the text");
    let shown = at(node.place);
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| check_places(text, item)),
        Value::Mapping(entries) => {
            for entry in entries {
                at(entry.key.place);
                check_places(text, &entry.value);
            }
        }
        Value::Scalar { text: read, style: Style::Plain } if !shown.contains(['\n', '\r']) => {
            assert!(shown.ends_with(read.as_str()), "{shown:?} was read as {read:?} in {text:?}");
        }
        Value::Scalar { .. } | Value::Empty => {}
    }
}
