//! The curves of a picture: empirical distributions as steps, one for all targets and one for each.

use super::palette::{CURVES, OTHERS, Rgb};
use crate::record::estimate::{Distribution, Figure, MetricEstimate};
use crate::record::summary::Record;
use crate::report::{find, inert};

/// Curves with a colour and a label of their own.
const LABELLED: usize = CURVES.len();

/// Two curves that never differ by more than this are drawn as one.
const SAME: f64 = 0.005;

/// A distribution to draw.
#[derive(Clone, Debug)]
pub struct Curve<'a> {
    /// What it is of; empty for a curve without a label.
    pub name: String,
    /// Its colour.
    pub colour: Rgb,
    /// The share at exactly 0.
    pub at_once: f64,
    /// The share beyond the limit.
    pub open: f64,
    /// The distribution.
    pub distribution: &'a Distribution,
}

/// One curve for each target, the slowest labelled; those that nobody could tell apart are one with several names.
pub fn targets(record: &Record) -> Vec<Curve<'_>> {
    let drawn = |(name, estimate)| curve(name, estimate).map(|curve| (slowness(estimate), curve));
    let mut curves: Vec<(f64, Curve<'_>)> = Vec::new();
    for (slowness, curve) in find::labelled(record, "time_to_contain", "target").into_iter().filter_map(drawn) {
        match curves.iter_mut().find(|(_, other)| distance(other.distribution, curve.distribution) <= SAME) {
            Some((_, same)) => same.name = format!("{}, {}", same.name, curve.name),
            None => curves.push((slowness, curve)),
        }
    }
    let mut ranks: Vec<f64> = curves.iter().map(|(slowness, _)| *slowness).collect();
    ranks.sort_by(|a, b| b.total_cmp(a));
    let least = ranks.get(LABELLED.saturating_sub(1)).copied().unwrap_or(f64::NEG_INFINITY);
    let mut colours = CURVES.iter();
    for (slowness, curve) in &mut curves {
        match colours.as_slice() {
            [colour, ..] if *slowness >= least => {
                curve.colour = *colour;
                colours.next();
            }
            _ => curve.name.clear(),
        }
    }
    curves.into_iter().map(|(_, curve)| curve).collect()
}

/// The curve over all targets, if any trial was revoked.
pub fn whole(record: &Record) -> Option<Curve<'_>> {
    find::whole(record, "time_to_contain").and_then(|estimate| curve("all targets", estimate))
}

/// The share at or below `x`.
pub fn share_at(distribution: &Distribution, x: f64) -> f64 {
    let after = distribution.cdf.partition_point(|(point, _)| *point <= x);
    if after == 0 { 0.0 } else { distribution.cdf[after - 1].1 }
}

/// The smallest time at which the share reaches `p`, if it does.
pub fn time_at(distribution: &Distribution, p: f64) -> Option<f64> {
    distribution.cdf.iter().find(|(_, share)| *share >= p).map(|(x, _)| *x)
}

fn curve<'a>(name: &str, estimate: &'a MetricEstimate) -> Option<Curve<'a>> {
    let distribution = estimate.distribution.as_ref().filter(|_| estimate.n > 0)?;
    let share = |count: u64| count as f64 / estimate.n as f64;
    Some(Curve {
        name: inert::text(name),
        colour: OTHERS,
        at_once: share(distribution.zeros),
        open: share(distribution.censored),
        distribution,
    })
}

fn distance(a: &Distribution, b: &Distribution) -> f64 {
    let apart = |(x, _): &(f64, f64)| (share_at(a, *x) - share_at(b, *x)).abs();
    a.cdf.iter().chain(&b.cdf).map(apart).fold(0.0, f64::max)
}

fn slowness(estimate: &MetricEstimate) -> f64 {
    match find::quantile(estimate, 0.99).map(|quantile| quantile.estimate.value) {
        Some(Figure::At(seconds)) => seconds,
        Some(Figure::Beyond(_) | Figure::Unbounded | Figure::Limitless) => f64::INFINITY,
        None => f64::NEG_INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn targets_that_nobody_could_tell_apart_share_a_curve() {
        let record = fixture::spread();
        let names: Vec<String> = targets(&record).into_iter().map(|curve| curve.name).collect();
        assert!(names.contains(&"orders, orders-copy".to_owned()), "{names:?}");
    }

    #[test]
    fn only_the_slowest_six_have_a_label() {
        // Seven distinct curves: the fastest, idp, goes without.
        let record = fixture::spread();
        let (named, grey): (Vec<_>, Vec<_>) = targets(&record).into_iter().partition(|curve| !curve.name.is_empty());
        assert_eq!((named.len(), grey.len()), (6, 1));
        assert_eq!(grey[0].colour, OTHERS);
    }

    #[test]
    fn a_share_is_read_off_the_steps() {
        let record = fixture::mixed();
        let curve = whole(&record).expect("trials were revoked");
        assert_eq!(share_at(curve.distribution, -1.0), 0.0);
        assert_eq!(share_at(curve.distribution, 0.0), 0.36);
        assert_eq!(share_at(curve.distribution, 1e9), 0.997);
        assert_eq!(time_at(curve.distribution, 0.2), Some(0.0));
        assert_eq!(time_at(curve.distribution, 0.999), None);
    }
}
