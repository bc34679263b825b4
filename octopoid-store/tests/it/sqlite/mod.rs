//! What only a file can go through.

mod child;
mod crash;
mod disk;
mod file;
mod group;
mod log;
mod migrated;
mod plans;
mod processes;
mod removed;
mod replies;
mod setting;
