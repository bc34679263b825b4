//! Idempotent requests (I04): a write is carried out once, and a reference to what it returned is stored with its effect.

mod outcome;
mod replayable;
mod stored_reply;
mod writes;

pub(in crate::backend) use replayable::Replayable;
pub(super) use stored_reply::ReplyRecord;
pub use stored_reply::StoredReply;
pub(crate) use writes::RequestWrites;

use super::Transaction;
use octopoid_core::store::{ErrorKind, RequestKey, Result, StoreError};
use octopoid_core::transition::Context;
use outcome::{Outcome, Refused};

/// Carries a write out, or returns what the stored reply leads to. The outer result is that of the transaction: a refusal is
/// stored like any other reply, so the transaction is committed with it.
pub(super) fn once<T: Transaction, R: Replayable>(
    transaction: &mut T,
    request: &RequestKey,
    context: Context<'_>,
    work: impl FnOnce(&mut T, Context<'_>) -> Result<R>,
) -> Result<Result<R>> {
    if let Some(reply) = transaction.reply(&request.key)? {
        return repeat(transaction, &reply, request);
    }
    let (outcome, result) = match work(transaction, context) {
        Ok(value) => (value.outcome(), Ok(value)),
        Err(error) => match Refused::of(&error) {
            Some(refused) => (Some(Outcome::Refused(refused)), Err(error)),
            None => return Err(error),
        },
    };
    if let Some(outcome) = outcome {
        let reply = StoredReply::new(request.digest, outcome.to_body()?);
        transaction.put_reply(&request.key, &reply, context.now)?;
    }
    Ok(result)
}

fn repeat<R: Replayable>(
    transaction: &mut impl Transaction,
    reply: &StoredReply,
    request: &RequestKey,
) -> Result<Result<R>> {
    if reply.digest != request.digest {
        let message = "the idempotency key was used for another request; use a fresh one for each";
        return Err(StoreError::new(ErrorKind::Conflict, message));
    }
    match Outcome::from_body(&reply.body)? {
        Outcome::Refused(refused) => Ok(Err(refused.into_error())),
        outcome => R::replay(outcome, transaction).map(Ok),
    }
}
