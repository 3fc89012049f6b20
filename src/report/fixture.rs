//! Records for the tests of the reports, with shapes that real runs have and names that nobody should trust.

use crate::record::estimate::{Bin, Distribution, Estimate, Figure, MetricEstimate, Proportion, Quantile, Unit};
use crate::record::summary::{
    Assumption, Attribution, EvidenceKind, FORMAT, ObjectiveResult, Outcomes, Record, Run, ScenarioIdentity,
    TargetBound, Verdict,
};
use std::collections::BTreeMap;

/// The horizon of every fixture, in seconds.
pub const HORIZON: f64 = 1800.0;

/// Every record below, with a word for its picture.
pub fn every() -> Vec<(&'static str, Record)> {
    vec![
        ("mixed", mixed()),
        ("all-at-once", all_at_once()),
        ("all-censored", all_censored()),
        ("one-value", one_value()),
        ("none-revoked", none_revoked()),
        ("spread", spread()),
        ("crowded", crowded()),
        ("hostile", hostile()),
        ("damaged", damaged()),
    ]
}

/// 36 % contained at once, the rest uniform up to 300 s, 0.3 % never; two targets and four objectives.
pub fn mixed() -> Record {
    let n = 10_000;
    let all = uniform_after_atom(n, 0.36, 300.0, 30);
    let releases = uniform_after_atom(n, 0.45, 300.0, 20);
    let secrets = uniform_after_atom(n, 0.70, 60.0, 0);
    let mut record = empty("one-token-three-gateways");
    record.estimates = vec![
        duration("time_to_contain", &[], &all, 30),
        duration("time_to_contain", &[("target", "releases")], &releases, 20),
        duration("time_to_contain", &[("target", "secrets")], &secrets, 0),
        duration("propagation_delay", &[("verifier", "edge-gw")], &releases, 20),
        share("no_replay_after_revocation", 208, n),
        share("revoked_before_first_use", 0, n),
        share("contained_before_reuse_elsewhere", 81, n),
        counted("accepted_after_revocation", Unit::Count, 251.0, n),
        counted("issuer_load", Unit::PerSecond, 0.0312, n),
        counted("collateral_rejections", Unit::Count, 14.2, n),
        counted("false_rejections", Unit::Count, 0.0, n),
    ];
    record.objectives = vec![
        objective("p99(time_to_contain) <= 60s", 60.0, (298.3, 297.1, 299.0), Verdict::Fail),
        objective(
            "share(no_replay_after_revocation{target=secrets}) >= 95%",
            0.95,
            (0.971, 0.967, 0.974),
            Verdict::Pass,
        ),
        objective("p95(time_to_contain{target=secrets}) <= 55s", 55.0, (54.1, 53.0, 56.2), Verdict::Inconclusive),
        objective("mean(false_rejections) < 1", 1.0, (0.0, 0.0, 0.0004), Verdict::Pass),
    ];
    record.objectives[0].meant_to_fail = Some("edge-gw caches for five minutes".into());
    record.objectives[0].met = Some(true);
    record.objectives[2].hint = Some("about 40,000 trials would decide it".into());
    record.attribution = vec![
        attribution("releases", "edge-gw", "cached_answer", 9_000, 92),
        attribution("secrets", "ops-gw", "news_lost", 960, 8),
    ];
    record.warnings = vec!["ops-gw: the bus loses 2% of its messages; that figure is assumed, not measured".into()];
    record
}

/// Every one of 1,000 trials contained at the instant of revocation.
pub fn all_at_once() -> Record {
    let mut record = empty("all-at-once");
    record.estimates = vec![
        duration("time_to_contain", &[], &vec![0.0; 1_000], 0),
        duration("time_to_contain", &[("target", "api")], &vec![0.0; 1_000], 0),
        share("no_replay_after_revocation", 1_000, 1_000),
    ];
    record.run.trials = 1_000;
    record.objectives = vec![objective("p99(time_to_contain) <= 60s", 60.0, (0.0, 0.0, 0.0), Verdict::Pass)];
    record
}

