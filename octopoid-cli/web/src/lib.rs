#![doc = include_str!("../README.md")]

mod access;
mod artifacts;
mod assets;
mod dashboard;
mod diff;
mod failure;
mod form;
mod hub;
mod local;
mod marks;
mod pages;
mod routes;
mod text;

pub use access::{Hosts, KeyHolder, Keys, SignIn, Viewer};
pub use dashboard::{Dashboard, DashboardBuilder};
pub use local::{Installation, LocalFacts};
