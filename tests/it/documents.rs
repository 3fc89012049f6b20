//! The documents are true: their scenarios load, their commands run and end as stated, their links lead somewhere.
//!
//! Outputs that pages show were printed by the program. `cargo test documents -- --ignored` plays every command with
//! as many trials as the page says and compares; with `UPDATE_EXPECTED=1` it writes the outputs anew.

mod console;
mod page;

use console::{Done, Folder, Trials, Typed, is_as_stated, typed};
use page::{Block, Page, below, root};
use revdrill::document::rendering::{Colour, render};
use revdrill::scenario::load::{Input, LoadError, load};
use revdrill::scenario::objectives::Catalogue;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The pages whose examples are tried.
fn documents() -> Vec<Page> {
    let mut pages = vec![Page::read(Path::new("README.md"))];
    pages.extend(below("docs"));
    pages
}

#[test]
fn every_whole_scenario_in_a_document_loads() {
    let mut loaded = 0;
    for page in documents() {
        let whole = |block: &Block| block.lines.iter().any(|line| line.starts_with("revdrill:"));
        for block in page.blocks().into_iter().filter(|block| block.language() == "yaml" && whole(block)) {
            let name = format!("{}:{}", page.name(), block.line);
            let input = Input::Text { name: name.clone(), text: block.text(), folder: Some(root().join("scenarios")) };
            match load(&input, &[], &Catalogue) {
                Ok(_) => loaded += 1,
                Err(LoadError::Unreadable(error)) => panic!("{name}: {error}"),
                Err(LoadError::Invalid { diagnostics, sources }) => {
                    let told = render(&diagnostics, &sources, Colour::Never);
                    assert!(lacks_only_recordings(&told), "{told}");
                    loaded += 1;
                }
            }
        }
    }
    assert!(loaded > 0, "the documents show no scenario");
}

#[test]
fn every_command_in_a_document_ends_as_stated() {
    let mut faults = Vec::new();
    for page in documents() {
        let folder = Folder::new(Trials::Few);
        for block in page.blocks() {
            folder.save(&block);
            let commands = typed(&block);
            let done = folder.run(&commands);
            faults.extend(endings(&page, &block, &commands, &done));
            let comparable = commands.iter().zip(&done).filter(|(typed, _)| prints_the_same_for_few_trials(typed));
            faults.extend(comparable.filter_map(|(typed, done)| difference(&page, &block, typed, done)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
#[ignore = "plays every command with as many trials as the page says"]
fn every_output_in_a_document_is_what_the_command_prints() {
    let anew = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut faults = Vec::new();
    for page in documents() {
        let folder = Folder::new(Trials::AsWritten);
        let mut lines: Vec<String> = page.text.lines().map(str::to_owned).collect();
        let mut moved = 0_isize;
        for block in page.blocks() {
            folder.save(&block);
            let commands = typed(&block);
            let done = folder.run(&commands);
            faults.extend(endings(&page, &block, &commands, &done));
            for (typed, done) in commands.iter().zip(&done).filter(|(typed, _)| !typed.shown.is_empty()) {
                faults.extend(difference(&page, &block, typed, done).filter(|_| !anew));
                let first = (block.line + typed.after).checked_add_signed(moved).expect("a line of the page");
                let indent = " ".repeat(block.indent);
                let printed: Vec<String> =
                    shown_as(done).lines().map(|line| format!("{indent}{line}").trim_end().to_owned()).collect();
                moved += printed.len() as isize - typed.shown.len() as isize;
                lines.splice(first..first + typed.shown.len(), printed);
            }
        }
        if anew {
            std::fs::write(root().join(&page.path), lines.join("\n") + "\n").expect("the page can be written");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut pages = documents();
    for path in ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "scenarios/README.md", "reports/README.md"] {
        pages.push(Page::read(Path::new(path)));
    }
    let mut faults = Vec::new();
    for page in &pages {
        for link in page.links().iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, at)| (path, Some(at)));
            let place = if path.is_empty() { page.path.clone() } else { leads_to(page, path) };
            if !root().join(&place).exists() {
                faults.push(format!("{}: `{link}` leads nowhere", page.name()));
            } else if let Some(anchor) = anchor
                && !Page::read(&place).anchors().iter().any(|known| known == anchor)
            {
                faults.push(format!("{}: `{}` has no heading `#{anchor}`", page.name(), place.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_index_names_every_page() {
    let index = Page::read(Path::new("docs/README.md"));
    let named: BTreeSet<PathBuf> = index.links().iter().map(|link| leads_to(&index, link)).collect();
    let decisions = Path::new("docs/decisions");
    for page in below("docs") {
        // Decisions have an index of their own.
        let elsewhere = page.path.starts_with(decisions) && page.path != decisions.join("README.md");
        assert!(
            elsewhere || page.path == index.path || named.contains(&page.path),
            "docs/README.md does not name {}",
            page.name()
        );
    }
}

/// Whether the reader's own recordings are all that a scenario lacks. All faults are told at once, so the rest is good.
fn lacks_only_recordings(told: &str) -> bool {
    told.lines().filter(|line| line.starts_with("error")).all(|line| line.starts_with("error: there is no file `"))
}

/// Where a link of a page leads, as a path from the root.
fn leads_to(page: &Page, link: &str) -> PathBuf {
    let mut place = page.path.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => assert!(place.pop(), "{}: `{link}` leads out of the repository", page.name()),
            Component::CurDir => {}
            part => place.push(part),
        }
    }
    place
}

/// The commands that did not end as they should.
fn endings(page: &Page, block: &Block, commands: &[Typed], done: &[Done]) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, (typed, done)) in commands.iter().zip(done).enumerate() {
        let last = at + 1 == commands.len() || commands[at + 1].command == "echo $?";
        let good = match typed.command.as_str() {
            "echo $?" => done.code == 0,
            _ if last => is_as_stated(&block.info, done.code),
            // How a run on the way ends may depend on the number of trials.
            _ => is_as_stated("exit=verdict", done.code),
        };
        if !good {
            faults.push(format!(
                "{}:{}: `{}` ended with {}:\n{}",
                page.name(),
                block.line,
                typed.command,
                done.code,
                done.printed
            ));
        }
    }
    faults
}

/// Whether few trials print what many do.
fn prints_the_same_for_few_trials(typed: &Typed) -> bool {
    let verbs = ["check", "list", "schema", "init", "help", "--help", "--version"];
    let words: Vec<&str> = typed.command.split_whitespace().collect();
    words[0] == "revdrill" && words.get(1).is_some_and(|verb| verbs.contains(verb)) && !typed.command.contains('|')
}

/// What a command printed, as a page shows it.
fn shown_as(done: &Done) -> &str {
    done.printed.trim_end_matches('\n')
}

/// A difference between what a page shows, if it shows anything, and what was printed.
fn difference(page: &Page, block: &Block, typed: &Typed, done: &Done) -> Option<String> {
    let printed: Vec<&str> = shown_as(done).lines().map(str::trim_end).collect();
    let same = printed.len() == typed.shown.len()
        && printed.iter().zip(&typed.shown).all(|(printed, shown)| printed == shown || both_price(printed, shown));
    (!same && !typed.shown.is_empty()).then(|| {
        format!(
            "{}:{}: `{}` prints\n{}\nand the page shows\n{}",
            page.name(),
            block.line,
            typed.command,
            printed.join("\n"),
            typed.shown.join("\n")
        )
    })
}

/// The price of a run names the threads of the machine.
fn both_price(one: &str, other: &str) -> bool {
    one.starts_with("  price: ") && other.starts_with("  price: ")
}
