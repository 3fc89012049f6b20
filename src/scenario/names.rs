//! The names of one kind of part, and who uses them: every reference goes through here, so that a dangling name is
//! told with the nearest one that exists, and a part that nobody names is noticed.

use crate::document::source::Place;
use crate::document::suggestion::{listed, nearest};
use crate::settings::context::Context;
use crate::settings::named::Named;
use std::collections::BTreeMap;

/// Names listed in a message at most.
const LISTED: usize = 12;

/// The names of one kind of part, in the order of the file: the position is the dense id.
#[derive(Debug)]
pub struct Names {
    what: &'static str,
    list: Vec<Name>,
    folded: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Name {
    text: String,
    place: Place,
    used: bool,
}

/// All names of a scenario.
#[derive(Debug)]
pub struct Parts {
    /// Credentials.
    pub credentials: Names,
    /// Issuers, those that are only named after those that have a section.
    pub issuers: Names,
    /// Shared caches.
    pub caches: Names,
    /// Channels.
    pub channels: Names,
    /// Verifiers.
    pub verifiers: Names,
    /// Targets.
    pub targets: Names,
    /// Copies.
    pub copies: Names,
}

impl Parts {
    /// No names yet.
    pub fn new() -> Self {
        Self {
            credentials: Names::new("credential"),
            issuers: Names::new("issuer"),
            caches: Names::new("cache"),
            channels: Names::new("channel"),
            verifiers: Names::new("verifier"),
            targets: Names::new("target"),
            copies: Names::new("copy"),
        }
    }
}

impl Default for Parts {
    fn default() -> Self {
        Self::new()
    }
}

impl Names {
    /// No name yet, of parts called `what` in messages.
    pub fn new(what: &'static str) -> Self {
        Self { what, list: Vec::new(), folded: BTreeMap::new() }
    }

    /// Takes a name in and gives its position; a name that is there already keeps its own. One that differs from
    /// another by case alone is a fault.
    pub fn declare(&mut self, name: Named<'_>, context: &mut Context) -> usize {
        let folded = name.text.to_lowercase();
        if let Some(at) = self.folded.get(&folded) {
            let there = &self.list[*at].text;
            if there != name.text {
                let message = format!("{} `{}` differs from `{there}` by case alone", self.what, name.text);
                context.fault(name.place, message, "use one spelling, or rename one of them");
            }
            return *at;
        }
        self.folded.insert(folded, self.list.len());
        self.list.push(Name { text: name.text.to_owned(), place: name.place, used: false });
        self.list.len() - 1
    }

    /// The position of a name that is used; a fault if it does not exist.
    pub fn find(&mut self, name: Named<'_>, context: &mut Context) -> Option<usize> {
        let found = self.position(name.text);
        match found {
            Some(at) => self.list[at].used = true,
            None => {
                context.fault(name.place, format!("there is no {} `{}`", self.what, name.text), self.remedy(name.text))
            }
        }
        found
    }

    /// The position of a name, without using it.
    pub fn position(&self, text: &str) -> Option<usize> {
        self.folded.get(&text.to_lowercase()).copied().filter(|at| self.list[*at].text == text)
    }

    /// The name at a position.
    pub fn text(&self, at: usize) -> &str {
        &self.list[at].text
    }

    /// Where the name at a position was declared.
    pub fn place(&self, at: usize) -> Place {
        self.list[at].place
    }

    /// All names, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|name| name.text.as_str())
    }

    /// Those that nothing used, with their places.
    pub fn unused(&self) -> impl Iterator<Item = (&str, Place)> {
        self.list.iter().filter(|name| !name.used).map(|name| (name.text.as_str(), name.place))
    }

    /// Notes that a part is used.
    pub fn mark_used(&mut self, at: usize) {
        self.list[at].used = true;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What to write instead of a name that does not exist.
    pub fn remedy(&self, text: &str) -> String {
        match nearest(text, self.texts()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.is_empty() => format!("the scenario has no {}", self.what),
            None => {
                let more = if self.len() > LISTED { ", ..." } else { "" };
                format!("known: {}{more}", listed(self.texts().take(LISTED)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::{Source, Sources};
    use crate::settings::folder::Folder;

    #[test]
    fn a_dangling_name_is_told_with_the_one_that_was_meant() {
        let place = Place { file: Sources::new().add(Source::new("s", "x")), start: 0, end: 1 };
        let named = |text| Named { text, place };
        let mut context = Context::new(Folder::none());
        let mut names = Names::new("verifier");
        assert_eq!(names.declare(named("edge-gw"), &mut context), 0);
        assert_eq!(names.declare(named("ci-gw"), &mut context), 1);
        assert_eq!(names.declare(named("Edge-GW"), &mut context), 0);
        assert_eq!(names.find(named("ci-gw"), &mut context), Some(1));
        assert_eq!(names.find(named("ci-gv"), &mut context), None);
        let found: Vec<_> = context.diagnostics.in_order();
        assert_eq!(found[0].message(), "verifier `Edge-GW` differs from `edge-gw` by case alone");
        assert_eq!(found[1].message(), "there is no verifier `ci-gv`");
        assert_eq!(found[1].help_text(), Some("did you mean `ci-gw`?"));
        assert_eq!(names.unused().map(|(text, _)| text).collect::<Vec<_>>(), ["edge-gw"]);
    }
}
