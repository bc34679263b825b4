//! Headers that every answer has.

use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Tells browsers to take answers as what they are called, to keep none unless told to, and to show none in other
/// sites' pages. What scripts and styles a page of ours may load is the page's own matter.
pub(super) fn harden(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, usual) in
        [(CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer"), (RESOURCE_POLICY, "same-origin")]
    {
        headers.entry(name).or_insert(HeaderValue::from_static(usual));
    }
}
