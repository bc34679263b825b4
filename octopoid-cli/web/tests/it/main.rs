//! Tests of the dashboard: its routes by requests, its pages in a real browser.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod browser;
mod diff;
mod feed;
mod pages;
mod place;
mod safety;
mod speed;