/// None of 200 trials contained by the horizon.
pub fn all_censored() -> Record {
    let mut record = empty("never-contained");
    record.estimates = vec![
        duration("time_to_contain", &[], &[], 200),
        duration("time_to_contain", &[("target", "partner")], &[], 200),
        share("no_replay_after_revocation", 0, 200),
    ];
    record.run.trials = 200;
    record.objectives = vec![objective("p99(time_to_contain) <= 60s", 60.0, (0.0, 0.0, 0.0), Verdict::Fail)];
    record.objectives[0].observed =
        Estimate { value: Figure::Beyond(HORIZON), low: Figure::Beyond(HORIZON), high: Figure::Unbounded };
    record
}

/// All of 500 trials contained after exactly 30 s.
pub fn one_value() -> Record {
    let mut record = empty("one-value");
    record.estimates = vec![duration("time_to_contain", &[], &vec![30.0; 500], 0)];
    record.run.trials = 500;
    record
}

/// No trial in which anybody revoked.
pub fn none_revoked() -> Record {
    let mut record = empty("nobody-revoked");
    record.estimates = vec![duration("time_to_contain", &[], &[], 0)];
    record.outcomes.revoked = proportion(0, 10_000);
    record.outcomes.never_revoked = proportion(10_000, 10_000);
    record
}

/// Eight targets over four decades of time, some in step with each other, a third of one never contained.
pub fn spread() -> Record {
    let mut record = empty("partner-key-and-open-stream");
    let n = 5_000;
    let shapes =
        [("orders", 0.5), ("feed", 600.0), ("payments", 20.0), ("partner", 2_700.0), ("idp", 0.05), ("cdn", 45.0)];
    let mut all = vec![duration("time_to_contain", &[], &lognormal(n, 900.0, 1.6), 0)];
    for (target, median) in shapes.iter().chain(&[("orders-copy", 0.5), ("batch", 7.0)]) {
        all.push(duration("time_to_contain", &[("target", target)], &lognormal(n, *median, 0.7), 0));
    }
    record.estimates = all.into_iter().map(|estimate| censored_at(estimate, n, HORIZON)).collect();
    record.objectives = vec![
        objective("p50(time_to_contain) <= 20m", 1_200.0, (900.0, 860.0, 940.0), Verdict::Pass),
        objective("p99(time_to_contain) <= 25m", 1_500.0, (1_790.0, 1_700.0, 1_800.0), Verdict::Fail),
        objective("p90(time_to_contain{target=idp}) <= 1s", 1.0, (0.12, 0.11, 0.13), Verdict::Pass),
    ];
    record
}

/// The mixed record with forty objectives, of which every fifth is missed, and many warnings, targets and causes.
pub fn crowded() -> Record {
    let mut record = mixed();
    let verdicts = [Verdict::Pass, Verdict::Pass, Verdict::Inconclusive, Verdict::Pass, Verdict::Fail];
    record.objectives = (0..40)
        .map(|i| {
            let rule = format!("p99(time_to_contain{{target=target-{i}}}) <= {i}s");
            objective(&rule, f64::from(i), (30.0, 29.0, 31.0), verdicts[i as usize % 5])
        })
        .collect();
    record.warnings =
        (0..25).map(|i| format!("warning {i}: {}", "a sample too small for its tail ".repeat(6))).collect();
    for i in 0..30_i32 {
        let target = format!("target-{i}");
        let values = uniform_after_atom(500, 0.2, 10.0 + f64::from(i), 0);
        record.estimates.push(duration("time_to_contain", &[("target", &target)], &values, 0));
        record.attribution.push(attribution(&target, "edge-gw", "cached_answer", 10, 1));
    }
    record
}

