//! Streams of random numbers, each addressed by (seed, trial, purpose, entity) and openable anywhere.
//!
//! The same address gives the same numbers on every platform, on any number of threads and in any order of
//! opening; different addresses never share numbers. Changing one setting therefore leaves all other draws as
//! they were (common random numbers). A stream is a ChaCha8 key stream: the key is the seed and the trial, the
//! stream number is the purpose and the entity, so nothing needs to be opened beforehand.
//!
//! Every draw of a [`Stream`] takes exactly one word and rises with it. Methods that reject take a varying number
//! of words; they live in types of their own, [`ExponentialStream`] and [`CountStream`], whose streams hold nothing else.

use crate::random::bits;
use crate::random::poisson;
use crate::random::purpose::Purpose;
use crate::random::ziggurat::Ziggurat;
use crate::units::probability::Share;
use crate::units::time::Span;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// Tells our keys from all other uses of ChaCha8, and this layout from any later one.
const DOMAIN: &[u8; 16] = b"revdrill streams";

/// The seed of an experiment, recorded with its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

/// The chance of one trial: opens its streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    key: [u8; 32],
}

/// Draws that take one word each. Words that no answer hangs on are only counted until another draw follows: most streams
/// of a trial hold nothing but one of those, and making words costs as much as a dozen draws.
#[derive(Clone, Debug)]
pub struct Stream {
    trial: Trial,
    address: (Purpose, u32),
    generator: Option<ChaCha8Rng>,
    /// Words that were taken before the first that was made.
    owed: u64,
}

/// Unit exponentials by the ziggurat method, and nothing else.
#[derive(Clone, Debug)]
pub struct ExponentialStream {
    generator: ChaCha8Rng,
    layers: &'static Ziggurat,
}

/// Poisson counts, and nothing else.
#[derive(Clone, Debug)]
pub struct CountStream {
    generator: ChaCha8Rng,
}

/// A kind of stream that a trial can open at an address.
pub trait Open {
    /// The stream of `trial` for one purpose of one entity, from its beginning.
    fn open(trial: &Trial, purpose: Purpose, entity: u32) -> Self;
}

impl Trial {
    /// The chance of trial `number` under `seed`. Key: seed, number (both little-endian), a constant.
    pub fn new(seed: Seed, number: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.0.to_le_bytes());
        key[8..16].copy_from_slice(&number.to_le_bytes());
        key[16..].copy_from_slice(DOMAIN);
        Self { key }
    }

    /// The stream for one purpose of one entity, from its beginning.
    pub fn open(&self, purpose: Purpose, entity: u32) -> Stream {
        Stream { trial: *self, address: (purpose, entity), generator: None, owed: 0 }
    }

    /// The stream of unit exponentials for one purpose of one entity, from its beginning. It must not share its address
    /// with a [`Stream`]: they would be made of the same words.
    pub fn open_exponential(&self, purpose: Purpose, entity: u32) -> ExponentialStream {
        ExponentialStream { generator: self.generator(purpose, entity), layers: Ziggurat::shared() }
    }

    /// The stream of Poisson counts for one purpose of one entity, from its beginning; it shares its address with no other.
    pub fn open_counts(&self, purpose: Purpose, entity: u32) -> CountStream {
        CountStream { generator: self.generator(purpose, entity) }
    }

    fn generator(&self, purpose: Purpose, entity: u32) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_stream((u64::from(purpose as u32) << 32) | u64::from(entity));
        generator
    }
}

impl Stream {
    #[inline]
    fn word(&mut self) -> u64 {
        match &mut self.generator {
            Some(generator) => generator.next_u64(),
            None => self.first_word(),
        }
    }

    #[cold]
    fn first_word(&mut self) -> u64 {
        let mut generator = self.trial.generator(self.address.0, self.address.1);
        generator.set_word_pos(2 * u128::from(self.owed));
        self.generator.insert(generator).next_u64()
    }

    /// Takes a word whatever it is.
    #[inline]
    pub fn skip(&mut self) {
        match &mut self.generator {
            Some(generator) => _ = generator.next_u64(),
            None => self.owed += 1,
        }
    }

