//! A revocation drill simulator: does invalidation of a stolen credential beat its reuse, and what holds the door open?
//!
//! The program is what most people want, and its documentation is in the folder `docs`; this page is for those who
//! read the code, or call it. It is a short course: read from the top.
//!
//! # Two waists
//!
//! Everything flows one way, and narrows twice:
//!
//! ```text
//! scenario file -> document -> Scenario            first waist: what was asked; valid by construction
//!   -> experiment: for each trial, streams and a world in the engine -> ledger -> a row of metrics
//!   -> stats -> estimates and verdicts -> Record   second waist: what was found; plain versioned data
//!   -> report -> files -> exit code
//! ```
//!
//! A [`Scenario`](scenario::load::Scenario) holds the [`System`](model::system::System) under drill, its objectives and
//! its assumptions. Whoever has one need not check it again: a text with a fault never becomes one, and all its faults
//! are told at once, with places and remedies.
//!
//! A [`Record`](record::summary::Record) holds everything that was found, with intervals and sample sizes. Every report
//! is a plain function of it. The same scenario, seed and version give the same record, to the last bit, on any number
//! of threads.
//!
//! # A drill in a dozen lines
//!
//! One cache of a minute between a thief and the issuer. No trial can last longer than the cache remembers:
//!
//! ```
//! use revdrill::experiment::blocks::Progress;
//! use revdrill::experiment::recording::{Drill, Settings};
//! use revdrill::model::play::trial::{Engine, Requests};
//! use revdrill::record::summary::Verdict;
//! use revdrill::scenario::load::{Input, load};
//! use revdrill::scenario::objectives::Catalogue;
//! use std::convert::Infallible;
//!
//! let text = "
//! revdrill: 1
//! teaches: A cached answer outlives the revocation.
//! horizon: 10m
//! credentials: { key: { kind: opaque, issuer: idp, lifetime: forever } }
//! verifiers: { gateway: { asks: idp, cache: { ttl: 60s } } }
//! attacker: { steals: key, replays: { arrivals: poisson 1/s } }
//! defender: { detects: p50=5m p95=20m, playbook: { revoke: key } }
//! objectives: [ bound(gateway) <= 60s ]
//! ";
//! let input = Input::Text { name: "example".into(), text: text.into(), folder: None };
//! let scenario = load(&input, &[], &Catalogue).expect("the scenario is valid").scenario;
//!
//! let drill = Drill::new(&scenario);
//! let settings = Settings { name: "example".into(), seed: 1, trials: 200, threads: 2, requests: Requests::Counted, engine: Engine::Auto };
//! let mut open_at_all = 0;
//! let record = drill
//!     .run(&settings, &Progress::default(), |trial| {
//!         open_at_all += u32::from(trial.ledger.targets[0].closed_at > trial.ledger.revoked_at);
//!         Ok::<(), Infallible>(())
//!     })
//!     .expect("the closure never fails");
//!
//! assert_eq!(record.run.trials, 200);
//! assert_eq!(record.objectives[0].verdict, Verdict::Pass);
//! assert!(open_at_all > 150, "a busy entry is rarely empty when the credential is revoked");
//! ```
//!
//! # Where to start reading
//!
//! - *What is simulated*: [`model::system`], then [`model::ledger`], which says what a trial leaves behind.
//! - *How a trial is played*: [`model::play::trial`], on the [`engine`]. How a door is known to be open without anybody
//!   trying it: [`model::play::doors::door`].
//! - *What the numbers mean*: [`metric::catalogue`], every metric once, with its definition.
//! - *What they rest on*: [`stats`] for intervals, [`random::stream`] for chance.
//! - *How a scenario is read*: [`scenario::load`], on [`settings`] (keys declared once) and [`document`] (texts with
//!   places).
//! - *A way in which news spreads*: any file of [`model::channel`].
//!
//! # Floors
//!
//! A module imports only modules on lower floors: [`cli`], [`experiment`], [`scenario`], [`metric`], [`model`] and
//! [`report`], [`settings`], [`document`], [`engine`] and [`random`] and [`record`], [`units`] and [`stats`]. A test
//! holds this. `report` knows records and nothing of the model; the model knows nothing of scenarios.

pub mod cli;
pub mod document;
pub mod engine;
pub mod experiment;
pub mod metric;
pub mod model;
pub mod random;
pub mod record;
pub mod report;
pub mod scenario;
pub mod settings;
pub mod stats;
pub mod units;
