//! The playbook of the defender: steps in order, blocks of steps that begin at once, and what each of them does.
//!
//! Every step is told which steps come before it, so that later floors see one list and no nesting.

use super::names::Parts;
use crate::document::node::Node;
use crate::model::cache::{Cache, Placement, Ttl};
use crate::model::channel::contract::{Brings, NamedChannel};
use crate::model::credential::{Credential, CredentialKind};
use crate::model::defender::{Does, PurgeReach, Purged, Reach, ReplaceOrder, Replacing, Revoking, Step, Trigger};
use crate::model::id::{CacheId, ChannelId, CredentialId, VerifierId};
use crate::model::issuer::Issuer;
use crate::model::verifier::{Action, Check, Verifier};
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value, joined};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::Span;

/// The most steps of a playbook, those within blocks included.
pub const MOST_STEPS: usize = 15;

/// Names of how far a revocation goes.
const REACHES: [&str; 4] = ["credential", "grant", "subject", "issued_before"];

/// What a step does; it says one of these.
const DEEDS: [&str; 9] = [
    "revoke",
    "disable_subject",
    "replace",
    "rotate_key",
    "purge",
    "close_connections",
    "push",
    "redeploy",
    "block_network",
];

/// Settings of a step.
pub const STEP_KEYS: [Key; 18] = [
    Key::optional("revoke", Value::Name, "none: the step says what else it does", "The credential that it revokes."),
    Key::optional(
        "disable_subject",
        Value::Name,
        "none: the step says what else it does",
        "The credential whose subject it disables, with all that the subject has.",
    ),
    Key::optional(
        "replace",
        Value::Name,
        "none: the step says what else it does",
        "The credential of which it has every copy replaced; the step is done when that is ordered.",
    ),
    Key::optional(
        "rotate_key",
        Value::Name,
        "none: the step says what else it does",
        "The `key_rotation` channel that brings a new key; every token signed with the old one is revoked.",
    ),
    Key::optional(
        "redeploy",
        Value::Name,
        "none: the step says what else it does",
        "The channel that it sets in motion, which a revocation alone does not, for every revocation so far.",
    ),
    Key::optional(
        "purge",
        Value::Name,
        "none: the step says what else it does",
        "The shared cache that it empties, or the verifier whose own caches, of answers or responses, it empties.",
    ),
    Key::optional(
        "close_connections",
        Value::Name,
        "none: the step says what else it does",
        "The verifier whose open connections it closes; answers under way run on, and the attacker may try to open another.",
    ),
    Key::optional(
        "push",
        Value::Name,
        "none: the step says what else it does",
        "The channel on which it sends the news of every revocation so far once more.",
    ),
    Key::optional(
        "block_network",
        Value::Form("`all` or a share"),
        "none: the step says what else it does",
        "The share of the attacker's requests that it refuses by where they come from.",
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
    Key::optional(
        "reaches",
        Value::OneOf(&["all", "one_replica"]),
        "all",
        "Whether a purge reaches every replica of a verifier, or only the one that the load balancer picks.",
    ),
    Key::optional(
        "order",
        Value::OneOf(&["revoke_first", "rotate_first"]),
        "revoke_first",
        "Whether the old value is made invalid before its copies are replaced, or once all known ones are.",
    ),
    Key::optional(
        "workers",
        Value::Count,
        "each owner sees to its own",
        "People who replace copies, one after the other, as they come.",
    ),
    Key::optional(
        "longest",
        Value::Duration,
        "for ever",
        "With `rotate_first`: how long the old value stays valid at most, whatever is not replaced by then.",
    ),
    Key::optional("takes", Value::Law, "0s", "How long one attempt takes."),
    Key::optional("succeeds", Value::Share, "100%", "Probability that an attempt is carried out at all."),
    Key::optional("retries", Value::Count, "0", "Further attempts after a failed or refused one."),
];

const IN_ORDER: [Key; 1] = [Key::optional(
    "in_order",
    Value::SectionOrList(&STEP_KEYS),
    "none: it is a step",
    "Steps one after the other, beside the rest of the block.",
)];

/// Settings of a step within a block of steps that begin at once.
const BRANCH_KEYS: [Key; 19] = joined(&STEP_KEYS, &IN_ORDER);

const AT_ONCE: [Key; 1] = [Key::optional(
    "at_once",
    Value::SectionOrList(&BRANCH_KEYS),
    "none: it is a step",
    "Steps that begin at once; what follows waits for all of them.",
)];

/// Settings of a step of the playbook, or of a block.
pub const KEYS: [Key; 19] = joined(&STEP_KEYS, &AT_ONCE);

/// What steps speak of, as far as it could be read.
#[derive(Clone, Copy)]
pub struct Premises<'a> {
    /// Credentials.
    pub credentials: &'a [Option<Credential>],
    /// Issuers.
    pub issuers: &'a [Issuer],
    /// Verifiers.
    pub verifiers: &'a [Option<Verifier>],
    /// Caches.
    pub caches: &'a [Option<Cache>],
    /// Channels.
    pub channels: &'a [Option<NamedChannel>],
    /// Credentials of which copies are described.
    pub copied: &'a [CredentialId],
}

