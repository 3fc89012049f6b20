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
        let window = cache.stale_while_revalidate.unwrap_or(Span::ZERO);
        (self.kept_until(cache, Span::ZERO), self.kept_until(cache, window))
    }

    /// Until when the entry is there for whoever takes it up to `grace` past its end: once idle it is gone.
    pub fn kept_until(&self, cache: &Cache, grace: Span) -> Moment {
        if !self.holds_entry() {
            return LONG_AGO;
        }
        let end = self.fresh_until + grace;
        cache.idle.map_or(end, |idle| end.min(self.used_at + idle))
    }

    /// Notes a hit; true if that moved the end of the entry.
    #[inline]
    pub fn hit(&mut self, now: Moment, cache: &Cache, phase: Span, expires: Moment) -> bool {
        let mut moved = false;
        if cache.idle.is_some() {
            self.used_at = now;
            moved = true;
        }
        if cache.renewal == Renewal::EveryHit
            && let Ttl::For(ttl) = cache.ttl
        {
            self.end_at(ends(now + ttl, cache.ends, phase), cache, expires);
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
        self.end_at(end, cache, expires);
        self.denied_until = LONG_AGO;
        self.composed_at = composed_at;
        self.used_at = now;
    }

    /// Puts an acceptance in that the issuer gives now, where the cache has no rule but that its entries end then.
    #[inline]
    pub fn insert_plainly(&mut self, now: Moment, end: Moment) {
        *self = Self { fresh_until: end, composed_at: now, used_at: now, fetch: self.fetch, ..Self::default() };
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

    /// Gives the entry an end by its lifetime, and what follows from that.
    #[inline]
    fn end_at(&mut self, end: Moment, cache: &Cache, expires: Moment) {
        self.fresh_until = capped(end, cache, expires);
        self.refresh_at = match cache.refresh_ahead {
            Some(ahead) if !self.fresh_until.is_never() => self.fresh_until - ahead,
            _ => Moment::NEVER,
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::play::fixture::{at, cache, seconds};

    /// A cell into which an answer composed at that moment was put at 10 s, by a clock 0.3 s ahead.
    fn filled(cache: &Cache, composed: f64, expires: Moment) -> Cell {
        let lifetime = match cache.ttl {
            Ttl::For(ttl) => Some(ttl),
            Ttl::Disabled | Ttl::Forever => None,
        };
        let mut cell = Cell::default();
        cell.insert(at(10.0), at(composed), lifetime, cache, seconds(0.3), expires);
        cell
    }

    fn fresh(cache: &Cache) -> Cell {
        filled(cache, 10.0, Moment::NEVER)
    }

    const NANO: Span = Span::from_nanos(1);

    #[test]
    fn an_entry_is_usable_until_just_before_its_end() {
        // Put in at 10 s for 5 s: fresh a nanosecond before 15 s, gone at 15 s.
        let plain = cache(5.0);
        let cell = fresh(&plain);
        assert_eq!(
            [at(10.0), at(15.0) - NANO, at(15.0)].map(|now| cell.look(now, &plain)),
            [Look::Fresh, Look::Fresh, Look::Absent]
        );
        assert_eq!(Cell::default().look(at(0.0), &plain), Look::Absent);
        assert!(cell.holds_entry() && !Cell::default().holds_entry());
        assert_eq!(cell.served_until(&plain), (at(15.0), at(15.0)));
    }

    #[test]
    fn a_lifetime_ends_exactly_or_on_a_whole_second_of_its_clock() {
        // The clock is 0.3 s ahead: its seconds begin at ..., 14.7, 15.7 s. Of 10 + 5 = 15 s the second began at 14.7.
        for (ends, end) in [(Ends::Exact, 15.0), (Ends::PreviousWholeSecond, 14.7), (Ends::NextWholeSecond, 15.7)] {
            assert_eq!(fresh(&Cache { ends, ..cache(5.0) }).fresh_until, at(end), "{ends:?}");
        }
        // Where 10 + 4.7 falls on the start of a second, the previous is that one and the next a whole second on.
        for (ends, end) in [(Ends::PreviousWholeSecond, 14.7), (Ends::NextWholeSecond, 15.7)] {
            assert_eq!(fresh(&Cache { ends, ..cache(4.7) }).fresh_until, at(end), "{ends:?}");
        }
    }

    #[test]
    fn an_entry_that_never_ages_ends_only_by_its_cap() {
        let forever = Cache { ttl: Ttl::Forever, ..cache(1.0) };
        assert!(fresh(&forever).fresh_until.is_never());
        assert_eq!(filled(&forever, 10.0, at(900.0)).fresh_until, at(900.0));
        assert!(fresh(&Cache { ends: Ends::NextWholeSecond, ..forever }).fresh_until.is_never());
    }

    #[test]
    fn the_end_of_the_credential_cuts_an_entry_unless_it_is_ignored() {
        // 10 + 5 = 15 s against an expiry at 12 s and at 20 s.
        let ignoring = Cache { capped_by_expiry: ExpiryCap::Ignored, ..cache(5.0) };
        assert_eq!(filled(&cache(5.0), 10.0, at(12.0)).fresh_until, at(12.0));
        assert_eq!(filled(&cache(5.0), 10.0, at(20.0)).fresh_until, at(15.0));
        assert_eq!(filled(&ignoring, 10.0, at(12.0)).fresh_until, at(15.0));
    }

    #[test]
    fn an_inherited_age_counts_from_the_composition() {
        // Composed at 7 s and copied at 10 s: 7 + 5 = 12 s, instead of 10 + 5 = 15 s.
        let inheriting = Cache { age: TierAge::Inherited, ..cache(5.0) };
        assert_eq!(filled(&inheriting, 7.0, Moment::NEVER).fresh_until, at(12.0));
        assert_eq!(filled(&cache(5.0), 7.0, Moment::NEVER).fresh_until, at(15.0));
        // An answer older than the lifetime is kept for no time at all.
        assert_eq!(filled(&inheriting, 4.0, Moment::NEVER).look(at(10.0), &inheriting), Look::Absent);
    }

    #[test]
    fn every_hit_renews_a_sliding_entry_up_to_the_end_of_the_credential() {
        // Hit at 14 s: until 19 s; hit at 18 s with the credential ending at 20 s: until 20 s, not 23 s.
        let sliding = Cache { renewal: Renewal::EveryHit, ..cache(5.0) };
        let mut cell = filled(&sliding, 10.0, at(20.0));
        assert!(cell.hit(at(14.0), &sliding, Span::ZERO, at(20.0)));
        assert_eq!(cell.fresh_until, at(19.0));
        assert!(cell.hit(at(18.0), &sliding, Span::ZERO, at(20.0)));
        assert_eq!(cell.fresh_until, at(20.0));
        // An absolute TTL is moved by no hit.
        let mut cell = fresh(&cache(5.0));
        assert!(!cell.hit(at(14.0), &cache(5.0), Span::ZERO, Moment::NEVER));
        assert_eq!(cell.fresh_until, at(15.0));
    }

    #[test]
    fn a_hit_renews_by_the_rule_of_the_lifetime_and_moves_the_refresh_along() {
        // Hit at 14 s by a clock 0.3 s ahead: of 14 + 5 = 19 s the second began at 18.7 and the next begins at 19.7.
        for (ends, end) in [(Ends::Exact, 19.0), (Ends::PreviousWholeSecond, 18.7), (Ends::NextWholeSecond, 19.7)] {
            let sliding = Cache { renewal: Renewal::EveryHit, ends, ..cache(5.0) };
            let mut cell = fresh(&sliding);
            cell.hit(at(14.0), &sliding, seconds(0.3), Moment::NEVER);
            assert_eq!(cell.fresh_until, at(end), "{ends:?}");
        }
        // Due in the last 2 s: after a hit at 12 s from 15 s on, no longer from 13 s on.
        let ahead = Cache { renewal: Renewal::EveryHit, refresh_ahead: Some(seconds(2.0)), ..cache(5.0) };
        let mut cell = fresh(&ahead);
        cell.hit(at(12.0), &ahead, Span::ZERO, Moment::NEVER);
        assert_eq!([at(15.0) - NANO, at(15.0)].map(|now| cell.look(now, &ahead)), [Look::Fresh, Look::FreshButDue]);
    }

    #[test]
    fn an_idle_entry_is_kept_for_nobody_however_stale_an_answer_would_do() {
        // Ends at 15 s, kept 10 s more: until 25 s; idle after 2 s, it is gone at 12 s.
        assert_eq!(fresh(&cache(5.0)).kept_until(&cache(5.0), seconds(10.0)), at(25.0));
        let idle = Cache { idle: Some(seconds(2.0)), ..cache(5.0) };
        assert_eq!(fresh(&idle).kept_until(&idle, seconds(10.0)), at(12.0));
    }

    #[test]
    fn an_entry_that_is_not_hit_becomes_idle() {
        // Idle after 2 s: without a hit gone at 12 s; hit at 11.5 s, gone at 13.5 s, and in no case after 15 s.
        let idle = Cache { idle: Some(seconds(2.0)), ..cache(5.0) };
        let mut cell = fresh(&idle);
        assert_eq!([at(12.0) - NANO, at(12.0)].map(|now| cell.look(now, &idle)), [Look::Fresh, Look::Absent]);
        assert_eq!(cell.served_until(&idle), (at(12.0), at(12.0)));
        assert!(cell.hit(at(11.5), &idle, Span::ZERO, Moment::NEVER));
        assert_eq!([at(13.5) - NANO, at(13.5)].map(|now| cell.look(now, &idle)), [Look::Fresh, Look::Absent]);
        cell.hit(at(14.5), &idle, Span::ZERO, Moment::NEVER);
        assert_eq!(cell.served_until(&idle), (at(15.0), at(15.0)));
    }

    #[test]
    fn a_stale_entry_is_served_within_its_window_only() {
        // Fresh until 15 s, served stale until 18 s; but not once it is idle, at 12 s.
        let stale = Cache { stale_while_revalidate: Some(seconds(3.0)), ..cache(5.0) };
        let cell = fresh(&stale);
        let looks = [at(15.0) - NANO, at(15.0), at(18.0) - NANO, at(18.0)].map(|now| cell.look(now, &stale));
        assert_eq!(looks, [Look::Fresh, Look::StaleButServed, Look::StaleButServed, Look::Absent]);
        assert_eq!(cell.served_until(&stale), (at(15.0), at(18.0)));
        let idle = Cache { idle: Some(seconds(2.0)), ..stale };
        assert_eq!(cell.look(at(16.0), &idle), Look::Absent);
        assert_eq!(cell.served_until(&idle), (at(12.0), at(12.0)));
        // What was never there is not stale.
        assert_eq!(Cell::default().look(at(0.0), &idle), Look::Absent);
    }

    #[test]
    fn a_hit_close_to_the_end_is_due_for_a_refresh() {
        // Fresh until 15 s, due in the last 2 s: from 13 s on. One that never ends is never due.
        let ahead = Cache { refresh_ahead: Some(seconds(2.0)), ..cache(5.0) };
        let looks = [at(13.0) - NANO, at(13.0)].map(|now| fresh(&ahead).look(now, &ahead));
        assert_eq!(looks, [Look::Fresh, Look::FreshButDue]);
        let forever = Cache { ttl: Ttl::Forever, ..ahead };
        assert_eq!(fresh(&forever).look(at(1e9), &forever), Look::Fresh);
    }

    #[test]
    fn a_rejection_is_remembered_for_the_negative_ttl_and_ends_with_an_acceptance() {
        // Rejected at 11 s for 4 s: denied before 15 s; accepted again at 12 s, fresh.
        let negative = Cache { negative_ttl: Some(seconds(4.0)), ..cache(5.0) };
        let mut cell = fresh(&negative);
        cell.reject(at(11.0), &negative);
        let looks = [at(11.0), at(15.0) - NANO, at(15.0)].map(|now| cell.look(now, &negative));
        assert_eq!(looks, [Look::Denied, Look::Denied, Look::Absent]);
        cell.insert(at(12.0), at(12.0), Some(seconds(5.0)), &negative, Span::ZERO, Moment::NEVER);
        assert_eq!(cell.look(at(13.0), &negative), Look::Fresh);
        // Without one, a rejection leaves nothing.
        let mut cell = fresh(&cache(5.0));
        cell.reject(at(11.0), &cache(5.0));
        assert_eq!(cell.look(at(11.0), &cache(5.0)), Look::Absent);
    }

    #[test]
    fn an_eviction_forgets_everything_but_the_question_under_way() {
        let negative = Cache { negative_ttl: Some(seconds(4.0)), ..cache(5.0) };
        let mut cell = Cell { fetch: Some(3), ..fresh(&negative) };
        cell.reject(at(11.0), &negative);
        cell.evict();
        assert_eq!(cell, Cell { fetch: Some(3), ..Cell::default() });
    }
}
