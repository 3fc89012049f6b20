//! The reference of the scenario language, in Markdown, made from the declared keys: it cannot fall behind the reader.

use super::channels;
use super::class::CLASSES;
use super::failure_modes::MODES;
use super::keys::SCENARIO;
use crate::model::channel::list::KINDS;
use crate::random::law_families::NAMED_LAWS;
use crate::random::law_grammar::{EMPIRICAL_USAGE, MIXTURE_USAGE};
use crate::settings::key::{Key, Value};
use std::fmt::Write as _;

const HEAD: &str = "\
# The scenario language

This page is made from the code that reads scenarios (`revdrill schema` gives the same as JSON Schema).

A scenario is one YAML document (JSON is a subset) without anchors, aliases, merge keys and tags. A key that is not
listed here is an error, and so is a setting that cannot have an effect. Names are made of letters `a` to `z` in either
case, digits, `-`, `_` and `.`, and start with a letter or digit; two names may not differ by case alone. Parts may be
named before they are described.

| value | how it is written |
|---|---|
| duration | a number with its unit, or several: `250ms`, `5m`, `1h30m`; units `ns` `us` `ms` `s` `m` (or `min`) `h` `d` `w` |
| rate | a count per unit of time: `2/s`, `30/h`, `1/90s` |
| share | a percentage: `2%`, `99.9%` |
| law | a law of delays, see [Laws of delays](#laws-of-delays) |
| flag | `true` or `false` |

Files (`extends`, recordings, measured delays) are named by their path from the scenario's folder and must lie in it.
";

const LAWS: &str = "\
## Laws of delays

| written | delays |
|---|---|
| `5s` | always the same |
| `0s..3s` | uniform between two durations |
| `p50=4m p95=20m` | lognormal, by two quantiles |
| `90% in 20s..4m` | lognormal, by its central 90 % |
| `never` | does not end |
";

/// The reference.
pub fn reference() -> String {
    let mut page = format!("{HEAD}\n## Scenario\n\n");
    table(&SCENARIO, &mut page);
    let mut waiting: Vec<(String, Value)> = SCENARIO.iter().map(|key| (format!("`{}`", key.name), key.value)).collect();
    while !waiting.is_empty() {
        let (path, value) = waiting.remove(0);
        let Some(keys) = inner(value) else {
            if matches!(value, Value::Kinds) {
                kinds(&path, &mut page);
            }
            continue;
        };
        write(&mut page, format_args!("\n## {path}\n\n{}\n\n", introduction(value)));
        table(keys, &mut page);
        let deeper = keys.iter().map(|key| (format!("{path} › `{}`", key.name), key.value));
        let sections: Vec<_> = deeper.filter(|(_, value)| inner(*value).is_some()).collect();
        waiting.splice(0..0, sections);
    }
    classes(&mut page);
    modes(&mut page);
    laws(&mut page);
    page
}

const CLASS_HEAD: &str = "\
## Classes of attackers

`class: NAME` at the attacker sets what is written here, of the attacker and of each stream under `replays`, and
`replays` may be left out. Whatever the scenario says itself goes before.

| class | attacker | each stream | behaves like | described in |
|---|---|---|---|---|
";

const MODE_HEAD: &str = "\
## Failure modes

Each happened to a real product. `inject: MODE` edits the scenario wherever the mode makes a difference, and
`inject: MODE at PART` there alone; `inject` may be a list. `--set inject=MODE` asks of any drill whether its objectives
would have caught it.

| mode | # | what goes wrong | setting | needs | seen in |
|---|---|---|---|---|---|
";

fn classes(page: &mut String) {
    write(page, format_args!("\n{CLASS_HEAD}"));
    for class in CLASSES {
        let code = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
        let also = if class.works_out.is_empty() { String::new() } else { format!(", and {}", class.works_out) };
        let (attacker, stream) = (cell(&code(class.attacker)), cell(&code(class.stream)));
        write(
            page,
            format_args!(
                "| `{}` | {attacker} | {stream}{also} | {} | {} |\n",
                class.name,
                cell(class.summary),
                cell(class.seen)
            ),
        );
    }
}

fn modes(page: &mut String) {
    write(page, format_args!("\n{MODE_HEAD}"));
    for mode in MODES {
        let needs = mode.needs.strip_prefix("it needs ").unwrap_or(mode.needs);
        write(
            page,
            format_args!(
                "| `{}` | {} | {} | `{}` | {} | {} |\n",
                mode.name,
                mode.number,
                cell(mode.what),
                cell(mode.knob),
                cell(needs),
                cell(mode.seen)
            ),
        );
    }
}

fn kinds(path: &str, page: &mut String) {
    write(page, format_args!("\n## {path}\n\n{} Every channel has these keys:\n\n", introduction(Value::Kinds)));
    table(&channels::KEYS, page);
    for kind in KINDS {
        write(
            page,
            format_args!("\n### `kind: {}`\n\n{} Specified by: {}.\n\n", kind.name, kind.summary, kind.specification),
        );
        if kind.keys.is_empty() {
            write(page, format_args!("It has no settings of its own.\n"));
        } else {
            table(kind.keys, page);
        }
        for key in kind.keys {
            if let Some(keys) = inner(key.value) {
                write(page, format_args!("\n#### `{}`\n\n", key.name));
                table(keys, page);
            }
        }
    }
}

fn table(keys: &[Key], page: &mut String) {
    page.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
    for key in keys {
        let default = key.default.unwrap_or("**required**");
        write(
            page,
            format_args!(
                "| `{}` | {} | {} | {} |\n",
                key.name,
                cell(&written(key.value)),
                cell(default),
                cell(key.doc)
            ),
        );
    }
}

fn laws(page: &mut String) {
    write(page, format_args!("\n{LAWS}"));
    for law in NAMED_LAWS {
        write(page, format_args!("| {} | {} |\n", cell(law.usage), cell(law.summary)));
    }
    write(page, format_args!("| {} | weighted laws, weights summing to 100 % |\n", cell(MIXTURE_USAGE)));
    write(page, format_args!("| {} | measured delays, from a table (`.csv` or `.csv.gz`) |\n", cell(EMPIRICAL_USAGE)));
}

fn inner(value: Value) -> Option<&'static [Key]> {
    match value {
        Value::Section(keys)
        | Value::Sections(keys)
        | Value::SectionOrList(keys)
        | Value::SectionsOrNames(keys)
        | Value::FormOrSection(_, keys) => Some(keys),
        _ => None,
    }
}

