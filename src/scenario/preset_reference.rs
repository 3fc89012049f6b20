//! The reference of presets, in Markdown, made from the presets themselves.

use super::preset::{self, Confidence, Figure, PREFIX};
use std::fmt::Write as _;

const HEAD: &str = "\
# Presets

This page is made from the files in `presets/`, which are built into the program (`revdrill list --json` gives the same
as JSON).

A preset says what is known of a product. A part of a scenario takes it over with `like`, and what the part says itself
goes before:

```yaml
credentials:
  scraper: { kind: opaque, issuer: idp, lifetime: 1h }
verifiers:
  kube-apiserver: { like: preset/kubernetes-webhook, asks: idp, replicas: 3 }
  gateway: { like: preset/kong-introspection, asks: idp, cache: { ttl: 10s } }
```

The same key stands at a credential, an issuer, a channel and a verifier; a preset that describes several of them is
taken over at each by itself. How parts are wired (`issuer`, `asks`, `hears`) is yours to say. `extends: preset/NAME` puts
every part of a preset into the scenario under the preset's own name.

| confidence | the figure |
|---|---|
| sourced | was read in the text of the maker, the standard or the researcher |
| measured | was measured on the product; the page that is named says how |
| assumption | was told by others, is remembered, or is a reading of what a text says |

A preset is where to begin and not what you run: versions and settings differ. Each figure says where to look for your
own. `revdrill check --defaults` shows those in use, and a run records them among its assumptions; where one of them is
itself an assumption, the run warns.
";

/// The reference.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for preset in preset::all() {
        let parts: Vec<_> = preset.parts.iter().map(|(part, _)| format!("`{}`", part.section())).collect();
        write(
            &mut page,
            format_args!("\n## `{PREFIX}{}`\n\n{} For {}.\n\n", preset.name, preset.summary, parts.join(" and ")),
        );
        page.push_str("| figure | value | what the source says | source | confidence | check yours |\n|---|---|---|---|---|---|\n");
        preset.figures.iter().for_each(|figure| row(figure, &mut page));
    }
    page
}

fn row(figure: &Figure, page: &mut String) {
    let confidence = match figure.confidence {
        Confidence::Assumption => "**assumption**",
        Confidence::Sourced | Confidence::Measured => figure.confidence.name(),
    };
    let cells = [&format!("`{}`", figure.key), &format!("`{}`", figure.value), &figure.says, &figure.cited()];
    let cells = cells.map(|text| text.replace('|', "\\|")).join(" | ");
    write(page, format_args!("| {cells} | {confidence} | {} |\n", figure.check.replace('|', "\\|")));
}

fn write(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("writing to a string cannot fail");
}
