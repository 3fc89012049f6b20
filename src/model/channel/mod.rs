//! Channels: the ways in which news of a revocation reaches a verifier. Adding one is a file here and a word in the list.

pub mod contract;
pub mod deny_list;
pub mod expiry;
#[cfg(test)]
pub mod fixture;
pub mod introspection;
pub mod key_rotation;
pub mod list;
pub mod manual;
pub mod poll;
pub mod redeploy;
pub mod set_poll;
pub mod set_push;
pub mod status_list;
pub mod work;
