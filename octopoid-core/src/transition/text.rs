//! Validation of texts written by people and agents.

use super::Refusal;

/// Maximum length of a title, in characters.
const TITLE: usize = 300;
/// Maximum length of a description, in bytes.
const DESCRIPTION: usize = 1 << 20;

/// Checks the title of a task.
pub(super) fn check_title(title: &str) -> Result<(), Refusal> {
    let title = title.trim();
    let rule = if title.is_empty() {
        "must not be empty".to_owned()
    } else if title.chars().count() > TITLE {
        format!("must not be longer than {TITLE} characters; put the rest into the description")
    } else if title.chars().any(char::is_control) {
        "must be one line without control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::Invalid { field: "title".into(), rule })
}

/// Checks the description of a task (I26).
pub(super) fn check_description(description: &str) -> Result<(), Refusal> {
    let rule = if description.trim().is_empty() {
        "must not be empty: say what is to be done".to_owned()
    } else if description.len() > DESCRIPTION {
        format!(
            "must not be longer than {DESCRIPTION} bytes; put long material into the repository and name it here"
        )
    } else if description.contains('\0') {
        "must not contain NUL".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::Invalid { field: "description".into(), rule })
}

/// Checks the name of a branch that tasks land on.
///
/// # Errors
/// [`Refusal::Invalid`] for the field `branch` when the name is not a valid branch name.
pub fn check_branch(branch: &str) -> Result<(), Refusal> {
    let bad = branch.is_empty()
        || branch.len() > 250
        || branch.starts_with(['-', '/'])
        || branch.ends_with(['/', '.'])
        || branch.ends_with(".lock")
        || ["..", "//", "@{"].iter().any(|part| branch.contains(part))
        || branch.chars().any(|c| c.is_control() || " ~^:?*[\\".contains(c));
    if bad {
        return Err(Refusal::Invalid {
            field: "branch".into(),
            rule: format!("{branch:?} is not a valid branch name"),
        });
    }
    Ok(())
}
