//! The house stands as it is drawn: rooms on floors, no circles, and what every source file owes its reader.
//!
//! Promises that a fault names the file, the line and the rule. It reads the sources as text, because imports are a
//! matter of text: every path that begins with `crate`, `self`, `super` or the name of the library, whether in a
//! `use` or in the middle of a line, is an import of the file that it leads to. Tests inside the sources may import
//! what they like. `CONTRIBUTING.md` draws the floors; the table here is what holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::{fs, path::Path};

/// Each room, its floor, and the only rooms that it may import; where none are named, every room on a lower floor.
const ROOMS: &[(&str, u8, Option<&[&str]>)] = &[
    ("units", 1, Some(&[])),
    ("stats", 1, Some(&[])),
    ("engine", 2, None),
    ("random", 2, None),
    ("record", 2, None),
    ("document", 3, Some(&["units"])),
    ("settings", 4, Some(&["document", "random", "units"])),
    ("model", 5, Some(&["engine", "random", "settings", "document", "units"])),
    ("report", 5, Some(&["record", "units"])),
    ("metric", 6, Some(&["model", "record", "stats", "units"])),
    ("scenario", 7, None),
    ("experiment", 8, None),
    ("live", 8, None),
    ("cli", 9, None),
    ("main", 10, None),
];

fn floor(room: &str) -> Option<u8> {
    ROOMS.iter().find(|(name, ..)| *name == room).map(|(_, floor, _)| *floor)
}

fn may_import(room: &str, other: &str) -> bool {
    let Some((_, from, only)) = ROOMS.iter().find(|(name, ..)| *name == room) else { return false };
    floor(other).is_some_and(|to| to < *from) && only.is_none_or(|only| only.contains(&other))
}

/// A source file, by its path below `src`.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Its module: `model::play` for `model/play/mod.rs` and nothing for `lib.rs`.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_end_matches(".rs");
        path.split('/').filter(|part| !matches!(*part, "mod" | "lib")).collect()
    }

    /// What is neither a comment nor a test; tests come last (`clippy::items_after_test_module`).
    fn code(&self) -> String {
        let mut declared = self.text.match_indices("#[cfg(test)]\nmod ").map(|(at, _)| at);
        let tests = declared.find(|at| self.text[*at..].lines().nth(1).is_some_and(|line| line.ends_with('{')));
        let before = &self.text[..tests.unwrap_or(self.text.len())];
        before.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }

    /// Whether it lists the modules of a folder.
    fn lists(&self) -> bool {
        self.path.ends_with("/mod.rs")
    }
}

