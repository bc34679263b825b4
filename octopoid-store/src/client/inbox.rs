//! News that the server has sent to a machine and that it has not taken yet.

use octopoid_core::model::{Event, RunId, TaskId};
use octopoid_core::store::{News, Offer, Result, StoreError};
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Number of news that are kept. A machine that takes none for so long reads the log instead.
const KEPT: usize = 4096;

/// Queue between the stream's reader and the feed.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    news: VecDeque<News>,
    /// The stream has everything after this number; what is before has to be read from the log.
    floor: u64,
    /// Number up to which the stream has sent everything.
    position: u64,
    /// Whether there is no stream, so that the log has to be read.
    disconnected: bool,
    /// Whether there was a stream before.
    begun: bool,
    /// Whether the server sends every event to every machine, and makes no offers.
    unfiltered: bool,
}

/// Result of [`Inbox::take`].
#[derive(Debug, PartialEq)]
pub(super) enum Taken {
    /// News, and the number up to which they are complete.
    News(Vec<News>, u64),
    /// The log has to be read, at least up to this number.
    Log(u64),
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates an inbox for what comes after a number.
    pub(super) fn after(after: u64) -> Self {
        let inbox = Self::default();
        {
            let mut state = inbox.lock();
            (state.floor, state.position) = (after, after);
        }
        inbox
    }

    /// Sets that the server sends every event to every machine.
    pub(super) fn expect_everything(&self) {
        self.lock().unfiltered = true;
    }

