//! Tests of the dashboard: its routes by requests, its pages in a real browser.

mod browser;
mod diff;
mod feed;
mod pages;
mod place;
mod safety;
mod speed;