/// The mixed record with names that try to escape, to inject and to overflow.
pub fn hostile() -> Record {
    let mut record = mixed();
    let evil = "\u{1b}[31m<script>alert('x')</script>\u{202e}&\"\r\n=cmd()\u{7}";
    let long = "w".repeat(500);
    record.scenario.name = format!("{evil}{long}");
    record.scenario.teaches =
        format!("{evil} {long} 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字");
    for estimate in &mut record.estimates {
        for value in estimate.labels.values_mut() {
            *value = format!("{value}{evil}{long}");
        }
    }
    for objective in &mut record.objectives {
        objective.rule = format!("{} {evil}{long}", objective.rule);
        objective.hint = Some(evil.repeat(20));
    }
    record.attribution[0].verifier = format!("{evil}{long}");
    record.warnings = vec![evil.repeat(40), long];
    record
}

/// The mixed record as nobody would write it: numbers without end, counts that cannot be added, lists cut off.
pub fn damaged() -> Record {
    let mut record = mixed();
    record.scenario.horizon = f64::NAN;
    record.containment_ratio = Some(f64::INFINITY);
    for (i, estimate) in record.estimates.iter_mut().enumerate() {
        estimate.n = [1, u64::MAX, 3][i % 3];
        estimate.censored_share.of = 0;
        estimate.quantiles.truncate(i % 4);
        if let Some(distribution) = &mut estimate.distribution {
            distribution.limit = [0.0, f64::NAN, f64::INFINITY][i % 3];
            distribution.band = f64::NAN;
            distribution.zeros = u64::MAX;
            distribution.cdf.push((f64::INFINITY, 7.0));
            distribution.histogram.push(Bin { from: 0.0, to: f64::INFINITY, count: u64::MAX });
        }
    }
    for (objective, limit) in record.objectives.iter_mut().zip([f64::INFINITY, f64::NAN, -1.0, 1e300]) {
        objective.limit = limit;
        objective.observed.value = Figure::At(limit);
    }
    for attribution in &mut record.attribution {
        attribution.worst_trials = u64::MAX;
    }
    record
}

fn empty(name: &str) -> Record {
    Record {
        format: FORMAT.into(),
        evidence_kind: EvidenceKind::Simulated,
        version: "0.1.0".into(),
        scenario: ScenarioIdentity {
            name: name.into(),
            teaches: "One token behind three gateways. The slowest one decides, not the average one.".into(),
            digest: "3f9a1c0b52d7e86410ffaa0193b4c2d5e6f708192a3b4c5d6e7f8091a2b3c4d5".into(),
            resolved: serde_json::json!({ "revdrill": 1 }),
            order: std::collections::BTreeMap::default(),
            files: Vec::new(),
            injected: Vec::new(),
            start: "stationary".into(),
            horizon: HORIZON,
            targets: vec!["releases".into(), "secrets".into()],
            check_nothing: Vec::new(),
        },
        run: Run {
            seed: "1".into(),
            trials_asked: 10_000,
            trials: 10_000,
            interrupted: false,
            engine: "auto".into(),
            sources: Vec::new(),
            events: 81_234_567,
        },
        outcomes: Outcomes {
            revoked: proportion(10_000, 10_000),
            expired_before_revocation: proportion(0, 10_000),
            never_revoked: proportion(0, 10_000),
        },
        objectives: Vec::new(),
        estimates: Vec::new(),
        containment_ratio: Some(612.3),
        attribution: Vec::new(),
        bounds: vec![TargetBound {
            target: "releases".into(),
            bound: Some(Figure::At(301.0)),
            because: "cache of 5m, and a round trip of 1s".into(),
        }],
        assumptions: vec![Assumption { what: "the bus loses 2%".into(), source: "assumed".into() }],
        warnings: Vec::new(),
        method: vec!["order statistics".into()],
        does_not_prove: vec!["that the parameters are right".into()],
    }
}