    /// Marks the feed as connected, by a stream of everything after a number.
    fn begin(&self, after: u64) {
        let mut state = self.lock();
        state.disconnected = false;
        if after != state.position {
            (state.floor, state.position) = (after, after);
        }
        if std::mem::replace(&mut state.begun, true) {
            // What was on its way on the last stream may be lost.
            state.news.push_back(News::Lost);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Marks the feed as disconnected, and wakes the waiter with an error.
    pub(super) fn disconnect(&self) {
        self.lock().disconnected = true;
        self.changed.notify_one();
    }

    /// Marks everything up to a number as received.
    fn reach(&self, position: u64) {
        let mut state = self.lock();
        state.position = state.position.max(position);
    }

    fn push(&self, news: News) {
        let mut state = self.lock();
        state.news.push_back(news);
        if state.news.len() > KEPT {
            state.news.clear();
            state.news.push_back(News::Lost);
            state.floor = state.position;
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Adds a message of the stream.
    pub(super) fn receive(&self, message: &Message<'_>) {
        match (message.event, message.data) {
            ("ready", data) => {
                if let Ok(Ready { after }) = serde_json::from_str(data) {
                    self.begin(after);
                }
            }
            ("offer", data) => self.push_read::<Offer>(data, News::Offer),
            ("withdrawn", data) => {
                self.push_read::<Withdrawn>(data, |withdrawn| News::Withdrawn(withdrawn.task));
            }
            ("followed", data) => self.push_read::<Followed>(data, |followed| News::Followed(followed.run)),
            ("", _) => {}
            (_, data) => {
                let news = if self.lock().unfiltered { News::Event } else { News::Held };
                self.push_read::<Event>(data, news);
            }
        }
        if let Some(id) = message.id {
            self.reach(id);
        }
    }

    fn push_read<'a, T: Deserialize<'a>>(&self, data: &'a str, news: impl FnOnce(T) -> News) {
        match serde_json::from_str(data) {
            Ok(read) => self.push(news(read)),
            // A newer server may send messages that are unknown here.
            Err(error) => tracing::debug!(%error, "a message of the feed is ignored"),
        }
    }

    /// Takes the news, if nothing is missing after the number up to which everything was taken before.
    pub(super) fn take(&self, after: u64) -> Taken {
        let mut state = self.lock();
        if state.disconnected || after < state.floor {
            return Taken::Log(state.floor);
        }
        let position = state.position.max(after);
        let unseen =
            |news: &News| !matches!(news, News::Held(event) | News::Event(event) if event.seq <= after);
        Taken::News(state.news.drain(..).filter(unseen).collect(), position)
    }

    /// Completes once there is something to take.
    pub(super) async fn ready(&self, after: u64) -> Result<()> {
        loop {
            let changed = self.changed.notified();
            {
                let state = self.lock();
                if state.disconnected {
                    return Err(StoreError::unavailable("the feed of events is disconnected"));
                }
                if after < state.floor || !state.news.is_empty() {
                    return Ok(());
                }
            }
            changed.await;
        }
    }
}

#[derive(Deserialize)]
struct Ready {
    after: u64,
}

#[derive(Deserialize)]
struct Followed {
    run: RunId,
}

#[derive(Deserialize)]
struct Withdrawn {
    task: TaskId,
}

/// Message of a stream, unparsed.
#[derive(Debug, PartialEq)]
pub(super) struct Message<'a> {
    id: Option<u64>,
    event: &'a str,
    data: &'a str,
}

impl<'a> Message<'a> {
    /// Splits a message, without the empty line that ends it.
    pub(super) fn read(text: &'a str) -> Self {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let id = field("id: ").and_then(|id| id.trim().parse().ok());
        Self { id, event: field("event: ").unwrap_or_default(), data: field("data: ").unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::{EventDraft, EventKind, Scope, Timestamp};
    use octopoid_core::transition::Purpose;

    fn event(seq: u64) -> Event {
        let draft = EventDraft::new(EventKind::Cancelled, "ada", None, None);
        draft.at(seq, Scope::single(), TaskId::numbered(seq), Timestamp::default())
    }

    fn receive(inbox: &Inbox, text: &str) {
        inbox.receive(&Message::read(text));
    }

    fn held(seq: u64) -> String {
        format!("id: {seq}\nevent: cancelled\ndata: {}", serde_json::to_string(&event(seq)).unwrap())
    }

    #[test]
    fn messages_are_read_and_taken_once() {
        let inbox = Inbox::default();
        receive(&inbox, "retry: 1000\nevent: ready\ndata: {\"after\":7}");
        receive(&inbox, &held(9));
        receive(
            &inbox,
            r#"event: offer
data: {"task":"task-3","purpose":"land","provisional":2}"#,
        );
        receive(&inbox, "event: withdrawn\ndata: {\"task\":\"task-3\"}");
        receive(&inbox, "event: invented\ndata: {\"later\":true}");
        receive(&inbox, "id: 12\n:");
        let offer = Offer::new(TaskId::numbered(3), Purpose::Land, None, 2);
        let news = vec![News::Held(event(9)), News::Offer(offer), News::Withdrawn(TaskId::numbered(3))];
        assert_eq!(inbox.take(7), Taken::News(news, 12));
        assert_eq!(inbox.take(12), Taken::News(vec![], 12));
    }

    #[test]
    fn what_was_before_the_stream_is_read_from_the_log() {
        let inbox = Inbox::default();
        receive(&inbox, "event: ready\ndata: {\"after\":7}");
        receive(&inbox, &held(9));
        assert_eq!(inbox.take(5), Taken::Log(7));
        // The log had the first of them already.
        receive(&inbox, &held(11));
        assert_eq!(inbox.take(9), Taken::News(vec![News::Held(event(11))], 11));
    }

    #[test]
    fn a_stream_that_begins_where_the_one_before_ended_misses_nothing() {
        let inbox = Inbox::default();
        receive(&inbox, "event: ready\ndata: {\"after\":7}");
        receive(&inbox, "id: 9\n:");
        inbox.disconnect();
        assert_eq!(inbox.take(9), Taken::Log(7));
        inbox.begin(9);
        assert_eq!(inbox.take(9), Taken::News(vec![News::Lost], 9), "but offers");
        inbox.begin(10);
        assert_eq!(inbox.take(9), Taken::Log(10));
        // A server that started again with an older history.
        inbox.begin(4);
        assert_eq!(inbox.take(10), Taken::News(vec![News::Lost; 2], 10));
    }

    #[test]
    fn a_server_that_tells_everything_offers_nothing() {
        let inbox = Inbox::after(7);
        inbox.expect_everything();
        receive(&inbox, &held(9));
        assert_eq!(inbox.take(7), Taken::News(vec![News::Event(event(9))], 9));
    }

    #[test]
    fn too_much_that_nobody_takes_is_read_from_the_log() {
        let inbox = Inbox::default();
        inbox.begin(0);
        (1..=KEPT as u64).for_each(|seq| receive(&inbox, &held(seq)));
        assert!(matches!(inbox.take(0), Taken::News(news, _) if news.len() == KEPT));
        (1..=KEPT as u64 + 1).for_each(|seq| receive(&inbox, &held(seq)));
        assert_eq!(inbox.take(0), Taken::Log(KEPT as u64));
    }

    #[tokio::test]
    async fn what_comes_wakes_and_what_was_taken_does_not() {
        let inbox = Inbox::default();
        inbox.begin(3);
        let waits = inbox.ready(3);
        tokio::pin!(waits);
        assert!(futures_util::poll!(&mut waits).is_pending());
        receive(&inbox, "id: 5\n:");
        assert!(futures_util::poll!(&mut waits).is_pending(), "nothing concerns it");
        receive(&inbox, &held(6));
        waits.await.unwrap();
        inbox.take(5);
        assert!(futures_util::poll!(std::pin::pin!(inbox.ready(6))).is_pending());
        inbox.disconnect();
        inbox.ready(6).await.unwrap_err();
    }
}
