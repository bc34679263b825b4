//! The live feed of one orchestrator.

use super::notice::Notice;
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, WeakSender};
use tokio_util::sync::ReusableBoxFuture;

/// Notices kept for a watcher that is slow.
pub(crate) const KEPT: usize = 1024;

/// What an orchestrator does from now on, as it does it: a [`Stream`] of [`Notice`]s. Given by
/// [`Orchestrator::events`](super::Orchestrator::events) and [`Handle::events`](super::Handle::events).
///
/// # Behavior
/// - Each watcher has a stream of its own and hears everything; none of them can hold the orchestrator up.
/// - A watcher that is more than 1024 notices behind loses the oldest, and is told how many by [`Notice::Missed`].
/// - When the orchestrator has ended, the stream gives what was told until then, and ends.
/// - What is told here is gone once it was heard. What must not be missed is in the store's history
///   ([`EventLog`](crate::store::EventLog)), whose lines are the durable events.
#[derive(Debug)]
pub struct Events {
    /// The next notice, under way; none once the stream has ended.
    next: Option<ReusableBoxFuture<'static, Received>>,
}

/// What came, and where the next comes from.
type Received = (Result<Notice, RecvError>, Receiver<Notice>);

async fn receive(mut receiver: Receiver<Notice>) -> Received {
    (receiver.recv().await, receiver)
}

impl Events {
    /// Those of an orchestrator that may have ended meanwhile.
    pub(crate) fn of(notices: &WeakSender<Notice>) -> Self {
        let receiver = notices.upgrade().map(|notices| notices.subscribe());
        Self { next: receiver.map(|receiver| ReusableBoxFuture::new(receive(receiver))) }
    }

    /// The next notice, once it comes; none when the orchestrator has ended. May be dropped while it waits: nothing is
    /// lost by that.
    pub async fn next(&mut self) -> Option<Notice> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Events {
    type Item = Notice;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Notice>> {
        let this = self.get_mut();
        let Some(next) = &mut this.next else { return Poll::Ready(None) };
        let (received, receiver) = ready!(next.poll(context));
        Poll::Ready(match received {
            Err(RecvError::Closed) => {
                this.next = None;
                None
            }
            Ok(notice) => {
                next.set(receive(receiver));
                Some(notice)
            }
            Err(RecvError::Lagged(count)) => {
                next.set(receive(receiver));
                Some(Notice::Missed { count })
            }
        })
    }
}