/// `n` values less `censored`: the share `atom` at zero, the rest spread evenly up to `top`.
fn uniform_after_atom(n: u64, atom: f64, top: f64, censored: u64) -> Vec<f64> {
    let zeros = (n as f64 * atom) as u64;
    let rest = n - zeros - censored;
    let spread = (1..=rest).map(|i| top * i as f64 / rest as f64);
    std::iter::repeat_n(0.0, zeros as usize).chain(spread).collect()
}

/// `n` values near the quantiles of a logistic law of the logarithm, which resembles a lognormal.
fn lognormal(n: u64, median: f64, sigma: f64) -> Vec<f64> {
    let at = |i: u64| (i as f64 - 0.5) / n as f64;
    (1..=n).map(|i| median * libm::exp(sigma * 0.55 * libm::log(at(i) / (1.0 - at(i))))).collect()
}

/// The estimate again, with every value beyond the limit censored.
fn censored_at(estimate: MetricEstimate, n: u64, limit: f64) -> MetricEstimate {
    let cdf = estimate.distribution.as_ref().map(|d| d.cdf.clone()).unwrap_or_default();
    let mut values = Vec::new();
    let mut seen = 0;
    for (x, share) in cdf.into_iter().filter(|(x, _)| *x <= limit) {
        let upto = (share * n as f64) as u64;
        values.extend(std::iter::repeat_n(x, (upto - seen) as usize));
        seen = upto;
    }
    let labels: Vec<_> = estimate.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    duration(&estimate.metric, &labels, &values, n - seen)
}

fn duration(metric: &str, labels: &[(&str, &str)], sorted: &[f64], censored: u64) -> MetricEstimate {
    let n = sorted.len() as u64 + censored;
    let zeros = sorted.iter().filter(|v| **v == 0.0).count() as u64;
    let at = |rank: f64| match rank.max(1.0) as usize {
        rank if rank <= sorted.len() => Figure::At(sorted[rank - 1]),
        rank if rank as u64 <= n => Figure::Beyond(HORIZON),
        _ => Figure::Unbounded,
    };
    let quantile = |p: f64| {
        let (rank, spread) = (n as f64 * p, 1.96 * libm::sqrt(n as f64 * p * (1.0 - p)));
        let (low, high) = (at(rank - spread), at((rank + spread).ceil() + 1.0));
        Quantile { p, estimate: Estimate { value: at(rank.ceil()), low, high } }
    };
    let mean = sorted.iter().chain(std::iter::repeat_n(&HORIZON, censored as usize)).sum::<f64>() / n.max(1) as f64;
    MetricEstimate {
        metric: metric.into(),
        labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        unit: Unit::Seconds,
        n,
        censored,
        censored_share: proportion(censored, n),
        at_zero: proportion(zeros, n),
        mean: (n > 0).then(|| around(mean, 0.01)),
        mean_is_restricted: censored > 0,
        mean_limit: (censored > 0).then_some(HORIZON),
        min: sorted.first().copied(),
        max: if censored > 0 { Some(Figure::Beyond(HORIZON)) } else { sorted.last().map(|v| Figure::At(*v)) },
        quantiles: if n > 0 { [0.5, 0.9, 0.95, 0.99, 0.999].map(quantile).to_vec() } else { Vec::new() },
        distribution: Some(distribution(sorted, censored)),
    }
}

fn distribution(sorted: &[f64], censored: u64) -> Distribution {
    let n = sorted.len() + censored as usize;
    let every = (sorted.len() / 500).max(1);
    let mut cdf: Vec<(f64, f64)> = Vec::new();
    for (i, x) in sorted.iter().enumerate().filter(|(i, x)| sorted.get(i + 1) != Some(x)) {
        // The atom's own point is kept, then one in `every`, and the last.
        if cdf.is_empty() || i + 1 == sorted.len() || (i + 1).is_multiple_of(every) {
            cdf.push((*x, (i + 1) as f64 / n as f64));
        }
    }
    let positive: Vec<f64> = sorted.iter().copied().filter(|v| *v > 0.0).collect();
    let mut histogram = Vec::new();
    if let (Some(min), Some(max)) = (positive.first(), positive.last()) {
        // Ten bins a decade from the decade below the smallest value.
        let edge = |i: i32| libm::pow(10.0, f64::from(i) / 10.0);
        let first = libm::floor(libm::log10(*min) * 10.0) as i32 - 1;
        let last = libm::ceil(libm::log10(*max) * 10.0) as i32;
        for i in first..last {
            let (from, to) = (edge(i), edge(i + 1));
            let count = positive.iter().filter(|v| **v > from && **v <= to).count() as u64;
            histogram.push(Bin { from, to, count });
        }
    }
    let band = if n > 0 { libm::sqrt(libm::log(40.0) / (2.0 * n as f64)) } else { 1.0 };
    Distribution { cdf, band, limit: HORIZON, histogram, zeros: (sorted.len() - positive.len()) as u64, censored }
}

