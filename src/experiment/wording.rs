//! What a record says of its own method and limits, in words that do not depend on the result.

use super::attribution::MOST_KEPT;
use crate::model::bound::Bound;
use crate::model::fault::{Fault, When};
use crate::model::play::beginning::dealt::DealtOut;
use crate::model::play::beginning::standing::Standing;
use crate::model::play::compiled::plan::Plan;
use crate::model::play::trial::Engine;
use crate::model::questions::roughly;
use crate::model::system::{PeakLoad, Start, System};
use crate::model::verifier::OutagePolicy;
use crate::report::phrase;
use crate::scenario::like::FigureInUse;
use crate::scenario::preset::Confidence;

/// How the numbers were made.
pub fn method(engine: Engine) -> Vec<String> {
    let requests = match engine {
        Engine::Auto => "requests from which nothing follows are skipped and counted, all others are events",
        Engine::EveryRequest => "every request an event",
    };
    let simulation = format!(
        "Discrete-event simulation, {requests}; time in whole nanoseconds; ChaCha8 streams addressed by seed, trial, purpose and entity."
    );
    let rest = [
        "Quantiles: order statistics with exact binomial intervals (95 %). Shares: Clopper-Pearson. Means: t intervals. Curves: Dvoretzky-Kiefer-Wolfowitz band with Massart's constant.",
        "Durations whose limit differs per trial: Kaplan-Meier, which assumes that the limit says nothing about the outcome.",
        "Objectives: Bonferroni over the objectives of the file; a verdict only where the whole interval lies on one side of the limit.",
        "Containment is structural: the last instant at which one hypothetical presentation would still have been accepted, given the traffic of the trial.",
    ];
    std::iter::once(simulation).chain(rest.map(str::to_owned)).collect()
}

