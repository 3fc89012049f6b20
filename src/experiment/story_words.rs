//! Words of a story: what held a door open, what shut it, and moments as a reader counts them.

use super::attribution;
use crate::model::channel::contract::Arrival;
use crate::model::defender::{Does, Purged, Revoking, Trigger};
use crate::model::id::{ChannelId, VerifierId};
use crate::model::ledger::{ClosedBy, HeldOpenBy};
use crate::model::system::System;
use crate::model::tape::{Attempted, Entry, Scene, Tape};
use crate::model::verifier::{Action, Check};
use crate::report::phrase;
use crate::units::time::{Moment, Span};

/// A moment in seconds since the exposure.
pub fn seconds(at: Moment) -> f64 {
    at.since(Moment::ZERO).seconds()
}

/// A moment counted from the turning point, if there is one: `48s before`, `4m 12s after`.
pub fn relative(at: Moment, turning_point: Option<Moment>, name: &str) -> String {
    let Some(zero) = turning_point else { return format!("{} after the exposure", length(at, Moment::ZERO)) };
    match at.cmp(&zero) {
        std::cmp::Ordering::Less => format!("{} before the {name}", length(zero, at)),
        std::cmp::Ordering::Equal => format!("at the {name}"),
        std::cmp::Ordering::Greater => format!("{} after the {name}", length(at, zero)),
    }
}

/// The time from one moment to a later one.
pub fn length(later: Moment, earlier: Moment) -> String {
    Span::human(later.since(earlier))
}

/// What held a door open, and where: the word of a record, and what it means in the trial of a tape.
pub fn held((by, at): (HeldOpenBy, Option<VerifierId>), system: &System, tape: &Tape) -> String {
    let means = match by {
        HeldOpenBy::Nothing => return "nothing".into(),
        HeldOpenBy::NoCheck => "nothing is checked there",
        HeldOpenBy::CredentialLifetime => "only the credential itself is looked at",
        HeldOpenBy::NotRevoked => "nobody had revoked it",
        HeldOpenBy::Cache => "a fresh entry",
        HeldOpenBy::StaleWhileRevalidate => "a stale entry, served while it is fetched anew",
        HeldOpenBy::StaleOnOutage => "a stale entry, served while the issuer cannot be asked",
        HeldOpenBy::AnswerInFlight => "an acceptance from before the revocation, on its way",
        HeldOpenBy::FailOpen => "whom the issuer gives no answer about is let in",
        HeldOpenBy::ReadLag => "a read replica of the issuer that had not heard of it",
        HeldOpenBy::IneffectiveRevocation => "the issuer recorded the revocation and changed nothing",
        HeldOpenBy::DenyListGap => "no list named it, or no news had come",
        HeldOpenBy::OpenConnection => "a connection that was opened before",
        HeldOpenBy::ResponseCache => "a response that is served without a check",
        HeldOpenBy::DerivedCredential => derived(at, system, tape),
        HeldOpenBy::IssuanceGrace => "what was just issued is not asked about",
        HeldOpenBy::ForgottenCutOff => "the issuer has forgotten the cut-off",
        HeldOpenBy::Copy => "a copy of the old value that has not been replaced there",
        HeldOpenBy::UndoneRevocation => "the attacker has undone the revocation",
    };
    format!("{} ({means})", by.name())
}

/// What a derived credential is that held a door open at a verifier.
fn derived(at: Option<VerifierId>, system: &System, tape: &Tape) -> &'static str {
    let verifier = at.map(|id| &system.verifiers[id.index()]);
    let taken = system.attacker.mints.iter().map(|minting| minting.credential);
    let taken = taken.filter(|id| verifier.is_none_or(|verifier| verifier.accepts.contains(id)));
    // Whether all of its instances are revoked: it was, and none was minted since.
    let revoked = |id: u16| {
        let scenes = tape.scenes.iter().map(|(at, scene)| (*at, scene));
        let ended = |scene: &Scene| match scene {
            Scene::Attempted { end: Attempted::Recorded { changed, .. }, .. } => changed.contains(&id),
            _ => false,
        };
        let last = scenes.clone().filter(|(_, scene)| ended(scene)).map(|(at, _)| at).max()?;
        Some(!scenes.clone().any(|(at, scene)| at >= last && *scene == Scene::Minted(id)))
    };
    let revoked: Vec<Option<bool>> = taken.map(|id| revoked(id.0)).collect();
    let looks_itself = verifier.is_some_and(|verifier| verifier.check == Check::Itself);
    if revoked.iter().all(Option::is_none) {
        "a credential derived from it that nothing has revoked"
    } else if looks_itself && revoked.iter().all(|one| *one == Some(true)) {
        "a derived one that was revoked, but nobody told the verifier"
    } else {
        "a credential derived from it, still good there"
    }
}

