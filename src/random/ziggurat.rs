//! Unit exponentials by the ziggurat method, about twice as fast as a logarithm each.
//!
//! Promises the exact exponential law and the same bits on every platform. The method rejects, so the number
//! of words taken varies: use it only in streams that hold nothing else (`stream.rs` enforces that by type).
//! Made here rather than taken from `rand_distr` because that crate's `exp` and `ln` come from the platform as
//! soon as any other dependency switches `num-traits/std` on, which ours do.
//!
//! Source: Marsaglia and Tsang, "The ziggurat method for generating random variables", J. Stat. Softw. 5(8), 2000.

use crate::random::bits;
use std::sync::LazyLock;

const LAYERS: usize = 256;

/// Where the tail begins, so that 256 layers of equal area cover the density (Marsaglia and Tsang).
const TAIL: f64 = 7.697_117_470_131_05;

/// The layers of equal area under `exp(-x)`, widest first: layer `i` ends at `edge[i]`; its height is that from
/// `height[i]` to `height[i + 1]`.
#[derive(Debug)]
pub struct Ziggurat {
    edge: [f64; LAYERS + 1],
    height: [f64; LAYERS + 1],
}

static LAYERED: LazyLock<Ziggurat> = LazyLock::new(Ziggurat::build);

impl Ziggurat {
    /// The layers, worked out once: a constant in all but name.
    pub fn shared() -> &'static Self {
        &LAYERED
    }

    /// One draw of the exponential law of mean 1, from as many words of `next` as it takes (mostly one).
    // Inlined by force, without what is rarely done: it is drawn from in loops.
    #[inline(always)]
    pub fn draw(&self, mut next: impl FnMut() -> u64) -> f64 {
        loop {
            let word = next();
            let layer = (word & 0xff) as usize;
            let x = bits::open_unit(word) * self.edge[layer];
            if x < self.edge[layer + 1] {
                return x;
            }
            if let Some(x) = self.draw_outside(layer, x, bits::open_unit(next())) {
                return x;
            }
        }
    }

    /// What `x` in a layer, but outside the one above, comes to by one more number in (0, 1); none if it is rejected.
    #[cold]
    fn draw_outside(&self, layer: usize, x: f64, u: f64) -> Option<f64> {
        if layer == 0 {
            // Beyond the tail's start the law begins anew: it has no memory.
            return Some(TAIL - libm::log(u));
        }
        let (low, high) = (self.height[layer], self.height[layer + 1]);
        (low + u * (high - low) < libm::exp(-x)).then_some(x)
    }

    fn build() -> Self {
        // Every layer has the area of the bottom one: its rectangle up to the tail, and the tail.
        let area = (TAIL + 1.0) * libm::exp(-TAIL);
        let mut edge = [0.0; LAYERS + 1];
        edge[0] = area / libm::exp(-TAIL);
        edge[1] = TAIL;
        for i in 2..LAYERS {
            edge[i] = -libm::log(libm::exp(-edge[i - 1]) + area / edge[i - 1]);
        }
        edge[LAYERS] = 0.0;
        let height = edge.map(|x| libm::exp(-x));
        Self { edge, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_layer_has_the_area_of_all_others() {
        // The tail's start is right exactly if the layers close: the last one, too, must reach the density's peak of 1.
        let layers = Ziggurat::shared();
        let area = (TAIL + 1.0) * libm::exp(-TAIL);
        let top = layers.edge[LAYERS - 1] * (1.0 - layers.height[LAYERS - 1]);
        assert!((top / area - 1.0).abs() < 1e-9, "{top} against {area}");
        assert!(layers.edge.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn the_first_word_alone_decides_inside_a_layer() {
        // Layer 0 reaches to `edge[0]`; the smallest word gives the smallest uniform number, 2^-53, of that.
        let mut words = [0_u64].into_iter();
        let drawn = Ziggurat::shared().draw(|| words.next().expect("one word is enough"));
        assert_eq!(drawn, Ziggurat::shared().edge[0] * 2.0_f64.powi(-53));
    }

    #[test]
    fn the_tail_starts_anew_beyond_its_start() {
        // Layer 0 and a uniform number near 1 lead beyond the tail's start; the second word then gives -ln(1/2).
        let mut words = [u64::MAX << 12, 1 << 63].into_iter();
        let drawn = Ziggurat::shared().draw(|| words.next().expect("two words are enough"));
        assert!((drawn - (TAIL + std::f64::consts::LN_2)).abs() < 1e-12, "{drawn}");
    }
}
