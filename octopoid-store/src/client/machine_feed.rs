//! The feed of one machine: a stream of what concerns it, and the event log for what the stream missed.

use super::call::{Call, Wire};
use super::feed::open;
use super::inbox::{Inbox, Message, Taken};
use super::retry::{backoff, next_pause};
use crate::wire::Events;
use async_trait::async_trait;
use octopoid_core::store::{ErrorKind, EventFeed, Interest, News, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// Number of events that are read from the log at once.
const PAGE: u64 = 1000;

/// How often a machine looks for work although the stream has missed nothing.
const RECHECK: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(super) struct MachineFeed {
    wire: Arc<Wire>,
    interest: Interest,
    inbox: Arc<Inbox>,
    /// Number up to which every event was taken.
    after: u64,
    _reader: AbortOnDropHandle<()>,
}

impl MachineFeed {
    /// Opens the stream.
    pub(super) fn open(wire: Arc<Wire>, interest: Interest, after: u64) -> Self {
        let inbox = Arc::new(Inbox::after(after));
        let reading = read(Arc::clone(&wire), interest.clone(), Arc::clone(&inbox));
        let reader = AbortOnDropHandle::new(tokio::spawn(reading));
        Self { wire, interest, inbox, after, _reader: reader }
    }

    /// Reads the log, which is complete at least up to the number after which the stream begins.
    async fn log(&mut self, floor: u64) -> Result<Vec<News>> {
        let call = Call::get("events")
            .with("scope", &self.interest.scope)
            .with("after", self.after)
            .with("limit", PAGE);
        let Events { events, last } = self.wire.call(&call).await?.body;
        let whole = (events.len() as u64) < PAGE;
        let newest = events.last().map_or(self.after, |event| event.seq);
        self.after = if whole { newest.max(last).max(floor) } else { newest };
        Ok(events.into_iter().map(News::Event).collect())
    }
}

#[async_trait]
impl EventFeed for MachineFeed {
    async fn take(&mut self) -> Result<Vec<News>> {
        match self.inbox.take(self.after) {
            Taken::News(news, position) => {
                self.after = position;
                Ok(news)
            }
            Taken::Log(floor) => self.log(floor).await,
        }
    }

    async fn ready(&mut self) -> Result<()> {
        self.inbox.ready(self.after).await
    }

    fn recheck(&self) -> Duration {
        RECHECK
    }
}

/// Reads the stream without end, and reopens it whenever it ends.
async fn read(wire: Arc<Wire>, interest: Interest, inbox: Arc<Inbox>) {
    let idle_timeout = wire.options().idle_timeout;
    let everything = vec![("scope", interest.scope.to_string())];
    let mut query = query_of(&interest);
    let mut backoff = backoff();
    loop {
        match open(&wire, &query, None).await {
            Ok(mut response) => {
                let mut messages = Messages::default();
                while let Ok(Ok(Some(chunk))) = tokio::time::timeout(idle_timeout, response.chunk()).await {
                    backoff.reset();
                    messages.each(&chunk, |message| inbox.receive(message));
                }
            }
            // A server of an older version sends every event to every machine.
            Err(error) if matches!(error.kind(), ErrorKind::Invalid { .. }) && query != everything => {
                tracing::warn!("the server cannot filter the feed of events");
                query.clone_from(&everything);
                inbox.expect_everything();
                continue;
            }
            Err(error) => {
                tracing::debug!(error = %error, "the feed cannot be read");
                inbox.disconnect();
            }
        }
        tokio::time::sleep(next_pause(&mut backoff, None)).await;
    }
}

/// Returns the parameters that state what a machine is interested in.
fn query_of(interest: &Interest) -> Vec<(&'static str, String)> {
    let names = |roles: &[octopoid_core::model::RoleName]| {
        roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    };
    let mut query = vec![
        ("scope", interest.scope.to_string()),
        ("orchestrator_id", interest.orchestrator.to_string()),
        ("land", interest.land.to_string()),
    ];
    for (name, roles) in [("work", &interest.work), ("review", &interest.review)] {
        if !roles.is_empty() {
            query.push((name, names(roles)));
        }
    }
    query
}

/// Parser for the messages of a stream.
#[derive(Debug, Default)]
struct Messages {
    rest: Vec<u8>,
}

impl Messages {
    fn each(&mut self, chunk: &[u8], mut take: impl FnMut(&Message<'_>)) {
        self.rest.extend_from_slice(chunk);
        let mut begin = 0;
        while let Some(length) = self.rest[begin..].windows(2).position(|two| two == b"\n\n") {
            let text = String::from_utf8_lossy(&self.rest[begin..begin + length]);
            take(&Message::read(&text));
            begin += length + 2;
        }
        self.rest.drain(..begin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_the_bytes_are_cut() {
        let text =
            "event: ready\ndata: {\"after\":7}\n\nid: 9\n:\n\nevent: withdrawn\ndata: {\"task\":\"ü\"}\n\n";
        for size in 1..text.len() {
            let (mut messages, mut found) = (Messages::default(), Vec::new());
            for chunk in text.as_bytes().chunks(size) {
                messages.each(chunk, |message| found.push(format!("{message:?}")));
            }
            let whole: Vec<_> =
                text.split_terminator("\n\n").map(|one| format!("{:?}", Message::read(one))).collect();
            assert_eq!(found, whole, "in pieces of {size}");
        }
    }
}
