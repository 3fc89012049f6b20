//! Dense numbers for the parts of a system, one type a kind, so that a verifier is never taken for a target.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u16);

        impl $name {
            /// Position in the list of its kind.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the part at `index`.
            ///
            /// # Panics
            /// Beyond 65,535 parts of a kind, which the scenario reader refuses.
            pub fn at(index: usize) -> Self {
                Self(u16::try_from(index).expect("the scenario reader refuses more than 65,535 parts of a kind"))
            }
        }
    )+};
}

ids! {
    /// A credential.
    CredentialId,
    /// An issuer.
    IssuerId,
    /// A channel by which news of a revocation spreads.
    ChannelId,
    /// A cache by its settings (not one of its instances).
    CacheId,
    /// A verifier.
    VerifierId,
    /// A target.
    TargetId,
    /// A route to a target.
    RouteId,
}
