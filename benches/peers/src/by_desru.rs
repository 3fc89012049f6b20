//! By desru: boxed closures that schedule their successors.

use super::workload::{By, END, Found, REVOKED_AT, Workload};
use desru::{Event, EventScheduler};
use std::cell::RefCell;
use std::rc::Rc;

type Shared = Rc<RefCell<Workload>>;

/// Plays one trial.
pub fn play(trial: u64) -> Found {
    let workload: Shared = Rc::new(RefCell::new(Workload::new(trial)));
    let mut scheduler = EventScheduler::new();
    let revoked = workload.clone();
    scheduler.schedule(Event::new(
        REVOKED_AT,
        Some(Box::new(move |_: &mut EventScheduler| {
            revoked.borrow_mut().revoke();
            None
        })),
        None,
    ));
    schedule(&mut scheduler, workload.clone(), By::Attacker, 0.0);
    schedule(&mut scheduler, workload.clone(), By::Shop, 0.0);
    scheduler.run_until_max_time(END);
    let found = workload.borrow().found();
    found
}

fn schedule(scheduler: &mut EventScheduler, workload: Shared, by: By, at: f64) {
    let present = move |scheduler: &mut EventScheduler| {
        let now = scheduler.current_time;
        let gap = workload.borrow_mut().present(now, by);
        schedule(scheduler, workload.clone(), by, now + gap);
        None
    };
    scheduler.schedule(Event::new(at, Some(Box::new(present)), None));
}
