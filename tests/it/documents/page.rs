//! A Markdown page as the tests see it: fenced blocks, headings and links.

use std::fs;
use std::path::{Path, PathBuf};

/// A page of the repository.
pub struct Page {
    /// Its path from the root of the repository.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// A fenced block.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// The words behind the opening fence: `console exit=10`.
    pub info: String,
    /// The line of its first line of text, counted from 1.
    pub line: usize,
    /// Its lines, without the indentation of the fence.
    pub lines: Vec<String>,
    /// How far the fence is indented.
    pub indent: usize,
}

impl Block {
    /// The word that says what it holds.
    pub fn language(&self) -> &str {
        self.info.split_whitespace().next().unwrap_or_default()
    }

    /// Its text, every line ending in a newline.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    /// Reads a page by its path from the root.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self { path: path.to_owned(), text }
    }

    /// Its name in messages.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Its fenced blocks, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (number, line) in self.text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let fence = line.trim_start().strip_prefix("```");
            match (&mut open, fence) {
                (None, Some(info)) => {
                    open = Some(Block { info: info.trim().into(), line: number + 2, lines: Vec::new(), indent });
                }
                (None, None) => {}
                (Some(_), Some("")) => blocks.extend(open.take()),
                (Some(block), _) => block.lines.push(line.get(block.indent.min(indent)..).unwrap_or_default().into()),
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", self.name());
        blocks
    }

    /// Its lines outside of fenced blocks, with code between backticks left out.
    fn prose(&self) -> String {
        let mut inside = false;
        let mut prose = String::new();
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                inside = !inside;
            } else if !inside {
                let bare: Vec<&str> = line.split('`').step_by(2).collect();
                prose.push_str(&bare.join("`"));
                prose.push('\n');
            }
        }
        prose
    }

    /// Where its links and pictures lead.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let mut links = Vec::new();
        for (at, _) in prose.match_indices("](") {
            let rest = &prose[at + 2..];
            let end = rest.find(')').unwrap_or_else(|| panic!("{}: a link is not closed", self.name()));
            links.push(rest[..end].to_owned());
        }
        links
    }

    /// The anchors of its headings, as GitHub makes them.
    pub fn anchors(&self) -> Vec<String> {
        let headings = self.text.lines().filter_map(|line| {
            let title = line.trim_start_matches('#');
            (title.len() < line.len()).then(|| title.strip_prefix(' ')).flatten()
        });
        headings
            .map(|title| {
                let kept = title.trim().to_lowercase();
                kept.chars()
                    .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                    .map(|c| if c == ' ' { '-' } else { c })
                    .collect()
            })
            .collect()
    }
}

/// Every Markdown page below a folder of the repository, by path.
pub fn below(folder: &str) -> Vec<Page> {
    let mut waiting = vec![PathBuf::from(folder)];
    let mut paths = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder of the repository") {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}
