//! What a trial remembers of lineage: when instances were issued, what rings hold, who has spent which refresh token.

use crate::model::lineage::{Binding, Rotation};
use crate::model::play::compiled::plan::Plan;
use crate::model::play::compiled::slots::Ring;
use crate::units::time::Moment;

/// The state of lineage in a trial.
#[derive(Debug)]
pub struct Lineage {
    /// When each instance was issued, by slot.
    pub issued: Vec<Moment>,
    /// From when the issuer has forgotten that it revoked an instance, by slot.
    pub forgotten: Vec<Moment>,
    /// Whether a revocation of an instance was undone, by slot.
    pub undone: Vec<bool>,
    /// Whether what lies in a slot was signed with a key that the issuer began to use in this trial.
    pub newer_key: Vec<bool>,
    /// Credentials of the scenario whose copies are of no use to the attacker.
    pub useless: Vec<bool>,
    /// From when the attacker mints; never before it has begun.
    pub minting_from: Moment,
    /// Instances minted so far, by ring.
    pub minted: Vec<u32>,
    /// Families of refresh tokens that rotate.
    pub families: Vec<Family>,
    /// Lawful clients that refresh, by client.
    pub clients: Vec<Client>,
}

/// A family of refresh tokens: one grant, and what each of its holders has.
#[derive(Clone, Debug)]
pub struct Family {
    /// The credential.
    pub credential: u16,
    /// How it rotates.
    pub rotation: Rotation,
    /// Tokens given out.
    pub tokens: u32,
    /// The attacker first, then every lawful client.
    pub holders: Vec<Holder>,
}

/// What a holder of a family has.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// Which token of the family.
    pub token: u32,
    /// When it was spent; never if it was not.
    pub spent_at: Moment,
}

/// The holder that everybody starts as: with the token that was copied.
const FIRST: Holder = Holder { token: 0, spent_at: Moment::NEVER };

/// A lawful client that refreshes.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Whether it has refreshed, and so left what it began with.
    pub refreshed: bool,
    /// When it refreshes next; never if it is thrown out.
    pub next: Moment,
    /// Since when it is thrown out.
    pub out_since: Moment,
}

const CLIENT: Client = Client { refreshed: false, next: Moment::NEVER, out_since: Moment::NEVER };

impl Lineage {
    /// The state before a trial.
    pub fn new(plan: &Plan<'_>) -> Self {
        let system = plan.system;
        let rotating = system.credentials.iter().enumerate().filter_map(|(number, one)| Some((number, one.rotation?)));
        let families = rotating.map(|(number, rotation)| Family {
            credential: number as u16,
            rotation,
            tokens: 1,
            holders: vec![FIRST; 1 + system.lawful.len()],
        });
        Self {
            issued: vec![Moment::ZERO; plan.credentials],
            forgotten: vec![Moment::NEVER; plan.credentials],
            undone: vec![false; plan.credentials],
            newer_key: vec![false; plan.credentials],
            useless: vec![false; plan.originals],
            minting_from: Moment::NEVER,
            minted: vec![0; plan.slots.rings.len()],
            families: families.collect(),
            clients: vec![CLIENT; system.lawful.len()],
        }
    }

    /// Forgets the trial before.
    pub fn reset(&mut self) {
        self.issued.fill(Moment::ZERO);
        self.forgotten.fill(Moment::NEVER);
        self.undone.fill(false);
        self.newer_key.fill(false);
        self.useless.fill(false);
        self.minting_from = Moment::NEVER;
        self.minted.fill(0);
        for family in &mut self.families {
            family.tokens = 1;
            family.holders.fill(FIRST);
        }
        self.clients.fill(CLIENT);
    }

    /// The family of a credential, if that rotates.
    pub fn family_of(&self, credential: u16) -> Option<usize> {
        self.families.iter().position(|family| family.credential == credential)
    }

    /// The slots of what a ring holds, newest first.
    #[inline]
    pub fn held<'a>(&self, number: usize, ring: &'a Ring) -> impl Iterator<Item = u16> + use<'a> {
        let minted = self.minted[number];
        let places = u32::from(ring.places);
        let oldest = minted.saturating_sub(places);
        (oldest..minted).rev().map(move |nth| ring.first + (nth % places) as u16)
    }

    /// Draws which copies are of no use without their key.
    pub fn draw_keys(
        &mut self,
        plan: &Plan<'_>,
        mut stolen: impl FnMut(u16, crate::units::probability::Share) -> bool,
    ) {
        for credential in &plan.compromised {
            if let Binding::SenderConstrained { key_stolen } = plan.system.credentials[*credential as usize].binding {
                self.useless[*credential as usize] = !stolen(*credential, key_stolen);
            }
        }
    }

    /// Whether what lies in a slot is a stolen copy that is of no use.
    #[inline]
    pub fn is_useless(&self, slot: u16) -> bool {
        self.useless.get(slot as usize).copied().unwrap_or(false)
    }
}
