//! The entry that memoryless requests leave in a cache: its law at a moment that knows nothing of it, drawn directly.

use super::load::CellLoad;
use crate::model::cache::{Cache, Ends, Renewal, Ttl};
use crate::random::stream::Stream;
use crate::units::time::{Moment, NANOS_PER_SECOND, Span};

/// An entry of the past.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// When it was put in.
    pub inserted: Moment,
    /// Its lifetime; none if it lives for ever.
    pub lifetime: Option<Span>,
    /// Its end, where it does not follow from insertion and lifetime.
    pub ends: Option<Moment>,
}

/// The entry that memoryless requests at a rate leave at `now`: with `T / (T + gap)` it is fresh and of uniform
/// age; else it ended an exponential time ago, and may still be served stale.
pub(super) fn poisson_entry(
    now: Moment,
    cache: &Cache,
    load: &CellLoad,
    phase: Span,
    chance: &mut Stream,
) -> Option<Entry> {
    let gap = 1.0 / load.rate;
    let (u, length) = (chance.uniform(), chance.uniform());
    let ttl = match cache.ttl {
        Ttl::Disabled => return None,
        Ttl::Forever => {
            let last_use = now - Span::from_seconds(-libm::log(u) * gap);
            return Some(Entry { inserted: last_use, lifetime: None, ends: None });
        }
        Ttl::For(ttl) => ttl,
    };
    if cache.renewal == Renewal::EveryHit {
        let since_use = Span::from_seconds(-libm::log(u) * gap);
        return Some(Entry { inserted: now - since_use, lifetime: Some(ttl), ends: None });
    }
    if cache.ends != Ends::Exact && cache.jitter.value() == 0.0 && ttl.nanos() % NANOS_PER_SECOND == 0 {
        return whole_second_entry(now, cache.ends, ttl, gap, phase, u);
    }
    let ahead = cache.refresh_ahead.unwrap_or(Span::ZERO).seconds();
    let mean = ttl.seconds() - ahead;
    let fresh = mean / (mean + gap);
    let (low, high) =
        ((1.0 - cache.jitter.value()) * ttl.seconds() - ahead, (1.0 + cache.jitter.value()) * ttl.seconds() - ahead);
    if u < fresh {
        // The lifetime that is met is drawn by its length.
        let soft = libm::sqrt(low * low + length * (high * high - low * low));
        let age = soft * (u / fresh);
        Some(Entry {
            inserted: now - Span::from_seconds(age),
            lifetime: Some(Span::from_seconds(soft + ahead)),
            ends: None,
        })
    } else {
        let since_end = -libm::log((u - fresh) / (1.0 - fresh)) * gap;
        let soft = low + length * (high - low);
        Some(Entry {
            inserted: now - Span::from_seconds(since_end + soft),
            lifetime: Some(Span::from_seconds(soft + ahead)),
            ends: None,
        })
    }
}

/// The same for an entry that ends on a whole second: given the clock, the time left is one of whole steps.
fn whole_second_entry(now: Moment, ends: Ends, ttl: Span, gap: f64, phase: Span, u: f64) -> Option<Entry> {
    let to_next = now.next_whole_second(phase).since(now);
    let c = to_next.seconds();
    // Seconds that every entry lives at least, and the longest lifetime, one more.
    let sure = ttl.seconds() - if ends == Ends::PreviousWholeSecond { 1.0 } else { 0.0 };
    let idle = libm::exp(-1.0 / gap);
    let cycle = idle / (1.0 - idle) + sure + 1.0;
    let at = u * cycle;
    let last_step = (1.0 - libm::exp(-(1.0 - c) / gap)) / (1.0 - idle);
    let steps = if at < sure {
        libm::floor(at)
    } else if at < sure + last_step {
        sure
    } else {
        // No request since: it ended at the start of this second, or a geometric number of seconds before.
        let beyond = (at - sure - last_step) / (cycle - sure - last_step);
        -1.0 - libm::floor(-libm::log1p(-beyond) * gap)
    };
    let end = now + to_next + Span::from_seconds(steps);
    Some(Entry { inserted: end - ttl, lifetime: Some(ttl), ends: Some(end) })
}