/// What no record of a simulation shows.
pub fn does_not_prove() -> Vec<String> {
    [
        "That the verifiers, caches and channels of the scenario are all there are, or are set as described.",
        "That the parameters are right: a figure of a vendor or an assumption is only as good as its source.",
        "That nobody else holds a copy of the credential.",
        "Operating effectiveness: a simulation is not a test of the real system.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What a reader must know before using a number, from how the system is described.
pub fn warnings_of_system(plan: &Plan<'_>, bounds: &[Bound]) -> Vec<String> {
    let mut warnings = Vec::new();
    let standing = Standing::of(plan);
    if standing.dealt.iter().any(DealtOut::is_cut_short) {
        warnings.push("more than 34 caches are filled in turn, and start as in a system that has not run for long: in the long run times to contain are somewhat shorter (5 % on average with 100 replicas)".into());
    }
    if standing.shortened {
        warnings.push("the warm-up of standing traffic was shortened to keep its cost within bounds; a lower lawful rate, a shorter TTL, or a shorter queue or timeout at an issuer restores it".into());
    }
    if reopens_by_hazard(plan.system) && bounds.iter().any(|bound| bound.span.is_none()) {
        warnings.push("a recurring fault or restart can open a door again: time_to_contain then depends on the horizon; read exposure_time first".into());
    }
    if plan.system.peak_load == PeakLoad::Counted && asks_beside(plan.system) {
        warnings.push("issuer_peak_load counts the questions that are simulated: what other credentials and polls ask is in issuer_load alone, and comes on top".into());
    }
    for (place, verifier) in plan.verifiers.iter().zip(&plan.system.verifiers) {
        if place.may_stay_unanswered && verifier.when_issuer_down == OutagePolicy::FailOpen {
            warnings.push(format!(
                "{} lets in whoever it cannot ask about, and a question may go unanswered at any time: it counts as open to the end, also where every replay was rejected",
                verifier.name
            ));
        }
    }
    if plan.system.start != Start::Stationary && plan.system.start != Start::FirstUse {
        warnings
            .push(format!("trials start {}: an idealisation, see the explanation of starts", plan.system.start.name()));
    }
    let recorded = plan.system.recordings().map(|trace| trace.trials.len()).max();
    if let Some(recorded) = recorded {
        let (are, trials) = if recorded == 1 { ("is", "trial") } else { ("are", "trials") };
        warnings.push(format!(
            "requests are those of a recording: there {are} {recorded} recorded {trials}, and playing one again changes only what it leaves to chance"
        ));
    }
    for (id, why, times) in roughly(plan.system) {
        warnings.push(format!(
            "issuer_load counts what other credentials ask at {} only roughly, and may be up to {times} times as much: {why}",
            plan.system.verifiers[id.index()].name
        ));
    }
    warnings
}

/// What a reader must know of trials beyond those that are kept one by one: `durations` that no estimate holds, and
/// revoked trials that were not looked at for the worst of them.
pub fn warnings_of_memory(rounded: bool, causes: u64) -> Vec<String> {
    let mut warnings = Vec::new();
    if rounded {
        warnings
            .push("of so many trials not every value was kept: quantiles are the upper edges of buckets, up to 0.1 % above the value, and interval ends are rounded outward to 0.1 %".to_owned());
    }
    if causes > 0 {
        warnings.push(format!(
            "the worst 1 % in the attribution is that of the revoked ones of the first {} trials; {} later ones are in its totals only",
            phrase::count(MOST_KEPT),
            phrase::count(causes)
        ));
    }
    warnings
}

/// Figures that were taken over from presets and are assumptions there, if any are in use.
pub fn warning_of_presets(figures: &[FigureInUse]) -> Option<String> {
    let assumed: Vec<String> = figures
        .iter()
        .filter(|one| one.figure.confidence == Confidence::Assumption)
        .map(|one| format!("{} {} ({})", one.path, one.figure.value, one.preset))
        .collect();
    let are =
        if assumed.len() == 1 { "a figure of a preset is an assumption" } else { "figures of presets are assumptions" };
    (!assumed.is_empty()).then(|| format!("{are}, check yours: {}", assumed.join(", ")))
}

/// Whether issuers are asked by anybody who is not simulated request by request.
fn asks_beside(system: &System) -> bool {
    !system.others.is_empty() || system.channels.iter().any(|named| named.channel.requests_per_second() > 0.0)
}

/// Whether something can open a door again at any time: a fault that recurs, or subscribers that lose what they were told.
fn reopens_by_hazard(system: &System) -> bool {
    let recurs = |fault: &Fault| matches!(fault.when, When::Recurring { .. });
    system.faults.iter().any(recurs) || system.channels.iter().any(|named| named.channel.loses_again_and_again())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load::{Input, load};
    use crate::scenario::objectives::Catalogue;

    #[test]
    fn a_load_that_is_worked_out_only_roughly_is_said_to_be() {
        // What comes past kept responses has no simple rhythm: up to twice as much, for want of another tier. Without
        // them nothing is rough.
        let said = |behind: &str| {
            let text = format!(
                "revdrill: 1\nteaches: t.\nhorizon: 5m\ncredentials: {{ key: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
                 verifiers:\n  cdn: {{ checks: nothing, cache: {{ holds: responses, ttl: 2m }} }}\n  \
                 gw: {{ {behind}asks: idp, cache: {{ ttl: 90s }}, fronts: api }}\n\
                 attacker: {{ steals: key, replays: {{ arrivals: poisson 1/s }} }}\n\
                 lawful: {{ others: {{ uses: 3000 other credentials, sends: poisson 40/s, to: api }} }}\n\
                 defender: {{ detects: 5m, playbook: {{ revoke: key }} }}\n"
            );
            let input = Input::Text { name: "s.yaml".into(), text, folder: None };
            let scenario = load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("a scenario")).scenario;
            warnings_of_system(&Plan::new(&scenario.system), &[])
        };
        let rough = "issuer_load counts what other credentials ask at gw only roughly, and may be up to 2 times as much: \
                     what comes past kept responses has no simple rhythm";
        assert_eq!(said("behind: cdn, "), [rough]);
        assert!(said("").is_empty(), "{:?}", said(""));
    }

    #[test]
    fn nothing_is_left_out_in_silence() {
        assert!(warnings_of_memory(false, 0).is_empty());
        let said = warnings_of_memory(true, 3);
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("quantiles are the upper edges of buckets") && said[0].contains("interval ends"));
        assert!(said[1].contains("of the first 1,000,000 trials; 3 later ones"), "{}", said[1]);
    }
}