    /// A number in (0, 1), open at both ends.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        bits::open_unit(self.word())
    }

    /// A whole number in `0..n`.
    ///
    /// # Panics
    /// If `n` is 0: there is nothing to choose from.
    #[inline]
    pub fn index(&mut self, n: usize) -> usize {
        assert!(n > 0, "an index was drawn from an empty list");
        bits::index(self.word(), n as u64) as usize
    }

    /// A phase in `[0, period)`, to the nanosecond.
    #[inline]
    pub fn phase(&mut self, period: Span) -> Span {
        bits::phase(self.word(), period)
    }

    /// Whether something of this probability happens. It takes its word even where the answer is certain, so that
    /// the draws after it stay as they are.
    #[inline]
    pub fn happens(&mut self, share: Share) -> bool {
        if share == Share::ALL || share == Share::NONE {
            self.skip();
            return share == Share::ALL;
        }
        self.uniform() < share.value()
    }

    /// A unit exponential as the inverse of its distribution function: one word, rising with it.
    #[inline]
    pub fn exponential_by_inversion(&mut self) -> f64 {
        -libm::log1p(-self.uniform())
    }
}

impl ExponentialStream {
    /// An exponential of mean 1.
    #[inline]
    pub fn unit_exponential(&mut self) -> f64 {
        self.layers.draw(|| self.generator.next_u64())
    }
}

impl CountStream {
    /// How many arrivals come where `mean` are expected.
    #[inline]
    pub fn poisson(&mut self, mean: f64) -> u64 {
        poisson::draw(mean, || bits::open_unit(self.generator.next_u64()))
    }
}

impl Open for CountStream {
    fn open(trial: &Trial, purpose: Purpose, entity: u32) -> Self {
        trial.open_counts(purpose, entity)
    }
}

impl Open for Stream {
    fn open(trial: &Trial, purpose: Purpose, entity: u32) -> Self {
        trial.open(purpose, entity)
    }
}

