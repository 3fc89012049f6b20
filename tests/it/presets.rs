//! Shipped presets as a scenario uses them: each loads, what a scenario says goes before, and nothing escapes.

use revdrill::document::rendering::{Colour, render};
use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::cache::Ttl;
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::scenario::load::{Input, LoadError, Loaded, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::scenario::preset::{self, Confidence, Part, Preset};
use revdrill::units::time::Span;
use std::convert::Infallible;

const REST: &str = "
revdrill: 1
teaches: A preset in a scenario.
horizon: 30m
attacker: { steals: key, replays: { arrivals: poisson 1/m } }
defender: { detects: 5m, playbook: { revoke: key } }
objectives: [ p99(time_to_contain) <= 60s ]
";

fn loaded(text: &str, sets: &[(&str, &str)]) -> Result<Loaded, String> {
    let sets: Vec<_> = sets.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let input = Input::Text { name: "mine.yaml".into(), text: text.into(), folder: None };
    load(&input, &sets, &Catalogue).map_err(|error| match error {
        LoadError::Invalid { diagnostics, sources } => render(&diagnostics, &sources, Colour::Never),
        LoadError::Unreadable(error) => error.to_string(),
    })
}

fn gateway(settings: &str) -> String {
    let key = "credentials: { key: { kind: opaque, issuer: idp, lifetime: 1h } }";
    format!("{REST}{key}\nverifiers: {{ gw: {{ {settings} }} }}\n")
}

/// The least scenario that uses every part of a preset.
fn minimal(preset: &Preset) -> String {
    let name = preset.name;
    let like = |part: Part| preset.part(part).map(|_| format!("like: preset/{name}, "));
    // Keys are of no use to whoever asks, and a refresh token opens nothing but its issuer.
    let keys = preset.part(Part::Channel).is_some_and(|one| one.get("refetch").is_some());
    let refreshes = name.ends_with("refresh-token");
    let asks = preset.part(Part::Verifier).is_none_or(|one| one.get("leeway").is_none()) && !keys;
    let plain = if asks { "kind: opaque, lifetime: 1h, " } else { "kind: self_contained, lifetime: 1h, " };
    let credential = like(Part::Credential).unwrap_or_else(|| plain.to_owned());
    let issuer = like(Part::Issuer).unwrap_or_default();
    let channel = like(Part::Channel).map(|like| format!("channels: {{ news: {{ {like} from: idp }} }}\n"));
    let hears = match channel {
        Some(_) if keys => "hears: { news: refetch }, ",
        Some(_) => "hears: { news: deny }, ",
        None => "",
    };
    let accepts = if refreshes { "accepts: key, " } else { "" };
    let rest = if keys { REST.replace("revoke: key", "rotate_key: news") } else { REST.to_owned() };
    let verifier = like(Part::Verifier).unwrap_or_default();
    let asks = if asks { "asks: idp" } else { "checks: itself" };
    format!(
        "{rest}credentials: {{ key: {{ {credential} issuer: idp }} }}\nissuers: {{ idp: {{ {issuer} }} }}\n{}verifiers: {{ gw: {{ {verifier} {hears} {accepts} {asks} }} }}\n",
        channel.unwrap_or_default()
    )
}

#[test]
fn every_preset_is_valid_in_a_scenario_that_uses_all_of_it_and_every_figure_is_in_use() {
    let presets = preset::all();
    assert!(presets.len() > 20, "presets are missing");
    for preset in presets {
        let text = minimal(&preset);
        let scenario = loaded(&text, &[]).unwrap_or_else(|told| panic!("{text}\n{told}")).scenario;
        let used: Vec<_> = scenario.figures.iter().map(|one| one.figure.clone()).collect();
        assert_eq!(used, preset.figures, "{}", preset.name);
        assert_eq!(scenario.assumptions.len(), used.len());
        assert!(!scenario.resolved.to_string().contains("\"like\""), "what is carried out leaves no trace");
    }
}

#[test]
fn what_a_part_says_itself_goes_before_and_is_no_longer_cited() {
    let own = loaded(&gateway("like: preset/kubernetes-webhook, asks: idp, cache: { ttl: 30s }"), &[]).expect("valid");
    assert_eq!(own.scenario.system.caches[0].ttl, Ttl::For(Span::parse("30s").expect("a duration")));
    assert!(own.scenario.figures.is_empty());
    let text = gateway("like: preset/kubernetes-webhook, asks: idp");
    let as_shipped = loaded(&text, &[]).expect("valid").scenario;
    assert_eq!(as_shipped.figures[0].path, "verifiers.gw.cache.ttl");
    assert_eq!(as_shipped.figures[0].figure.confidence, Confidence::Sourced);
    let set = loaded(&text, &[("verifiers.gw.cache.ttl", "7s")]).expect("valid").scenario;
    assert_eq!(set.system.caches[0].ttl, Ttl::For(Span::parse("7s").expect("a duration")));
    assert!(set.figures.is_empty());
    let other = loaded(&text, &[("verifiers.gw.cache.ttl", "7s"), ("verifiers.gw.like", "preset/apigee")]);
    let other = other.expect("valid").scenario;
    assert_eq!(other.system.caches[0].ttl, Ttl::For(Span::parse("7s").expect("a duration")));
}

#[test]
fn what_would_be_laid_under_too_late_is_refused() {
    // Assigned as a whole, a part could not be laid over what it is like, and a scenario not over what it extends.
    let text = gateway("cache: { ttl: 2m }, asks: idp");
    for (path, value, told) in [
        ("extends", "other.yaml", "`extends` comes too late"),
        ("verifiers.gw", "{ like: preset/kubernetes-webhook, asks: idp }", "--set verifiers.gw.like=preset/NAME"),
        ("attacker", "{ class: blind, steals: key, replays: { arrivals: poisson 1/s } }", "--set attacker.class=NAME"),
    ] {
        let refused = loaded(&text, &[(path, value)]).expect_err("it would be passed over");
        assert!(refused.contains(told), "{refused}");
    }
}

#[test]
fn a_scenario_with_a_preset_is_the_scenario_with_its_values_written_out() {
    let like = loaded(&gateway("like: preset/kubernetes-webhook, asks: idp"), &[]).expect("valid").scenario;
    let written = loaded(&gateway("cache: { ttl: 2m }, asks: idp"), &[]).expect("valid").scenario;
    assert_eq!(like.resolved, written.resolved);
    assert_eq!(like.digest(), written.digest());
}

#[test]
fn two_products_and_one_of_them_twice_fit_into_one_scenario() {
    // 120 s, 120 s and 30 s, as their sources say.
    let text = gateway("like: preset/kubernetes-webhook, asks: idp").replace(
        "gw:",
        "a: { like: preset/kubernetes-webhook, asks: idp }, b: { like: preset/kong-introspection, asks: idp }, gw:",
    );
    let scenario = loaded(&text, &[]).expect("valid").scenario;
    let ttls: Vec<_> = scenario.system.caches.iter().map(|cache| cache.ttl).collect();
    assert_eq!(ttls, ["2m", "30s", "2m"].map(|text| Ttl::For(Span::parse(text).expect("a duration"))));
}

#[test]
fn extends_lays_presets_and_files_over_each_other_the_later_over_the_earlier() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = format!("{REST}credentials: {{ key: {{ like: preset/slack-token, issuer: idp }} }}\n");
    std::fs::write(folder.path().join("base.yaml"), base).expect("a file");
    std::fs::write(folder.path().join("shorter.yaml"), "horizon: 7m\n").expect("a file");
    let text = "extends: [preset/kubernetes-webhook, base.yaml, shorter.yaml]\nverifiers: { kubernetes-webhook: { asks: idp } }\n";
    std::fs::write(folder.path().join("mine.yaml"), text).expect("a file");
    let loaded = load(&Input::Path(folder.path().join("mine.yaml")), &[], &Catalogue).expect("valid");
    assert_eq!(loaded.scenario.system.horizon, Span::parse("7m").expect("a duration"));
    assert_eq!(loaded.scenario.system.verifiers[0].name, "kubernetes-webhook");
    let figures: Vec<_> = loaded.scenario.figures.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(figures, ["credentials.key.lifetime", "verifiers.kubernetes-webhook.cache.ttl"]);
}

