//! The page on which the interface can be browsed.

/// What the page may load: nothing but itself and the description of the interface.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src \
                                 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(super) const HTML: &str = include_str!("page.html");
