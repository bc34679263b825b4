//! The role as its users meet it: with lock files, reports and programs.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod programs;
mod reports;
mod scene;
mod settings;
