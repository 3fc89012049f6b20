//! The section `defender`: how long until somebody knows and decides, and what they do then.

use super::detection;
use super::names::Parts;
use super::playbook::{self, Premises};
use crate::model::attacker::Attacker;
use crate::model::defender::Defender;
use crate::random::law::Law;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::rate::Rate;

/// Settings of the defender.
pub const KEYS: [Key; 6] = [
    Key::required(
        "detects",
        detection::VALUE,
        "Time from exposure until somebody or something knows, or what gives the attacker away.",
    ),
    Key::optional("misses", Value::Share, "0%", "Probability that nobody ever notices."),
    Key::optional(
        "false_alarms",
        Value::Form("`poisson RATE`"),
        "none",
        "Alarms without a cause; the first of them sets the playbook off if nobody knew before.",
    ),
    Key::optional("triages", Value::Law, "0s", "Time from knowing to having looked at it."),
    Key::optional("approves", Value::Law, "0s", "Time from there to the decision."),
    Key::required(
        "playbook",
        Value::SectionOrList(&playbook::KEYS),
        "Steps, one after the other; a block of `at_once` holds steps that begin together.",
    ),
];

/// Reads the defender; nothing if a law or a step is at fault.
pub fn read(
    reader: &mut Reader<'_>,
    attacker: Option<&Attacker>,
    premises: Premises<'_>,
    parts: &mut Parts,
) -> Option<Defender> {
    let detects = detection::read(reader, attacker);
    let misses = reader.share("misses").unwrap_or(Share::NONE);
    let false_alarms = reader.parsed("false_alarms", |text| {
        let rate = text.strip_prefix("poisson ");
        Rate::parse(rate.ok_or_else(|| format!("`{text}` is no rate of alarms; write for example `poisson 1/30d`"))?)
    });
    let triages = reader.law("triages").unwrap_or(Law::ZERO);
    let approves = reader.law("approves").unwrap_or(Law::ZERO);
    let playbook = playbook::read(reader, premises, parts);
    Some(Defender { detects: detects?, misses, false_alarms, triages, approves, playbook: playbook? })
}
