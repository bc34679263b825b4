//! The role as its users meet it: in real repositories.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod commits;
mod file;
mod polish;
mod repository;