#[cfg(test)]
mod tests {
    use super::super::load::Rhythm;
    use super::*;
    use crate::model::play::fixture::{at, cache, seconds};
    use crate::model::play::state::cell::Cell;
    use crate::random::purpose::Purpose;
    use crate::random::stream::{Seed, Trial};
    use crate::units::probability::Share;

    const N: u64 = 20_000;

    fn chance(number: u64) -> Stream {
        Trial::new(Seed(3), number).open(Purpose::CacheStart, 0)
    }

    fn load(rate: f64) -> CellLoad {
        CellLoad { cell: 0, rate, rhythm: Rhythm::Poisson, in_turn: false, draws: 0 }
    }

    /// Ends of the entries that memoryless requests leave, in seconds from `now`, as a cell works them out.
    fn ends_left(now: Moment, cache: &Cache, rate: f64, phase: Span) -> Vec<f64> {
        let left = |number| {
            let entry = poisson_entry(now, cache, &load(rate), phase, &mut chance(number)).expect("an entry");
            let mut cell = Cell::default();
            cell.insert(entry.inserted, entry.inserted, entry.lifetime, cache, phase, Moment::NEVER);
            entry.ends.map_or(cell.fresh_until, |end| end.min(cell.fresh_until)).since(now).seconds()
        };
        (0..N).map(left).collect()
    }

    fn share(of: &[f64], is_so: impl Fn(f64) -> bool) -> f64 {
        of.iter().filter(|left| is_so(**left)).count() as f64 / of.len() as f64
    }

    /// Four standard errors of a share of the draws.
    fn four(p: f64) -> f64 {
        4.0 * (p * (1.0 - p) / N as f64).sqrt()
    }

    #[test]
    fn memoryless_requests_leave_a_fresh_entry_of_uniform_age() {
        // T = 5 s, a request every 2 s on average: a cycle is T and a gap, so fresh T / (T + 2) = 5/7, uniform on T:
        // at most 1 s left in 1/7. Absent 2/7, ended an exponential time of mean 2 s ago: more than 3 s in 2/7 e^-1.5.
        let left = ends_left(at(100.0), &cache(5.0), 0.5, Span::ZERO);
        for (found, p) in [
            (share(&left, |left| left > 0.0), 5.0 / 7.0),
            (share(&left, |left| left > 0.0 && left <= 1.0), 1.0 / 7.0),
            (share(&left, |left| left < -3.0), 2.0 / 7.0 * (-1.5_f64).exp()),
        ] {
            assert!((found - p).abs() < four(p), "{found} instead of {p}");
        }
        assert!(left.iter().all(|left| *left <= 5.0));
    }

    #[test]
    fn a_lifetime_that_is_met_is_met_by_its_length() {
        // T uniform on 2.5..7.5 s: cycle 5 + 2 s. Fresh with more than x left: the integral of P(T > t) from x on, over
        // 7; for x = 5 that is 2.5 / 2 / 5 * 2.5 = 0.625, so 0.0893; for x = 0 it is 5/7.
        let spread = Cache { jitter: Share::new(0.5).expect("a share"), ..cache(5.0) };
        let left = ends_left(at(100.0), &spread, 0.5, Span::ZERO);
        for (x, p) in [(0.0, 5.0 / 7.0), (5.0, 0.625 / 7.0)] {
            let found = share(&left, |left| left > x);
            assert!((found - p).abs() < four(p), "{found} instead of {p}");
        }
    }