/// Reads the playbook; nothing if a step is at fault.
pub fn read(reader: &mut Reader<'_>, premises: Premises<'_>, parts: &mut Parts) -> Option<Vec<Step>> {
    let nodes = reader.one_or_many("playbook", MOST_STEPS);
    let mut writing = Writing { premises, parts, steps: Vec::new(), whole: true };
    let mut after = Vec::new();
    for node in &nodes {
        after = writing.block(node, after, reader.context());
    }
    let (whole, count) = (writing.whole, writing.steps.len());
    let steps: Option<Vec<Step>> = writing.steps.into_iter().collect();
    if count > MOST_STEPS {
        let message = format!("the playbook has {count} steps in all and at most {MOST_STEPS} are allowed");
        reader.wrong("playbook", &message, "leave some out");
        return None;
    }
    steps.filter(|steps| whole && !steps.is_empty())
}

/// A playbook as it is written.
struct Writing<'a> {
    premises: Premises<'a>,
    parts: &'a mut Parts,
    steps: Vec<Option<Step>>,
    whole: bool,
}

impl Writing<'_> {
    /// Reads a step or a block that comes after some steps, and gives those that what follows must wait for.
    fn block(&mut self, node: &Node, after: Vec<u16>, context: &mut Context) -> Vec<u16> {
        let what = "a step of the playbook";
        let Some(mut reader) = Reader::open(node, node.head(), what, &[&KEYS], context) else { return self.fault() };
        if !reader.has("at_once") {
            return self.step(&mut reader, after);
        }
        self.nothing_beside(&mut reader, "at_once");
        let mut ends = Vec::new();
        for branch in reader.one_or_many("at_once", MOST_STEPS) {
            ends.extend(self.branch(branch, after.clone(), reader.context()));
        }
        ends
    }

    fn branch(&mut self, node: &Node, after: Vec<u16>, context: &mut Context) -> Vec<u16> {
        let what = "a step of `at_once`";
        let Some(mut reader) = Reader::open(node, node.head(), what, &[&BRANCH_KEYS], context) else {
            return self.fault();
        };
        if !reader.has("in_order") {
            return self.step(&mut reader, after);
        }
        self.nothing_beside(&mut reader, "in_order");
        let mut after = after;
        for node in reader.one_or_many("in_order", MOST_STEPS) {
            let what = "a step of `in_order`";
            after = match Reader::open(node, node.head(), what, &[&STEP_KEYS], reader.context()) {
                Some(mut inner) => self.step(&mut inner, after),
                None => self.fault(),
            };
        }
        after
    }

    fn fault(&mut self) -> Vec<u16> {
        self.whole = false;
        Vec::new()
    }

    fn nothing_beside(&mut self, reader: &mut Reader<'_>, block: &str) {
        for key in STEP_KEYS.iter().filter(|key| reader.has(key.name)).map(|key| key.name).collect::<Vec<_>>() {
            reader.without_effect(key, &format!("a block has only `{block}`; give each of its steps what it needs"));
            self.whole = false;
        }
    }

    fn step(&mut self, reader: &mut Reader<'_>, after: Vec<u16>) -> Vec<u16> {
        let takes = reader.law("takes").unwrap_or(Law::ZERO);
        let succeeds = reader.share("succeeds").unwrap_or(Share::ALL);
        let retries = reader.count("retries", 0..=1_000).unwrap_or(0) as u32;
        let does = self.does(reader, &after);
        if let Some(does) = &does
            && retries > 0
            && succeeds == Share::ALL
            && !self.may_be_refused(does)
        {
            reader.without_effect(
                "retries",
                "an attempt never fails; say with `succeeds`, or with `refuses` at the issuer, how often it does",
            );
        }
        if succeeds == Share::NONE {
            reader.wrong("succeeds", "the step can never be carried out", "write a share above 0%, or remove the step");
        }
        let number = self.steps.len() as u16;
        self.steps.push(does.map(|does| Step { does, takes, succeeds, retries, after }));
        vec![number]
    }

    fn may_be_refused(&self, does: &Does) -> bool {
        let (Does::Revoke(revoking) | Does::Replace(Replacing { revoking, .. })) = does else { return false };
        let credential = self.premises.credentials[revoking.credential.index()].as_ref();
        let issuer = credential.and_then(|credential| credential.issuer);
        issuer.is_some_and(|issuer| self.premises.issuers[issuer.index()].refuses > Share::NONE)
    }

    /// What a step does; none after a fault.
    fn does(&mut self, reader: &mut Reader<'_>, after: &[u16]) -> Option<Does> {
        let deed = deed(reader)?;
        let only_with = [
            ("reach", "revoke"),
            ("reaches", "purge"),
            ("order", "replace"),
            ("workers", "replace"),
            ("longest", "replace"),
        ];
        for (key, wanted) in only_with.into_iter().filter(|(_, wanted)| *wanted != deed) {
            let help = match (key, deed) {
                ("reach", "disable_subject") => {
                    "`disable_subject` always reaches the whole subject; remove it".to_owned()
                }
                _ => format!("it is a setting of `{wanted}`; remove it"),
            };
            reader.none_have_effect(&[key], &help);
        }
        match deed {
            "purge" => self.purge(reader),
            "close_connections" => self.close_connections(reader),
            "push" => self.push(reader, after),
            "replace" => self.replace(reader),
            "rotate_key" => self.rotate_key(reader),
            "redeploy" => self.redeploy(reader, after),
            "block_network" => reader.parsed("block_network", blocked).map(Does::BlockNetwork),
            _ => self.revoke(reader, deed),
        }
    }

    fn revoke(&mut self, reader: &mut Reader<'_>, deed: &str) -> Option<Does> {
        let named = reader.name(deed);
        let credential = named.and_then(|name| self.parts.credentials.find(name, reader.context()));
        let reach = reader.one_of("reach");
        if reach == Some("grant") {
            self.has_a_grant(reader, credential);
        }
        let retention = retention(reader, reach);
        let (trigger, reach) = match (deed, reach) {
            ("disable_subject", _) => (Trigger::DisableSubject, Reach::Subject),
            (_, Some("subject")) => (Trigger::Revoke, Reach::Subject),
            (_, Some("grant")) => (Trigger::Revoke, Reach::Grant),
            (_, Some("issued_before")) => (Trigger::Revoke, Reach::IssuedBefore),
            _ => (Trigger::Revoke, Reach::Credential),
        };
        Some(Does::Revoke(Revoking { trigger, credential: CredentialId::at(credential?), reach, retention }))
    }

    /// Reports a grant that is nothing but the credential itself.
    fn has_a_grant(&self, reader: &mut Reader<'_>, credential: Option<usize>) {
        let credentials = self.premises.credentials;
        let Some(at) = credential.filter(|_| credentials.iter().all(Option::is_some)) else { return };
        let from = |one: &Credential| one.derived.as_ref().map(|edge| edge.from.index());
        let derived = credentials[at].as_ref().is_some_and(|one| from(one).is_some());
        if !derived && !credentials.iter().flatten().any(|one| from(one) == Some(at)) {
            let help =
                "nothing is derived from it, nor is it derived; write `credential`, or add a credential with `from`";
            reader.without_effect("reach", help);
        }
    }

    fn purge(&mut self, reader: &mut Reader<'_>) -> Option<Does> {
        let name = reader.name("purge")?;
        let one = reader.one_of("reaches") == Some("one_replica");
        let reaches = if one { PurgeReach::OneReplica } else { PurgeReach::All };
        if let Some(at) = self.parts.caches.position(name.text) {
            self.parts.caches.mark_used(at);
            if one {
                reader.without_effect("reaches", "a shared cache has one instance; remove it");
            }
            return Some(Does::Purge { what: Purged::Shared(CacheId::at(at)), reaches });
        }
        let Some(at) = self.parts.verifiers.position(name.text) else {
            let help = format!(
                "among verifiers: {}; among caches: {}",
                self.parts.verifiers.remedy(name.text),
                self.parts.caches.remedy(name.text)
            );
            reader.context().fault(name.place, format!("there is no verifier or cache `{}`", name.text), help);
            return None;
        };
        // A verifier at fault holds back: whether it remembers anything is not known.
        let verifier = self.premises.verifiers[at].as_ref()?;
        if !self.remembers(verifier) {
            let message = format!("`{}` has no cache of its own that could be emptied", name.text);
            reader.context().fault(name.place, message, "name a verifier with a `cache`, or a cache under `caches`");
            return None;
        }
        if one && verifier.replicas == 1 {
            reader.without_effect("reaches", "there is one replica only; remove it");
        }
        Some(Does::Purge { what: Purged::Own(VerifierId::at(at)), reaches })
    }

    fn remembers(&self, verifier: &Verifier) -> bool {
        if verifier.responses.is_some() {
            return true;
        }
        let Check::Asks(asks) = &verifier.check else { return false };
        asks.tiers.iter().any(|tier| {
            let cache = self.premises.caches[tier.index()].as_ref();
            cache.is_none_or(|cache| cache.placement != Placement::Shared && cache.ttl != Ttl::Disabled)
        })
    }

    fn close_connections(&mut self, reader: &mut Reader<'_>) -> Option<Does> {
        let name = reader.name("close_connections")?;
        let at = self.parts.verifiers.find(name, reader.context())?;
        if self.premises.verifiers[at].as_ref()?.connections.is_none() {
            let message = format!("`{}` keeps no connections that could be closed", name.text);
            let help = "say with `connections` at the verifier how it keeps them, or remove the step";
            reader.context().fault(name.place, message, help);
            return None;
        }
        Some(Does::CloseConnections(VerifierId::at(at)))
    }

    fn push(&mut self, reader: &mut Reader<'_>, after: &[u16]) -> Option<Does> {
        let name = reader.name("push")?;
        let at = self.parts.channels.find(name, reader.context())?;
        let channel = self.premises.channels[at].as_ref()?;
        if !channel.channel.sends() {
            let message = format!(
                "`{}` is a `{}`, which listeners read or ask: nothing is sent",
                name.text,
                channel.channel.kind().name
            );
            reader.context().fault(name.place, message, "push a channel that sends its news, or remove the step");
            return None;
        }
        if !self.before(after).any(|step| step.revokes().is_some_and(|r| channel.carries.contains(&r.trigger))) {
            let message = format!("no step before this one makes news that `{}` carries", name.text);
            reader.context().fault(name.place, message, "put a step that revokes before it, or remove the step");
            return None;
        }
        Some(Does::Push(ChannelId::at(at)))
    }

    fn replace(&mut self, reader: &mut Reader<'_>) -> Option<Does> {
        let name = reader.name("replace")?;
        let credential = CredentialId::at(self.parts.credentials.find(name, reader.context())?);
        let rotate = reader.one_of("order") == Some("rotate_first");
        let order = if rotate { ReplaceOrder::RotateFirst } else { ReplaceOrder::RevokeFirst };
        let workers = reader.count("workers", 1..=1_000).map(|count| count as u16);
        let longest = reader.positive_duration("longest");
        if !rotate {
            reader.none_have_effect(&["longest"], "the old value is not kept; write `order: rotate_first`");
        }
        let copied = self.premises.copied.contains(&credential);
        let compared = self.premises.credentials[credential.index()].as_ref().is_some_and(|settings| {
            let handed = |verifier: &Verifier| {
                verifier.accepts.contains(&credential) && verifier.hears.iter().any(|h| h.action == Action::Replace)
            };
            settings.issuer.is_none() && self.premises.verifiers.iter().flatten().any(handed)
        });
        if !copied {
            let help = format!("no copy of `{}` is described; add it under `copies`, or remove it", name.text);
            reader.none_have_effect(&["workers"], &help);
            if !compared {
                reader.none_have_effect(&["order", "longest"], &help);
            }
        }
        let issued = self.premises.credentials[credential.index()].as_ref().is_none_or(|one| one.issuer.is_some());
        if !copied && !compared && !issued {
            let message = format!("nobody holds `{}` who could be given a new value", name.text);
            let help = "add its copies under `copies`, or let verifiers hear a channel with `replace`";
            reader.context().fault(name.place, message, help);
        }
        let revoking = Revoking { trigger: Trigger::Revoke, credential, reach: Reach::Credential, retention: None };
        Some(Does::Replace(Replacing { revoking, order, workers, longest }))
    }

    fn rotate_key(&mut self, reader: &mut Reader<'_>) -> Option<Does> {
        let name = reader.name("rotate_key")?;
        let at = self.parts.channels.find(name, reader.context())?;
        let channel = self.premises.channels[at].as_ref()?;
        if !matches!(channel.channel.brings(), Brings::Keys { .. }) {
            let message = format!("`{}` is a `{}`, which brings no keys", name.text, channel.channel.kind().name);
            reader.context().fault(name.place, message, "name a channel of kind `key_rotation`");
            return None;
        }
        let signed = |credential: &Credential| {
            credential.kind == CredentialKind::SelfContained && credential.issuer == channel.from
        };
        if !self.premises.credentials.iter().all(|one| one.as_ref().is_none_or(signed))
            && !self.premises.credentials.iter().flatten().any(signed)
        {
            let message = format!("no credential is signed with the key that `{}` brings", name.text);
            reader.context().fault(name.place, message, "name the issuer of a `self_contained` credential with `from`");
        }
        Some(Does::RotateKey(ChannelId::at(at)))
    }

    fn redeploy(&mut self, reader: &mut Reader<'_>, after: &[u16]) -> Option<Does> {
        let name = reader.name("redeploy")?;
        let at = self.parts.channels.find(name, reader.context())?;
        let channel = self.premises.channels[at].as_ref()?;
        if channel.channel.starts_by_itself() || channel.channel.brings() != Brings::Values {
            let message = format!("`{}` is a `{}`, which is not rolled out", name.text, channel.channel.kind().name);
            reader.context().fault(name.place, message, "name a channel that only a step sets in motion");
            return None;
        }
        if !self.before(after).any(|step| step.revokes().is_some()) {
            let message = format!("no step before this one makes anything for `{}` to bring", name.text);
            reader.context().fault(name.place, message, "put a step that revokes or replaces before it");
            return None;
        }
        Some(Does::Redeploy(ChannelId::at(at)))
    }

    /// The steps that are done before whatever comes after these; one at fault may be anything.
    fn before(&self, after: &[u16]) -> impl Iterator<Item = &Step> {
        let mut known = vec![false; self.steps.len()];
        let mut open = after.to_vec();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut known[at as usize], true) {
                open.extend(self.steps[at as usize].iter().flat_map(|step| &step.after));
            }
        }
        self.steps.iter().zip(known).filter(|(_, known)| *known).filter_map(|(step, _)| step.as_ref())
    }
}

