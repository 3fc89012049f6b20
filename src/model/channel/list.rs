//! Every kind of channel, once: the parser, `list`, the reference and the schema all read this.

use super::contract::ChannelKind;
use super::{deny_list, expiry, introspection, set_poll, set_push, status_list};

/// The kinds of channel, in the order in which they are explained.
pub const KINDS: &[&ChannelKind] =
    &[&expiry::KIND, &introspection::KIND, &status_list::KIND, &set_push::KIND, &set_poll::KIND, &deny_list::KIND];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static ChannelKind> {
    KINDS.iter().find(|kind| kind.name == name).copied()
}
