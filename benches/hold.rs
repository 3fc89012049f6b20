//! The agenda against the textbook's heap on the hold model: 1,000 events pending, the first taken and scheduled again.
//!
//! Gaps are exponential and drawn beforehand, and both sides get the same: they must take the same events in the same
//! order, which is checked in every round, and differ in the queue alone.

#[path = "textbook/hold.rs"]
mod hold;
#[path = "textbook/rounds.rs"]
mod rounds;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use revdrill::engine::agenda::Agenda;
use revdrill::model::event::Happening;
use revdrill::units::time::{Moment, Span};
use rounds::{Contender, Gate};
use std::process::ExitCode;

const PENDING: u16 = 1_000;
const ROUNDS: usize = 60;
const HOLDS_A_ROUND: usize = 200_000;
const MEAN_GAP_NANOS: f64 = 1e9;

/// The most of the textbook's time that a hold may take. It takes 0.41; another processor may judge otherwise.
const LIMIT: f64 = 0.6;

fn main() -> ExitCode {
    let limit = match rounds::gate() {
        Ok(Gate::Open) => None,
        Ok(Gate::Shut) => Some(LIMIT),
        Ok(Gate::At(limit)) => Some(limit),
        Err(fault) => {
            eprintln!("hold: {fault}");
            return ExitCode::FAILURE;
        }
    };
    let gaps = gaps();
    let mut heap = hold::Hold::new(u32::from(PENDING), &gaps);
    let mut agenda = Agenda::default();
    for event in 0..PENDING {
        agenda.schedule(Moment::from_nanos(gaps[usize::from(event)]), tagged(event));
    }
    let (mut by_textbook, mut by_product) = (Vec::new(), Vec::new());
    let by_heap = Box::new(|| {
        by_textbook.push(heap.run(&gaps));
        HOLDS_A_ROUND as u64
    });
    let by_agenda = Box::new(|| {
        by_product.push(run(&mut agenda, &gaps));
        HOLDS_A_ROUND as u64
    });
    let contenders =
        vec![Contender { name: "textbook", work: by_heap }, Contender { name: "product", work: by_agenda }];
    let timed = rounds::alternate(ROUNDS, contenders);
    assert_eq!(by_textbook, by_product, "both queues take the same events in the same order");
    println!("hold model, {PENDING} events pending, ns a hold");
    for timed in &timed {
        println!("{:<10}{:>8.2}{:>8.3} of the textbook", timed.name, timed.nanos, timed.ratio);
    }
    let (low, high) = timed[1].quartiles;
    println!("middle half of the rounds {low:.3} to {high:.3}");
    limit.map_or(ExitCode::SUCCESS, |limit| rounds::judge([("hold", timed[1].ratio, limit)]))
}

fn run(agenda: &mut Agenda<Happening>, gaps: &[i64]) -> u64 {
    let mut digest = 0_u64;
    for gap in gaps {
        let Some((now, event)) = agenda.next_until(Moment::NEVER) else { break };
        if let Happening::Presented { source, .. } = event {
            digest = digest.wrapping_mul(31).wrapping_add(u64::from(source));
        }
        agenda.schedule(now + Span::from_nanos(*gap), event);
    }
    digest
}

const fn tagged(event: u16) -> Happening {
    Happening::Presented { source: event, worker: 0 }
}

fn gaps() -> Vec<i64> {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut gap = || {
        let u = ((generator.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        (-u.ln() * MEAN_GAP_NANOS) as i64
    };
    (0..HOLDS_A_ROUND).map(|_| gap()).collect()
}