fn blocked(text: &str) -> Result<Share, String> {
    let share = if text == "all" { Share::ALL } else { Share::parse(text)? };
    if share == Share::NONE {
        return Err("a block of nothing has no effect; write `all` or a share above 0%".into());
    }
    Ok(share)
}

/// The key that says what the step does.
fn deed(reader: &mut Reader<'_>) -> Option<&'static str> {
    let given: Vec<&'static str> = DEEDS.into_iter().filter(|deed| reader.has(deed)).collect();
    match given[..] {
        [deed] => Some(deed),
        ["revoke", "disable_subject"] => {
            reader.wrong("disable_subject", "a step revokes or disables a subject, not both", "make two steps of it");
            None
        }
        [first, second, ..] => {
            let message = format!("a step does one thing, and this one says `{first}` and `{second}`");
            reader.wrong(second, &message, "make two steps of it");
            None
        }
        [] => {
            let place = reader.place();
            reader.context().fault(
                place,
                "the step does not say what it does",
                "add `revoke: CREDENTIAL`, `disable_subject: CREDENTIAL` or another deed of a step",
            );
            None
        }
    }
}
/// How long a cut-off is remembered.
fn retention(reader: &mut Reader<'_>, reach: Option<&str>) -> Option<Span> {
    if reach != Some("issued_before") {
        let help = "only a cut-off is forgotten; set `reach: issued_before`, or remove it";
        reader.none_have_effect(&["retention"], help);
        return None;
    }
    reader.positive_duration("retention")
}
