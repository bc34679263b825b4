//! The command as people and programs use it: real processes, real git, nothing of the machine's own configuration.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod bad_days;
mod bad_input;
mod callers;
#[expect(clippy::print_stdout, reason = "the results say which tests were skipped")]
#[path = "../../../octopoid-store/tests/it/postgres/cluster.rs"]
mod cluster;
mod configuration;
mod daemon;
mod dashboard;
mod databases;
mod demo;
mod desk;
mod diffs;
mod doctor;
mod drafts;
mod elsewhere;
mod end_to_end;
mod flows;
mod github;
#[path = "../../../octopoid-core/tests/it/github/server.rs"]
#[expect(dead_code, reason = "the tests of the library use more of it")]
mod github_server;
mod guides;
mod guides_reader;
mod help;
mod idle;
mod import;
mod init;
mod issues;
mod issues_server;
mod jobs;
mod life;
mod lists;
mod logs;
mod manual;
mod manual_links;
mod manual_page;
mod manual_release;
mod notices;
mod original;
mod original_server;
mod orphans;
mod output;
mod place;
mod plugin;
mod projects;
mod removed;
mod reverts;
mod reviews;
mod roles;
mod runtime_files;
mod server;
mod service;
mod shutdown;
mod situations;
mod special_files;
mod steering;
mod support;
mod task_files;
mod tasks;
mod terminal;
mod tmux;
mod twins;
mod web;
