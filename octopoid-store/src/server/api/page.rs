//! The page on which the API can be browsed.

/// Content security policy of the page: it loads nothing but itself and the OpenAPI description.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src \
                                 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(super) const HTML: &str = include_str!("page.html");
