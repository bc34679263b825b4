//! Finding the draft that a person means: by its number, its slug, or words of its slug.

use crate::config::closest;
use crate::error::{CliError, Result};
use octopoid_core::model::{Draft, Scope};
use octopoid_core::store::{DraftQuery, Store};

/// The most drafts that an error lists.
const LISTED: usize = 5;

/// Finds a draft. A number is a draft's number, and otherwise a slug; a slug may lack words at its beginning or its end, as long as
/// only one draft has the others.
pub(super) async fn find(store: &dyn Store, scope: &Scope, name: &str) -> Result<Draft> {
    if let Ok(id) = name.parse() {
        match store.draft(scope, id).await {
            Err(error) if error.is_not_found() => {}
            other => return Ok(other?),
        }
    }
    let mut query = DraftQuery::new(scope.clone());
    query.slug = Some(name.to_owned());
    if let Some(draft) = store.list_drafts(&query).await?.items.into_iter().next() {
        return Ok(draft);
    }
    let all = all(store, scope).await?;
    let near: Vec<_> = all.iter().filter(|draft| has_words(&draft.slug, name)).collect();
    match near.as_slice() {
        [draft] => Ok((*draft).clone()),
        [] => Err(none(name, &all)),
        several => {
            let names = several.iter().take(LISTED).map(|draft| format!("{} ({})", draft.slug, draft.id));
            Err(CliError::usage(format!("`{name}` may be any of {} drafts", several.len()))
                .hint(format!("name one in full: {}", names.collect::<Vec<_>>().join(", "))))
        }
    }
}

fn none(name: &str, all: &[Draft]) -> CliError {
    let error = CliError::new(crate::error::Kind::NotFound, format!("there is no draft `{name}`"));
    match closest(name, all.iter().map(|draft| draft.slug.as_str())) {
        Some(meant) => {
            error.hint(format!("did you mean `{meant}`? `octopoid draft list` shows all there are"))
        }
        None => error.hint("`octopoid draft list` shows the drafts there are"),
    }
}

/// Whether a slug contains the words of another one in a row.
fn has_words(slug: &str, name: &str) -> bool {
    !name.is_empty() && format!("-{slug}-").contains(&format!("-{}-", name.to_lowercase()))
}

async fn all(store: &dyn Store, scope: &Scope) -> Result<Vec<Draft>> {
    let mut query = DraftQuery::new(scope.clone());
    let mut all: Vec<Draft> = Vec::new();
    loop {
        let page = store.list_drafts(&query).await?.items;
        let Some(last) = page.last() else { return Ok(all) };
        query.after = Some(last.id);
        all.extend(page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_of_a_slug_name_it() {
        let slug = "add-dark-mode-support";
        for name in ["add-dark-mode-support", "dark-mode-support", "dark-mode", "Add-Dark-Mode"] {
            assert!(has_words(slug, name), "{name}");
        }
        for name in ["", "ark-mode", "dark-support", "-", "add-dark-mode-support-2"] {
            assert!(!has_words(slug, name), "{name}");
        }
    }
}
