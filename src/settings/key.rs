//! Keys of the scenario language, declared once: the reader, the JSON Schema, the reference and `check --defaults` follow.

/// A key that a section may have.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub value: Value,
    /// What holds where it is left out; none if it must be given.
    pub default: Option<&'static str>,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

/// What may stand under a key.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Free text.
    Text,
    /// The name of a part of the scenario.
    Name,
    /// One name or a list of them.
    Names,
    /// A duration: `5m`.
    Duration,
    /// A duration, or one of these words.
    DurationOr(&'static [&'static str]),
    /// A law of durations: `lognormal(p50=4m p95=20m)`.
    Law,
    /// A rate: `2/s`.
    Rate,
    /// A share: `2%`.
    Share,
    /// A whole number.
    Count,
    /// A whole number, or this word.
    CountOr(&'static str),
    /// A plain number.
    Number,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One or several of these words.
    SomeOf(&'static [&'static str]),
    /// Text of a form that the documentation explains; the string is its grammar.
    Form(&'static str),
    /// Texts of this form under names of the scenario's choosing.
    Forms(&'static str),
    /// A section with keys of its own.
    Section(&'static [Key]),
    /// Named sections, each with these keys.
    Sections(&'static [Key]),
    /// A section or a list of sections with these keys.
    SectionOrList(&'static [Key]),
    /// The name of a shared section, a section with these keys, or a list of either.
    SectionsOrNames(&'static [Key]),
    /// Either a text of this form or a section with these keys.
    FormOrSection(&'static str, &'static [Key]),
    /// Named sections whose keys depend on their `kind`: the channels.
    Kinds,
    /// A list of texts, each of this form, or single-entry mappings of such a text to a remark.
    Rules(&'static str),
}

impl Key {
    /// A key that must be given.
    pub const fn required(name: &'static str, value: Value, doc: &'static str) -> Self {
        Self { name, value, default: None, doc }
    }

    /// A key that may be left out, and then means `default`.
    pub const fn optional(name: &'static str, value: Value, default: &'static str, doc: &'static str) -> Self {
        Self { name, value, default: Some(default), doc }
    }
}

/// Two declarations in one; `N` is the number of keys in both.
///
/// # Panics
/// While compiling, if `N` is another number.
pub const fn joined<const N: usize>(first: &[Key], second: &[Key]) -> [Key; N] {
    assert!(first.len() + second.len() == N, "the number of keys is that of both declarations");
    let mut all = [first[0]; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}
