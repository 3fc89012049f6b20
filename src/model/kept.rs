//! How long a cache keeps what is looked for at a steady rate, and what of it two tiers in a row let through.
//!
//! A question is asked, the answer kept for a life, and the next is asked at the first request after that: once in a life
//! and a gap. A life that depends on when requests come is given as what makes that true.

use super::cache::{Cache, Ends, Renewal, TierAge, Ttl};
use crate::random::incomplete_gamma::tails;
use crate::random::law::Law;

/// Renewals that are summed; after so many, their number is taken to grow evenly.
const MOST_RENEWALS: u32 = 2_000;

/// How long an entry that is looked for at `rate` is kept on average, in seconds; infinite if for good.
pub fn mean_life(cache: &Cache, rate: f64) -> f64 {
    let life = undisturbed_life(cache, rate);
    match cache.restarts.as_ref().and_then(Law::mean_seconds) {
        // What is left of an exponential time is as long as all of it: E min(T, R).
        Some(mean) if mean > 0.0 => -mean * libm::expm1(-life / mean),
        _ => life,
    }
}

/// The same where the cache never restarts.
pub fn undisturbed_life(cache: &Cache, rate: f64) -> f64 {
    // A run of requests of which none comes later than this after the one before: it ends with a gap that is longer.
    let run = |gap: f64| if rate > 0.0 { libm::expm1(rate * gap) / rate } else { gap };
    // Within so long of its end a hit fetches anew.
    let ahead = cache.refresh_ahead.map_or(0.0, |ahead| ahead.seconds());
    let idle = cache.idle.map_or(f64::INFINITY, |idle| run(idle.seconds()));
    match cache.ttl {
        Ttl::Disabled => 0.0,
        Ttl::For(ttl) if cache.renewal == Renewal::EveryHit => {
            // A hit puts the end a whole second earlier at worst; too short a life says too many questions, not too few.
            let earlier = if cache.ends == Ends::PreviousWholeSecond { 1.0 } else { 0.0 };
            run((ttl.seconds() - earlier - ahead).max(0.0)).min(idle)
        }
        Ttl::For(ttl) if cache.ends == Ends::Exact => (ttl.seconds() - ahead).max(0.0).min(idle),
        Ttl::For(ttl) if ends_are_known(cache) => whole_seconds(ttl.seconds(), rate, cache.ends),
        Ttl::For(ttl) => {
            let rounded = if cache.ends == Ends::NextWholeSecond { 0.5 } else { -0.5 };
            (ttl.seconds() + rounded - ahead).max(0.0).min(idle)
        }
        Ttl::Forever => idle,
    }
}

/// Whether an entry that ends with a whole second is asked for anew some gap after such an end, and at no other time.
fn ends_are_known(cache: &Cache) -> bool {
    let ttl = if let Ttl::For(ttl) = cache.ttl { ttl.seconds() } else { 0.0 };
    let plain = cache.jitter.value() == 0.0 && cache.idle.is_none() && cache.refresh_ahead.is_none();
    plain && cache.renewal == Renewal::Insertion && ttl >= 1.0
}

/// The life of an entry that ends with a whole second: asked for at `E ~ Exp(rate)` after one, it ends at `E + ttl`
/// rounded up or down, and `E + life` is that.
fn whole_seconds(ttl: f64, rate: f64, ends: Ends) -> f64 {
    if rate <= 0.0 {
        return ttl;
    }
    let (whole, rest) = (libm::floor(ttl), ttl - libm::floor(ttl));
    // E floor(E + rest) = sum over j from 1 of P(E > j - rest).
    let below = libm::exp(rate * (rest - 1.0)) / -libm::expm1(-rate);
    let up = if ends == Ends::NextWholeSecond { 1.0 } else { 0.0 };
    whole + below + up - 1.0 / rate
}

