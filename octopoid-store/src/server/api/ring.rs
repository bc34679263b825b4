//! The newest events, ready to be sent, in bounded memory.

use axum::body::Bytes;
use octopoid_core::model::{Event, Scope, TaskId};
use octopoid_core::store::Result;
use std::collections::VecDeque;
use std::sync::Arc;

/// Largest number of events.
const KEPT: usize = 4096;
/// Largest size of all events together, in bytes.
const KEPT_BYTES: usize = 8 << 20;
/// Largest chunk for a listener, in bytes, except for an event that is longer by itself. This is what the server holds for
/// each listener that does not read.
const CHUNK: usize = 64 << 10;
/// Number of events that a listener that is behind reads from the store at first, and at most.
pub(crate) const PAGE: (u32, u32) = (32, 256);

/// Event as it is sent to listeners.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) seq: u64,
    scope: Scope,
    task: TaskId,
    /// Shared by all listeners.
    pub(crate) text: Bytes,
}

impl Frame {
    pub(crate) fn of(event: &Event) -> Result<Self> {
        let text = Self::text_of(event)?;
        Ok(Self { seq: event.seq, scope: event.scope.clone(), task: event.task.clone(), text: text.into() })
    }

    /// Returns an event as a server-sent event.
    pub(crate) fn text_of(event: &Event) -> Result<String> {
        let data = serde_json::to_string(event).map_err(|error| {
            octopoid_core::store::StoreError::internal("an event cannot be written as JSON")
                .with_source(error)
        })?;
        Ok(format!("id: {}\nevent: {}\ndata: {data}\n\n", event.seq, event.kind.as_str()))
    }
}

/// Filter of a listener.
#[derive(Debug, Clone)]
pub(crate) struct Interest {
    pub(crate) scope: Option<Scope>,
    pub(crate) task: Option<TaskId>,
}

impl Interest {
    fn takes(&self, frame: &Frame) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope == &frame.scope)
            && self.task.as_ref().is_none_or(|task| task == &frame.task)
    }
}

/// Position of a listener.
#[derive(Debug)]
pub(crate) struct Place {
    /// Number up to which it has every event that it wants.
    pub(crate) after: u64,
    /// Number of events that it reads from the store next.
    pub(crate) page: u32,
}

impl Place {
    pub(crate) fn new(after: u64) -> Self {
        Self { after, page: PAGE.0 }
    }

    /// Adapts the page to what fits into a chunk, so that events with long notes are not read to be thrown away.
    pub(crate) fn turn_page(&mut self, all_fitted: bool) {
        self.page = if all_fitted { self.page * 2 } else { self.page / 2 }.clamp(1, PAGE.1);
    }

    /// Returns the events that fit into a chunk, and moves after them. `found` is everything up to the number `reached`.
    pub(crate) fn take(&mut self, mut found: Vec<Arc<Frame>>, reached: u64) -> Vec<Arc<Frame>> {
        let fits = fitting(found.iter().map(|frame| frame.text.len()));
        self.after = match found.get(fits) {
            None => reached,
            Some(_) => {
                found.truncate(fits);
                found.last().map_or(self.after, |last| last.seq)
            }
        };
        found
    }
}

/// Returns how many of the first events fit into a chunk; the first one always does.
fn fitting(lengths: impl Iterator<Item = usize>) -> usize {
    let mut sum: usize = 0;
    let fits = |(place, length): &(usize, usize)| {
        sum = sum.saturating_add(*length);
        *place == 0 || sum <= CHUNK
    };
    lengths.enumerate().take_while(fits).count()
}

#[derive(Debug, Default)]
pub(crate) struct Ring {
    frames: VecDeque<Arc<Frame>>,
    /// Size of all frames, in bytes.
    bytes: usize,
    /// Every event after this number is in the ring.
    floor: u64,
    pub(crate) newest: u64,
}

impl Ring {
    pub(crate) fn after(last: u64) -> Self {
        Self { frames: VecDeque::new(), bytes: 0, floor: last, newest: last }
    }

