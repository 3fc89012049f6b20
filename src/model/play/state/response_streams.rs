//! Streams that are drawn from where responses are cached.

use crate::random::purpose::Purpose;
use crate::random::slot::StreamSlot;

/// Streams of response caches, by response cache.
#[derive(Debug)]
pub struct ResponseStreams {
    /// Which URL is asked for.
    pub urls: Vec<StreamSlot>,
    /// How long a response is kept.
    pub lifetimes: Vec<StreamSlot>,
    /// When requests of other credentials come.
    pub others: Vec<StreamSlot>,
}

impl ResponseStreams {
    /// Streams for so many response caches.
    pub fn new(places: usize) -> Self {
        let slots = |purpose| (0..places as u32).map(|n| StreamSlot::new(purpose, n)).collect();
        Self {
            urls: slots(Purpose::ResponseUrl),
            lifetimes: slots(Purpose::ResponseLifetime),
            others: slots(Purpose::OtherRequests),
        }
    }

    /// Forgets the trial before.
    pub fn close(&mut self) {
        let Self { urls, lifetimes, others } = self;
        for slots in [urls, lifetimes, others] {
            slots.iter_mut().for_each(StreamSlot::close);
        }
    }
}