/// Whether `mean_life` is exact where memoryless requests come.
pub fn life_is_known(cache: &Cache) -> bool {
    let restarts = cache.restarts.as_ref();
    let spread = cache.jitter.value() > 0.0;
    let one_end = cache.idle.is_none() || cache.ttl == Ttl::Forever;
    let simple = cache.ends == Ends::Exact || ends_are_known(cache) && restarts.is_none();
    let slides = cache.renewal == Renewal::EveryHit;
    let cut = spread && (restarts.is_some() || cache.refresh_ahead.is_some());
    restarts.is_none_or(|law| is_exponential(law) && !slides && cache.idle.is_none())
        && (one_end || slides && !spread)
        && simple
        && !(slides && (spread || cache.ends != Ends::Exact))
        && !cut
}

fn is_exponential(law: &Law) -> bool {
    let Some(mean) = law.mean_seconds() else { return false };
    [0.25, 0.5, 1.0, 2.0, 4.0].iter().all(|x| (law.cdf(x * mean) + libm::expm1(-x)).abs() < 1e-9)
}

/// The share of requests that find nothing where an entry is kept for `life` seconds.
pub fn passing(life: f64, rate: f64) -> f64 {
    if life.is_finite() { 1.0 / (1.0 + rate * life) } else { 0.0 }
}

/// Whether a tier is asked past whenever the one behind it is: its copy is as old as the original, and ends no later.
pub fn sees_through(outer: &Cache, inner: &Cache) -> bool {
    let lives = |cache: &Cache| if is_plain(cache) { life(cache) } else { None };
    let shorter = lives(outer).zip(lives(inner)).is_some_and(|(first, second)| first <= second);
    outer.age == TierAge::Inherited && outer.bypass == inner.bypass && shorter
}

fn life(cache: &Cache) -> Option<f64> {
    if let Ttl::For(ttl) = cache.ttl { Some(ttl.seconds()) } else { None }
}

/// Whether an entry lives so long from its insertion, whatever happens.
fn is_plain(cache: &Cache) -> bool {
    cache.renewal == Renewal::Insertion
        && cache.ends == Ends::Exact
        && cache.jitter.value() == 0.0
        && cache.idle.is_none()
        && cache.refresh_ahead.is_none()
        && cache.restarts.is_none()
        && life(cache).is_some()
}

/// Whether it is known what two tiers let through of memoryless requests.
pub fn in_a_row_is_known(outer: &Cache, inner: &Cache) -> bool {
    is_plain(outer) && is_plain(inner)
}

/// The share of what passes the outer of two tiers that passes the inner as well, where requests come at `rate`.
///
/// The inner is looked into a life of the outer and a gap after the last look, `m` seconds on average, and is asked past
/// at the first look after its own life: after `m (1 + n)` seconds, with `n` the number of looks expected in that life.
pub fn in_a_row(outer: &Cache, inner: &Cache, rate: f64) -> f64 {
    let (Some(first), Some(second)) = (life(outer), life(inner)) else { return 1.0 };
    // A copy that is older than the original: once it has ended, so has that.
    if outer.age == TierAge::Inherited || rate <= 0.0 {
        return 1.0;
    }
    1.0 / (1.0 + looks_within(second, first, rate))
}