    /// Adds new frames and removes the oldest ones beyond the bounds.
    pub(crate) fn extend(&mut self, frames: Vec<Arc<Frame>>) {
        for frame in frames {
            self.newest = frame.seq;
            self.bytes += frame.text.len();
            self.frames.push_back(frame);
            while self.frames.len() > KEPT || self.bytes > KEPT_BYTES {
                let Some(gone) = self.frames.pop_front() else { break };
                self.bytes -= gone.text.len();
                self.floor = gone.seq;
            }
        }
    }

    /// Returns the first frames after a number that fit into a chunk, and one more if there is one; `None` if some of them have
    /// been removed.
    pub(crate) fn first(&self, after: u64, interest: &Interest) -> Option<Vec<Arc<Frame>>> {
        if after < self.floor {
            return None;
        }
        let start = self.frames.partition_point(|frame| frame.seq <= after);
        let wanted = || self.frames.range(start..).filter(|frame| interest.takes(frame));
        let fits = fitting(wanted().map(|frame| frame.text.len()));
        Some(wanted().take(fits + 1).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::{EventDraft, EventKind, Timestamp};

    /// An event with a note so long, of one of two tasks in turn.
    fn frame(seq: u64, note: usize) -> Arc<Frame> {
        let draft = EventDraft::new(EventKind::Created, "ada", None, None).with_note("x".repeat(note));
        let event = draft.at(seq, Scope::single(), TaskId::numbered(seq % 2), Timestamp::from_millis(0));
        Arc::new(Frame::of(&event).unwrap())
    }

    /// Everything after a number, chunk by chunk; none where something is gone.
    fn all(ring: &Ring, after: u64, interest: &Interest) -> Option<Vec<u64>> {
        let (mut place, mut all) = (Place::new(after), Vec::new());
        loop {
            let found = ring.first(place.after, interest)?;
            let taken = place.take(found, ring.newest);
            assert!(taken.len() <= 1 || taken.iter().map(|frame| frame.text.len()).sum::<usize>() <= CHUNK);
            all.extend(taken.iter().map(|frame| frame.seq));
            if taken.is_empty() {
                assert_eq!(place.after, ring.newest);
                return Some(all);
            }
        }
    }

    #[test]
    fn chunks_hold_everything_once_however_long_the_events_are() {
        let of_all = Interest { scope: None, task: None };
        let of_one = Interest { scope: None, task: Some(TaskId::numbered(1)) };
        for note in [0, 1000, CHUNK / 2, CHUNK - 1, 2 * CHUNK] {
            let mut ring = Ring::after(6);
            ring.extend((7..=60).map(|seq| frame(seq, note)).collect());
            for after in [6, 7, 40, 60] {
                assert!(all(&ring, after, &of_all).unwrap().into_iter().eq(after + 1..=60), "{note} {after}");
                let odd = (after + 1..=60).filter(|seq| seq % 2 == 1);
                assert!(all(&ring, after, &of_one).unwrap().into_iter().eq(odd), "{note} {after}");
            }
            assert_eq!(all(&ring, 5, &of_all), None);
        }
    }

    #[test]
    fn neither_many_nor_long_events_are_kept_without_bound() {
        let everything = Interest { scope: None, task: None };
        for (events, note) in [(KEPT as u64 + 100, 0), (100, KEPT_BYTES / 50), (3, KEPT_BYTES + 1)] {
            let mut ring = Ring::default();
            ring.extend((1..=events).map(|seq| frame(seq, note)).collect());
            let bytes: usize = ring.frames.iter().map(|frame| frame.text.len()).sum();
            assert!(ring.frames.len() <= KEPT && bytes <= KEPT_BYTES && bytes == ring.bytes);
            assert_eq!((ring.newest, ring.floor), (events, events - ring.frames.len() as u64));
            assert_eq!(all(&ring, ring.floor, &everything).unwrap().len(), ring.frames.len());
            assert_eq!(all(&ring, ring.floor - 1, &everything), None);
        }
    }

    #[test]
    fn pages_grow_and_shrink_within_bounds() {
        let mut place = Place::new(0);
        for (fitted, page) in [(true, 64), (true, 128), (true, 256), (true, 256), (false, 128)] {
            place.turn_page(fitted);
            assert_eq!(place.page, page);
        }
        (0..20).for_each(|_| place.turn_page(false));
        assert_eq!(place.page, 1);
    }
}