fn introduction(value: Value) -> &'static str {
    match value {
        Value::Sections(_) | Value::Kinds => "Sections under names of your choosing.",
        Value::SectionOrList(_) => "One section, or a list of them.",
        Value::SectionsOrNames(_) => "One section, the name of a shared one, or a list of these.",
        Value::FormOrSection(..) => "Instead of a text, a section.",
        _ => "One section.",
    }
}

/// How a value is written.
fn written(value: Value) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match value {
        Value::Text => "text".into(),
        Value::Name => "name".into(),
        Value::Names => "name or list of names".into(),
        Value::Duration => "duration".into(),
        Value::DurationOr(others) => format!("duration, {}", words(others)),
        Value::Law => "law".into(),
        Value::Rate => "rate".into(),
        Value::Share => "share".into(),
        Value::Count => "whole number".into(),
        Value::CountOr(word) => format!("whole number, `{word}`"),
        Value::Number => "number".into(),
        Value::Flag => "flag".into(),
        Value::OneOf(known) => format!("one of {}", words(known)),
        Value::SomeOf(known) => format!("one or several of {}", words(known)),
        Value::Form(grammar) => grammar.into(),
        Value::Forms(grammar) => format!("map of names to {grammar}"),
        Value::Section(_) => "section".into(),
        Value::Sections(_) | Value::Kinds => "named sections".into(),
        Value::SectionOrList(_) => "section or list of sections".into(),
        Value::SectionsOrNames(_) => "section, name, or list of these".into(),
        Value::FormOrSection(grammar, _) => format!("{grammar}, or a section"),
        Value::Rules(grammar) => format!("list of {grammar}"),
    }
}

/// A text that does not end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn write(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("writing to a string cannot fail");
}