impl Open for ExponentialStream {
    fn open(trial: &Trial, purpose: Purpose, entity: u32) -> Self {
        trial.open_exponential(purpose, entity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_first_draws_never_change() {
        // Key streams of ChaCha8 as its specification defines them, worked out by a separate program: key = seed,
        // trial, "revdrill streams"; counter 0; nonce = purpose and entity. A draw is the upper 52 bits of a word,
        // and a half.
        for (seed, number, purpose, entity, draws) in [
            (0, 0, Purpose::CopyFound, 0, [0.878_133_112_398_059_2, 0.959_491_612_906_405_6]),
            (42, 7, Purpose::AttackerArrivals, 5, [0.790_855_539_111_642_4, 0.359_720_341_065_125_6]),
            (u64::MAX, u64::MAX, Purpose::WarmUp, u32::MAX, [0.448_593_442_432_525_86, 0.514_155_441_492_676_7]),
        ] {
            let mut stream = Trial::new(Seed(seed), number).open(purpose, entity);
            assert_eq!([stream.uniform(), stream.uniform()], draws);
        }
    }

    #[test]
    fn the_first_exponentials_never_change() {
        // Worked out by the same separate program to the last figure but one, then recorded: they pin the layers of the
        // ziggurat and the order in which it takes words.
        let mut stream = Trial::new(Seed(42), 7).open_exponential(Purpose::AttackerArrivals, 5);
        let drawn: Vec<f64> = (0..4).map(|_| stream.unit_exponential()).collect();
        assert_eq!(
            drawn,
            [5.489_354_892_953_155_5, 0.430_508_752_317_347, 0.032_474_825_994_113_485, 0.322_715_994_069_598_6]
        );
    }

    #[test]
    fn streams_do_not_depend_on_the_order_of_opening() {
        let trial = Trial::new(Seed(5), 1);
        let mut alone = trial.open(Purpose::Detection, 3);
        let expected: Vec<f64> = (0..100).map(|_| alone.uniform()).collect();
        let mut other = trial.open(Purpose::Triage, 3);
        let mut again = trial.open(Purpose::Detection, 3);
        let interleaved: Vec<f64> = (0..100).map(|_| (other.uniform(), again.uniform()).1).collect();
        assert_eq!(interleaved, expected);
    }

    #[test]
    fn words_that_no_answer_hangs_on_are_taken_all_the_same() {
        let trial = Trial::new(Seed(5), 1);
        let mut all = trial.open(Purpose::Detection, 3);
        let drawn: Vec<f64> = (0..6).map(|_| all.uniform()).collect();
        let mut some = trial.open(Purpose::Detection, 3);
        assert!(some.happens(Share::ALL) && !some.happens(Share::NONE));
        assert_eq!(some.uniform(), drawn[2]);
        assert!(some.happens(Share::ALL));
        some.skip();
        assert_eq!(some.uniform(), drawn[5]);
    }

    #[test]
    fn different_addresses_never_share_draws() {
        // 3 seeds, 5 trials, 3 purposes, 7 entities: 315 streams of two draws. Equal draws by accident: about 1e-10.
        let mut seen = BTreeSet::new();
        for seed in [0, 1, 1 << 32] {
            for number in [0, 1, 2, 1 << 32, u64::MAX] {
                let trial = Trial::new(Seed(seed), number);
                for purpose in [Purpose::CopyFound, Purpose::AttackerFirstTry, Purpose::WarmUp] {
                    for entity in [0, 1, 2, 3, 1 << 16, 1 << 31, u32::MAX] {
                        let mut stream = trial.open(purpose, entity);
                        assert!(seen.insert(stream.uniform().to_bits()) && seen.insert(stream.uniform().to_bits()));
                    }
                }
            }
        }
        assert_eq!(seen.len(), 630);
    }

    #[test]
    fn uniform_draws_have_the_mean_and_variance_of_their_law() {
        // n = 100000: the mean 1/2 errs by sqrt(1/12n), the mean square of the deviation, 1/12, by sqrt(1/180n).
        let n = 100_000.0_f64;
        let mut stream = Trial::new(Seed(9), 0).open(Purpose::Think, 0);
        let drawn: Vec<f64> = (0..100_000).map(|_| stream.uniform()).collect();
        let mean = drawn.iter().sum::<f64>() / n;
        let variance = drawn.iter().map(|u| (u - 0.5) * (u - 0.5)).sum::<f64>() / n;
        assert!((mean - 0.5).abs() < 5.0 / (12.0 * n).sqrt(), "{mean}");
        assert!((variance - 1.0 / 12.0).abs() < 5.0 / (180.0 * n).sqrt(), "{variance}");
    }

    #[test]
    fn both_kinds_of_exponential_follow_their_law() {
        // The greatest distance of n draws from 1 - e^-x exceeds 2.2 / sqrt(n) with probability
        // 2 exp(-2 * 2.2^2) = 1.3e-4 (Kolmogorov and Smirnov).
        let trial = Trial::new(Seed(11), 0);
        let mut inverted = trial.open(Purpose::LawfulArrivals, 0);
        let mut layered = trial.open_exponential(Purpose::AttackerArrivals, 0);
        let n = 1_000_000;
        for mut drawn in [
            (0..n).map(|_| inverted.exponential_by_inversion()).collect::<Vec<f64>>(),
            (0..n).map(|_| layered.unit_exponential()).collect(),
        ] {
            drawn.sort_by(f64::total_cmp);
            assert!(drawn[0] > 0.0);
            let distance = |(rank, x): (usize, &f64)| {
                let (cdf, rank) = (1.0 - (-x).exp(), rank as f64);
                (cdf - rank / f64::from(n)).abs().max((cdf - (rank + 1.0) / f64::from(n)).abs())
            };
            let greatest = drawn.iter().enumerate().map(distance).fold(0.0, f64::max);
            assert!(greatest < 2.2 / f64::from(n).sqrt(), "{greatest}");
            // Beyond 7.697117, where the ziggurat's tail begins: n e^-7.697117 = 454.1 expected, of standard error
            // 21.3.
            let tail = drawn.iter().filter(|&&x| x > 7.697_117).count() as f64;
            assert!((tail - 454.1).abs() < 5.0 * 21.3, "{tail}");
        }
    }

    #[test]
    fn a_certain_answer_takes_its_word_all_the_same() {
        let trial = Trial::new(Seed(1), 1);
        let (mut one, mut other) = (trial.open(Purpose::Refused, 0), trial.open(Purpose::Refused, 0));
        for _ in 0..1000 {
            assert!(!one.happens(Share::NONE));
            assert!(other.happens(Share::ALL));
        }
        assert_eq!(one.uniform(), other.uniform());
    }

    #[test]
    fn an_index_reaches_every_place_alike() {
        // n = 60000 draws of 6: 10000 each, of standard error sqrt(60000 * 5/36) = 91.
        let mut stream = Trial::new(Seed(2), 0).open(Purpose::Balance, 0);
        let mut counts = [0_i32; 6];
        (0..60_000).for_each(|_| counts[stream.index(6)] += 1);
        assert!(counts.iter().all(|count| (count - 10_000).abs() < 5 * 91), "{counts:?}");
    }
}
