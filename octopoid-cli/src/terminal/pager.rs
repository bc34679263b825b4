//! The pager.

use super::program::Foreground;
use crate::context::Context;
use crate::git::Git;
use crate::output::styled;
use std::io::{IsTerminal, Write};

/// Shows a text, styled, through the pager that git uses, where the standard output is a terminal; prints it otherwise.
pub(crate) fn page(text: &str, context: &Context) {
    let pager = std::io::stdout().is_terminal().then(|| pager(context)).flatten();
    if !pager.is_some_and(|pager| through(&pager, text, context)) {
        // A reader that has gone away, as `head` does, is no failure of ours.
        let _ = context.output.raw(text);
    }
}

/// Returns the command line of the pager; none for `cat` and for an empty one.
fn pager(context: &Context) -> Option<String> {
    let variable = |name: &str| context.environment.variables.get(name).cloned();
    let configured =
        || Git::new(&context.environment, &context.directory).run(&["config", "core.pager"]).ok();
    let named = variable("GIT_PAGER").or_else(configured).or_else(|| variable("PAGER"));
    let pager = named.unwrap_or_else(|| "less".to_owned());
    Some(pager.trim().to_owned()).filter(|pager| !pager.is_empty() && pager != "cat")
}

/// Returns whether the pager showed the text.
fn through(pager: &str, text: &str, context: &Context) -> bool {
    let mut program = Foreground::shell(pager, [], &context.environment).with_input();
    for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if !context.environment.variables.contains_key(name) {
            program = program.variable(name, value);
        }
    }
    let Ok(mut running) = program.start() else { return false };
    let text = styled(text);
    if let Some(stdin) = &mut running.child.stdin {
        // A pager that is left before the end wants no more.
        let _ = stdin.write_all(text.as_bytes());
    }
    // The shell's words for a command that is not there.
    running.wait().is_ok_and(|status| status.code() != Some(127))
}
