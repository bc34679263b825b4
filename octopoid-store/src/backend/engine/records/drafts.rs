//! Drafts.

use super::record::{all, find, get, next, parse, put, remove};
use super::slug::{free, slug};
use super::{check_line, check_text, page};
use crate::backend::{Counter, DraftLink, Reader, Transaction};
use octopoid_core::model::{Draft, DraftPatch, DraftStatus, NewDraft, Scope};
use octopoid_core::store::{DraftQuery, Page, Result, StoreError};
use octopoid_core::transition::Context;

pub(crate) fn create_draft(
    transaction: &mut impl Transaction,
    new: &NewDraft,
    context: Context<'_>,
) -> Result<Draft> {
    check_line("title", &new.title)?;
    check_line("author", &new.author)?;
    check_text("body", new.body.as_deref())?;
    check_text("original", new.original.as_deref())?;
    let known: Vec<Draft> = all(transaction, Some(&new.scope))?;
    let taken = |name: &str| Ok(known.iter().any(|draft| draft.slug == name));
    let slug = free::<StoreError>(&slug(&new.title), taken)?;
    let id = new_number(transaction, &new.scope)?;
    let mut draft = new.clone().at(id, slug, context.now);
    draft.title = new.title.trim().to_owned();
    put(transaction, &draft)?;
    Ok(draft)
}

/// Returns the next number over all scopes. Older numbers were counted within their scope.
fn new_number(transaction: &mut impl Transaction, scope: &Scope) -> Result<u64> {
    loop {
        let number = next(transaction, Counter::Draft)?;
        if find::<Draft>(transaction, scope, &number.to_string())?.is_none() {
            return Ok(number);
        }
    }
}

pub(crate) fn draft(reader: &mut impl Reader, scope: &Scope, id: u64) -> Result<Draft> {
    get(reader, scope, &id.to_string())
}

pub(crate) fn list_drafts(reader: &mut impl Reader, query: &DraftQuery) -> Result<Page<Draft>> {
    let mut found: Vec<Draft> = all(reader, Some(&query.scope))?;
    found.retain(|draft| {
        query.after.is_none_or(|after| draft.id < after)
            && query.status.is_none_or(|status| draft.status == status)
            && query.author.as_ref().is_none_or(|author| &draft.author == author)
            && query.slug.as_ref().is_none_or(|slug| &draft.slug == slug)
            && (query.domain.is_none() || draft.domain == query.domain)
            && (query.linked_task.is_none() || draft.linked_task == query.linked_task)
            && (query.linked_project.is_none() || draft.linked_project == query.linked_project)
    });
    page(found, query.offset, query.limit)
}

pub(crate) fn update_draft(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: u64,
    patch: &DraftPatch,
    context: Context<'_>,
) -> Result<Draft> {
    let mut draft = draft(transaction, scope, id)?;
    if *patch == DraftPatch::default() {
        return Err(StoreError::invalid("patch", "No fields to update"));
    }
    if let Some(title) = &patch.title {
        check_line("title", title)?;
    }
    if let Some(author) = &patch.author {
        check_line("author", author)?;
    }
    check_text("body", patch.body.as_deref())?;
    check_text("original", patch.original.as_deref())?;
    let patch = patch.clone();
    draft.title = patch.title.map_or(draft.title, |title| title.trim().to_owned());
    draft.status = patch.status.unwrap_or(draft.status);
    draft.author = patch.author.unwrap_or(draft.author);
    draft.domain = patch.domain.or(draft.domain);
    draft.file_path = patch.file_path.or(draft.file_path);
    draft.body = patch.body.or(draft.body);
    draft.linked_task = patch.linked_task.or(draft.linked_task);
    draft.linked_project = patch.linked_project.or(draft.linked_project);
    draft.tags = match patch.tags {
        Some(tags) if tags.is_empty() => None,
        Some(tags) => Some(tags),
        None => draft.tags,
    };
    draft.original = patch.original.or(draft.original);
    draft.updated_at = context.now;
    put(transaction, &draft)?;
    Ok(draft)
}

pub(crate) fn delete_draft(transaction: &mut impl Transaction, scope: &Scope, id: u64) -> Result<()> {
    remove::<Draft>(transaction, scope, &id.to_string())
}

/// Marks the approved drafts that are linked to a finished task or project as implemented.
pub(crate) fn implement(
    transaction: &mut impl Transaction,
    scope: &Scope,
    link: DraftLink<'_>,
    context: Context<'_>,
) -> Result<()> {
    for body in transaction.linked_drafts(scope, link)? {
        let mut draft: Draft = parse(&body)?;
        if draft.status == DraftStatus::Approved && is_linked(&draft, link) {
            draft.status = DraftStatus::Implemented;
            draft.updated_at = context.now;
            put(transaction, &draft)?;
        }
    }
    Ok(())
}

fn is_linked(draft: &Draft, to: DraftLink<'_>) -> bool {
    match to {
        DraftLink::Task(id) => draft.linked_task.as_ref() == Some(id),
        DraftLink::Project(id) => draft.linked_project.as_ref() == Some(id),
    }
}
