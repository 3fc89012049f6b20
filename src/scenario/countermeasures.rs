//! Settings of the defence that are each right and cannot stand together, or beside those of the attacker.

use crate::model::attacker::Attacker;
use crate::model::cache::{Cache, ClockPhase};
use crate::model::defender::{Defender, Detects, Does, Step};
use crate::model::fault::{Fault, When};
use crate::model::verifier::{LooksAt, Verifier};
use crate::model::workload::{Trace, TraceOrigin};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::Span;

/// A defender who is never done before a trial is given up.
pub fn nobody_ever_revokes(defender: Option<&Defender>, give_up_after: Span, top: &mut Reader<'_>) {
    let Some(defender) = defender else { return };
    if !defender.playbook.iter().any(invalidates) {
        top.wrong("defender", "no step of the playbook revokes anything", "add a step with `revoke: CREDENTIAL`");
        return;
    }
    if never_acts(defender) || least_to_revoke(defender).is_none() {
        let message = "no trial is ever revoked: one of the delays of the defender never ends";
        top.wrong("defender", message, "give it a law of which some delays end");
        return;
    }
    if let Some(least) = least_to_revoke(defender)
        && least >= give_up_after
    {
        let message = format!(
            "no trial is ever revoked: the defender needs at least {least}, and trials are given up after {give_up_after}"
        );
        top.wrong("give_up_after", &message, "make `give_up_after` longer");
    }
}

/// Whether a step makes a credential invalid.
fn invalidates(step: &Step) -> bool {
    step.revokes().is_some() || matches!(step.does, Does::RotateKey(_))
}

fn never_acts(defender: &Defender) -> bool {
    let signal = match &defender.detects {
        Detects::After(_) => None,
        Detects::Canary { takes, .. } | Detects::Requests { takes, .. } => Some(takes),
    };
    let never = |law: &crate::random::law::Law| law.share_never() == Share::ALL;
    let unknown = never(defender.detects.otherwise()) && signal.is_none_or(never);
    let undetected = unknown || defender.misses == Share::ALL;
    undetected && defender.false_alarms.is_none() || never(&defender.triages) || never(&defender.approves)
}

/// The least time from exposure to a revocation; none if no step that revokes ever ends.
fn least_to_revoke(defender: &Defender) -> Option<Span> {
    let mut ends: Vec<Option<Span>> = Vec::new();
    let decided = defender.least_time_to_act();
    for step in &defender.playbook {
        let before = step.after.iter().map(|step| ends[*step as usize]).collect::<Option<Vec<_>>>();
        let begins = before.map(|before| before.into_iter().max().unwrap_or(decided));
        let takes = (step.takes.share_never() < Share::ALL).then(|| step.takes.min());
        ends.push(begins.zip(takes).map(|(begins, takes)| begins + takes));
    }
    let revoking = defender.playbook.iter().zip(ends).filter(|(step, _)| invalidates(step));
    revoking.filter_map(|(_, end)| end).min()
}

/// What depends on the moment of revocation before it, where that is only known once a request has told.
pub fn not_known_beforehand(
    defender: Option<&Defender>,
    caches: &[Option<Cache>],
    faults: &[Option<Fault>],
    recordings: &[&Trace],
    top: &mut Reader<'_>,
) {
    if !defender.is_some_and(|defender| defender.detects.depends_on_traffic()) {
        return;
    }
    let why = "a request of the attacker decides when it is revoked, so that nothing can be set by it beforehand";
    let set_by_it = |cache: &Cache| matches!(cache.clock, ClockPhase::AtRevocation(_));
    if caches.iter().flatten().any(set_by_it) {
        top.wrong("defender", &format!("a clock is set `at revocation`, and {why}"), "set the clock `at start`");
    }
    let before = |fault: &Fault| matches!(fault.when, When::FromRevocation { from, .. } if from < Span::ZERO);
    for fault in faults.iter().flatten().filter(|fault| before(fault)) {
        let message = format!("fault `{}` begins before the revocation, and {why}", fault.name);
        top.wrong("faults", &message, "let it begin after the revocation, or at a time from the start");
    }
    if recordings.iter().any(|trace| trace.origin == TraceOrigin::Revocation) {
        let message = format!("a recording is counted from the revocation, and {why}");
        top.wrong("attacker", &message, "count it from the start, or let a law say when it is detected");
    }
}

/// A change of address where no network is blocked, and a block that everybody gets round.
pub fn blocks_without_effect(defender: Option<&Defender>, attacker: Option<&Attacker>, top: &mut Reader<'_>) {
    let (Some(defender), Some(attacker)) = (defender, attacker) else { return };
    let blocks = defender.playbook.iter().any(|step| matches!(step.does, Does::BlockNetwork(_)));
    if !blocks && attacker.changes_address > Share::NONE {
        let help = "no step blocks a network; add one with `block_network`, or remove it";
        top.wrong("attacker", "`changes_address` has no effect", help);
    }
    if blocks && attacker.changes_address == Share::ALL {
        let message = "`block_network` has no effect: the attacker always comes from elsewhere by then";
        top.wrong("defender", message, "remove the step, or let `changes_address` be below 100%");
    }
}

/// What an attacker would be taken for where nobody looks.
pub fn looks_without_effect(attacker: Option<&Attacker>, verifiers: &[Option<Verifier>], top: &mut Reader<'_>) {
    let Some(attacker) = attacker else { return };
    let looks = |at: fn(LooksAt) -> bool| verifiers.iter().any(|one| one.as_ref().is_none_or(|one| at(one.looks_at)));
    for (key, kind, share, looked_at) in [
        ("inside", "network", attacker.inside, looks(|looks| looks.network)),
        ("imitates", "request", attacker.imitates, looks(|looks| looks.request)),
    ] {
        if share > Share::NONE && !looked_at {
            let message = format!("`{key}` has no effect: no verifier looks at the {kind}");
            top.wrong("attacker", &message, &format!("add `checks_context: {kind}` at a verifier, or remove it"));
        }
    }
}