#[test]
fn a_preset_that_does_not_exist_is_told_with_the_one_that_was_meant_and_no_path_leads_out() {
    for (like, message, help) in [
        (
            "preset/kubernets-webhook",
            "there is no preset `kubernets-webhook`",
            "did you mean `preset/kubernetes-webhook`?",
        ),
        ("preset/../Cargo.toml", "there is no preset `../Cargo.toml`", "`revdrill list` names"),
        ("preset//etc/passwd", "there is no preset `/etc/passwd`", "`revdrill list` names"),
        ("kong-introspection", "`kong-introspection` is not a preset", "write `like: preset/kong-introspection`"),
        ("preset/okta", "`preset/okta` describes no verifier", "it describes: `credential`"),
    ] {
        let told = loaded(&gateway(&format!("like: {like}, asks: idp")), &[]).expect_err("a fault");
        assert!(told.contains(&format!("error: {message}\n")) && told.contains(help), "{told}");
        assert_eq!(told.matches("error:").count(), 1, "{told}");
    }
    let told = loaded(&format!("extends: preset/../mine\n{}", gateway("asks: idp")), &[]).expect_err("a fault");
    assert!(told.contains("error: there is no preset `../mine`\n"), "{told}");
}

#[test]
fn a_run_warns_of_assumed_figures_and_not_of_sourced_ones() {
    let warnings = |settings: &str| {
        let text = format!("{}channels: {{ news: {{ {settings} }} }}\n", gateway("asks: idp, hears: { news: deny }"));
        let scenario = loaded(&text, &[]).unwrap_or_else(|told| panic!("{told}")).scenario;
        let settings = Settings {
            name: "x".into(),
            seed: 1,
            trials: 20,
            threads: 1,
            requests: Requests::Counted,
            engine: Engine::Auto,
        };
        let Ok(record) = Drill::new(&scenario).run(&settings, &Progress::default(), |_| Ok::<(), Infallible>(()));
        record.warnings.into_iter().filter(|warning| warning.contains("preset")).collect::<Vec<_>>()
    };
    // Of the three figures of `redis-pubsub` two are assumptions, of which one is replaced.
    assert_eq!(
        warnings("like: preset/redis-pubsub, loss: 3%"),
        ["a figure of a preset is an assumption, check yours: channels.news.delay 5ms (preset/redis-pubsub)"]
    );
    assert_eq!(warnings("like: preset/redis-pubsub, loss: 3%, delay: 9ms"), [""; 0]);
}
