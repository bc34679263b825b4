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
    let new = new.clone();
    let draft = Draft {
        id: new_number(transaction, &new.scope)?,
        slug,
        scope: new.scope,
        title: new.title.trim().to_owned(),
        status: new.status,
        author: new.author,
        domain: new.domain,
        file_path: new.file_path,
        body: new.body,
        linked_task: new.linked_task,
        linked_project: new.linked_project,
        tags: new.tags,
        original: new.original,
        created_at: context.now,
        updated_at: context.now,
    };
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
    let before = draft(transaction, scope, id)?;
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
    let tags = match patch.tags {
        Some(tags) if tags.is_empty() => None,
        Some(tags) => Some(tags),
        None => before.tags,
    };
    let draft = Draft {
        title: patch.title.map_or(before.title, |title| title.trim().to_owned()),
        status: patch.status.unwrap_or(before.status),
        author: patch.author.unwrap_or(before.author),
        domain: patch.domain.or(before.domain),
        file_path: patch.file_path.or(before.file_path),
        body: patch.body.or(before.body),
        linked_task: patch.linked_task.or(before.linked_task),
        linked_project: patch.linked_project.or(before.linked_project),
        tags,
        original: patch.original.or(before.original),
        updated_at: context.now,
        ..before
    };
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
        let draft: Draft = parse(&body)?;
        if draft.status == DraftStatus::Approved && is_linked(&draft, link) {
            put(transaction, &Draft { status: DraftStatus::Implemented, updated_at: context.now, ..draft })?;
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
