//! A cell: what one instance of a cache remembers of one credential.

use crate::model::cache::{Cache, Ends, ExpiryCap, Renewal, TierAge, Ttl};
use crate::units::time::{Moment, Span};

/// A moment before all others: what is remembered since then is not remembered at all.
const LONG_AGO: Moment = Moment::from_nanos(i64::MIN / 2);

/// What a cache remembers of a credential.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// A hit before this is served from the entry.
    pub fresh_until: Moment,
    /// A hit from here on, while fresh, fetches anew in the background.
    pub refresh_at: Moment,
    /// A rejection is remembered before this.
    pub denied_until: Moment,
    /// When the issuer composed the answer.
    pub composed_at: Moment,
    /// When the entry was last inserted or hit, kept only where idleness matters.
    pub used_at: Moment,
    /// The question under way whose answer will fill the cell.
    pub fetch: Option<u32>,
}

/// What a look into a cell finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A fresh entry.
    Fresh,
    /// A fresh entry that is due to be fetched anew in the background.
    FreshButDue,
    /// An entry past its end that is served once more while it is fetched anew.
    StaleButServed,
    /// A remembered rejection.
    Denied,
    /// Nothing.
    Absent,
}

impl Default for Cell {
    fn default() -> Self {
        Self {
            fresh_until: LONG_AGO,
            refresh_at: Moment::NEVER,
            denied_until: LONG_AGO,
            composed_at: LONG_AGO,
            used_at: LONG_AGO,
            fetch: None,
        }
    }
}

impl Cell {
    /// What a request at `now` finds.
    #[inline]
    pub fn look(&self, now: Moment, cache: &Cache) -> Look {
        if now < self.fresh_until && !self.idle_at(now, cache) {
            return if now < self.refresh_at { Look::Fresh } else { Look::FreshButDue };
        }
        if now < self.denied_until {
            return Look::Denied;
        }
        match cache.stale_while_revalidate {
            Some(window) if now < self.fresh_until + window && !self.idle_at(now, cache) => Look::StaleButServed,
            _ => Look::Absent,
        }
    }

    /// Whether there is an entry at all, fresh or not.
    pub fn holds_entry(&self) -> bool {
        self.fresh_until > LONG_AGO
    }

    /// Until when a fresh or stale-but-served entry would be accepted if nobody touched it.
    pub fn served_until(&self, cache: &Cache) -> (Moment, Moment) {
        if !self.holds_entry() {
            return (LONG_AGO, LONG_AGO);
        }
        let idle_end = cache.idle.map_or(Moment::NEVER, |idle| self.used_at + idle);
        let stale = cache.stale_while_revalidate.map_or(self.fresh_until, |window| self.fresh_until + window);
        (self.fresh_until.min(idle_end), stale.min(idle_end))
    }

    /// Notes a hit; true if that moved the end of the entry.
    #[inline]
    pub fn hit(&mut self, now: Moment, cache: &Cache, lifetime: Span, expires: Moment) -> bool {
        let mut moved = false;
        if cache.idle.is_some() {
            self.used_at = now;
            moved = true;
        }
        if cache.renewal == Renewal::EveryHit
            && let Ttl::For(_) = cache.ttl
        {
            self.fresh_until = capped(now + lifetime, cache, expires);
            moved = true;
        }
        moved
    }

    /// Puts an acceptance in, answered by the issuer at `composed_at`.
    pub fn insert(
        &mut self,
        now: Moment,
        composed_at: Moment,
        lifetime: Option<Span>,
        cache: &Cache,
        phase: Span,
        expires: Moment,
    ) {
        let counted_from = match cache.age {
            TierAge::Restarts => now,
            TierAge::Inherited => composed_at,
        };
        let end = lifetime.map_or(Moment::NEVER, |lifetime| ends(counted_from + lifetime, cache.ends, phase));
        self.fresh_until = capped(end, cache, expires);
        self.refresh_at = match cache.refresh_ahead {
            Some(ahead) if !self.fresh_until.is_never() => self.fresh_until - ahead,
            _ => Moment::NEVER,
        };
        self.denied_until = LONG_AGO;
        self.composed_at = composed_at;
        self.used_at = now;
    }

    /// Forgets the entry and remembers a rejection as long as the cache does.
    pub fn reject(&mut self, now: Moment, cache: &Cache) {
        self.evict();
        if let Some(negative) = cache.negative_ttl {
            self.denied_until = now + negative;
        }
    }

    /// Forgets everything but a question under way.
    pub fn evict(&mut self) {
        *self = Self { fetch: self.fetch, ..Self::default() };
    }

    #[inline]
    fn idle_at(&self, now: Moment, cache: &Cache) -> bool {
        cache.idle.is_some_and(|idle| now >= self.used_at + idle)
    }
}

fn capped(end: Moment, cache: &Cache, expires: Moment) -> Moment {
    match cache.capped_by_expiry {
        ExpiryCap::Capped => end.min(expires),
        ExpiryCap::Ignored => end,
    }
}

/// The end of an entry by the lifetime rule of its cache, on a clock ahead by `phase`.
fn ends(at: Moment, rule: Ends, phase: Span) -> Moment {
    match rule {
        Ends::Exact => at,
        Ends::PreviousWholeSecond => at.previous_whole_second(phase),
        Ends::NextWholeSecond => at.next_whole_second(phase),
    }
}
