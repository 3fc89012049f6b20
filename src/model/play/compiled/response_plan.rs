//! Where responses are cached: the cells of every response cache, numbered through the whole system.

use crate::model::response::{KeyedBy, ResponseCache};
use crate::model::system::System;
use std::ops::Range;

/// The response cache of one verifier.
#[derive(Debug)]
pub struct ResponsePlace<'s> {
    /// The verifier.
    pub verifier: u16,
    /// Its settings.
    pub settings: &'s ResponseCache,
    /// Replicas of the verifier, counted over all verifiers.
    replicas: Range<u32>,
    /// Its first cell.
    first_cell: usize,
    /// For each target, its place among those whose responses are kept here.
    slots: Vec<Option<u16>>,
    /// How many of these there are.
    kept: usize,
    /// Keys for one URL.
    keys: usize,
    /// For each target, requests a second of other credentials for any of its URLs at any of the replicas.
    pub others: Vec<f64>,
}

impl<'s> ResponsePlace<'s> {
    /// The cells of a target at a replica, for a credential: one a URL, in steps of the number of keys.
    fn cells(&self, replica: u32, target: u16, credential: u16) -> Option<(usize, usize)> {
        let slot = usize::from(self.slots[target as usize]?);
        let urls = usize::from(self.settings.urls);
        let row = (replica - self.replicas.start) as usize * self.kept + slot;
        let key = if self.settings.keyed_by == KeyedBy::Url { 0 } else { credential as usize };
        Some((self.first_cell + row * urls * self.keys + key, self.keys))
    }

    /// The cell of a URL.
    pub fn cell(&self, replica: u32, target: u16, credential: u16, url: usize) -> Option<usize> {
        self.cells(replica, target, credential).map(|(first, step)| first + url * step)
    }

    /// The cells of every URL of a target.
    pub fn every_cell(&self, replica: u32, target: u16, credential: u16) -> impl Iterator<Item = usize> {
        let urls = usize::from(self.settings.urls);
        self.cells(replica, target, credential)
            .into_iter()
            .flat_map(move |(first, step)| (0..urls).map(move |url| first + url * step))
    }

    /// The cells under keys with a credential; none where the key is without one.
    pub fn cells_with(&self, credential: u16) -> impl Iterator<Item = usize> {
        let with = self.settings.keyed_by != KeyedBy::Url;
        let all = if with { self.cells_of(self.replicas.clone()) } else { 0..0 };
        all.skip(credential as usize).step_by(self.keys)
    }

    /// The credential under whose key a cell lies; none where the key is without one.
    pub fn credential_of(&self, cell: usize) -> Option<usize> {
        (self.settings.keyed_by != KeyedBy::Url).then(|| (cell - self.first_cell) % self.keys)
    }

    /// The cells of some replicas, counted over all verifiers.
    pub fn cells_of(&self, replicas: Range<u32>) -> Range<usize> {
        let row = self.kept * usize::from(self.settings.urls) * self.keys;
        let from = |replica: u32| self.first_cell + (replica - self.replicas.start) as usize * row;
        from(replicas.start)..from(replicas.end)
    }
}

/// Lays out the response caches; `first_replica` says where the replicas of a verifier begin. Also says how many cells.
pub fn lay<'s>(system: &'s System, credentials: usize, first_replica: &[u32]) -> (Vec<ResponsePlace<'s>>, usize) {
    let mut cells = 0;
    let mut places = Vec::new();
    for (number, verifier) in system.verifiers.iter().enumerate() {
        let Some(settings) = &verifier.responses else { continue };
        let mut place = ResponsePlace {
            verifier: number as u16,
            settings,
            replicas: first_replica[number]..first_replica[number] + u32::from(verifier.replicas),
            first_cell: cells,
            slots: vec![None; system.targets.len()],
            kept: 0,
            keys: if settings.keyed_by == KeyedBy::Url { 1 } else { credentials },
            others: vec![0.0; system.targets.len()],
        };
        for route in system.routes.iter().filter(|route| route.verifiers.iter().any(|v| v.index() == number)) {
            let target = route.target;
            if !settings.kept.bypass.contains(&target) && place.slots[target.index()].is_none() {
                place.slots[target.index()] = Some(place.kept as u16);
                place.kept += 1;
            }
        }
        for traffic in &system.others {
            let each = traffic.rate.value() / traffic.routes.len().max(1) as f64;
            for route in traffic.routes.iter().map(|route| &system.routes[route.index()]) {
                let passes = route.verifiers.iter().any(|v| v.index() == number);
                // Under a key with a credential they fill entries of their own, which nobody else is served from.
                if passes && settings.keyed_by == KeyedBy::Url {
                    place.others[route.target.index()] += each;
                }
            }
        }
        cells = place.cells_of(place.replicas.clone()).end;
        places.push(place);
    }
    (places, cells)
}
