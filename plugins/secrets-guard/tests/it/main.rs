//! The role as its users meet it: patterns, files, settings and real repositories.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod history;
mod made_up;
mod patterns;
mod repository;
mod result;
mod settings;
