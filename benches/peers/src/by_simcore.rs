//! By simcore: components that emit events to themselves, dispatched by the type of their payload.

use super::workload::{By, END, Found, REVOKED_AT, Workload};
use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext, cast};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Serialize)]
struct Replay {}

#[derive(Clone, Serialize)]
struct Lawful {}

#[derive(Clone, Serialize)]
struct Revocation {}

struct World {
    workload: Workload,
    context: SimulationContext,
}

impl EventHandler for World {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Replay {} => {
                let gap = self.workload.present(event.time, By::Attacker);
                self.context.emit_self(Replay {}, gap);
            }
            Lawful {} => {
                let gap = self.workload.present(event.time, By::Shop);
                self.context.emit_self(Lawful {}, gap);
            }
            Revocation {} => {
                self.workload.revoke();
            }
        })
    }
}

/// Plays one trial.
pub fn play(trial: u64) -> Found {
    let mut simulation = Simulation::new(trial);
    let context = simulation.create_context("world");
    context.emit_self(Revocation {}, REVOKED_AT);
    context.emit_self(Replay {}, 0.0);
    context.emit_self(Lawful {}, 0.0);
    let world = Rc::new(RefCell::new(World { workload: Workload::new(trial), context }));
    simulation.add_handler("world", world.clone());
    simulation.step_until_time(END);
    let found = world.borrow().workload.found();
    found
}
