//! The command as people and programs use it: real processes, real git, nothing of the machine's own configuration.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod bad_input;
mod configuration;
mod daemon;
mod demo;
mod doctor;
mod drafts;
mod end_to_end;
mod flows;
mod github;
mod help;
mod init;
mod issues;
mod jobs;
mod output;
mod place;
mod plugin;
mod projects;
mod roles;
mod server;
mod steering;
mod task_files;
mod tasks;
