//! A draft as a text for the editor: the title in the first line, then what it says.

use crate::error::{CliError, Result};
use octopoid_core::model::{Draft, DraftPatch};

/// Renders a draft.
pub(crate) fn render(draft: &Draft) -> String {
    format!("{}\n\n{}\n", draft.title, draft.body.as_deref().unwrap_or_default().trim())
}

/// Returns the change that a text is.
///
/// # Errors
/// It has no title.
pub(crate) fn parse(text: &str) -> Result<DraftPatch> {
    let text = text.replace("\r\n", "\n");
    let (title, body) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    if title.trim().is_empty() {
        return Err(CliError::usage("the draft has no title").hint("its title is the first line"));
    }
    let mut patch = DraftPatch::default();
    patch.title = Some(title.trim().to_owned());
    patch.body = Some(body.trim().to_owned());
    Ok(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_title() {
        let patch = parse("\nCache the index \r\n\r\nOne.\n\nTwo.\n").unwrap();
        assert_eq!(patch.title.as_deref(), Some("Cache the index"));
        assert_eq!(patch.body.as_deref(), Some("One.\n\nTwo."));
        assert!(parse(" \n").unwrap_err().message.contains("no title"));
    }
}
