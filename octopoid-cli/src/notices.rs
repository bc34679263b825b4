//! Notices to people while `octopoid start` runs: what needs a person, and what has ended (`notify` in `config.yaml`).
//!
//! [`Decider`] is pure: it takes how the tasks stand and the time, and says what to tell. [`Notifier`] reads the tasks when the
//! store has something new, and [`Channels`] tell it: on the desktop, to a command, by the terminal's bell.

mod channels;
mod decide;
mod follow;
mod message;

#[cfg(test)]
mod tests;

pub(crate) use follow::Notifier;

use channels::Channels;
use decide::{Decider, Seen, Standing};
use message::Message;
