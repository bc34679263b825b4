//! What the server has sent to a machine and has not been taken yet.

use octopoid_core::model::{Event, TaskId};
use octopoid_core::store::{News, Offer, Result, StoreError};
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How many pieces of news are kept. A machine that takes none for so long reads the log instead.
const KEPT: usize = 4096;

/// Shared by the stream's reader and the feed.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    news: VecDeque<News>,
    /// The stream tells of everything after this number; what is before has to be read from the log.
    floor: u64,
    /// The number up to which the stream has told of everything.
    position: u64,
    /// Whether there is no stream, so that the server has to be asked.
    away: bool,
    /// Whether there was a stream before.
    begun: bool,
    /// Whether the server tells everybody everything, and offers nothing.
    unfiltered: bool,
}

/// What there is to take.
#[derive(Debug, PartialEq)]
pub(super) enum Taken {
    /// The news, and the number up to which they are everything.
    News(Vec<News>, u64),
    /// The log has to be read, up to at least this number.
    Log(u64),
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins behind a number: nothing before it is asked for.
    pub(super) fn after(after: u64) -> Self {
        let inbox = Self::default();
        {
            let mut state = inbox.lock();
            (state.floor, state.position) = (after, after);
        }
        inbox
    }

    /// From now on the server tells everybody everything.
    pub(super) fn expect_everything(&self) {
        self.lock().unfiltered = true;
    }

    /// A stream begins, and tells of everything after a number.
    fn begin(&self, after: u64) {
        let mut state = self.lock();
        state.away = false;
        if after != state.position {
            (state.floor, state.position) = (after, after);
        }
        if std::mem::replace(&mut state.begun, true) {
            // What was on its way over the stream before may not have come.
            state.news.push_back(News::Lost);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// There is no stream for now.
    pub(super) fn lose(&self) {
        self.lock().away = true;
        self.changed.notify_one();
    }

    /// Everything up to a number has come.
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

    /// Takes in one message of the stream.
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
            // A newer server may say more than is understood here.
            Err(error) => tracing::debug!(%error, "a message of the feed is left out"),
        }
    }

    /// Takes what has come, where nothing is missing after the number up to which everything was taken before.
    pub(super) fn take(&self, after: u64) -> Taken {
        let mut state = self.lock();
        if state.away || after < state.floor {
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
                if state.away {
                    return Err(StoreError::unavailable("the feed of events is away"));
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
struct Withdrawn {
    task: TaskId,
}

/// One message of a stream, as it stands there.
#[derive(Debug, PartialEq)]
pub(super) struct Message<'a> {
    id: Option<u64>,
    event: &'a str,
    data: &'a str,
}

impl<'a> Message<'a> {
    /// Reads a message, without the empty line that ends it.
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
        let draft =
            EventDraft { kind: EventKind::Cancelled, actor: "ada".into(), from: None, to: None, note: None };
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
        inbox.lose();
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
        inbox.lose();
        inbox.ready(6).await.unwrap_err();
    }
}
