//! How long an attacker's connection can outlast the last presentation that was accepted: its part of the bound.

use super::id::VerifierId;
use super::system::System;
use super::verifier::Check;
use crate::units::time::Span;

/// The latest end, from the revocation on, of a connection over `verifiers` that is opened by a presentation before
/// `presented`, with what makes it up; `rejects` says from when on a verifier surely rejects.
///
/// # Errors
/// If there is none: why.
pub fn latest_end(
    system: &System,
    verifiers: &[VerifierId],
    presented: Span,
    rejects: impl Fn(VerifierId) -> Option<Span>,
) -> Result<(Span, String), String> {
    let opened = presented + slowest_answer(system, verifiers).ok_or("its answers can be late without limit")?;
    let mut best: Option<(Span, String)> = None;
    let mut offer = |end: Span, because: String| {
        if best.as_ref().is_none_or(|(sooner, _)| end < *sooner) {
            best = Some((end, because));
        }
    };
    let mut keepers = String::new();
    for id in verifiers {
        let verifier = &system.verifiers[id.index()];
        let Some(kept) = &verifier.connections else { continue };
        keepers.clone_from(&verifier.name);
        if let Some(age) = kept.max_age {
            offer(opened + age, format!("{} keeps a connection for at most {}", verifier.name, age.exact()));
        }
        if let (Some(every), Some(runs_on), Some(last), Some(answers)) =
            (kept.recheck, kept.answer.max(), rejects(*id), slowest_answer(system, &[*id]))
        {
            let end = opened.max(last) + every + answers + runs_on;
            offer(end, format!("{} looks at a connection every {}", verifier.name, every.exact()));
        }
    }
    best.ok_or_else(|| format!("{keepers} keeps connections open without limit"))
}

/// How long after its presentation a request over some verifiers can be answered; none without limit.
pub fn slowest_answer(system: &System, verifiers: &[VerifierId]) -> Option<Span> {
    let recorded = system.recordings().flat_map(|trace| trace.requests().filter_map(|request| request.latency));
    let recorded = recorded.max().unwrap_or(Span::ZERO);
    verifiers.iter().try_fold(Span::ZERO, |sum, id| match &system.verifiers[id.index()].check {
        Check::Asks(asks) => {
            let waits = system.issuers[asks.issuer.index()].capacity.as_ref().map_or(Span::ZERO, |capacity| {
                Span::from_nanos(capacity.timeout.nanos().saturating_mul(i64::from(capacity.retries) + 1))
            });
            Some(sum + asks.request_leg.max()? + asks.response_leg.max()? + recorded + waits)
        }
        Check::Nothing | Check::Itself => Some(sum),
    })
}
