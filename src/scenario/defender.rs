//! The section `defender`: how long until somebody knows, decides and acts, and what they do.

use super::names::Parts;
use crate::document::node::Node;
use crate::model::credential::Credential;
use crate::model::defender::{Defender, Reach, Step, Trigger};
use crate::model::id::CredentialId;
use crate::model::issuer::Issuer;
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::Span;

/// The most steps of a playbook.
pub const MOST_STEPS: usize = 15;

/// Names of how far a revocation goes.
pub const REACHES: [&str; 4] = ["credential", "grant", "subject", "issued_before"];

/// Settings of the defender.
pub const KEYS: [Key; 4] = [
    Key::required("detects", Value::Law, "Time from exposure until somebody or something knows."),
    Key::optional("triages", Value::Law, "0s", "Time from knowing to having looked at it."),
    Key::optional("approves", Value::Law, "0s", "Time from there to the decision."),
    Key::required("playbook", Value::SectionOrList(&STEP_KEYS), "Steps, one after the other."),
];

/// Settings of a step.
pub const STEP_KEYS: [Key; 7] = [
    Key::optional("revoke", Value::Name, "none: the step says what else it does", "The credential that it revokes."),
    Key::optional(
        "disable_subject",
        Value::Name,
        "none: the step says what else it does",
        "The credential whose subject it disables, with all that the subject has.",
    ),
    Key::optional(
        "reach",
        Value::OneOf(&REACHES),
        "credential",
        "How far a revocation goes: the one `credential`, the whole `grant` that it belongs to, all that its `subject` has, or all that its subject was given until now (`issued_before`); what cascades from these is always with them.",
    ),
    Key::optional(
        "retention",
        Value::Duration,
        "for good",
        "How long an issuer remembers the cut-off of `reach: issued_before`; what was issued before and still lives is good again then.",
    ),
    Key::optional("takes", Value::Law, "0s", "How long one attempt takes."),
    Key::optional("succeeds", Value::Share, "100%", "Probability that an attempt is carried out at all."),
    Key::optional("retries", Value::Count, "0", "Further attempts after a failed or refused one."),
];

/// Reads the defender; nothing if a law or a step is at fault.
pub fn read(
    reader: &mut Reader<'_>,
    credentials: &[Option<Credential>],
    issuers: &[Issuer],
    parts: &mut Parts,
) -> Option<Defender> {
    let detects = reader.law("detects");
    let triages = reader.law("triages").unwrap_or(Law::ZERO);
    let approves = reader.law("approves").unwrap_or(Law::ZERO);
    let nodes = reader.one_or_many("playbook", MOST_STEPS);
    let steps: Vec<Option<Step>> =
        nodes.iter().map(|node| step(node, credentials, issuers, parts, reader.context())).collect();
    let playbook: Option<Vec<Step>> = steps.into_iter().collect();
    Some(Defender { detects: detects?, triages, approves, playbook: playbook? })
}

fn step(
    node: &Node,
    credentials: &[Option<Credential>],
    issuers: &[Issuer],
    parts: &mut Parts,
    context: &mut Context,
) -> Option<Step> {
    let mut reader = Reader::open(node, node.head(), "a step of the playbook", &[&STEP_KEYS], context)?;
    let trigger = trigger(&mut reader);
    let named = trigger.and_then(|(key, _)| reader.name(key));
    let credential = named.and_then(|name| parts.credentials.find(name, reader.context()));
    let reach = reader.one_of("reach");
    if let Some((key, Trigger::DisableSubject)) = trigger
        && reach.is_some()
    {
        reader.without_effect("reach", &format!("`{key}` always reaches the whole subject; remove it"));
    }
    let retention = retention(&mut reader, reach);
    if let (Some("grant"), Some(at)) = (reach, credential)
        && credentials.iter().all(Option::is_some)
        && !credentials.iter().flatten().any(|one| one.derived.as_ref().is_some_and(|from| from.from.index() == at))
        && credentials[at].as_ref().is_some_and(|one| one.derived.is_none())
    {
        let help = "nothing is derived from it, nor is it derived; write `credential`, or add a credential with `from`";
        reader.without_effect("reach", help);
    }
    let takes = reader.law("takes").unwrap_or(Law::ZERO);
    let succeeds = reader.share("succeeds").unwrap_or(Share::ALL);
    let retries = reader.count("retries", 0..=1_000).unwrap_or(0) as u32;
    let issuer = credential.and_then(|at| credentials[at].as_ref()).and_then(|credential| credential.issuer);
    let refuses = issuer.is_some_and(|issuer| issuers[issuer.index()].refuses > Share::NONE);
    if retries > 0 && succeeds == Share::ALL && !refuses && credential.is_some() {
        reader.without_effect(
            "retries",
            "an attempt never fails; say with `succeeds`, or with `refuses` at the issuer, how often it does",
        );
    }
    if succeeds == Share::NONE {
        reader.wrong("succeeds", "the step can never be carried out", "write a share above 0%, or remove the step");
    }
    let (_, trigger) = trigger?;
    let reach = match (trigger, reach) {
        (Trigger::DisableSubject, _) | (_, Some("subject")) => Reach::Subject,
        (_, Some("grant")) => Reach::Grant,
        (_, Some("issued_before")) => Reach::IssuedBefore,
        _ => Reach::Credential,
    };
    Some(Step { trigger, credential: CredentialId::at(credential?), reach, retention, takes, succeeds, retries })
}

fn retention(reader: &mut Reader<'_>, reach: Option<&str>) -> Option<Span> {
    if reach != Some("issued_before") {
        let help = "only a cut-off is forgotten; set `reach: issued_before`, or remove it";
        reader.none_have_effect(&["retention"], help);
        return None;
    }
    reader.positive_duration("retention")
}

/// The key that says what the step does.
fn trigger(reader: &mut Reader<'_>) -> Option<(&'static str, Trigger)> {
    match (reader.has("revoke"), reader.has("disable_subject")) {
        (true, false) => Some(("revoke", Trigger::Revoke)),
        (false, true) => Some(("disable_subject", Trigger::DisableSubject)),
        (true, true) => {
            reader.wrong("disable_subject", "a step revokes or disables a subject, not both", "make two steps of it");
            None
        }
        (false, false) => {
            let place = reader.place();
            reader.context().fault(
                place,
                "the step does not say what it does",
                "add `revoke: CREDENTIAL` or `disable_subject: CREDENTIAL`",
            );
            None
        }
    }
}
