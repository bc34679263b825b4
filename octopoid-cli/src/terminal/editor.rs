//! The editor.

use super::program::Foreground;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use std::io::Write;
use std::path::Path;
use tempfile::TempPath;

/// Returns the person's editor: `$VISUAL`, `$EDITOR`, or `vi`.
pub(crate) fn editor(context: &Context) -> String {
    let environment = &context.environment;
    let named = environment.get("VISUAL").or_else(|| environment.get("EDITOR"));
    named.unwrap_or("vi").to_owned()
}

/// A text that was edited, with the file that holds it until it is taken.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) text: String,
    file: TempPath,
}

impl Edited {
    /// Keeps the file and adds its path to the error, so that nothing that was typed is lost.
    pub(crate) fn refused(self, error: CliError) -> CliError {
        self.refused_with(error, |_| None)
    }

    /// Like [`Edited::refused`]; `again` says how the file is taken up again.
    pub(crate) fn refused_with(
        self,
        mut error: CliError,
        again: impl FnOnce(&Path) -> Option<String>,
    ) -> CliError {
        match self.file.keep() {
            Ok(path) => {
                if let Some(hint) = again(&path) {
                    error = error.hint(hint);
                }
                error.message.push_str(&format!("; the text is kept in {}", path.display()));
            }
            Err(failure) => error.message.push_str(&format!("; the text could not be kept: {failure}")),
        }
        error
    }
}

/// Lets the person edit a text in a file with the given end of its name. Blocks.
///
/// # Errors
/// The editor cannot be started, or ended with a failure.
pub(crate) fn edit(text: &str, suffix: &str, context: &Context) -> Result<Edited> {
    let mut file = tempfile::Builder::new()
        .prefix("octopoid-")
        .suffix(suffix)
        .tempfile()
        .doing("make a file for the editor")?;
    file.write_all(text.as_bytes()).doing("write the file for the editor")?;
    let file = file.into_temp_path();
    let editor = editor(context);
    let status = Foreground::shell(&editor, [&*file], &context.environment).run()?;
    if !status.success() {
        return Err(CliError::failure(format!(
            "the editor `{editor}` ended with {status}, so nothing was changed"
        ))
        .hint(
            "set $VISUAL or $EDITOR to your editor; it has to stay in the foreground, such as `code --wait`",
        ));
    }
    let text = std::fs::read_to_string(&file).doing("read what the editor wrote")?;
    Ok(Edited { text, file })
}