/// Names, `::` and single other signs, each with its line.
fn tokens(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let named = |c: char| c.is_alphanumeric() || c == '_';
            let length = match first {
                _ if named(first) => rest.find(|c| !named(c)).unwrap_or(rest.len()),
                _ if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            found.push((number + 1, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    found
}

/// Every path to something of ours, groups written out: its line and its parts.
fn paths(code: &str) -> Vec<(usize, Vec<&str>)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let starts = matches!(tokens[at].1, "crate" | "self" | "super" | "revdrill");
        let follows = at > 0 && tokens[at - 1].1 == "::";
        if starts && !follows && tokens.get(at + 1).is_some_and(|next| next.1 == "::") {
            write_out(&tokens, at, &[], &mut found);
        }
    }
    found
}

/// Adds the paths of the tree that starts at a token, and says where it ends.
fn write_out<'a>(
    tokens: &[(usize, &'a str)],
    mut at: usize,
    stem: &[&'a str],
    found: &mut Vec<(usize, Vec<&'a str>)>,
) -> usize {
    let token = |at: usize| tokens.get(at).map_or("}", |token| token.1);
    if token(at) == "{" {
        at += 1;
        while token(at) != "}" {
            at = if token(at) == "," { at + 1 } else { write_out(tokens, at, stem, found) };
        }
        return at + 1;
    }
    let path = [stem, &[token(at)]].concat();
    if token(at + 1) == "::" {
        return write_out(tokens, at + 2, &path, found);
    }
    found.push((tokens[at].0, path));
    if token(at + 1) == "as" { at + 3 } else { at + 1 }
}

/// The module that a path of `source` leads to, with whatever it names there.
fn absolute<'a>(source: &'a Source, path: &[&'a str]) -> Vec<&'a str> {
    let mut module = match path[0] {
        "crate" | "revdrill" => Vec::new(),
        _ => source.module(),
    };
    for part in path {
        match *part {
            "super" => drop(module.pop()),
            "crate" | "revdrill" | "self" => {}
            name => module.push(name),
        }
    }
    module
}

/// What is wrong with a house.
fn faults(sources: &[Source]) -> Vec<String> {
    let files: BTreeMap<Vec<&str>, &Source> = sources.iter().map(|source| (source.module(), source)).collect();
    let mut faults = Vec::new();
    let mut imports: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for source in sources {
        let mut fault = |line: usize, rule: String| faults.push(format!("src/{}:{line}: {rule}", source.path));
        if !source.text.starts_with("//!") {
            fault(1, "a file opens with `//!` and says what it is for".into());
        }
        let code = source.code();
        for (number, line) in code.lines().map(str::trim).enumerate() {
            if line.contains(".unwrap()") {
                fault(number + 1, "no `.unwrap()` outside tests; say why it holds with `expect`".into());
            }
            let listing = line.is_empty() || line.starts_with("#[") || line.ends_with(';') && line.contains("mod ");
            if source.lists() && !listing {
                fault(number + 1, format!("`mod.rs` lists modules and defines nothing: `{line}`"));
            }
        }
        let room = source.module().first().copied().unwrap_or("lib");
        for (line, path) in paths(&code) {
            let absolute = absolute(source, &path);
            let shown = path.join("::");
            let other = absolute.first().copied().unwrap_or("lib");
            if other != room && floor(room).is_some() && !may_import(room, other) {
                fault(line, format!("floors: `{room}` may not import `{other}` (`{shown}`)"));
            }
            match (0..=absolute.len()).rev().find_map(|end| files.get(&absolute[..end])) {
                Some(file) if file.path == source.path => {}
                Some(file) if !file.lists() && file.path != "lib.rs" => {
                    imports.entry(&source.path).or_default().entry(&file.path).or_insert(line);
                }
                _ => fault(line, format!("`{shown}` leads to a folder; name the file in it")),
            }
        }
        if room != "lib" && floor(room).is_none() {
            fault(1, format!("`{room}` stands on no floor; give it one in `tests/house.rs`"));
        }
    }
    faults.extend(circles(&imports));
    faults
}

/// The shortest circle through each file that is in one, each circle once.
fn circles(imports: &BTreeMap<&str, BTreeMap<&str, usize>>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in imports.keys() {
        let mut ways = VecDeque::from([vec![*start]]);
        let mut reached = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            for next in imports.get(way[way.len() - 1]).into_iter().flat_map(BTreeMap::keys) {
                if next == start && way.len() > 1 {
                    if seen.insert(way.iter().copied().collect::<BTreeSet<_>>()) {
                        let steps = way.iter().zip(way.iter().skip(1).chain([start]));
                        let shown = steps.map(|(from, to)| format!("src/{from}:{} imports {to}", imports[from][to]));
                        found.push(format!("a circle of files: {}", shown.collect::<Vec<_>>().join(", ")));
                    }
                    ways.clear();
                    break;
                }
                if reached.insert(*next) {
                    ways.push_back([&way[..], &[*next]].concat());
                }
            }
        }
    }
    found
}

fn read(folder: &Path, below: &str, sources: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).expect("src can be listed");
    let mut entries: Vec<_> = entries.map(|entry| entry.expect("src can be listed")).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = format!("{below}{}", entry.file_name().to_str().expect("our file names are plain"));
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{path}/"), sources);
        } else if path.ends_with(".rs") {
            sources.push(Source { path, text: fs::read_to_string(entry.path()).expect("a source can be read") });
        }
    }
}

#[test]
fn the_house_stands_as_it_is_drawn() {
    let mut sources = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    assert!(sources.iter().any(|source| source.path == "lib.rs"), "the sources were not found");
    let faults = faults(&sources);
    assert!(faults.is_empty(), "{} faults in the house:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_floors_allow_nothing_that_must_never_be() {
    // The sentences under "Never" in CONTRIBUTING.md, in their order: they hold however the table is changed.
    let allowed =
        |room| ROOMS.iter().map(|(other, ..)| *other).filter(|other| may_import(room, other)).collect::<Vec<_>>();
    assert!(["scenario", "experiment", "report", "live", "cli"].iter().all(|other| !may_import("model", other)));
    assert!(!may_import("engine", "model"));
    assert_eq!(allowed("stats"), [""; 0]);
    assert_eq!(allowed("report"), ["units", "record"]);
    assert!(!may_import("experiment", "live") && !may_import("live", "experiment"));
    assert!(!may_import("record", "model"));
}

/// The faults of a small invented house, in which `a.rs` of each room and the listing of its folder exist.
fn invented(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Vec<Source> =
        files.iter().map(|(path, text)| Source { path: (*path).into(), text: format!("//! x\n{text}") }).collect();
    for room in ["units", "engine", "model", "cli"] {
        sources.push(Source { path: format!("{room}/mod.rs"), text: "//! x\npub mod a;".into() });
        if files.iter().all(|(path, _)| *path != format!("{room}/a.rs")) {
            sources.push(Source { path: format!("{room}/a.rs"), text: "//! x\n".into() });
        }
    }
    faults(&sources)
}

#[test]
fn an_import_goes_down_and_is_found_in_whatever_form_it_is_written() {
    assert_eq!(
        invented(&[("model/a.rs", "use crate::engine::a::{self, B};\nfn f() { crate::units::a::g() }")]),
        [""; 0]
    );
    // Line 1 is the `//! x` of every invented file, so the text that is given begins on line 2.
    let up = [
        "use crate::model::a::B;",
        "use crate::{units::a, model::a::{B as C, D}};",
        "fn f() { super::super::model::a::g() }",
    ];
    for text in up {
        let faults = invented(&[("engine/a.rs", text)]);
        assert!(
            faults.iter().any(|f| f.starts_with("src/engine/a.rs:2: floors: `engine` may not import `model`")),
            "{text}: {faults:?}"
        );
    }
    assert!(invented(&[("attic/a.rs", "")])[0].contains("`attic` stands on no floor"));
    assert!(invented(&[("main.rs", "use revdrill::cli;")])[0].contains("leads to a folder"));
}

#[test]
fn comments_and_tests_import_what_they_like() {
    let text = "// crate::cli::a\n/// [`crate::cli::a`]\nfn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::cli::a;\n    fn g() { h().unwrap() }\n}\n";
    assert_eq!(invented(&[("engine/a.rs", text)]), [""; 0]);
}

#[test]
fn a_circle_of_files_is_found_within_a_folder_and_told_once() {
    let three = [
        ("model/a.rs", "use super::b;"),
        ("model/b.rs", "use crate::model::c::X;"),
        ("model/c.rs", "fn f() { super::a::g() }"),
    ];
    assert_eq!(
        invented(&three),
        [
            "a circle of files: src/model/a.rs:2 imports model/b.rs, src/model/b.rs:2 imports model/c.rs, src/model/c.rs:2 imports model/a.rs"
        ]
    );
    assert_eq!(invented(&three[..2]).len(), 1, "b imports a file that is not there");
    assert_eq!(invented(&[three[0], ("model/b.rs", ""), three[2]]), [""; 0]);
}

#[test]
fn a_listing_defines_nothing_and_nothing_is_unwrapped() {
    assert!(
        invented(&[("model/play/mod.rs", "pub use a::B;")])[0].starts_with("src/model/play/mod.rs:2: `mod.rs` lists")
    );
    assert!(
        invented(&[("model/a.rs", "\nfn f() { g().unwrap() }")])[0].starts_with("src/model/a.rs:3: no `.unwrap()`")
    );
    let silent = [Source { path: "units/a.rs".into(), text: "fn f() {}".into() }];
    assert_eq!(faults(&silent), ["src/units/a.rs:1: a file opens with `//!` and says what it is for"]);
}
