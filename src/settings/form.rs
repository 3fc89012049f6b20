//! Texts such as `back_off(first=1s factor=2 give_up=8)`: a word, a plain rest, and named arguments.
//!
//! Arguments are separated by spaces, so that flow style stays readable; a value runs up to the next `name=`, so it
//! may itself hold spaces and brackets: `think=90% in 1s..5s`.

use crate::document::suggestion;

/// A text taken apart; its reader says which arguments there are and asks for the faults at the end.
#[derive(Debug)]
pub struct Form {
    /// The word in front.
    pub head: String,
    /// What stands between the word and the first named argument.
    pub plain: String,
    named: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Vec<String>,
}

impl Form {
    /// Takes a text apart.
    ///
    /// # Errors
    /// A fragment if a bracket is not closed, or if something stands behind it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (head, rest) = text.split_at(end);
        let mut form = Self {
            head: head.to_owned(),
            plain: String::new(),
            named: Vec::new(),
            known: Vec::new(),
            faults: Vec::new(),
        };
        let rest = match rest.strip_prefix('(') {
            Some(inner) => {
                inner.strip_suffix(')').ok_or_else(|| format!("`{text}` does not end with `)`; close the bracket, and write blanks between settings: within `{{...}}` a comma ends the value"))?
            }
            None => rest,
        };
        for word in words(rest).ok_or_else(|| format!("the brackets in `{text}` do not match; close each one"))? {
            form.take(word);
        }
        Ok(form)
    }

    /// The argument `name`, if it is given.
    pub fn optional<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.known.push(name);
        let value = self.named.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone())?;
        parse(&value).map_err(|fault| self.faults.push(fault)).ok()
    }

    /// The argument `name`, which must be given.
    pub fn required<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if !self.named.iter().any(|(given, _)| given == name) {
            self.known.push(name);
            self.faults.push(format!("`{}` lacks `{name}`; add `{name}=`", self.head));
            return None;
        }
        self.optional(name, parse)
    }

    /// The plain rest, which must be there.
    pub fn rest<T>(&mut self, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let plain = std::mem::take(&mut self.plain);
        parse(&plain).map_err(|fault| self.faults.push(fault)).ok()
    }

    /// Every fault, with those of arguments that nobody asked for.
    pub fn faults(mut self) -> Vec<String> {
        if !self.plain.is_empty() {
            self.faults.push(format!(
                "`{}` is not understood behind `{}`; arguments are written `name=value`",
                self.plain, self.head
            ));
        }
        for (at, (name, _)) in self.named.iter().enumerate() {
            if self.named[..at].iter().any(|(earlier, _)| earlier == name) {
                self.faults.push(format!("`{name}` is given twice; keep one of them"));
            } else if !self.known.contains(&name.as_str()) {
                let remedy = match suggestion::nearest(name, self.known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if self.known.is_empty() => "it takes none".to_owned(),
                    None => format!("known: {}", suggestion::listed(self.known.iter().copied())),
                };
                self.faults.push(format!("`{}` has no argument `{name}`; {remedy}", self.head));
            }
        }
        self.faults
    }

    fn take(&mut self, word: &str) {
        let name_end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
        if name_end > 0 && word[name_end..].starts_with('=') {
            self.named.push((word[..name_end].to_owned(), word[name_end + 1..].to_owned()));
        } else {
            let target = self.named.last_mut().map_or(&mut self.plain, |(_, value)| value);
            if !target.is_empty() {
                target.push(' ');
            }
            target.push_str(word);
        }
    }
}

/// The words between spaces that lie in no bracket; `None` if the brackets do not match.
fn words(text: &str) -> Option<Vec<&str>> {
    let mut depth = 0_u32;
    let mut start = 0;
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            c if c.is_whitespace() && depth == 0 => {
                found.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found.retain(|word| !word.is_empty());
    (depth == 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Result<String, String> {
        Ok(value.to_owned())
    }

    #[test]
    fn a_value_runs_up_to_the_next_name() {
        let mut form =
            Form::parse("closed_loop(workers=4 think=90% in 1s..5s answer=lognormal(p50=1s p95=4s))").expect("a form");
        assert_eq!(form.head, "closed_loop");
        assert_eq!(form.required("think", text).as_deref(), Some("90% in 1s..5s"));
        assert_eq!(form.required("answer", text).as_deref(), Some("lognormal(p50=1s p95=4s)"));
        assert_eq!(form.required("workers", text).as_deref(), Some("4"));
        assert!(form.faults().is_empty());
    }

    #[test]
    fn a_plain_rest_needs_no_brackets() {
        let mut form = Form::parse("every 7s jitter=10%").expect("a form");
        assert_eq!(form.rest(text).as_deref(), Some("7s"));
        assert_eq!(form.optional("jitter", text).as_deref(), Some("10%"));
        assert!(form.faults().is_empty());
    }

    #[test]
    fn every_fault_of_a_form_is_found() {
        let mut form = Form::parse("bursty(rat=2/s burst=1s burst=2s)").expect("a form");
        assert_eq!(form.required("rate", text), None);
        assert_eq!(form.required("burst", text).as_deref(), Some("1s"));
        assert_eq!(
            form.faults(),
            [
                "`bursty` lacks `rate`; add `rate=`",
                "`bursty` has no argument `rat`; did you mean `rate`?",
                "`burst` is given twice; keep one of them"
            ]
        );
    }

    #[test]
    fn brackets_that_do_not_match_are_refused() {
        for text in ["a(b=1", "a(b=1))", "a b=(", "a(b=1) c"] {
            assert!(Form::parse(text).is_err(), "{text} was accepted");
        }
    }
}
