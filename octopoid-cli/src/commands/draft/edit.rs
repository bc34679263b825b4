//! `octopoid draft edit`: a draft in the editor.

use super::form;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::terminal;
use octopoid_core::model::Draft;
use octopoid_core::store::Store;

/// Lets the person edit a draft. Returns it as it is now; none if nothing was changed.
pub(super) async fn edit(store: &dyn Store, draft: &Draft, context: &Context) -> Result<Option<Draft>> {
    if !terminal::is_interactive() || context.output.json {
        return Err(CliError::usage("there is no terminal for an editor")
            .hint("`octopoid draft update DRAFT --title TEXT --file FILE` changes it without one"));
    }
    let before = form::render(draft);
    let edited = terminal::edit(&before, ".md", context)?;
    if edited.text == before {
        return Ok(None);
    }
    let changed = match form::parse(&edited.text) {
        Ok(patch) => store.update_draft(&draft.scope, draft.id, patch).await.map_err(CliError::from),
        Err(error) => Err(error),
    };
    changed.map(Some).map_err(|error| edited.refused(error))
}