/// Looks that are expected up to `end`, each a `life` and an exponential gap after the last: the `k`-th has come by then
/// with the probability that `k` gaps take no longer than what `k` lives leave.
fn looks_within(end: f64, life: f64, rate: f64) -> f64 {
    let mean = life + 1.0 / rate;
    if end > f64::from(MOST_RENEWALS) * mean {
        let square = 1.0 / (rate * rate) + mean * mean;
        return end / mean + square / (2.0 * mean * mean) - 1.0;
    }
    let mut looks = 0.0;
    let mut k = 1.0;
    while k * life < end {
        let came = tails(k, rate * (end - k * life)).0;
        looks += came;
        // Fewer and fewer: what is left out is far below what is shown.
        if came < 1e-12 {
            break;
        }
        k += 1.0;
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::super::play::fixture::{cache, seconds};
    use super::*;
    use crate::random::shape::Shape;
    use crate::random::tailed::Exponential;

    /// Questions a second about 500 credentials at 0.05/s each.
    fn asked(life: f64) -> f64 {
        500.0 * 0.05 * passing(life, 0.05)
    }

    #[test]
    fn a_life_is_cut_by_refetches_and_by_restarts() {
        // 500 / (20 + 60), fetched anew at the first hit after 60 s; kept for E min(120, Exp(30)) = 30 (1 - e^-4).
        let ahead = Cache { refresh_ahead: Some(seconds(60.0)), ..cache(120.0) };
        assert!((asked(mean_life(&ahead, 0.05)) - 6.25).abs() < 1e-9);
        let restarts = Some(Shape::Exponential(Exponential::new(30.0).expect("valid")).into());
        let restarting = Cache { restarts, ..cache(120.0) };
        let cycle = 20.0 + 30.0 * (1.0 - libm::exp(-4.0));
        assert!((asked(mean_life(&restarting, 0.05)) - 500.0 / cycle).abs() < 1e-9);
        assert!(life_is_known(&ahead) && life_is_known(&restarting));
    }

    #[test]
    fn an_entry_that_ends_with_a_whole_second_is_asked_for_a_gap_after_one() {
        // The gap rounded up, 1 / (1 - e^-0.05) = 20.504 s on average, and 1 s: 500 / 21.504 = 23.251. Rounded down it
        // is 1 s less. With 1.5 s, half a second of the gap is let off: 1 + e^(-0.025) / (1 - e^-0.05) and 1 s.
        let whole = |ttl: f64, ends| asked(mean_life(&Cache { ends, ..cache(ttl) }, 0.05));
        let gap = 1.0 / (1.0 - libm::exp(-0.05));
        assert!((whole(1.0, Ends::NextWholeSecond) - 500.0 / (gap + 1.0)).abs() < 1e-9);
        assert!((whole(1.0, Ends::PreviousWholeSecond) - 500.0 / gap).abs() < 1e-9);
        let half = 2.0 + gap * libm::exp(-0.025);
        assert!((whole(1.5, Ends::NextWholeSecond) - 500.0 / half).abs() < 1e-9);
        assert!(life_is_known(&Cache { ends: Ends::NextWholeSecond, ..cache(1.0) }));
        assert!(!life_is_known(&Cache { ends: Ends::NextWholeSecond, ..cache(0.5) }));
    }

    #[test]
    fn the_inner_of_two_tiers_is_asked_past_at_the_first_look_after_its_life() {
        // Looked into every 60 s and a gap of 20 s. Of 60 s: at every look, 6.25/s. Of 120 s: at the first if its gap is
        // over 60 s, e^-3, else at the second: once in 80 (2 - e^-3) s.
        let through = |outer: f64, inner: f64| {
            let (outer, inner) = (cache(outer), cache(inner));
            asked(mean_life(&outer, 0.05)) * in_a_row(&outer, &inner, 0.05)
        };
        assert!((through(60.0, 60.0) - 6.25).abs() < 1e-9);
        let cycle = 80.0 * (2.0 - libm::exp(-3.0));
        assert!((through(60.0, 120.0) - 500.0 / cycle).abs() < 1e-9);
        // Many looks grow evenly: just below and above the number that is summed it is the same.
        let (mean, below) = (0.1 + 20.0, looks_within(1999.0 * 20.1, 0.1, 0.05));
        let above = looks_within(2001.0 * mean, 0.1, 0.05);
        assert!((above - below - 2.0).abs() < 1e-6, "{below} and {above}");
    }

    #[test]
    fn a_copy_as_old_as_the_original_is_no_tier_of_its_own() {
        let inherits = |ttl: f64| Cache { age: TierAge::Inherited, ..cache(ttl) };
        assert!(sees_through(&inherits(60.0), &cache(120.0)) && !sees_through(&cache(60.0), &cache(120.0)));
        assert!(!sees_through(&inherits(120.0), &cache(60.0)));
        assert_eq!(in_a_row(&inherits(120.0), &cache(60.0), 0.05), 1.0);
    }
}
