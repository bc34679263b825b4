//! Actions that are proposed to people.

use super::record::{all, find, get, keep_after, next, put};
use super::{check_line, check_text, page};
use crate::backend::{Counter, Reader, Transaction};
use octopoid_core::model::{Action, ActionDraft, ActionStatus, Scope, Timestamp};
use octopoid_core::store::{ActionQuery, Page, Result, StoreError};
use octopoid_core::transition::Context;

pub(crate) fn propose_action(
    transaction: &mut impl Transaction,
    scope: &Scope,
    draft: &ActionDraft,
    context: Context<'_>,
) -> Result<Action> {
    check_line("label", &draft.label)?;
    check_line("entity_type", &draft.entity_type)?;
    check_line("entity_id", &draft.entity_id)?;
    check_line("proposed_by", &draft.proposed_by)?;
    for (field, text) in [
        ("description", &draft.description),
        ("metadata", &draft.metadata),
        ("action_data", &draft.action_data),
    ] {
        check_text(field, text.as_deref())?;
    }
    let id = new_id(transaction, scope)?;
    let action = draft.clone().at(id, scope.clone(), context.now);
    put(transaction, &action)?;
    Ok(action)
}

/// Returns the next id over all scopes. Older ids were counted within their scope.
fn new_id(transaction: &mut impl Transaction, scope: &Scope) -> Result<String> {
    loop {
        let id = format!("act-{}", next(transaction, Counter::Action)?);
        if find::<Action>(transaction, scope, &id)?.is_none() {
            return Ok(id);
        }
    }
}

pub(crate) fn list_actions(reader: &mut impl Reader, query: &ActionQuery) -> Result<Page<Action>> {
    let mut found: Vec<Action> = all(reader, Some(&query.scope))?;
    keep_after(&mut found, query.after.as_deref())?;
    let now = reader.now();
    found.retain(|action| {
        !has_expired(action, now)
            && query.status.is_none_or(|status| action.status == status)
            && query.entity_type.as_ref().is_none_or(|kind| &action.draft.entity_type == kind)
            && query.entity_id.as_ref().is_none_or(|id| &action.draft.entity_id == id)
    });
    page(found, query.offset, query.limit)
}

pub(crate) fn request_action(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &str,
    context: Context<'_>,
) -> Result<Action> {
    let mut action: Action = get(transaction, scope, id)?;
    if action.status != ActionStatus::Proposed {
        let message = format!(
            "Cannot execute action with status \"{}\". Only \"proposed\" actions can be executed.",
            action.status.as_str()
        );
        return Err(StoreError::invalid("status", message));
    }
    if has_expired(&action, context.now) {
        return Err(StoreError::invalid("expires_at", "Action has expired"));
    }
    action.status = ActionStatus::ExecuteRequested;
    action.executed_at = Some(context.now);
    put(transaction, &action)?;
    Ok(action)
}

pub(crate) fn update_action(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &str,
    status: Option<ActionStatus>,
    result: Option<&str>,
) -> Result<Action> {
    let mut action: Action = get(transaction, scope, id)?;
    if status.is_none() && result.is_none() {
        return Err(StoreError::invalid("patch", "No fields to update"));
    }
    check_text("result", result)?;
    action.status = status.unwrap_or(action.status);
    action.result = result.map(str::to_owned).or(action.result);
    put(transaction, &action)?;
    Ok(action)
}

/// Returns whether a proposal has expired.
fn has_expired(action: &Action, now: Timestamp) -> bool {
    action.status == ActionStatus::Proposed && action.draft.expires_at.is_some_and(|until| until <= now)
}
