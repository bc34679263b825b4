//! Retries while something outside is away: a store that does not answer, room on a disk that is full.

use super::abort::RunAbort;
use super::context::RunContext;
use super::interrupt::Interrupt;
use crate::backoff::Backoff;
use crate::store::StoreError;
use std::time::Duration;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause that a draining orchestrator waits for.
const LONGEST_LAST_PAUSE: Duration = Duration::from_secs(2);

/// Returns the pauses between attempts to reach the store.
pub(super) const fn store_backoff() -> Backoff {
    backoff(Duration::from_millis(200))
}

/// Returns the pauses between attempts that begin with `first`.
pub(super) const fn backoff(first: Duration) -> Backoff {
    Backoff::new(first, LONGEST_PAUSE)
}

/// Returns whether another attempt is worth waiting for: not once the run is to stop, and not for long while the orchestrator drains.
pub(super) fn may_retry(backoff: &Backoff, stopped: bool, draining: bool) -> bool {
    !(stopped || draining && backoff.peek() > LONGEST_LAST_PAUSE)
}

/// Pauses before the next attempt to reach the store, after an error that decided nothing: it is away, does not know this machine or
/// is broken. A finished result waits for it (I09), and nothing is begun or ended on a guess.
///
/// Returns `false` if no attempt is to follow, because the orchestrator stops, or drains and the store stays away, or the store is
/// gone: the journal has the run, and the next start continues it.
pub(super) async fn pause(context: &RunContext, backoff: &mut Backoff, error: &StoreError) -> bool {
    let (run, Interrupt { stop, drain, .. }) = (&context.id, &*context.interrupt);
    if error.is_gone() || !may_retry(backoff, stop.is_cancelled(), drain.is_cancelled()) {
        context.shared.warn(format!("{run} waits for the next start, because of the queue: {error}"));
        return false;
    }
    tracing::warn!(run.id = %run, %error, "a run waits for the store");
    context.show_doing(format!("waits for the queue: {error}"));
    context.interrupt.pause(&*context.shared.clock, backoff.next_pause(), stop).await;
    true
}

/// Calls the store until it decides, however long it is away.
///
/// # Errors
/// The store's decision; an undecided error only if the orchestrator stops first.
pub(super) async fn retry<T, F>(context: &RunContext, ask: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut backoff = store_backoff();
    loop {
        match ask().await {
            Err(error) if error.is_undecided() && pause(context, &mut backoff, &error).await => {}
            said => return said,
        }
    }
}

/// Like [`retry`], but maps a remaining error to [`RunAbort`].
pub(super) async fn require<T, F>(context: &RunContext, ask: impl Fn() -> F) -> Result<T, RunAbort>
where
    F: Future<Output = Result<T, StoreError>>,
{
    Ok(retry(context, ask).await?)
}

/// Like [`require`], but returns `None` for a record that does not exist.
pub(super) async fn find<T, F>(context: &RunContext, ask: impl Fn() -> F) -> Result<Option<T>, RunAbort>
where
    F: Future<Output = Result<T, StoreError>>,
{
    match retry(context, ask).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