fn proportion(count: u64, of: u64) -> Proportion {
    let share = if of == 0 { 0.0 } else { count as f64 / of as f64 };
    // Close to Clopper-Pearson, exact at both ends: 1 - 0.025^(1/n).
    let end = if of == 0 { 1.0 } else { 1.0 - libm::pow(0.025, 1.0 / of as f64) };
    let spread = if of == 0 { 1.0 } else { 1.96 * libm::sqrt(share * (1.0 - share) / of as f64) };
    let low = if count == 0 {
        0.0
    } else if count == of {
        1.0 - end
    } else {
        share - spread
    };
    let high = if count == of {
        1.0
    } else if count == 0 {
        end
    } else {
        share + spread
    };
    Proportion { count, of, share, low, high }
}

fn share(metric: &str, count: u64, of: u64) -> MetricEstimate {
    let mut estimate = counted(metric, Unit::Share, count as f64 / of as f64, of);
    estimate.at_zero = proportion(count, of);
    estimate.quantiles = Vec::new();
    estimate
}

fn counted(metric: &str, unit: Unit, mean: f64, n: u64) -> MetricEstimate {
    let tail = |p: f64, times: f64| Quantile { p, estimate: around(mean * times, 0.04) };
    MetricEstimate {
        metric: metric.into(),
        labels: BTreeMap::new(),
        unit,
        n,
        censored: 0,
        censored_share: proportion(0, n),
        at_zero: proportion(if mean == 0.0 { n } else { n / 50 }, n),
        mean: Some(around(mean, 0.02)),
        mean_is_restricted: false,
        mean_limit: None,
        min: Some(0.0),
        max: Some(Figure::At(libm::rint(mean * 3.0))),
        quantiles: vec![tail(0.5, 1.0), tail(0.9, 1.9), tail(0.95, 2.1), tail(0.99, 2.4), tail(0.999, 2.7)],
        distribution: None,
    }
}

fn around(value: f64, spread: f64) -> Estimate {
    Estimate {
        value: Figure::At(value),
        low: Figure::At(value * (1.0 - spread)),
        high: Figure::At(value * (1.0 + spread)),
    }
}

fn attribution(target: &str, verifier: &str, held_open_by: &str, trials: u64, worst_trials: u64) -> Attribution {
    Attribution {
        target: target.into(),
        verifier: verifier.into(),
        held_open_by: held_open_by.into(),
        closed_by: "cache_expiry".into(),
        trials,
        worst_trials,
        shared_trials: 0,
    }
}

fn objective(rule: &str, limit: f64, observed: (f64, f64, f64), verdict: Verdict) -> ObjectiveResult {
    let metric = rule.split(['(', ')', '{']).nth(1).expect("a rule names its metric").to_owned();
    let (value, low, high) = observed;
    ObjectiveResult {
        rule: rule.into(),
        metric,
        limit,
        observed: Estimate { value: Figure::At(value), low: Figure::At(low), high: Figure::At(high) },
        confidence: 0.9875,
        n: 10_000,
        verdict,
        meant_to_fail: None,
        met: match verdict {
            Verdict::Pass => Some(true),
            Verdict::Fail => Some(false),
            Verdict::Inconclusive => None,
        },
        hint: None,
    }
}

