//! What attacker and defender do, and what goes wrong by itself.
//!
//! The defender decides in [`defence`]; a revocation and the news of it are in [`news`], its other steps in [`measure`] and
//! [`replace`]. The attacker's are [`pursuit`], [`mint`], [`undo`] and, for refresh tokens, [`family`]; what goes wrong by itself is
//! [`outage`].

pub mod defence;
pub mod family;
pub mod measure;
pub mod mint;
pub mod news;
pub mod outage;
pub mod pursuit;
pub mod replace;
pub mod undo;