/// What shut a door: the word of a record, and what it means.
pub fn closed(by: ClosedBy, system: &System) -> String {
    let word = attribution::closed_by(by, system);
    let means = match by {
        ClosedBy::Nothing => return word,
        ClosedBy::Revocation => "the issuer says no from then on".to_owned(),
        ClosedBy::TimeToLive => "the entry ended".into(),
        ClosedBy::CredentialExpiry => "the credential ended".into(),
        ClosedBy::ReadReplica => "the last read replica caught up".into(),
        ClosedBy::FreshAnswer => "the issuer answered anew".into(),
        ClosedBy::Recovery => "the outage ended".into(),
        ClosedBy::List => "a list says no".into(),
        ClosedBy::Restart => "what was kept there was lost".into(),
        ClosedBy::ConnectionAge => "the connection reached its greatest age".into(),
        ClosedBy::Recheck => "the connection was looked at again".into(),
        ClosedBy::ClosedConnections => "the connection was closed".into(),
        ClosedBy::Purge => "the entry was purged".into(),
        ClosedBy::NetworkBlock => "the attacker's network was blocked".into(),
        ClosedBy::Replacement => "the old value was replaced".into(),
        ClosedBy::Channel(number) => format!("news by {}", system.channels[number as usize].name),
    };
    format!("{word} ({means})")
}

/// The entry that held a door, with its age at the turning point. What is put in within a second of its answer is the
/// answer itself; later it was copied from another cache.
pub fn entry(entry: &Entry, system: &System, turning_point: Option<Moment>, name: &str) -> String {
    let cache = &system.caches[entry.cache.index()].name;
    let replica = entry.replica.map_or(String::new(), |replica| format!(", replica {}", replica + 1));
    let answered = relative(entry.answered_at, turning_point, name);
    let copied = if entry.loaded_at.since(entry.answered_at) >= Span::SECOND {
        format!(", copied {}", relative(entry.loaded_at, turning_point, name))
    } else {
        String::new()
    };
    format!("entry of {cache}{replica}, answered {answered}{copied}")
}

/// What a step of the playbook does.
pub fn deed(does: &Does, system: &System) -> String {
    let credential = |revoking: &Revoking| &system.credentials[revoking.credential.index()];
    let channel = |id: &ChannelId| &system.channels[id.index()].name;
    match does {
        Does::Revoke(revoking) => match revoking.trigger {
            Trigger::Revoke => format!("revoke {}", credential(revoking).name),
            Trigger::DisableSubject => format!("disable {}", credential(revoking).subject),
        },
        Does::Purge { what: Purged::Shared(cache), .. } => format!("purge {}", system.caches[cache.index()].name),
        Does::Purge { what: Purged::Own(verifier), .. } => format!("purge {}", system.verifiers[verifier.index()].name),
        Does::CloseConnections(id) => format!("close connections at {}", system.verifiers[id.index()].name),
        Does::Push(id) => format!("push again on {}", channel(id)),
        Does::BlockNetwork(_) => "block the network".into(),
        Does::Replace(replacing) => format!("replace {}", credential(&replacing.revoking).name),
        Does::RotateKey(id) => format!("rotate the key that {} brings", channel(id)),
        Does::Redeploy(id) => format!("redeploy by {}", channel(id)),
    }
}

/// What a verifier does when something arrives.
pub fn reaction(what: Arrival, action: Action) -> &'static str {
    match (what, action) {
        (Arrival::Forgotten, _) => "loses what it was told",
        (Arrival::Blocked, _) => "has no valid list any more and rejects everything",
        (Arrival::Unblocked, _) => "has a valid list again",
        (Arrival::News, Action::Evict) => "forgets its entry",
        (Arrival::News, Action::Deny(_)) => "denies it from now on",
        (Arrival::News, Action::Refetch) => "asks the issuer anew",
        (Arrival::News, Action::Close) => "closes connections",
        (Arrival::News, Action::Replace) => "takes the new value",
    }
}

/// A count with its noun: `1 replay`, `412 replays`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", phrase::count(n), if n == 1 { one } else { many })
}

/// Names in a row, at most four of them: `a, b, c, d and 3 more`.
pub fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const MOST: usize = 4;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len().checked_sub(MOST) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..MOST].join(", ")),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_before_and_after_the_revocation() {
        let at = |seconds: i64| Moment::from_nanos(seconds * 1_000_000_000);
        let told = |seconds| relative(at(seconds), Some(at(100)), "revocation");
        assert_eq!(told(52), "48s before the revocation");
        assert_eq!(told(352), "4m 12s after the revocation");
        assert_eq!(told(100), "at the revocation");
        assert_eq!(relative(at(52), None, "revocation"), "52s after the exposure");
    }

    #[test]
    fn many_names_are_cut_with_their_number() {
        assert_eq!(names(["a", "b", "c", "d"]), "a, b, c, d");
        assert_eq!(names(["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 more");
        assert_eq!(count(1, "replay", "replays"), "1 replay");
    }
}
