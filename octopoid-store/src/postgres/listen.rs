//! Listening for the events of other servers.

use super::row::number;
use super::session::{Connector, Session};
use super::transaction::channel;
use super::workers::start;
use crate::feed::Feed;
use octopoid_core::store::Result;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::Notify;

/// Time between two attempts to connect again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// Thread that listens; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Starts the thread.
    pub(super) fn start(connector: &Connector, feed: Arc<Feed>, poll: Duration) -> Result<Self> {
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let connector = connector.clone();
        let thread = start("octopoid-pg-listen".to_owned(), move || {
            if let Ok(session) = connector.session() {
                listen(session, &feed, poll, &stopped);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.notify_one();
        self.thread.take().into_iter().for_each(|thread| drop(thread.join()));
    }
}

fn listen(mut session: Session, feed: &Feed, poll: Duration, stop: &Notify) {
    let mut pause = PAUSES.0;
    while !feed.is_closed() {
        match follow(&mut session, feed, poll, stop, &mut pause) {
            Ok(()) => return,
            Err(error) if !feed.is_closed() => {
                tracing::warn!(%error, "the database's events are not heard of until it is connected again");
                feed.disconnect();
                session.disconnect();
                session.pause(pause, stop);
                pause = (pause * 2).min(PAUSES.1);
            }
            Err(_) => return,
        }
    }
}

/// Publishes new events until the feed is closed.
fn follow(
    session: &mut Session,
    feed: &Feed,
    poll: Duration,
    stop: &Notify,
    pause: &mut Duration,
) -> Result<()> {
    session.connect()?;
    let channel = channel(&session.connector.url.schema);
    session.batch(&format!("LISTEN \"{channel}\""))?;
    // What was committed before it listened.
    feed.publish(last(session)?);
    feed.reconnect();
    *pause = PAUSES.0;
    loop {
        let told = session.wait_for_notification(poll, stop)?;
        if feed.is_closed() {
            return Ok(());
        }
        match told {
            Some(newest) => feed.publish(newest),
            // A notification may have been lost.
            None => feed.publish(last(session)?),
        }
    }
}

/// Returns the number of the newest event.
pub(super) fn last(session: &mut Session) -> Result<u64> {
    session.row("SELECT last FROM feed", &[])?.map_or(Ok(0), |row| number(&row, 0))
}
