//! A listening machine, and what is to be sent to it.

use axum::body::Bytes;
use octopoid_core::model::{RoleName, RunId, TaskId};
use octopoid_core::store::{Interest, Offer};
use octopoid_core::transition::Purpose;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::sync::Notify;

/// Largest size of what waits for a machine that does not read, in bytes. It reconnects and reads the log instead.
const WAITING: usize = 256 << 10;

/// Part of a feed that is sent at once.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Events and offers, and the number up to which that is everything.
    pub(crate) text: Bytes,
    /// Whether there is more in it than that number.
    pub(crate) news: bool,
}

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) interest: Interest,
    /// When it last received an offer, or was added, as a growing number.
    pub(super) turn: u64,
    pub(super) wakes: Arc<Notify>,
    /// What waits to be sent; `None` once that was too much.
    waits: Option<String>,
    /// Number of its offers, by purpose and role.
    offers: HashMap<(Purpose, Option<RoleName>), usize>,
}

impl Machine {
    pub(super) fn new(interest: Interest, turn: u64) -> Self {
        let (wakes, waits) = (Arc::default(), Some(String::new()));
        Self { interest, turn, wakes, waits, offers: HashMap::new() }
    }

    /// Returns whether it has as many offers as it can use.
    pub(super) fn has_enough(&self, purpose: Purpose, role: Option<&RoleName>) -> bool {
        let offers = self.offers.get(&(purpose, role.cloned())).copied().unwrap_or_default();
        offers >= Offer::MOST
    }

    /// Adds an event, as every listener receives it.
    pub(super) fn send(&mut self, frame: &str) {
        if let Some(waits) = &mut self.waits {
            waits.push_str(frame);
            if waits.len() > WAITING {
                self.waits = None;
            }
        }
        self.wakes.notify_one();
    }

    pub(super) fn offer(&mut self, offer: &Offer) {
        *self.offers.entry((offer.purpose, offer.role.clone())).or_default() += 1;
        match serde_json::to_string(offer) {
            Ok(data) => self.send(&format!("event: offer\ndata: {data}\n\n")),
            Err(error) => tracing::warn!(%error, "an offer cannot be written as JSON"),
        }
    }

    /// Removes an offer, and tells the machine if `say` is set.
    pub(super) fn withdraw(&mut self, task: &TaskId, purpose: Purpose, role: Option<RoleName>, say: bool) {
        if let Some(offers) = self.offers.get_mut(&(purpose, role)) {
            *offers = offers.saturating_sub(1);
        }
        if say {
            self.send(&format!("event: withdrawn\ndata: {{\"task\":\"{task}\"}}\n\n"));
        }
    }

    /// Tells it that the artifacts of a run are followed.
    pub(super) fn followed(&mut self, run: &RunId) {
        self.send(&format!("event: followed\ndata: {{\"run\":\"{run}\"}}\n\n"));
    }

    /// Takes what waits: everything up to the position.
    pub(super) fn take(&mut self, position: u64) -> Option<Sent> {
        let mut text = std::mem::take(self.waits.as_mut()?);
        let news = !text.is_empty();
        let _ = write!(text, "id: {position}\n:\n\n");
        Some(Sent { text: text.into(), news })
    }
}
