//! Landing through pull requests, on a GitHub of our own that merges in a real repository.

mod issues;
mod landing;
mod people;
mod place;
mod seen;
pub(crate) mod server;
mod steps;