    #[test]
    fn an_entry_that_is_refreshed_ahead_is_fresh_more_often() {
        // Due 2 s before its end at 5 s: a cycle is 3 s and a gap of 2 s. Not fresh if no request came in those 2 s and
        // later still: the gap lasts longer than 2 s, expected overshoot 2 e^-1 s, so 2 e^-1 / 5 = 0.1472 are not fresh.
        let ahead = Cache { refresh_ahead: Some(seconds(2.0)), ..cache(5.0) };
        let left = ends_left(at(100.0), &ahead, 0.5, Span::ZERO);
        let p = 2.0 * (-1.0_f64).exp() / 5.0;
        let found = share(&left, |left| left <= 0.0);
        assert!((found - p).abs() < four(p), "{found} instead of {p}");
    }

    #[test]
    fn a_sliding_entry_ends_a_lifetime_after_the_last_request() {
        // The last request lies an exponential time of mean 2 s back: fresh if less than 5 s, 1 - e^-2.5 = 0.9179.
        let sliding = Cache { renewal: Renewal::EveryHit, ..cache(5.0) };
        let left = ends_left(at(100.0), &sliding, 0.5, Span::ZERO);
        let p = 1.0 - (-2.5_f64).exp();
        let found = share(&left, |left| left > 0.0);
        assert!((found - p).abs() < four(p), "{found} instead of {p}");
    }

    #[test]
    fn what_keeps_nothing_holds_nothing_and_what_keeps_for_ever_never_ends() {
        let entry = |ttl| poisson_entry(at(9.0), &Cache { ttl, ..cache(1.0) }, &load(1.0), Span::ZERO, &mut chance(0));
        assert!(entry(Ttl::Disabled).is_none());
        assert!(entry(Ttl::Forever).is_some_and(|entry| entry.lifetime.is_none() && entry.inserted < at(9.0)));
    }

    /// Seconds left, at times of one phase of the clock, of the entry that requests leave which are played one by one.
    fn played(cache: &Cache, gap: f64, phase: Span, fraction: f64, looks: u32) -> Vec<f64> {
        let mut gaps = Trial::new(Seed(5), 0).open(Purpose::LawfulArrivals, 0);
        let mut cell = Cell::default();
        let (mut next, mut left) = (Moment::ZERO, Vec::new());
        for look in 0..looks {
            let now = at(f64::from(look) + fraction);
            while next < now {
                if next >= cell.fresh_until {
                    let Ttl::For(ttl) = cache.ttl else { unreachable!("it has a TTL") };
                    cell.insert(next, next, Some(ttl), cache, phase, Moment::NEVER);
                }
                next = next + seconds(gap * gaps.exponential_by_inversion());
            }
            left.push(cell.fresh_until.since(now).seconds());
        }
        left.split_off(1000)
    }

    #[test]
    fn an_entry_that_ends_on_a_whole_second_has_the_law_that_long_play_gives_it() {
        // T = 3 s, a request every 2 s on average, seen 0.1 s after its clock's whole second and 0.1 s before the next.
        // 20,000 draws against 400,000 seconds of play (some 80,000 cycles): the standard error of a share p is at most
        // sqrt(p (1 - p) (1/20,000 + 1/80,000)), of which four are 0.0158 at p = 1/2.
        for ends in [Ends::PreviousWholeSecond, Ends::NextWholeSecond] {
            for fraction in [0.8, 0.6] {
                let whole = Cache { ends, ..cache(3.0) };
                let phase = seconds(0.3);
                let played = played(&whole, 2.0, phase, fraction, 400_000);
                let drawn = ends_left(at(100.0 + fraction), &whole, 0.5, phase);
                for x in [-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0] {
                    let (p, found) = (share(&played, |left| left > x), share(&drawn, |left| left > x));
                    let error = 4.0 * (p * (1.0 - p) * (1.0 / 20_000.0 + 1.0 / 80_000.0)).sqrt();
                    assert!((found - p).abs() <= error, "{ends:?} at {fraction}: {found} instead of {p} beyond {x}");
                }
            }
        }
    }
}
