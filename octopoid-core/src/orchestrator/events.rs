//! Live stream of one orchestrator's notices.

use super::notice::Notice;
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, WeakSender};
use tokio_util::sync::ReusableBoxFuture;

/// Number of notices that are kept for a slow receiver.
pub(crate) const KEPT: usize = 1024;

/// [`Stream`] of the [`Notice`]s that an orchestrator sends from now on.
///
/// Returned by [`Orchestrator::events`](super::Orchestrator::events) and [`Handle::events`](super::Handle::events).
///
/// # Behavior
/// - Each stream receives every notice; none of them can block the orchestrator.
/// - A stream that is more than 1024 notices behind loses the oldest; [`Notice::Missed`] gives the number that were lost.
/// - When the orchestrator has ended, the stream yields the notices sent until then, and ends.
/// - Notices are not stored. Events that must not be missed are in the store's history ([`EventLog`](crate::store::EventLog)),
///   whose lines are the durable events.
#[derive(Debug)]
pub struct Events {
    /// Pending receipt of the next notice; `None` once the stream has ended.
    next: Option<ReusableBoxFuture<'static, Received>>,
}

/// Received notice or error, and the receiver for the next one.
type Received = (Result<Notice, RecvError>, Receiver<Notice>);

async fn receive(mut receiver: Receiver<Notice>) -> Received {
    (receiver.recv().await, receiver)
}

impl Events {
    /// Subscribes to an orchestrator's notices; the stream is empty if the orchestrator has ended.
    pub(crate) fn of(notices: &WeakSender<Notice>) -> Self {
        let receiver = notices.upgrade().map(|notices| notices.subscribe());
        Self { next: receiver.map(|receiver| ReusableBoxFuture::new(receive(receiver))) }
    }

    /// Waits for the next notice; returns `None` when the orchestrator has ended.
    ///
    /// Cancel safe: if the future is dropped while it waits, no notice is lost.
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
