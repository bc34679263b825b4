//! Which requests are answered.

/// Rule for which requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Access {
    /// Requests without a key are answered until a key exists; from then on a key is required. For a loopback address.
    #[default]
    UntilThereIsAKey,
    /// A key is required, also from programs written for the original server.
    Keys,
    /// Every request is answered.
    Everybody,
}
