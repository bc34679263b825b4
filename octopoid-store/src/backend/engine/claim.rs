//! Claims.

use super::apply::carry_out;
use super::claimable::need_free_branch;
use super::no_task;
use crate::backend::{Transaction, is_fault, token_in_use};
use octopoid_core::model::{Claim, Task};
use octopoid_core::store::{ClaimRequest, ErrorKind, Result, StoreError};
use octopoid_core::transition::{Command, Context, Purpose, check_lease};

pub(crate) fn claim(
    transaction: &mut impl Transaction,
    request: &ClaimRequest,
    context: Context<'_>,
) -> Result<Option<Task>> {
    check_lease(request.lease, context.policy)?;
    let taken = take(transaction, request, context);
    match &taken {
        Ok(Some(_)) => return taken,
        Err(error) if is_fault(error) => return taken,
        Ok(None) | Err(_) => {}
    }
    // Nearly every claim is the first under its token, so only where nothing came of it is asked whether the same request
    // has had its task before (I04).
    match transaction.task_by_token(&request.scope, &request.token)? {
        Some(held) if request.task.as_ref().is_some_and(|named| named != &held.id) => {
            Err(token_in_use(Some(&held.id)))
        }
        Some(held) => Ok(Some(held)),
        None => taken,
    }
}

/// Claims a task; refused where the token holds another.
fn take(
    transaction: &mut impl Transaction,
    request: &ClaimRequest,
    context: Context<'_>,
) -> Result<Option<Task>> {
    let ClaimRequest { scope, purpose, roles, types, state, holder, token, lease, .. } = request;
    if let Some(most) = request.max_claimed {
        let held = transaction.count_claimed(scope, &holder.orchestrator)?;
        if held >= u64::from(most) {
            let message = format!("{} holds {held} tasks, and may hold {most}", holder.orchestrator);
            return Err(StoreError::new(ErrorKind::Conflict, message));
        }
    }
    let before = match &request.task {
        Some(id) => {
            let task = transaction.task(scope, id)?.ok_or_else(|| no_task(id))?;
            if !roles.is_empty() && !roles.contains(&task.role) {
                let message =
                    format!("cannot claim {id}: its role is {}, which was not asked for", task.role);
                return Err(StoreError::new(ErrorKind::Conflict, message));
            }
            let kind = task.attributes.kind.as_deref();
            if !types.is_empty() && !types.iter().any(|asked| Some(asked.as_str()) == kind) {
                let kind = kind.unwrap_or("none");
                let message = format!("cannot claim {id}: its type is {kind}, which was not asked for");
                return Err(StoreError::new(ErrorKind::Conflict, message));
            }
            if *purpose == Purpose::Land {
                need_free_branch(transaction, &task)?;
            }
            task
        }
        None => {
            let next = match state {
                Some(state) => transaction.next_in_state(scope, state, roles, types)?,
                None => transaction.next_claimable(scope, *purpose, roles, types)?,
            };
            let Some(task) = next else { return Ok(None) };
            task
        }
    };
    let mut claim = Claim::new(token.clone(), holder.clone(), context.now, context.now + *lease);
    claim.from.clone_from(state);
    carry_out(transaction, before, &Command::Claim { purpose: *purpose, claim }, context).map(Some)
}
