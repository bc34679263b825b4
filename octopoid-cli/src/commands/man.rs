//! `octopoid man`

use crate::args::{Cli, Man};
use crate::context::Context;
use crate::error::{IoContext, Result};
use clap::CommandFactory;
use serde_json::json;
use std::path::Path;

pub(super) fn run(args: &Man, context: &Context) -> Result<()> {
    match &args.folder {
        Some(folder) => write(&context.directory.join(folder), context),
        None => print(context),
    }
}

fn print(context: &Context) -> Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).doing("make the manual page")?;
    let page = String::from_utf8_lossy(&page);
    if context.output.json {
        context.output.json(&json!({ "page": page }));
        return Ok(());
    }
    context.output.raw(&page).doing("print the manual page")
}

/// Writes a page for each command that the help lists.
fn write(folder: &Path, context: &Context) -> Result<()> {
    std::fs::create_dir_all(folder).doing(format_args!("make the folder {}", folder.display()))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .doing(format_args!("write the manual pages to {}", folder.display()))?;
    context.output.line(format_args!("wrote the manual pages to {}", folder.display()));
    context.output.json(&json!({ "folder": folder }));
    Ok(())
}