/// One trial: a gate with a cache of five minutes, loaded a minute before the revocation at 100 s.
pub fn story() -> crate::record::story::Story {
    use crate::record::story::{
        Entry, Event, EventKind, FORMAT, Lane, LaneKind, Replays, State, Story, Stretch, Weight, Winner,
    };
    let lane =
        |kind, name: &str, stretches| Lane { kind, name: name.into(), fronts: Vec::new(), ended: None, stretches };
    let stretch = |from, to, state| Stretch {
        from,
        to,
        state,
        held_open_by: String::new(),
        held_at: String::new(),
        closed_by: String::new(),
        prolonged: 0,
        entry: None,
    };
    let open = Stretch {
        held_open_by: "cache".into(),
        held_at: "gate".into(),
        closed_by: "time_to_live".into(),
        entry: Some(Entry { cache: "gate".into(), replica: None, answered_at: 40.0, loaded_at: 40.0 }),
        ..stretch(100.0, Some(340.0), State::Open)
    };
    let event = |at, lane, kind, label: &str, weight| Event {
        at,
        lane,
        kind,
        what: format!("{label}, in more words"),
        label: label.into(),
        weight,
    };
    let replays = |accepted, from: f64, to: f64, count: u64| Replays {
        target: "payments".into(),
        lane: 4,
        accepted,
        reason: if accepted { "cache_hit" } else { "asked" }.into(),
        count,
        from,
        to,
        at: vec![from, to],
    };
    let mut gate = lane(LaneKind::Verifier, "gate", vec![open]);
    gate.fronts.push("payments".into());
    Story {
        format: FORMAT.into(),
        evidence_kind: EvidenceKind::Simulated,
        version: "0.1.0".into(),
        scenario: "one-gate".into(),
        digest: "3f9a1c0b52d7".repeat(5),
        injected: Vec::new(),
        start: "stationary".into(),
        seed: "1".into(),
        trials: 1000,
        trial: 417,
        chosen: "the longest to contain of 998 revoked trials".into(),
        outcome: "revoked".into(),
        turning_point: Some(100.0),
        time_to_contain: Some(Figure::At(240.0)),
        ended_at: 1900.0,
        lanes: vec![
            lane(LaneKind::Attacker, "attacker", Vec::new()),
            lane(LaneKind::Defender, "defender", Vec::new()),
            lane(LaneKind::Issuer, "idp", vec![stretch(120.0, Some(150.0), State::Down)]),
            lane(LaneKind::Credential, "token", vec![stretch(0.0, Some(100.0), State::Good)]),
            gate,
        ],
        events: vec![
            event(0.0, 3, EventKind::Exposed, "exposed", Weight::Decisive),
            event(20.0, 0, EventKind::Attack, "found", Weight::Decisive),
            event(25.0, 0, EventKind::Accepted, "first use", Weight::Decisive),
            event(70.0, 1, EventKind::Defence, "detected", Weight::Decisive),
            event(100.0, 2, EventKind::Revoked, "revoked", Weight::Decisive),
            event(120.0, 2, EventKind::Trouble, "down", Weight::Decisive),
            event(338.0, 4, EventKind::Accepted, "last accepted", Weight::Decisive),
            event(340.0, 4, EventKind::Closed, "time_to_live", Weight::Decisive),
            event(340.0, 1, EventKind::End, "contained", Weight::Decisive),
            event(343.0, 4, EventKind::Rejected, "first rejected", Weight::Notable),
        ],
        replays: vec![replays(true, 25.0, 98.0, 40), replays(true, 101.0, 338.0, 120), replays(false, 343.0, 343.0, 1)],
        won_by: Winner::Attacker,
        result: "the attacker: 120 replays were accepted after the revocation, the last 3m 58s after it".into(),
        decided_by: vec!["The last door, gate (payments), was shut 4m 00s after the revocation.".into()],
    }
}
