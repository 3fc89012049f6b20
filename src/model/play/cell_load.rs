//! The requests that reach a cell of a cache, and how they come.

use crate::units::time::Span;

/// The standing requests that reach a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellLoad {
    /// The cell.
    pub cell: usize,
    /// Requests a second.
    pub rate: f64,
    /// How they come.
    pub rhythm: Rhythm,
    /// The cell whose draws it takes: its own, or that of a cell with which it is always in step.
    pub draws: usize,
}

/// How the requests to a cell come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rhythm {
    /// Memoryless.
    Poisson,
    /// Evenly spaced: every `stride`-th request of a paced source, at the place `offset` in its order.
    Steady {
        /// The source.
        source: usize,
        /// The gap between two requests of the source.
        every: Span,
        /// Number of places in its order.
        stride: usize,
        /// Which of them leads to this cell.
        offset: usize,
        /// Whose turn it is that decides: the order of the source, or the load balancer of this verifier.
        turn_of: Option<u16>,
    },
    /// Neither: the law of the entry is approximated, and warmed up.
    Mixed,
}
