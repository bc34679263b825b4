//! Expiry of claims.

use super::apply::{carry_out, store};
use crate::backend::Transaction;
use octopoid_core::model::{OrchestratorId, Scope, Task};
use octopoid_core::store::Result;
use octopoid_core::transition::{Actor, Command, Context};

pub(crate) fn expire(
    transaction: &mut impl Transaction,
    scope: &Scope,
    spare: Option<&OrchestratorId>,
    context: Context<'_>,
) -> Result<Vec<Task>> {
    let command = Command::Expire { actor: Actor::System(store()?) };
    let expired = transaction.expired(scope, context.now, spare)?;
    expired.into_iter().map(|task| carry_out(transaction, task, &command, context)).collect()
}
