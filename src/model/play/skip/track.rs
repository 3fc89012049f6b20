//! What is told apart where requests are skipped: tracks, units and bundles.
//!
//! A *track* is a way that requests of one source may take: a place in its order, and one replica there where a load
//! balancer picks at random. A *unit* is a stream of requests that is memoryless by itself: a source that calls its
//! targets in turn is one unit with a track a place; one that roams, or has one place, is thinned into a unit a track.
//! Units whose requests take turns at a load balancer make up a *bundle*: they are skipped together or not at all.

use super::short::Short;
use std::ops::Range;

/// A way that requests of a source may take.
#[derive(Debug)]
pub struct Track {
    /// The unit that takes it.
    pub unit: u32,
    /// The place in the order of its source.
    pub place: u32,
    /// The route.
    pub route: u16,
    /// The replica, where the load balancer picks at random and each replica has a track of its own.
    pub replica: Option<u32>,
    /// Whether its source chooses between credentials there, or chooses by what becomes of them there.
    pub chooses: bool,
    /// The verifiers on it that deal requests out in turn.
    pub dealers: Vec<u16>,
    /// The short way to play one request.
    pub short: Option<Short>,
}

/// A stream of requests that is memoryless by itself.
#[derive(Debug)]
pub struct Unit {
    /// Its source.
    pub source: u16,
    /// Its bundle.
    pub bundle: u32,
    /// Its tracks.
    pub tracks: Range<usize>,
    /// Among how many replicas the requests to its place are spread, each with a unit of its own.
    pub among: u32,
    /// How it chooses among its tracks.
    pub kind: UnitKind,
}

/// How a unit chooses among its tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// It has one.
    Single,
    /// One after the other.
    Dealt,
    /// The same, until rejected there.
    Stuck,
}

/// Units that are skipped together.
#[derive(Debug)]
pub struct BundlePlan {
    /// Its island.
    pub island: u16,
    /// The units.
    pub units: Vec<u32>,
    /// All their tracks.
    pub tracks: Vec<u32>,
}
