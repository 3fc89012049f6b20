//! Every kind of channel, once: the parser, `list`, the reference and the schema all read this.

use super::contract::ChannelKind;
use super::{deny_list, expiry, introspection, key_rotation, manual, redeploy, set_poll, set_push, status_list};

/// The kinds of channel, in the order in which they are explained.
pub const KINDS: &[&ChannelKind] = &[
    &expiry::KIND,
    &introspection::KIND,
    &status_list::KIND,
    &set_push::KIND,
    &set_poll::KIND,
    &deny_list::KIND,
    &key_rotation::KIND,
    &manual::KIND,
    &redeploy::KIND,
];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static ChannelKind> {
    KINDS.iter().find(|kind| kind.name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::key::{Key, Value};
    use std::collections::BTreeSet;

    fn undocumented(keys: &'static [Key]) -> Vec<&'static str> {
        let mut found = Vec::new();
        for key in keys {
            if !key.doc.ends_with('.') || key.default.is_some_and(str::is_empty) {
                found.push(key.name);
            }
            if let Value::Section(inner) = key.value {
                found.extend(undocumented(inner));
            }
        }
        found
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_and_is_found_by_it() {
        let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        assert!(KINDS.iter().all(|one| kind(one.name).is_some_and(|found| found.name == one.name)));
        assert!(kind("carrier_pigeon").is_none());
    }

    #[test]
    fn every_kind_and_key_is_documented_and_no_key_is_declared_twice() {
        for kind in KINDS {
            assert!(kind.summary.ends_with('.') && !kind.specification.is_empty(), "{}", kind.name);
            assert_eq!(undocumented(kind.keys), [""; 0], "{}", kind.name);
            let names: BTreeSet<&str> = kind.keys.iter().map(|key| key.name).collect();
            assert_eq!(names.len(), kind.keys.len(), "{}", kind.name);
        }
    }
}
