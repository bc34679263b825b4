//! `octopoid dashboard`: the desk in a terminal.
//!
//! A [`Model`](model::Model) is everything that is shown. [`update`](model::Model::update) changes it by an
//! [`Event`](event::Event) and returns the [`Effect`](event::Effect)s that are to follow; [`view`] draws it. All three are
//! pure, so that they are tested without a terminal. [`run()`] does what is not: it reads keys, follows the store
//! ([`feed`]), reads what the panes show ([`reader`]), carries decisions out ([`actions`]) and looks after the terminal
//! ([`screen`]).
//!
//! What the screen knows of tasks comes from [`octopoid_core::ops`] and the store alone.

mod actions;
mod binding;
mod comments;
mod content;
mod defect;
mod desk;
mod entry;
mod event;
mod feed;
mod field;
mod graph;
mod layout;
mod list;
mod model;
mod pane;
mod prompt;
mod reader;
mod run;
mod screen;
mod snapshot;
mod text;
mod theme;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use desk::Desk;
pub(crate) use run::run;
pub(crate) use theme::Theme;
